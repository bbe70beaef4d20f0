"""低保 and temporary aid against the tariff: what the rolls pay that the notice does not allow for.

Without a known 低保 standard every standard in the permitted range is allowed for, so that only
what is wrong under each of them is found. What a rounding may account for is no finding.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from loubao.casework.standards.findings import Bounds, bounds, down, findings
from loubao.casework.standards.tariff import Tariff, percent_of


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
