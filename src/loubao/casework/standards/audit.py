"""Payments against the tariff: what the rolls pay that the notice does not allow for.

Without a known 低保 standard every standard in the permitted range is allowed for, so that only
what is wrong under each of them is found. What a rounding may account for is no finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

import polars as pl

from loubao import frames
from loubao.casework.standards.tariff import Tariff, institutional, percent_of, rounded
from loubao.rules.standards import Standards

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


@dataclass(frozen=True)
class Allowed:
    """What a person may be paid under 特困, in fen: alone and with the care of each level."""

    basic: Bounds
    basic_away: Bounds
    home: dict[str, Bounds]
    away: dict[str, Bounds]
    care: dict[str, Bounds]


def of_standards(households: pl.DataFrame, known: Tariff) -> pl.DataFrame:
    """Find 低保 standards outside 42 % to 48 % of the minimum wage: on the roll, once a sheet and
    town, and the one in force.

    `count` is the number of households (HOUSEHOLDS) with that standard.
    """
    allowed = _bounds(known.least, known.most)
    told = households.group_by("file", "sheet", "town", "standard", maintain_order=True).agg(
        row=pl.col("row").min(), count=pl.len().cast(pl.Int64)
    )
    if known.given is not None:
        of_all = {"file": "", "sheet": "", "standard": _down(known.given)}
        in_force = pl.DataFrame([of_all | {"count": households.height}], schema=told.schema)
        told = pl.concat([in_force, told])
    return _findings(
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
    most = pl.coalesce(each, pl.lit(_down(top))) * pl.col("people")
    wrong = households.with_columns(most=most).filter(
        pl.col("amount") > pl.col("most") + _down(tolerance)
    )
    return _findings(wrong, kind="household", programme="dibao", amount="amount", most="most")


def of_supported(people: pl.DataFrame, known: Tariff, standards: Standards) -> pl.DataFrame:
    """Find care paid at another level's rate, institutions paid as homes, and amounts of no rate.

    `people` is SUPPORTED. An amount may leave the care out: the roll does not say. A level that is
    not one of the rules may be any of them.
    """
    allowed = allowed_support(known)
    slack = _down(standards.tolerance)
    by_care = _of_care(people.filter(pl.col("care").is_not_null()), allowed, slack)
    return pl.concat([by_care, _of_amounts(people.filter(pl.col("amount") > 0), allowed, slack)])


def of_awards(awards: pl.DataFrame, known: Tariff, tolerance: Decimal) -> tuple[pl.DataFrame, int]:
    """Find awards below the least that temporary aid may be, and count those above the most.

    An award may be for several people or months, so that above the most nothing is said of one.
    """
    bounds = temporary_bounds(known)
    slack = _down(tolerance)
    low = awards.filter(pl.col("amount") < bounds.least - slack)
    high = awards.filter(pl.col("amount") > bounds.most + slack).height
    found = _findings(
        low, kind="temporary", programme="temporary", amount="amount", least=pl.lit(bounds.least)
    )
    return found, high


def allowed_support(known: Tariff) -> Allowed:
    """Return what 特困 may be paid under the standard in force, else under any permitted one."""
    ratios, rounding = known.ratios, known.rounding
    exact = [percent_of(each, ratios.tekun.basic) for each in (known.least, known.most)]
    if known.given is not None:
        exact = [rounded(percent_of(known.given, ratios.tekun.basic), rounding)] * 2
    cares = {
        level: rounded(percent_of(known.wage, percent), rounding)
        for level, percent in ratios.care.items()
    }

    def away(basic: Decimal, care: Decimal) -> Decimal:
        return institutional(basic, care, ratios, rounding, known.care_in_base)

    return Allowed(
        basic=_bounds(*exact),
        basic_away=_bounds(*(away(basic, Decimal(0)) for basic in exact)),
        home={name: _bounds(*(basic + care for basic in exact)) for name, care in cares.items()},
        away={
            name: _bounds(*(away(basic, care) for basic in exact)) for name, care in cares.items()
        },
        care={name: _bounds(care, care) for name, care in cares.items()},
    )


def temporary_bounds(known: Tariff) -> Bounds:
    """Return what temporary aid may be for one person: 25 % around what 低保 is or may be."""
    within = known.ratios.temporary.within
    low, high = (known.least, known.most) if known.given is None else (known.given, known.given)
    return _bounds(percent_of(low, 100 - within), percent_of(high, 100 + within))


def _of_care(people: pl.DataFrame, allowed: Allowed, slack: int) -> pl.DataFrame:
    """Care that the roll tells apart, held against the rate of its level."""
    levels = list(allowed.care)
    fits = {name: _fits("care", allowed.care[name], slack) for name in levels}
    known = pl.col("level").is_in(levels)
    wrong = people.filter(~_of_own(levels, fits, any_fits=pl.any_horizontal(*fits.values())))
    return _findings(
        wrong.with_columns(
            other_level=_first(fits),
            least=pl.when(known).then(_end(allowed.care, 0)),
            most=pl.when(known).then(_end(allowed.care, 1)),
        ),
        kind="care",
        programme="tekun",
        amount=_each("care"),
        least="least",
        most="most",
        level="level",
        other_level="other_level",
    )


def _of_amounts(people: pl.DataFrame, allowed: Allowed, slack: int) -> pl.DataFrame:
    """What a person is paid in all, or for living alone, held against both."""
    levels = list(allowed.care)
    away = pl.col("away")
    at_home = {name: _fits("amount", allowed.home[name], slack) for name in levels}
    in_care = {name: _fits("amount", allowed.away[name], slack) for name in levels}
    alone = _fits("amount", allowed.basic, slack)
    alone_away = _fits("amount", allowed.basic_away, slack)
    any_home = pl.any_horizontal(*at_home.values())
    any_away = pl.any_horizontal(*in_care.values())
    right = (
        pl.when(away)
        .then(alone_away | _of_own(levels, in_care, any_away))
        .otherwise(alone | _of_own(levels, at_home, any_home))
    )
    not_raised = away & (alone | _of_own(levels, at_home, any_home))
    other = pl.when(away).then(_first(in_care)).otherwise(_first(at_home))
    own = [
        pl.when(away).then(_end(allowed.away, end)).otherwise(_end(allowed.home, end))
        for end in (0, 1)
    ]
    basic = [
        pl.when(away).then(pl.lit(allowed.basic_away[end])).otherwise(pl.lit(allowed.basic[end]))
        for end in (0, 1)
    ]
    # with a column for the care, another level's care is told by that column
    paid_as_other = other.is_not_null() & pl.col("care").is_null()
    kind = (
        pl.when(not_raised)
        .then(pl.lit("institution"))
        .when(paid_as_other)
        .then(pl.lit("care"))
        .otherwise(pl.lit("amount"))
    )
    wrong = people.filter(~right).with_columns(kind=kind)
    of_care = pl.col("kind") == "care"
    return _findings(
        wrong,
        kind="kind",
        programme="tekun",
        amount=_each("amount"),
        least=pl.when(of_care).then(own[0]).otherwise(basic[0]),
        most=pl.when(of_care).then(own[1]).otherwise(basic[1]),
        care_least=own[0],
        care_most=own[1],
        level="level",
        other_level=pl.when(of_care).then(other),
    )


def _fits(column: str, bounds: Bounds, slack: int) -> pl.Expr:
    people = pl.col("people")
    return pl.col(column).is_between(
        people * (bounds.least - slack), people * (bounds.most + slack)
    )


def _of_own(levels: Sequence[str], fits: dict[str, pl.Expr], any_fits: pl.Expr) -> pl.Expr:
    """Whether the amount fits the row's own level, or any level where that is not known."""
    outcome = any_fits
    for name in levels:
        outcome = pl.when(pl.col("level") == name).then(fits[name]).otherwise(outcome)
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


def _bounds(least: Decimal, most: Decimal) -> Bounds:
    """Amounts in whole fen that lie within: the ends go inwards."""
    return Bounds(int((least * 100).to_integral_value(ROUND_CEILING)), _down(most))


def _down(yuan: Decimal) -> int:
    return int((yuan * 100).to_integral_value(ROUND_FLOOR))


def _findings(
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
