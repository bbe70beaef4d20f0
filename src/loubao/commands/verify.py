"""Whether an archive is what it was when it was bound, and whether the ledger still says so.

Whether a ledger still says what an archive of it says: postings, events, files.

An archive whose tables and manifest were rewritten together is whole by itself; the ledger knows
better, if it is whole. The index is not held against it: that is what the seal is for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from loubao.commands.archive import MANIFEST
from loubao.core.events import Event
from loubao.core.faults import UntrustedInput, Usage
from loubao.ledger import postings as history
from loubao.ledger.connection import Connection, reading
from loubao.ledger.postings import PastPosting, audit
from loubao.workspace.archive_layout import (
    EVENTS,
    POSTINGS,
    event_row,
    events_in,
    postings_in,
    rows_of,
    safe,
)
from loubao.workspace.output_folder import sha256

#: differences that a message names; the others are counted
_NAMED = 20
#: what programs leave in a folder that somebody looked at
_LEFT_BEHIND = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})
_OPEN = ("~$", ".~")


def verify(folder: Path, ledger: Path | None, key: str | None) -> dict[str, Any]:
    """Return what an archive holds, every file with its digest, nothing added, its chain unbroken.

    With a `ledger` the archive must say what that says. Raises `UntrustedInput` that names what
    differs, `Usage` where `folder` is no archive.
    """
    manifest = _manifest(folder)
    found = list(_changed_files(folder, manifest["files"]))
    if not {EVENTS, POSTINGS} & {name for name, _ in found}:
        found += _posted_otherwise(folder, manifest, ledger, key)
    if found:
        lines = [f"{name} {what}" if name else what for name, what in found]
        if len(lines) > _NAMED:
            lines = [*lines[:_NAMED], f"另有 {len(lines) - _NAMED} 处"]
        raise UntrustedInput("\n".join([f"{folder.name} 与归档时不同，共 {len(found)} 处", *lines]))
    told = {name: manifest[name] for name in ("loubao", "archived", "months", "counts", "chain")}
    return {
        **told,
        "archive": str(folder),
        "files": len(manifest["files"]),
        "ledger": str(ledger) if ledger else None,
        "seal": sha256(folder / MANIFEST),
    }


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError:
        raise Usage(f"{folder.name} 不是归档文件夹：里面没有 {MANIFEST}") from None
    try:
        manifest = json.loads(content)
        names = [*manifest["files"], *manifest["months"], manifest["chain"], manifest["archived"]]
        manifest["loubao"], manifest["counts"]
        manifest["files"][EVENTS], manifest["files"][POSTINGS]
    except (ValueError, KeyError, TypeError):
        names = [None]
    if not all(isinstance(name, str) for name in names):
        raise UntrustedInput(f"{folder.name}/{MANIFEST} 已损坏，归档无法核对")
    return dict(manifest)


def _changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, digest in files.items():
        path = folder / name
        try:
            if sha256(path) != digest:
                yield name, "内容已改动"
        except OSError:
            yield name, "缺失"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        aside = path.name in _LEFT_BEHIND or path.name.startswith(_OPEN)
        if not path.is_dir() and name not in files and name != MANIFEST and not aside:
            yield name, "是归档后加入的"


def _posted_otherwise(
    folder: Path, manifest: Mapping[str, Any], ledger: Path | None, key: str | None
) -> list[tuple[str, str]]:
    months = set(manifest["months"])
    try:
        postings = postings_in(folder / POSTINGS)
        found = list(_broken_chain(postings, folder / EVENTS, months))
    except (ValueError, KeyError, TypeError):  # written by another program, digests and all
        return [(EVENTS, "读不懂，校验链无法核对")]
    if ledger is not None:
        found += told_otherwise(folder, manifest["files"], postings, months, ledger, key)
    return found


def _broken_chain(
    postings: list[PastPosting], events: Path, months: set[str]
) -> Iterator[tuple[str, str]]:
    """Where the events of the archived months do not come to the chain of their postings."""
    groups = groupby(events_in(events), key=lambda event: event.posting_id)
    group = next(groups, None)
    previous = ""
    for posting in postings:
        if posting.month in months:
            told: list[Event] = []
            if group and group[0] == posting.posting_id:
                told = list(group[1])
                group = next(groups, None)
            if history.chain_after(previous, posting, told) != posting.chain:
                yield EVENTS, f"与第{posting.posting_id}次登记的校验链不符"
        previous = posting.chain
    if group:
        yield EVENTS, "里有不属于这些月份的事件"


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
        wrong = audit(connection)
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
