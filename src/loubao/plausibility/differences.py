"""Shares, numbers of people and medians that differ too much from last month's, or at all.

A share is tested as one of two binomial samples, a number of people as one of two Poisson counts.
All take `pairs`: the measures of a month beside those of the month before (`implausible`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from loubao.rules.lists import ListRule
from loubao.rules.plausible import Bounds, CountBounds, Plausibility

_DAYS = 365.25


# -- shares ----------------------------------------------------------------------------------------


def shares(pairs: pl.DataFrame, rules: Plausibility) -> pl.DataFrame:
    """Return the shares that are worse than last month's, and those implausible at all."""
    bounds = _share_bounds(rules)
    share, last = pl.col("value") / pl.col("total"), pl.col("last") / pl.col("last_total")
    settled = (pl.col("measure") == "issue") & pl.col("field").is_in(rules.settled_issues)
    # who is new on a list, and who is told of in one month, may have one day in common
    by_chance = (pl.col("measure") == "one_day") & (
        ~pl.col("exact") | pl.col("list").is_in(rules.changing_lists)
    )
    rows = (
        pairs.filter(~settled & ~by_chance)
        .join(bounds, on="measure")
        .filter(pl.col("total") > 0)
        .with_columns(share=share, last_share=pl.when(pl.col("last_total") > 0).then(last))
    )
    # what passes hangs on the columns that there are, and on whom a sheet has
    same = pl.col("same_layout").fill_null(True) & pl.col("exact")
    other = (pl.col("measure") == "qualifies") & ~same
    scale = pl.when("relative").then("last_share").when(other).then(3.0).otherwise(1.0)
    change = pl.col("share") - pl.col("last_share")
    worse = (
        pl.when(pl.col("worse") == "fall")
        .then(-change)
        .when(pl.col("worse") == "rise")
        .then(change)
        .otherwise(change.abs())
    )
    pooled = (pl.col("value") + pl.col("last") + 1) / (pl.col("total") + pl.col("last_total") + 2)
    error = (pooled * (1 - pooled) * (1 / pl.col("total") + 1 / pl.col("last_total"))).sqrt()
    held = rows.with_columns(worse_by=worse, error=error, scale=scale).filter(
        pl.col("worse_by") > pl.col("tell") * pl.col("scale"),
        pl.col("worse_by") > rules.chance * pl.col("error"),
        pl.col("worse_by") * pl.col("total") >= rules.least,
    )
    held = held.select(
        *("list", "file", "sheet", "field"),
        what="measure",
        last="last_share",
        now="share",
        bound=pl.col("tell") * pl.col("scale"),
        people=pl.col("worse_by") * pl.col("total"),
        grave=(pl.col("worse_by") > pl.col("stop") * pl.col("scale")).fill_null(False),
    )
    return pl.concat([held, _beyond(rows, rules)]).with_columns(unit=pl.lit("share"))


def _beyond(rows: pl.DataFrame, rules: Plausibility) -> pl.DataFrame:
    """The shares that are implausible at all, of lists that the month before does not have."""
    below, above = pl.col("least") - pl.col("share"), pl.col("share") - pl.col("most")
    off = pl.max_horizontal(below, above)
    bound = pl.when(below > 0).then("least").otherwise("most")
    error = (bound * (1 - bound) / pl.col("total")).sqrt()
    alone = rows.filter(pl.col("last_share").is_null()).with_columns(
        off=off, bound=bound, error=error
    )
    return alone.filter(
        pl.col("off") > rules.chance * pl.col("error"),
        pl.col("off") * pl.col("total") >= rules.least,
    ).select(
        *("list", "file", "sheet", "field"),
        what="measure",
        last=pl.lit(None, pl.Float64),
        now="share",
        bound="bound",
        people=pl.when(below > 0).then(1 - pl.col("share")).otherwise("share") * pl.col("total"),
        grave=pl.col("alone") == "stop",
    )


def _share_bounds(rules: Plausibility) -> pl.DataFrame:
    rows = [
        (name, each.worse, each.alone, each.tell, each.stop, each.least, each.most, False)
        for name, each in rules.shares.items()
    ]
    rows.append(("linked", "both", "tell", rules.linked.tell, rules.linked.stop, None, None, True))
    schema = {
        **dict.fromkeys(("measure", "worse", "alone"), pl.String),
        **dict.fromkeys(("tell", "stop", "least", "most"), pl.Float64),
        "relative": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


# -- counts ----------------------------------------------------------------------------------------


def counts(pairs: pl.DataFrame, month: str, rules: Plausibility) -> Iterator[pl.DataFrame]:
    """Yield the lists, towns and cases with far more or far fewer people than the month before."""
    number = int(month[-2:])
    yearly, changing = (
        pl.col("list").is_in(names) for names in (rules.yearly_lists, rules.changing_lists)
    )
    # of what is counted from January on, month k has k / (k - 1) of the month before
    grown = pl.when(yearly).then(number / (number - 1) if number > 1 else 0.0).otherwise(1.0)
    exact = pairs.filter(pl.col("exact"), pl.col("last") > 0).with_columns(
        fewest=pl.col("last") * pl.when(yearly & (number == 1)).then(0.0).otherwise(1.0),
        most=pl.col("last") * pl.max_horizontal(grown, 1.0),
    )
    people = exact.filter(pl.col("measure") == "people")
    yield _beyond_counts(people.filter(~changing), rules.people, rules, rules.turnover)
    yield _beyond_counts(people.filter(changing), rules.changing_people, rules, 1.0)
    whole = people.filter(pl.col("part") == "").select(
        "list", ratio=pl.col("value") / pl.col("last")
    )
    towns = exact.filter(pl.col("measure") == "town").join(whole, on="list")
    scaled = pl.col("last") * pl.col("ratio")
    towns = towns.filter(~changing).with_columns(fewest=scaled, most=scaled)
    yield _beyond_counts(towns, rules.towns, rules, rules.turnover)
    cases = exact.filter(pl.col("measure") == "cases")
    yield _beyond_counts(cases, rules.cases, rules, rules.turnover)


def _beyond_counts(
    rows: pl.DataFrame, bounds: CountBounds, rules: Plausibility, turnover: float
) -> pl.DataFrame:
    """The counts beyond their bounds; the part `turnover` of the people is there by chance."""
    value = pl.col("value")
    found = []
    for expected, sign, each in (("fewest", -1, bounds.shrink), ("most", 1, bounds.grow)):
        off = (value - pl.col(expected)) * sign
        chance = rules.chance * ((value + pl.col(expected)) * turnover).sqrt()
        here = rows.filter(off > pl.col(expected) * each.tell, off > chance, off >= rules.least)
        found.append(
            here.select(
                *("list", "file", "sheet", "field", "last"),
                what="measure",
                now="value",
                unit=pl.lit("count"),
                bound=pl.col(expected) * (1 + sign * each.tell),
                people=off,
                grave=_beyond_stop(off / pl.col(expected), each),
            )
        )
    return pl.concat(found)


def _beyond_stop(off: pl.Expr, bounds: Bounds) -> pl.Expr:
    return pl.lit(False) if bounds.stop is None else off > bounds.stop


# -- medians ---


def medians(
    pairs: pl.DataFrame, rules: Plausibility, lists: Mapping[str, ListRule]
) -> pl.DataFrame:
    """Return the fields whose median moved: numbers by a factor, dates by years.

    A sheet that last month did not have is held against none: town and country have other amounts.
    """
    dates = {
        f"{name} {field}"
        for name, rule in lists.items()
        for field, spec in rule.fields.items()
        if spec.type == "date"
    }
    bounds = rules.medians
    is_date = pl.concat_str("list", pl.lit(" "), "field").is_in(sorted(dates))
    value, last = pl.col("value"), pl.col("last")
    days = (value - last).abs() > bounds.years * _DAYS
    positive = (value > 0) & (last > 0)
    times = positive & (pl.max_horizontal(value / last, last / value) > bounds.times)
    return pairs.filter(
        (pl.col("measure") == "median") & pl.col("same_layout") & pl.col("exact"),
        pl.min_horizontal("total", "last_total") >= bounds.rows,
        pl.when(is_date).then(days).otherwise(times),
    ).select(
        *("list", "file", "sheet", "field", "last"),
        what="measure",
        now="value",
        people="total",
        unit=pl.when(is_date).then(pl.lit("date")).otherwise(pl.lit("number")),
        grave=pl.lit(False),
    )
