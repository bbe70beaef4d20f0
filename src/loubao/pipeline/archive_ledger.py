"""Whether a ledger still says what an archive of it says: postings, events, files.

An archive whose tables and manifest were rewritten together is whole by itself; the ledger knows
better, if it is whole. The index is not held against it: that is what the seal is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from loubao.casework.standing import standing
from loubao.ledger import history
from loubao.ledger.auditing import audit
from loubao.ledger.connection import Connection, reading
from loubao.ledger.history import PastPosting
from loubao.pipeline.archive_tables import EVENTS, event_row, rows_of
from loubao.pipeline.archived import safe

Difference = tuple[str, str]


def told_otherwise(
    folder: Path,
    files: Mapping[str, str],
    postings: list[PastPosting],
    months: set[str],
    ledger: Path,
    key: str | None,
) -> list[Difference]:
    """Return where a ledger differs from an archive: a file of the archive ("": none), and how.

    `files`: the digest of each file of the archive; `postings`: all it tells of; `months`: those
    whose events and files it has. What the ledger was told later does not matter.
    """
    with reading(ledger, key) as connection:
        wrong = audit(connection, standing)
        found = [("", f"台账 {ledger.name} 不完整：{what}") for what in wrong]
        other = _other_posting(connection, postings)
        if other is not None:
            return [*found, ("", f"台账 {ledger.name} 的第{other}次登记与归档不同")]
        bound = {each.posting_id: each.month for each in postings if each.month in months}
        found += [
            (EVENTS, f"第{posting_id}次登记的事件与台账 {ledger.name} 不同")
            for posting_id in _other_events(connection, folder / EVENTS, bound)
        ]
        unknown, absent = _other_files(connection, files, bound)
    found += [(path, f"与台账 {ledger.name} 记的不同") for path in unknown]
    found += [("", f"缺少台账 {ledger.name} 里 {month} 的 {name}") for month, name in absent]
    return found


def _other_posting(connection: Connection, postings: list[PastPosting]) -> int | None:
    """The first posting that the ledger does not have, or has otherwise."""
    now = history.postings(connection)
    for i, posting in enumerate(postings):
        if i >= len(now) or now[i] != posting:
            return posting.posting_id
    return None


def _other_events(connection: Connection, events: Path, bound: Mapping[int, str]) -> Iterator[int]:
    """The postings whose rows of events.csv are not those that the ledger gives."""
    numbers = history.case_numbers(connection)
    told = {
        posting_id: [tuple(row.values()) for row in rows]
        for posting_id, rows in groupby(rows_of(events), key=lambda row: row["posting_id"])
    }
    for posting_id in bound:
        known = [
            tuple("" if cell is None else str(cell) for cell in event_row(event, numbers))
            for event in history.events_in(connection, posting_id)
        ]
        if told.get(str(posting_id), []) != known:
            yield posting_id


def _other_files(
    connection: Connection, files: Mapping[str, str], bound: Mapping[int, str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The files that the ledger does not know so, and the (month, name) of those not there.

    Inputs may be missing: they were copied from where they lay, if they still did. The folder of a
    kind of file is called what the rules said then, so a file is told by its month and its name.
    """
    documents = [each for each in history.documents(connection) if each.posting_id in bound]
    known: dict[str, set[tuple[str, str]]] = {}
    for each in documents:
        known.setdefault(each.sha256, set()).add((bound[each.posting_id], safe(each.name)))
    unknown = []
    seen: set[tuple[str, str, str]] = set()
    for path, digest in files.items():
        folder, _, name = path.partition("/")
        if not name:  # the tables and the index
            continue
        same = {
            (month, document, digest)
            for month, document in known.get(digest, ())
            if path.startswith(f"{folder}/{month}/") and path.endswith(f"/{document}")
        }
        seen |= same
        if not same:
            unknown.append(path)
    kept = {
        (bound[each.posting_id], safe(each.name), each.sha256) for each in documents if each.kept
    }
    absent = [(month, name) for month, name, _ in sorted(kept - seen)]
    return unknown, [
        (month, name)
        for month, name in absent
        if not any(f"/{month}/" in path and path.endswith(f"/{name}") for path in unknown)
    ]
