"""What agreement is worth before anything is learnt, and in which table it is read."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage.comparison import FIELDS
from loubao.linkage.model import UNDER_NUMBER, Pattern, context
from loubao.linkage.starting_shares import shipped
from loubao.rules.matching import LEVELS
from tests.linkage.crowd import MATCHING

MODEL = shipped(MATCHING.weights, 20_000, 200_000)
PATTERNS = st.tuples(*(st.sampled_from(LEVELS[field]) for field in FIELDS))


def pattern(**levels: str) -> Pattern:
    return tuple(levels.get(field, "unknown") for field in FIELDS)


def weight(**levels: str) -> float:
    return math.fsum(MODEL.weights(pattern(**levels)).values())


def test_every_table_holds_shares_of_every_level() -> None:
    for (side, field, where), table in MODEL.tables.items():
        assert set(table) == set(LEVELS[field]) - {"unknown"}
        assert all(0 < share < math.inf for share in table.values())
        if (side, field) != ("u", "id_number") and not where.endswith("siblings"):
            assert math.isclose(math.fsum(table.values()), 1.0), (side, field, where)


@settings(max_examples=300, deadline=None)
@given(PATTERNS)
def test_every_pattern_has_a_finite_weight_and_silence_weighs_nothing(levels: Pattern) -> None:
    weights = MODEL.weights(levels)
    assert list(weights) == list(FIELDS)
    assert all(math.isfinite(bits) for bits in weights.values())
    assert all(
        weights[f] == 0 for f, level in zip(FIELDS, levels, strict=True) if level == "unknown"
    )


@pytest.mark.parametrize(
    ("left", "right"), [(0, 0), (0, 5), (1, 1), (1, 2), (3, 1), (10**6, 10**7), (10, 10**9)]
)
@pytest.mark.parametrize("looked_for", [0.0, 1.0])
def test_tables_of_any_size_have_a_prior(left: int, right: int, looked_for: float) -> None:
    model = shipped(MATCHING.weights, left, right, looked_for)
    assert math.isfinite(model.prior)
    assert not model.learnt
    assert all(0 < share < math.inf for table in model.tables.values() for share in table.values())


@pytest.mark.parametrize(
    ("side", "field", "levels", "where"),
    [
        ("m", "name", {"name": "same"}, ""),
        ("m", "id_number", {"id_number": "same"}, ""),
        ("u", "id_number", {"id_number": "near"}, ""),
        ("m", "birth_date", {"id_number": "same"}, "agrees"),
        ("m", "birth_date", {"id_number": "survivors"}, "agrees"),
        ("m", "birth_date", {"id_number": "contradicts"}, "differs"),
        ("m", "sex", {}, "unknown"),
        ("u", "birth_date", {"id_number": "same_document"}, "equal"),
        ("u", "birth_date", {"id_number": "one_slip"}, "one_slip"),
        ("u", "birth_date", {"id_number": "different"}, ""),
        ("u", "name", {"id_number": "same_unverified", "village": "same"}, "equal"),
        ("u", "name", {"village": "different"}, "anywhere"),
        ("u", "name", {}, "anywhere"),
        ("u", "name", {"village": "same", "birth_date": "near"}, "village"),
        ("u", "name", {"village": "same", "birth_date": "same"}, "siblings"),
        *(
            ("u", "name", {"village": "same", "birth_date": "same", "id_number": near}, of_twins)
            for near, of_twins in (("survivors", "survivors, siblings"), ("same", "equal"))
        ),
        ("u", "birth_date", {"name": "different", "id_number": "same"}, "equal, other surname"),
        ("u", "birth_date", {"name": "same_surname", "id_number": "same"}, "equal"),
        ("u", "sex", {"name": "same"}, "namesakes"),
        ("u", "sex", {"name": "masked"}, "namesakes"),
        ("u", "sex", {"name": "one_character"}, ""),
        ("u", "sex", {"name": "same", "id_number": "same"}, "equal"),
        ("u", "village", {"id_number": "near"}, "near"),
    ],
)
def test_context(side: str, field: str, levels: dict[str, str], where: str) -> None:
    assert context(side, field, pattern(**levels)) == where
    assert (side, field, where) in MODEL.tables


@settings(max_examples=200, deadline=None)
@given(PATTERNS, st.sampled_from("mu"))
def test_every_context_has_a_table(levels: Pattern, side: str) -> None:
    for field in FIELDS:
        assert (side, field, context(side, field, levels)) in MODEL.tables


def test_birth_date_and_sex_are_not_counted_beside_a_number_that_contains_them() -> None:
    alone = MODEL.weights(pattern(name="same", birth_date="same", sex="same"))
    within = MODEL.weights(pattern(name="same", birth_date="same", sex="same", id_number="same"))
    assert alone["birth_date"] > 10
    assert within["birth_date"] < alone["birth_date"] / 2
    assert within["sex"] < 0.5


BETTER = [
    ("a proven number", {"id_number": "same"}, {"id_number": "one_wrong_digit"}),
    ("one digit off", {"id_number": "one_wrong_digit"}, {"id_number": "near"}),
    ("more digits left", {"id_number": "survivors"}, {"id_number": "fragment"}),
    ("two numbers", {"id_number": "near"}, {"id_number": "contradicts"}),
    ("the name", {"name": "same"}, {"name": "reading"}),
    ("a homophone", {"name": "reading"}, {"name": "one_character"}),
    ("a brother's name", {"name": "one_character"}, {"name": "different"}),
    ("birth date", {"birth_date": "same"}, {"birth_date": "near"}),
    ("a day off", {"birth_date": "near"}, {"birth_date": "different"}),
    ("sex", {"sex": "same"}, {"sex": "different"}),
    ("village", {"village": "same"}, {"village": "town"}),
    ("town", {"village": "town"}, {"village": "different"}),
    (
        "the name in another village",
        {"name": "one_character", "village": "same"},
        {"name": "one_character", "village": "different"},
    ),
    ("nothing", {}, {"name": "different"}),
]


@pytest.mark.parametrize(("case", "more", "less"), BETTER, ids=[case[0] for case in BETTER])
def test_more_agreement_weighs_more(case: str, more: dict[str, str], less: dict[str, str]) -> None:
    assert weight(**more) > weight(**less) + 1


def test_names_of_twins_weigh_less_than_those_of_neighbours() -> None:
    place = {"village": "same", "name": "one_character"}
    twins = MODEL.weights(pattern(**place, birth_date="same"))["name"]
    neighbours = MODEL.weights(pattern(**place, birth_date="different"))["name"]
    strangers = MODEL.weights(pattern(name="one_character", village="different"))["name"]
    assert twins < neighbours < strangers
    assert twins < 0


def test_rows_settled_by_their_number_leave_the_others_no_less_odd() -> None:
    """What is met under a number that agrees is told for all left rows, whoever is looked for."""
    whole, half = (shipped(MATCHING.weights, 1000, 5000, share) for share in (1.0, 0.5))
    for where in UNDER_NUMBER:
        assert whole.tables["u", "birth_date", where] == half.tables["u", "birth_date", where]
    assert whole.prior == half.prior


def test_a_twin_under_a_damaged_number_is_no_slip_of_the_pen() -> None:
    twin = {"id_number": "survivors", "name": "one_character", "birth_date": "same"}
    neighbour = weight(**twin, village="same") - weight(**twin, village="town")
    slip = {**twin, "name": "same"}
    assert neighbour < weight(**slip, village="same") - weight(**slip, village="town") - 2


def test_a_model_of_before_has_no_table_within_another() -> None:
    before = {
        key: table
        for key, table in MODEL.tables.items()
        if not key[2].endswith(("siblings", "surname"))
    }
    before["u", "name", "siblings"] = MODEL.tables["u", "name", "siblings"]
    model = replace(MODEL, tables=before)
    levels = pattern(id_number="near", name="one_character", village="same", birth_date="same")
    assert model.weights(levels)["name"] > MODEL.weights(levels)["name"]
