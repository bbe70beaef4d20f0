"""Everything that was ever posted, as it was posted: for whoever keeps or checks the past.

Whether a ledger is whole: its pages, its keys, the chain of its postings, its standings.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from loubao.core.events import Event, State
from loubao.ledger.connection import Connection
from loubao.ledger.post import Fold, chained


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


def postings(connection: Connection) -> list[PastPosting]:
    """Return all postings, the first one first."""
    found = connection.execute(
        "SELECT posting_id, kind, month, as_of, posted_at, version, digest, late_reason, counts,"
        " chain FROM posting ORDER BY posting_id"
    )
    return [PastPosting(*(*row[:8], json.loads(row[8]), row[9])) for row in found]


def chain_after(previous: str, posting: PastPosting, events: list[Event]) -> str:
    """Return what the chain of a posting has to be after the `previous` one, "" before the first.

    `events`: all of the posting, in the order of their ids.
    """
    about = {
        "kind": posting.kind,
        "month": posting.month,
        "as_of": posting.as_of,
        "posted_at": posting.posted_at,
        "digest": posting.digest,
    }
    return chained(previous, about, events)


def events_in(connection: Connection, posting_id: int) -> list[Event]:
    """Return the events of one posting in the order of their ids."""
    found = connection.execute(f"{_EVENTS} WHERE posting_id = ? ORDER BY event_id", (posting_id,))
    return [_event(row) for row in found]


def all_events(connection: Connection) -> Iterator[Event]:
    """Give all events, those of one case after another, in the order of their ids."""
    for row in connection.execute(f"{_EVENTS} ORDER BY case_id, event_id"):
        yield _event(row)


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


_EVENTS = (
    "SELECT case_id, kind, on_date, detail, edition_id, corrects, event_id, posting_id FROM event"
)


def _event(row: tuple[Any, ...]) -> Event:
    case_id, kind, on_date, detail, *rest = row
    return Event(case_id, kind, on_date, json.loads(detail), *rest)


_STATE = tuple(State.__dataclass_fields__)


def audit(connection: Connection, fold: Fold) -> list[str]:
    """Return what is wrong with a ledger, in words; nothing where it is whole.

    The connection should hold a snapshot (`reading`). Raises what SQLite raises of a file that
    cannot be read at all.
    """
    return [*damage(connection), *_broken_chain(connection), *_wrong_standings(connection, fold)]


def damage(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong with the pages and the keys of a ledger, in words."""
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


def _wrong_standings(connection: Connection, fold: Fold) -> list[str]:
    written = {
        row[0]: row[1:]
        for row in connection.execute(f"SELECT case_id, {', '.join(_STATE)} FROM standing")
    }
    wrong = 0
    for case_id, events in groupby(all_events(connection), key=lambda event: event.case_id):
        try:
            state = fold(events)
        except ValueError:  # no case can go through these events
            wrong += 1
            written.pop(case_id, None)
            continue
        wrong += written.pop(case_id, None) != tuple(getattr(state, name) for name in _STATE)
    wrong += len(written)
    return [f"{wrong} 个个案的现状与事件不符"] if wrong else []
