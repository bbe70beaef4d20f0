"""Latin names: word order, initials, typing errors, families."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.linkage.name_levels import latin_level

#: Levels that tell which word two names have in common; which is the given name is a guess.
ONE_WORD = {"given_name", "one_word", "word_and_initial"}

PAIRS = [
    ("HOA NGUYEN THI", "NGUYEN THI HOA", "variant"),
    ("NGUYEN HOA", "HOA NGUYEN", "variant"),
    ("NGUYENTHIHOA", "NGUYEN THI HOA", "variant"),
    ("NGUYEN THI HOA", "NGUYEN THI HAO", "one_character"),
    ("NGUYEN THI HOA", "NGUYNE THI HOA", "one_character"),
    ("NGUYEN THI HOA", "HOA NGUYEN THY", "one_character"),
    ("NGUYEN THI HOA", "NGUYEN T HOA", "masked"),
    ("NGUYEN THI HOA", "N T HOA", "masked"),
    ("NGUYEN THI HOA", "NGUYEN HOA", "subset"),
    ("NGUYEN THI HOA", "NGUYEN VAN HOA", "subset"),
    ("NGUYEN THI HOA", "TRAN VAN HOA", "one_word"),
    ("NGUYEN THI HOA", "NGUYEN VAN MINH", "given_name"),
    ("NGUYEN THI HOA", "TRAN VAN MINH", "different"),
    ("ROBERT SMITH", "ROB SMITH", "one_character"),
    ("ROBERT SMITH", "R SMITH", "masked"),
    ("ROBERT J SMITH", "ROBERT SMITH", "subset"),
    ("MARY SMITH", "MARY JONES", "given_name"),
    ("LUCY SMITH", "MARY SMITH", "one_word"),
    ("LUCY SMITH", "LENA SMITH", "word_and_initial"),
    ("LI NA", "LI MA", "given_name"),
    ("LI", "LI", "variant"),
    ("A", "B", "different"),
    ("A B", "A C", "different"),
    ("HOA", "HAO", "one_character"),
    ("ANA MARIA LOPEZ", "MARIA LOPEZ", "subset"),
    ("ANNEMARIE LOPEZ", "ANNE MARIE LOPEZ", "variant"),
    ("JUAN JUAN", "JUAN", "one_word"),
]


def level(left: str, right: str) -> str:
    told: str = latin_level(pl.Series([left]), pl.Series([right])).cast(pl.String).item()
    return told


@pytest.mark.parametrize(("left", "right", "expected"), PAIRS)
def test_level(left: str, right: str, expected: str) -> None:
    assert level(left, right) == expected
    assert level(right, left) in ({expected} if expected not in ONE_WORD else ONE_WORD)


def test_no_pairs() -> None:
    none = pl.Series([], dtype=pl.String)
    assert latin_level(none, none).len() == 0


WORD = st.sampled_from(["NGUYEN", "NGUYNE", "THI", "HOA", "HAO", "VAN", "H", "N", "ROB", "ROBERT"])
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(NAME, NAME)
def test_sides_may_be_turned(left: str, right: str) -> None:
    one, other = level(left, right), level(right, left)
    assert one == other or {one, other} <= ONE_WORD


@pytest.mark.parametrize(("left", "right"), [("HOA T", "HOA"), ("H HOAN", "HOA HOA N")])
def test_sides_may_be_turned_where_one_word_is_common(left: str, right: str) -> None:
    assert level(left, right) == level(right, left)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(WORD, min_size=1, max_size=4).flatmap(
        lambda w: st.tuples(st.just(w), st.permutations(w))
    )
)
def test_word_order_is_nothing(words: tuple[list[str], list[str]]) -> None:
    one, other = words
    assert level(" ".join(one), " ".join(other)) == "variant"
