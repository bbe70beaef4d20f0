"""Postings: what a month or a return adds to the ledger, in one transaction or not at all.

Each posting is bound to those before it by a chain of digests. Here postings are written and read,
and the whole ledger is audited: its pages, its keys, its chain, and whether the state of each case
follows from its events.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from loubao import __version__
from loubao.core.events import Document, Edition, Event, Place, Posting, State
from loubao.core.frames import WRITTEN
from loubao.ledger.connection import Connection, transaction
from loubao.ledger.exclusions import write_exclusions
from loubao.ledger.status import by_case, standing

_STATE = tuple(State.__dataclass_fields__)
_PLACE = ("town", "village", "village_code", "household", "lists")
#: The fields of a posting that its chain binds.
_BOUND = ("kind", "month", "as_of", "posted_at", "digest")
_EVENTS = (
    "SELECT case_id, kind, on_date, detail, edition_id, corrects, event_id, posting_id FROM event"
)


@dataclass(frozen=True, slots=True)
class PastPosting:
    """One posting; `chain` binds it, its events, and all postings before it."""

    posting_id: int
    kind: str
    month: str
    as_of: str
    posted_at: str
    version: str
    digest: str
    late_reason: str | None
    counts: Mapping[str, Any]
    chain: str


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
        connection.executemany(
            "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)",
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
        for edition in posting.editions:
            _write_edition(connection, posting_id, edition)
        events = _write_events(connection, posting_id, posting.events)
        connection.executemany(
            "INSERT INTO judgement (posting_id, case_id, other, same, on_date, candidate)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                (posting_id, v.case_id, v.other, int(v.same), v.on_date, as_json(v.candidate))
                for v in posting.verdicts
            ),
        )
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
        _write_states(connection, events)
        _write_places(connection, posting.places)
    return posting_id


def as_json(value: object) -> str:
    """Return `value` as JSON, always in the same order and spelling.

    >>> as_json({"town": "洛阳镇", "lists": ["dibao"]})
    '{"lists":["dibao"],"town":"洛阳镇"}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain_after(previous: str, posting: PastPosting, events: Iterable[Event]) -> str:
    """Return the digest (SHA-256, hexadecimal) that binds a posting to those before it.

    `previous` is the chain of the posting before, "" of the first; `events` are those of the
    posting in the order of their ids. A change to one event changes every digest after it.

    >>> june = PastPosting(1, "month", "2022-06", "2022-06-30", "", "1.0", "", None, {}, "")
    >>> opened = chain_after("", june, [Event(1, "opened", "2022-06-30")])
    >>> opened == chain_after("", june, [Event(1, "opened", "2022-06-29")])
    False
    >>> chain_after(opened, june, []) == chain_after("", june, [])
    False
    """
    about = {name: getattr(posting, name) for name in _BOUND}
    lines = [
        [e.case_id, e.kind, e.on_date, e.edition_id, e.corrects, dict(e.detail)] for e in events
    ]
    return hashlib.sha256(as_json([previous, about, lines]).encode()).hexdigest()


def _write_posting(connection: Connection, posting: Posting, posted_at: str) -> int:
    last = connection.execute(
        "SELECT posting_id, chain FROM posting ORDER BY posting_id DESC LIMIT 1"
    ).fetchone()
    last_id, previous = last or (0, "")
    new = PastPosting(
        posting_id=last_id + 1,
        kind=posting.kind,
        month=posting.month,
        as_of=posting.as_of,
        posted_at=posted_at,
        version=__version__,
        digest=posting.digest,
        late_reason=posting.late_reason,
        counts=posting.counts,
        chain="",
    )
    chain = chain_after(previous, new, posting.events)
    values = {**asdict(new), "counts": as_json(new.counts), "chain": chain}
    marks = ", ".join(f":{column}" for column in values)
    connection.execute(f"INSERT INTO posting ({', '.join(values)}) VALUES ({marks})", values)
    return new.posting_id


def _write_documents(
    connection: Connection, posting_id: int, documents: Iterable[Document]
) -> None:
    for each in documents:
        content = None if each.content is None else zlib.compress(each.content, 6)
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET"
            " content = coalesce(content, excluded.content)",
            (each.sha256, each.size, content),
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
    columns = ("case_id", *_STATE, *_PLACE)
    kept = ", ".join(f"{column} = excluded.{column}" for column in _STATE)
    no_place = ("", "", "", "", "[]")
    connection.executemany(
        f"INSERT INTO standing ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT (case_id) DO UPDATE SET {kept}",
        [
            (case_id, *_values(state), *no_place)
            for case_id, state in _states_after(connection, events)
        ],
    )


def _write_places(connection: Connection, places: Iterable[Place]) -> None:
    assignments = ", ".join(f"{column} = ?" for column in _PLACE)
    connection.executemany(
        f"UPDATE standing SET {assignments} WHERE case_id = ?",
        (
            (p.town, p.village, p.village_code, p.household, as_json(list(p.lists)), p.case_id)
            for p in places
        ),
    )


def _states_after(connection: Connection, events: Iterable[Event]) -> Iterator[tuple[int, State]]:
    """The state of each case that has new events.

    Folded from its state before; from its first event where an event is taken back.
    """
    new = by_case(events)
    corrected = {case for case, of_case in new.items() if any(e.corrects for e in of_case)}
    stood = connection.execute(
        f"SELECT case_id, {', '.join(_STATE)} FROM standing"
        " WHERE case_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(new.keys() - corrected)),),
    )
    before = {case: State(*values) for case, *values in stood}
    for case, of_case in new.items():
        if case not in corrected:
            yield case, standing(of_case, before.get(case))
    for case, history in events_of(connection, corrected).items():
        yield case, standing(history)


def _values(state: State) -> tuple[Any, ...]:
    return tuple(getattr(state, name) for name in _STATE)


def postings(connection: Connection) -> list[PastPosting]:
    """Return all postings, the first one first."""
    found = connection.execute(
        "SELECT posting_id, kind, month, as_of, posted_at, version, digest, late_reason, counts,"
        " chain FROM posting ORDER BY posting_id"
    )
    return [PastPosting(*(*row[:8], json.loads(row[8]), row[9])) for row in found]


def events_in(connection: Connection, posting_id: int) -> list[Event]:
    """Return the events of one posting in the order of their ids."""
    found = connection.execute(f"{_EVENTS} WHERE posting_id = ? ORDER BY event_id", (posting_id,))
    return [_event(row) for row in found]


def events_of(connection: Connection, case_ids: Iterable[int]) -> dict[int, list[Event]]:
    """Return the events of some cases, in their order."""
    found = connection.execute(
        f"{_EVENTS} WHERE case_id IN (SELECT value FROM json_each(?)) ORDER BY event_id",
        (json.dumps(sorted(case_ids)),),
    )
    return by_case(map(_event, found))


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


def audit(connection: Connection) -> list[str]:
    """Return the faults of a ledger, in words; none where it is whole.

    The connection should hold a snapshot (`reading`). Raises the errors of SQLite for a
    file that cannot be read at all.
    """
    return [*damage(connection), *_broken_chain(connection), *_wrong_states(connection)]


def damage(connection: Connection) -> list[str]:
    """Return the faults that SQLite finds in the pages and the keys of a ledger, in words."""
    found = []
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        found.append("台账文件有损坏的页")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        found.append("台账里有的记录缺少所属的个案或登记")
    return found


def _broken_chain(connection: Connection) -> list[str]:
    previous = ""
    for posting in postings(connection):
        events = events_in(connection, posting.posting_id)
        if chain_after(previous, posting, events) != posting.chain:
            return [f"第{posting.posting_id}次登记之后，台账的事件被改动过"]
        previous = posting.chain
    return []


def _wrong_states(connection: Connection) -> list[str]:
    written = {
        row[0]: row[1:]
        for row in connection.execute(f"SELECT case_id, {', '.join(_STATE)} FROM standing")
    }
    wrong = 0
    every_event = map(_event, connection.execute(f"{_EVENTS} ORDER BY case_id, event_id"))
    for case_id, events in groupby(every_event, key=lambda event: event.case_id):
        try:
            state = _values(standing(events))
        except ValueError:  # no case can go through these events
            state = ()
        wrong += written.pop(case_id, None) != state
    wrong += len(written)
    return [f"{wrong} 个个案的现状与事件不符"] if wrong else []
