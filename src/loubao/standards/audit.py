"""What the audit finds: the shape of a finding, and the bounds that amounts are held against.

低保 and temporary aid against the tariff: what the rolls pay that the notice does not allow for.

Without a known 低保 standard every standard in the permitted range is allowed for, so that only
what is wrong under each of them is found. What a rounding may account for is no finding.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

import polars as pl

from loubao.core import frames
from loubao.standards.tariff import Tariff, percent_of

#: What was found, amounts in fen. `kind` is one of FINDINGS; `least` to `most` is what it should
#: be, `care_least` to `care_most` with the care added; `other_level` whose rate is paid; `row` and
#: `town` are null and `measure` is one of MEASURES where all of the district is meant.
FINDINGS: Final[frames.Schema] = {
    "kind": pl.String,
    "programme": pl.String,
    "town": pl.String,
    **frames.PLACE,
    "count": pl.Int64,
    "people": pl.Int64,
    "amount": pl.Int64,
    "least": pl.Int64,
    "most": pl.Int64,
    "care_least": pl.Int64,
    "care_most": pl.Int64,
    "level": pl.String,
    "other_level": pl.String,
    "measure": pl.String,
    "growth": pl.String,
}


class Bounds(NamedTuple):
    """What an amount may be, in fen, both ends included."""

    least: int
    most: int


def bounds(least: Decimal, most: Decimal) -> Bounds:
    """Amounts in whole fen that lie within: the ends go inwards."""
    return Bounds(int((least * 100).to_integral_value(ROUND_CEILING)), down(most))


def down(yuan: Decimal) -> int:
    """Return yuan in whole fen, what is less than one left out."""
    return int((yuan * 100).to_integral_value(ROUND_FLOOR))


def findings(
    rows: pl.DataFrame, *, kind: str, programme: str, **columns: str | pl.Expr
) -> pl.DataFrame:
    """Return FINDINGS of rows; what is not given is null, or as the row has it."""
    named = {
        name: pl.col(each) if isinstance(each, str) else each for name, each in columns.items()
    }
    constant = pl.col("kind") if "kind" in rows.columns else pl.lit(kind)
    found = {"kind": constant, "programme": pl.lit(programme), **named}
    for name in ("town", *frames.PLACE, "count", "people"):
        if name in rows.columns:
            found.setdefault(name, pl.col(name))
    return frames.conform(
        rows.select(
            found.get(name, pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in FINDINGS.items()
        ),
        FINDINGS,
    )


def of_standards(households: pl.DataFrame, known: Tariff) -> pl.DataFrame:
    """Find 低保 standards outside 42 % to 48 % of the minimum wage: on the roll, once a sheet and
    town, and the one in force.

    `count` is the number of households (HOUSEHOLDS) with that standard.
    """
    allowed = bounds(known.least, known.most)
    told = households.group_by("file", "sheet", "town", "standard", maintain_order=True).agg(
        row=pl.col("row").min(), count=pl.len().cast(pl.Int64)
    )
    if known.given is not None:
        of_all = {"file": "", "sheet": "", "standard": down(known.given)}
        in_force = pl.DataFrame([of_all | {"count": households.height}], schema=told.schema)
        told = pl.concat([in_force, told])
    return findings(
        told.filter(~pl.col("standard").is_between(*allowed)),
        kind="standard",
        programme="dibao",
        amount="standard",
        least=pl.lit(allowed.least),
        most=pl.lit(allowed.most),
    )


def of_households(households: pl.DataFrame, known: Tariff, tolerance: Decimal) -> pl.DataFrame:
    """Find households of 低保 paid more than standard × people.

    The standard is the one in force, else the one on the roll, else the highest permitted.
    """
    top = known.most if known.given is None else known.given
    each = pl.col("standard") if known.given is None else pl.lit(None, pl.Int64)
    most = pl.coalesce(each, pl.lit(down(top))) * pl.col("people")
    wrong = households.with_columns(most=most).filter(
        pl.col("amount") > pl.col("most") + down(tolerance)
    )
    return findings(wrong, kind="household", programme="dibao", amount="amount", most="most")


def of_awards(awards: pl.DataFrame, known: Tariff, tolerance: Decimal) -> tuple[pl.DataFrame, int]:
    """Find awards below the least that temporary aid may be, and count those above the most.

    An award may be for several people or months, so that above the most nothing is said of one.
    """
    allowed = temporary_bounds(known)
    slack = down(tolerance)
    low = awards.filter(pl.col("amount") < allowed.least - slack)
    high = awards.filter(pl.col("amount") > allowed.most + slack).height
    found = findings(
        low, kind="temporary", programme="temporary", amount="amount", least=pl.lit(allowed.least)
    )
    return found, high


def temporary_bounds(known: Tariff) -> Bounds:
    """Return what temporary aid may be for one person: 25 % around what 低保 is or may be."""
    within = known.ratios.temporary.within
    low, high = (known.least, known.most) if known.given is None else (known.given, known.given)
    return bounds(percent_of(low, 100 - within), percent_of(high, 100 + within))
