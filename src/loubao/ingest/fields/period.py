"""Until when something lasts, as columns of an end date say it → the last day, or a length.

>>> as_of = date(2022, 8, 31)
>>> def last(text):
...     period = read(text, as_of)
...     return None if period is None else str(period.until or f"{period.months}个月")

A day, a month (its last day counts), or a span, of which the end counts:

>>> last("2022年7月"), last("至2022年6月30日止"), last("2022年9月底"), last("22.9.15")
('2022-07-31', '2022-06-30', '2022-09-30', '2022-09-15')
>>> last("2022.3-2023.2"), last("2021-7-1至2022-6-30"), last("21.7-22.1"), last("202203-202302")
('2023-02-28', '2022-06-30', '2022-01-31', '2023-02-28')
>>> last("2021年11月-12月"), last("2021年11月至次年2月"), last("2022年11月-2月")
('2021-12-31', '2022-02-28', '2023-02-28')

Without a year it is the nearest such month to the as-of day:

>>> last("8月底"), last("12月"), last("年底"), last("4月28日")
('2022-08-31', '2022-12-31', '2022-12-31', '2022-04-28')

A length alone, reckoned from a day that stands elsewhere; a bare number by the unit of the header:

>>> last("一年"), last("半年"), last("12个月"), last("两年"), last("一年半"), last("有效期3个月")
('12个月', '6个月', '12个月', '24个月', '18个月', '3个月')
>>> last("12"), read("12", as_of, header="救助期限(月)")
(None, Period(until=None, months=12))
>>> last("长期"), last("明年3月"), last("按规定"), last("2022-02-30")
(None, None, None, None)
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

import polars as pl

from loubao.ingest.fields import date as dates

#: What stands between the two days of a span.
_BETWEEN = re.compile(r"至|到|~|—+|–|-(?=(?:20)?[0-9]{2}[.年/]|20[0-9]{2}|[0-9]{1,2}月|次年)")
_LEAD = re.compile(r"^(?:有效期?|期限|截[止至]|为|[:：])+")
_TAIL = re.compile(r"(?:为止|止|前|到期|期满|届满|截止|[。.;；,，])+$")
_LENGTH = re.compile(
    r"(?:共|为|期)?(?:(?P<n>[0-9]{1,2}|十?[一二两三四五六七八九]|十)(?P<unit>个月|年)(?P<half>半)?|(?P<six>半年))(?:期|整|内)?"
)
_UNIT = re.compile(r"[(](?:个?(?P<month>月)|年)[)]$|(?P<months>月)数$")
_YEARLESS = re.compile(
    r"(?P<next>次年)?(?P<month>1[0-2]|0?[1-9])月(?:份)?(?P<day>[0-9]{1,2})?[日号]?"
)
_SHORT_YEAR = re.compile(r"^(?=[0-9]{2}[./年-](?:1[0-2]|0?[1-9])(?:月|[./月-][0-9]{1,2}[日号]?)?$)")
_YEAR = re.compile(r"(?<![0-9])(?:20)?([0-9]{2})(?=[./年-]|(?:0[1-9]|1[0-2])(?![0-9]))")
_MONTH_BEHIND = re.compile(r"^[./年-]?(1[0-2]|0?[1-9])")
_NUMERALS = "〇一二三四五六七八九十"


class Period(NamedTuple):
    """The last day, or the months that it lasts; one of both is None."""

    until: date | None
    months: int | None


def read(text: str, as_of: date, header: str = "") -> Period | None:
    """Return what a text without blanks, in half-width signs, says; None for any other text."""
    text = _TAIL.sub("", _LEAD.sub("", text.strip("() ")))
    if (months := _length(text, header)) is not None:
        return Period(None, months)
    first, *others = _BETWEEN.split(text)
    end = _TAIL.sub("", others[-1] if others else first)
    end = "本年12月" if re.fullmatch("[今本当]?年[底末]", end) else re.sub("[底末]$", "", end)
    end = re.sub("^[今本当]年", "", end)
    if yearless := _YEARLESS.fullmatch(end):
        until = _of_span(yearless, first, as_of) if others else nearest(end, as_of)
    else:
        end = _SHORT_YEAR.sub("20", end)
        if others:  # a span is text: no nought of 2022.10 is lost
            end = re.sub(r"^(20[0-9]{2})\.1$", r"\1.01", end)
        until = dates.parse(pl.Series([end]))["until"][0]
    return None if until is None else Period(until, None)


def _length(text: str, header: str) -> int | None:
    if (found := _LENGTH.fullmatch(text)) is None:
        unit = _UNIT.search(header)
        if unit is None or not re.fullmatch("[0-9]{1,2}[月年]?", text):
            return None
        return int(text.rstrip("月年")) * (1 if unit["month"] or unit["months"] else 12) or None
    if found["six"]:
        return 6
    if found["n"].isdecimal():
        count = int(found["n"])
    else:
        count = sum(map(_NUMERALS.index, found["n"].replace("两", "二")))
    each = 12 if found["unit"] == "年" else 1
    if each > 1 and count >= 20:  # 22年 is a year
        return None
    return (count * each + (6 if found["half"] and each > 1 else 0)) or None


def _of_span(end: re.Match[str], first: str, as_of: date) -> date | None:
    """The last day of a span whose end has no year: that of its beginning, or the next."""
    year = _YEAR.search(first)
    if year is None:
        return None if end["next"] else nearest(end[0], as_of)
    begun = _MONTH_BEHIND.match(first[year.end() :])
    later = bool(end["next"]) or (begun is not None and int(end["month"]) < int(begun[1]))
    return day_of(2000 + int(year[1]) + later, int(end["month"]), int(end["day"] or 0))


def nearest(text: str, as_of: date) -> date | None:
    """Return the day of a month without a year that is nearest to `as_of`; None for another text.

    >>> [str(nearest(text, date(2023, 1, 31))) for text in ("12月底", "3月", "1月20日", "8月后")]
    ['2022-12-31', '2023-03-31', '2023-01-20', 'None']
    """
    found = _YEARLESS.fullmatch(re.sub("[底末]$", "", text))
    if found is None or found["next"]:
        return None
    month, day = int(found["month"]), int(found["day"] or 0)
    days = [day_of(year, month, day) for year in range(as_of.year - 1, as_of.year + 2)]
    return min(days, key=lambda each: abs(each - as_of))


def day_of(year: int, month: int, day: int) -> date:
    """Return the day of a month; its last one where there is no such day.

    >>> str(day_of(2022, 8, 20)), str(day_of(2022, 2, 0)), str(day_of(2022, 6, 31))
    ('2022-08-20', '2022-02-28', '2022-06-30')
    """
    last = monthrange(year, month)[1]
    return date(year, month, day if 1 <= day <= last else last)
