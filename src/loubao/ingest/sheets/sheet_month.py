"""The month that a sheet is of, by its names: the sheet's, the file's, the title's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import TypeAlias

from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.vocabulary import flat

Month: TypeAlias = tuple[int, int]

_RANGE = re.compile(r"[0-9]{1,2}月?份?[-—–~至到][0-9]{1,2}月份?|(?:上|下)半年|第?[一二三四1-4]季度")
_WHOLE_DATE = re.compile(r"(20[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])?(?![0-9])")
_YEAR_MONTH = re.compile(
    r"(20[0-9]{2})[-年._/](1[0-2]|0?[1-9])(?:月份?|(?=[-._/])|(?![0-9]))(?:[-._/]?([0-3]?[0-9])[日号]?)?"
)
_MONTH = re.compile(r"(?<![0-9])(1[0-2]|0?[1-9])月份?(?:([0-3]?[0-9])[日号])?")
_WRITTEN = re.compile("(十[一二]?|[一二三四五六七八九])月份?")
_WRITTEN_MONTHS = "一二三四五六七八九十"
_YEAR = re.compile(r"(20[0-9]{2})年?")
#: a year that is no part of a longer number than a date, and none of a document's number
_YEAR_ALONE = re.compile(
    r"(?<![0-9〔\[(（])(20[0-9]{2})(?=(?:0[1-9]|1[0-2])(?:[0-3][0-9])?(?![0-9])|(?![0-9]))"
)


def dates_in(text: str) -> tuple[list[tuple[int | None, int, int]], str]:
    """Return (year, month, day; 0 for none) of each date in a name, and the name without them.

    A range of months is no month.

    >>> dates_in("低保8月"), dates_in("202207低保")
    (([(None, 8, 0)], '低保'), ([(2022, 7, 0)], '低保'))
    >>> dates_in("2022年8月15日"), dates_in("2022-08低保"), dates_in("八月")
    (([(2022, 8, 15)], ''), ([(2022, 8, 0)], '低保'), ([(None, 8, 0)], ''))
    >>> dates_in("1-8月低保"), dates_in("2022年低保")
    (([], '低保'), ([], '低保'))
    """
    found: list[tuple[int | None, int, int]] = []
    text = _RANGE.sub("", text)
    for pattern in (_WHOLE_DATE, _YEAR_MONTH):
        found += [(int(y), int(m), int(d or 0)) for y, m, d in pattern.findall(text)]
        text = pattern.sub("", text)
    found += [(None, int(m), int(d or 0)) for m, d in _MONTH.findall(text)]
    text = _MONTH.sub("", text)
    for written in _WRITTEN.findall(text):
        found.append((None, sum(_WRITTEN_MONTHS.index(c) + 1 for c in written), 0))
    return found, _YEAR.sub("", _WRITTEN.sub("", text))


def month_in(texts: Sequence[str], as_of: date) -> tuple[Month | None, int]:
    """Return the month and day of a sheet, by the first of its names that has exactly one month.

    A month without a year is of the last twelve.

    >>> month_in(["在册", "2021年低保7月"], date(2022, 8, 31))
    ((2021, 7), 0)
    >>> month_in(["9月"], date(2022, 8, 31)), month_in(["7月底8月更新"], date(2022, 8, 31))
    (((2021, 9), 0), (None, 0))
    """
    for text in texts:
        found = dates_in(text)[0]
        months = {(year, month) for year, month, _ in found}
        if len(months) > 1:
            return None, 0
        for year, month, day in found:
            years = [int(y) for each in texts for y in _YEAR.findall(each)]
            default = as_of.year if month <= as_of.month else as_of.year - 1
            return (year or (years[0] if years else default), month), day
    return None, 0


def latest_in(texts: Sequence[str], as_of: date) -> Month | None:
    """Return the last month that the names of a sheet say with its year; None without a year.

    A year alone reaches until its December. The year of a document's number is none.

    >>> latest_in(["2019低保"], date(2022, 8, 31)), latest_in(["低保2022年3月"], date(2022, 8, 31))
    ((2019, 12), (2022, 3))
    >>> latest_in(["低保8月", "泉民〔2019〕5号"], date(2022, 8, 31))
    """
    years = [int(y) for text in texts for y in _YEAR_ALONE.findall(text)]
    if not years:
        return None
    month, _ = month_in(texts, as_of)
    return month if month is not None and month[0] == max(years) else (max(years), 12)


def title_of(part: Part) -> str:
    """Return the text of the rows above the header."""
    fit = part.claimed.fit
    titles = part.claimed.sheet.first(fit.start if fit else 0)
    cells = (cell for row in titles for cell in dict.fromkeys(row) if cell is not None)
    return flat(" ".join(cells))


def month_of(part: Part, as_of: date) -> Month | None:
    """Return the month that the sheet's name, the file's name or the title says, None for none."""
    sheet = part.claimed.sheet
    names = (sheet.name, PurePosixPath(sheet.file).stem)
    return month_in([*(flat(name).strip() for name in names), title_of(part)], as_of)[0]
