"""Cells as they may be shown in a question or a list of problems: nobody can be told from them.

A word that the rules know, an amount, a date and what is plainly no name say what a column is about
and are shown; of anything else the first characters are, enough to see what kind of thing it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from loubao.core.characters import name_signs
from loubao.core.masking import Discretion
from loubao.rules.folder import Rules

#: Digits from which a text may be a number of a person, an account, a telephone.
_DIGITS = re.compile(r"[0-9][0-9\s\-*]{4,}[0-9Xx*]")
_AMOUNT = re.compile(r"[+-]?[0-9]{1,3}(,?[0-9]{3})?(\.[0-9]{1,2})?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?:[-/.年]?(?:0?[1-9]|1[0-2])(?:[-/.月]?(?:0?[1-9]|[12][0-9]|3[01])日?|月)?)?"
    r"年?(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
)
_HAN = re.compile("(?<![0-9\u3400-\u9fff])[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
_HAN_ALONE = re.compile("[\u3007\u3400-\u9fff\U00020000-\U0003ffff]{2,16}")
#: Two words of letters, each with a capital: Nguyen Thi Hoa.
_LATIN_NAME = re.compile(r"(?<![^\W\d_])[A-ZÀ-ÞĐ][^\W\d_]+[\s.'-]+[A-ZÀ-ÞĐ][^\W\d_]*")
_LETTERS = re.compile("[A-Za-zÀ-ɏ]{4}")
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


@dataclass(frozen=True)
class Known:
    """What is known of the texts of a month: `names` of its people, and the words of the rules.

    `endings`: what stands at the end of the name of a place.
    """

    names: Collection[str]
    discretion: Discretion
    endings: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Collection[str], rules: Rules) -> Known:
        """Return it for the people of a month."""
        reading = rules.reading
        kinds = (*reading.village_endings, *reading.town_endings, *reading.own_endings)
        endings = {*reading.group_words, *(ending for kind in kinds for ending in kind)}
        return cls(names, rules.discretion, tuple(sorted(endings, key=lambda e: (-len(e), e))))

    def shown(self, text: str) -> str:
        """Return a cell as it stands, what may name a person masked.

        >>> known = Known({"张三"}, Discretion(frozenset({"洛阳镇", "在保"})))
        >>> [known.shown(text) for text in ("张三", "在保", "半失能", "2022-1-32", "12,5")]
        ['张*', '在保', '半失能', '2022-*-**', '12,5']
        >>> [known.shown(text) for text in ("王丽", "洛阳镇张伟", "阿依·买买提", "NGUYEN THI HOA")]
        ['王*', '洛阳镇张*', '阿*****', 'N***** *** ***']
        >>> known.shown("马丽，洛阳镇"), known.shown("已告知林小红本人")
        ('马*，洛阳镇', '已告知林**本人')
        """
        short = unicodedata.normalize("NFKC", text).strip()[:_LONGEST]
        if self._is_word(text):
            return text.strip()[:_LONGEST]
        if may_name(text, self.names) or _LATIN_NAME.search(short):
            return masked(text)
        kept = self._without(text.strip()[:_LONGEST])
        long = sum(sign.isalpha() for sign in short) > _LONGEST_NAME
        return _without_names(kept, self.discretion.words) if long else kept

    def shown_figure(self, text: str) -> str:
        """Return a cell that should be a day or a number: a few characters there may be any name.

        >>> known = Known((), Discretion(frozenset({"长期"})))
        >>> [known.shown_figure(text) for text in ("方鹬鹀", "长期", "2022年13月", "5月底前")]
        ['方**', '长期', '2022年13月', '5月底前']
        """
        short = text.strip()
        bare = _HAN_ALONE.fullmatch(short) is not None and len(short) <= _SHORTEST_INSIDE
        return masked(text) if bare and not self._is_word(text) else self.shown(text)

    def names_somebody(self, text: str, rows: int = 1) -> bool:
        """Return whether a text may be a name, or has one that stands by itself.

        What stands in several rows is a word, unless it is the name of one of the people.

        >>> known = Known({"张三"}, Discretion(frozenset({"在保"})))
        >>> [known.names_somebody(text) for text in ("张三", "王丽", "在保", "半失能")]
        [True, True, False, False]
        >>> known.names_somebody("张三", rows=9), known.names_somebody("高龄", rows=9)
        (True, False)
        """
        if self._is_word(text):
            return False
        short = unicodedata.normalize("NFKC", text).strip()
        if may_name(text, self.names):
            return True
        named = _LATIN_NAME.search(short) is not None or self._without(text) != text
        return named and rows < _OFTEN

    def is_place(self, text: str, *, near: bool) -> bool:
        """Return whether a text is the name of a place; `near` an official one.

        >>> known = Known({"张三"}, Discretion(frozenset({"上浦村", "社区"})), ("社区", "村"))
        >>> [known.is_place(text, near=False) for text in ("张板村", "林边社区", "张伟上浦村")]
        [True, True, False]
        >>> known.is_place("王丽", near=False), known.is_place("王里", near=True)
        (False, True)
        """
        if may_name(text, self.names) or not _HAN_ALONE.fullmatch(text):
            return False
        ending = next((e for e in self.endings if text.endswith(e) and text != e), "")
        if not ending:
            return near and len(text) <= _LONGEST_NAME
        body = text.removesuffix(ending) + "村"  # behind which no name is taken for a person's
        return self.discretion.text(body) == body

    def shown_place(self, text: str, *, near: bool) -> str:
        """Return a text that should be a place, all masked where it is none and may be a name.

        Blanks and dots, which would tell a name, are no longer in it.

        >>> known = Known((), Discretion(frozenset({"上浦村"})), ("村",))
        >>> [known.shown_place(text, near=False) for text in ("张板村", "阿依古丽买买提", "外地")]
        ['张板村', '阿******', '外地']
        >>> known.shown_place("NGUYENTHIHOA", near=False)
        'N***********'
        """
        if self.is_place(text, near=near) or self._is_word(text):
            return text[:_LONGEST]
        named = _LETTERS.search(text) is not None or self.shown(text) != text
        return masked(text) if named else text[:_LONGEST]

    def _is_word(self, text: str) -> bool:
        short = unicodedata.normalize("NFKC", text).strip()
        known = {text.strip(), short} & self.discretion.words
        return bool(known) or _DATE.fullmatch(short) is not None

    def _without(self, text: str) -> str:
        """A text with the names starred that stand by themselves, or beside known words."""

        def starred(run: re.Match[str]) -> str:
            named = is_name(run[0]) and run[0] not in self.discretion.words
            return masked(run[0]) if named else run[0]

        return self.discretion.text(_HAN.sub(starred, text))


def is_name(text: str) -> bool:
    """Whether Chinese characters are a surname and what may be a given name.

    >>> [is_name(text) for text in ("马丽", "欧阳娜", "高山流水", "农村", "上浦")]
    [True, True, False, False, False]
    """
    single, never, compound, of_three = name_signs()
    if any(sign in text for sign in never):
        return False
    if text[:2] in compound:
        return len(text) in {3, 4}
    return len(text) in {2, 3} and text[0] in single | of_three


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
