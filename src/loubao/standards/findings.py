"""低保, temporary aid and 特困 against the tariff: what is paid that the notice does not allow.

Where the 低保 standard in force is not in the rules, every standard in the permitted range is
allowed for, so that only what is wrong under each of them is found. What a rounding may account
for is no finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

import polars as pl

from loubao.core import frames
from loubao.rules.standard_rates import Standards
from loubao.standards.tariff import Tariff, institutional, percent_of

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
    """Return the amounts in whole fen that lie within: the ends go inwards.

    >>> bounds(Decimal("1070.165"), Decimal("1223.047"))
    Bounds(least=107017, most=122304)
    """
    return Bounds(int((least * 100).to_integral_value(ROUND_CEILING)), down(most))


def down(yuan: Decimal) -> int:
    """Return yuan in whole fen, what is less than one left out.

    >>> down(Decimal("940.809"))
    94080
    """
    return int((yuan * 100).to_integral_value(ROUND_FLOOR))


def findings(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Return FINDINGS of rows: a column as given, else as the rows have it, else null."""
    found = {name: pl.col(name) for name in rows.columns} | columns
    return rows.select(
        found.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in FINDINGS.items()
    )


def of_standards(households: pl.DataFrame, rates: Tariff) -> pl.DataFrame:
    """Find 低保 standards outside 42 % to 48 % of the minimum wage: on the roll, once a sheet and
    town, and the one in force.

    `count` is the number of households (HOUSEHOLDS) with that standard.
    """
    allowed = bounds(rates.least, rates.most)
    listed = households.group_by("file", "sheet", "town", "standard", maintain_order=True).agg(
        row=pl.col("row").min(), count=pl.len().cast(pl.Int64)
    )
    if rates.given is not None:
        of_all = {"file": "", "sheet": "", "standard": down(rates.given)}
        in_force = pl.DataFrame([of_all | {"count": households.height}], schema=listed.schema)
        listed = pl.concat([in_force, listed])
    return findings(
        listed.filter(~pl.col("standard").is_between(*allowed)),
        kind=pl.lit("standard"),
        programme=pl.lit("dibao"),
        amount=pl.col("standard"),
        least=pl.lit(allowed.least),
        most=pl.lit(allowed.most),
    )


def of_households(households: pl.DataFrame, rates: Tariff, tolerance: Decimal) -> pl.DataFrame:
    """Find households of 低保 paid more than standard × people.

    The standard is the one in force, else the one on the roll, else the highest permitted.
    """
    top = rates.most if rates.given is None else rates.given
    each = pl.col("standard") if rates.given is None else pl.lit(None, pl.Int64)
    most = pl.coalesce(each, pl.lit(down(top))) * pl.col("people")
    wrong = households.with_columns(most=most).filter(
        pl.col("amount") > pl.col("most") + down(tolerance)
    )
    return findings(wrong, kind=pl.lit("household"), programme=pl.lit("dibao"))


def of_awards(awards: pl.DataFrame, rates: Tariff, tolerance: Decimal) -> tuple[pl.DataFrame, int]:
    """Find awards below the least that temporary aid may be, and count those above the most.

    An award may be for several people or months, so that one above the most is no finding.
    """
    allowed = temporary_bounds(rates)
    slack = down(tolerance)
    low = awards.filter(pl.col("amount") < allowed.least - slack)
    high = awards.filter(pl.col("amount") > allowed.most + slack).height
    aid = pl.lit("temporary")
    return findings(low, kind=aid, programme=aid, least=pl.lit(allowed.least)), high


def temporary_bounds(rates: Tariff) -> Bounds:
    """Return what temporary aid may be for one person: 25 % around what 低保 is or may be."""
    within = rates.ratios.temporary.within
    low, high = (rates.least, rates.most) if rates.given is None else (rates.given, rates.given)
    return bounds(percent_of(low, 100 - within), percent_of(high, 100 + within))


@dataclass(frozen=True)
class Allowed:
    """What a person may be paid under 特困, in fen: alone and with the care of each level.

    `raised`: the care of each level in an institution, where that is paid more for the care too.
    `slack`: fen that a rounding may account for.
    """

    basic: Bounds
    basic_away: Bounds
    home: dict[str, Bounds]
    away: dict[str, Bounds]
    care: dict[str, Bounds]
    raised: dict[str, Bounds] | None
    slack: int

    def fits(self, column: str, bounds: Bounds) -> pl.Expr:
        """Whether an amount of a row's people is within bounds for each of them."""
        people = pl.col("people")
        least, most = people * (bounds.least - self.slack), people * (bounds.most + self.slack)
        return pl.col(column).is_between(least, most)

    def fits_levels(self, column: str, bounds: dict[str, Bounds]) -> dict[str, pl.Expr]:
        """The same for the bounds of each level of care."""
        return {level: self.fits(column, each) for level, each in bounds.items()}

    def care_fits(self) -> dict[str, pl.Expr]:
        """Whether the care is at the rate of each level, or raised where an institution may be."""
        rates = self.fits_levels("care", self.care)
        if self.raised is None:
            return rates
        raised = self.fits_levels("care", self.raised)
        return {level: rate | (pl.col("away") & raised[level]) for level, rate in rates.items()}


def of_supported(people: pl.DataFrame, rates: Tariff, standards: Standards) -> pl.DataFrame:
    """Find care paid at another level's rate, institutions paid as homes, and amounts of no rate.

    `people` is SUPPORTED. An amount may leave the care out: the roll does not say. A level that is
    not one of the rules may be any of them.
    """
    allowed = _allowed(rates, down(standards.tolerance))
    found = [_of_care(people.filter(pl.col("care").is_not_null()), allowed)]
    paid = people.filter(pl.col("amount") > 0)
    if allowed.raised is not None:
        # Where a row tells the care apart, the amount for living alone says nothing. Care at no
        # rate of its level is no part of it: that has been found by `_of_care`.
        apart = pl.col("away") & _of_own(allowed.care_fits()).fill_null(False)
        found.append(_of_both(paid.filter(apart), allowed, allowed.raised))
        paid = paid.filter(~apart)
    found += [_of_amounts(paid.filter(away=away), allowed, away) for away in (False, True)]
    return pl.concat(found)


def _allowed(rates: Tariff, slack: int) -> Allowed:
    """What 特困 may be paid under the standard in force, else under any permitted one."""
    ratios, rounding = rates.ratios, rates.rounding
    if rates.given is None:
        basics = [percent_of(each, ratios.tekun.basic) for each in (rates.least, rates.most)]
    else:
        basics = [rates.amount("tekun", "given")] * 2
    cares = {line.level: line.amounts["most"] for line in rates.lines if line.key == "care"}

    def away(basic: Decimal, care: Decimal) -> Decimal:
        percent = ratios.institution.percent
        return institutional(basic, care, percent, rounding, rates.care_in_base)

    nothing = Decimal(0)
    raised = {level: bounds(*[away(nothing, care)] * 2) for level, care in cares.items()}
    return Allowed(
        basic=bounds(*basics),
        basic_away=bounds(*(away(basic, nothing) for basic in basics)),
        home={level: bounds(*(each + care for each in basics)) for level, care in cares.items()},
        away={
            level: bounds(*(away(each, care) for each in basics)) for level, care in cares.items()
        },
        care={level: bounds(care, care) for level, care in cares.items()},
        raised=raised if rates.care_in_base else None,
        slack=slack,
    )


def _of_care(people: pl.DataFrame, allowed: Allowed) -> pl.DataFrame:
    """Care that the roll tells apart, held against the rate of its level."""
    fits = allowed.care_fits()
    listed = pl.col("level").is_in(list(allowed.care))
    return findings(
        people.filter(~_of_own(fits)),
        kind=pl.lit("care"),
        programme=pl.lit("tekun"),
        amount=_each("care"),
        least=pl.when(listed).then(_end(allowed.care, 0)),
        most=pl.when(listed).then(_end(allowed.care, 1)),
        other_level=_first(fits),
    )


def _of_both(people: pl.DataFrame, allowed: Allowed, raised: dict[str, Bounds]) -> pl.DataFrame:
    """What an institution is paid for living and for care, together held against their sum."""
    people = people.with_columns(both=pl.col("amount") + pl.col("care"))
    together = allowed.fits_levels("both", allowed.away)
    included = allowed.fits_levels("amount", allowed.away)  # care in its column and the amount too
    living = allowed.fits("amount", allowed.basic_away)
    care = allowed.fits_levels("care", raised)
    right = {
        level: together[level] | included[level] | (living & care[level]) for level in allowed.care
    }
    not_raised = _of_own(allowed.fits_levels("both", allowed.home))
    least, most = (_end(allowed.away, end) for end in (0, 1))
    return findings(
        people.filter(~_of_own(right)),
        kind=pl.when(not_raised).then(pl.lit("institution")).otherwise(pl.lit("amount")),
        programme=pl.lit("tekun"),
        amount=_each("both"),
        least=pl.when(not_raised).then(least).otherwise(allowed.basic_away.least),
        most=pl.when(not_raised).then(most).otherwise(allowed.basic_away.most),
        care_least=least,
        care_most=most,
    )


def _of_amounts(people: pl.DataFrame, allowed: Allowed, away: bool) -> pl.DataFrame:
    """What people at home or `away` are paid in all, or for living alone, held against both."""
    levels, basic = (allowed.home, allowed.basic)
    by_level = allowed.fits_levels("amount", levels)
    right = allowed.fits("amount", basic) | _of_own(by_level)
    not_raised = pl.lit(False)
    if away:
        not_raised = right
        levels, basic = (allowed.away, allowed.basic_away)
        by_level = allowed.fits_levels("amount", levels)
        right = allowed.fits("amount", basic) | _of_own(by_level)
    other, least, most = _first(by_level), _end(levels, 0), _end(levels, 1)
    # with a column for the care, another level's care is found in that column
    of_care = ~not_raised & other.is_not_null() & pl.col("care").is_null()
    kind = (
        pl.when(not_raised)
        .then(pl.lit("institution"))
        .when(of_care)
        .then(pl.lit("care"))
        .otherwise(pl.lit("amount"))
    )
    return findings(
        people.filter(~right),
        kind=kind,
        programme=pl.lit("tekun"),
        amount=_each("amount"),
        least=pl.when(of_care).then(least).otherwise(basic.least),
        most=pl.when(of_care).then(most).otherwise(basic.most),
        care_least=least,
        care_most=most,
        other_level=pl.when(of_care).then(other),
    )


def _of_own(fits: dict[str, pl.Expr]) -> pl.Expr:
    """Whether the amount fits the row's own level, or any level where that is not one of them."""
    outcome = pl.any_horizontal(*fits.values())
    for level, fit in fits.items():
        outcome = pl.when(pl.col("level") == level).then(fit).otherwise(outcome)
    return outcome


def _first(fits: dict[str, pl.Expr]) -> pl.Expr:
    """The level whose rate the amount fits; null where it is none's."""
    return pl.coalesce(*(pl.when(fit).then(pl.lit(name)) for name, fit in fits.items()))


def _end(bounds: dict[str, Bounds], end: int) -> pl.Expr:
    """The lower (0) or upper (1) bound of the row's level; of the lowest or highest if unknown."""
    ends = {name: each[end] for name, each in bounds.items()}
    widest = (max if end else min)(ends.values())
    return pl.col("level").replace_strict(ends, default=widest, return_dtype=pl.Int64)


def _each(column: str) -> pl.Expr:
    """The amount for one of the row's people."""
    return (pl.col(column) / pl.col("people")).round(0).cast(pl.Int64)
