"""A month held against the one before and against what is plausible at all → findings.

A difference is found where it is beyond a bound of the rules, further than chance would carry it
(so that six people who become three say nothing), and about at least so many rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from loubao.core import frames
from loubao.plausibility import differences
from loubao.plausibility.earlier import MonthMeasured
from loubao.plausibility.measures import MEASURES
from loubao.plausibility.rosters import Roster, kept
from loubao.rules.lists import ListRule
from loubao.rules.plausible import Plausibility

#: `what`: a measure, or missing, unchanged. `unit`: count, share, number or date (days since 1970),
#: of `last`, `now` and `bound`. `people`: how many have an outcome that hangs on it, about.
FINDINGS: frames.Schema = {
    **dict.fromkeys(("what", "list", "file", "sheet", "field", "unit"), pl.String),
    **dict.fromkeys(("last", "now", "bound"), pl.Float64),
    "people": pl.Int64,
    "grave": pl.Boolean,
    "accepted": pl.Boolean,
}
_KEY = ["list", "part", "measure", "field"]
_NEW = ("column", "sheet")
#: Measures that have no row where nobody is: what the month before does not have was 0 there.
_NONE_IS_ZERO = ("issue", "overlap", "repeated")


def findings(
    now: MonthMeasured,
    before: MonthMeasured | None,
    rules: Plausibility,
    lists: Mapping[str, ListRule],
) -> pl.DataFrame:
    """Return FINDINGS, the worst first; without a month `before`, those of absolute bounds alone.

    The measures of `now` have `kept` and `paired` already (`with_kept`).
    """
    there = before or replace(now, measures=frames.empty(MEASURES), rosters={})
    pairs = _side_by_side(now.measures, there.measures)
    found = [differences.shares(pairs, rules), _new(pairs, there.lists)]
    if before is not None:
        found += [
            *differences.counts(pairs, now.month, rules),
            differences.medians(pairs, rules, lists),
        ]
        found += [_missing(now, before, rules), _unchanged(pairs, rules)]
    together = pl.concat([frames.empty(FINDINGS), *map(_shaped, found)])
    weighed = _weighed(_most_exact(together), there.measures, now.measures, lists)
    accepted = [
        rules.accepts(what, name, now.month) for what, name in weighed["what", "list"].rows()
    ]
    return frames.conform(
        weighed.with_columns(accepted=pl.Series(accepted, dtype=pl.Boolean))
        .sort("grave", "people", "list", "what", "field", descending=[True, True, *[False] * 3])
        .select(*FINDINGS),
        FINDINGS,
    )


def with_kept(
    now: MonthMeasured,
    sampled: Mapping[str, Roster],
    before: MonthMeasured | None,
    changing: tuple[str, ...],
) -> MonthMeasured:
    """Return the month with the measures `kept` and `paired` of each list that lasts.

    Of the people of last month's list: how many are on it, and how many of these under the same
    name. `sampled`: the rosters of `now` at the levels of `before`.
    """
    if before is None:
        return now
    rows = []
    for name, roster in sampled.items():
        if name in changing or name not in now.lists:
            continue
        still, same, of, _ = kept(before.rosters[name], roster)
        rows += [(name, "kept", still, of)] if of else []
        rows += [(name, "paired", same, still)] if still else []
    schema = {"list": pl.String, "measure": pl.String, "value": pl.Float64, "total": pl.Float64}
    more = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.lit("").alias(name) for name in ("part", "file", "sheet", "field")
    )
    return replace(now, measures=pl.concat([now.measures, more.select(*MEASURES)]))


def _side_by_side(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The measures of now with `last` and `last_total`: of the same part, else of the whole list.

    `exact`: of the same part. `same_layout`: last month's list had these columns, too.
    """
    now = pl.concat([now, _gone_towns(now, before)])
    same = before.group_by(_KEY).agg(pl.col("value").sum(), pl.col("total").sum())
    whole = same.filter(pl.col("part") == "").drop("part")
    names = {"value": "last", "total": "last_total"}
    wide = {"value": "whole_last", "total": "whole_total"}
    people = before.filter((pl.col("measure") == "people") & (pl.col("part") == ""))
    known = _layouts(before)
    same_layout = [
        (name, part, layouts <= known.get((name, ""), set()))
        for (name, part), layouts in _layouts(now).items()
    ]
    schema = {"list": pl.String, "part": pl.String, "same_layout": pl.Boolean}
    zero = pl.col("measure").is_in(_NONE_IS_ZERO) & pl.col("people_before").is_not_null()
    return (
        now.join(same.rename(names), on=_KEY, how="left")
        .with_columns(exact=pl.col("last").is_not_null())
        .join(whole.rename(wide), on=["list", "measure", "field"], how="left")
        .join(people.select("list", people_before="value"), on="list", how="left")
        .join(pl.DataFrame(same_layout, schema, orient="row"), on=["list", "part"], how="left")
        .with_columns(
            last=pl.coalesce("last", "whole_last", pl.when(zero).then(0.0)),
            last_total=pl.coalesce(
                "last_total", "whole_total", pl.when(zero).then("people_before")
            ),
        )
        .drop("whole_last", "whole_total", "people_before")
    )


def _gone_towns(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """The towns of which the month before had people on a list that is still there, with nobody."""
    towns = pl.col("measure") == "town"
    return (
        before.filter(towns)
        .join(now.filter(towns), on=["list", "field"], how="anti")
        .join(now.filter(pl.col("measure") == "people"), on="list", how="semi")
        .with_columns(value=pl.lit(0.0))
    )


def _layouts(measures: pl.DataFrame) -> dict[tuple[str, str], set[str]]:
    """The layouts of each list and part: which fields have a column."""
    found: dict[tuple[str, str], set[str]] = {}
    of = measures.filter(pl.col("measure") == "layout").select("list", "part", "field")
    for name, part, fields in of.iter_rows():
        found.setdefault((name, part), set()).add(fields)
    return found


def _missing(now: MonthMeasured, before: MonthMeasured, rules: Plausibility) -> pl.DataFrame:
    """The lists that were due and did not come, or have nobody on them."""
    absent = [
        name
        for name in before.lists - now.lists
        if months_between(before.since.get(name, before.month), now.month)
        >= rules.every.get(name, 1)
    ]
    # where the month alone is told, nobody may be a chance
    changing = pl.col("list").is_in(rules.changing_lists)
    people = before.measures.filter(
        pl.col("list").is_in(absent), pl.col("measure") == "people", pl.col("part") == ""
    ).filter(~changing | (pl.col("value") > rules.chance**2))
    return people.select(
        "list",
        what=pl.lit("missing"),
        unit=pl.lit("count"),
        last="value",
        now=pl.lit(0.0),
        people="value",
        grave=pl.col("value") >= rules.least,
    )


def months_between(first: str, second: str) -> int:
    """Return how many months lie between two.

    >>> months_between("2022-11", "2023-02")
    3
    """
    return (int(second[:4]) - int(first[:4])) * 12 + int(second[5:]) - int(first[5:])


# -- copies, what is new ---------------------------------------------------------------------------


def _unchanged(pairs: pl.DataFrame, rules: Plausibility) -> pl.DataFrame:
    """The lists that have the people of last month and no others, all of them as they were."""
    whole = pairs.filter(
        pl.col("part") == "", pl.col("list").is_in(rules.unchanged.same_lists).not_()
    )
    telling = whole.filter(~pl.col("measure").is_in([*_LATER, *_NEW]))
    same = telling.group_by("list").agg(
        same=(
            pl.col("value").eq_missing(pl.col("last"))
            & (pl.col("total").fill_null(0.0) == pl.col("last_total").fill_null(0.0))
        ).all()
    )
    still = whole.filter(pl.col("measure") == "kept", pl.col("value") == pl.col("total"))
    lasting = ~pl.col("list").is_in(rules.changing_lists)
    people = whole.filter(lasting, pl.col("measure") == "people")
    found = people.join(same.filter("same"), on="list").join(still.select("list"), on="list")
    # of one list it is told where it is long; of nearly all that there are, it stops the run
    same_people, all_people = float(found["value"].sum()), float(people["value"].sum())
    all_of_it = same_people >= rules.unchanged.share * all_people
    enough = same_people * rules.unchanged.churn >= rules.unchanged.expected
    copied = all_of_it and enough
    long = pl.col("value") * rules.unchanged.churn >= rules.unchanged.expected
    return found.filter(long | pl.lit(copied)).select(
        *("list", "file", "sheet"),
        what=pl.lit("unchanged"),
        unit=pl.lit("count"),
        last="value",
        now="value",
        people="value",
        grave=pl.lit(copied),
    )


#: Measures that hang on other lists or on other months.
_LATER = ("kept", "paired", "linked", "overlap", "same_name", "cases")


def _new(pairs: pl.DataFrame, lists_before: set[str]) -> pl.DataFrame:
    """Columns that no rule reads and sheets with numbers that were not read, new this month."""
    first = pl.lit(not lists_before)
    seen = pl.col("last").is_not_null()
    column = (pl.col("measure") == "column") & pl.col("list").is_in(sorted(lists_before))
    sheet = (pl.col("measure") == "sheet") & (first | pl.col("list").is_not_null())
    return pairs.filter(column | sheet, ~seen, pl.col("value") > 0).select(
        *("list", "file", "sheet", "field"),
        what="measure",
        now="value",
        people="value",
        unit=pl.lit("count"),
        grave=pl.col("measure") == "sheet",
    )


# -- in one shape ----------------------------------------------------------------------------------


def _shaped(found: pl.DataFrame) -> pl.DataFrame:
    missing = [
        pl.lit(None, FINDINGS[name]).alias(name) for name in FINDINGS if name not in found.columns
    ]
    return found.with_columns(missing).select(
        pl.col(name).cast(dtype) for name, dtype in FINDINGS.items()
    )


def _most_exact(found: pl.DataFrame) -> pl.DataFrame:
    """Without what is said of a whole list where the same is said of one of its sheets."""
    key = ["what", "list", "field"]
    of_sheets = found.filter(pl.col("file") != "").select(*key).unique()
    whole = found.filter((pl.col("file") == "") | pl.col("file").is_null())
    return pl.concat(
        [
            found.filter(pl.col("file") != ""),
            whole.join(of_sheets, on=key, how="anti", nulls_equal=True),
        ]
    )


def _weighed(
    found: pl.DataFrame,
    before: pl.DataFrame,
    now: pl.DataFrame,
    lists: Mapping[str, ListRule],
) -> pl.DataFrame:
    """Count of a roll or an exclusion list only those people to whom somebody was linked."""
    texts = ("list", "file", "sheet", "field")
    sources = [name for name, rule in lists.items() if rule.role == "source"]
    linked = (
        pl.concat([before, now])
        .filter(pl.col("measure") == "linked", pl.col("part") == "", pl.col("total") > 0)
        .group_by("list", maintain_order=True)
        .agg(share=(pl.col("value") / pl.col("total")).first())
    )
    whole = pl.col("list").is_in([*sources, ""]) | pl.col("share").is_null()
    weight = pl.when(whole).then(1.0).otherwise("share")
    return (
        found.with_columns(pl.col(texts).fill_null(""))
        .join(linked, on="list", how="left")
        .with_columns(people=(pl.col("people") * weight).ceil().cast(pl.Int64))
        .drop("share")
    )
