"""Days, months, ID numbers and sentences as they are written on what leaves the office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from string import Formatter
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:  # loaded when a number is masked: days and months are asked for at start-up
    import polars as pl

#: `masked`, or `full` (`id_number` in rules/sheets.yaml).
Shown: TypeAlias = Literal["masked", "full"]


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
