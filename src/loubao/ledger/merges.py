"""What merged cases leave to the case in which they live on: who wrote them, which lists."""

from __future__ import annotations

import json

import polars as pl

from loubao.core.frames import Schema
from loubao.ledger.case_file import frame_of
from loubao.ledger.postings import events_of
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import answers_of, merged_into

#: A sighting of a case that was merged with another by a verdict, and its case before the merge.
ORIGINS: Schema = {"sighting_id": pl.Int64, "origin": pl.Int64}


def origins(connection: Connection) -> pl.DataFrame:
    """Return ORIGINS, oldest sighting first."""
    return frame_of(
        connection,
        "SELECT t.sighting_id, t.case_id FROM sighting t JOIN event e USING (case_id)"
        " JOIN posting p ON p.posting_id = e.posting_id"
        " WHERE e.kind = 'merged' AND p.kind = 'return' AND e.posting_id NOT IN taken_back"
        " AND t.posting_id NOT IN taken_back ORDER BY t.sighting_id",
        ORIGINS,
    )


def lists_of_merged(connection: Connection) -> dict[int, frozenset[str]]:
    """Return the lists that a village knew by the cases that live on in a case, when it answered.

    Case → the lists of the answers of these cases, and all that named one of them which was merged
    no later than the case itself was answered.
    """
    into = merged_into(connection)
    if not into:
        return {}
    histories = events_of(connection, {*into, *into.values()})
    answers = {case: answers_of(events) for case, events in histories.items()}
    lists = dict(connection.execute("SELECT case_id, lists FROM standing").fetchall())
    known: dict[int, set[str]] = {}
    for case, owner in into.items():
        of_owner = known.setdefault(owner, set())
        of_owner.update(*(answer.detail.get("lists", ()) for answer in answers[case]))
        merged = max(e.posting_id or 0 for e in histories[case] if e.kind == "merged")
        if any((answer.posting_id or 0) >= merged for answer in answers[owner]):
            of_owner.update(json.loads(lists[case]))
    return {case: frozenset(of_case) for case, of_case in known.items() if of_case}
