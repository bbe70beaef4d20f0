"""Who of the month is known from before: the engine asked, and asked again.

The month meets the ledger: who of its people is known from before, and who is carried along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from loubao.core import frames
from loubao.followup import constraints, identification
from loubao.followup.brought_forward import Before
from loubao.followup.dispositions import statuses_in_words
from loubao.followup.identification import Recognised
from loubao.followup.known import Known, carried, decisions_of_carried
from loubao.followup.merged_cases import said_to_be_one
from loubao.linkage import link_tables, persons, recognise
from loubao.rules import Rules
from loubao.screening.annotations import CASE_ROW


def met_again(known_rows: pl.DataFrame, records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """DECISIONS of people known from before with the month's records."""
    if known_rows.is_empty():
        return frames.empty(frames.DECISIONS)
    return recognise(known_rows, records, rules.matching).decisions


def kept_apart(
    decisions: pl.DataFrame,
    met: pl.DataFrame,
    known_rows: pl.DataFrame,
    apart: Sequence[tuple[int, int]],
) -> pl.DataFrame:
    """The month's decisions without links of rows whose cases were judged different people."""
    if not apart:
        return decisions
    cases = (
        met.filter(pl.col("decision") == "link")
        .join(known_rows.select("case_id", left_id="record_id"), on="left_id")
        .select("case_id", record_id="right_id")
        .unique()
    )
    both = [*apart, *((other, one) for one, other in apart)]
    pairs = (
        pl.DataFrame(both, schema={"case_id": pl.Int64, "other": pl.Int64}, orient="row")
        .join(cases.rename({"record_id": "left_id"}), on="case_id")
        .join(cases.rename({"record_id": "right_id", "case_id": "other"}), on="other")
        .select("left_id", "right_id")
    )
    return decisions.join(pairs, on=["left_id", "right_id"], how="anti", maintain_order="left")


def recognised(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    met: pl.DataFrame,
    known_rows: pl.DataFrame,
    ledger: Before,
    apart: Sequence[tuple[int, int]],
    rules: Rules,
) -> identification.Recognised:
    """Which case each person is.

    `rows` are the source RECORDS of the people with `person_key`; `met` are DECISIONS of
    `known_rows` with `records`.
    """
    known = ledger.known
    people = rows.select("record_id", "person_key")
    who = identification.by_number(met, known_rows, people, known.cases, apart)
    if known.late:  # what later months found out takes nobody's case away, and merges none
        nobody = identification.Recognised(who.owners.clear(), ())
        again = identification.by_rows(rows, ledger.met, known.cases, nobody)
        who = identification.joined(identification.joined(nobody, again), who.owners)
    else:
        who = identification.joined(who, identification.by_rows(rows, ledger.met, known.cases, who))
    before_month = known.sightings.filter(pl.col("month").ne_missing(known.month))
    who = _by_particulars(who, rows, known_rows, before_month, known.cases, rules)
    return _opened_already(who, rows, records, known, apart, rules)


def _by_particulars(
    who: identification.Recognised,
    rows: pl.DataFrame,
    known_rows: pl.DataFrame,
    sightings: pl.DataFrame,
    cases: pl.DataFrame,
    rules: Rules,
) -> identification.Recognised:
    """The same, and who of the others is an open case by all that is written of them."""
    who = identification.joined(who, identification.by_writing(rows, sightings, cases, who))
    left, right = identification.unrecognised(rows, known_rows, cases, who)
    if left.is_empty() or right.is_empty():
        return who
    linked = link_tables(left, [_linkable(right)], rules.matching)
    return identification.joined(who, identification.by_weight(linked.decisions, left, right))


def _opened_already(
    who: identification.Recognised,
    rows: pl.DataFrame,
    records: pl.DataFrame,
    known: Known,
    apart: Sequence[tuple[int, int]],
    rules: Rules,
) -> identification.Recognised:
    """The same, and which of the cases that an earlier run of the month opened the others are,
    where a row is written otherwise by now.

    Those are known by what the month's lists say, and by nothing else: so a month that is run again
    on the same files comes to the same.
    """
    opened = known.cases.filter(pl.col("opened_month") == known.month)
    unseen = known.sightings.filter(
        (pl.col("month") == known.month) & pl.col("case_id").is_in(opened["case_id"].implode())
    ).join(who.owners, on="case_id", how="anti")
    others = rows.join(who.owners, on="person_key", how="anti")
    if unseen.is_empty() or others.is_empty():
        return who
    seen = identification.known_rows(unseen)
    of_others = records.join(others.select("record_id"), on="record_id", how="semi")
    met = met_again(seen, of_others, rules)
    people = others.select("record_id", "person_key")
    again = identification.by_number(met, seen, people, opened, apart)
    again = _by_particulars(again, others, seen, unseen, opened, rules)
    return identification.joined(who, again.owners)


def sampled_before(
    met: pl.DataFrame, known_rows: pl.DataFrame, people: pl.DataFrame, cases: pl.DataFrame
) -> pl.DataFrame:
    """Return `record_id`, `case_id` of people whose links were checked in months before.

    They have no case that is seen to, but what a village said of the link holds.
    """
    checked = cases.filter(pl.col("kind") == "sample").select("case_id")
    return (
        met.filter(pl.col("decision") == "link")
        .join(known_rows.select("case_id", left_id="record_id"), on="left_id")
        .join(checked, on="case_id", how="semi")
        .join(people.select("record_id"), left_on="right_id", right_on="record_id", how="semi")
        .select(record_id="right_id", case_id="case_id")
        .unique()
        .sort("record_id", "case_id")
    )


def doubtful(
    met: pl.DataFrame,
    known_rows: pl.DataFrame,
    owned: pl.DataFrame,
    apart: Sequence[tuple[int, int]],
) -> pl.DataFrame:
    """Pairs of known people with the month's source rows, all for review: who is it?

    But for those whom somebody has judged to be different people.
    """
    both = [*apart, *((other, one) for one, other in apart)]
    judged = pl.DataFrame(both, schema={"case_id": pl.Int64, "other": pl.Int64}, orient="row")
    pairs = (
        judged.join(known_rows.select("case_id", left_id="record_id"), on="case_id")
        .join(owned.select(other="case_id", right_id="record_id"), on="other")
        .select("left_id", "right_id")
    )
    return (
        met.join(pairs, on=["left_id", "right_id"], how="anti", maintain_order="left")
        .with_columns(decision=pl.lit("review"))
        .select(*frames.DECISIONS)
    )


def earlier_rows(
    known: Known,
    known_rows: pl.DataFrame,
    case_ids: Mapping[str, int],
    rules: Rules,
) -> pl.DataFrame:
    """CASE_ROW of everybody known: as this month's person, or as a case of before."""
    here = identification.owners_frame(case_ids)
    words = statuses_in_words(known.cases, rules.screening.follow_up)
    return (
        known_rows.select("record_id", "case_id")
        .join(words, on="case_id")
        .join(here, on="case_id", how="left")
        .with_columns(
            standing=pl.when(pl.col("person_key").is_null()).then("standing"),
            person_key=pl.coalesce(
                "person_key", pl.format("C{}", pl.col("case_id").cast(pl.String))
            ),
        )
        .select(*CASE_ROW)
    )


def _linkable(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col(column) if column in rows.columns else pl.lit(None, dtype).alias(column)
        for column, dtype in frames.LINKABLE.items()
    )


@dataclass(frozen=True)
class Met:
    """The month's people met with those whom the ledger knows (`known`: leads alone).

    `rows`: source RECORDS with `person_key`; `who`: which case each is; `carried`: the case of each
    person who is carried along, and with them `records` and `everybody` (`record_id`,
    `person_key`). `known_rows`: people of before; `decisions`: their DECISIONS with the month;
    `owned`: `record_id`, `case_id`; `apart`: cases judged different people; `judged`: all DECISIONS
    on the month's people and those carried, as people judged them.
    """

    known: Known
    rows: pl.DataFrame
    who: Recognised
    carried: dict[str, int]
    records: pl.DataFrame
    everybody: pl.DataFrame
    known_rows: pl.DataFrame
    decisions: pl.DataFrame
    owned: pl.DataFrame
    apart: list[tuple[int, int]]
    judged: pl.DataFrame


def meet(records: pl.DataFrame, decisions: pl.DataFrame, ledger: Before, rules: Rules) -> Met:
    """Find out who of the month is known, and whom to carry along.

    `records` and `decisions` are the month's.
    """
    everyone = ledger.known
    known = replace(everyone, cases=everyone.cases.filter(pl.col("kind") == "lead"))
    before_month = known.sightings.filter(pl.col("month").ne_missing(known.month))
    known_rows = identification.known_rows(before_month)
    met = met_again(known_rows, records, rules)
    apart = constraints.judged_apart(ledger.judged, ledger.owners)
    decisions = kept_apart(decisions, met, known_rows, apart)
    rows = _of_persons(records, decisions)
    said = said_to_be_one(rows, met, known.sightings, ledger.origins)
    if said.height:
        decisions = constraints.as_said(decisions, said)
        rows = _of_persons(records, decisions)
    people = rows.select("record_id", "person_key")
    leads = replace(ledger, known=known)
    who = recognised(rows, records, met, known_rows, leads, apart, rules)
    waiting = carried(known, who, dict(records.schema))
    theirs = decisions_of_carried(met, known_rows, waiting, records)
    owned = pl.concat(
        [
            people.join(who.owners, on="person_key").select("record_id", "case_id"),
            waiting.select("record_id", "case_id"),
            sampled_before(met, known_rows, people, everyone.cases),
        ]
    )
    return Met(
        known=known,
        rows=rows,
        who=who,
        carried=dict(waiting.select("person_key", "case_id").iter_rows()),
        records=pl.concat([records, waiting.drop("case_id", "person_key")]),
        everybody=pl.concat([people, waiting.select("record_id", "person_key")]),
        known_rows=known_rows,
        decisions=met,
        owned=owned,
        apart=apart,
        judged=constraints.apply(pl.concat([decisions, theirs]), ledger.judged, owned, records),
    )


def _of_persons(records: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Source RECORDS with the `person_key` that the links come to."""
    return persons(records, decisions).join(records, on="record_id", maintain_order="left")
