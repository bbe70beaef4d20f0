"""The audit of a month's rolls: findings, averages and growth put together, in a clerk's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from loubao.core import frames
from loubao.rules.standard_rates import FINDINGS, Standards
from loubao.standards import audit
from loubao.standards.averages import Grown, averages, growth, not_compared, of_average, of_growth
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
    low_awards, high_awards = audit.of_awards(paid.awards, rates, standards.tolerance)
    found = pl.concat(
        [
            audit.of_standards(paid.households, rates),
            audit.of_households(paid.households, rates, standards.tolerance),
            audit.of_supported(paid.supported, rates, standards),
            low_awards,
            of_average(table, rates),
            of_growth(grown, least),
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


def _printed(found: pl.DataFrame, standards: Standards, unknown_town: str) -> pl.DataFrame:
    """Return PRINTED in the order of FINDINGS, town and place."""
    labels = {
        name: getattr(standards.programmes, name).label for name in ("dibao", "tekun", "temporary")
    }
    whole = standards.words.counts.whole
    rows = [
        {
            "kind": row["kind"],
            "town": row["town"] or (unknown_town if row["file"] else whole),
            "programme": labels[row["programme"]],
            "title": standards.words.findings[row["kind"]].title,
            "detail": _detail(row, standards),
            "clause": standards.clause_of(row["kind"]),
            **{name: row[name] for name in frames.PLACE},
        }
        for row in found.iter_rows(named=True)
    ]
    order = pl.col("kind").replace_strict(
        {name: i for i, name in enumerate(FINDINGS)}, return_dtype=pl.Int64
    )
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
    for programme, rows, counted in (
        (programmes.dibao, houses, "household"),
        (programmes.tekun, paid.supported, "person"),
        (programmes.temporary, paid.awards, "award"),
    ):
        if programme.list not in delivered:
            notes.append(words.unlisted.format(programme=programme.label))
            continue
        silent = pl.col("amount").is_null()
        if counted == "person":
            silent &= pl.col("care").is_null()
        count = rows.filter(silent).height
        if count:
            notes.append(words.unknown.format(programme=programme.label, count=count))
    if high_awards:
        most = yuan(audit.temporary_bounds(rates).most)
        notes.append(words.over.format(count=high_awards, most=money(most)))
    return notes
