"""特困 against the tariff: living, care by its level, institutions.

As in audit.py: what is allowed is what any permitted 低保 standard comes to where none is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from loubao.rules.standard_rates import Standards
from loubao.standards.audit import Bounds, bounds, down, findings
from loubao.standards.tariff import Tariff, institutional, percent_of, rounded


@dataclass(frozen=True)
class Allowed:
    """What a person may be paid under 特困, in fen: alone and with the care of each level.

    `raised`: the care of each level in an institution, where that is paid more for the care too.
    """

    basic: Bounds
    basic_away: Bounds
    home: dict[str, Bounds]
    away: dict[str, Bounds]
    care: dict[str, Bounds]
    raised: dict[str, Bounds] | None


def of_supported(people: pl.DataFrame, known: Tariff, standards: Standards) -> pl.DataFrame:
    """Find care paid at another level's rate, institutions paid as homes, and amounts of no rate.

    `people` is SUPPORTED. An amount may leave the care out: the roll does not say. A level that is
    not one of the rules may be any of them.
    """
    what = allowed(known)
    slack = down(standards.tolerance)
    by_care = _of_care(people.filter(pl.col("care").is_not_null()), what, slack)
    paid = people.filter(pl.col("amount") > 0).with_columns(both=_told_apart(what, slack))
    alone, both = paid.filter(~pl.col("both")), paid.filter("both")
    found = [by_care, _of_amounts(alone, what, slack)]
    return pl.concat([*found, _of_both(both, what, slack)] if not both.is_empty() else found)


def allowed(known: Tariff) -> Allowed:
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

    def exactly(amounts: dict[str, Decimal]) -> dict[str, Bounds]:
        return {name: bounds(amount, amount) for name, amount in amounts.items()}

    raised = {name: away(Decimal(0), care) for name, care in cares.items()}
    return Allowed(
        basic=bounds(*exact),
        basic_away=bounds(*(away(basic, Decimal(0)) for basic in exact)),
        home={name: bounds(*(basic + care for basic in exact)) for name, care in cares.items()},
        away={
            name: bounds(*(away(basic, care) for basic in exact)) for name, care in cares.items()
        },
        care=exactly(cares),
        raised=exactly(raised) if known.care_in_base else None,
    )


def _of_care(people: pl.DataFrame, allowed: Allowed, slack: int) -> pl.DataFrame:
    """Care that the roll tells apart, held against the rate of its level."""
    levels = list(allowed.care)
    fits = _care_fits(allowed, slack)
    known = pl.col("level").is_in(levels)
    wrong = people.filter(~_of_own(levels, fits, any_fits=pl.any_horizontal(*fits.values())))
    return findings(
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


def _told_apart(allowed: Allowed, slack: int) -> pl.Expr:
    """Whether a row tells apart what an institution is to be paid more for together.

    Then the amount for living alone says nothing. Care at no rate of its level is no part of it:
    that has been found by `_of_care`.
    """
    if allowed.raised is None:
        return pl.lit(False)
    fits = _care_fits(allowed, slack)
    own = _of_own(list(fits), fits, any_fits=pl.any_horizontal(*fits.values()))
    return pl.col("away") & own.fill_null(False)


def _of_both(people: pl.DataFrame, allowed: Allowed, slack: int) -> pl.DataFrame:
    """What an institution is paid for living and for care, together held against their sum."""
    assert allowed.raised is not None
    levels = list(allowed.care)
    people = people.with_columns(both=pl.col("amount") + pl.col("care"))
    each_raised = _fits("amount", allowed.basic_away, slack)
    right = {
        name: _fits("both", allowed.away[name], slack)
        | _fits("amount", allowed.away[name], slack)  # the care is told, and in the amount too
        | (each_raised & _fits("care", allowed.raised[name], slack))
        for name in levels
    }
    at_home = {name: _fits("both", allowed.home[name], slack) for name in levels}
    wrong = people.filter(~_of_own(levels, right, pl.any_horizontal(*right.values())))
    not_raised = _of_own(levels, at_home, pl.any_horizontal(*at_home.values()))
    least, most = (_end(allowed.away, end) for end in (0, 1))
    return findings(
        wrong.with_columns(
            kind=pl.when(not_raised).then(pl.lit("institution")).otherwise(pl.lit("amount"))
        ),
        kind="kind",
        programme="tekun",
        amount=_each("both"),
        least=pl.when(not_raised).then(least).otherwise(allowed.basic_away.least),
        most=pl.when(not_raised).then(most).otherwise(allowed.basic_away.most),
        care_least=least,
        care_most=most,
        level="level",
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
    return findings(
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


def _care_fits(allowed: Allowed, slack: int) -> dict[str, pl.Expr]:
    """Whether the care is at the rate of each level, or raised where an institution may be."""
    rates = {name: _fits("care", each, slack) for name, each in allowed.care.items()}
    if allowed.raised is None:
        return rates
    return {
        name: rate | (pl.col("away") & _fits("care", allowed.raised[name], slack))
        for name, rate in rates.items()
    }


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
