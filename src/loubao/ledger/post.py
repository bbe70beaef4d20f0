"""What a month or a return comes to → the ledger. Everything of one posting, or nothing."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from loubao import __version__
from loubao.core.events import Document, Edition, Event, Place, Posting, State
from loubao.core.frames import LINKABLE
from loubao.ledger.connection import Connection, transaction
from loubao.ledger.read import events_of, last_id


class Fold(Protocol):
    """Folds the events of one case, or those since a standing was folded."""

    def __call__(self, events: Iterable[Event], before: State | None = None) -> State:
        """Return the standing."""


_SIGHTED = tuple(column for column in LINKABLE if column != "record_id")
_STATE = (
    *("status", "opened_on", "issued_on", "edition_id", "answered_on", "answer_posting"),
    *("answer_event", "closed_on", "reason", "merged_into"),
)
_PLACE = ("town", "village", "village_code", "household", "lists")


def post(connection: Connection, posting: Posting, posted_at: str, fold: Fold) -> int:
    """Write a posting in one transaction and return its id; the standings are folded with it.

    `posted_at` is an ISO time. Raises nothing of its own: a fault leaves the ledger as it was.
    """
    with transaction(connection):
        posting_id = _begin(connection, posting, posted_at)
        _write_documents(connection, posting_id, posting.documents)
        connection.executemany(
            "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (c.case_id, c.case_no, c.kind, c.town_code, c.year, c.number, posting_id)
                for c in posting.cases
            ),
        )
        marks = ", ".join("?" * (len(_SIGHTED) + 2))
        connection.executemany(
            f"INSERT INTO sighting (case_id, posting_id, {', '.join(_SIGHTED)}) VALUES ({marks})",
            (
                (s.case_id, posting_id, *(s.values.get(column) for column in _SIGHTED))
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
                (posting_id, j.case_id, j.other, int(j.same), j.on_date, as_json(j.candidate))
                for j in posting.judgements
            ),
        )
        if posting.naming is not None:
            connection.execute("DELETE FROM naming WHERE month = ?", (posting.month,))
            connection.executemany(
                "INSERT INTO naming VALUES (?, ?, ?, ?)",
                (
                    (posting.month, n.case_id, as_json(list(n.lists)), n.news)
                    for n in posting.naming
                ),
            )
        _write_standings(connection, posting, events, fold)
    return posting_id


def as_json(value: object) -> str:
    """Return `value` as JSON, always in the same order and spelling."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(previous: str, about: Mapping[str, Any], events: Iterable[Event]) -> str:
    """Return the digest (SHA-256, hexadecimal) that binds a posting to those before it.

    `about` are its `kind`, `month`, `as_of`, `posted_at`, `digest`; `events` in the order of their
    ids. Who changes one event of the past changes every digest after it.
    """
    told = [
        [e.case_id, e.kind, e.on_date, e.edition_id, e.corrects, dict(e.detail)] for e in events
    ]
    text = as_json([previous, dict(about), told])
    return hashlib.sha256(text.encode()).hexdigest()


def _begin(connection: Connection, posting: Posting, posted_at: str) -> int:
    about = {
        "kind": posting.kind,
        "month": posting.month,
        "as_of": posting.as_of,
        "posted_at": posted_at,
        "digest": posting.digest,
    }
    last = connection.execute(
        "SELECT chain FROM posting ORDER BY posting_id DESC LIMIT 1"
    ).fetchone()
    chain = chained(last[0] if last else "", about, posting.events)
    cursor = connection.execute(
        "INSERT INTO posting (kind, month, as_of, posted_at, version, digest, late_reason, counts,"
        " chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(posting.kind, posting.month, posting.as_of, posted_at, __version__),
            *(posting.digest, posting.late_reason, as_json(posting.counts), chain),
        ),
    )
    return int(cursor.lastrowid)


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
    first = last_id(connection, "event") + 1
    written = [
        replace(event, event_id=first + i, posting_id=posting_id) for i, event in enumerate(events)
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


def _write_standings(
    connection: Connection, posting: Posting, events: Iterable[Event], fold: Fold
) -> None:
    """Fold the cases that have new events; move those that have a new place."""
    places = {place.case_id: place for place in posting.places}
    columns = ("case_id", *_STATE, *_PLACE)
    kept = ", ".join(f"{column} = excluded.{column}" for column in _STATE)
    rows = []
    for case_id, state in _folded(connection, events, fold):
        place = places.get(case_id)
        home = _home(place) if place else ("", "", "", "", "[]")
        rows.append((case_id, *(getattr(state, name) for name in _STATE), *home))
    connection.executemany(
        f"INSERT INTO standing ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT (case_id) DO UPDATE SET {kept}",
        rows,
    )
    connection.executemany(
        "UPDATE standing SET town = ?, village = ?, village_code = ?, household = ?, lists = ?"
        " WHERE case_id = ?",
        ((*_home(place), place.case_id) for place in posting.places),
    )


def _folded(
    connection: Connection, events: Iterable[Event], fold: Fold
) -> Iterator[tuple[int, State]]:
    """The standing of each case that has new events.

    Folded from where it stood; from the beginning where something is taken back.
    """
    new: dict[int, list[Event]] = {}
    for event in events:
        new.setdefault(event.case_id, []).append(event)
    corrected = {case for case, told in new.items() if any(e.corrects for e in told)}
    stood = connection.execute(
        f"SELECT case_id, {', '.join(_STATE)} FROM standing"
        " WHERE case_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(new.keys() - corrected)),),
    )
    before = {case: State(*values) for case, *values in stood}
    for case, told in new.items():
        if case not in corrected:
            yield case, fold(told, before.get(case))
    for case, told in events_of(connection, corrected).items():
        yield case, fold(told)


def _home(place: Place) -> tuple[str, ...]:
    lists = as_json(list(place.lists))
    return place.town, place.village, place.village_code, place.household, lists
