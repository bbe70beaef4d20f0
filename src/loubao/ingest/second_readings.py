"""Second readings of a cell that decides who counts: nobody is lost by the one that was taken.

Two columns of one amount (个人自付, 自付合计) may differ; so may two of one state, of yes and no.
Of days the first header that the rules have holds, unless both have the same one: the day of the
first and of the newest certificate differ by nature. And an amount among far larger ones, 4.5 among
thousands, may be ten thousands; but not that of one bill, with its date or number.

A second reading is a column `second:<n>:<field>` beside that of the field: n from 1 for the columns
of the sheet, 0 for ten thousands; qualifying.py asks the conditions of each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from loubao.ingest.fields.typed import typed
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.rows import SECOND
from loubao.ingest.units import least_of
from loubao.rules.lists import BILL_FIELDS, ListRule
from loubao.rules.reading import Reading

#: The number of the reading in ten thousands.
TEN_THOUSANDS: Final = 0
_WAN: Final = 10_000.0
#: Parts of what a list asks for: with no amount between them, those below may be ten thousands.
_SMALL, _LARGE = 1 / 400, 1 / 40
_UNIT: Final = "[万萬元圆圓块¥￥]"
_NAMED: Final = re.compile(r"^second:([0-9]+):(.+)$")


def second(field: str, number: int) -> str:
    """Return the name of the column with a second reading of a field.

    >>> second("self_paid", 1)
    'second:1:self_paid'
    """
    return f"second:{number}:{field}"


def seconds_of(rows: pl.DataFrame) -> list[tuple[str, int, str]]:
    """Return field, number and column of each second reading that rows have."""
    found = (_NAMED.match(column) for column in rows.columns)
    return sorted((hit[2], int(hit[1]), hit[0]) for hit in found if hit)


def with_second_readings(
    rows: pl.DataFrame, lists: Mapping[str, ListRule], reading: Reading
) -> pl.DataFrame:
    """Add the second readings (`second:<n>:<field>`) to typed rows, where there are any.

    `rows` have `list`, `sheet_no` and the cells as found, those of second columns as
    `raw:<field>#<n>` (sheets/rows.py).
    """
    return _in_ten_thousands(_of_columns(rows, lists, reading), lists)


def _of_columns(
    rows: pl.DataFrame, lists: Mapping[str, ListRule], reading: Reading
) -> pl.DataFrame:
    """The other columns of a field, typed like the first."""
    hits = (re.match(f"^raw:(.+){SECOND}([0-9]+)$", column) for column in rows.columns)
    found = sorted((int(hit[2]), hit[1], hit[0]) for hit in hits if hit)
    for number in dict.fromkeys(n for n, *_ in found):
        fields = {field: column for n, field, column in found if n == number}
        factors = {f: f"factor:{f}{SECOND}{number}" for f in fields}
        cells = rows.select(
            "list",
            **{raw(field): column for field, column in fields.items()},
            **{f"factor:{f}": pl.col(c) for f, c in factors.items() if c in rows.columns},
        )
        read = typed(cells, lists, reading)
        rows = rows.with_columns(read[field].alias(second(field, number)) for field in fields)
    return rows


def _in_ten_thousands(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> pl.DataFrame:
    """Bare amounts of source lists that are far below all others of their sheet, times 10,000."""
    for name, rule in lists.items():
        if rule.role != "source":
            continue
        for field, least in least_of(rule).items():
            if raw(field) not in rows.columns:
                continue
            amount, here = pl.col(field), pl.col("list") == name
            small = amount.is_between(0, least * _SMALL, closed="none")
            between = amount.is_between(least * _SMALL, least * _LARGE, closed="left")
            alone = ~between.fill_null(False).any().over("sheet_no")
            bare = ~pl.col(raw(field)).str.contains(_UNIT)
            bill = [pl.col(raw(f)).is_not_null() for f in BILL_FIELDS if raw(f) in rows.columns]
            bare &= ~pl.any_horizontal(pl.lit(False), *bill)
            marks = rows.select((here & small & alone & bare).fill_null(False)).to_series()
            if not marks.any():
                continue
            column = second(field, TEN_THOUSANDS)
            old = pl.col(column) if column in rows.columns else pl.lit(None, pl.Float64)
            rows = rows.with_columns(
                pl.when(pl.lit(marks)).then(amount * _WAN).otherwise(old).alias(column)
            )
    return rows
