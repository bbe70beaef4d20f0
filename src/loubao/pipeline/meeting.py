"""The month meets the ledger: who of its people is known from before, and who is carried along."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from loubao.casework import judgements, recognition
from loubao.casework.known import Known, carried, decisions_of_carried
from loubao.casework.one_person import said_to_be_one
from loubao.casework.recognition import Recognised
from loubao.linkage import persons
from loubao.pipeline.brought_forward import Before
from loubao.pipeline.recognising import (
    kept_apart,
    met_again,
    recognised,
    sampled_before,
)
from loubao.rules import Rules


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
    known_rows = recognition.known_rows(before_month)
    met = met_again(known_rows, records, rules)
    apart = judgements.judged_apart(ledger.judged, ledger.owners)
    decisions = kept_apart(decisions, met, known_rows, apart)
    rows = _of_persons(records, decisions)
    said = said_to_be_one(rows, met, known.sightings, ledger.origins)
    if said.height:
        decisions = judgements.as_said(decisions, said)
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
        judged=judgements.apply(pl.concat([decisions, theirs]), ledger.judged, owned, records),
    )


def _of_persons(records: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Source RECORDS with the `person_key` that the links come to."""
    return persons(records, decisions).join(records, on="record_id", maintain_order="left")
