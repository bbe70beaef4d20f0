"""Number formats: which numbers are dates, times or durations, and how those are written.

A workbook keeps a date as a number and says by a format code how to show it. The file's own codes
come first; the numbers of built-in formats hold where the file defines none (ECMA-376 part 1,
18.8.30, with those of the Chinese editions, 27–36 and 50–58). The day that is number 1 is of the
year 1900, or of 1904 where the workbook says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache

from loubao.workbook.cell_text import text_of


class Shown(Enum):
    """What a number format shows of a number."""

    NUMBER = 0
    DATE = 1
    TIME = 2
    DURATION = 3


_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58), Shown.DATE),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56), Shown.TIME),
    46: Shown.DURATION,
}
# What a code shows as it stands: quoted texts, escaped characters, widths, fills, 1E+05.
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|general|g/通用格式|e[+-]', re.I | re.S)
_HALF_DAY = re.compile("am/pm|a/p|上午/下午", re.IGNORECASE)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_BRACKETED = re.compile(r"\[[^\]]*\]?")
_PLACEHOLDER = re.compile("[0#?]")
_FRACTION = re.compile(r"s[.,]0+", re.IGNORECASE)
_DAYS, _HOURS = re.compile("[ydegaYDEGAbB]"), re.compile("[hHsS]")

_LAST_DAY = 2_958_466  # the first day that no format shows: 10000-01-01, counted from 1900
DAYS_TO_1904 = 1462
_SECONDS = 86_400


def shown(number: int, codes: Mapping[int, str]) -> Shown:
    """Return what the format `number` shows; `codes` are those that the file defines itself.

    >>> shown(14, {}), shown(14, {14: '"¥"#,##0.00'}), shown(164, {164: "yyyy-mm-dd"})
    (<Shown.DATE: 1>, <Shown.NUMBER: 0>, <Shown.DATE: 1>)
    """
    code = codes.get(number)
    return _BUILT_IN.get(number, Shown.NUMBER) if code is None else shown_by(code)


@lru_cache(maxsize=4096)
def shown_by(code: str) -> Shown:
    r"""Return what a format code shows of a positive number.

    >>> {shown_by(code).name for code in ("yyyy/m/d;@", 'yyyy"年"m"月"', "[$-804]aaaa", "e\\.m")}
    {'DATE'}
    >>> {shown_by(code).name for code in ("h:mm", '上午/下午h"时"mm"分"', "mm:ss.0", "AM/PM")}
    {'TIME'}
    >>> {shown_by(code).name for code in ("[h]:mm", "[mm]:ss", "[SS].00")}
    {'DURATION'}
    >>> {shown_by(code).name for code in ("General", "0.00E+00", '#,##0"元";[Red]-0', '0\\d', "@")}
    {'NUMBER'}
    """
    section = _HALF_DAY.sub("h", _LITERAL.sub("", code)).partition(";")[0]
    if _ELAPSED.search(section):
        return Shown.DURATION
    section = _FRACTION.sub("s", _BRACKETED.sub("", section))
    if _PLACEHOLDER.search(section):
        return Shown.NUMBER
    if _DAYS.search(section):
        return Shown.DATE
    if _HOURS.search(section):
        return Shown.TIME
    return Shown.DATE if "m" in section.lower() else Shown.NUMBER


def serial_text(serial: float, kind: Shown, since_1904: bool = False) -> str:
    """Return a number as its format shows it: a date, a time, a duration, else the number.

    A number that is no day of the calendar stays a number.

    >>> serial_text(32904, Shown.DATE), serial_text(32904.354166666664, Shown.DATE)
    ('1990-01-31', '1990-01-31 08:30:00')
    >>> serial_text(31442, Shown.DATE, since_1904=True), serial_text(59, Shown.DATE)
    ('1990-01-31', '1900-02-28')
    >>> serial_text(0.354166666664, Shown.TIME), serial_text(1.25, Shown.DURATION)
    ('08:30:00', '30:00:00')
    >>> serial_text(9.9e17, Shown.DATE), serial_text(-1, Shown.DATE), serial_text(0, Shown.DATE)
    ('9.9e+17', '-1', '1900-01-00')
    """
    if kind is Shown.NUMBER or not -_LAST_DAY < serial < _LAST_DAY:
        return text_of(serial) or ""
    if kind is Shown.DURATION:
        return text_of(timedelta(days=serial)) or ""
    seconds = round(serial * _SECONDS)
    day, rest = divmod(seconds, _SECONDS)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    if kind is Shown.TIME and 0 <= serial < 1 and day == 0:
        return clock
    named = _day_text(day, since_1904)
    if named is None:
        return text_of(serial) or ""
    return f"{named} {clock}" if rest else named


def _day_text(day: int, since_1904: bool) -> str | None:
    """Return the date of a day number, None where there is none.

    Counted from 1900, day 60 is 29 February 1900, which never was, and day 0 comes before the
    first: both are written as the spreadsheet program shows them.
    """
    number = day + DAYS_TO_1904 if since_1904 else day
    if day < 0 or number >= _LAST_DAY:
        return None
    if not since_1904 and number in (0, 60):
        return "1900-02-29" if number else "1900-01-00"
    before = date(1899, 12, 31) if number < 60 else date(1899, 12, 30)
    return (before + timedelta(days=number)).isoformat()


def iso_text(stamp: str) -> str:
    """Return an ISO 8601 value of a cell of type `d` as `serial_text` writes it.

    >>> iso_text("1990-01-31"), iso_text("1990-01-31T08:29:59.9996Z"), iso_text("08:30:00")
    ('1990-01-31', '1990-01-31 08:30:00', '08:30:00')
    """
    stamp = stamp.strip()
    try:
        if ":" in stamp and "-" not in stamp[:5]:  # no day
            moment = datetime.combine(date.min, time.fromisoformat(stamp))
            return (text_of(moment.replace(tzinfo=None)) or "").partition(" ")[2] or "00:00:00"
        return text_of(datetime.fromisoformat(stamp).replace(tzinfo=None)) or ""
    except ValueError:
        return stamp
