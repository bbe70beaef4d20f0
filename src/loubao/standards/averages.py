"""Averages by programme and town, and by how much they grew in a year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

import polars as pl

from loubao.core import frames
from loubao.rules.standard_rates import MEASURES
from loubao.standards.audit import FINDINGS, down
from loubao.standards.payments import Payments, yuan
from loubao.standards.tariff import Tariff

#: One row a measure and town (null: the whole district): people or awards, and fen in all.
AVERAGES: Final[frames.Schema] = {
    "measure": pl.String,
    "town": pl.String,
    "units": pl.Int64,
    "total": pl.Int64,
}
_CENT = Decimal("0.01")
#: The measures that the notice wants to grow: the first of each that both years have.
_GROWING = (("dibao_standard", "dibao_amount"), ("tekun_amount",), ("temporary_amount",))


@dataclass(frozen=True)
class Grown:
    """One measure in two years, yuan; `percent` down to a tenth, so that 4.96 does not read 5.

    `enough`: it grew by what the notice wants.
    """

    measure: str
    then: Decimal
    now: Decimal
    percent: Decimal
    enough: bool


def averages(paid: Payments, given: Decimal | None) -> pl.DataFrame:
    """Return AVERAGES: the district's first, then the towns in order.

    `given` is the 低保 standard in force, if the rules have it; it precedes those on the roll.
    """
    standard = pl.col("standard") if given is None else pl.lit(int(given * 100))
    people, houses = pl.col("people"), paid.households
    amounts = [
        houses.select("town", people, each=standard * people, measure=pl.lit("dibao_standard")),
        houses.select("town", people, each="amount", measure=pl.lit("dibao_amount")),
        paid.supported.select("town", people, each="amount", measure=pl.lit("tekun_amount")),
        paid.awards.select(
            "town", people=pl.lit(1, pl.Int64), each="amount", measure=pl.lit("temporary_amount")
        ),
    ]
    counted = pl.concat(amounts).filter(pl.col("each").is_not_null())
    sums = {"units": pl.col("people").sum(), "total": pl.col("each").sum()}
    whole = counted.group_by("measure").agg(town=pl.lit(None, pl.String), **sums)
    towns = counted.filter(pl.col("town").is_not_null()).group_by("measure", "town").agg(**sums)
    order = pl.col("measure").replace_strict({name: i for i, name in enumerate(MEASURES)})
    together = pl.concat([whole, towns]).sort(order, "town", nulls_last=False)
    return frames.conform(together, AVERAGES)


def average(total: int, units: int) -> Decimal:
    """Return the average in yuan, two places, halves up; `total` in fen.

    >>> average(100_000, 3), average(1, 2)
    (Decimal('333.33'), Decimal('0.01'))
    """
    return (yuan(total) / units).quantize(_CENT, ROUND_HALF_UP)


def of_average(table: pl.DataFrame, rates: Tariff) -> pl.DataFrame:
    """Find the district's average 低保 standard below 45 % of the minimum wage."""
    overall = _overall(table)
    if "dibao_standard" not in overall:
        return frames.empty(FINDINGS)
    total, units = overall["dibao_standard"]
    if yuan(total) >= rates.average * units:
        return frames.empty(FINDINGS)
    found = {
        "kind": "average",
        "programme": "dibao",
        "file": "",
        "sheet": "",
        "people": units,
        "measure": "dibao_standard",
        "amount": down(average(total, units)),
        "least": down(rates.average),
    }
    return pl.DataFrame([found], schema=dict(FINDINGS))


def growth(now: pl.DataFrame, then: pl.DataFrame, least: Decimal) -> list[Grown]:
    """Return how the district's averages grew from `then` to `now` (both AVERAGES).

    The average standard of 低保 gives way to the average amount where a year does not have it.

    >>> then, now = (
    ...     pl.DataFrame([("tekun_amount", None, 2, total)], schema=dict(AVERAGES), orient="row")
    ...     for total in (200_000, 209_920)
    ... )
    >>> (found,) = growth(now, then, least=Decimal(5))
    >>> found.then, found.now, found.percent, found.enough  # 4.96 %
    (Decimal('1000.00'), Decimal('1049.60'), Decimal('4.9'), False)
    """
    this, last = _overall(now), _overall(then)
    grown = []
    for ways in _GROWING:
        measure = next((name for name in ways if name in this and name in last), None)
        if measure is None or not last[measure][0]:
            continue  # see `not_compared`
        (total, units), (old_total, old_units) = this[measure], last[measure]
        ratio = (Decimal(total) * old_units) / (Decimal(old_total) * units)
        percent = (ratio - 1) * 100
        grown.append(
            Grown(
                measure,
                average(old_total, old_units),
                average(total, units),
                percent.quantize(Decimal("0.1"), ROUND_FLOOR),
                enough=percent >= least,
            )
        )
    return grown


def not_compared(grown: list[Grown]) -> list[str]:
    """Return the measures that are to grow and that not both years have.

    >>> not_compared([])
    ['dibao_amount', 'tekun_amount', 'temporary_amount']
    """
    compared = {each.measure for each in grown}
    return [ways[-1] for ways in _GROWING if not compared & set(ways)]


def of_growth(grown: list[Grown], least: Decimal) -> pl.DataFrame:
    """Find the averages that grew by less than `least` percent."""
    rows = [
        {
            "kind": "growth",
            "programme": each.measure.split("_")[0],
            "file": "",
            "sheet": "",
            "amount": down(each.now),
            "least": down((each.then * (100 + least) / 100).quantize(_CENT, ROUND_HALF_UP)),
            "measure": each.measure,
            "growth": str(each.percent),
        }
        for each in grown
        if not each.enough
    ]
    return pl.DataFrame(rows, schema=dict(FINDINGS))


def _overall(table: pl.DataFrame) -> dict[str, tuple[int, int]]:
    whole = table.filter(pl.col("town").is_null() & (pl.col("units") > 0))
    return {
        name: (total, units)
        for name, units, total in whole.select("measure", "units", "total").iter_rows()
    }
