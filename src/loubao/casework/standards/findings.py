"""What the audit finds: the shape of a finding, and the bounds that amounts are held against."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

import polars as pl

from loubao import frames

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
