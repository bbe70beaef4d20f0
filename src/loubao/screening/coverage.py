"""Coverage: what the people of each source list already receive, one outcome a person and list.

    covered     linked to a row that covers the list's people (a protected person)
    excluded    linked to an exclusion list (deceased, moved away …)
    review      somebody on a roll that counts may be this person: a visit decides
    partial     linked to a row that counts in part
    uncovered   none of these

The table is policy and stands in `rules/screening.yaml`; this module only applies it.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import polars as pl

from loubao.core import frames
from loubao.rules.folder import Rules
from loubao.rules.screening import Cover, Exclusion
from loubao.rules.sheets import Status
from loubao.screening.place_order import in_order_of_places

#: The outcome of a person and list is the first of these that is true of it.
OUTCOMES = ("covered", "excluded", "review", "partial", "uncovered")
#: What keeps a person on the sheets, worst first: the first that holds is the status of the case.
STATUSES: tuple[Status, ...] = ("uncovered", "review", "partial")

#: `outcome_because`: why in part or why excluded; `outcome_since`, `outcome_by`: the day on the
#: exclusion list and its record. These names are reserved: no list may call a field so.
OUTCOME: frames.Schema = {
    "person_key": pl.String,
    "list": pl.String,
    "outcome": pl.String,
    "outcome_because": pl.String,
    "outcome_since": pl.Date,
    "outcome_by": pl.UInt64,
}

#: Pairs that take a person off a source list if they are one person: `probability` that they are.
CHANCES: frames.Schema = {
    "person_key": pl.String,
    "list": pl.String,
    "right_id": pl.UInt64,
    "probability": pl.Float64,
}

#: People set aside by an exclusion list, a row for each source row; the place is the evidence's.
EXCLUDED: frames.Schema = {
    "name": pl.String,
    "id_number": pl.String,
    "town": pl.String,
    "village": pl.String,
    "list": pl.String,
    "sources": pl.String,
    "reason": pl.String,
    "date": pl.Date,
    **frames.PLACE,
}

#: Rows of rolls whose aid has ended (`over`), or will in the days for which that is told (`soon`).
ENDING: frames.Schema = {
    **dict.fromkeys(("town", "village", "name", "id_number", "list"), pl.String),
    "until": pl.Date,
    "state": pl.String,
    **frames.PLACE,
}


def judge(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """Return OUTCOMES: one row a person and source list.

    `rows` are the qualifying source RECORDS with their `person_key`. Links of any of a person's
    rows count for all of that person's lists.
    """
    rows = rows.with_columns(as_of=pl.lit(as_of))
    near = nearby(rows, records, decisions, as_of)
    found = _from_exclusions(near, rows, rules, as_of)
    for source in rules.screening.coverage:
        of_source = rows.filter(pl.col("list") == source)
        found += _from_rolls(near, of_source, source, rules, as_of)
        found += _from_row(of_source, source, rules)
        found += _from_family(of_source, records, source, rules)
    rank = pl.col("outcome").cast(pl.Enum(OUTCOMES))
    nothing = rows.select("person_key", "list", outcome=pl.lit("uncovered"))
    return frames.conform(
        pl.concat([frames.empty(OUTCOME), *found, nothing], how="diagonal")
        .sort("person_key", "list", rank, "outcome_because", "outcome_since", nulls_last=True)
        .unique(["person_key", "list"], keep="first", maintain_order=True),
        OUTCOME,
    )


def chances(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """Return CHANCES of the same frames as `judge`, linked pairs and pairs for review.

    The row is one that covers the list's people in full, or one of an exclusion list that sets
    them aside (only linked: a person who may be dead is visited in any case). Of several rows of
    the person with the same other one, the likeliest pair counts.
    """
    near = nearby(rows, records, decisions, as_of)
    takes_off = {
        f"off {source}": pl.any_horizontal(
            pl.lit(False),
            *(
                (pl.col("right_list") == cover.list) & counts(cover) & _in_window(cover, as_of)
                for cover in coverage.covered_by
            ),
            *(
                _sets_aside(name, exclusion, as_of)
                for name, exclusion in rules.screening.exclusions.items()
                if exclusion.effect != "flag" and source not in exclusion.flag_for
            ),
        )
        for source, coverage in rules.screening.coverage.items()
    }
    pairs = near.select("person_key", "right_id", "probability", **takes_off)
    of_source = [
        pairs.filter(f"off {source}").drop(takes_off).with_columns(list=pl.lit(source))
        for source in rules.screening.coverage
    ]
    named = rows.select("person_key", "list").unique()
    return frames.conform(
        pl.concat([frames.empty(CHANCES), *of_source], how="diagonal")
        .join(named, on=["person_key", "list"], how="semi")
        .unique(["person_key", "list", "right_id"])
        .sort("person_key", "list", "right_id"),
        CHANCES,
    )


def nearby(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """The rows of rolls and exclusions that are linked to a person, or may be the person's.

    Adds `person_key`, `right_id`, `decision`, `probability` (the best of the person's rows). A row
    that is linked to one of the person's rows is no doubt of another.
    """
    pairs = rows.select("person_key", left_id="record_id").join(
        decisions.select("left_id", "right_id", "decision", "match_probability"), on="left_id"
    )
    says = [c for c in ("cover_ended", "cover_doubt", "said_in") if c not in records.columns]
    records = records.with_columns(pl.lit(None, pl.String).alias(c) for c in says)
    return (
        pairs.join(records.rename({"list": "right_list"}), left_on="right_id", right_on="record_id")
        .filter(pl.col("role") != "source")
        .with_columns(
            as_of=pl.lit(as_of),
            probability=pl.col("match_probability").max().over("person_key", "right_id"),
        )
        .sort(pl.col("decision") != "link", maintain_order=True)
        .unique(["person_key", "right_id"], keep="first", maintain_order=True)
    )


def _from_rolls(
    near: pl.DataFrame, of_source: pl.DataFrame, source: str, rules: Rules, as_of: date
) -> list[pl.DataFrame]:
    """Outcomes from rows of the rolls that the policy counts for `source`."""
    coverage = rules.screening.coverage[source]
    people = of_source.select("person_key", "list").unique()
    near = near.join(people, on="person_key")
    link = pl.col("decision") == "link"
    parts = []
    for covers, counted in ((coverage.covered_by, "covered"), (coverage.partly_by, "partial")):
        for cover in covers:
            outcome = (
                pl.when(~link)
                .then(pl.lit("review"))
                .when(counts(cover) & _in_window(cover, as_of))
                .then(pl.lit(counted))
                .otherwise(pl.lit("uncovered"))
            )
            label = pl.lit(rules.lists[cover.list].sheet_label)
            parts.append(
                near.lazy()
                .filter(pl.col("right_list") == cover.list)
                .select(
                    "person_key",
                    "list",
                    outcome=outcome,
                    outcome_because=pl.when(outcome == "partial").then(label),
                )
            )
    return pl.collect_all(parts)


def counts(cover: Cover) -> pl.Expr:
    """Whether the row itself counts: by the roll's own conditions, or by the rule's.

    What the row says against its own cover stands whatever the rule asks.
    """
    if cover.condition is None:
        return pl.col("qualifies")
    against = pl.coalesce("cover_ended", "cover_doubt")
    return cover.condition.expr.fill_null(False) & against.is_null()


def _in_window(cover: Cover, as_of: date) -> pl.Expr:
    """Whether the row's date lies within the months that still count."""
    if cover.field is None or cover.within_months is None:
        return pl.lit(True)
    last = pl.lit(as_of)
    first = last.dt.offset_by(f"-{cover.within_months}mo")
    return pl.col(cover.field).is_between(first, last).fill_null(False)


def _from_row(of_source: pl.DataFrame, source: str, rules: Rules) -> list[pl.DataFrame]:
    """Outcomes from the source row itself (a risk that is gone)."""
    return [
        of_source.filter(part.condition.expr.fill_null(False)).select(
            "person_key", "list", outcome=pl.lit("partial"), outcome_because=pl.lit(part.because)
        )
        for part in rules.screening.coverage[source].partly_when
    ]


def _from_family(
    of_source: pl.DataFrame, records: pl.DataFrame, source: str, rules: Rules
) -> list[pl.DataFrame]:
    """Outcomes through a relative named in the row by ID number."""
    parts = []
    for family in rules.screening.coverage[source].family:
        covered = records.filter(pl.col("list").is_in(family.partly_by) & pl.col("qualifies"))
        for field in family.fields:
            numbers = covered.select(pl.col("id_number").alias(field)).drop_nulls().unique()
            parts.append(
                of_source.join(numbers, on=field, how="semi").select(
                    "person_key",
                    "list",
                    outcome=pl.lit("partial"),
                    outcome_because=pl.lit(family.because),
                )
            )
    return parts


def _from_exclusions(
    near: pl.DataFrame, rows: pl.DataFrame, rules: Rules, as_of: date
) -> list[pl.DataFrame]:
    """Outcomes of people linked to an exclusion: a row that qualifies and whose day is reached.

    A row without its date sets nobody aside: the sheet prints it as a doubt.
    """
    named = rows.select("person_key", "list").unique()
    parts = []
    for name, exclusion in rules.screening.exclusions.items():
        if exclusion.effect == "flag":
            continue
        since = pl.col(exclusion.date) if exclusion.date else pl.lit(None, pl.Date)
        label = pl.lit(rules.lists[name].sheet_label)
        listed = near.filter(_sets_aside(name, exclusion, as_of)).select(
            "person_key",
            outcome_because=said_before(
                rules.screening.wording.said_before, pl.lit(exclusion.reason), label
            ),
            outcome_since=since,
            outcome_by="right_id",
        )
        parts.append(
            named.filter(~pl.col("list").is_in(exclusion.flag_for))
            .join(listed, on="person_key")
            .with_columns(outcome=pl.lit("excluded"))
        )
    return parts


def said_before(template: str, reason: pl.Expr, label: pl.Expr) -> pl.Expr:
    """Return the `reason`, with the month and the list (`label`) that said so before this month.

    `template` has `{reason}`, `{month}` and `{list}`; a row of the month itself has no `said_in`.
    """
    parts = re.split(r"\{(reason|month|list)\}", template)
    values = {"reason": reason, "month": pl.col("said_in"), "list": label}
    text = [values[part] if nth % 2 else pl.lit(part) for nth, part in enumerate(parts)]
    return pl.when(pl.col("said_in").is_null()).then(reason).otherwise(pl.concat_str(text))


def _sets_aside(name: str, exclusion: Exclusion, as_of: date) -> pl.Expr:
    """Whether a row is of an exclusion list and sets aside the people linked to it."""
    linked = (pl.col("right_list") == name) & (pl.col("decision") == "link") & pl.col("qualifies")
    has_come = (pl.col(exclusion.date) <= as_of).fill_null(False) if exclusion.date else True
    return linked & has_come


def covering(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `right_id` of the rows of rolls that may cover somebody of some list in full.

    Where the rule asks more of a row than the roll itself does, every row may.
    """
    covers = [cover for each in rules.screening.coverage.values() for cover in each.covered_by]
    rolls = {True: set[str](), False: set[str]()}
    for cover in covers:
        rolls[cover.condition is None].add(cover.list)
    counting = pl.col("list").is_in(list(rolls[True])) & pl.col("qualifies")
    may = counting | pl.col("list").is_in(list(rolls[False]))
    return records.filter((pl.col("role") == "roll") & may).select(right_id="record_id")


def covering_rolls(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> dict[str, str]:
    """Return the roll that each person is linked to and that covers, the first by name.

    `rows` are source RECORDS with their `person_key`.
    """
    covering = {
        cover.list for each in rules.screening.coverage.values() for cover in each.covered_by
    }
    on_roll = records.filter(
        (pl.col("role") == "roll") & pl.col("qualifies") & pl.col("list").is_in(sorted(covering))
    ).select(right_id="record_id", roll="list")
    linked = (
        decisions.filter(pl.col("decision") == "link")
        .join(on_roll, on="right_id")
        .join(rows.select("person_key", left_id="record_id"), on="left_id")
    )
    return dict(linked.group_by("person_key").agg(pl.col("roll").min()).iter_rows())


def excluded(
    rows: pl.DataFrame, outcomes: pl.DataFrame, records: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return EXCLUDED: the source rows of people set aside, and the row that is the reason.

    `rows` are source RECORDS with `person_key`, `outcomes` OUTCOME.
    """
    evidence = records.select(*frames.PLACE, outcome_by="record_id")
    aside = (
        rows.select("person_key", "name", "id_number", "town", "village", "list")
        .join(outcomes.filter(pl.col("outcome") == "excluded"), on=["person_key", "list"])
        .join(evidence, on="outcome_by")
        .with_columns(reason="outcome_because", date="outcome_since", sources=list_label(rules))
    )
    return frames.conform(
        in_order_of_places(aside.select([*EXCLUDED]), rules, "file", "sheet", "row"),
        EXCLUDED,
    )


def ending(records: pl.DataFrame, rules: Rules, as_of: date) -> pl.DataFrame:
    """Return ENDING: the rows of rolls whose time is over, and those whose time soon will be."""
    validity = rules.screening.validity
    soon = as_of + timedelta(days=validity.warn_days)
    until = pl.col("cover_until")
    against = pl.coalesce("cover_ended", "cover_doubt")
    over = (until < as_of) & against.is_not_null()
    near = until.is_between(as_of, soon) & pl.col("qualifies")
    found = (
        records.filter((pl.col("role") == "roll") & (over | near))
        .with_columns(
            until=until, state=pl.when(until < as_of).then(pl.lit("over")).otherwise(pl.lit("soon"))
        )
        .with_columns(list=list_label(rules))
    )
    found = in_order_of_places(found, rules, "until", "record_id")
    return frames.conform(found.select([*ENDING]), ENDING)


def list_label(rules: Rules) -> pl.Expr:
    """Return the list as a sheet that leaves the office may name it."""
    labels = {name: rule.sheet_label for name, rule in rules.lists.items()}
    return pl.col("list").replace_strict(labels, return_dtype=pl.String)
