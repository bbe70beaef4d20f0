"""Known shares are learnt back from the patterns that they make, to the last bit each time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage.comparison import FIELDS
from loubao.linkage.expectation_maximisation import learn
from loubao.linkage.levels import ENUMS
from loubao.linkage.model import Key, LevelCounts, Model, Pattern, Table
from loubao.linkage.starting_shares import shipped
from loubao.rules.matching import LEVELS, NUMBER_AGREES
from tests.linkage.crowd import MATCHING

RULES = MATCHING.weights
LEFT, RIGHT = 10_000, 80_000
SAID = ("id_number", "name", "birth_date", "sex", "village")


def shares(**named: float) -> Table:
    """Shares of the name's levels; what is not named has little, `different` the rest."""
    table = {level: named.get(level, 1e-5) for level in LEVELS["name"] if level != "unknown"}
    return {**table, "different": 1.0 - math.fsum(table.values()) + table["different"]}


def told(model: Model) -> Model:
    """What is to be learnt: shares well away from those that are shipped."""
    tables: dict[Key, Table] = dict(model.tables)
    tables["m", "name", ""] = shares(same=0.7, reading=0.12, one_character=0.06, masked=0.04)
    number = dict(model.tables["m", "id_number", ""])
    number |= {"same": 0.6, "one_wrong_digit": 0.15, "one_slip": 0.06, "contradicts": 0.05}
    total = math.fsum(number.values())
    tables["m", "id_number", ""] = {level: share / total for level, share in number.items()}
    tables["m", "birth_date", "differs"] = {
        "same": 0.7,
        "month": 0.1,
        "near": 0.12,
        "lunar": 0.03,
        "different": 0.05,
    }
    tables["m", "village", ""] = {"same": 0.75, "town": 0.15, "different": 0.1}
    tables["u", "name", "anywhere"] = shares(same=1e-4, reading=1e-4, one_character=0.004)
    tables["u", "name", "village"] = shares(same=4e-4, reading=4e-4, one_character=0.02)
    tables["u", "birth_date", ""] = {
        "same": 1e-4,
        "month": 2e-4,
        "near": 0.004,
        "lunar": 0.003,
        "different": 0.9927,
    }
    tables["u", "sex", ""] = {"same": 0.52, "different": 0.48}
    tables["u", "village", ""] = {"same": 0.02, "town": 0.2, "different": 0.78}
    return replace(model, tables=tables, found=7_000.0)


START = shipped(RULES, LEFT, RIGHT)
TRUE = told(START)


@cache
def simulated() -> list[Pattern]:
    """Some twenty thousand candidate pairs as the true model makes them, in random order."""
    levels = [LEVELS[f] if f in SAID else ("unknown",) for f in FIELDS]
    said = [levels_of[:-1] if len(levels_of) > 1 else levels_of for levels_of in levels]
    every: list[Pattern] = list(product(*said))
    one = [math.prod(TRUE.share("m", f, p) for f in SAID) for p in every]
    two = [math.prod(TRUE.share("u", f, p) for f in SAID) for p in every]
    places = [place for place, pattern in enumerate(every) if _met(pattern)]
    draw, drawn = Random(7), []
    for made, pairs in ((one, TRUE.found), (two, TRUE.pairs - TRUE.found)):
        weights = [made[place] for place in places]
        found = draw.choices(places, weights, k=round(pairs * math.fsum(weights)))
        drawn += [every[place] for place in found]
    draw.shuffle(drawn)
    return drawn


def _met(pattern: Pattern) -> bool:
    """Whether blocking brings such a pair together."""
    number, name, birth, _, village = pattern[:5]
    if number in NUMBER_AGREES:
        return True
    if name in ("same", "reading"):
        return birth != "different" or village == "same"
    return name != "different" and birth == "same"


def random_pairs() -> LevelCounts:
    """As many random pairs as the true shares make of a quarter of a million."""
    wanted = [(f, "anywhere" if f == "name" else "") for f in SAID if f != "id_number"]
    wanted += [("name", "village"), ("sex", "namesakes")]
    return {
        (f, where): {level: 250_000 * share for level, share in TRUE.tables["u", f, where].items()}
        for f, where in wanted
    }


def counted(pairs: list[Pattern]) -> dict[Pattern, int]:
    """Patterns and their counts as the engine hands them on."""
    frame = pl.DataFrame(pairs, schema=dict(ENUMS), orient="row")
    patterns = frame.group_by(FIELDS).agg(count=pl.len()).sort(FIELDS)
    keys: list[Pattern] = patterns.select(pl.col(FIELDS).cast(pl.String)).rows()
    return dict(zip(keys, patterns["count"].to_list(), strict=True))


@cache
def learnt() -> Model:
    return learn(START, RULES, counted(simulated()), random_pairs())


def test_m_is_learnt_from_pairs_without_labels() -> None:
    model = learnt()
    assert model.learnt
    assert math.isclose(model.found, TRUE.found, rel_tol=0.03)
    for field, where, tolerance in (
        ("id_number", "", 0.02),
        ("name", "", 0.03),
        ("village", "", 0.02),
        ("birth_date", "agrees", 0.02),
        ("sex", "agrees", 0.02),
        # few pairs, and blocking misses some of those whose birth dates differ
        ("birth_date", "differs", 0.09),
    ):
        table, true = model.tables["m", field, where], TRUE.tables["m", field, where]
        for level, share in true.items():
            assert math.isclose(table[level], share, abs_tol=tolerance), (field, where, level)


def test_u_is_learnt_from_random_pairs() -> None:
    model = learnt()
    for (field, where), met in random_pairs().items():
        for level, share in TRUE.tables["u", field, where].items():
            learnt_share = model.tables["u", field, where][level]
            if met[level] > 100:
                assert math.isclose(learnt_share, share, rel_tol=0.25), (field, where, level)
            assert learnt_share < 1.2 * share + 0.01


def test_every_table_keeps_its_levels_and_its_sum() -> None:
    for key, table in learnt().tables.items():
        assert table.keys() == START.tables[key].keys()
        assert all(0 < share < math.inf for share in table.values()), key
        if key[:2] != ("u", "id_number") and not key[2].endswith("siblings"):
            assert math.isclose(math.fsum(table.values()), 1.0, rel_tol=1e-9), key


def test_the_same_pairs_give_the_same_weights_to_the_last_bit_in_whatever_order() -> None:
    pairs = list(simulated())
    again = learn(START, RULES, counted(pairs), random_pairs())
    Random(8).shuffle(pairs)
    shuffled = learn(START, RULES, counted(pairs), random_pairs())
    for other in (again, shuffled):
        assert other == learnt()
        assert [t.hex() for t in _figures(other)] == [t.hex() for t in _figures(learnt())]


def _figures(model: Model) -> list[float]:
    tables = [share for _, table in sorted(model.tables.items()) for share in table.values()]
    return [model.found, model.pairs, *tables]


def sure(count: int) -> dict[Pattern, int]:
    return {("same", "same", "same", "same", "same", "unknown", "unknown"): count}


#: Who is in both tables, of a thousand; in a village, with nobody else under any number.
ONE_PERSON = {
    ("same", "same"): 850,
    ("same", "reading"): 60,
    ("same", "different"): 6,
    ("one_slip", "same"): 40,
    ("one_slip", "different"): 1,
    ("one_wrong_digit", "same"): 40,
    ("one_wrong_digit", "different"): 1,
    ("contradicts", "same"): 2,
}


@pytest.mark.parametrize("thousands", [1, 30, 400, 3000])
def test_what_few_true_pairs_have_is_theirs_in_a_large_table_too(thousands: int) -> None:
    rest = ("same", "same", "same", "unknown", "unknown")
    patterns = {(*both, *rest): count * thousands for both, count in ONE_PERSON.items()}
    rows = 2_500 * thousands
    model = learn(shipped(RULES, rows, 10 * rows), RULES, patterns, random_pairs())
    for number in ("same", "one_slip", "one_wrong_digit"):
        weight = math.fsum(model.weights((number, "different", *rest)).values())
        assert weight + model.prior > 0, "likelier one person than two"


@pytest.mark.parametrize(
    ("patterns", "learnt"),
    [
        ({}, False),
        (sure(RULES.fewest - 1), False),
        (sure(RULES.fewest), True),
        ({("contradicts", "same", "same", *["unknown"] * 4): RULES.fewest}, True),
        ({("contradicts", "reading", "same", *["unknown"] * 4): 10 * RULES.fewest}, False),
        ({("unknown",) * 7: 10 * RULES.fewest}, False),
    ],
)
def test_too_few_pairs_leave_the_shipped_weights(
    patterns: dict[Pattern, int], learnt: bool
) -> None:
    model = learn(START, RULES, patterns, {})
    assert model.learnt is learnt
    assert (model is START) is not learnt


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(*(st.sampled_from(LEVELS[field]) for field in FIELDS)),
        st.integers(1, 10**7),
        max_size=12,
    ),
    st.sampled_from([0, 1, 10**5]),
    st.sampled_from([1e-5, 0.3, 1.0]),
)
def test_any_pairs_give_finite_weights(
    patterns: Mapping[Pattern, int], rows: int, looked_for: float
) -> None:
    start = shipped(RULES, rows, rows, looked_for)
    met: LevelCounts = {
        ("name", "anywhere"): {"same": 0.0, "different": float(rows)},
        ("sex", "namesakes"): {"same": 0.0, "different": 0.0},
        ("birth_date", ""): {},
        ("id_number", ""): {"contradicts": 3.0},
    }
    model = learn(start, RULES, {**patterns, **sure(RULES.fewest)}, met)
    assert math.isfinite(model.prior)
    assert all(0 < share < math.inf for table in model.tables.values() for share in table.values())
    for pattern in patterns:
        assert all(math.isfinite(bits) for bits in model.weights(pattern).values())


def test_all_rows_found_by_their_number_leave_nothing_to_look_for() -> None:
    start = shipped(RULES, 1000, 5000, looked_for=0.0)
    met: LevelCounts = {("id_number", ""): {"contradicts": 900.0, "different": 100.0}}
    assert math.isfinite(learn(start, RULES, sure(RULES.fewest), met).prior)


def test_the_simulation_has_both_kinds() -> None:
    numbers = Counter(pattern[0] for pattern in simulated())
    assert 18_000 < sum(numbers.values()) < 26_000
    assert numbers["same"] > 3_000
    assert numbers["contradicts"] > 5_000


def test_pairs_that_people_decided_are_not_guessed() -> None:
    """Of the pairs of one pattern all are said to be two people: the model follows."""
    patterns = counted(simulated())
    doubtful = max(
        (p for p in patterns if p[0] == "one_wrong_digit" and p[1] == "one_character"),
        key=patterns.__getitem__,
    )
    n = float(patterns[doubtful])
    shares = {
        said: learn(START, RULES, patterns, random_pairs(), {doubtful: pairs}).share(
            "m", "name", doubtful
        )
        for said, pairs in {"same": (n, 0.0), "two": (0.0, n), "nothing": (0.0, 0.0)}.items()
    }
    assert shares["two"] < shares["nothing"] <= shares["same"]


def test_few_decided_pairs_change_little() -> None:
    patterns = counted(simulated())
    doubtful = next(p for p in patterns if p[0] == "near" and p[1] == "same")
    whole = learnt()
    before = whole.prior + math.fsum(whole.weights(doubtful).values())
    found = []
    for pairs in (0.0, 0.01, 1.0):
        model = learn(START, RULES, patterns, random_pairs(), {doubtful: (pairs, 0.0)})
        found.append(abs(model.prior + math.fsum(model.weights(doubtful).values()) - before))
    assert found[0] == 0.0  # to the last bit
    assert found[1] < 0.01
    assert found[2] < 0.5


def test_no_more_pairs_are_decided_than_there_are() -> None:
    patterns = counted(simulated())
    sure = max(patterns, key=patterns.__getitem__)
    all_of_them = {sure: (float(patterns[sure]), 0.0)}
    more = {sure: (1e9, 0.0), ("nowhere",): (5.0, 5.0)}
    once, again = (learn(START, RULES, patterns, random_pairs(), x) for x in (all_of_them, more))
    assert once == again
