"""One cell that names people: the names, the numbers, or each name with relation and number.

The cell is split by what separates most (a line, a semicolon, then 、 and commas, a blank last, for
张 三 is one name) until each piece names one person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields import resident_id
from loubao.ingest.fields.name_writing import HAN, PRIVATE
from loubao.ingest.sheets.cell_words import CellWords, by_kind, flat, is_name, words_of

NUMBER: Final = re.compile(
    r"(?<![0-9A-Za-z*])(?:[0-9]{17}[0-9Xx](?:[1-7][1-4])?|[0-9]{6} [0-9]{8} [0-9]{3}[0-9Xx]"
    r"|(?=[0-9*]*\*)[0-9*]{11,19}[0-9*Xx]|[0-9]{14,19}[Xx]?)(?![0-9*])"
)
_GLUED: Final = re.compile("(?:[0-9]{17}[0-9Xx]){2,}")
_RESIDENT: Final = 18
_DOCUMENT: Final = re.compile("[A-Za-z]{1,3}[0-9]{6,12}")
_PHONE: Final = re.compile(r"(?<![0-9])(?:1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9])")
_COUNTED: Final = re.compile(
    r"[共等]?(?<![0-9.])[0-9]+(?:\.[0-9]+)?\s*(?:周岁|岁|元|口人|口|人)"
    r"|[0-9]{4}年[0-9]{1,2}月(?:[0-9]{1,2}[日号])?(?:出?生)?"
)
#: A number before each person: ①李一②张小, 1.李一 2.张小.
_ENUMERATED: Final = re.compile(
    r"[①-⑳⑴-⒇]|(?<![^\s;,、/|])[0-9]{1,2}[.、)]\s*(?=[^\s0-9]|[0-9]{6})"
)
_EDGES: Final = re.compile(r"^[\s;,、/|]+|[\s;,、/|]+$")
_BRACKET: Final = re.compile(r"\(([^()]*)(?:\)|$)")
_NEXT_PERSON: Final = (  # compiled at its first use: that takes long
    rf"(?<=[0-9Xx*])\s*(?=[{HAN}{PRIVATE}]{{2}})|(?<=\))\s*(?=[{HAN}{PRIVATE}]{{2}})"
)
#: A word between two people; it may be part of a name, too (李和平).
_AND: Final = r"\s*(?:和|与|及|跟|以及|&|\+)\s*"
_AND_NAME: Final = rf"(?<=[{HAN}{PRIVATE}]{{2}}){_AND}(?=[{HAN}{PRIVATE}]{{2}})"
#: Stands for a blank inside a name, while blanks part people.
_JOIN: Final = "\x00"
#: Stands between people who are counted.
_NEXT: Final = ";"


class Person(NamedTuple):
    """One person of a cell; what the cell does not say is None."""

    name: str | None
    number: str | None = None
    relation: str | None = None
    protected: str | None = None


_NOBODY = Person(None)
#: 女 is a daughter only where nothing else says what she is.
_SEXES: Final = ("男", "女")


class _Odd(Exception):
    """A text is no list of people."""


def numbers_in(text: str, words: CellWords) -> list[str | None]:
    """Return the numbers of a cell in order, None for a place that says 无; one for what is one.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> from loubao.ingest.sheets.cell_words import cell_words
    >>> words = cell_words(rules.lists["dibao"], rules.reading)
    >>> numbers_in("990101********0019、无、990101 19610202 0028；", words)
    ['990101********0019', None, '990101 19610202 0028']
    >>> numbers_in("990101196001010015，13800000000", words)
    ['990101196001010015']
    >>> numbers_in("990101196001010015990101196102020028", words)
    ['990101196001010015', '990101196102020028']
    >>> numbers_in("990101196001010015 和 990101196102020028", words)
    ['990101196001010015', '990101196102020028']
    """
    pieces = _split_numbers(_ENUMERATED.sub(_NEXT, flat(text)), words)
    found = [piece is not None and NUMBER.search(piece) is not None for piece in pieces]
    if sum(found) > 1:
        return pieces
    others = [piece for piece, hit in zip(pieces, found, strict=True) if piece and not hit]
    if sum(found) == 1 and others:
        if all(_PHONE.fullmatch(other) for other in others):
            return [pieces[found.index(True)]]
        if all(_DOCUMENT.fullmatch(other) for other in others):
            return pieces
    return [text]


def _split_numbers(text: str, words: CellWords) -> list[str | None]:
    text = _EDGES.sub("", text)
    if text in words.blanks:
        return [None]
    if NUMBER.fullmatch("".join(text.split())):
        return [text]
    joined = re.split(_AND, text)
    if len(joined) > 1 and all(NUMBER.fullmatch(piece) for piece in joined):
        return list(joined)
    for separator in words.separators:
        pieces = [piece for piece in _outside(separator, text) if piece]
        if len(pieces) > 1:
            return [number for piece in pieces for number in _split_numbers(piece.strip(), words)]
    if _GLUED.fullmatch(text):
        several = [text[i : i + _RESIDENT] for i in range(0, len(text), _RESIDENT)]
        if resident_id.normalise(pl.Series(several))["id_status"].is_in(PROVEN_STATUSES).all():
            return list(several)
    return [text]


def _outside(separator: re.Pattern[str], text: str) -> list[str]:
    """Split a text where a separator stands outside brackets.

    >>> _outside(re.compile(","), "李一(妻,61),张小")
    ['李一(妻,61)', '张小']
    """
    inside = [found.span() for found in _BRACKET.finditer(text)]
    pieces, at = [], 0
    for found in separator.finditer(text):
        if not any(low <= found.start() < high for low, high in inside):
            pieces.append(text[at : found.start()])
            at = found.end()
    return [*pieces, text[at:]]


def people_in(text: str, numbers: int, member_cell: bool, words: CellWords) -> list[Person] | None:
    """Return the people of a cell of names, None where it is not one.

    Blanks part people in a cell for several, or where by that they are as many as the numbers; so
    do words (和).
    """
    people = _named_in(text, numbers, member_cell, words)
    if numbers > 1 and (people is None or len(people) != numbers):
        joined = _named_in(re.sub(_AND_NAME, _NEXT, text), numbers, member_cell, words)
        if joined is not None and len(joined) == numbers:
            return joined
    return people


def _named_in(text: str, numbers: int, member_cell: bool, words: CellWords) -> list[Person] | None:
    strong, blank = words.separators[:-1], words.separators
    read: list[list[Person]] = []
    for separators, spaced in ((strong, False), (strong, True), (blank, False)):
        try:
            people = _people(_ENUMERATED.sub(_NEXT, flat(text)), separators, words, spaced)
        except _Odd:
            continue
        if numbers == len(people) or any(person.number for person in people):
            return people
        if not spaced and (member_cell or separators is strong):
            read.append(people)
    return read[0] if read else None


def _people(
    text: str, separators: tuple[re.Pattern[str], ...], words: CellWords, spaced: bool
) -> list[Person]:
    """Split a text until each piece is one person; raises `_Odd`.

    `spaced`: several words parted by blanks are one name (古丽 巴哈尔).
    """
    text, others = _others_out(text, words)
    if others:
        parts = [part for part in (text, *others) if part.strip()]
        return [p for each in parts for p in _people(each, separators, words, spaced)]
    person = _one(text, words, spaced)
    if person is not None:
        return [] if person == _NOBODY else [person]
    for level, separator in enumerate(separators, start=1):
        if level == len(words.separators):
            text = _joined(text, words)
        pieces = [piece for piece in map(str.strip, _outside(separator, text)) if piece]
        pieces = [piece.replace(_JOIN, " ") for piece in pieces]
        if len(pieces) > 1:
            return _together(
                [p for each in pieces for p in _people(each, separators, words, spaced)]
            )
    pieces = [piece for piece in map(str.strip, re.split(_NEXT_PERSON, text)) if piece]
    if len(pieces) > 1:
        return _together([p for each in pieces for p in _people(each, separators, words, spaced)])
    raise _Odd


def _others_out(text: str, words: CellWords) -> tuple[str, list[str]]:
    """Take the brackets that are about somebody else out: 张三（妻：李一 号码）."""
    others: list[str] = []
    for found in list(_BRACKET.finditer(text))[::-1]:
        names, _, _ = by_kind(words_of(_without_numbers(found[1]), words), words)
        before, _, _ = by_kind(words_of(_without_numbers(text[: found.start()]), words), words)
        if names and before and NUMBER.search(found[1]):
            others.insert(0, found[1])
            text = f"{text[: found.start()]} {text[found.end() :]}"
    return text, others


def _joined(text: str, words: CellWords) -> str:
    """Put names that are spaced out together, so that blanks part people only."""
    for token in words_of(text, words):
        if " " in token:
            text = text.replace(token, token.replace(" ", _JOIN))
    return text


def _together(people: Sequence[Person]) -> list[Person]:
    """Give relations and numbers that stand by themselves to the names beside them.

    >>> people = [Person("李一"), Person(None, None, "妻"), Person(None, "1")]
    >>> [person[:3] for person in _together([*people, Person("张小"), Person(None, "2")])]
    [('李一', '1', '妻'), ('张小', '2', None)]
    """
    kept: list[Person] = []
    waiting: str | None = None
    for person in people:
        if person.name is None and person.number is None:
            if kept and kept[-1].relation is None:
                kept[-1] = kept[-1]._replace(relation=person.relation)
            else:
                waiting = person.relation
            continue
        if waiting and person.relation is None:
            person = person._replace(relation=waiting)
        waiting = None
        kept.append(person)
    shape = "".join("B" if p.name and p.number else "N" if p.name else "#" for p in kept)
    half = len(kept) // 2
    if re.fullmatch("(?:N#)+", shape):
        pairs = zip(kept[::2], kept[1::2], strict=True)
    elif re.fullmatch("(?:#N)+", shape):
        pairs = zip(kept[1::2], kept[::2], strict=True)
    elif shape == "N" * half + "#" * half:
        pairs = zip(kept[:half], kept[half:], strict=True)
    else:
        return kept
    return [name._replace(number=number.number) for name, number in pairs]


def _one(text: str, words: CellWords, spaced: bool = False) -> Person | None:
    """Return the one person of a text, None where it has several; raises `_Odd`."""
    if text in words.blanks:
        return _NOBODY
    numbers = NUMBER.findall(text)
    if len(numbers) > 1:
        return None
    rest = _without_numbers(text)
    inner = [token for part in _BRACKET.findall(rest) for token in words_of(part, words)]
    outer = words_of(_BRACKET.sub(" ", rest), words)
    names, relations, notes = by_kind(outer, words)
    inner_names, inner_relations, inner_notes = by_kind(inner, words)
    if not names and inner_names:
        names, inner_names = inner_names, []
    elif inner_names:  # 张三（妻李一）: the relation is another's
        inner_notes, inner_relations = [*inner_relations, *inner_notes], []
    if spaced and len(names) > 1 and " ".join(names) in rest:
        names = [" ".join(names)]
    if len(names) > 1:
        return None
    if any(not is_name(name) for name in names):
        raise _Odd
    relation = min([*relations, *inner_relations], key=_SEXES.__contains__, default=None)
    number = numbers[0] if numbers else None
    if not names:
        return Person(None, number, relation)
    beside = [*notes, *inner_names, *inner_notes]
    flags = [note for note in beside if note in words.flags]
    name = names[0] + "".join(f"({note})" for note in beside if note not in flags)
    return Person(name, number, relation, next(iter(flags), None))


def _without_numbers(text: str) -> str:
    return _COUNTED.sub(" ", _PHONE.sub(" ", NUMBER.sub(" ", text)))


def pieces_of(text: str | None, count: int, words: CellWords) -> list[str] | None:
    """Return the pieces of a cell where it has one for each of `count` people.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> from loubao.ingest.sheets.cell_words import cell_words
    >>> rules = load_rules(shipped_rules())
    >>> words = cell_words(rules.lists["dibao"], rules.reading)
    >>> pieces_of("男、女、男", 3, words), pieces_of("男", 3, words)
    (['男', '女', '男'], None)
    """
    text = _EDGES.sub("", flat(text or ""))
    for separator in words.separators:
        pieces = [piece.strip() for piece in _outside(separator, text)]
        if len(pieces) == count:
            return pieces
    return None


def with_number(text: str, words: CellWords) -> Person | None:
    """Return the one person of a cell that holds a name and its number; None for any other.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> from loubao.ingest.sheets.cell_words import cell_words
    >>> rules = load_rules(shipped_rules())
    >>> words = cell_words(rules.lists["dibao"], rules.reading)
    >>> with_number("张保（990101196001010015）", words)[:2]
    ('张保', '990101196001010015')
    """
    if not NUMBER.search(flat(text)):
        return None
    people = people_in(text, 0, True, words) or []
    return people[0] if len(people) == 1 and people[0].name and people[0].number else None
