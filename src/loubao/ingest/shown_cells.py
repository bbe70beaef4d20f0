"""Cells as they may be shown in a question or a list of problems: nobody can be told from them.

A word that the rules know, an amount, a date and what is plainly no name say what a column is about
and are shown; of anything else the first characters are, enough to see what kind of thing it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from loubao.core.characters import name_signs
from loubao.core.masking import Discretion

#: Digits from which a text may be a number of a person, an account, a telephone.
_DIGITS = re.compile(r"[0-9][0-9\s\-*]{4,}[0-9Xx*]")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,3}(,?[0-9]{3})?(\.[0-9]{1,2})?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:[-/.年]?(?:0?[1-9]|1[0-2])(?:[-/.月]?(?:0?[1-9]|[12][0-9]|3[01])日?|月)?)?"
    r"年?(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
)
_LONGEST = 24
#: Letters of a name that stands by itself.
_LONGEST_NAME = 4
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


class Sampled(NamedTuple):
    """How the cells of a column may be shown: `of_names`, nothing of them but known words."""

    words: Collection[str]
    discretion: Discretion
    of_names: bool = False


def samples(cells: pl.Series, how: Sampled, most: int = 3) -> list[str]:
    """Return a few different cells of a column (String), the commonest first.

    In full: words that the rules know, amounts, dates, and what is plainly no name. Of numbers the
    first digits are, of what may be a name the first character; in a text the name is starred.

    >>> how = Sampled({"在保"}, Discretion(frozenset({"洛阳镇", "上浦村"})))
    >>> samples(pl.Series(["张三", "李四", "李四", None]), how)
    ['李*', '张*']
    >>> samples(pl.Series(["正常"] * 3 + ["在保", "户口在本地", "阿旺"]), how, most=4)
    ['正常', '在保', '户口在本地', '阿*']
    >>> samples(pl.Series(["2022-06-30", "洛阳镇上浦村12号", "已告知林小红本人"]), how)
    ['2022-06-30', '已告知林**本人', '洛阳镇上浦村**号']
    >>> samples(pl.Series(["正常"] * 3), how._replace(of_names=True))
    ['正*']
    """
    filled = cells.drop_nulls()
    counts = filled.value_counts(sort=True).sort(
        ["count", filled.name or ""], descending=[True, False]
    )
    few = counts.height <= _FEW_WORDS
    seen: dict[str, None] = {}
    for text, count in counts.head(most * 4).iter_rows():
        seen.setdefault(_sample(text, how, often=few and count >= _OFTEN))
    return list(seen)[:most]


def _sample(text: str, how: Sampled, *, often: bool) -> str:
    short = unicodedata.normalize("NFKC", text).strip()
    if text.strip() in how.words:
        return text.strip()[:_LONGEST]
    if _DATE.fullmatch(short):
        return short
    letters = sum(c.isalpha() for c in short)
    latin = re.search(r"[^\W\d_]{2}", short) and short.isascii()
    # a short word that is seldom may be a name that no list of surnames has
    may_be_name = latin or (1 < letters <= _LONGEST_NAME and not often)
    if how.of_names or may_be_name or _DIGITS.search(short) or not letters:
        return masked(short)
    kept = how.discretion.text(short[:_LONGEST])
    return re.sub("[0-9]", "*", kept if often else _without_names(kept, how.discretion.words))


def _without_names(text: str, words: Collection[str]) -> str:
    """A text in which up to two characters behind each surname are starred, but for known words.

    >>> _without_names("已告知林小红本人", {"本人"}), _without_names("户口在本地", ())
    ('已告知林**本人', '户口在本地')
    """
    surnames, never, compound, of_three = name_signs()
    known, names = {*words, *never}, {*surnames, *of_three, *compound}

    def word_at(at: int) -> int:
        return next((n for n in range(_LONGEST, 0, -1) if text[at : at + n] in known), 0)

    shown, at = "", 0
    while at < len(text):
        length = word_at(at) or (2 if text[at : at + 2] in compound else 1)
        shown += text[at : at + length]
        at, surname = at + length, text[at : at + length]
        if surname in known or surname not in names:
            continue
        for _ in range(2):
            if at < len(text) and text[at].isalpha() and not word_at(at):
                shown, at = shown + "*", at + 1
    return shown


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
