"""An archive whose files are those of its manifest: does it agree with itself, and with the ledger?

An archive whose tables and manifest were rewritten together agrees with itself; the ledger knows
better, if it is whole: it has every event, the digest of every file, and the seal.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, TypeAlias

from loubao.core.events import Event
from loubao.ledger import postings as history
from loubao.ledger.chain import PastPosting, chain_after, events_digest
from loubao.ledger.integrity import audit
from loubao.ledger.sqlite_file import Connection
from loubao.workspace.archive_folder import (
    EVENTS,
    MANIFEST,
    POSTINGS,
    event_row,
    events_in,
    postings_in,
    rows_of,
    safe,
)

#: A file of the archive ("": none of them), and how it differs.
Difference: TypeAlias = tuple[str, str]
_NOT_READ = (EVENTS, "读不懂，校验链无法核对")
_UNREADABLE = (ValueError, KeyError, TypeError, RecursionError, csv.Error)


def differences(folder: Path, manifest: Mapping[str, Any]) -> list[Difference]:
    """Return where the tables differ from their own chain, and the manifest from the tables."""
    try:
        return [
            *_broken_chain(postings_in(folder / POSTINGS), folder / EVENTS, manifest),
            *_wrong_facts(postings_in(folder / POSTINGS), folder / EVENTS, manifest),
        ]
    except _UNREADABLE:  # written by another program, digests and all
        return [_NOT_READ]


def is_unreadable(found: Iterable[Difference]) -> bool:
    """Return whether one of the differences is that the tables cannot be read."""
    return _NOT_READ in found


def other_ledger(
    connection: Connection, name: str, folder: Path, manifest: Mapping[str, Any]
) -> list[Difference]:
    """Return where an archive that agrees with itself differs from the ledger called `name`.

    What was posted to the ledger later does not matter.
    """
    found = [("", f"台账 {name} 不完整：{what}") for what in audit(connection)]
    postings = postings_in(folder / POSTINGS)
    in_ledger = history.postings(connection)
    for archived, posting in zip_longest(postings, in_ledger[: len(postings)]):
        if archived != posting:
            return [*found, ("", f"台账 {name} 的第{archived.posting_id}次登记与归档不同")]
    months = manifest["months"]
    bound = {each.posting_id: each.month for each in postings if each.month in months}
    found += [
        (EVENTS, f"第{posting_id}次登记的事件与台账 {name} 不同")
        for posting_id in _other_events(connection, folder / EVENTS, bound)
    ]
    unknown, absent = _other_files(connection, manifest["files"], bound)
    found += [(path, f"与台账 {name} 记的不同") for path in unknown]
    found += [("", f"缺少台账 {name} 里 {month} 的 {file}") for month, file in absent]
    return found


def _broken_chain(
    postings: Iterable[PastPosting], events: Path, manifest: Mapping[str, Any]
) -> Iterator[Difference]:
    """Where postings do not fit their chain, or the events of the archived months their posting."""
    groups = groupby(events_in(events), key=lambda event: event.posting_id)
    group = next(groups, None)
    previous = ""
    for posting in postings:
        of_posting: list[Event] = []
        archived = posting.month in manifest["months"]
        if archived and group and group[0] == posting.posting_id:
            of_posting = list(group[1])
            group = next(groups, None)
        bound = chain_after(previous, posting, of_posting) == posting.chain
        if posting.parts:
            if not bound:
                yield POSTINGS, f"与第{posting.posting_id}次登记的校验链不符"
            bound = events_digest(of_posting) == posting.parts.get("event")
        if archived and not bound:
            yield EVENTS, f"与第{posting.posting_id}次登记的校验链不符"
        previous = posting.chain
    if group:
        yield EVENTS, "里有不属于这些月份的事件"


def _wrong_facts(
    postings: Sequence[PastPosting], events: Path, manifest: Mapping[str, Any]
) -> Iterator[Difference]:
    """What the manifest says of its tables and files that is not so."""
    chosen = [posting for posting in postings if posting.month in manifest["months"]]
    counts = {
        "postings": len(chosen),
        "events": sum(1 for _ in rows_of(events)),
        "kept": len(manifest["files"]) - 1,  # the index does not count itself
    }
    if any(manifest["counts"][name] != count for name, count in counts.items()):
        yield MANIFEST, "里的数目与归档的文件不符"
    if sorted({posting.month for posting in chosen}) != manifest["months"]:
        yield MANIFEST, "里的月份与登记不符"
    if not postings or postings[-1].chain != manifest["chain"]:
        yield MANIFEST, "里的校验链与登记不符"


def _other_events(connection: Connection, events: Path, bound: Mapping[int, str]) -> Iterator[int]:
    """The postings whose rows of events.csv are not those that the ledger gives."""
    numbers = history.case_numbers(connection)
    archived = {
        posting_id: [tuple(row.values()) for row in rows]
        for posting_id, rows in groupby(rows_of(events), key=lambda row: row["posting_id"])
    }
    for posting_id in bound:
        expected = [
            tuple("" if cell is None else str(cell) for cell in event_row(event, numbers))
            for event in history.events_in(connection, posting_id)
        ]
        if archived.get(str(posting_id), []) != expected:
            yield posting_id


def _other_files(
    connection: Connection, files: Mapping[str, str], bound: Mapping[int, str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The files that the ledger does not have so, and the (month, name) of those not there.

    `bound`: the month of each archived posting. Inputs may be missing: they were copied from where
    they lay, if they still did. The folder of a kind of file is called what the rules said then, so
    a file is identified by its month and its name.
    """
    of_digest: dict[str, set[tuple[str, str]]] = {}
    kept: set[tuple[str, str, str]] = set()
    for each in history.documents(connection):
        if each.posting_id in bound:
            month, name = bound[each.posting_id], safe(each.name)
            of_digest.setdefault(each.sha256, set()).add((month, name))
            kept |= {(month, name, each.sha256)} if each.kept else set()
    unknown = []
    seen: set[tuple[str, str, str]] = set()
    for path, digest in files.items():
        folder, _, name = path.partition("/")
        if not name:  # the tables and the index
            continue
        same = {
            (month, document, digest)
            for month, document in of_digest.get(digest, ())
            if path.startswith(f"{folder}/{month}/") and path.endswith(f"/{document}")
        }
        seen |= same
        if not same:
            unknown.append(path)
    absent = [(month, name) for month, name, _ in sorted(kept - seen)]
    return unknown, [
        (month, name)
        for month, name in absent
        if not any(f"/{month}/" in path and path.endswith(f"/{name}") for path in unknown)
    ]
