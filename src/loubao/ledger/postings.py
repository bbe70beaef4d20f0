"""Postings: what a month or a return adds to the ledger, in one transaction or not at all.

Each posting is bound to those before it by a chain of digests (`chain`). Here postings are written
and read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from loubao import __version__
from loubao.core.events import Document, Edition, Event, Place, Posting, State
from loubao.core.frames import WRITTEN
from loubao.ledger.chain import (
    PastPosting,
    as_json,
    chain_after,
    earlier_parts,
    has_parts,
    has_undoing,
    monthly_parts,
    parts_of,
)
from loubao.ledger.covered import write_covered
from loubao.ledger.exclusions import write_exclusions
from loubao.ledger.judgements import write_judgements
from loubao.ledger.posted_issues import keep_issues
from loubao.ledger.replaced import keep_replaced
from loubao.ledger.sqlite_file import Connection, transaction
from loubao.ledger.status import VOID, by_case, standing

#: The columns of `standing` that follow from the events of a case.
STATE = tuple(State.__dataclass_fields__)
#: Those that say where it belongs, and what they hold before anybody has placed it.
PLACE = ("town", "village", "village_code", "household", "lists")
NO_PLACE = {**dict.fromkeys(PLACE, ""), "lists": "[]"}
_EVENTS = (
    "SELECT case_id, kind, on_date, detail, edition_id, corrects, event_id, posting_id FROM event"
)
_HOLDS = "posting_id NOT IN taken_back"


@dataclass(frozen=True, slots=True)
class PastDocument:
    """A file behind a posting; `kept` where the ledger has its content."""

    posting_id: int
    role: str
    name: str
    sha256: str
    size: int
    place: str | None
    kept: bool


def post(connection: Connection, posting: Posting, posted_at: str) -> int:
    """Write a posting and the new states of its cases in one transaction; return its id.

    `posted_at` is an ISO time. A fault leaves the ledger as it was.
    """
    with transaction(connection):
        posting_id = _write_posting(connection, posting, posted_at)
        _write_documents(connection, posting_id, posting.documents)
        _write_people(connection, posting_id, posting)
        for edition in posting.editions:
            _write_edition(connection, posting_id, edition)
        events = _write_events(connection, posting_id, posting.events)
        write_judgements(connection, posting_id, posting)
        _write_month(connection, posting_id, posting)
        _write_states(connection, events)
        _write_places(connection, posting_id, posting.places)
        if posting.issues is not None:
            keep_issues(connection, posting_id, posting.issues)
        _bind(connection, posting_id, posting)
    return posting_id


def _write_people(connection: Connection, posting_id: int, posting: Posting) -> None:
    """Write the new cases, and how their people and those of earlier ones were written.

    A void case that is opened again is there already.
    """
    connection.executemany(
        "INSERT INTO cases SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS ("
        "SELECT 1 FROM standing WHERE case_id = ?1 AND status = 'void')",
        (
            (c.case_id, c.case_no, c.kind, c.town_code, c.year, c.number, posting_id)
            for c in posting.cases
        ),
    )
    marks = ", ".join("?" * (len(WRITTEN) + 2))
    connection.executemany(
        f"INSERT INTO sighting (case_id, posting_id, {', '.join(WRITTEN)}) VALUES ({marks})",
        (
            (s.case_id, posting_id, *(s.values.get(column) for column in WRITTEN))
            for s in posting.sightings
        ),
    )


def _write_month(connection: Connection, posting_id: int, posting: Posting) -> None:
    """Write what is written anew with its month, in place of what its earlier runs left."""
    keep_replaced(connection, posting_id, posting)
    if posting.naming is not None:
        connection.execute("DELETE FROM naming WHERE month = ?", (posting.month,))
        connection.executemany(
            "INSERT INTO naming VALUES (?, ?, ?, ?)",
            (
                (posting.month, n.case_id, as_json(list(n.lists)), n.disposition)
                for n in posting.naming
            ),
        )
    if posting.exclusions is not None:
        write_exclusions(connection, posting.month, posting.exclusions)
    if posting.covered is not None:
        write_covered(connection, posting.month, posting.covered)


def _write_posting(connection: Connection, posting: Posting, posted_at: str) -> int:
    """Write the posting itself, without its chain; return its id."""
    values = {
        "kind": posting.kind,
        "month": posting.month,
        "as_of": posting.as_of,
        "posted_at": posted_at,
        "version": __version__,
        "digest": posting.digest,
        "late_reason": posting.late_reason,
        "counts": as_json(posting.counts),
        "chain": "",
        "undoes": posting.undoes,
    }
    marks = ", ".join(f":{column}" for column in values)
    (posting_id,) = connection.execute(
        f"INSERT INTO posting (posting_id, {', '.join(values)})"
        f" SELECT coalesce(max(posting_id), 0) + 1, {marks} FROM posting RETURNING posting_id",
        values,
    ).fetchone()
    return int(posting_id)


def _bind(connection: Connection, posting_id: int, posting: Posting) -> None:
    """Bind a posting to all that it wrote and to the posting before it."""
    before = posted(connection, posting_id - 1)
    parts = _parts(connection, posting_id, posting, before)
    connection.executemany(
        "INSERT INTO part VALUES (?, ?, ?)",
        ((posting_id, name, digest) for name, digest in parts.items()),
    )
    new = posted(connection, posting_id)
    assert new is not None
    connection.execute(
        "UPDATE posting SET chain = ? WHERE posting_id = ?",
        (chain_after(before.chain if before else "", new), posting_id),
    )


def _parts(
    connection: Connection, posting_id: int, posting: Posting, before: PastPosting | None
) -> dict[str, str]:
    """The parts of a new posting; the first one after an upgrade has those of all before it too."""
    parts = parts_of(connection, posting_id)
    if before and not before.parts:
        return parts | earlier_parts(connection, posting_id) | monthly_parts(connection)
    months = dict.fromkeys(posting.of_month, (posting.month,))
    return parts | monthly_parts(connection, months)


def _write_documents(
    connection: Connection, posting_id: int, documents: Iterable[Document]
) -> None:
    for each in documents:
        content = None if each.content is None else zlib.compress(each.content, 6)
        connection.execute(
            "INSERT INTO document SELECT ?1, ?2, NULL"
            " WHERE NOT EXISTS (SELECT 1 FROM document WHERE sha256 = ?1)",
            (each.sha256, each.size),
        )
        if content is not None:
            connection.execute(
                "UPDATE document SET content = ? WHERE sha256 = ? AND content IS NULL",
                (content, each.sha256),
            )
        connection.execute(
            "INSERT INTO posting_document VALUES (?, ?, ?, ?, ?)",
            (posting_id, each.role, each.name, each.sha256, each.place),
        )


def _write_edition(connection: Connection, posting_id: int, edition: Edition) -> None:
    connection.execute(
        "INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(edition.edition_id, posting_id, edition.month, edition.town, edition.village),
            *(edition.village_code, edition.number, edition.issued_on, edition.due_on),
            *(edition.digest, as_json(edition.changes)),
        ),
    )
    connection.executemany(
        "INSERT INTO sheet_row VALUES (?, ?, ?, ?, ?)",
        (
            (
                *(edition.edition_id, row.case_id, position, as_json(row.shown)),
                None if row.candidate is None else as_json(row.candidate),
            )
            for position, row in enumerate(edition.rows)
        ),
    )


def _write_events(connection: Connection, posting_id: int, events: Iterable[Event]) -> list[Event]:
    """Write the events and return them with their ids."""
    (last,) = connection.execute("SELECT coalesce(max(event_id), 0) FROM event").fetchone()
    written = [
        replace(event, event_id=event_id, posting_id=posting_id)
        for event_id, event in enumerate(events, start=last + 1)
    ]
    connection.executemany(
        "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(e.event_id, posting_id, e.case_id, e.kind, e.on_date, e.edition_id, e.corrects),
                as_json(e.detail),
            )
            for e in written
        ),
    )
    return written


def _write_states(connection: Connection, events: Iterable[Event]) -> None:
    """Write the states of the cases that have new events."""
    columns = ("case_id", *STATE, *PLACE)
    kept = ", ".join(f"{column} = excluded.{column}" for column in STATE)
    connection.executemany(
        f"INSERT INTO standing ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT (case_id) DO UPDATE SET {kept}",
        [
            (case_id, *state_values(state), *NO_PLACE.values())
            for case_id, state in _states_after(connection, events)
        ],
    )


def _write_places(connection: Connection, posting_id: int, places: Iterable[Place]) -> None:
    """Write the places that differ from those of before."""
    given = {
        p.case_id: (p.town, p.village, p.village_code, p.household, as_json(list(p.lists)))
        for p in places
    }
    stood = connection.execute(
        f"SELECT case_id, {', '.join(PLACE)} FROM standing"
        " WHERE case_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(given)),),
    )
    before = {case: values for case, *values in stood}
    moved = [(case, *place) for case, place in given.items() if before.get(case) != [*place]]
    connection.executemany(
        "INSERT INTO place VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((posting_id, *place) for place in moved),
    )
    assignments = ", ".join(f"{column} = ?" for column in PLACE)
    connection.executemany(
        f"UPDATE standing SET {assignments} WHERE case_id = ?",
        ((*place, case) for case, *place in moved),
    )


def _states_after(connection: Connection, events: Iterable[Event]) -> Iterator[tuple[int, State]]:
    """The state of each case that has new events.

    Folded from its state before; from its first event where an event is taken back.
    """
    new = by_case(events)
    corrected = {case for case, of_case in new.items() if any(e.corrects for e in of_case)}
    stood = connection.execute(
        f"SELECT case_id, {', '.join(STATE)} FROM standing"
        " WHERE case_id IN (SELECT value FROM json_each(?)) AND status <> 'void'",
        (json.dumps(sorted(new.keys() - corrected)),),
    )
    before = {case: State(*values) for case, *values in stood}
    for case, of_case in new.items():
        if case not in corrected:
            yield case, standing(of_case, before.get(case))
    histories = events_of(connection, corrected)
    for case in sorted(corrected):
        yield case, standing(histories[case]) if case in histories else VOID


def state_values(state: State) -> tuple[Any, ...]:
    """Return the columns STATE of a case."""
    return tuple(getattr(state, name) for name in STATE)


def postings(connection: Connection) -> list[PastPosting]:
    """Return all postings, the first one first."""
    return _postings(connection, "")


def holding(connection: Connection) -> list[PastPosting]:
    """Return the postings that hold, the first one first: not taken back, and taking none back."""
    return _postings(connection, f"WHERE {_HOLDS}")


def posted(connection: Connection, posting_id: int) -> PastPosting | None:
    """Return one posting, None where there is none of the id."""
    return next(iter(_postings(connection, "WHERE posting_id = ?", posting_id)), None)


def _postings(connection: Connection, where: str, *values: int) -> list[PastPosting]:
    parts: dict[int, dict[str, str]] = {}
    if has_parts(connection):
        found = connection.execute(f"SELECT posting_id, name, digest FROM part {where}", values)
        for posting_id, name, digest in found:
            parts.setdefault(posting_id, {})[name] = digest
    found = connection.execute(
        "SELECT posting_id, kind, month, as_of, posted_at, version, digest, late_reason, counts,"
        f" chain, {'undoes' if has_undoing(connection) else 'NULL'} FROM posting {where}"
        " ORDER BY posting_id",
        values,
    )
    return [
        PastPosting(*(*row[:8], json.loads(row[8]), row[9], parts.get(row[0], {}), row[10]))
        for row in found
    ]


def events_in(connection: Connection, posting_id: int) -> list[Event]:
    """Return the events of one posting in the order of their ids, whether or not it holds."""
    found = connection.execute(f"{_EVENTS} WHERE posting_id = ? ORDER BY event_id", (posting_id,))
    return [_event(row) for row in found]


def events_of(connection: Connection, case_ids: Iterable[int]) -> dict[int, list[Event]]:
    """Return the events of some cases that hold, in their order."""
    found = connection.execute(
        f"{_EVENTS} WHERE case_id IN (SELECT value FROM json_each(?)) AND {_HOLDS}"
        " ORDER BY event_id",
        (json.dumps(sorted(case_ids)),),
    )
    return by_case(map(_event, found))


def every_event(connection: Connection) -> Iterator[Event]:
    """Give all events that hold, those of a case together and in their order."""
    found = connection.execute(f"{_EVENTS} WHERE {_HOLDS} ORDER BY case_id, event_id")
    return map(_event, found)


def _event(row: tuple[Any, ...]) -> Event:
    case_id, kind, on_date, detail, *rest = row
    return Event(case_id, kind, on_date, json.loads(detail), *rest)


def case_numbers(connection: Connection) -> dict[int, str]:
    """Return the `case_no` of every case."""
    return dict(connection.execute("SELECT case_id, case_no FROM cases").fetchall())


def documents(connection: Connection) -> list[PastDocument]:
    """Return the files behind all postings, in the order of the postings, then of role and name."""
    found = connection.execute(
        "SELECT p.posting_id, p.role, p.name, p.sha256, d.bytes, p.place, d.content IS NOT NULL"
        " FROM posting_document p JOIN document d USING (sha256)"
        " ORDER BY p.posting_id, p.role, p.name"
    )
    return [PastDocument(*(*row[:6], bool(row[6]))) for row in found]


def content_of(connection: Connection, sha256: str) -> bytes:
    """Return the content of a file that the ledger keeps."""
    (packed,) = connection.execute(
        "SELECT content FROM document WHERE sha256 = ?", (sha256,)
    ).fetchone()
    return zlib.decompress(packed)
