"""Pairs that a sheet asks about: the first candidate of each person, and a sample of links.

A candidate is somebody on a roll or exclusion who may be the person; without one, another name that
lists write under the person's number, or another case that may be the same person. The ledger keeps
it as JSON in `sheet_row.candidate`, and the answer (是否同一人) is compared with it.

The sample is a few linked people a month, drawn at random. Villages check whether the links are
right (`supervision.quality`). The people drawn are no cases of the campaign: they are not counted,
and the roll covers them as before, unless a village answers that it is another person. The draw is
a digest of the month and the rows, so the same lists give the same people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import Event, NewCase, Place
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.dispositions import Decided
from loubao.followup.people import People
from loubao.ledger.case_file import place_of
from loubao.ledger.status import case_key, name_other, row_key
from loubao.rules import REGISTER
from loubao.rules.folder import Rules
from loubao.screening.annotations import doubles
from loubao.screening.candidates import Asked, asked, asked_of_names, asked_of_rows
from loubao.screening.candidates import candidates as on_lists
from loubao.screening.cases import Found


def candidates(
    found: Found,
    people: People,
    month: Decided,
    brought: BroughtForward,
    earlier: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
) -> dict[str, Asked]:
    """Return the first candidate of each person who has one, by `person_key`.

    `earlier` are CASE_ROW of people of earlier months, `decisions` DECISIONS on them too.
    """
    sent = month.cases.select("person_key", "case_no")
    rows = found.rows.join(sent, on="person_key", maintain_order="left")
    case_ids = {case.case_no: case.case_id for case in month.opened}
    case_ids |= dict(brought.cases.select("case_no", "case_id").iter_rows())
    case_ids |= {case_no: case_id for case_id, case_no in people.void.values()}
    numbers = rows.select("record_id", "person_key", "case_no", standing=pl.lit(None, pl.String))
    of_cases = doubles(pl.concat([numbers, earlier]), decisions)
    on_rolls = on_lists(rows, people.records, decisions, rules).unique(
        "person_key", keep="first", maintain_order=True
    )
    others = _by_id(people.records, on_rolls["right_ids"].explode())
    first: dict[str, Asked] = {}
    for pair in of_cases.unique("person_key", keep="first", maintain_order=True).to_dicts():
        first[pair["person_key"]] = asked("case", case_key(case_ids[pair["case_no"]]), pair)
    for person, names in month.asked.items():
        first[person] = asked_of_names(name_other(each.id_number, each.name_key) for each in names)
    for pair in on_rolls.iter_rows(named=True):
        first[pair["person_key"]] = asked_of_rows(pair, others)
    return first


def _by_id(records: pl.DataFrame, ids: pl.Series) -> dict[int, dict[str, Any]]:
    """The records of some ids."""
    wanted = ids.unique().to_frame("record_id")
    found = records.join(wanted, on="record_id", how="semi")
    return {row["record_id"]: row for row in found.iter_rows(named=True)}


@dataclass(frozen=True)
class Sample:
    """The people drawn.

    cases       CASES with `news`, as `screening.present` takes them
    case_ids    `person_key` → case
    candidates  `person_key` → the roll's row that the person is linked to
    opened, events, places: the posting for the ledger
    """

    cases: pl.DataFrame
    case_ids: dict[str, int]
    candidates: dict[str, Asked]
    opened: tuple[NewCase, ...]
    events: tuple[Event, ...]
    places: tuple[Place, ...]


def sample(
    found: Found,
    people: People,
    month: Decided,
    brought: BroughtForward,
    rules: Rules,
    as_of: date,
) -> Sample:
    """Draw people, and give them numbers and lines.

    A late month draws no new people, and keeps those that its sheets ask about.
    """
    count = found.rows.height if brought.late else rules.screening.follow_up.sample
    drawn = draw(found, people, month.case_ids, brought.month, count)
    if brought.late:
        drawn = drawn.filter(pl.col("key").is_in(list(brought.samples)))
    homes = _homes(found.rows.join(drawn.select("person_key"), on="person_key", how="semi"))
    others = _by_id(people.records, drawn["right_id"])
    words = rules.screening.follow_up.news.sample
    unknown = rules.sheets.unknown
    case_ids: dict[str, int] = {}
    candidates: dict[str, Asked] = {}
    cases: list[dict[str, Any]] = []
    opened: list[NewCase] = []
    events: list[Event] = []
    places: list[Place] = []
    for pair in drawn.iter_rows(named=True):
        person, other = pair["person_key"], others[pair["right_id"]]
        home = homes[person]
        case_id, case_no, void = brought.samples.get(pair["key"], (0, "", True))
        if not case_id:
            new = replace(month.numbering.opened(None, as_of.year), kind="sample")
            case_id, case_no = new.case_id, new.case_no
            opened.append(new)
        if void:
            detail = {"lists": home["lists"], "sample": pair["key"]}
            events.append(Event(case_id, "opened", as_of.isoformat(), detail))
        places.append(place_of(case_id, home, f"S{case_id:07}", home["lists"], unknown))
        case_ids[person] = case_id
        candidates[person] = asked("roll", row_key(other), pair, other["list"])
        line = {"case_no": case_no, "status": "review", "reason": words, "news": words}
        ids = {"household": person, "candidate_ids": [pair["right_id"]]}
        cases.append({**home, **line, **ids})
    schema = {**frames.CASES, "news": pl.String}
    frame = pl.DataFrame(cases, schema=schema)
    return Sample(frame, case_ids, candidates, tuple(opened), tuple(events), tuple(places))


def draw(
    found: Found, people: People, case_ids: Iterable[str], month: str, count: int
) -> pl.DataFrame:
    """Return `count` people who are off the sheets only because of a link, with that pair.

    `person_key`, `left_id`, `right_id`, `tier`, `evidence`, `match_probability`, `key` (the same in
    another run of the month). A person who has a case (`case_ids`) is not drawn.
    """
    covered = (
        found.outcomes.group_by("person_key")
        .agg(every=(pl.col("outcome") == "covered").all())
        .filter(pl.col("every") & ~pl.col("person_key").is_in(list(case_ids)))
    )
    is_roll = (pl.col("role") == "roll") & (pl.col("list") != REGISTER)
    on_roll = people.records.filter(is_roll & pl.col("qualifies"))
    links = people.decisions.filter(
        (pl.col("decision") == "link") & pl.col("match_weight").is_not_null()
    )
    pairs = (
        links.join(found.rows.select("person_key", left_id="record_id"), on="left_id")
        .join(covered, on="person_key", how="semi")
        .join(on_roll.select(right_id="record_id"), on="right_id", how="semi")
        .sort("person_key", "left_id", "right_id")
        .unique("person_key", keep="first", maintain_order=True)
    )
    rows = _by_id(people.records, pl.concat([pairs["left_id"], pairs["right_id"]]))
    keys = {record_id: row_key(row) for record_id, row in rows.items()}
    texts = [
        f"{month}{keys[left]}{keys[right]}"
        for left, right in pairs.select("left_id", "right_id").iter_rows()
    ]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    return (
        pairs.with_columns(key=pl.Series(digests, dtype=pl.String))
        .sort("key", "person_key")
        .head(count)
        .select("person_key", "left_id", "right_id", "tier", "evidence", "match_probability", "key")
    )


def _homes(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Records, lists and place of each person of `rows`."""
    homes = rows.group_by("person_key", maintain_order=True).agg(
        record_ids=pl.col("record_id").unique().sort(),
        lists=pl.col("list").unique().sort(),
        town=pl.col("town").drop_nulls().first(),
        village=pl.col("village").drop_nulls().first(),
        village_code=pl.col("village_code").drop_nulls().first(),
    )
    return {row["person_key"]: row for row in homes.iter_rows(named=True)}
