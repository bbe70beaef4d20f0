"""Cells as villages type them: a text made plain, and the case number, day, choice, count in it."""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from loubao.core.characters import folded
from loubao.ingest.fields import date as dates
from loubao.ingest.sheets.vocabulary import numeral_value
from loubao.rules.returns import Ditto
from loubao.rules.sheet_columns import SheetColumn

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")
_LETTERS = str.maketrans("OoQIl", "00011")
_BETWEEN = r"\s*[-/\\._·,:~、。]\s*"
#: town, year and running number of a case
_WHOLE_NUMBER = re.compile(
    rf"(?<![0-9])([0-9]{{3}})(?:{_BETWEEN}|\s+)(20[0-9]{{2}})(?:{_BETWEEN}|\s+)([0-9]{{1,5}})(?![0-9])"
    r"|^([0-9]{3})(20[0-9]{2})([0-9]{5})$"
)
#: the same with town or year left out, or both
_END_OF_NUMBER = re.compile(
    rf"^\W*(?:([0-9]{{3}}){_BETWEEN})?(?:(20[0-9]{{2}}){_BETWEEN})?([0-9]{{1,5}})(?:\W|号)*$"
)
_DIGITS = 5  # of a running number as it is printed
_STOPS = "。.，,、；;！!"
#: A number up to 99 in Chinese characters.
_NUMERAL = "[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_UNSEEN = re.compile(r"[\s\u200b-\u200f\ufeff\u00ad]+")


def plain(text: str) -> str:
    r"""Return a text half-width and without white space and invisible characters.

    >>> plain("核查 结果\n（下拉）"), plain("７月５日"), plain("１０４－2022")
    ('核查结果(下拉)', '7月5日', '104-2022')
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


def case_number(text: str) -> str:
    """Return a case number as it was issued, however it was typed; another text plain.

    Half-width, plain dashes, no blanks; other signs between its parts, none at all, words around
    it, the letter O for a nought, noughts left out before the running number.

    >>> texts = (" 104－2022—００012 ", "104/2022/12", "104 2022 12", "10420220OO12")
    >>> {case_number(text) for text in (*texts, "见104.2022.12")}
    {'104-2022-00012'}
    >>> case_number("2022/00012"), case_number("12"), case_number("新增 1"), case_number("2022.6.5")
    ('2022-00012', '12', '新增1', '2022.6.5')
    """
    bare = plain(text.translate(_DASHES)).translate(_DASHES)
    if re.fullmatch(r"[0-9OoQIl\W_]*[0-9][0-9OoQIl\W_]*", bare):
        bare = bare.translate(_LETTERS)
    spaced = " ".join(unicodedata.normalize("NFKC", text).split())
    whole = _WHOLE_NUMBER.fullmatch(bare) or _WHOLE_NUMBER.search(spaced)
    if whole:
        town, year, number = (part for part in whole.groups() if part is not None)
        return f"{town}-{year}-{int(number):05}"
    parts = end_of_number(bare)
    if parts is not None and len(bare) > len(parts[2]) >= _DIGITS:
        return "-".join(part for part in parts if part)
    return bare


def end_of_number(text: str) -> tuple[str, str, str] | None:
    """Return town code, year ("" where left out) and running number of the end of a case number.

    >>> [end_of_number(text) for text in ("12", "00012号", "2022-00012", "104-12")]
    [('', '', '12'), ('', '', '00012'), ('', '2022', '00012'), ('104', '', '12')]
    >>> end_of_number("新增1"), end_of_number("2022.6.5"), end_of_number("104-2022-00012")
    (None, None, None)
    """
    found = _END_OF_NUMBER.search(text)
    if found is None or (found[1] and found[2]):
        return None
    return found[1] or "", found[2] or "", found[3]


def with_year(text: str, last: dt.date, short_date: str) -> str:
    """Return a date text with a year: of `6.15` the last such day that is not after `last`.

    `short_date` is the pattern of dates without a year (`short_date` of rules/returns.yaml), its
    groups the month and the day. A text with a year, or of no day that exists, stays as it is.

    >>> pattern, last = "^([0-9]{1,2})[./月]([0-9]{1,2})日?$", dt.date(2022, 7, 2)
    >>> [with_year(text, last, pattern) for text in ("6.15", "６月１５日", "12/30", "六月十五日")]
    ['2022-06-15', '2022-06-15', '2021-12-30', '2022-06-15']
    >>> with_year("2022年6月15日", last, pattern), with_year("6.31", last, pattern)
    ('2022年6月15日', '6.31')
    """
    found = re.search(short_date, dates.in_digits(plain(text)))
    if not found:
        return text
    month, day = int(found[1]), int(found[2])
    for year in (last.year, last.year - 1):
        try:
            date = dt.date(year, month, day)
        except ValueError:
            continue
        if date <= last:
            return date.isoformat()
    return text


def is_blank(text: str, column: SheetColumn, blank: Collection[str]) -> bool:
    """Return whether a cell means nothing (无, a stroke); not where that is a choice of its column.

    >>> remark = SheetColumn.model_construct(key="remark", kind="text")
    >>> is_blank("无", remark, {"无", "/", "0"}), is_blank("／", remark, {"无", "/", "0"})
    (True, True)
    >>> ill = SheetColumn.model_construct(key="ill", kind="choice", choices=("有", "无"))
    >>> is_blank("无", ill, {"无", "/", "0"})
    False
    >>> is_blank("0", SheetColumn.model_construct(key="size", kind="integer"), {"无", "/", "0"})
    False
    """
    if text not in blank and plain(text) not in blank:
        return False
    return text not in column.choices and not (column.kind == "integer" and text.isdecimal())


def says_ditto(text: str, key: str, ditto: Ditto) -> bool:
    """Return whether a cell of a column says that it is the same as above.

    >>> ditto = Ditto(columns=("visitor",), words=("同上",))
    >>> says_ditto(" 同 上。", "visitor", ditto), says_ditto("同上", "remark", ditto)
    (True, False)
    """
    return key in ditto.columns and _bare(text) in map(_bare, ditto.words)


def filled_down(
    rows: Iterable[tuple[int, Mapping[str, str]]], ditto: Ditto
) -> Iterator[Mapping[str, str]]:
    """Yield the cells of rows of one sheet, each a number and the cells by key, with what the row
    above says where they say that it is the same.

    Where the row right above has nothing there, or nothing that is known, the word stays.

    >>> ditto = Ditto(columns=("visitor",), words=("同上",))
    >>> rows = [{"visitor": text} for text in ("王", "同上", "同上", "无", "同上")]
    >>> rows[3].clear()
    >>> [cells.get("visitor") for cells in filled_down(enumerate(rows), ditto)]
    ['王', '王', '王', None, '同上']
    """
    above: Mapping[str, str] = {}
    last = None
    for row, cells in rows:
        if last is None or row != last + 1:
            above = {}
        same = {
            key: above[key] for key in cells if key in above and says_ditto(cells[key], key, ditto)
        }
        filled = {**cells, **same}
        yield filled
        last = row
        above = {key: text for key, text in filled.items() if not says_ditto(text, key, ditto)}


def choice_of(
    text: str, choices: Iterable[str], also: Mapping[str, Sequence[str]] | None = None
) -> str | None:
    """Return the choice that a cell names, in the rules' spelling; None where it names none.

    `also`: choice → further spellings. A stop at the end is no part of a word.

    >>> also = {"已核查符合": ("核查符合", "符合")}
    >>> choices = ("已核查符合", "疑难")
    >>> choice_of(" 已核查 符合", choices), choice_of("符合。", choices, also)
    ('已核查符合', '已核查符合')
    >>> choice_of("符合", choices), choice_of("符合条件", choices, also)
    (None, None)
    """
    bare = _bare(text)
    spellings = [(choice, choice) for choice in choices]
    spellings += [(choice, each) for choice, texts in (also or {}).items() for each in texts]
    return next((choice for choice, spelling in spellings if _bare(spelling) == bare), None)


@functools.cache
def _bare(text: str) -> str:
    """A word as words are compared."""
    return folded(plain(text)).rstrip(_STOPS) or plain(text)


def count_of(text: str, units: Sequence[str]) -> int | None:
    """Return the count that a cell names, also behind a decimal point or before one of `units`.

    >>> [count_of(text, ("人", "口")) for text in ("3", "３ 人", "3.0", "三", "两口", "十二人")]
    [3, 3, 3, 3, 2, 12]
    >>> [count_of(text, ("人", "口")) for text in ("3户", "-1", "三五人", "几口", "5-6人")]
    [None, None, None, None, None]
    """
    unit = "|".join(map(re.escape, units))
    bare = plain(text).replace("两", "二")
    number = re.fullmatch(rf"(?:([0-9]{{1,6}})(?:\.0+)?|({_NUMERAL}))(?:{unit})?", bare)
    if number is None:
        return None
    return int(number[1]) if number[1] else numeral_value(number[2])
