"""A cell of a column of choices → the value it spells, or none.

A word of a choice inside a longer cell is not yet that choice: 未释放 is not 释放, 拟在保 is not
在保. The whole cell must be made of spellings of one value, of words that the field's rule knows to
change nothing (`beside`), and of punctuation; what is left over makes the cell unknown.

>>> prison = {"服刑": ["在服刑"], "已释放": ["释放", "刑满释放", "假释"]}
>>> spec = FieldRule(label="人员状态", type="choice", values=prison, beside=["已", "现"])
>>> def read(*cells):
...     return choice(pl.Series(cells), spec)["value"].to_list()
>>> read("已刑满释放", "释放（假释）", "现：释放。")
['已释放', '已释放', '已释放']
>>> read("未释放", "即将释放", "已释放（误）", "释放？", "2025年释放", "释放-", "服刑/假释", "已")
[None, None, None, None, None, None, None, None]

A value that never takes anybody off a sheet may count wherever it is written (`anywhere`), as long
as no other value is there too.

>>> spec = spec.model_copy(update={"anywhere": ("服刑",)})
>>> read("仍在服刑中", "服刑，2025年释放")
['服刑', None]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import polars as pl

from loubao.core.characters import BLANK, UNSEEN, folded
from loubao.rules.lists import FieldRule

_CONTAINED_LENGTH: Final = 2  # shorter spellings count only as the whole text
#: Signs that may stand anywhere; a question mark, an arrow, a comparison say something.
_SIGN: Final = re.compile(r"[()\[\]【】「」“”\"'、,。.;:·]")
#: The code of a value in front of its word, as systems export it.
_CODE: Final = re.compile(r"[0-9]{1,2}(?=[^0-9])")
#: Signs that may stand between two words; behind the last one they may strike it (停-).
_BETWEEN: Final = re.compile(r"(?<=.)[-/](?=.)")


class _Words(NamedTuple):
    """The words of a column: spelling → value, patterns of what changes nothing, `anywhere`."""

    spellings: Mapping[str, str]
    beside: Sequence[re.Pattern[str]] = ()
    anywhere: Sequence[str] = ()


def choice(text: pl.Series, spec: FieldRule) -> pl.DataFrame:
    """Return value (String) and readable (Boolean) of a choice column.

    Anything that spells no value is kept as it stands when the choice is open, and is not readable
    when it is not.

    >>> sexes = {"男": ["1", "男性"], "女": ["2", "女性"]}
    >>> spec = FieldRule(label="性别", type="choice", values=sexes, beside=["性别"])
    >>> choice(pl.Series(["男", "女性", " ２ ", "性别女性", "男性/女性", None]), spec).rows()
    ... # doctest: +NORMALIZE_WHITESPACE
    [('男', True), ('女', True), ('女', True), ('女', True), (None, False), (None, None)]
    """
    spellings = {
        _plain(word): value for value, words in spec.values.items() for word in (value, *words)
    }
    words = _Words(spellings, [_pattern(each) for each in spec.beside], spec.anywhere)
    distinct = text.drop_nulls().unique()
    values = {seen: _choose(_plain(seen), words) for seen in distinct}
    if spec.open:
        values = {seen: value or seen for seen, value in values.items()}
    old, new = list(values), list(values.values())
    value = text.replace_strict(old, new, default=None, return_dtype=pl.String)
    return pl.DataFrame({"value": value, "readable": value.is_not_null().set(text.is_null(), None)})


@lru_cache(maxsize=1024)
def _pattern(beside: str) -> re.Pattern[str]:
    return re.compile(_plain(beside))


def _plain(text: str) -> str:
    r"""Half-width, simplified, without white space or unseen signs.

    >>> _plain(" 一 级\u200b（１）")
    '一级(1)'
    >>> _plain("肢體殘疾")
    '肢体残疾'
    """
    return folded(re.sub(f"[{BLANK}{UNSEEN}]+", "", unicodedata.normalize("NFKC", text)))


def _choose(text: str, words: _Words) -> str | None:
    """The value that a plain text spells, None for none or for two.

    >>> care = {"自理": "全自理", "不能自理": "全护理", "半护理": "半护理"}
    >>> words = _Words(care, [re.compile("生活"), re.compile("可")])
    >>> [_choose(text, words) for text in ("生活不能自理", "可自理", "自理/半护理", "不可自理")]
    ['全护理', '全自理', None, None]
    >>> [_choose(text, words) for text in ("2自理", "03.半护理", "2年后自理")]
    ['全自理', '半护理', None]
    """
    spellings = words.spellings
    if text in spellings:
        return spellings[text]
    inside = [word for word in spellings if len(word) >= _CONTAINED_LENGTH and word in text]
    if not inside:
        return None
    values = _made_of(text, inside, words)
    if len(values) == 1:
        return values.pop()
    # 不在保 is not 在保: a spelling inside a longer one that is there too does not count
    longest = [w for w in inside if not any(w != other and w in other for other in inside)]
    values = {spellings[word] for word in longest}
    return values.pop() if len(values) == 1 and values <= set(words.anywhere) else None


def _made_of(text: str, inside: Sequence[str], words: _Words) -> set[str]:
    """The values of all ways in which the whole text is made of spellings and harmless words."""
    ways: list[set[str | None]] = [set() for _ in range(len(text) + 1)]
    ways[0].add(None)
    for at in range(len(text)):
        if not ways[at]:
            continue
        for word in inside:
            if text.startswith(word, at):
                mine = words.spellings[word]
                # a way that has read another value is left as that of both: "" is no value
                ways[at + len(word)] |= {mine if v in (None, mine) else "" for v in ways[at]}
        for pattern in (_SIGN, _BETWEEN, *([] if at else [_CODE]), *words.beside):
            hit = pattern.match(text, at)
            if hit and hit.end() > at:
                ways[hit.end()] |= ways[at]
    found = {value for value in ways[-1] if value is not None}
    return found if "" not in found else set()
