"""The audit of a month's rolls: averages and growth, and all findings in a clerk's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

import polars as pl

from loubao.core import frames
from loubao.rules.standard_rates import FINDINGS as KINDS
from loubao.rules.standard_rates import MEASURES, Standards
from loubao.standards import findings
from loubao.standards.findings import FINDINGS, down
from loubao.standards.payments import Payments, payments, yuan
from loubao.standards.tariff import Tariff, money, plain

#: A finding as it is read: `kind` for a program, the rest for a clerk.
PRINTED: Final[frames.Schema] = {
    "kind": pl.String,
    "town": pl.String,
    "programme": pl.String,
    "title": pl.String,
    "detail": pl.String,
    "clause": pl.String,
    **frames.PLACE,
}
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


@dataclass(frozen=True)
class Audited:
    """What a month's rolls pay: PRINTED findings, AVERAGES, growth, and how it was looked at."""

    findings: pl.DataFrame
    averages: pl.DataFrame
    growth: tuple[Grown, ...]
    #: what the year compared with is called
    last: str
    notes: tuple[str, ...]


def month_averages(
    records: pl.DataFrame, standards: Standards, rates: Tariff, as_of: date
) -> pl.DataFrame:
    """Return AVERAGES of a month's RECORDS."""
    return averages(payments(records, standards, rates.most, as_of), rates.given)


def audited(
    records: pl.DataFrame,
    standards: Standards,
    rates: Tariff,
    as_of: date,
    last_year: tuple[str, pl.DataFrame] | None = None,
    unknown_town: str = "",
) -> Audited:
    """Hold a month's RECORDS against the tariff, and against last year's AVERAGES if given.

    `last_year`: what it is called, and its AVERAGES; `unknown_town` stands where a row has none.
    """
    paid = payments(records, standards, rates.most, as_of)
    table = averages(paid, rates.given)
    least = standards.ratios.growth.least
    grown = growth(table, last_year[1], least) if last_year is not None else []
    low_awards, high_awards = findings.of_awards(paid.awards, rates, standards.tolerance)
    found = pl.concat(
        [
            findings.of_standards(paid.households, rates),
            findings.of_households(paid.households, rates, standards.tolerance),
            findings.of_supported(paid.supported, rates, standards),
            low_awards,
            of_averages(table, grown, rates, least),
        ]
    )
    notes = _notes(records, standards, rates, paid, high_awards)
    if last_year is not None:
        measures = standards.words.averages.measures
        notes += [
            standards.words.notes.no_growth.format(measure=measures[name])
            for name in not_compared(grown)
        ]
    return Audited(
        findings=_printed(found, standards, unknown_town),
        averages=table,
        growth=tuple(grown),
        last=last_year[0] if last_year is not None else "",
        notes=tuple(notes),
    )


def averages(paid: Payments, given: Decimal | None) -> pl.DataFrame:
    """Return AVERAGES: the district's first, then the towns in order.

    `given` is the 低保 standard in force, if the rules have it; it precedes those on the roll.
    """
    standard = pl.col("standard") if given is None else pl.lit(down(given))
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
    order = pl.col("measure").cast(pl.Enum(MEASURES))
    together = pl.concat([whole, towns]).sort(order, "town", nulls_last=False)
    return frames.conform(together, AVERAGES)


def average(total: int, units: int) -> Decimal:
    """Return the average in yuan, two places, halves up; `total` in fen.

    >>> average(100_000, 3), average(1, 2)
    (Decimal('333.33'), Decimal('0.01'))
    """
    return (yuan(total) / units).quantize(_CENT, ROUND_HALF_UP)


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


def of_averages(
    table: pl.DataFrame, grown: list[Grown], rates: Tariff, least: Decimal
) -> pl.DataFrame:
    """Find the district's averages that are too low or grew by less than `least` percent.

    The 低保 standard is to be 45 % of the minimum wage on average.
    """
    rows: list[dict[str, Any]] = []
    total, units = _overall(table).get("dibao_standard", (0, 0))
    if yuan(total) < rates.average * units:
        rows.append(
            {
                "kind": "average",
                "programme": "dibao",
                "people": units,
                "measure": "dibao_standard",
                "amount": down(average(total, units)),
                "least": down(rates.average),
            }
        )
    rows += [
        {
            "kind": "growth",
            "programme": each.measure.split("_")[0],
            "amount": down(each.now),
            "least": down((each.then * (100 + least) / 100).quantize(_CENT, ROUND_HALF_UP)),
            "measure": each.measure,
            "growth": str(each.percent),
        }
        for each in grown
        if not each.enough
    ]
    whole = {"file": "", "sheet": ""}
    return pl.DataFrame([whole | row for row in rows], schema=dict(FINDINGS))


def _overall(table: pl.DataFrame) -> dict[str, tuple[int, int]]:
    whole = table.filter(pl.col("town").is_null() & (pl.col("units") > 0))
    return {
        name: (total, units)
        for name, units, total in whole.select("measure", "units", "total").iter_rows()
    }


def _printed(found: pl.DataFrame, standards: Standards, unknown_town: str) -> pl.DataFrame:
    """Return PRINTED in the order of FINDINGS, town and place."""
    whole = standards.words.counts.whole
    rows = [
        {
            "kind": row["kind"],
            "town": row["town"] or (unknown_town if row["file"] else whole),
            "programme": getattr(standards.programmes, row["programme"]).label,
            "title": standards.words.findings[row["kind"]].title,
            "detail": _detail(row, standards),
            "clause": standards.clause_of(row["kind"]),
            **{name: row[name] for name in frames.PLACE},
        }
        for row in found.iter_rows(named=True)
    ]
    order = pl.col("kind").cast(pl.Enum(KINDS))
    return pl.DataFrame(rows, schema=dict(PRINTED), orient="row").sort(
        order, "town", "file", "sheet", "row", "detail"
    )


def _detail(row: dict[str, Any], standards: Standards) -> str:
    words = standards.words

    def between(least: str, most: str) -> str:
        if row[least] is None or row[most] is None:
            return ""
        low, high = (money(yuan(row[end])) for end in (least, most))
        if low == high:
            return words.exactly.format(least=low)
        return words.between.format(least=low, most=high)

    amounts = {
        name: "" if row[name] is None else money(yuan(row[name]))
        for name in ("amount", "least", "most")
    }
    tier = (
        words.no_tier if row["other_level"] is None else words.tier.format(level=row["other_level"])
    )
    return words.findings[row["kind"]].detail.format(
        **amounts,
        range=between("least", "most"),
        with_care=between("care_least", "care_most"),
        people=row["people"],
        count=row["count"],
        level=row["level"] or "",
        tier=tier,
        measure=words.averages.measures.get(row["measure"], ""),
        growth=row["growth"],
    )


def _notes(
    records: pl.DataFrame,
    standards: Standards,
    rates: Tariff,
    paid: Payments,
    high_awards: int,
) -> list[str]:
    """What a reader must know of how the rolls were understood, and what was not looked at."""
    words, programmes = standards.words.notes, standards.programmes
    houses = paid.households
    listed = bool(houses["standard"].is_not_null().any())
    notes = []
    if rates.given is not None:
        notes.append(words.standard.format(standard=money(rates.given)))
    else:
        notes.append(words.range.format(most=money(rates.most)))
        if listed:
            notes.append(words.listed)
        elif not houses.is_empty():
            notes.append(words.no_standard.format(average=plain(rates.ratios.dibao.average)))
    notes += [
        words.household.format(file=file) for file in houses.filter("whole")["file"].unique().sort()
    ]
    delivered = set(records["list"].unique())
    supported = paid.supported.with_columns(pl.coalesce("amount", "care"))
    for programme, rows in (
        (programmes.dibao, houses),
        (programmes.tekun, supported),
        (programmes.temporary, paid.awards),
    ):
        if programme.list not in delivered:
            notes.append(words.unlisted.format(programme=programme.label))
            continue
        count = rows["amount"].null_count()
        if count:
            notes.append(words.unknown.format(programme=programme.label, count=count))
    if high_awards:
        most = yuan(findings.temporary_bounds(rates).most)
        notes.append(words.over.format(count=high_awards, most=money(most)))
    return notes
