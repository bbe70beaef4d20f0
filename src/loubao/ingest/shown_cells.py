"""Cells as they may be shown in a question or a list of problems: nobody can be told from them.

A word that the rules know, or that stands in many rows, says what a column is about and is shown;
of anything else the first characters are, enough to see what kind of thing it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import polars as pl

#: Digits from which a text may be a number of a person, an account, a telephone.
_DIGITS = re.compile(r"[0-9][0-9\s\-*]{4,}[0-9Xx*]")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,3}(,?[0-9]{3})?(\.[0-9]{1,2})?")
_LONGEST = 24
#: A name of two characters may be part of any word.
_SHORTEST_INSIDE, _LONGEST_INSIDE = 3, 8
_KEPT = 4  # digits of a number
#: A word is no name where it stands in so many rows, and few other words stand in its column.
_OFTEN, _FEW_WORDS = 3, 12


def masked(text: str) -> str:
    """Return a cell of which nobody can be told: the first of its letters, of its digits four.

    >>> masked("张三"), masked("990101196003050119"), masked("洛阳镇上浦村12号")
    ('张*', '9901**************', '洛*****1**')
    >>> masked("41235.50"), masked("1960-03-05"), masked("A12 b")
    ('41235.50', '1960-**-**', 'A1* *')
    """
    short = unicodedata.normalize("NFKC", text).strip()[:_LONGEST]
    if _AMOUNT.fullmatch(short):
        return short
    shown, letters, digits = "", 0, 0
    number = sum(c.isdigit() for c in short) > len(short) // 2
    for c in short:
        if c.isdigit():
            digits += 1
            shown += c if digits <= (_KEPT if number else 1) else "*"
        elif c.isalpha():
            letters += 1
            shown += c if letters == 1 else "*"
        else:
            shown += c
    return shown


def may_name(text: str, names: Collection[str]) -> bool:
    """Return whether a text may name a person: a number of one, or a name that is in the data.

    >>> [may_name(text, {"张三"}) for text in ("张三", "张三（户主）", "洛阳镇", "张三村")]
    [True, True, False, False]
    >>> [may_name(text, {"王小明"}) for text in ("户主王小明", "电话13800138000")]
    [True, True]
    """
    short = unicodedata.normalize("NFKC", text).strip()
    if _DIGITS.search(short) or re.split(r"[\s(,、/]", short, maxsplit=1)[0] in names:
        return True
    return any(
        short[start : start + length] in names
        for length in range(_SHORTEST_INSIDE, min(len(short), _LONGEST_INSIDE) + 1)
        for start in range(len(short) - length + 1)
    )


def shown(text: str, names: Collection[str]) -> str:
    """Return a text as it stands, masked where it may name a person.

    >>> shown("洛旸镇", {"张三"}), shown("张三", {"张三"})
    ('洛旸镇', '张*')
    """
    return masked(text) if may_name(text, names) else text.strip()[:_LONGEST]


def samples(cells: pl.Series, words: Collection[str], most: int = 3) -> list[str]:
    """Return a few different cells of a column (String), masked but for words.

    `words`: what the rules know. So is what stands in many rows of a column of few words, unless
    it has the length of a name.

    >>> samples(pl.Series(["张三", "李四", "李四", None]), {"在保"})
    ['李*', '张*']
    >>> samples(pl.Series(["正常享受待遇"] * 3 + ["在保"]), {"在保"})
    ['正常享受待遇', '在保']
    """
    filled = cells.drop_nulls()
    counts = filled.value_counts(sort=True).sort(
        ["count", filled.name or ""], descending=[True, False]
    )
    few = counts.height <= _FEW_WORDS
    seen: dict[str, None] = {}
    for text, count in counts.head(most * 4).iter_rows():
        short = text.strip()
        often = few and count >= _OFTEN and len(short) > 4
        clear = short in words or (often and not may_name(short, ()))
        seen.setdefault(short[:_LONGEST] if clear else masked(short))
    return list(seen)[:most]


def names_of(records: pl.DataFrame) -> frozenset[str]:
    """Return every name of a person in the records: none of them is shown."""
    columns = [
        name
        for name, dtype in records.schema.items()
        if dtype == pl.String and (name.endswith("name") or name in {"name_raw", "guardian"})
    ]
    found: set[str] = set()
    for column in columns:
        found.update(records[column].drop_nulls().unique())
    return frozenset(found)
