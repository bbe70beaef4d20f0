"""ID numbers with their middle starred, as they stand on what leaves the office."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

#: `masked`, or `full` (`id_number` in rules/sheets.yaml).
Shown: TypeAlias = Literal["masked", "full"]


def masked(numbers: pl.Series) -> pl.Series:
    """Return ID numbers with their middle starred: six and four of a resident's number remain.

    Of a shorter document number one in front and two at the end remain.

    >>> masked(pl.Series(["990101199001011234", "990101900101123"])).to_list()
    ['990101********1234', '990101********1123']
    >>> masked(pl.Series(["E12345678", "1234", "", None])).to_list()
    ['E****78', '****', None, None]
    """
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

    >>> numbers = pl.Series(["990101199001011234"])
    >>> as_printed(numbers, "masked").item(), as_printed(numbers, "full").item()
    ('990101********1234', '990101199001011234')
    """
    return masked(numbers) if shown == "masked" else numbers
