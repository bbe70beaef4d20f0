"""The chain: digests that bind what a posting wrote in every table to all that was posted before.

The rows of a posting in one table are a part, with a digest of its own; the chain of the posting
binds its parts, its own row, and the chain before it. `naming`, `exclusion` and `covered` are
written anew with their month, so they have a part a month: that of the posting that wrote the month
last holds.

Ledgers of before version 3 bound events alone. The first posting after them has a part for all the
rows of theirs too, called `earlier …`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from loubao.core.events import Event
from loubao.core.frames import WRITTEN
from loubao.ledger.sqlite_file import Connection

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode

#: The first version of the tables that has parts; the first in which a posting may be taken back.
_VERSION, _UNDOING = 3, 4
#: part that came later → the first version that has its table
_SINCE: Mapping[str, int] = {"replaced": _UNDOING, "reviewed": 6, "covered": 8}
#: The fields that the chain of a posting without parts binds.
_BOUND_BEFORE = ("kind", "month", "as_of", "posted_at", "digest")
#: Of a posting with parts: not bound, and bound only where it is given (version 4).
_BOUND_APART = ("chain", "undoes")
_BATCH = 500  # rows that are written as JSON at once
#: Begins the name of a part that holds the rows of all postings before.
EARLIER = "earlier "
_WRITTEN = ", ".join(WRITTEN)
#: part → the rows of the postings from one id to another, both included
_PARTS: Mapping[str, str] = {
    "cases": "case_id, case_no, kind, town_code, year, number, posting_id FROM cases"
    " WHERE posting_id BETWEEN ? AND ? ORDER BY case_id",
    "document": "p.posting_id, p.role, p.name, p.sha256, d.bytes, p.place FROM posting_document p"
    " JOIN document d USING (sha256) WHERE p.posting_id BETWEEN ? AND ?"
    " ORDER BY p.posting_id, p.role, p.name",
    "edition": "edition_id, posting_id, month, town, village, village_code, number, issued_on,"
    " due_on, digest, changes FROM edition WHERE posting_id BETWEEN ? AND ? ORDER BY edition_id",
    "event": "event_id, posting_id, case_id, kind, on_date, edition_id, corrects, detail"
    " FROM event WHERE posting_id BETWEEN ? AND ? ORDER BY event_id",
    "judgement": "judgement_id, posting_id, case_id, other, same, on_date, candidate"
    " FROM judgement WHERE posting_id BETWEEN ? AND ? ORDER BY judgement_id",
    "place": "posting_id, case_id, town, village, village_code, household, lists FROM place"
    " WHERE posting_id BETWEEN ? AND ? ORDER BY posting_id, case_id",
    "seal": "seal_id, after, seal, archived, months FROM seal"
    " WHERE after BETWEEN ? - 1 AND ? - 1 ORDER BY seal_id",
    "sheet_row": "r.edition_id, r.case_id, r.position, r.shown, r.candidate FROM edition e"
    " JOIN sheet_row r USING (edition_id) WHERE e.posting_id BETWEEN ? AND ?"
    " ORDER BY r.edition_id, r.case_id",
    "replaced": "posting_id, name, hex(content) FROM replaced"
    " WHERE posting_id BETWEEN ? AND ? ORDER BY posting_id, name",
    "reviewed": "reviewed_id, posting_id, case_id, other, reader, choice, way, at, seen"
    " FROM reviewed WHERE posting_id BETWEEN ? AND ? ORDER BY reviewed_id",
    "sighting": f"sighting_id, case_id, posting_id, {_WRITTEN} FROM sighting"
    " WHERE posting_id BETWEEN ? AND ? ORDER BY sighting_id",
}
#: The rows of the postings themselves: a part of `earlier` only, the chain binds them otherwise.
_POSTINGS = (
    "posting_id, kind, month, as_of, posted_at, version, digest, late_reason, counts, chain"
    " FROM posting WHERE posting_id BETWEEN ? AND ? ORDER BY posting_id"
)
#: part that is written anew with its month → the rows of a month
_MONTHLY: Mapping[str, str] = {
    "covered": f"covered_id, month, roll, clue, village_group, phone, {_WRITTEN}"
    " FROM covered WHERE month = ? ORDER BY covered_id",
    "exclusion": f"exclusion_id, month, file, sheet, row, qualifies, said_on, {_WRITTEN}"
    " FROM exclusion WHERE month = ? ORDER BY exclusion_id",
    "naming": "month, case_id, lists, news FROM naming WHERE month = ? ORDER BY case_id",
}


@dataclass(frozen=True, slots=True)
class PastPosting:
    """One posting; `chain` binds it, its `parts` (name → digest), and all postings before it.

    `undoes`: the posting that it takes back.
    """

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
    parts: Mapping[str, str] = field(default_factory=dict)
    undoes: int | None = None


def as_json(value: object) -> str:
    """Return `value` as JSON, always in the same order and spelling.

    >>> as_json({"town": "洛阳镇", "lists": ["dibao"]})
    '{"lists":["dibao"],"town":"洛阳镇"}'
    """
    return _encode(value)


def digest_of(rows: Iterable[tuple[object, ...]]) -> str:
    """Return the digest (SHA-256, hexadecimal) of rows in their order.

    >>> digest_of([("ab", None)]) == digest_of([("a", "b", None)])
    False
    """
    digest, more = hashlib.sha256(), iter(rows)
    while batch := list(islice(more, _BATCH)):
        digest.update(_encode(batch).encode())
    return digest.hexdigest()


def events_digest(events: Iterable[Event]) -> str:
    """Return the digest of the part `event` of a posting: of its events in the order of ids."""
    return digest_of(
        (
            *(e.event_id, e.posting_id, e.case_id, e.kind, e.on_date, e.edition_id, e.corrects),
            as_json(dict(e.detail)),
        )
        for e in events
    )


def has_parts(connection: Connection) -> bool:
    """Return whether the tables of a ledger are those of version 3 or later."""
    return _version(connection) >= _VERSION


def has_undoing(connection: Connection) -> bool:
    """Return whether the tables of a ledger are those of version 4 or later."""
    return _version(connection) >= _UNDOING


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def parts_of(connection: Connection, posting_id: int) -> dict[str, str]:
    """Return the parts of a posting, as its rows are in the ledger, but those of a month."""
    return {
        name: digest_of(connection.execute(f"SELECT {rows}", (posting_id, posting_id)))
        for name, rows in _tables(connection).items()
    }


def earlier_parts(connection: Connection, posting_id: int) -> dict[str, str]:
    """Return the parts of all postings before one together."""
    return {
        EARLIER + name: digest_of(connection.execute(f"SELECT {rows}", (1, posting_id - 1)))
        for name, rows in {**_tables(connection), "posting": _POSTINGS}.items()
    }


def _tables(connection: Connection) -> dict[str, str]:
    """The parts whose tables a ledger has."""
    return {name: rows for name, rows in _PARTS.items() if _has(connection, name)}


def _has(connection: Connection, table: str) -> bool:
    return _version(connection) >= _SINCE.get(table, _VERSION)


def monthly_parts(
    connection: Connection, months: Mapping[str, Iterable[str]] | None = None
) -> dict[str, str]:
    """Return the parts of some months of some tables; of all that are there where none is given.

    `months`: table → months. The names of the parts are `table month`.
    """
    if months is None:
        months = {
            table: [m for (m,) in connection.execute(f"SELECT DISTINCT month FROM {table}")]
            for table in _MONTHLY
            if _has(connection, table)
        }
    return {
        f"{table} {month}": digest_of(connection.execute(f"SELECT {_MONTHLY[table]}", (month,)))
        for table, of_table in months.items()
        for month in of_table
    }


def chain_after(previous: str, posting: PastPosting, events: Iterable[Event] = ()) -> str:
    """Return the digest (SHA-256, hexadecimal) that binds a posting to those before it.

    `previous` is the chain of the posting before, "" of the first. `events`, those of the posting
    in the order of their ids, count only for a posting without parts.

    >>> june = PastPosting(1, "month", "2022-06", "2022-06-30", "", "1.0", "", None, {}, "")
    >>> opened = chain_after("", june, [Event(1, "opened", "2022-06-30")])
    >>> opened == chain_after("", june, [Event(1, "opened", "2022-06-29")])
    False
    >>> chain_after(opened, june, []) == chain_after("", june, [])
    False
    """
    if posting.parts:
        fields = [name for name in PastPosting.__dataclass_fields__ if name not in _BOUND_APART]
        bound = [previous, *(getattr(posting, name) for name in fields)]
        if posting.undoes is not None:
            bound.append(posting.undoes)
    else:
        about = {name: getattr(posting, name) for name in _BOUND_BEFORE}
        bound = [
            previous,
            about,
            [
                [e.case_id, e.kind, e.on_date, e.edition_id, e.corrects, dict(e.detail)]
                for e in events
            ],
        ]
    return hashlib.sha256(as_json(bound).encode()).hexdigest()
