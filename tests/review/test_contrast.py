"""Two values side by side: the pieces give the values back, and only what differs is marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.review.contrast import HIDDEN, Pieces, contrast

TEXTS = st.text(alphabet="庄建国囯林0123X*?", max_size=20)


def joined(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces)


def marked(pieces: Pieces) -> str:
    return "".join(piece.text for piece in pieces if piece.differs)


@given(TEXTS, TEXTS)
def test_the_pieces_give_the_values_back(left: str, right: str) -> None:
    sides = contrast(left, right)
    assert tuple(map(joined, sides)) == (left, right)
    for pieces in sides:
        assert all(piece.text for piece in pieces)
        assert not HIDDEN & {*marked(pieces)}, "a star differs from nothing"


@given(TEXTS)
def test_equal_values_do_not_differ(text: str) -> None:
    assert [marked(side) for side in contrast(text, text)] == ["", ""]


@given(TEXTS, TEXTS)
def test_what_differs_is_marked(left: str, right: str) -> None:
    shown = not HIDDEN & {*left, *right}
    if shown and left and right and left != right:
        assert any(marked(side) for side in contrast(left, right))


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("990101********1243", "990101********1234", ("43", "34")),
        ("990101********12*4", "990101********1234", ("", "")),
        ("99010119900307012", "99010119900307012X", ("", "X")),
        ("林美华", "林美花", ("华", "花")),
        ("周涛", "", ("", "")),
        ("张坂镇后见村", "张坂镇前见村", ("后", "前")),
    ],
)
def test_marks(left: str, right: str, expected: tuple[str, str]) -> None:
    assert tuple(map(marked, contrast(left, right))) == expected
