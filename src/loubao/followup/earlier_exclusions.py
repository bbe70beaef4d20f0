"""Exclusions of earlier months that still hold: a death that is told once stays told.

A list of deaths may tell each death in its own month only. What a list of an earlier month said
holds as long as the policy says (`holds_months`): its rows stand beside the month's exclusion rows,
are linked with people by the same tiers, and do the same. A newer row of the same list about the
same person takes the place of an older one, also where it no longer sets the person aside; a row
without the day that the policy asks for says nothing against an older one that has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import ExclusionRow
from loubao.core.notation import month_text
from loubao.followup.brought_forward import BroughtForward
from loubao.ledger.exclusions import EXCLUSIONS
from loubao.linkage import recognise
from loubao.rules.folder import Rules
from loubao.rules.screening import Exclusion

#: Record ids of the rows of earlier exclusion lists begin here, behind those of earlier people.
REMEMBERED_FROM = 1 << 41
#: Signs of an ISO date that are its month.
_MONTH = 7
#: Answers of a village that has met the person there.
_SEEN = ("eligible", "applied")
#: What is equal where a list writes the same person again.
_WRITTEN = ("list", "name_key", "id_number", "id_pattern", "birth_date", "village_code")


@dataclass(frozen=True)
class Remembered:
    """Rows of exclusion lists of earlier months beside a month's people.

    records    RECORDS of them with `said_in`, the month as the clerk writes it
    decisions  DECISIONS of people (left) with these rows (right)
    """

    records: pl.DataFrame
    decisions: pl.DataFrame


def remembered(
    exclusions: pl.DataFrame,
    month: str,
    records: pl.DataFrame,
    policy: Mapping[str, Exclusion],
) -> pl.DataFrame:
    """Return the EXCLUSIONS that hold in a month, as RECORDS with `said_in`, `month`, `decisive`.

    `records` are the RECORDS of the month: a row that its own list writes again is left out. Of a
    person who is written alike in several months only the newest row is there.
    """
    rows = (
        exclusions.filter(_holds(month, policy))
        .with_columns(decisive=_decisive(policy, "said_on"))
        .sort("decisive", "month", "exclusion_id", descending=True)
        .unique([*_WRITTEN], keep="first", maintain_order=True)
        .join(_decisive_rows(records, policy), on=_WRITTEN, how="anti", nulls_equal=True)
        .sort("exclusion_id")
    )
    given = {
        **{name: pl.col(name) for name in EXCLUSIONS if name in records.columns},
        "record_id": (pl.col("exclusion_id") + REMEMBERED_FROM).cast(pl.UInt64),
        "role": pl.lit("exclusion"),
        "member": pl.lit(0, pl.UInt32),
    }
    for name, rule in policy.items():
        if rule.date is not None:
            day = pl.when(pl.col("list") == name).then("said_on")
            given[rule.date] = pl.coalesce(given[rule.date], day) if rule.date in given else day
    in_words = {each: month_text(each) for each in rows["month"].unique()}
    return rows.select(
        *(given.get(c, pl.lit(None, dtype)).alias(c) for c, dtype in records.schema.items()),
        "month",
        "decisive",
        said_in=pl.col("month").replace_strict(in_words, return_dtype=pl.String),
    )


def found_alive(
    brought: BroughtForward,
    case_of: pl.DataFrame,
    carried: pl.DataFrame,
    policy: Mapping[str, Exclusion],
) -> pl.DataFrame:
    """Return `person_key`, `list`, `answered_on`: whom a village has seen, by its answer in force.

    The answer is against what the exclusion list says of the person. `case_of` has `person_key`,
    `case_id` of the month's people, `carried` of those carried along.
    """
    of_persons = pl.concat([case_of, carried.select(*case_of.columns).unique()])
    answered = brought.cases.drop_nulls("answered_on").join(of_persons, on="case_id")
    seen = [
        (row["person_key"], name, row["answered_on"])
        for row in answered.iter_rows(named=True)
        for name, rule in policy.items()
        if row["status"] in _SEEN or rule.is_denied(json.loads(row["answers"] or "{}"))
    ]
    columns = dict.fromkeys(("person_key", "list", "answered_on"), pl.String)
    return pl.DataFrame(seen, schema=columns, orient="row")


def confirmed_exclusion(case: Mapping[str, Any], rules: Rules) -> Exclusion | None:
    """Return the exclusion that the answer in force says of a person found not eligible."""
    if case["status"] != "ineligible":
        return None
    answers = json.loads(case["answers"] or "{}")
    policy = rules.screening.exclusions.values()
    return next((each for each in policy if each.is_confirmed(answers)), None)


def linked_before(
    rows: pl.DataFrame,
    everybody: pl.DataFrame,
    persons: pl.DataFrame,
    decisions: pl.DataFrame,
    seen: pl.DataFrame,
    rules: Rules,
) -> Remembered:
    """Link the people of a month with `rows` of earlier exclusion lists (see `remembered`).

    `everybody` are the RECORDS of the month and of the people carried along, `persons` has
    `record_id` and `person_key` of its people, `decisions` are the DECISIONS on them. `seen` has
    `person_key`, `list`, `answered_on`: a list is only a doubt about whom a village has seen after
    its month.
    """
    kept = rows.drop("month", "decisive")
    if rows.is_empty():
        return Remembered(kept, frames.empty(frames.DECISIONS))
    # each month's list is a list of its own: another spelling is not another person
    written = rows.with_columns(list=pl.concat_str("list", "month"))
    people = persons.select("person_key", left_id="record_id")
    pairs = (
        recognise(written, everybody, rules.matching)
        .decisions.rename({"left_id": "right_id", "right_id": "left_id"})
        .join(people, on="left_id", maintain_order="left")
        .join(rows.select("list", "month", "decisive", right_id="record_id"), on="right_id")
    )
    said_now = (
        _decisive_rows(everybody, rules.screening.exclusions)
        .select("list", right_id="record_id")
        .join(decisions.filter(pl.col("decision") == "link"), on="right_id")
        .join(people, on="left_id")
    )
    newest = _newest(pairs.join(said_now, on=["person_key", "list"], how="anti"))
    seen_since = pl.col("answered_on").str.head(_MONTH) > pl.col("month")
    checked = newest.join(seen, on=["person_key", "list"], how="left").with_columns(
        decision=pl.when(seen_since).then(pl.lit("review")).otherwise("decision")
    )
    return Remembered(kept, checked.sort("left_id", "right_id").select(*frames.DECISIONS))


def _newest(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs without links of a person with older rows of a list where there is a newer one."""
    of_kind = ["person_key", "list", "decision"]
    best = (
        pairs.filter(pl.col("decision") == "link")
        .sort("decisive", "month", descending=True)
        .unique(of_kind, keep="first", maintain_order=True)
        .select(*of_kind, "decisive", "month")
    )
    links = pairs.join(best, on=[*of_kind, "decisive", "month"], how="semi")
    return pl.concat([links, pairs.filter(pl.col("decision") != "link")])


def to_remember(records: pl.DataFrame, policy: Mapping[str, Exclusion]) -> Iterator[ExclusionRow]:
    """Yield the rows of the month's own exclusion lists that later months may need."""
    for name, rule in policy.items():
        if rule.holds_months == 0:
            continue
        of_month = (pl.col("list") == name) & (pl.col("record_id") < REMEMBERED_FROM)
        rows = records.filter(of_month & (pl.col("role") == "exclusion"))
        said_on = pl.col(rule.date) if rule.date else pl.lit(None, pl.Date)
        places = rows.select(*frames.PLACE, "qualifies", said_on=said_on.cast(pl.String))
        texts = rows.select(frames.linkable(rows)).select(pl.col(*frames.WRITTEN).cast(pl.String))
        of_rows = zip(places.iter_rows(named=True), texts.iter_rows(named=True), strict=True)
        yield from (ExclusionRow(**place, values=values) for place, values in of_rows)


def _holds(month: str, policy: Mapping[str, Exclusion]) -> pl.Expr:
    """Whether what a row of EXCLUSIONS said in its month still holds in a later one."""
    last = pl.lit(f"{month}-01").str.to_date()
    said = (pl.col("month") + "-01").str.to_date()
    holds = pl.lit(False)
    for name, rule in policy.items():
        until = (
            pl.lit(True)
            if rule.holds_months == "always"
            else said.dt.offset_by(f"{rule.holds_months or 0}mo") >= last
        )
        holds = holds | ((pl.col("list") == name) & until)
    return holds


def _decisive(policy: Mapping[str, Exclusion], day: str | None = None) -> pl.Expr:
    """Whether a row of an exclusion list says yes or no: it has the day that the policy asks for,
    or does not qualify. `day` is the column of the day where it is one for all lists.
    """
    says = pl.lit(False)
    for name, rule in policy.items():
        dated = pl.lit(True) if rule.date is None else pl.col(day or rule.date).is_not_null()
        says = says | ((pl.col("list") == name) & (dated | ~pl.col("qualifies")))
    return says


def _decisive_rows(records: pl.DataFrame, policy: Mapping[str, Exclusion]) -> pl.DataFrame:
    """The rows of the month's own exclusion lists that say yes or no."""
    return records.filter((pl.col("role") == "exclusion") & _decisive(policy))
