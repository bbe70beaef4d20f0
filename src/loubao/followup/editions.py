"""The sheets of a month against those that went out before: which are new editions of theirs."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core.events import Edition, Event, SheetRow
from loubao.followup.known import Known
from loubao.ledger.status import CLOSED
from loubao.rules.screening import FollowUp
from loubao.screening.sheet_lines import Issue, Village

#: The candidate beside each case, by person (see `events.SheetRow`).
Candidates = Mapping[str, Mapping[str, Any]]


def editions(
    villages: Sequence[Village],
    case_ids: Mapping[str, int],
    candidates: Candidates,
    in_force: Mapping[tuple[str, str], Edition],
    before: Mapping[int, Mapping[int, Mapping[str, Any]]],
    next_id: int,
    known: Known,
    day: dt.date,
    policy: FollowUp,
) -> tuple[list[Edition], dict[tuple[str, str], Issue]]:
    """Return the editions to issue on a day, and what each village's workbook says of its own.

    `in_force` are EDITIONS of the month, `before` their lines: `shown` by edition and case. A sheet
    that says what the one before it said is that one again; of those who are `kept` it says the
    same, however their case goes on. A village that has nobody any more gets an edition without
    lines, which takes back the one before.
    """
    issued: list[Edition] = []
    issues: dict[tuple[str, str], Issue] = {}
    empty = [
        Village(town, place, edition.village_code, (), ())
        for (town, place), edition in in_force.items()
    ]
    here = {(village.town, village.place) for village in villages}
    for village in (*villages, *(e for e in empty if (e.town, e.place) not in here)):
        place = (village.town, village.place)
        rows = _rows(village, case_ids, candidates)
        digest = _digest((row.case_id, row.shown) for row in rows)
        last = in_force.get(place)
        lines = before.get(last.edition_id, {}) if last else {}
        if last is not None and _stands(rows, last.digest, lines, known.kept):
            issues[place] = Issue(last.key, _note(last.number, last.changes, policy))
            continue
        changes = _changes(rows, lines) if last else {}
        edition = Edition(
            edition_id=next_id + len(issued),
            month=known.month,
            town=village.town,
            village=village.place,
            village_code=village.code,
            number=last.number + 1 if last else 1,
            issued_on=day.isoformat(),
            due_on=policy.due(day).isoformat(),
            digest=digest,
            changes=changes,
            rows=rows,
        )
        issued.append(edition)
        issues[place] = Issue(edition.key, _note(edition.number, changes, policy))
    return issued, issues


def issued_events(editions: Sequence[Edition], known: Known) -> list[Event]:
    """Return an event for each line of each edition, but for cases that are closed by an answer."""
    kept = known.cases.filter(pl.col("case_id").is_in(known.kept) & pl.col("status").is_in(CLOSED))
    closed = {*kept["case_id"]}
    return [
        Event(row.case_id, "issued", edition.issued_on, {}, edition_id=edition.edition_id)
        for edition in editions
        for row in edition.rows
        if row.case_id not in closed
    ]


def _rows(
    village: Village, case_ids: Mapping[str, int], candidates: Candidates
) -> tuple[SheetRow, ...]:
    rows = []
    for person, cells in zip(village.people, village.cells, strict=True):
        shown = {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in person.items()
            if name not in {"person_key", "household"} and not name.startswith("_")
        }
        rows.append(
            SheetRow(
                case_id=case_ids[person["person_key"]],
                shown={**shown, "cells": {key: _text(value) for key, value in cells.items()}},
                candidate=candidates.get(person["person_key"]),
            )
        )
    return tuple(rows)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _stands(
    rows: Sequence[SheetRow],
    digest: str,
    lines: Mapping[int, Mapping[str, Any]],
    kept: Collection[int],
) -> bool:
    """Whether the sheet that is out, with its `lines` and `digest`, stands for these rows.

    Those who are `kept` say there what they said, also where they are on no sheet any more.
    """
    now = {row.case_id: row.shown for row in rows}
    said = {case: line if case in kept else now.get(case) for case, line in lines.items()}
    told = [(case, line) for case, line in said.items() if line is not None]
    return now.keys() <= lines.keys() and len(told) == len(lines) and _digest(told) == digest


def _digest(told: Iterable[tuple[int, Mapping[str, Any]]]) -> str:
    """SHA-256 of what the lines say of each case, in their order."""
    lines = [[case, line["cells"]] for case, line in told]
    text = json.dumps(lines, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(rows: Sequence[SheetRow], before: Mapping[int, Mapping[str, Any]]) -> dict[str, int]:
    """How many lines are added, removed, and said otherwise."""
    now = {row.case_id: row.shown["cells"] for row in rows}
    return {
        "added": len(now.keys() - before.keys()),
        "removed": len(before.keys() - now.keys()),
        "changed": sum(before[case]["cells"] != now[case] for case in now.keys() & before.keys()),
    }


def _note(number: int, changes: Mapping[str, int], policy: FollowUp) -> str:
    """What a later edition says of itself; the first one says nothing."""
    if number == 1:
        return ""
    return policy.news.edition.format(number=number, before=number - 1, **changes)
