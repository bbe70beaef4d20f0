"""The headers that the lists know, and how two headers are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

LONGEST_HEADER = 60
_DROPPED = re.compile(r"[\s*:\u200b-\u200f\u2060\ufeff]+")
_NUMERIC = re.compile(r"[0-9Xx.\-/]+")
_NUMERAL = re.compile("[0-9]+|[一二三四五六七八九十]+")
_LONGEST_NUMERAL = 3
_SHORTEST_NUMBER = 5
#: A number of a person: 15 or 18 digits, some of them hidden, or as a spreadsheet damages them.
_PERSONS_NUMBER = re.compile(
    r"(?<![0-9*])(?=[0-9*]{0,12}[0-9]{4})[0-9*]{14,17}[0-9*Xx](?![0-9*])|[0-9]\.?[0-9]*[Ee]\+1[47]"
)
_SEPARATORS = re.compile(r"[\s\-]+")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The headers of one list, ready to be looked up."""

    rule: ListRule
    spellings: dict[str, tuple[tuple[str, int], ...]]  # text → (field, rank)
    slots: dict[str, str]  # header of a member with {n} for the number → part
    ignored: frozenset[str]


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    r"""Return a header as it is compared: NFKC, no white space, asterisks or colons.

    >>> plain(" *身份证\n号码（必填）：")
    '身份证号码(必填)'
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


def has_number(cells: Iterable[str | None]) -> bool:
    """Whether a cell holds a person's number, whole or damaged: such a row is no header.

    >>> has_number(["姓名", "35059919600305 0119"]), has_number(["电话", "059587654321", None])
    (True, False)
    """
    return any(
        _PERSONS_NUMBER.search(_SEPARATORS.sub("", unicodedata.normalize("NFKC", cell)))
        for cell in cells
        if cell is not None and len(cell) > _SHORTEST_NUMBER
    )


def vocabulary(rule: ListRule, reading: Reading) -> Vocabulary:
    """Return the headers of `rule`."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for field, spec in rule.fields.items():
        for rank, header in enumerate(dict.fromkeys(map(plain, spec.headers))):
            spellings.setdefault(header, []).append((field, rank))
    slots: dict[str, str] = {}
    if rule.household_rows is not None:
        for part in ("name", "id_number", "relation"):
            for header in getattr(rule.household_rows, part):
                slots.setdefault(plain(header), part)
    return Vocabulary(
        rule=rule,
        spellings={text: tuple(fields) for text, fields in spellings.items()},
        slots=slots,
        ignored=frozenset(map(plain, (*rule.ignore, *reading.ignore_headers))),
    )


def numbered(text: str) -> list[tuple[str, str]]:
    """Return (header with {n} for a number in it, the number), once for each number in it.

    >>> numbered("家庭成员12姓名"), numbered("姓名")
    ([('家庭成员{n}姓名', '12')], [])
    """
    return [
        (text[: found.start()] + "{n}" + text[found.end() :], found[0])
        for found in _NUMERAL.finditer(text)
        if len(found[0]) <= (_LONGEST_NUMERAL - found[0].isascii())
    ]


def without_notes(text: str, notes: tuple[str, ...]) -> str:
    """Return a plain header without the parts that say nothing about the field."""
    pattern = _any_of(notes)
    before = None
    while before != text:
        before, text = text, pattern.sub("", text)
    return text


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B")


@dataclass(frozen=True)
class Known:
    """Every header of every list: what no list knows is passed over quickly."""

    texts: frozenset[str]
    ignored: frozenset[str]
    slots: frozenset[str]
    notes: tuple[str, ...]
    units: tuple[tuple[re.Pattern[str], float], ...]

    def has(self, text: str) -> bool:
        """Whether a cell by itself is a header; a number is none."""
        if len(text) > LONGEST_HEADER or _NUMERIC.fullmatch(text):
            return False
        short = plain(text)
        return short in self.texts or self._is_field(without_notes(short, self.notes))

    def ways(self, text: str) -> tuple[tuple[str, float], ...]:
        """Return the spellings of a plain header that some list knows, with its factor; best first.

        As it stands, without notes, and without a unit, whose factor it then has.
        """
        if not text or len(text) > LONGEST_HEADER:
            return ()
        ways = [(text, 1.0), (without_notes(text, self.notes), 1.0)]
        for unit, factor in self.units:
            cut = unit.sub("", text)
            if cut != text:
                ways += [(cut, factor), (without_notes(cut, self.notes), factor)]
        return tuple(way for way in dict.fromkeys(ways) if self._tells(way[0]))

    def _is_field(self, text: str) -> bool:
        return text in self.texts or any(slot in self.slots for slot, _ in numbered(text))

    def _tells(self, text: str) -> bool:
        return bool(text) and (text in self.ignored or self._is_field(text))


@lru_cache(maxsize=4)
def _known(
    vocabularies: tuple[Vocabulary, ...],
    notes: tuple[str, ...],
    units: tuple[tuple[str, float], ...],
) -> Known:
    return Known(
        texts=frozenset[str]().union(*(v.spellings for v in vocabularies)),
        ignored=frozenset[str]().union(*(v.ignored for v in vocabularies)),
        slots=frozenset[str]().union(*(v.slots for v in vocabularies)),
        notes=notes,
        units=tuple((re.compile(unit), factor) for unit, factor in units),
    )


def known(vocabularies: Sequence[Vocabulary], reading: Reading) -> Known:
    """Return what all the lists know together."""
    return _known(tuple(vocabularies), reading.header_notes, tuple(reading.header_units.items()))
