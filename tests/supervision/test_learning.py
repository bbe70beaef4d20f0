"""Verdicts → the pairs that they speak for; the model learns from them."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.ledger.judgements import Label
from loubao.linkage.comparison import FIELDS
from loubao.linkage.model import Pattern
from loubao.supervision.learning import labelled_pairs


def pattern(**levels: str) -> Pattern:
    return tuple(levels.get(field, "unknown") for field in FIELDS)


def label(
    drawn: Literal["sample", "sheet", "desk"],
    same: bool,
    tier: str = "name_and_birth",
    month: str = "2022-05",
    probability: float | None = 0.9,
    **more: Any,
) -> Label:
    number = "same" if drawn == "sample" else "near"
    asked = {
        "kind": "roll",
        "list": "dibao",
        "tier": tier,
        "probability": probability,
        "evidence": {"id_number": number, "name": "same", "village": None},
        **more,
    }
    return Label(drawn, month, asked, same)


LINK, REVIEW = pattern(id_number="same", name="same"), pattern(id_number="near", name="same")
COUNTS = [
    {
        "month": "2022-05",
        "links_by_tier": {"dibao": {"same_number": 900}},
        "reviews_by_tier": {"dibao": {"name_and_birth": 40, "likely": 10}},
        "reviews_by_band": {"dibao": {"name_and_birth": [20, 0, 0, 20, 0, 0]}},
    },
    {
        "month": "2022-06",
        "links_by_tier": {"dibao": {"same_number": 700}},
        "reviews_by_tier": {"dibao": {"name_and_birth": 60}},
        "reviews_by_band": {"dibao": {"name_and_birth": [50, 0, 0, 10, 0, 0]}},
    },
]


def test_by_hand() -> None:
    """Two months. Links: 900 in May, 10 drawn, 9 right; each verdict stands for 900/2/(10 + 20).

    Candidates of 80–95 %: 30 in both months, 20 decided, 15 right: 30/2/(20 + 20) each. Those below
    20 %: 70, 4 decided, one right: 70/2/(4 + 20).
    """
    labels = [
        *[label("sample", True, "same_number")] * 9,
        label("sample", False, "same_number"),
        *[label("desk", True)] * 15,
        *[label("sheet", False)] * 5,
        label("sheet", True, probability=0.1),
        *[label("sheet", False, probability=0.1)] * 3,
    ]
    found = labelled_pairs(labels, COUNTS, strength=20)
    assert found == {
        LINK: (pytest.approx(9 * 15), pytest.approx(15)),
        REVIEW: (
            pytest.approx(15 * 0.375 + 35 / 24),
            pytest.approx(5 * 0.375 + 3 * 35 / 24),
        ),
    }


def test_what_says_nothing_of_the_weights() -> None:
    labels = [
        label("sheet", True, kind="case"),
        label("sheet", True, evidence=None),
        label("sheet", True, "same_on_another_roll"),
    ]
    assert labelled_pairs(labels, COUNTS, 20) == {}
    assert labelled_pairs([], [], 20) == {}


def test_without_counts_a_verdict_speaks_for_itself() -> None:
    found = labelled_pairs([label("sheet", True, probability=None)] * 20, [], 20)
    assert found == {REVIEW: (pytest.approx(10.0), 0.0)}


@given(
    st.lists(
        st.builds(
            label,
            st.sampled_from(("sample", "sheet", "desk")),
            st.booleans(),
            st.sampled_from(("name_and_birth", "likely", "same_number")),
            st.sampled_from(("2022-05", "2022-06", "2022-07")),
            st.sampled_from((None, 0.05, 0.3, 0.9, 0.999)),
        ),
        max_size=40,
    ),
    st.randoms(),
)
def test_any_order_gives_the_same(labels: list[Label], order: random.Random) -> None:
    found = labelled_pairs(labels, COUNTS, 20)
    shuffled = [*labels]
    order.shuffle(shuffled)
    assert labelled_pairs(shuffled, COUNTS[::-1], 20) == found  # to the last bit
    assert sum(map(sum, found.values())) <= 900 + 700 + 100 + 10 + len(labels)
