"""The headers that the lists know, and how two headers are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

LONGEST_HEADER = 60
_DROPPED = re.compile(r"[\s*:\u200b-\u200f\u2060\ufeff]+")
_NUMBER = "([0-9]{1,2}|[一二三四五六七八九十]{1,3})"


@dataclass(frozen=True)
class Vocabulary:
    """The headers of one list, ready to be looked up."""

    rule: ListRule
    spellings: dict[str, tuple[tuple[str, int], ...]]  # text → (field, rank)
    slots: tuple[tuple[str, re.Pattern[str]], ...]  # (part, pattern; the one group: the number)
    ignored: frozenset[str]


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    r"""Return a header as it is compared: NFKC, no white space, asterisks or colons.

    >>> plain(" *身份证\n号码（必填）：")
    '身份证号码(必填)'
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


def vocabulary(rule: ListRule, reading: Reading) -> Vocabulary:
    """Return the headers of `rule`."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for field, spec in rule.fields.items():
        for rank, header in enumerate(dict.fromkeys(map(plain, spec.headers))):
            spellings.setdefault(header, []).append((field, rank))
    slots: list[tuple[str, re.Pattern[str]]] = []
    if rule.household_rows is not None:
        for part in ("name", "id_number", "relation"):
            patterns = [
                re.escape(plain(header)).replace(re.escape("{n}"), _NUMBER)
                for header in getattr(rule.household_rows, part)
            ]
            if patterns:
                slots.append((part, re.compile("|".join(patterns))))
    return Vocabulary(
        rule=rule,
        spellings={text: tuple(fields) for text, fields in spellings.items()},
        slots=tuple(slots),
        ignored=frozenset(map(plain, (*rule.ignore, *reading.ignore_headers))),
    )


def without_notes(text: str, reading: Reading) -> str:
    """Return a plain header without the parts that say nothing about the field."""
    return _without_notes(text, reading.header_notes)


@lru_cache(maxsize=20_000)
def _without_notes(text: str, notes: tuple[str, ...]) -> str:
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
    """Every header of every list: to pass over rows of data quickly."""

    texts: frozenset[str]
    ignored: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, vocabularies: Sequence[Vocabulary], reading: Reading) -> Known:
        """Return what all the lists know together."""
        texts = frozenset[str]().union(*(v.spellings for v in vocabularies))
        ignored = frozenset[str]().union(*(v.ignored for v in vocabularies))
        patterns = tuple({pattern for v in vocabularies for _, pattern in v.slots})
        return cls(texts, ignored, patterns, reading.header_notes)

    def has(self, text: str) -> bool:
        """Whether a cell by itself is a header."""
        if len(text) > LONGEST_HEADER or _NUMERIC.fullmatch(text):
            return False
        short = plain(text)
        return short in self.texts or self.reads(_without_notes(short, self.notes))

    def reads(self, text: str) -> bool:
        """Whether a text, spelled as it is compared, names a field of some list."""
        return text in self.texts or any(pattern.fullmatch(text) for pattern in self.patterns)
