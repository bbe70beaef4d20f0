"""What chance brings together: figures that are shares, on the smallest and the oddest tables."""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage import u_probability
from loubao.linkage.term_frequencies import NameFrequencies
from loubao.linkage.u_probability import namesakes, random_pairs, same_share, village_pairs
from tests.linkage.crowd import town

NAMED = {"name_key": pl.String, "place": pl.String}


def rows(*named: tuple[str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(list(named), schema=NAMED, orient="row")


def positions(count: int, start: int = 0) -> pl.Series:
    return pl.Series(range(start, start + count), dtype=pl.UInt32)


@pytest.mark.parametrize(
    ("left", "right"),
    [(0, 0), (0, 5), (5, 0), (1, 1), (1, 2), (2, 2), (3, 5), (34, 75), (610, 1341), (610, 1342)],
)
def test_random_pairs_are_distinct_and_even(left: int, right: int) -> None:
    pairs = random_pairs(positions(left), positions(right, 1000))
    assert pairs.height == min(u_probability.PAIRS, left * right), "no pair is drawn twice"
    assert pairs.is_duplicated().sum() == 0
    assert pairs.equals(random_pairs(positions(left), positions(right, 1000)))
    assert set(pairs["left"]) <= set(range(left))
    assert set(pairs["right"]) <= set(range(1000, 1000 + right))
    for side, rows_of in (("left", left), ("right", right)):
        times = pairs[side].value_counts()["count"]
        if times.len():
            assert times.len() == rows_of
            assert int(times.max()) <= 2 * pairs.height / rows_of + 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "right"),
    [([], []), ([None], [None]), (["a"], []), (["a", None, "b"], ["a", "a", None, "c"])],
)
def test_village_pairs_are_of_one_village(left: list[str | None], right: list[str | None]) -> None:
    sides = [
        pl.DataFrame(
            {"place": side, "position": range(start, start + len(side))},
            schema={"place": pl.String, "position": pl.UInt32},
        )
        for start, side in ((0, left), (len(left), right))
    ]
    both = [*left, *right]
    for one, other in village_pairs(*sides).rows():
        assert both[one] is not None
        assert both[one] == both[other]
    assert village_pairs(*sides).is_empty() == (not set(left) & set(right) - {None})


ODD = {
    "one row": rows(("庄建国", None)),
    "one row of a village": rows(("庄建国", "a")),
    "one name": rows(*[("庄建国", "a")] * 30),
    "one name, no places": rows(*[("庄建国", None)] * 30),
    "one name, a village each": rows(*[("庄建国", f"v{n}") for n in range(30)]),
    "a village each": rows(*[(f"庄{chr(0x4E00 + n)}国", f"v{n}") for n in range(30)]),
    "no names": rows((None, "a"), (None, None)),
    "no rows": rows(),
    "names of one character": rows(("庄", "a"), ("林", "a"), ("庄", None)),
    "names without a character": rows(("", "a"), ("", "a")),
    "Latin": rows(("NGUYEN THI HOA", "a"), ("NGUYEN VAN HOA", None)),
}


@pytest.mark.parametrize("sample", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("counted", [True, False])
def test_frequencies_of_odd_tables_are_shares(sample: pl.DataFrame, counted: bool) -> None:
    names = NameFrequencies.of(sample)
    met = names.frequency(sample.with_columns(counted=pl.lit(value=counted)))
    assert met.height == sample.height
    for column in ("anywhere", "here"):
        shares = met.filter(sample["name_key"].is_not_null())[column]
        assert shares.is_between(0, 1, closed="right").all(), column
    assert names.namesakes is None or 0 <= names.namesakes <= 1


def test_a_name_that_the_sample_lacks_is_rare_and_not_beyond_measure() -> None:
    """Only a part of the counted rows may be in the sample that sounds are counted on."""
    sample = rows(("庄建国", "a"), ("林阿水", "a"))
    asked = rows(("单小峰", "a"), ("单小峰", "b"), ("庄小峰", "a")).with_columns(
        counted=pl.lit(value=True)
    )
    met = NameFrequencies.of(sample).frequency(asked)
    assert met.select(pl.all().is_between(0, 0.5).all()).row(0) == (True, True)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text("庄林建国秀", max_size=3), st.none() | st.sampled_from("abc")
        ),
        max_size=30,
    )
)
def test_frequencies_are_shares(named: list[tuple[str | None, str | None]]) -> None:
    sample = rows(*named)
    met = NameFrequencies.of(sample).frequency(sample.with_columns(counted=pl.lit(value=True)))
    known = met.filter(sample["name_key"].is_not_null())
    assert known.select(pl.all().is_between(0, 1, closed="right").all()).row(0) == (True, True)


def test_frequencies_sum_to_what_was_met() -> None:
    sample = town().right.select("name_key", place=pl.coalesce("village_code", "village"))
    sample = sample.drop_nulls("name_key")
    names = NameFrequencies.of(sample)
    met = names.frequency(sample.with_columns(counted=pl.lit(value=True)))
    times = Counter(sample["name_key"])
    anywhere = sum(n * (n - 1) for n in times.values()) / (sample.height - 1)
    assert math.isclose(met["anywhere"].sum(), anywhere, rel_tol=0.25)
    local = Counter(sample.rows())
    size = Counter(sample["place"])
    here = sum(n * (n - 1) / (size[place] - 1) for (_, place), n in local.items())
    assert math.isclose(met["here"].sum(), here, rel_tol=0.5)
    truly = sum(n * (n - 1) for n in local.values()) / sum(n * (n - 1) for n in size.values())
    assert names.namesakes is not None
    assert math.isclose(names.namesakes, truly)


def test_a_common_name_is_met_oftener_and_a_clan_name_in_its_village() -> None:
    clan = [(f"庄{chr(0x4E00 + n % 7)}国", "庄村") for n in range(60)]
    others = [(f"{chr(0x5E00 + n)}{chr(0x6E00 + n)}秀", f"v{n % 9}") for n in range(200)]
    sample = rows(*[("林建国", f"v{n % 9}") for n in range(30)], *clan, *others)
    asked = rows(("林建国", "v1"), (others[0][0], "v1"), (clan[0][0], "庄村"), (clan[0][0], "v1"))
    met = NameFrequencies.of(sample).frequency(asked.with_columns(counted=pl.lit(value=False)))
    common, rare, at_home, away = met.rows(named=True)
    assert common["anywhere"] > 10 * rare["anywhere"]
    assert at_home["here"] > 2 * away["here"]


def test_many_of_one_name_are_counted_without_overflow() -> None:
    count = 70_000  # their pairs are beyond 32 bits
    sample = pl.DataFrame(
        {"name_key": ["庄建国"] * count, "place": ["a"] * count, "sex": ["男"] * count}
    )
    told = namesakes(sample, "sex")
    assert told == {"different": 0.0, "same": float(count * (count - 1))}
    names = NameFrequencies.of(sample)
    assert names.namesakes == 1.0
    met = names.frequency(sample.with_columns(counted=pl.lit(value=True)).head(2))
    assert met["here"].is_between(0.9, 1.0).all()
    assert same_share(sample["name_key"], sample["name_key"]) == 1.0


@settings(max_examples=40, deadline=None)
@given(*[st.lists(st.none() | st.sampled_from("abcd"), max_size=12)] * 2)
def test_same_share_is_counted_exactly(left: list[str | None], right: list[str | None]) -> None:
    one, other = ([v for v in side if v is not None] for side in (left, right))
    share = same_share(pl.Series(left, dtype=pl.String), pl.Series(right, dtype=pl.String))
    if not one or not other:
        assert share is None
        return
    met = sum(a == b for a in one for b in other)
    assert share is not None
    assert math.isclose(share, met / (len(one) * len(other)))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.sampled_from("甲乙丙"), st.none() | st.sampled_from("男女")),
        max_size=12,
    )
)
def test_namesakes_are_counted_exactly(people: list[tuple[str | None, str | None]]) -> None:
    sample = pl.DataFrame(people, schema={"name_key": pl.String, "sex": pl.String}, orient="row")
    known = [(name, sex) for name, sex in people if name and sex]
    pairs = [
        (a, b) for i, a in enumerate(known) for j, b in enumerate(known) if i != j and a[0] == b[0]
    ]
    same = sum(a[1] == b[1] for a, b in pairs)
    assert namesakes(sample, "sex") == {"same": float(same), "different": float(len(pairs) - same)}


def test_the_same_rows_give_the_same_bits() -> None:
    draw = Random(1)
    names = [
        chr(0x4E00 + int(draw.expovariate(0.05))) + chr(0x5000 + int(draw.expovariate(0.01)))
        for _ in range(40_000)
    ]
    sample = rows(*((name, str(draw.randrange(300))) for name in names))
    first, *others = (NameFrequencies.of(sample).excess for _ in range(12))
    assert all(other.equals(first) for other in others)
