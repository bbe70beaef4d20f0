"""Everything that was ever posted, as it was posted: for whoever keeps or checks the past."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loubao.events import Event
from loubao.ledger.connection import Connection
from loubao.ledger.posting import chained


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
