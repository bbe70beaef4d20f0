"""Who is paid how much: the records of three rolls as households, persons and awards.

Amounts are whole fen (Int64), so that nothing is lost in adding and comparing. A row that is not
paid now (`paid` of standards.yaml) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl

from loubao.core import frames
from loubao.ingest.shown_cells import masked
from loubao.rules.standard_rates import READ, Programme, Standards

#: One row a household of 低保. `row` is its first; `amount` of the whole household; `standard` the
#: one on the roll; `whole`: the sheet gives the household's amount on each of its rows.
HOUSEHOLDS: Final[frames.Schema] = {
    **frames.PLACE,
    "town": pl.String,
    "people": pl.Int64,
    "amount": pl.Int64,
    "standard": pl.Int64,
    "whole": pl.Boolean,
}
#: One row a row of the roll of 特困; amount and care are those of all its `people`.
SUPPORTED: Final[frames.Schema] = {
    **frames.PLACE,
    "town": pl.String,
    "people": pl.Int64,
    "amount": pl.Int64,
    "care": pl.Int64,
    "level": pl.String,
    "away": pl.Boolean,
}
#: One row an award of temporary aid of the year so far.
AWARDS: Final[frames.Schema] = {**frames.PLACE, "town": pl.String, "amount": pl.Int64}


@dataclass(frozen=True)
class Payments:
    """What the rolls of a month pay: HOUSEHOLDS, SUPPORTED, AWARDS."""

    households: pl.DataFrame
    supported: pl.DataFrame
    awards: pl.DataFrame


def payments(records: pl.DataFrame, standards: Standards, most: Decimal, as_of: date) -> Payments:
    """Return what RECORDS of a month are paid; `most` yuan is the highest 低保 standard."""
    return Payments(
        households(records, standards, most, as_of),
        supported(records, standards, as_of),
        _paid(records, standards, "temporary", as_of).select(*AWARDS),
    )


def households(
    records: pl.DataFrame, standards: Standards, most: Decimal, as_of: date
) -> pl.DataFrame:
    """Return HOUSEHOLDS of the 低保 roll.

    A roll of one row a person says each person's amount, or the household's on every row. The
    second is taken where the rows of its larger households are mostly (by their median) above
    `most` yuan, more than any one person may get.
    """
    rows = _paid(records, standards, "dibao", as_of).filter(
        pl.col("protected").fill_null(True) | pl.col("row_people").is_not_null()
    )
    grouped = _grouped(rows)
    larger = grouped.filter(~pl.col("by_row") & (pl.col("rows") > 1)).explode("each")
    medians = larger.group_by("file", "sheet").agg(whole=pl.col("each").median() > fen(most))
    joined = grouped.join(medians, on=["file", "sheet"], how="left", maintain_order="left")
    whole = pl.col("whole").fill_null(False)
    people = (
        pl.when("by_row")
        .then(pl.coalesce("protected", "people_of_row"))
        .otherwise(pl.max_horizontal("protected", "rows"))
    )
    once = pl.col("by_row") | whole | pl.col("largest").is_null()
    amount = pl.when(once).then("largest").otherwise("total")
    return frames.conform(
        joined.select(
            *frames.PLACE,
            "town",
            people=people,
            amount=amount,
            standard="standard",
            whole=whole & ~pl.col("by_row"),
        ),
        HOUSEHOLDS,
    ).filter(pl.col("people") > 0)


def _grouped(rows: pl.DataFrame) -> pl.DataFrame:
    """Paid rows of 低保 by household: the row itself, or rows of one household on one sheet.

    `by_row`: the roll has one row a household; `people_of_row` and `protected` people as the roll
    counts them; `rows`; `each`, `total` and `largest` of their amounts; `standard`.
    """
    of_row = pl.concat_str(pl.lit("row"), "row", separator=" ")
    by_key = pl.coalesce(
        "dibao_no", "household_no", "head_id", pl.col("village") + pl.col("head_key"), of_row
    )
    house = pl.when(pl.col("row_people").is_not_null()).then(of_row).otherwise(by_key)
    return (
        rows.with_columns(house=house)
        .group_by("file", "sheet", "house", maintain_order=True)
        .agg(
            row=pl.col("row").min(),
            town=pl.col("town").drop_nulls().first(),
            by_row=pl.col("row_people").is_not_null().first(),
            protected=pl.col("protected_count").max(),
            people_of_row=pl.col("row_people").max().cast(pl.Int64),
            rows=pl.len().cast(pl.Int64),
            total=pl.col("amount").sum(),
            largest=pl.col("amount").max(),
            each=pl.col("amount"),
            standard=pl.col("standard").drop_nulls().first(),
        )
    )


def supported(records: pl.DataFrame, standards: Standards, as_of: date) -> pl.DataFrame:
    """Return SUPPORTED of the roll of 特困; `away` is support in an institution.

    A care level that the standards do not know may be anything: it is shown masked.
    """
    rows = _paid(records, standards, "tekun", as_of).filter(pl.col("member") == 0)
    other = rows["care_level"].drop_nulls().unique().to_list()
    levels = {text: masked(text) for text in other if text not in standards.ratios.care}
    people = pl.coalesce("protected_count", "row_people")
    return frames.conform(
        rows.select(
            *frames.PLACE,
            "town",
            people=pl.when(pl.col("row_people").is_null()).then(1).otherwise(people).cast(pl.Int64),
            amount="amount",
            care="care_amount",
            level=pl.col("care_level").replace(levels),
            away=(pl.col("care_mode") == standards.institution_mode).fill_null(False),
        ),
        SUPPORTED,
    ).filter(pl.col("people") > 0)


def fen(yuan: Decimal) -> int:
    """Return an amount in whole fen, halves to the even one.

    >>> fen(Decimal("823.2")), fen(Decimal("0.015"))
    (82320, 2)
    """
    return int((yuan * 100).quantize(Decimal(1)))


def yuan(amount: int) -> Decimal:
    """Return whole fen as yuan with two places.

    >>> yuan(82320), yuan(5)
    (Decimal('823.20'), Decimal('0.05'))
    """
    return Decimal(amount).scaleb(-2)


def _paid(records: pl.DataFrame, standards: Standards, name: str, as_of: date) -> pl.DataFrame:
    """The rows of a programme's list that are paid now, amounts in fen; null what a list lacks."""
    programme: Programme = getattr(standards.programmes, name)
    missing = [
        pl.lit(None, dtype).alias(field)
        for field, dtype in READ[name].items()
        if field not in records.columns
    ]
    rows = records.filter(list=programme.list).with_columns(
        *missing,
        as_of=pl.lit(as_of),
        year_start=pl.lit(date(as_of.year, 1, 1)),
    )
    needed = [column for column in programme.expr.meta.root_names() if column not in rows.columns]
    # a list that nobody delivered has no columns either
    paid = rows.clear() if needed else rows.filter(programme.expr)
    amounts = [field for field, dtype in READ[name].items() if dtype == pl.Float64]
    return paid.with_columns((pl.col(amounts) * 100).round(0).cast(pl.Int64))
