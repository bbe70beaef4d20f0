"""The first candidate beside a person on the sheet, about whom 是否同一人 asks.

A candidate is somebody on a roll or exclusion who may be the person, else another case that may be
the same person; as JSON in `sheet_row.candidate`, so that an answer can be held against it.

Linked people whom the sheets ask to be checked: a few a month, drawn at random.

What villages find out about them is how often a link is right (`quality`). They are no cases of the
campaign: nobody counts them, and the roll covers them as before, unless somebody says it is another
person. The draw is a digest of month and rows: the same lists give the same people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.events import Event, NewCase, Place
from loubao.ledger.case_file import Numbering
from loubao.ledger.verdicts import case_key, row_key
from loubao.rules import Rules
from loubao.screening.annotations import doubles, first_candidates
from loubao.screening.cases import Found

#: kind, other (what a judgement calls it), list, tier, evidence, probability
Candidate: TypeAlias = dict[str, Any]


def candidates(
    rows: pl.DataFrame,
    case_ids: Mapping[str, int],
    earlier: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
) -> dict[str, Candidate]:
    """Return the first candidate of each person, where there is one, by `person_key`.

    `rows` are source RECORDS with `person_key` and `case_no` (null of whom is not sent out);
    `case_ids` are the cases by number; `earlier` are CASE_ROW of people known from before.
    """
    numbers = rows.select("record_id", "person_key", "case_no", standing=pl.lit(None, pl.String))
    of_cases = _among_cases(pl.concat([numbers, earlier]), case_ids, decisions)
    return of_cases | _on_rolls(rows, records, decisions)


def _on_rolls(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame
) -> dict[str, Candidate]:
    """Those on rolls and exclusions."""
    first = first_candidates(rows, records, decisions)
    others = {
        row["record_id"]: row
        for row in records.join(
            first.select(record_id="right_id"), on="record_id", how="semi"
        ).iter_rows(named=True)
    }
    return {
        pair["person_key"]: candidate(
            "roll", row_key(others[pair["right_id"]]), others[pair["right_id"]]["list"], pair
        )
        for pair in first.iter_rows(named=True)
    }


def _among_cases(
    rows: pl.DataFrame, case_ids: Mapping[str, int], decisions: pl.DataFrame
) -> dict[str, Candidate]:
    """Other cases; `rows` are CASE_ROW."""
    first = doubles(rows, decisions).unique("person_key", keep="first", maintain_order=True)
    return {
        pair["person_key"]: candidate("case", case_key(case_ids[pair["case_no"]]), None, pair)
        for pair in first.iter_rows(named=True)
    }


def candidate(
    kind: Literal["roll", "case"], other: str, name: str | None, pair: Mapping[str, Any]
) -> Candidate:
    """Return a candidate; `pair` has `tier`, `evidence`, `match_probability`."""
    return {
        "kind": kind,
        "other": other,
        "list": name,
        "tier": pair["tier"],
        "evidence": pair["evidence"],
        "probability": pair["match_probability"],
    }


@dataclass(frozen=True)
class Sample:
    """The people drawn: `cases` as `screening.present` wants them, and what the ledger gets."""

    cases: pl.DataFrame
    case_ids: dict[str, int]
    candidates: dict[str, Candidate]
    opened: tuple[NewCase, ...]
    events: tuple[Event, ...]
    places: tuple[Place, ...]


def drawn(
    found: Found,
    decisions: pl.DataFrame,
    records: pl.DataFrame,
    known: Mapping[str, int],
    month: str,
    count: int,
) -> pl.DataFrame:
    """Return `count` people whom a link alone keeps off the sheets, with the pair that does.

    `person_key`, `left_id`, `right_id`, `tier`, `evidence`, `match_probability`, `key` (what tells
    the pair again in another run of the month). Who has a case (`known`) is not drawn.
    """
    covered = (
        found.outcomes.group_by("person_key")
        .agg(every=(pl.col("outcome") == "covered").all())
        .filter(pl.col("every") & ~pl.col("person_key").is_in(list(known)))
    )
    on_roll = records.filter((pl.col("role") == "roll") & pl.col("qualifies"))
    pairs = (
        decisions.filter((pl.col("decision") == "link") & pl.col("match_weight").is_not_null())
        .join(found.rows.select("person_key", left_id="record_id"), on="left_id")
        .join(covered, on="person_key", how="semi")
        .join(on_roll.select(right_id="record_id"), on="right_id", how="semi")
        .sort("person_key", "left_id", "right_id")
        .unique("person_key", keep="first", maintain_order=True)
    )
    keys = {
        row["record_id"]: row_key(row)
        for row in records.join(
            pl.concat([pairs["left_id"], pairs["right_id"]]).unique().to_frame("record_id"),
            on="record_id",
            how="semi",
        ).iter_rows(named=True)
    }
    told = [
        hashlib.sha256(f"{month}{keys[left]}{keys[right]}".encode()).hexdigest()
        for left, right in pairs.select("left_id", "right_id").iter_rows()
    ]
    return (
        pairs.with_columns(key=pl.Series(told, dtype=pl.String))
        .sort("key", "person_key")
        .head(count)
        .select("person_key", "left_id", "right_id", "tier", "evidence", "match_probability", "key")
    )


def sample(
    people: pl.DataFrame,
    found: Found,
    records: pl.DataFrame,
    before: Mapping[str, tuple[int, str]],
    numbering: Numbering,
    rules: Rules,
    on: str,
) -> Sample:
    """Give the people `drawn` numbers and lines.

    `before` are the cases that an earlier run of the month opened for them, by key: id and number;
    `numbering` gives out the numbers.
    """
    words = rules.screening.follow_up.news.sample
    rows = found.rows.join(people.select("person_key"), on="person_key", how="semi")
    homes = {
        row["person_key"]: row
        for row in rows.group_by("person_key", maintain_order=True)
        .agg(
            record_ids=pl.col("record_id").unique().sort(),
            lists=pl.col("list").unique().sort(),
            town=pl.col("town").drop_nulls().first(),
            village=pl.col("village").drop_nulls().first(),
            village_code=pl.col("village_code").drop_nulls().first(),
        )
        .iter_rows(named=True)
    }
    others = {
        row["record_id"]: row
        for row in records.join(
            people.select(record_id="right_id"), on="record_id", how="semi"
        ).iter_rows(named=True)
    }
    cases, ids, candidates = [], {}, {}
    opened: list[NewCase] = []
    events: list[Event] = []
    places: list[Place] = []
    unknown = rules.sheets.unknown
    for person in people.iter_rows(named=True):
        name, home = person["person_key"], homes[person["person_key"]]
        if person["key"] in before:
            case_id, case_no = before[person["key"]]
        else:
            new = replace(numbering.opened(None, int(on[:4])), kind="sample")
            case_id, case_no = new.case_id, new.case_no
            opened.append(new)
            detail = {"lists": home["lists"], "sample": person["key"]}
            events.append(Event(case_id, "opened", on, detail))
        places.append(
            Place(
                case_id,
                home["town"] or unknown.town,
                home["village"] or unknown.village,
                home["village_code"] or "",
                f"S{case_id:07}",
                tuple(home["lists"]),
            )
        )
        ids[name] = case_id
        other = others[person["right_id"]]
        candidates[name] = candidate("roll", row_key(other), other["list"], person)
        cases.append(
            {
                **home,
                "case_no": case_no,
                "status": "review",
                "reason": words,
                "household": name,
                "candidate_ids": [person["right_id"]],
                "news": words,
            }
        )
    schema = {**frames.CASES, "news": pl.String}
    return Sample(
        pl.DataFrame(cases, schema=schema),
        ids,
        candidates,
        tuple(opened),
        tuple(events),
        tuple(places),
    )


def with_rows(found: Found, people: pl.DataFrame) -> Found:
    """Return `found` so that the people drawn can be presented too."""
    rows = found.rows.join(people.select("person_key"), on="person_key", how="semi")
    return replace(found, case_rows=pl.concat([found.case_rows, rows], how="diagonal"))
