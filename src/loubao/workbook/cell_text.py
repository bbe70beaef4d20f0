"""Raw cell values as texts, and places as the spreadsheet program writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl

#: From here on a double no longer holds every digit of a typed number with certainty.
EXACT_BELOW = 1e15


def column_texts(values: Sequence[object] | pl.Series) -> pl.Series:
    """Return a String series of one column of raw values, None staying null.

    >>> column_texts(["张三", 40000.0, None]).to_list()
    ['张三', '40000', None]
    """
    try:
        # Most columns hold nothing but str: polars takes them as they are and refuses the
        # first value of another type, which costs less than looking at the types first.
        return pl.Series(values, dtype=pl.String)
    except TypeError:
        # Ordinary numbers are written here: a call for each would cost more than the writing.
        texts = [
            v
            if type(v) is str
            else f"{v:.15g}"
            if type(v) is float and 1e-4 <= v < 1e14
            else text_of(v)
            for v in values
        ]
        return pl.Series(texts, dtype=pl.String)


def text_of(value: object) -> str | None:
    """Return the text of one cell value as a spreadsheet program shows it, None for None.

    A number keeps its digits; one that may have lost digits keeps its exponent, so that a damaged
    ID number is seen as such.

    >>> [text_of(v) for v in (40000.0, 39999.5, 0.1 + 0.2, 1e-7, 12)]
    ['40000', '39999.5', '0.3', '0.0000001', '12']
    >>> text_of(9.9010119900101e17), text_of(1e15), text_of(999999999999999.0)
    ('9.9010119900101e+17', '1000000000000000.0', '999999999999999')

    Dates and times have no time of day where it is midnight, and are rounded to seconds.

    >>> text_of(date(1990, 1, 31)), text_of(datetime(1990, 1, 31))
    ('1990-01-31', '1990-01-31')
    >>> text_of(datetime(1990, 1, 31, 8, 29, 59, 999600)), text_of(time(8, 30))
    ('1990-01-31 08:30:00', '08:30:00')
    >>> text_of(timedelta(hours=30)), text_of(timedelta(minutes=-90))
    ('30:00:00', '-01:30:00')

    >>> text_of(True), text_of(" 张 三 "), text_of(None)
    ('TRUE', ' 张 三 ', None)
    """
    if value is None:
        return None
    written = _WRITTEN.get(type(value))
    return written(value) if written is not None else str(value)


def stamp_text(stamp: str) -> str:
    """Return an ISO 8601 date and time of an XML format as `text_of` writes it.

    >>> stamp_text("1990-01-31T00:00:00.000"), stamp_text("1990-01-31T08:30:00")
    ('1990-01-31', '1990-01-31 08:30:00')
    """
    return stamp.partition(".")[0].replace("T", " ").removesuffix(" 00:00:00")


def _float_text(value: float) -> str:
    if not -EXACT_BELOW < value < EXACT_BELOW:
        return repr(value)
    if value.is_integer():
        return str(int(value))
    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _datetime_text(value: datetime) -> str:
    # A serial number is a double: 08:30 may be stored a few microseconds short of it.
    rounded = value.replace(microsecond=0)
    if value.microsecond >= 500_000 and value.year < 9999:
        rounded += timedelta(seconds=1)
    return rounded.isoformat(" ").removesuffix(" 00:00:00")


def _timedelta_text(value: timedelta) -> str:
    total = round(value.total_seconds())
    minutes, seconds = divmod(abs(total), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if total < 0 else ''}{hours:02}:{minutes:02}:{seconds:02}"


_WRITTEN: dict[type, Callable[..., str]] = {
    str: str,
    float: _float_text,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    date: date.isoformat,
    datetime: _datetime_text,
    time: lambda value: value.replace(microsecond=0).isoformat(),
    timedelta: _timedelta_text,
}


def column_number(letters: bytes) -> int:
    """Return the 0-based column of its letters, in either case.

    >>> [column_number(text) for text in (b"A", b"Z", b"aa", b"XFD")]
    [0, 25, 26, 16383]
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1


def number_ranges(numbers: Sequence[int], most: int) -> str:
    """Write sorted row numbers as ranges, at most `most` of them.

    >>> number_ranges([2, 3, 4, 7, 9, 10], 30)
    '2-4、7、9-10'
    >>> number_ranges([1, 3, 5], 2), number_ranges([], 2)
    ('1、3 等', '')
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = "、".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges[:most])
    return shown + (" 等" if len(ranges) > most else "")
