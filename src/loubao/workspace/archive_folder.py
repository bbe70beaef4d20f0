"""The folder of an archive: where each file lies, its two tables, its manifest.

files behind the postings   by kind and month, in folders that rules/archive.yaml names
events.csv                  every event, with its posting and its case number
postings.csv                every posting of the ledger, with the chain that binds its events
the index                   a workbook: what is there and where from, what is missing
manifest.json               the SHA-256 of every file
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from loubao.core.events import Event
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.file_names import Taken, portable
from loubao.ledger.postings import PastDocument, PastPosting
from loubao.rules.wording import Wording
from loubao.workspace.output_folder import digests_below, sha256

MANIFEST = "manifest.json"
EVENTS, POSTINGS = "events.csv", "postings.csv"
EVENT_COLUMNS = (
    *("event_id", "posting_id", "case_id", "case_no", "kind", "on_date", "edition_id"),
    *("corrects", "detail"),
)
POSTING_COLUMNS = tuple(PastPosting.__dataclass_fields__)
#: what programs leave in a folder that somebody looked at
_LEFT_BEHIND = frozenset({"Thumbs.db", "desktop.ini", ".DS_Store"})
_OPEN = ("~$", ".~")


def paths_of(
    documents: Iterable[PastDocument], months: Mapping[int, str], words: Wording
) -> Iterator[tuple[PastDocument, str]]:
    """Give each file of each month once, and its path in the archive, "/" between folders.

    `months`: the month of each posting. A file that was used with other content under the same
    name before, or whose name differs in nothing that every system tells apart, goes to a folder
    of its own.
    """
    seen: set[tuple[str, str, str, str]] = set()
    taken = Taken()
    for document in documents:
        month = months[document.posting_id]
        same = (document.role, month, document.name, document.sha256)
        if same in seen:
            continue
        seen.add(same)
        folder = f"{words.materials[document.role].folder}/{month}"
        name = safe(document.name)
        path, number = f"{folder}/{name}", 1
        while path in taken:
            number += 1
            path = f"{folder}/{words.again.format(number=number)}/{name}"
        taken.take(path)
        yield document, path


def safe(name: str) -> str:
    """Return the relative path `name` as every system takes it, never leaving its folder.

    >>> safe("核查表/洛阳镇/上浦村.xlsx"), safe("../a:b/./c"), safe("/")
    ('核查表/洛阳镇/上浦村.xlsx', '_/a_b/c', '_')
    """
    return "/".join(portable(part) for part in PurePosixPath(name).parts if part != "/") or "_"


def event_row(event: Event, numbers: Mapping[int, str]) -> tuple[object, ...]:
    """Return a row of events.csv; `numbers`: the number of each case.

    >>> event_row(Event(7, "closed", "2022-07-31", {"reason": "death"}), {7: "104-2022-00012"})
    (0, 0, 7, '104-2022-00012', 'closed', '2022-07-31', None, None, '{"reason": "death"}')
    """
    return (
        *(event.event_id, event.posting_id, event.case_id, numbers[event.case_id], event.kind),
        *(event.on_date, event.edition_id, event.corrects, _as_json(event.detail)),
    )


def posting_row(posting: PastPosting) -> tuple[object, ...]:
    """Return a row of postings.csv."""
    values = {**asdict(posting), "counts": _as_json(posting.counts)}
    return tuple(values[column] for column in POSTING_COLUMNS)


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a table with its header, as spreadsheet programs take it."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(columns)
        table.writerows(rows)


def postings_in(path: Path) -> list[PastPosting]:
    """Return the postings of a postings.csv; raises ValueError, KeyError, TypeError."""
    return [
        PastPosting(
            posting_id=int(row.pop("posting_id")),
            late_reason=row.pop("late_reason") or None,
            counts=json.loads(row.pop("counts")),
            **row,
        )
        for row in rows_of(path)
    ]


def events_in(path: Path) -> Iterator[Event]:
    """Give the events of an events.csv; raises ValueError, KeyError, TypeError."""
    for row in rows_of(path):
        yield Event(
            case_id=int(row["case_id"]),
            kind=row["kind"],  # type: ignore[arg-type]
            on_date=row["on_date"],
            detail=json.loads(row["detail"]),
            edition_id=int(row["edition_id"]) if row["edition_id"] else None,
            corrects=int(row["corrects"]) if row["corrects"] else None,
            event_id=int(row["event_id"]),
            posting_id=int(row["posting_id"]),
        )


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Give the rows of a table, every cell a text."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> str:
    """Write manifest.json: some facts, and the digest of every file; return its own digest."""
    manifest = {**facts, "files": digests_below(folder)}
    content = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
    (folder / MANIFEST).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what manifest.json holds.

    Raises `Usage` where there is none, `UntrustedInput` where it is not one that was written here.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
    except OSError:
        raise Usage(f"{folder.name} 不是归档文件夹：里面没有 {MANIFEST}") from None
    try:
        manifest = json.loads(content)
        texts = [*manifest["files"], *manifest["months"], manifest["chain"], manifest["archived"]]
        manifest["loubao"], manifest["counts"]
        manifest["files"][EVENTS], manifest["files"][POSTINGS]
    except (ValueError, KeyError, TypeError):
        texts = [None]
    if not all(isinstance(text, str) for text in texts):
        raise UntrustedInput(f"{folder.name}/{MANIFEST} 已损坏，归档无法核对")
    return dict(manifest)


def changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give each file that is not what the manifest says (`files`: path → digest), and how."""
    for name, digest in files.items():
        try:
            if sha256(folder / name) != digest:
                yield name, "内容已改动"
        except OSError:
            yield name, "缺失"
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        aside = path.name in _LEFT_BEHIND or path.name.startswith(_OPEN)
        if not path.is_dir() and name not in files and name != MANIFEST and not aside:
            yield name, "是归档后加入的"


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
