"""Two values side by side: what differs between them, character by character."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby

from loubao.review.cards import Piece

#: Stands for a character that is not shown: it differs from nothing.
HIDDEN = frozenset("*＊?？")

#: A value beside another one, as pieces.
Pieces = tuple[Piece, ...]


def contrast(left: str, right: str) -> tuple[Pieces, Pieces]:
    """Return both values in pieces; joined they give the values back.

    Values of one length are compared place by place, else by what they have in common. Beside a
    value that is missing nothing differs.

    >>> [[(p.text, p.differs) for p in side] for side in contrast("庄建国", "庄建囯")]
    [[('庄建', False), ('国', True)], [('庄建', False), ('囯', True)]]
    >>> contrast("9901**1990", "9901011909")[0]
    (Piece(text='9901**19', differs=False), Piece(text='90', differs=True))
    >>> contrast("庄国", "庄建国")
    ((Piece(text='庄国', differs=False),), (Piece(text='庄', differs=False), \
Piece(text='建', differs=True), Piece(text='国', differs=False)))
    >>> contrast("", "女")
    ((), (Piece(text='女', differs=False),))
    """
    if not left or not right:
        return _pieces(left, [False] * len(left)), _pieces(right, [False] * len(right))
    if len(left) == len(right):
        apart = [_differ(one, other) for one, other in zip(left, right, strict=True)]
        return _pieces(left, apart), _pieces(right, apart)
    marks = [False] * len(left), [False] * len(right)
    for kind, *ends in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind != "equal":
            for mark, text, (start, end) in zip(
                marks, (left, right), (ends[:2], ends[2:]), strict=True
            ):
                mark[start:end] = [sign not in HIDDEN for sign in text[start:end]]
    return _pieces(left, marks[0]), _pieces(right, marks[1])


def _differ(one: str, other: str) -> bool:
    return one != other and not HIDDEN & {one, other}


def _pieces(text: str, marks: Iterable[bool]) -> Pieces:
    return tuple(_runs(text, marks))


def _runs(text: str, marks: Iterable[bool]) -> Iterator[Piece]:
    for differs, run in groupby(zip(text, marks, strict=True), key=lambda each: each[1]):
        yield Piece("".join(sign for sign, _ in run), differs)
