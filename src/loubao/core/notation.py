"""Days, months, places, ID numbers and sentences as clerks write them, and on what leaves."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:  # loaded when a number is masked: days and months are asked for at start-up
    import polars as pl

#: `masked`, or `full` (`id_number` in rules/sheets.yaml).
Shown: TypeAlias = Literal["masked", "full"]
#: A month that somebody wrote; the year is None where none stands beside it.
Written: TypeAlias = tuple[int | None, int]

_M = "(?:1[0-2]|0?[1-9])"
_D = "(?:0?[1-9]|[12][0-9]|3[01])"
_TO = r"\s*(?:[-—–~至到、和]|——)\s*"
#: `202206`, `20220615`, `20220615093000`.
_COMPACT = "(?P<y1>20[0-9]{2})(?P<m1>0[1-9]|1[0-2])(?:[0-3][0-9](?:[0-9]{4}|[0-9]{6})?)?(?![0-9])"
#: `2022年6月`, `22年6月份`, `6月`; of `2022年1-6月` the first and the last.
_NAMED = (
    r"(?:(?P<y2>20[0-9]{2}|[1-4][0-9])\s*年度?\s*[-._]?\s*)?"
    rf"(?:(?P<from2>{_M})\s*月?(?:份|{_D}[日号])?{_TO})?(?P<m2>{_M})\s*月"
)
#: `2022-06`, `2022.6`, `2022年6`, `2022-06-15`; of `2022.6-8` and `2022.6.1-8.31` both months.
_SEPARATED = (
    rf"(?P<y3>20[0-9]{{2}})\s*(?P<sep>[-._]|年(?=\s*{_M}(?![^\W_])))\s*(?P<m3>{_M})(?![0-9])"
    rf"(?:\s*(?P=sep)\s*{_D}(?!\s*月|[0-9])(?:{_TO}(?P<day3>{_M})(?=[.月]))?"
    rf"|{_TO}(?P<to3>{_M})(?![0-9]))?"
)
_WRITTEN = re.compile(rf"(?<![0-9])(?:{_COMPACT}|{_NAMED}|{_SEPARATED})")
#: What is a month only where nothing else is written: `8`, `08`, `22.8`, `22-08`, `2208`.
_ALONE = re.compile(rf"(?:(?P<y>[0-9]{{2}})[-._])?(?P<m>{_M})|(?P<yy>2[1-9])(?P<mm>0[1-9]|1[0-2])")
_YEAR = re.compile(r"(?<![0-9])(?:(20[0-9]{2})(?![0-9])|([1-4][0-9])(?=\s*年))")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_TENS = {"十": "10", "十一": "11", "十二": "12"}
_CHINESE_YEAR = re.compile("[〇○零一二三四五六七八九0-9]{2,4}(?=年)")
_CHINESE_MONTH = re.compile(
    f"(?<![一二三四五六七八九十])(?:十[一二]?|[一二三四五六七八九])(?=月|{_TO}[一二三四五六七八九十]+月)"
)


def day_text(day: dt.date) -> str:
    """Return a day as the clerk writes it.

    >>> day_text(dt.date(2022, 6, 3))
    '2022年6月3日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


def month_text(month: str) -> str:
    """Return a month of the ledger (`YYYY-MM`) as the clerk writes it.

    >>> month_text("2022-06"), month_text("2021-12")
    ('2022年6月', '2021年12月')
    """
    year, number = month.split("-")
    return f"{year}年{int(number)}月"


def period_of(day: dt.date) -> str:
    """Return the month that a day lies in as the clerk writes it: the period of a printed page.

    >>> period_of(dt.date(2022, 6, 30))
    '2022年6月'
    """
    return f"{day.year}年{day.month}月"


def months_in(text: str) -> frozenset[Written]:
    """Return every month that a name of a folder or file says, with its year where that is said.

    >>> names = ("2022-06", "2022年2月", "2022.6", "202206", "20220615", "名单 2022_06", "22年6月")
    >>> {written for name in names[2:] for written in months_in(name)}
    {(2022, 6)}
    >>> [*months_in("二〇二二年八月份"), *months_in("十二月数据"), *months_in("08")]
    [(2022, 8), (None, 12), (None, 8)]
    >>> sorted(months_in("2022年1-8月")), sorted(months_in("2022.7.1-8.31"))  # nobody can choose
    ([(2022, 1), (2022, 8)], [(2022, 7), (2022, 8)])
    >>> months_in("2021年度自付4万元"), months_in("近3个月"), months_in("2021-2022")
    (frozenset(), frozenset(), frozenset())
    """
    plain = _in_digits(text)
    alone = _ALONE.fullmatch(plain)
    if alone:
        year, month = alone["y"] or alone["yy"], alone["m"] or alone["mm"]
        return frozenset({(_full_year(year), int(month))})
    return frozenset(
        (_full_year(hit[f"y{way}"]), int(month))
        for hit in _WRITTEN.finditer(plain)
        for way, parts in (("1", ("m1",)), ("2", ("from2", "m2")), ("3", ("m3", "day3", "to3")))
        for month in (hit[part] for part in parts)
        if month is not None
    )


def years_in(text: str) -> frozenset[int]:
    """Return every year that a name says, whether or not a month stands beside it.

    >>> years_in("2022年度"), years_in("22年名单"), years_in("8月"), years_in("202208")
    (frozenset({2022}), frozenset({2022}), frozenset(), frozenset({2022}))
    """
    found = {year for year, _ in months_in(text) if year is not None}
    bare = {int(hit[1] or 2000 + int(hit[2])) for hit in _YEAR.finditer(_in_digits(text))}
    return frozenset(found | bare)


def _full_year(written: str | None) -> int | None:
    """Return a year of two digits, or of four, as a number.

    >>> _full_year("22"), _full_year("2022"), _full_year(None)
    (2022, 2022, None)
    """
    return None if written is None else int(written) % 2000 + 2000


def _in_digits(text: str) -> str:
    """Return a name with the Chinese numerals of its years and months as digits.

    >>> _in_digits("二〇二二年十二月"), _in_digits("一至八月"), _in_digits("张三８月")
    ('2022年12月', '1至8月', '张三8月')
    >>> _in_digits("二0二二年十二月")
    '2022年12月'
    """
    text = unicodedata.normalize("NFKC", text).strip()
    text = _CHINESE_YEAR.sub(lambda hit: hit[0].translate(_NUMERALS), text)
    return _CHINESE_MONTH.sub(lambda hit: _TENS.get(hit[0]) or hit[0].translate(_NUMERALS), text)


def place_text(place: Mapping[str, Any]) -> str:
    """Return file, sheet and row, as the clerk finds them.

    >>> place_text({"file": "低保.xlsx", "sheet": "洛阳镇", "row": 12, "member": 0})
    '低保.xlsx “洛阳镇”第12行'
    >>> place_text({"file": "特困.csv", "sheet": "", "row": 3, "member": 1})
    '特困.csv 第3行第2人'
    """
    sheet = f"“{place['sheet']}”" if place["sheet"] else ""
    member = f"第{place['member'] + 1}人" if place["member"] else ""
    return f"{place['file']} {sheet}第{place['row']}行{member}"


def masked(numbers: pl.Series) -> pl.Series:
    """Return ID numbers with their middle starred: six and four of a resident's number remain.

    Of a shorter document number one in front and two at the end remain.

    >>> import polars as pl
    >>> masked(pl.Series(["990101199001011234", "990101900101123"])).to_list()
    ['990101********1234', '990101********1123']
    >>> masked(pl.Series(["E12345678", "1234", "", None])).to_list()
    ['E****78', '****', None, None]
    """
    import polars as pl

    number = pl.col("number")
    length = number.str.len_chars()
    starred = (
        pl.when(length >= 14)
        .then(number.str.head(6) + "********" + number.str.tail(4))
        .when(length > 4)
        .then(number.str.head(1) + "****" + number.str.tail(2))
        .when(length > 0)
        .then(pl.lit("****"))
    )
    return numbers.rename("number").to_frame().select(starred).to_series().alias(numbers.name)


def as_printed(numbers: pl.Series, shown: Shown) -> pl.Series:
    """Return ID numbers as the rules have them printed.

    >>> import polars as pl
    >>> numbers = pl.Series(["990101199001011234"])
    >>> as_printed(numbers, "masked").item(), as_printed(numbers, "full").item()
    ('990101********1234', '990101199001011234')
    """
    return masked(numbers) if shown == "masked" else numbers


def filled(sentence: str, value: Callable[[str, str], pl.Expr]) -> pl.Expr:
    """Return a String expression: a sentence with a column in place of each placeholder.

    `value` gives the column (String) of a placeholder by its name and its form ("" for none); a row
    without one of the values has no sentence.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"first": ["2", None]})
    >>> sentence = filled("与第{row}行是同一人", lambda name, form: pl.col("first"))
    >>> rows.select(sentence).to_series().to_list()
    ['与第2行是同一人', None]
    """
    import polars as pl

    pieces: list[pl.Expr] = []
    for text, name, form, _ in Formatter().parse(sentence):
        pieces.append(pl.lit(text))
        if name:
            pieces.append(value(name, form or ""))
    return pl.concat_str(pieces or [pl.lit("")])
