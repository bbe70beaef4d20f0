"""What inspection asks for, bound together in a folder that can be checked later.

files behind the postings   by kind and month, in folders that rules/archive.yaml names
events.csv                  every event, with its posting and its case number
postings.csv                every posting of the ledger, with the chain that binds its events
the index                   a workbook: what is there and where from, what is missing
manifest.json               the SHA-256 of every file
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.books.archive_index import ARCHIVED, POSTED, archive_index
from loubao.core.faults import UntrustedInput, Usage
from loubao.layout.paper import Printing
from loubao.ledger import postings as history
from loubao.ledger.connection import Connection, reading
from loubao.ledger.postings import PastDocument, PastPosting, audit
from loubao.rules.sheets import load_printed
from loubao.rules.wording import Wording
from loubao.workbook.writing import workbook_bytes
from loubao.workspace.archive_layout import (
    EVENT_COLUMNS,
    EVENTS,
    POSTING_COLUMNS,
    POSTINGS,
    event_row,
    paths_of,
    posting_row,
    write_table,
)
from loubao.workspace.output_folder import Draft, output_folder, sha256

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Span:
    """Months from `first` to `last`, both included; None is open."""

    first: str | None = None
    last: str | None = None

    def holds(self, month: str) -> bool:
        """Whether a month (`YYYY-MM`) is one of them."""
        return (self.first or month) <= month <= (self.last or month)


def archive(
    target: Path,
    ledger: Path,
    key: str | None,
    rules: Path,
    span: Span = Span(),
) -> dict[str, Any]:
    """Write the folder `target` from a ledger, whole or not at all, and return what it holds.

    The inputs are copied from where they were read, if they are still there and the same; what is
    missing is told. Raises `Usage` where `target` has anything in it (an archive is never written
    over) or there is nothing to archive, `UntrustedInput` where the ledger is not whole.
    """
    words = load_printed(rules, "archive")
    fonts = load_printed(rules, "sheets").fonts
    _refuse_used(target)
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
            rows = list(_write_documents(draft, connection, chosen, words))
            counted = _write_events(draft, connection, chosen)
            write_table(draft.path(POSTINGS), POSTING_COLUMNS, map(posting_row, postings))
            rows += [_own_row(draft, name) for name in (EVENTS, POSTINGS)]
            posted = [
                {**asdict(posting), "events": counted[posting.posting_id]} for posting in chosen
            ]
            book = archive_index(
                pl.DataFrame(rows, schema=ARCHIVED, orient="row"),
                pl.DataFrame(posted, schema=POSTED),
                words,
                Printing(fonts, now.date(), "至".join(dict.fromkeys((months[0], months[-1])))),
            )
            draft.path(book.path).write_bytes(workbook_bytes(book))
            states = Counter(row["state"] for row in rows)
            told = {
                "loubao": __version__,
                "archived": now.isoformat(timespec="seconds"),
                "months": months,
                "counts": {
                    "postings": len(chosen),
                    "events": sum(counted.values()),
                    **{state: states[state] for state in ("kept", "missing", "changed")},
                },
                "chain": postings[-1].chain,
            }
            seal = _write_manifest(draft, told)
            if target.is_dir():
                target.rmdir()  # an empty folder needs not be kept
    return {**told, "archive": str(target), "index": book.path, "seal": seal}


def _refuse_used(target: Path) -> None:
    if target.is_dir() and any(target.iterdir()):
        raise Usage(f"{target.name} 里已有文件，归档不覆盖任何文件；请换一个新文件夹")


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


def _own_row(draft: Draft, name: str) -> dict[str, Any]:
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


def _write_manifest(draft: Draft, told: dict[str, Any]) -> str:
    """Write manifest.json with the digest of every file; return its own."""
    files = {
        path.relative_to(draft.folder).as_posix(): sha256(path)
        for path in sorted(draft.folder.rglob("*"))
        if path.is_file()
    }
    content = (json.dumps({**told, "files": files}, ensure_ascii=False, indent=1) + "\n").encode()
    draft.path(MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()
