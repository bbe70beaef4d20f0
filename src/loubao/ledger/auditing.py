"""Whether a ledger is whole: its pages, its keys, the chain of its postings, its standings."""

from __future__ import annotations

from itertools import groupby

from loubao.events import State
from loubao.ledger.connection import Connection
from loubao.ledger.history import all_events, chain_after, events_in, postings
from loubao.ledger.posting import Fold

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
