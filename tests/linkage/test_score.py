"""Rivals share, nobody is linked twice, and what is not clear goes to review."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage.comparison import FIELDS
from loubao.linkage.decide import one_link, rank, without_settled_reviews
from loubao.linkage.score import with_probability
from tests.linkage.crowd import MATCHING

#: Odds of a thousand to one, where nothing is known beforehand.
LIKELY = 10.0


def candidates(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {"left": 0, "right": 0, "right_list": "roll", "person": None, "match_weight": LIKELY}
    plain |= {"owned": False, "twice": 0.0}
    full = [
        {**plain, "right": place, "person": str(place), **row} for place, row in enumerate(rows)
    ]
    schema = {
        "left": pl.UInt32,
        "right": pl.UInt32,
        "right_list": pl.String,
        "person": pl.String,
        "match_weight": pl.Float64,
        "owned": pl.Boolean,
        "twice": pl.Float64,
    }
    return pl.DataFrame(full, schema=schema)


def probabilities(*rows: dict[str, Any], prior: float = 0.0) -> list[float]:
    return with_probability(candidates(*rows), prior)["match_probability"].to_list()


def test_the_only_candidate_has_the_odds_of_its_weight() -> None:
    assert math.isclose(probabilities({"match_weight": 3.0})[0], 8 / 9)
    assert math.isclose(probabilities({"match_weight": 13.0}, prior=-10.0)[0], 8 / 9)


@pytest.mark.parametrize(
    ("case", "rows", "expected"),
    [
        ("two as good", [{}, {}], [0.5, 0.5]),
        ("three as good", [{}, {}, {}], [1 / 3] * 3),
        ("one is much better", [{"match_weight": 20.0}, {"match_weight": 0.0}], [1.0, 0.0]),
        ("rows of one person are no rivals", [{"person": "N"}, {"person": "N"}], [0.999, 0.999]),
        (
            "one person twice, and another",
            [{"person": "N"}, {"person": "N"}, {"person": "M"}],
            [0.5, 0.5, 0.5],
        ),
        ("lists are no rivals", [{"right_list": "dibao"}, {"right_list": "tekun"}], [0.999, 0.999]),
        ("left rows are no rivals", [{"left": 0}, {"left": 1}], [0.999, 0.999]),
        ("another's for certain", [{"owned": True}, {}], [0.0, 1.0]),
        ("another's for certain, alone", [{"owned": True}], [1024 * 0.002 / (1 + 1024 * 0.002)]),
        ("listed twice as a rule", [{"owned": True, "twice": 0.5}], [512 / 513]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rivals_share(case: str, rows: list[dict[str, Any]], expected: list[float]) -> None:
    for found, wanted in zip(probabilities(*rows), expected, strict=True):
        assert math.isclose(found, wanted, abs_tol=0.01), case


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-500, 500), min_size=1, max_size=8),
    st.floats(-60, 10),
    st.lists(st.sampled_from("abc"), min_size=8, max_size=8),
)
def test_probabilities_of_distinct_people_sum_to_one_at_most(
    weights: list[float], prior: float, people: list[str]
) -> None:
    rows = [{"match_weight": w, "person": p} for w, p in zip(weights, people, strict=False)]
    found = with_probability(candidates(*rows), prior)
    assert found["match_probability"].is_between(0, 1).all()
    best = found.group_by("person").agg(pl.col("match_probability").max())
    assert best["match_probability"].sum() <= 1 + 1e-9
    alone = with_probability(candidates(*({"match_weight": w} for w in weights)), prior)
    order = alone.sort("match_weight")["match_probability"].to_list()
    assert order == sorted(order), "more weight is never less likely"


def ranked(*rows: dict[str, Any]) -> pl.DataFrame:
    """Pairs as `rank` leaves them: by default links of left row 0 with right rows 0, 1, …"""
    plain = {"left": 0, "right_list": "roll", "match_probability": 0.999, "rank": 0}
    plain |= {"decision": "link", "id_number": "one_slip", "match_weight": 20.0, "content": 0}
    full = [
        {**plain, "right": place, "person": str(place), **row} for place, row in enumerate(rows)
    ]
    types = {"left": pl.UInt32, "right": pl.UInt32, "rank": pl.UInt16}
    return pl.DataFrame(full).cast(types)  # type: ignore[arg-type]


def decided(frame: pl.DataFrame) -> dict[tuple[int, int], str]:
    return {(left, right): said for left, right, said in frame["left", "right", "decision"].rows()}


REVIEW = {"decision": "review", "match_probability": 0.3}


@pytest.mark.parametrize(
    ("case", "rows", "expected"),
    [
        ("one", [{}], {(0, 0): "link"}),
        ("the better", [{"match_probability": 0.001}, {}], {(0, 1): "link"}),
        ("a tie", [{}, {}], {(0, 0): "review", (0, 1): "review"}),
        ("a tie of one person's rows", [{"person": "N"}, {"person": "N"}], {(0, 0): "link"}),
        (
            "one person's rows, by what they say and not by their place",
            [{"person": "N", "content": 7}, {"person": "N", "content": 3}],
            {(0, 1): "link"},
        ),
        (
            "one person's rows, the better tier",
            [{"person": "N", "rank": 3}, {"person": "N"}],
            {(0, 1): "link"},
        ),
        (
            "two left rows, one right",
            [{"left": 0, "right": 5}, {"left": 1, "right": 5}],
            {(0, 5): "link", (1, 5): "link"},
        ),
        ("reviews stay", [{"left": 1}, REVIEW], {(1, 0): "link", (0, 1): "review"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_link(
    case: str, rows: list[dict[str, Any]], expected: dict[tuple[int, int], str]
) -> None:
    assert decided(one_link(ranked(*rows))) == expected, case


@pytest.mark.parametrize("second", [0.4999, 0.49, 0.4])
def test_close_rivals_go_to_review_together(second: float) -> None:
    """Tiers without a probability of their own link however unsure the weights are."""
    rows = [{"match_probability": 1 - second - 1e-6}, {"match_probability": second}]
    assert decided(one_link(ranked(*rows))) == {(0, 0): "review", (0, 1): "review"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "left": st.integers(0, 3),
                "person": st.sampled_from("abcd"),
                "rank": st.integers(0, 3),
                "match_probability": st.sampled_from([0.2, 0.5, 0.99, 1.0]),
                "decision": st.sampled_from(["link", "review"]),
                "id_number": st.sampled_from(["same", "contradicts", "unknown"]),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_at_most_one_link_a_left_row_and_every_row_that_was_shown_is_shown(
    rows: list[dict[str, Any]],
) -> None:
    before = ranked(*rows)
    for after in (one_link(before), one_link(without_settled_reviews(before))):
        links = after.filter(pl.col("decision") == "link")
        assert links["left"].is_duplicated().sum() == 0
        assert set(after["left"]) == set(before["left"]), "nobody is lost"
        assert after.select("left", "right").is_duplicated().sum() == 0
        found = {(left, right): d for left, right, d in before["left", "right", "decision"].rows()}
        for pair, decision in decided(after).items():
            assert decision == "review" or found[pair] == "link", "nothing becomes a link"
    turned = one_link(before.reverse())
    assert decided(turned) == decided(one_link(before)), "whatever the order"


@pytest.mark.parametrize(
    ("case", "rows", "expected"),
    [
        ("who is linked is not looked for", [{}, REVIEW], [(0, 0)]),
        ("… on that list", [{}, {**REVIEW, "right_list": "other"}], [(0, 0), (0, 1)]),
        ("… by that row", [{"left": 1}, REVIEW], [(0, 1), (1, 0)]),
        (
            "a roll row of another's is nobody who proves another number",
            [{"left": 1, "right": 5}, {**REVIEW, "right": 5, "id_number": "contradicts"}],
            [(1, 5)],
        ),
        (
            "but may be who proves none",
            [{"left": 1, "right": 5}, {**REVIEW, "right": 5, "id_number": "unknown"}],
            [(0, 5), (1, 5)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_reviews_that_a_link_answers(
    case: str, rows: list[dict[str, Any]], expected: list[tuple[int, int]]
) -> None:
    assert sorted(decided(without_settled_reviews(ranked(*rows)))) == expected, case


def test_a_link_that_is_taken_back_answers_nothing() -> None:
    rows = [{}, {}, REVIEW]
    assert len(decided(without_settled_reviews(one_link(ranked(*rows))))) == 3


def levels(probability: float, **named: str) -> pl.DataFrame:
    row = {**dict.fromkeys(FIELDS, "unknown"), **named}
    return pl.DataFrame([{**row, "match_probability": probability}])


UNLIKE = {"id_number": "same", "name": "same_surname", "birth_date": "same", "sex": "same"}


@pytest.mark.parametrize(
    ("purpose", "probability", "named", "decision"),
    [
        ("pairs", 0.0, {"id_number": "same", "name": "same"}, "link"),
        ("monthly", 0.0, {"id_number": "same", "name": "same"}, "link"),
        ("pairs", 0.995, {"id_number": "one_wrong_digit", "name": "same"}, "link"),
        ("pairs", 0.985, {"id_number": "one_wrong_digit", "name": "same"}, "review"),
        ("monthly", 1.0, {"id_number": "one_wrong_digit", "name": "same"}, "review"),
        ("monthly", 1.0, {"name": "same", "birth_date": "same"}, "review"),
        ("pairs", 1.0, {"name": "same", "birth_date": "same"}, "link"),
        ("pairs", 1.0, {"id_number": "same", "name": "different"}, "review"),
        ("pairs", 0.995, UNLIKE, "link"),
        ("pairs", 0.995, {**UNLIKE, "birth_date": "unknown"}, "review"),
        ("monthly", 1.0, UNLIKE, "review"),
        ("pairs", 0.02, {"name": "reading"}, None),
        ("pairs", 0.0001, {"id_number": "same", "name": "different"}, None),
        ("monthly", 0.0001, {"id_number": "same", "name": "different"}, "review"),
    ],
)
def test_the_first_tier_that_holds(
    purpose: Any, probability: float, named: dict[str, str], decision: str | None
) -> None:
    found = rank(levels(probability, **named), MATCHING, purpose)
    assert found["decision"].to_list() == ([] if decision is None else [decision])


def test_weights_that_were_not_learnt_link_nobody_of_another_name() -> None:
    found = rank(levels(0.999, **UNLIKE), MATCHING, "pairs", learnt=False)
    assert found["decision"].to_list() == ["review"]
