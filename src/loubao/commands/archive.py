"""`archive`: what inspection asks for, bound together in a folder, and whether it still is that.

An archive whose tables and manifest were rewritten together is whole by itself; the ledger knows
better, if it is whole. The index is not compared with it: that is what the seal is for.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from loubao import __version__
from loubao.books.archive_index import ARCHIVED, POSTED, archive_index
from loubao.core.events import Event
from loubao.core.faults import UntrustedInput, Usage
from loubao.layout.paper import Printing
from loubao.ledger import postings as history
from loubao.ledger.connection import Connection, reading
from loubao.ledger.postings import PastDocument, PastPosting, audit
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording
from loubao.workbook.writing import workbook_bytes
from loubao.workspace.archive_folder import (
    EVENT_COLUMNS,
    EVENTS,
    MANIFEST,
    POSTING_COLUMNS,
    POSTINGS,
    changed_files,
    event_row,
    events_in,
    paths_of,
    posting_row,
    postings_in,
    read_manifest,
    rows_of,
    safe,
    write_manifest,
    write_table,
)
from loubao.workspace.output_folder import Draft, output_folder, sha256

#: A file of the archive ("": none of them), and how it differs.
Difference: TypeAlias = tuple[str, str]
#: differences that a message names; the others are counted
_NAMED = 20


@dataclass(frozen=True)
class Span:
    """Months (`YYYY-MM`) from `first` to `last`, both included; None is open.

    >>> months = ("2022-05", "2022-06", "2022-07")
    >>> [month for month in months if Span("2022-06", "2022-07").holds(month)]
    ['2022-06', '2022-07']
    >>> [month for month in months if Span(last="2022-05").holds(month)]
    ['2022-05']
    """

    first: str | None = None
    last: str | None = None

    def holds(self, month: str) -> bool:
        """Return whether a month is one of them."""
        return (self.first or month) <= month <= (self.last or month)


def archive(
    target: Path, ledger: Path, key: str | None, rules: Path, span: Span = Span()
) -> dict[str, Any]:
    """Write the folder `target` from a ledger, whole or not at all, and return what it holds.

    The inputs are copied from where they were read, if they are still there and the same; what is
    missing is listed. Raises `Usage` where `target` has anything in it (an archive is never written
    over) or there is nothing to archive, `UntrustedInput` where the ledger is not whole.
    """
    words = load_printed(rules, "archive")
    fonts = load_printed(rules, "sheets").fonts
    if target.is_dir() and any(target.iterdir()):
        raise Usage(f"{target.name} 里已有文件，归档不覆盖任何文件；请换一个新文件夹")
    now = datetime.now().astimezone()
    with reading(ledger, key) as connection:
        wrong = audit(connection)
        if wrong:
            raise UntrustedInput(
                f"台账 {ledger.name} 不完整：{'；'.join(wrong)}。"
                "没有归档，请用 loubao backup 留下的副本"
            )
        postings = history.postings(connection)
        chosen = [posting for posting in postings if span.holds(posting.month)]
        if not chosen:
            raise Usage("台账里没有这些月份的记录；请先运行 loubao match，或改写 --from、--to")
        months = sorted({posting.month for posting in chosen})
        with output_folder(target) as draft:
            files = list(_write_documents(draft, connection, chosen, words))
            events = _write_events(draft, connection, chosen)
            write_table(draft.path(POSTINGS), POSTING_COLUMNS, map(posting_row, postings))
            files += [_table_row(draft, name) for name in (EVENTS, POSTINGS)]
            posted = [{**asdict(each), "events": events[each.posting_id]} for each in chosen]
            period = "至".join(dict.fromkeys((months[0], months[-1])))
            index = archive_index(
                pl.DataFrame(files, schema=ARCHIVED, orient="row"),
                pl.DataFrame(posted, schema=POSTED),
                words,
                Printing(fonts, now.date(), period),
            )
            draft.path(index.path).write_bytes(workbook_bytes(index))
            states = Counter(row["state"] for row in files)
            facts = {
                "loubao": __version__,
                "archived": now.isoformat(timespec="seconds"),
                "months": months,
                "counts": {
                    "postings": len(chosen),
                    "events": sum(events.values()),
                    **{state: states[state] for state in ("kept", "missing", "changed")},
                },
                "chain": postings[-1].chain,
            }
            seal = write_manifest(draft.folder, facts)
            if target.is_dir():
                target.rmdir()  # an empty folder needs not be kept
    return {**facts, "archive": str(target), "index": index.path, "seal": seal}


def _write_documents(
    draft: Draft, connection: Connection, postings: Iterable[PastPosting], words: Wording
) -> Iterator[dict[str, Any]]:
    """Write the files behind some postings; give the ARCHIVED rows of all that should be there."""
    months = {posting.posting_id: posting.month for posting in postings}
    found = [each for each in history.documents(connection) if each.posting_id in months]
    for document, path in paths_of(found, months, words):
        content, state = _content(connection, document)
        if content is not None:
            draft.path(path).write_bytes(content)
        yield {
            "role": document.role,
            "month": months[document.posting_id],
            "name": document.name,
            "file": path if content is not None else "",
            "state": state,
            "bytes": document.size,
            "sha256": document.sha256,
            "posting_id": document.posting_id,
            "place": document.place,
        }


def _content(connection: Connection, document: PastDocument) -> tuple[bytes | None, str]:
    """The content of a file as it was used, from the ledger or from where it was read."""
    if document.kept:
        content = history.content_of(connection, document.sha256)
    else:
        try:
            content = Path(document.place or "").read_bytes()
        except (OSError, ValueError):
            return None, "missing"
    if hashlib.sha256(content).hexdigest() != document.sha256:
        return None, "changed"
    return content, "kept"


def _write_events(
    draft: Draft, connection: Connection, postings: Iterable[PastPosting]
) -> Counter[int]:
    """Write events.csv; return how many events each posting has."""
    numbers = history.case_numbers(connection)
    counted: Counter[int] = Counter()

    def rows() -> Iterator[tuple[object, ...]]:
        for posting in postings:
            for event in history.events_in(connection, posting.posting_id):
                counted[posting.posting_id] += 1
                yield event_row(event, numbers)

    write_table(draft.path(EVENTS), EVENT_COLUMNS, rows())
    return counted


def _table_row(draft: Draft, name: str) -> dict[str, Any]:
    """The ARCHIVED row of a table of the archive."""
    path = draft.path(name)
    return {
        **dict.fromkeys(ARCHIVED),
        "role": name.removesuffix(".csv"),
        "name": name,
        "file": name,
        "state": "kept",
        "bytes": path.stat().st_size,
        "sha256": sha256(path),
    }


def verify(folder: Path, ledger: Path | None, key: str | None) -> dict[str, Any]:
    """Return what an archive holds: every file with its digest, nothing added, its chain unbroken.

    With a `ledger` the archive must say what that says. Raises `UntrustedInput` that names what
    differs, `Usage` where `folder` is no archive.
    """
    manifest = read_manifest(folder)
    found = list(changed_files(folder, manifest["files"]))
    if not {EVENTS, POSTINGS} & {name for name, _ in found}:
        found += _differences(folder, manifest, ledger, key)
    if found:
        lines = [f"{name} {what}" if name else what for name, what in found]
        if len(lines) > _NAMED:
            lines = [*lines[:_NAMED], f"另有 {len(lines) - _NAMED} 处"]
        raise UntrustedInput("\n".join([f"{folder.name} 与归档时不同，共 {len(found)} 处", *lines]))
    facts = {name: manifest[name] for name in ("loubao", "archived", "months", "counts", "chain")}
    return {
        **facts,
        "archive": str(folder),
        "files": len(manifest["files"]),
        "ledger": str(ledger) if ledger else None,
        "seal": sha256(folder / MANIFEST),
    }


def _differences(
    folder: Path, manifest: Mapping[str, Any], ledger: Path | None, key: str | None
) -> list[Difference]:
    """Where the tables differ from their own chain, and the archive from the ledger.

    What was posted to the ledger later does not matter.
    """
    months = set(manifest["months"])
    try:
        postings = postings_in(folder / POSTINGS)
        found = list(_broken_chain(postings, folder / EVENTS, months))
    except (ValueError, KeyError, TypeError):  # written by another program, digests and all
        return [(EVENTS, "读不懂，校验链无法核对")]
    if ledger is None:
        return found
    with reading(ledger, key) as connection:
        found += [("", f"台账 {ledger.name} 不完整：{what}") for what in audit(connection)]
        in_ledger = history.postings(connection)[: len(postings)]
        for archived, posting in zip_longest(postings, in_ledger):
            if archived != posting:
                number = archived.posting_id
                return [*found, ("", f"台账 {ledger.name} 的第{number}次登记与归档不同")]
        bound = {each.posting_id: each.month for each in postings if each.month in months}
        found += [
            (EVENTS, f"第{posting_id}次登记的事件与台账 {ledger.name} 不同")
            for posting_id in _other_events(connection, folder / EVENTS, bound)
        ]
        unknown, absent = _other_files(connection, manifest["files"], bound)
    found += [(path, f"与台账 {ledger.name} 记的不同") for path in unknown]
    found += [("", f"缺少台账 {ledger.name} 里 {month} 的 {name}") for month, name in absent]
    return found


def _broken_chain(
    postings: Iterable[PastPosting], events: Path, months: set[str]
) -> Iterator[Difference]:
    """Where the events of the archived months do not fit the chain of their postings."""
    groups = groupby(events_in(events), key=lambda event: event.posting_id)
    group = next(groups, None)
    previous = ""
    for posting in postings:
        if posting.month in months:
            of_posting: list[Event] = []
            if group and group[0] == posting.posting_id:
                of_posting = list(group[1])
                group = next(groups, None)
            if history.chain_after(previous, posting, of_posting) != posting.chain:
                yield EVENTS, f"与第{posting.posting_id}次登记的校验链不符"
        previous = posting.chain
    if group:
        yield EVENTS, "里有不属于这些月份的事件"


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
