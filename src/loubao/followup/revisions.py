"""The sheets of a month: the lines of each village, and which sheets go out as a new edition.

A sheet equal to the edition in force is that edition again. Any other sheet is a new edition, which
supersedes it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core.events import Edition, Event, SheetRow
from loubao.core.forms import Value
from loubao.core.notation import as_printed
from loubao.followup.brought_forward import BroughtForward
from loubao.layout import paper
from loubao.ledger.status import CLOSED
from loubao.rules.screening import FollowUp
from loubao.rules.sheet_columns import SheetColumn
from loubao.rules.wording import Wording
from loubao.screening.addresses import in_order

#: The candidate beside each case, by person (see `events.SheetRow`).
Candidates = Mapping[str, Mapping[str, Any]]
_LISTS = ("clues", "benefits", "doubts")
#: Of a person's line, no part of what the ledger keeps.
_NOT_SHOWN = frozenset({"person_key", "household", "stated", "asks"})


@dataclass(frozen=True)
class Village:
    """The people of one sheet: lines of DETAILS, and beside each what its shown cells hold."""

    town: str
    place: str
    code: str
    people: tuple[dict[str, Any], ...]
    cells: tuple[dict[str, Value], ...]


@dataclass(frozen=True)
class Issue:
    """The edition as the printed sheet names it: the key on its lines, what is new in it, the last
    day to hand it in, the day it was issued on (None without a ledger).
    """

    key: str
    note: str
    due: dt.date | None = None
    issued_on: dt.date | None = None


def villages(details: pl.DataFrame, sheets: Wording) -> list[Village]:
    """Return the sheets of `details` (`screening.DETAILS`), in their order.

    A village gets its own rows only; people whose village could not be found share one
    sheet a town. On a sheet people stand by group and house, a household together.
    """
    shown = details.with_columns(
        pl.col("town").fill_null(sheets.unknown.town),
        id_number=as_printed(details["id_number"], sheets.id_number),
        _place=pl.col("village").fill_null(sheets.unknown.village),
    )
    columns = [column for column in sheets.village.columns if not column.kind]
    # looked up once: the cells of a district are a million
    numbering, leads = sheets.village.numbering, dict(sheets.village.lead)
    found = []
    for people in shown.partition_by(["town", "_place"], maintain_order=True):
        rows = _by_house(people.rows(named=True))
        cells = tuple(
            {column.key: _cell(person, column, numbering, leads) for column in columns}
            for person in rows
        )
        first = rows[0]
        code = first["village_code"] or ""
        found.append(Village(first["town"], first["_place"], code, tuple(rows), cells))
    return found


def _by_house(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order people by group and house; a household stands where the first of its people does."""
    homes = [(in_order(person["group"]), in_order(person["address"])) for person in people]
    first: dict[str, tuple[Any, int]] = {}
    for i, (person, home) in enumerate(zip(people, homes, strict=True)):
        key = person["household"] or person["person_key"]
        first[key] = min(first.get(key, (home, i)), (home, i))
    order = sorted(
        range(len(people)),
        key=lambda i: (first[people[i]["household"] or people[i]["person_key"]], homes[i], i),
    )
    return [people[i] for i in order]


def _cell(
    person: Mapping[str, Any], column: SheetColumn, numbering: str, leads: Mapping[str, str]
) -> Value:
    """The text of a cell: clues begin with the news of the case, doubts with that of the status.

    A person with a candidate is to be asked about (是否同一人).
    """
    value = person[column.key]
    if column.key == "sources":
        value = "\n".join(value or ())
    elif column.key in _LISTS:
        stated = person["stated"] if column.key == "doubts" else ()
        value = paper.numbered((*(value or ()), *(stated or ())), numbering)
        before = person["news"] if column.key == "clues" else ""
        if column.key == "doubts":
            asked = person["status"] == "uncovered" and person["doubts"]
            before = leads.get("review" if asked else person["status"], "")
        if before:
            several = "\n" in value or before[-1] not in "：:］"
            value = f"{before}\n{value}" if several else f"{before}{value}"
        value = value.strip("\n")
    return column.unknown if value is None or value == "" else value


def editions(
    sheets: Sequence[Village],
    case_ids: Mapping[str, int],
    candidates: Candidates,
    brought: BroughtForward,
    day: dt.date,
    policy: FollowUp,
) -> tuple[list[Edition], dict[tuple[str, str], Issue]]:
    """Return the editions to issue on a day, and what each village's workbook says of its own.

    `case_ids` and `candidates` go by `person_key`. A village that has nobody any more gets an
    edition without lines, which supersedes the one before.
    """
    here = {(sheet.town, sheet.place) for sheet in sheets}
    emptied = [
        Village(town, place, edition.village_code, (), ())
        for (town, place), edition in brought.in_force.items()
        if (town, place) not in here
    ]
    issued: list[Edition] = []
    issues: dict[tuple[str, str], Issue] = {}
    for sheet in (*sheets, *emptied):
        rows = _rows(sheet, case_ids, candidates)
        edition = brought.in_force.get((sheet.town, sheet.place))
        if edition is None or not _still_says(edition, rows, brought.kept):
            edition = Edition(
                edition_id=brought.next_edition + len(issued),
                month=brought.month,
                town=sheet.town,
                village=sheet.place,
                village_code=sheet.code,
                number=_next_number(edition, brought.withdrawn.get((sheet.town, sheet.place), 0)),
                issued_on=day.isoformat(),
                due_on=policy.due(day).isoformat(),
                digest=digest_of(rows),
                changes=_changes(edition.rows, rows) if edition else {},
                rows=rows,
            )
            issued.append(edition)
        note = ""  # the first edition says nothing of itself
        if edition.number > 1:
            words = policy.news.edition if edition.changes else policy.news.edition_anew
            note = words.format(number=edition.number, before=edition.number - 1, **edition.changes)
        days = (dt.date.fromisoformat(day) for day in (edition.due_on, edition.issued_on))
        issues[sheet.town, sheet.place] = Issue(edition.key, note, *days)
    return issued, issues


def _next_number(before: Edition | None, withdrawn: int) -> int:
    """The number of an edition after the one in force; no number is given again.

    `withdrawn`: the highest number of those that were taken back.
    """
    return max(before.number if before else 0, withdrawn) + 1


def issued_events(issued: Sequence[Edition], brought: BroughtForward) -> list[Event]:
    """Return an event for each line of each edition, but for cases that an answer has closed."""
    of_kept = pl.col("case_id").is_in(brought.kept) & pl.col("status").is_in(CLOSED)
    closed = {*brought.cases.filter(of_kept)["case_id"]}
    return [
        Event(row.case_id, "issued", edition.issued_on, {}, edition_id=edition.edition_id)
        for edition in issued
        for row in edition.rows
        if row.case_id not in closed
    ]


def _rows(
    sheet: Village, case_ids: Mapping[str, int], candidates: Candidates
) -> tuple[SheetRow, ...]:
    rows = []
    for person, cells in zip(sheet.people, sheet.cells, strict=True):
        shown: dict[str, Any] = {
            name: value.isoformat() if isinstance(value, dt.date) else value
            for name, value in person.items()
            if name not in _NOT_SHOWN and not name.startswith("_")
        }
        shown["cells"] = {key: "" if value is None else str(value) for key, value in cells.items()}
        key = person["person_key"]
        rows.append(SheetRow(case_ids[key], shown, candidates.get(key)))
    return tuple(rows)


def _still_says(edition: Edition, rows: Sequence[SheetRow], kept: frozenset[int]) -> bool:
    """Whether the edition in force stands for these rows.

    The lines of cases that are `kept` stand as they are, also where the case is on no sheet now.
    """
    now = {row.case_id: row for row in rows}
    before = {row.case_id for row in edition.rows}
    lines = [row if row.case_id in kept else now.get(row.case_id) for row in edition.rows]
    same_people = now.keys() <= before and None not in lines
    return same_people and digest_of(row for row in lines if row) == edition.digest


def digest_of(rows: Iterable[SheetRow]) -> str:
    """Return the SHA-256 of the printed cells of each case, in their order.

    >>> line = SheetRow(7, {"age": 61, "cells": {"name": "庄建国"}})
    >>> digest_of([line]) == digest_of([SheetRow(7, {"cells": {"name": "庄建国"}})])
    True
    >>> digest_of([line]) == digest_of([SheetRow(7, {"cells": {"name": "庄建囯"}})])
    False
    """
    lines = [[row.case_id, row.shown["cells"]] for row in rows]
    text = json.dumps(lines, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(before: Iterable[SheetRow], rows: Iterable[SheetRow]) -> dict[str, int]:
    """How many lines are added, removed, and changed.

    >>> line = SheetRow(7, {"cells": {"name": "庄建国"}})
    >>> _changes([line], [SheetRow(7, {"cells": {"name": "庄建囯"}}), SheetRow(9, {"cells": {}})])
    {'added': 1, 'removed': 0, 'changed': 1}
    """
    then = {row.case_id: row.shown["cells"] for row in before}
    now = {row.case_id: row.shown["cells"] for row in rows}
    return {
        "added": len(now.keys() - then.keys()),
        "removed": len(then.keys() - now.keys()),
        "changed": sum(then[case] != now[case] for case in now.keys() & then.keys()),
    }
