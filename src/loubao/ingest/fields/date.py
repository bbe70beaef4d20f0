"""Dates as lists write them → a day, or the last day that the text allows.

>>> import polars as pl
>>> def read(text):
...     day, until, readable = parse(pl.Series([text], dtype=pl.String)).row(0)
...     return str(until) if day == until else (str(day), str(until))

A full day, in any of its spellings: `-` `/` `.` or 年月日 between, eight digits, Chinese numerals,
with or without a time, with 起 or a weekday after it; also 5-Mar-2021.

>>> read("2021-03-05"), read("2021.3.5."), read("2021年3月5日起"), read("20210305")
('2021-03-05', '2021-03-05', '2021-03-05', '2021-03-05')
>>> read("二〇二一年三月五日"), read("2021/3/5 8:00"), read("5-Mar-2021"), read("2021-3-5周五")
('2021-03-05', '2021-03-05', '2021-03-05', '2021-03-05')

A month or a year is readable, but is no day: `until` is its last day.

>>> read("2021年4月起"), read("201004"), read("2010")
(('None', '2021-04-30'), ('None', '2010-04-30'), ('None', '2010-12-31'))

A cell that held the number 2021.10 arrives as 2021.1, so that spelling may be January or October,
and October is later.

>>> read("2021.1"), read("2021.01")
(('None', '2021-10-31'), ('None', '2021-01-31'))

A bare number of five digits from 10000 to 80000 is a spreadsheet serial (1900 system).

>>> read("44260"), read("44260.5")
('2021-03-05', '2021-03-05')

Two digits of a year are only taken as yy.m.d and yy年m月d日: 00-29 are 20yy, others 19yy.

>>> read("85.3.12"), read("29.3.12"), read("30.3.12"), read("85年3月12日"), read("二四年四月九号")
('1985-03-12', '2029-03-12', '1930-03-12', '1985-03-12', '2024-04-09')

Month and day before the year are only taken when one of them cannot be a month.

>>> read("03/25/2021"), read("25/03/2021")
('2021-03-25', '2021-03-25')

A time with Z is UTC and is moved to China (+8): midnight there is written T16:00:00Z of the day
before by browsers.

>>> read("2021-03-04T16:00:00.000Z"), read("2021-03-05T08:00:00Z")
('2021-03-05', '2021-03-05')

The rest is unreadable: days that do not exist, years outside 1800-2099, 长期, 03/05/2021. A blank
is neither.

>>> texts = pl.Series(["2021-02-30", "2021-13", "1799", "长期", "03/05/2021", "　", None])
>>> parse(texts)["readable"].to_list()
[False, False, False, False, False, None, None]
>>> read("9999-12-31T16:00:00Z")  # the calendar ends there
'None'
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final

import polars as pl

from loubao.core.characters import forms_of
from loubao.ingest.fields.distinct import put, read_once
from loubao.workbook.number_formats import DAYS_TO_1904

_YEAR: Final = "(?<y>(?:1[89]|20)[0-9]{2})"
_CLOCK: Final = (
    r"(?:[T ]?(?:上午|下午)?[0-9]{1,2}[:时](?:[0-9]{1,2}[:分]?)?(?:[0-9]{1,2}(?:\.[0-9]+)?秒?)?"
)
_ZONE: Final = r" ?(?:[AaPp][Mm]|[+]0?8:?00)?)?"
# Each spelling names the parts y, m, d that it has; the first that fits is taken.
_SPELLINGS: Final = (
    rf"^{_YEAR} ?[-/.年] ?(?<m>[0-9]{{1,2}}) ?[-/.月] ?(?<d>[0-9]{{1,2}})[日号.]?{_CLOCK}{_ZONE}$",
    rf"^{_YEAR}(?<m>[0-9]{{2}})(?<d>[0-9]{{2}})(?:\.0+)?$",
    rf"^(?<m>[0-9]{{1,2}})[-/.](?<d>1[3-9]|2[0-9]|3[01])[-/.]{_YEAR}{_CLOCK}{_ZONE}$",
    rf"^(?<d>1[3-9]|2[0-9]|3[01])[-/.](?<m>[0-9]{{1,2}})[-/.]{_YEAR}{_CLOCK}{_ZONE}$",
    rf"^(?<d>[0-9]{{1,2}})[- ](?<m>[A-Z][a-z]{{2}})[a-z]*\.?,?[- ]{_YEAR}{_CLOCK}{_ZONE}$",
    rf"^(?<m>[A-Z][a-z]{{2}})[a-z]*\.? (?<d>[0-9]{{1,2}}),? {_YEAR}{_CLOCK}{_ZONE}$",
    rf"^[A-Z][a-z]{{2}} (?<m>[A-Z][a-z]{{2}}) (?<d>[0-9]{{2}}) [0-9:]{{8}} CST {_YEAR}$",
    rf"^{_YEAR} ?[-/.年] ?(?<m>0?[1-9]|1[0-2])月?[-/.]?$",
    rf"^{_YEAR}(?<m>0[1-9]|1[0-2])(?:\.0+)?$",
    rf"^{_YEAR}(?:年|\.0+)?$",
)
_DAYS: Final = (date(1800, 1, 1), date(2099, 12, 31))
_SHORT_YEAR: Final = r"^'?([0-9]{2})[.年]([0-9]{1,2})[.月]([0-9]{1,2})[.日号]?$"
_UTC: Final = (
    r"^((?:1[89]|20)[0-9]{2}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?Z$"
)
_SERIAL: Final = r"^([1-9][0-9]{4})(?:\.[0-9]+)?$"
_SERIAL_1904: Final = r"^([1-9][0-9]{3,4})(?:\.[0-9]+)?$"

_MONTHS: Final = {
    **{"Jan": "01", "Feb": "02", "Mar": "03", "Apr": "04", "May": "05", "Jun": "06"},
    **{"Jul": "07", "Aug": "08", "Sep": "09", "Oct": "10", "Nov": "11", "Dec": "12"},
}
_DIGITS: Final = "〇一二三四五六七八九"
_TENS: Final = {"三十": 30, "卅": 30, "二十": 20, "廿": 20, "一十": 10, "十": 10}
# In this order: the first that fits at a place is taken, so 二十一 stands before 二十 and 二.
_NUMERALS: Final = {
    **{
        ten + _DIGITS[unit]: str(size + unit)
        for ten, size in _TENS.items()
        for unit in range(1, 10)
    },
    **{ten: str(size) for ten, size in _TENS.items()},
    **{digit: str(value) for value, digit in enumerate(_DIGITS)},
    **dict.fromkeys("零○O", "0"),
    "元月": "1月",
}
_NUMERAL: Final = re.compile("|".join(_NUMERALS))
_AFTERTHOUGHT: Final = (
    r"(?: ?[(]?(?:星期|周)[一二三四五六日天][)]?)|(?:(?:出生|生|起|始|开始|以来|至今|止)$)"
)


def parse(raw: pl.Series) -> pl.DataFrame:
    """Read dates. Same height and order as `raw` (String, nulls allowed).

    Columns: `date` Date, null unless the text is a full day; `until` Date, the last day that the
    text allows, null when unreadable; `readable` Boolean, null where the text is null or blank.
    Never raises on any text.
    """
    texts = raw.cast(pl.String).rechunk().alias("raw")
    # Most columns are written 2021-03-05 throughout. The others are read once a spelling.
    day = texts.str.to_date("%Y-%m-%d", strict=False, cache=False)
    blank = texts.is_null()
    readable = pl.repeat(True, texts.len(), eager=True)
    days = pl.DataFrame(
        {"date": day, "until": day, "readable": put(readable, blank.arg_true(), None)}
    )
    rest = (~(_is_iso(texts, day) | blank)).arg_true()
    if rest.is_empty():
        return days
    read = read_once(texts.gather(rest).to_frame(), lambda others: _read(others["raw"]))
    return days.select(put(column, rest, read[column.name]) for column in days)


def from_1904(text: pl.Expr) -> pl.Expr:
    """Bare numbers of days since 1904-01-01 as those since 1899-12-30; other texts as they are.

    >>> texts = pl.Series(["42798", "8538.5", "2021", "2021-03-05", None])
    >>> pl.select(from_1904(pl.lit(texts))).to_series().to_list()
    ['44260', '10000', '2021', '2021-03-05', None]
    """
    days = text.str.strip_chars().str.extract(_SERIAL_1904).cast(pl.Int64) + DAYS_TO_1904
    is_serial = days >= 10_000  # less is the number of a year
    return pl.when(is_serial).then(days.cast(pl.String)).otherwise(text)


def in_digits(text: str) -> str:
    """Return a text with its Chinese numerals up to 39 as digits.

    >>> in_digits("四月九日"), in_digits("十二月二十一号"), in_digits("6.15")
    ('4月9日', '12月21号', '6.15')
    """
    return _NUMERAL.sub(lambda found: _NUMERALS[found[0]], text)


def _is_iso(texts: pl.Series, day: pl.Series) -> pl.Series:
    """Whether a text that was read as `day` is a whole one (a sign may stand for a digit)."""
    whole = (texts.str.len_bytes() == len("2021-03-05")) & ~texts.str.starts_with("+")
    return (whole & day.is_between(*_DAYS)).fill_null(False)


def _read(texts: pl.Series) -> pl.DataFrame:
    """Read each text by the first spelling that fits; columns of `parse`."""
    text = pl.col("text")
    rows = texts.alias("text").to_frame().select(_tidy(text))
    rows = rows.with_columns(
        text.str.extract_groups(spelling).alias(f"fit{i}") for i, spelling in enumerate(_SPELLINGS)
    ).select(
        "text",
        _part("y").alias("y"),
        _part("m").replace(_MONTHS).str.zfill(2).alias("m"),
        _part("d").str.zfill(2).alias("d"),
    )
    month = _day(pl.col("y") + pl.lit("-") + pl.col("m") + pl.lit("-01")).dt.month_end()
    year = _day(pl.col("y") + pl.lit("-12-31"))
    lost_zero = _day(text.str.extract(rf"^{_YEAR}\.1$") + pl.lit("-10-31"))
    rows = rows.with_columns(
        date=pl.coalesce(
            _day(pl.concat_str("y", "m", "d", separator="-")),
            _utc_day(text),
            _short_year(text),
            _serial(text),
        )
    ).with_columns(
        until=pl.when(pl.col("date").is_not_null())
        .then("date")
        .when(pl.col("d").is_not_null())
        .then(pl.lit(None, pl.Date))
        .when(pl.col("m").is_not_null())
        .then(pl.coalesce(lost_zero, month))
        .otherwise(year)
    )
    blank = text.is_null() | (text == "")
    return rows.select(
        "date", "until", readable=pl.when(~blank).then(pl.col("until").is_not_null())
    )


@cache
def _part(name: str) -> pl.Expr:
    """The part `name` (y, m, d) by the first spelling that fits; null if that spelling has none."""
    fitting = pl.lit(None, pl.String)
    for i, spelling in reversed(list(enumerate(_SPELLINGS))):
        fit = pl.col(f"fit{i}").struct
        value = fit.field(name) if f"?<{name}>" in spelling else pl.lit(None, pl.String)
        fitting = pl.when(fit.field("y").is_not_null()).then(value).otherwise(fitting)
    return fitting


def _tidy(text: pl.Expr) -> pl.Expr:
    """Half-width, Arabic digits, no words around.

    >>> texts = pl.Series(["二〇二一年三月起", "自２０２１年３月", "一九八五年元月卅一日"])
    >>> pl.select(_tidy(pl.lit(texts))).to_series().to_list()
    ['2021年3月', '2021年3月', '1985年1月31日']
    """
    plain = text.str.normalize("NFKC").str.replace_all(r"[\s\p{Cf}\p{Cc}]+", " ").str.strip_chars()
    # 零, O and ○ are digits only among Chinese numerals.
    plain = plain.str.replace_many(forms_of(_AFTERTHOUGHT + "自从于"))
    bare = plain.str.replace_all(_AFTERTHOUGHT, "").str.replace("^[自从于]", "").str.strip_chars()
    chinese = bare.str.contains("[一二三四五六七八九十廿卅〇]") & bare.str.contains("年")
    arabic = bare.str.replace_many(_NUMERALS, leftmost=True)
    return pl.when(chinese).then(arabic).otherwise(bare)


def _day(text: pl.Expr) -> pl.Expr:
    """The day that YYYY-MM-DD writes; null if there is none."""
    return text.str.to_date("%Y-%m-%d", strict=False)


def _utc_day(text: pl.Expr) -> pl.Expr:
    """Day in China (UTC+8) of a time with Z.

    >>> texts = pl.Series(["2021-03-04T16:00:00Z", "2021-03-04T15:59:59Z", "2021-03-04"])
    >>> pl.select(_utc_day(pl.lit(texts)).cast(pl.String)).to_series().to_list()
    ['2021-03-05', '2021-03-04', None]
    """
    next_day = text.str.extract(_UTC, 2).cast(pl.Int64) >= 16
    return _day(text.str.extract(_UTC, 1)) + pl.duration(days=next_day.cast(pl.Int64))


def _short_year(text: pl.Expr) -> pl.Expr:
    """Day of yy.m.d or yy年m月d日.

    >>> texts = pl.Series(["'21.03.05", "85.3.12", "85年3月12日", "85-3-12"])
    >>> pl.select(_short_year(pl.lit(texts)).cast(pl.String)).to_series().to_list()
    ['2021-03-05', '1985-03-12', '1985-03-12', None]
    """
    year, month, day = (text.str.extract(_SHORT_YEAR, part) for part in (1, 2, 3))
    century = pl.when(year < "30").then(pl.lit("20")).otherwise(pl.lit("19"))
    return _day(century + year + pl.lit("-") + month.str.zfill(2) + pl.lit("-") + day.str.zfill(2))


def _serial(text: pl.Expr) -> pl.Expr:
    """Days since 1899-12-30: the 1900 system, which counts a 29 February 1900.

    >>> texts = pl.Series(["10000", "80000", "80001", "2021"])
    >>> pl.select(_serial(pl.lit(texts)).cast(pl.String)).to_series().to_list()
    ['1927-05-18', '2119-01-11', None, None]
    """
    serial = text.str.extract(_SERIAL).cast(pl.Int64)
    epoch = pl.date(1899, 12, 30)
    return pl.when(serial <= 80_000).then(epoch + pl.duration(days=serial))
