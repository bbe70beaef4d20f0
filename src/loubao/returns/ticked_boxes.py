"""Cells of boxes as villages fill them in: which choice is ticked, however it was marked.

A cell is words (the choices) with signs around them. Each mention of a choice is marked in one of
these ways (the signs are those of rules/returns.yaml):

    ticked    a tick in the place of its box, or beside the box or the word
    circled   a circle in the place of its box, brackets around the word
    crossed   a sign that some tick with and others strike out with
    struck    a sign that strikes out only
    boxed     its box as it was printed
    bare      no box at all: it was deleted, or the word was typed beside the boxes

A tick decides. Without one a single choice that stands out among boxes as they were printed does.
Two that stand out are several ticks; whatever else is left is no answer that can be read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from loubao.rules.returns import Returns
from loubao.rules.sheet_columns import SheetColumn

_SPACE = re.compile(r"[\s\u200b-\u200f\ufeff\ufe0f]+")  # and what asks for a sign's coloured form
_OPEN, _CLOSE = r"[\[(〔【「{]", r"[)〕】」}\]]"
_LEAST_BESIDE_LETTER = 2  # boxes left untouched: of one box and one x either may be meant

_Mark: TypeAlias = Literal["ticked", "circled", "crossed", "struck", "boxed", "bare"]


class Signs(NamedTuple):
    """The signs of a box that is not ticked, of ticks, circles, crosses, and of striking out.

    A sign that is a tick and a cross is a cross: a tick where no other tick stands in the cell.
    """

    boxes: str
    ticks: str
    circles: str = ""
    crosses: str = ""
    struck: str = ""

    @classmethod
    def of(cls, returns: Returns) -> Signs:
        """Return the signs of rules."""
        each = (returns.boxes, returns.ticks, returns.circles, returns.crosses, returns.struck)
        return cls(*(unicodedata.normalize("NFKC", signs) for signs in each))


class _Mention(NamedTuple):
    choice: str
    mark: _Mark
    by_letter: bool


def ticked(text: str, labels: Mapping[str, str], signs: Signs) -> list[str] | None:
    r"""Return the choices that are ticked in a cell of boxes; None where it is no such cell, or
    where it cannot be told which is.

    `labels` are the words behind the boxes, by choice. A sign between two words that could belong
    to either makes the cell one that cannot be read.

    >>> signs = Signs("□", "☑√v", "○", "☒x", "×")
    >>> def read(text, choices="甲乙丙"):
    ...     return ticked(text, {each: each for each in choices}, signs)
    >>> read("□甲 □乙 □丙"), read("☑甲 □乙 □丙"), read("□甲√ □乙 □丙"), read("√丙"), read("v甲")
    ([], ['甲'], ['甲'], ['丙'], ['甲'])
    >>> read("○甲 □乙 □丙"), read("（甲） □乙 □丙"), read("x甲 □乙 □丙"), read("甲 □乙 □丙")
    (['甲'], ['甲'], ['甲'], ['甲'])
    >>> read("□甲  √□乙 □丙"), read("□甲\n√□乙 □丙"), read("□甲 √ □乙 □丙")
    (['乙'], ['乙'], ['甲'])
    >>> read("□甲"), read("丙\n□甲 □乙 □丙"), read("☑甲 ☒乙 ☒丙"), read("□甲 ×乙 ×丙")
    (['甲'], ['丙'], ['甲'], ['甲'])
    >>> read("√甲 √乙 □丙"), read("甲√乙"), read("甲 乙 □丙"), read("x甲 □乙"), read("□甲 不在家")
    (['甲', '乙'], None, None, None, None)
    """
    found = _mentions(text, labels, signs)
    if found is None:
        return None
    struck = [each for each in found if each.mark == "struck"]
    found = [each for each in found if each.mark != "struck"]
    marked = _of("ticked", found)
    if marked:
        boxed = _of("boxed", found)
        # a word typed beside its own box, a circle: they say something, too
        typed = [word for word in _of("bare", found) if word in boxed]
        return list(dict.fromkeys((*marked, *_of("circled", found), *typed)))
    choices = list(dict.fromkeys(each.choice for each in found))
    if len(choices) == 1 and len(labels) > 1:
        return None if _only_crossed(found) or len(struck) == 1 else choices
    return None if struck else _standing_out(found)


def _of(mark: _Mark, found: Sequence[_Mention]) -> list[str]:
    return [each.choice for each in found if each.mark == mark]


def _only_crossed(found: Sequence[_Mention]) -> bool:
    """Whether the only choice that is left is crossed by a letter: it may be struck out."""
    return any(each.mark == "crossed" and each.by_letter for each in found)


def _standing_out(found: Sequence[_Mention]) -> list[str] | None:
    """The choices that are marked otherwise than by a tick, among boxes as they were printed."""
    boxed = _of("boxed", found)
    signed = [each for each in found if each.mark in ("circled", "crossed")]
    bare = _of("bare", found)
    choices = list(dict.fromkeys((*(each.choice for each in signed), *bare)))
    if len(choices) > 1:
        return None if bare else choices
    if not choices:
        return []
    untouched = {*boxed} - {*choices}
    if not untouched:
        return None
    by_letter = any(each.by_letter for each in signed)
    return None if by_letter and len(untouched) < _LEAST_BESIDE_LETTER else choices


def _into_their_boxes(text: str, signs: Signs) -> str:
    """Put a sign that touches the box behind it, and no word before it, behind that box.

    >>> [_into_their_boxes(text, Signs("□", "√")) for text in ("□甲  √□乙", "□甲√ □乙")]
    ['□甲  □√乙', '□甲√ □乙']
    """
    marks = re.escape("".join(signs[1:]))
    pattern = rf"(?<=\s)([{marks}]+)([{re.escape(signs.boxes)}])"
    return re.sub(pattern, r"\2\1", unicodedata.normalize("NFKC", text))


def _mentions(text: str, labels: Mapping[str, str], signs: Signs) -> list[_Mention] | None:
    """The choices that a cell names, each with its mark; None where it says anything else."""
    words = _words(tuple(labels.items()))
    text = _into_their_boxes(text, signs)
    one_of = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    bare, boxes = _without_brackets(_SPACE.sub("", text), one_of, signs)
    pieces = re.split(f"({one_of})", bare)
    marks, names = pieces[0::2], pieces[1::2]
    if not names or not any(marks) or set("".join(marks)) - set("".join(signs)):
        return None
    if not marks[0] and set(marks[-1]) & {*boxes}:
        return None  # boxes behind their words
    before, behind = [marks[0]], []
    for mark in marks[1:-1]:
        box = next((i for i, sign in enumerate(mark) if sign in boxes), None)
        if box is None and mark and not marks[0]:
            return None  # it may have been put behind the one, or before the other
        behind.append(mark[: box or 0])
        before.append(mark[box or 0 :])
    behind.append(marks[-1])
    around = map("".join, zip(before, behind, strict=True))
    return [
        _Mention(words[name], _mark(each, boxes, signs), _has_letter(each))
        for name, each in zip(names, around, strict=True)
    ]


@lru_cache(maxsize=64)
def _words(labels: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The words that name a choice, without spaces and half-width → the choice."""
    return {
        _SPACE.sub("", unicodedata.normalize("NFKC", word)): choice
        for choice, label in labels
        for word in (choice, label)
    }


def _without_brackets(bare: str, one_of: str, signs: Signs) -> tuple[str, str]:
    """The text with signs for brackets, and the signs that are boxes in it.

    Brackets around a word, its box with it or not, are a circle, empty ones a box, those around a
    sign nothing. Circles alone are boxes: some print them so.
    """
    bare = unicodedata.normalize("NFKC", bare)
    every, box = re.escape("".join(signs)), signs.boxes[:1]
    bare = re.sub(f"{_OPEN}([{every}]*){_CLOSE}", lambda found: found[1] or box, bare)
    boxes = signs.boxes
    if not set(bare) & {*boxes}:
        boxes += signs.circles
    circle = signs.circles[:1]
    if circle:
        # the circle stands behind the box, else it would be of the word before
        around = f"{_OPEN}([{every}]*)({one_of}){_CLOSE}"
        bare = re.sub(around, rf"\1{circle}\2", bare)
    return bare, boxes


def _mark(around: str, boxes: str, signs: Signs) -> _Mark:
    """How a word is marked by the signs around it."""
    seen = set(around)
    if seen & ({*signs.ticks} - {*signs.crosses}):
        return "ticked"
    if seen & {*signs.struck}:
        return "struck"
    if seen & {*signs.crosses}:
        return "crossed"
    if seen & ({*signs.circles} - {*boxes}):
        return "circled"
    return "boxed" if seen & {*boxes} else "bare"


def _has_letter(around: str) -> bool:
    return any(sign.isalpha() for sign in around)


def answered(text: str, column: SheetColumn, signs: Signs) -> str:
    r"""Return what a cell of choices says: of boxes the one that is ticked, nothing where none is.

    What was typed beside all the boxes, as they were printed, is the answer. A cell that cannot be
    read, or in which several are ticked, stays as it is, to be refused where it is read.

    >>> alive = SheetColumn.model_construct(choices=("是", "否"), short={})
    >>> signs = Signs("□", "√")
    >>> [answered(text, alive, signs) for text in ("√是 □否", "□是 □否", "健在\n□是 □否", "√是√否")]
    ['是', '', '健在', '√是√否']
    >>> bracketed = Signs("□", "√", "○")
    >>> [answered(text, alive, bracketed) for text in ("(□是)\n□否", "【□是】 □否", "□是 □否 ～")]
    ['是', '是', '□是 □否 ～']
    """
    choices = ticked(text, column.labels, signs)
    if choices is not None:
        return text if len(choices) > 1 else "".join(choices)
    bare = _SPACE.sub("", text)
    for choice, label in column.labels.items():
        if _SPACE.sub("", label) == bare:
            return choice
    typed = "".join(_beside(text, column, signs))
    # what is left of signs and brackets says nothing: the cell is kept as it was written
    return typed if any(sign.isalnum() for sign in typed) else text


def _beside(text: str, column: SheetColumn, signs: Signs) -> Iterator[str]:
    """What stands beside the boxes of all choices as they were printed, nothing where one lacks."""
    boxes, left = f"[{re.escape(signs.boxes)}]", text
    for label in sorted(column.labels.values(), key=len, reverse=True):
        left, count = re.subn(rf"{boxes}\s*{re.escape(label)}", "\n", left)
        if count != 1:
            return
    yield " ".join(left.split())


def is_unclear(text: str, signs: Signs) -> bool:
    """Return whether a cell that names no choice is one of boxes, ticked in a way nobody can read.

    >>> is_unclear("□甲 ×乙", Signs("□", "√")), is_unclear("基本v", Signs("□", "√v"))
    (True, False)
    """
    return any(sign in text for sign in "".join(signs) if not sign.isalpha())
