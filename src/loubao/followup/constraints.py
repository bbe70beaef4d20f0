"""Must-link and cannot-link constraints: villages' verdicts on pairs, laid on DECISIONS.

A verdict on a row of a roll or exclusion links the row or removes the pair (`with_verdicts`). Two
cases that are different people are never linked and never asked about again (`unlinked`,
`for_review`). Where two cases are one person, the rows that wrote them are one person too
(`one_person`): else the second row would become a new case, and the village would be asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import polars as pl

from loubao.core import frames
from loubao.followup.recognition import Earlier, earlier_id
from loubao.followup.writings import numbered_alike, of_one, shows_number, written
from loubao.ledger.status import CASE, ROW, VERDICT_TIER, row_key
from loubao.linkage import recognise
from loubao.rules.matching import Matching

#: Pairs of records, and whether they are one person.
CONSTRAINTS: frames.Schema = {"left_id": pl.UInt64, "right_id": pl.UInt64, "same": pl.Boolean}
#: How a person of a month is found to be one of a case, the surest first.
_LINKED, _STARRED, _WRITTEN = range(3)


def different_cases(verdicts: pl.DataFrame, merged: Mapping[int, int]) -> pl.DataFrame:
    """Return `case_id`, `other` of cases that are different people, each pair both ways.

    `verdicts` are VERDICTS; `merged` says which case a merged one lives on in.

    >>> verdicts = pl.DataFrame({"case_id": [4, 5], "other": ["case:2", "row:9f"], "same": False})
    >>> different_cases(verdicts, {2: 1}).rows()
    [(4, 1), (1, 4)]
    """
    denied = verdicts.filter(~pl.col("same") & pl.col("other").str.starts_with(CASE))
    pairs = denied.select(
        "case_id", other=pl.col("other").str.strip_prefix(CASE).cast(pl.Int64).replace(dict(merged))
    )
    turned = pairs.select(case_id="other", other="case_id")
    return pl.concat([pairs, turned])


def unlinked(decisions: pl.DataFrame, earlier: Earlier, different: pl.DataFrame) -> pl.DataFrame:
    """Return the month's DECISIONS without those on rows of cases that are different people."""
    if different.is_empty():
        return decisions
    rows = earlier.links().select("case_id", record_id="right_id").unique()
    pairs = (
        different.join(rows.rename({"record_id": "left_id"}), on="case_id")
        .join(rows.rename({"record_id": "right_id", "case_id": "other"}), on="other")
        .select("left_id", "right_id")
    )
    return decisions.join(pairs, on=["left_id", "right_id"], how="anti", maintain_order="left")


def for_review(
    earlier: Earlier, records: pl.DataFrame, case_rows: pl.DataFrame, different: pl.DataFrame
) -> pl.DataFrame:
    """Return DECISIONS of earlier people with the source rows of `records`, all left for review.

    But for pairs that are different people: `case_rows` has `record_id`, `case_id` of the month.
    Rows of rolls and exclusions are not among them: what holds of these is decided already.
    """
    people = records.filter(pl.col("role") == "source").select(right_id="record_id")
    pairs = (
        different.join(earlier.rows.select("case_id", left_id="record_id"), on="case_id")
        .join(case_rows.select(other="case_id", right_id="record_id"), on="other")
        .select("left_id", "right_id")
    )
    return (
        earlier.decisions.join(people, on="right_id", how="semi", maintain_order="left")
        .join(pairs, on=["left_id", "right_id"], how="anti", maintain_order="left")
        .with_columns(decision=pl.lit("review"))
        .select(*frames.DECISIONS)
    )


def of_carried(
    carried: pl.DataFrame,
    earlier: Earlier,
    of_month: pl.DataFrame,
    different: pl.DataFrame,
    matching: Matching,
) -> pl.DataFrame:
    """Return DECISIONS of people carried along with those of other cases, all left for review.

    No list of the month names either, so they stand in no other pair, and a question that an
    earlier sheet asked of the two would be gone. `carried` are the RECORDS of the first with
    `case_id`, `of_month` has the `case_id` of people of the month; `different` as in `unlinked`.
    """
    if carried.is_empty():
        return frames.empty(frames.DECISIONS)
    others = earlier.rows.join(of_month, on="case_id", how="anti", maintain_order="left")
    # each case is a list of its own: that a person is found in their own case settles no other
    others = others.with_columns(
        list=pl.format("{} {}", "list", "case_id"),
        role=pl.lit("source"),
        qualifies=pl.lit(value=True),
    )
    left = carried.select("case_id", left_id="record_id")
    right = others.select(other="case_id", right_id="record_id")
    return (
        recognise(carried, others, matching)
        .decisions.join(left, on="left_id", maintain_order="left")
        .join(right, on="right_id", maintain_order="left")
        .filter(pl.col("case_id") != pl.col("other"))
        .join(different, on=["case_id", "other"], how="anti", maintain_order="left")
        .with_columns(decision=pl.lit("review"))
        .select(*frames.DECISIONS)
    )


def with_verdicts(
    decisions: pl.DataFrame,
    verdicts: pl.DataFrame,
    case_rows: pl.DataFrame,
    records: pl.DataFrame,
) -> pl.DataFrame:
    """Return DECISIONS with the VERDICTS on rows of rolls and exclusions laid on them.

    `case_rows` has `record_id`, `case_id` of people who have a case; `records` are RECORDS.
    """
    of_rows = verdicts.filter(pl.col("other").str.starts_with(ROW))
    if of_rows.is_empty() or case_rows.is_empty():
        return decisions
    candidates = [json.loads(text) for (text,) in of_rows.select("candidate").iter_rows()]
    lists = {each["list"] for each in candidates if each.get("list")}
    others = records.filter((pl.col("role") != "source") & pl.col("list").is_in(sorted(lists)))
    keys = pl.DataFrame(
        {
            "right_id": others["record_id"],
            "other": [row_key(row) for row in others.iter_rows(named=True)],
        },
        schema={"right_id": pl.UInt64, "other": pl.String},
    )
    constraints = (
        of_rows.select("case_id", "other", "same")
        .join(keys, on="other")
        .join(case_rows.select("case_id", left_id="record_id"), on="case_id")
        .select(*CONSTRAINTS)
    )
    return constrained(decisions, constraints)


def constrained(decisions: pl.DataFrame, constraints: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS with CONSTRAINTS laid on them: `same` links a pair, the others remove it.

    A pair with `same` that is no candidate is added.
    """
    pair = ["left_id", "right_id"]
    bound = decisions.join(constraints, on=pair, how="left", maintain_order="left")
    kept = bound.filter(pl.col("same").fill_null(True)).with_columns(
        decision=pl.when("same").then(pl.lit("link")).otherwise("decision"),
        tier=pl.when("same").then(pl.lit(VERDICT_TIER)).otherwise("tier"),
    )
    added = (
        constraints.filter("same")
        .join(decisions, on=pair, how="anti")
        .select(
            *pair,
            decision=pl.lit("link"),
            tier=pl.lit(VERDICT_TIER),
            match_weight=pl.lit(None, pl.Float64),
            match_probability=pl.lit(1.0),
            evidence=pl.lit(None, frames.DECISIONS["evidence"]),
        )
    )
    return pl.concat([kept.select(*frames.DECISIONS), added.select(*frames.DECISIONS)])


def one_person(
    rows: pl.DataFrame, earlier: Earlier, sightings: pl.DataFrame, origins: pl.DataFrame
) -> pl.DataFrame:
    """Return CONSTRAINTS of rows that are one person by a verdict on their cases.

    `rows` are source RECORDS with `person_key`; `sightings` are all SIGHTINGS, `origins` ORIGINS.
    A verdict binds only rows that are written as the case was, a starred number in any list. Where
    more rows are written alike than there were cases, it binds none of them.
    """
    merged = sightings.join(origins, on="sighting_id", how="semi").select("case_id").unique()
    if merged.is_empty():
        return frames.empty(CONSTRAINTS)
    before = (
        sightings.join(merged, on="case_id", how="semi")
        .join(origins, on="sighting_id", how="left")
        .with_columns(pl.coalesce("origin", "case_id").alias("origin"))
    )
    linked = (
        earlier.links()
        .join(sightings.select("sighting_id", left_id=earlier_id()), on="left_id")
        .join(rows.select("person_key", right_id="record_id"), on="right_id")
    )
    origin = ["case_id", "person_key", "origin"]
    by_links = linked.join(before, on=["sighting_id", "case_id"]).select(origin)
    by_writing, starred = (
        found.join(linked, on="person_key", how="anti").select(origin)
        for found in (
            _written_again(rows, before, sightings),
            _starred_again(rows, before, sightings),
        )
    )
    members = pl.concat(
        each.with_columns(how=pl.lit(how))
        for how, each in ((_LINKED, by_links), (_STARRED, starred), (_WRITTEN, by_writing))
    ).unique()
    first = dict(rows.group_by("person_key").agg(pl.col("record_id").min()).iter_rows())
    pairs = [sorted((first[one], first[other])) for one, other in _same_people(members)]
    return pl.DataFrame(
        [(left, right, True) for left, right in pairs], schema=dict(CONSTRAINTS), orient="row"
    )


def _written_again(
    rows: pl.DataFrame, before: pl.DataFrame, sightings: pl.DataFrame
) -> pl.DataFrame:
    """People who are written as a case was, and no other case: `case_id`, `person_key`, `origin`.

    Where several are written alike, they are paired in their order.
    """
    theirs = written(before).join(of_one(written(sightings), "case_id"), on="writing", how="semi")
    then, now = (
        numbered_alike(theirs, "case_id", "origin"),
        numbered_alike(written(rows), "person_key"),
    )
    return (
        now.join(then, on=["writing", "place"], suffix="_then")
        .filter(pl.col("of") <= pl.col("of_then"))
        .select("case_id", "person_key", "origin")
    )


def _starred_again(
    rows: pl.DataFrame, before: pl.DataFrame, sightings: pl.DataFrame
) -> pl.DataFrame:
    """People whom another list writes as a case was: the name, the village, and a starred number.

    No other case and no other person is written so. Columns as in `_written_again`.
    """
    alike = ["name_key", "village_code", "id_pattern"]

    def single(frame: pl.DataFrame, key: str) -> pl.DataFrame:
        starred = frame.filter(shows_number(), pl.col("id_number").is_null()).drop_nulls(alike)
        return starred.filter(pl.col(key).n_unique().over(alike) == 1)

    theirs = single(sightings, "case_id").select(alike).unique()
    now = single(rows, "person_key").select("person_key", *alike).unique()
    return (
        before.join(theirs, on=alike, how="semi")
        .join(now, on=alike)
        .select("case_id", "person_key", "origin")
        .unique()
    )


def _same_people(members: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """People who are one, each with the first of their case.

    `members` has `case_id`, `person_key`, `origin` (the case before it was merged), and `how` they
    were found: by links, by a starred number, by the writing of the list, the surest first. No
    verdict binds two people who were one case before the merge, unless a starred number does.
    """
    people: dict[int, dict[str, set[int]]] = {}
    starred: set[str] = set()
    ordered = members.sort("case_id", "how", "person_key", "origin")
    for case_id, person, origin, how in ordered.iter_rows():
        people.setdefault(case_id, {}).setdefault(person, set()).add(origin)
        starred |= {person} if how == _STARRED else set()
    for of_case in people.values():
        (first, covered), *others = of_case.items()
        for person, origins in others:
            if person in starred or covered.isdisjoint(origins):
                covered = covered | origins
                yield first, person


def best_of_pairs(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Return DECISIONS of all parts, each pair once: a link goes before a review."""
    every = pl.concat(parts)
    return (
        every.with_row_index("_row")
        .sort(pl.col("decision") != "link", "_row")
        .unique(["left_id", "right_id"], keep="first", maintain_order=True)
        .sort("_row")
        .select(*frames.DECISIONS)
    )
