"""The cases that came back, as the ledger has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from loubao.core.events import Event
from loubao.layout.paper import masked
from loubao.ledger import lookup
from loubao.ledger.connection import Connection
from loubao.ledger.read import events_of
from loubao.ledger.status import standing
from loubao.returns.newcomers import Newcomers
from loubao.returns.on_file import Home, IssuedSheet, OnFile, edition_of
from loubao.returns.page import HIDDEN_EDITION, Line
from loubao.rules import Rules

_CASE = "case:"


def on_file_of(
    connection: Connection, lines: Sequence[Line], cases: Mapping[str, int], more: Iterable[int]
) -> OnFile:
    """Return what the ledger has of the cases of `lines` (by number) and of some `more`."""
    wanted = {*cases.values(), *more}
    sheets = _sheets(connection)
    known = OnFile(cases=cases, sheets=sheets)
    pairs: set[tuple[int, int]] = set()
    keyless: set[int] = set()
    for line in lines:
        case_id = cases.get(next((n for n in line.numbers if n), ""))
        edition = edition_of(line.cells.get(HIDDEN_EDITION, ""), known)
        if case_id is not None and edition is not None:
            pairs.add((edition, case_id))
        elif case_id is not None and HIDDEN_EDITION not in line.cells:
            keyless.add(case_id)
    sent_on = lookup.editions_with(connection, keyless)
    pairs |= {(edition, case) for case, editions in sent_on.items() for edition in editions}
    rows = lookup.sheet_rows(connection, pairs)
    wanted |= {
        int(candidate["other"].removeprefix(_CASE))
        for _, candidate in rows.values()
        if candidate and str(candidate.get("other", "")).startswith(_CASE)
    }
    owners = lookup.merges(connection)
    wanted |= {owners[case_id] for case_id in wanted & owners.keys()}
    owners = {young: old for young, old in owners.items() if old in wanted}
    wanted |= owners.keys()
    facts = {row["case_id"]: row for row in lookup.facts_of(connection, wanted)}
    return OnFile(
        cases={row["case_no"]: case_id for case_id, row in facts.items()},
        owners=owners,
        samples=frozenset(c for c, row in facts.items() if row["kind"] == "sample"),
        lists={case_id: row["lists"] for case_id, row in facts.items()},
        homes={
            case_id: Home(row["town"], row["village"], row["village_code"], row["household"])
            for case_id, row in facts.items()
        },
        events={c: tuple(events) for c, events in events_of(connection, wanted).items()},
        sheets=sheets,
        rows=rows,
        sent_on=sent_on,
        judged=_judged(connection, wanted, owners),
    )


def _sheets(connection: Connection) -> dict[int, IssuedSheet]:
    return {row.pop("edition_id"): IssuedSheet(**row) for row in lookup.every_edition(connection)}


def _judged(
    connection: Connection, wanted: Iterable[int], owners: Mapping[int, int]
) -> dict[tuple[int, str], tuple[tuple[bool, str], ...]]:
    """What was said of a case, also before it was merged."""
    said: dict[tuple[int, str], tuple[tuple[bool, str], ...]] = {}
    for (case_id, other), words in lookup.judged(connection, wanted).items():
        pair = (owners.get(case_id, case_id), other)
        said[pair] = (*said.get(pair, ()), *words)
    return said


def difficult_people(
    connection: Connection,
    history: Mapping[int, Sequence[Event]],
    added: Newcomers,
    rules: Rules,
) -> list[dict[str, str]]:
    """Return everybody who is 疑难 with what the sheet showed and what the village wrote.

    `history` are the events of the cases that this run changes, with its own.
    """
    now = {case_id: standing(events).status for case_id, events in history.items()}
    before = lookup.standing_as(connection, "difficult")
    cases = [c for c in before if c not in now]
    cases += [case_id for case_id, status in now.items() if status == "difficult"]
    stored = events_of(connection, set(cases) - history.keys())
    events = {**stored, **history}
    newest = lookup.newest_editions(connection, cases)
    shown = lookup.sheet_rows(connection, ((edition, case) for case, edition in newest.items()))
    written: dict[int, Mapping[str, Any]] = dict(lookup.written_as(connection, cases))
    written |= {s.case_id: s.values for s in added.sightings if s.case_id not in written}
    on_file = added.on_file
    facts = {row["case_id"]: row for row in lookup.facts_of(connection, cases)}
    new = {case.case_id: case.case_no for case in added.opened}
    people = []
    for case_id in cases:
        home = facts.get(case_id)
        place = on_file.homes[case_id]._asdict() if home is None else home
        printed, _ = shown.get((newest.get(case_id, 0), case_id), ({}, None))
        answer = _last_answer(events[case_id])
        person = {
            **_as_written(written.get(case_id, {}), rules),
            **printed.get("cells", {}),
            **answer.detail["answers"],
            "town": place["town"],
            "village": place["village"],
            "case_no": home["case_no"] if home else new[case_id],
            "file": answer.detail.get("file", ""),
        }
        people.append((_order(person, place, rules), person))
    return [person for _, person in sorted(people, key=lambda pair: pair[0])]


def _last_answer(events: Sequence[Event]) -> Event:
    """The answer by which a case is 疑难."""
    return [e for e in events if "answers" in e.detail][-1]


def _as_written(values: Mapping[str, Any], rules: Rules) -> dict[str, str]:
    """The columns of a person who was on no sheet yet."""
    number = values.get("id_number") or values.get("id_pattern") or ""
    if number and rules.sheets.id_number == "masked":
        number = masked(pl.Series([number]))[0]
    told = {
        "name": values.get("name"),
        "id_number": number,
        "sex": values.get("sex"),
        "address": values.get("address"),
        "sources": rules.lists[values["list"]].sheet_label if values.get("list") else "",
    }
    return {key: str(value or "") for key, value in told.items()}


def _order(
    person: Mapping[str, str], place: Mapping[str, Any], rules: Rules
) -> tuple[str, str, str, str, str]:
    towns = {village.town: village.town_code for village in rules.villages}
    town = towns.get(person["town"], "~")
    return town, place["village_code"] or "~", person["village"], person["case_no"], ""
