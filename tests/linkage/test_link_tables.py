"""Two tables of any kind: nothing makes the weights run away, and hard negatives stay apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core import frames
from loubao.linkage import Linked, engine, link, link_tables
from loubao.linkage.model import Model
from loubao.linkage.verdicts import Stated
from loubao.rules.matching import Matching
from tests.linkage.crowd import MATCHING, digit, linkable, town
from tests.people import number, records

N, OTHER = number("19600305", 123), number("19721118", 331)
#: Rules that learn from a handful of pairs.
LEARNING = Matching.model_validate(
    {**MATCHING.model_dump(), "weights": {**MATCHING.weights.model_dump(), "fewest": 1}}
)


@cache
def linked_town(height: int = 10**6) -> Linked:
    return link_tables(town().left, town().right.iter_slices(height), MATCHING)


def pairs(linked: Linked, decision: str | None = None) -> set[tuple[int, int]]:
    found = linked.decisions
    if decision:
        found = found.filter(pl.col("decision") == decision)
    return set(found.select("left_id", "right_id").rows())


def sound(linked: Linked) -> pl.DataFrame:
    """The decisions, which are finite and link nobody twice."""
    found = frames.conform(linked.decisions, frames.DECISIONS)
    assert found.select(pl.col("match_weight").is_finite().all()).item()
    assert found.select(pl.col("match_probability").is_between(0, 1).all()).item()
    assert found.filter(pl.col("decision") == "link")["left_id"].is_duplicated().sum() == 0
    assert found.select("left_id", "right_id").is_duplicated().sum() == 0
    order = found.select(
        pl.col("match_probability").diff().over("left_id", "decision").fill_null(0).max()
    ).item()
    assert order is None or order <= 0, "best first"
    shares = [s for table in linked.model.tables.values() for s in table.values()]
    assert all(0 < s < float("inf") for s in shares)
    frames.conform(linked.issues, frames.ISSUES)
    return found


# ------------------------------------------------------------------ a town with known truth


def test_a_town_is_linked() -> None:
    linked, truth = linked_town(), town().truth
    assert linked.model.learnt
    sound(linked)
    assert len(pairs(linked, "link") & truth) > 0.93 * len(truth)
    assert len(pairs(linked) & truth) > 0.99 * len(truth)


def test_no_link_of_a_town_is_false() -> None:
    hard = {left for people in town().apart.values() for left in people}
    assert {
        pair for pair in pairs(linked_town(), "link") - town().truth if pair[0] not in hard
    } == set()


KEPT_APART = [
    "a twin whose number is damaged",
    "a twin whose number is masked",
    "one name in one village without a number",
    "two of one name and one birth date in one village",
    "a wife under her husband's number",
    "a son under his father's number",
]


@pytest.mark.parametrize("kind", KEPT_APART)
def test_hard_negatives_stay_apart(kind: str) -> None:
    links = pairs(linked_town(), "link")
    people = town().apart[kind]
    assert len(people) == 12
    assert [
        left for left, others in people.items() for other in others if (left, other) in links
    ] == []


def test_the_same_input_gives_the_same_weights_to_the_last_bit() -> None:
    again = link_tables(town().left, [town().right], MATCHING)
    assert again.decisions.equals(linked_town().decisions)
    assert again.model == linked_town().model


@pytest.mark.parametrize(("height", "more"), [(10**6, 0), (700, 0), (700, -1), (700, 1)])
def test_chance_is_the_same_studied_early_or_late(
    height: int, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_MANY", 1)
    expected = town().right.height + more
    early = link_tables(town().left, town().right.iter_slices(height), MATCHING, expected=expected)
    assert early.model == linked_town(height).model
    assert early.decisions.equals(linked_town(height).decisions)


def test_a_town_in_another_order_has_the_same_links() -> None:
    mixed = [
        side.sample(fraction=1.0, shuffle=True, seed=5) for side in (town().left, town().right)
    ]
    links = pairs(link_tables(mixed[0], [mixed[1]], MATCHING), "link")
    assert links == pairs(linked_town(), "link")


def test_a_town_in_slices_has_the_same_links() -> None:
    sliced = linked_town(700)
    sound(sliced)
    assert pairs(sliced, "link") == pairs(linked_town(), "link")


def test_a_town_in_slices_has_the_same_weights() -> None:
    assert linked_town(700).model == linked_town().model


# ------------------------------------------------------------------ odd and small tables


PEOPLE: dict[str, list[dict[str, Any]]] = {
    "nothing at all": [],
    "one row of nothing": [{}],
    "rows of nothing": [{}] * 5,
    "one row": [{"name": "庄建国", "id": N, "village": "甲村"}],
    "one name without a place": [{"name": "庄建国"}],
    "no number": [{"name": "庄建国", "village": "甲村"}, {"name": "林秀", "village": "乙村"}],
    "no birth date": [{"name": "NGUYEN THI HOA", "id": "C1234567"}, {"name": "TRAN VAN MINH"}],
    "Latin": [
        {"name": n, "born": date(1980, 1, 1)} for n in ("Hoa Nguyen Thi", "Minh Tran", "H Nguyen")
    ],
    "numbers alone": [{"id": N}, {"id": OTHER}, {"id": digit(N, 16)}],
    "bad numbers": [
        {"name": "庄建国", "id": i} for i in ("1", N + "0", "*" * 18, "3.50599196003051E+17")
    ],
    "hidden names": [
        {"name": n, "id": N, "village": "甲村"} for n in ("庄**", "*建国", "**", "庄*国")
    ],
    "a homophone": [{"name": "庄健国", "born": date(1960, 3, 5), "village": "甲村"}],
    "one name many times": [{"name": "庄建国", "village": "甲村"}] * 20,
    "addresses": [{"name": "ANN LEE", "address": "1 OAK ST", "born": date(1980, 1, 1)}],
    "heads": [{"name": "庄小妹", "id": N, "head": "庄建国", "head_id": OTHER}],
}


@pytest.mark.parametrize("rows", PEOPLE.values(), ids=PEOPLE.keys())
def test_small_tables_have_finite_weights(rows: list[dict[str, Any]]) -> None:
    linked = link_tables(linkable(rows), [linkable(rows, 101)], MATCHING)
    sound(linked)
    assert not linked.model.learnt


@pytest.mark.parametrize("kind", [None, "one row", "one name many times", "numbers alone"])
def test_weights_that_are_learnt_from_next_to_nothing_are_finite(kind: str | None) -> None:
    rows = PEOPLE[kind] if kind else [row for people in PEOPLE.values() for row in people]
    left = linkable([*rows, {"name": "何无人"}])  # somebody to look for
    sound(link_tables(left, [linkable(rows, 101)], LEARNING))


def test_no_slices_and_empty_slices() -> None:
    left, right = linkable(PEOPLE["one row"]), linkable(PEOPLE["one row"], 101)
    for none in ([], [right.head(0)], [right.head(0), right.head(0)]):
        assert sound(link_tables(left, none, MATCHING)).is_empty()
    told: list[int] = []
    found = link_tables(left, [right.head(0), right, right.head(0)], MATCHING, told.append)
    assert sound(found)["decision"].to_list() == ["link"]
    assert told == [0, 1, 1]
    assert sound(link_tables(left.head(0), [right], MATCHING)).is_empty()


def test_a_table_that_is_wholly_found_by_its_numbers() -> None:
    """No row is left to look for by other keys, and there is enough to learn from."""
    plain = (pl.col("id_status") == "valid") & ~pl.col("name_key").str.contains("?", literal=True)
    right = town().right.filter(plain).unique("id_number", keep="none", maintain_order=True)
    found = sound(link_tables(right.head(300), [right.head(400)], MATCHING))
    assert found["decision"].to_list() == ["link"] * 300


@pytest.mark.parametrize("own", ["C1234567", digit(N, 16)], ids=["passport", "wrong check digit"])
def test_a_person_who_is_twice_in_the_right_table_is_linked_once(own: str) -> None:
    person = {"name": "庄建国", "id": own, "village": "甲村"}
    found = sound(link_tables(linkable([person]), [linkable([person, person], 101)], MATCHING))
    assert "link" in found["decision"].to_list() or found["match_probability"].max() > 0.9  # type: ignore[operator]


def test_a_person_who_is_twice_under_a_number_of_two_people_is_linked() -> None:
    person, other = {"name": "李小明", "id": N}, {"name": "周海涛", "id": N}
    for rows in ([person, person, other], [other, person, person]):
        found = sound(link_tables(linkable([person]), [linkable(rows, 101)], MATCHING))
        assert found.filter(pl.col("decision") == "link").height == 1
    masked = {"name": "李*明", "id": N}  # two whose names are hidden need not be one
    found = sound(
        link_tables(linkable([masked]), [linkable([masked, masked, other], 101)], MATCHING)
    )
    assert "link" not in found["decision"].to_list()


def test_two_surnames_under_one_number_are_not_one_name() -> None:
    """A father and a son, both shown as 庄**, under the father's number."""
    rows = [{"list": of, "name": "庄**", "id": N} for of in ("medical", "dibao")]
    assert link(records(rows), MATCHING).decisions["decision"].to_list() == ["review"]


def test_weights_that_were_not_learnt_are_said() -> None:
    few = link_tables(linkable(PEOPLE["one row"]), [linkable(PEOPLE["one row"], 101)], MATCHING)
    assert few.issues["code"].to_list() == ["WEIGHTS_SHIPPED"]
    assert linked_town().issues.is_empty()


NAMES = st.sampled_from(
    ["庄建国", "庄健国", "庄*国", "林秀", "NGUYEN HOA", "HOA NGUYEN", "庄", None]
)
NUMBERS = st.sampled_from([N, OTHER, digit(N, 16), N[:6] + "********" + N[14:], "C1234567", None])
ROW = st.fixed_dictionaries(
    {
        "name": NAMES,
        "id": NUMBERS,
        "village": st.sampled_from(["甲村", "乙村", None]),
        "born": st.sampled_from([date(1960, 3, 5), date(1972, 11, 18), None]),
    }
)


@settings(max_examples=4, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=6), st.lists(ROW, max_size=8), st.integers(1, 8))
def test_slices_of_any_size_give_the_same_decisions(
    left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]], size: int
) -> None:
    lefts, rights = linkable(left), linkable(right, 101)
    whole = link_tables(lefts, [rights], MATCHING)
    assert not whole.model.learnt
    sliced = link_tables(lefts, rights.iter_slices(size), MATCHING)
    assert sound(sliced).equals(sound(whole))


# ------------------------------------------------------------------ learning from verdicts


def test_what_people_said_of_pairs_is_learnt_from() -> None:
    reviews = linked_town().decisions.filter(pl.col("decision") == "review").head(40)
    said = reviews.select("left_id", "right_id", decision=pl.lit("none"))
    weights = {**MATCHING.weights.model_dump(), "learn": "verdicts"}
    verdicts = Matching.model_validate({**MATCHING.model_dump(), "weights": weights})

    def model(matching: Matching, stated: pl.DataFrame) -> Model:
        people = Stated(stated["left_id"].unique(), lambda: stated)
        return link_tables(town().left, [town().right], matching, stated=people).model

    of_rows, of_verdicts = model(MATCHING, said), model(verdicts, said)
    assert of_rows != of_verdicts
    assert of_verdicts.found < of_rows.found
    assert model(verdicts, said[::-1]) == of_verdicts  # to the last bit
