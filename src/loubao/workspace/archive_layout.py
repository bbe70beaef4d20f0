"""Where in an archive each file behind a posting lies.

The two tables of an archive, as they are written and as they are read back.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from loubao.core.events import Event
from loubao.ledger.postings import PastDocument, PastPosting
from loubao.rules.wording import Wording

#: What some system does not take in the name of a file.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')


def paths_of(
    documents: Iterable[PastDocument], months: Mapping[int, str], words: Wording
) -> Iterator[tuple[PastDocument, str]]:
    """Give each file of each month once, and its path in the archive, "/" between folders.

    `months`: the month of each posting. A file that was used with other content under the same
    name before, or whose name differs in nothing that every system tells apart, goes to a folder
    of its own.
    """
    seen: set[tuple[str, str, str, str]] = set()
    taken: set[str] = set()
    for document in documents:
        month = months[document.posting_id]
        same = (document.role, month, document.name, document.sha256)
        if same in seen:
            continue
        seen.add(same)
        folder = f"{words.materials[document.role].folder}/{month}"
        name = safe(document.name)
        path, number = f"{folder}/{name}", 1
        while path.casefold() in taken:
            number += 1
            path = f"{folder}/{words.again.format(number=number)}/{name}"
        taken.add(path.casefold())
        yield document, path


def safe(name: str) -> str:
    """Return the relative path `name` as every system takes it, never leaving its folder.

    >>> safe("核查表/洛阳镇/上浦村.xlsx"), safe("../a:b/./c"), safe("/")
    ('核查表/洛阳镇/上浦村.xlsx', '_/a_b/c', '_')
    """
    parts = (_FORBIDDEN.sub("_", part).rstrip(". ") for part in PurePosixPath(name).parts)
    return "/".join(part or "_" for part in parts if part != "/") or "_"


EVENTS, POSTINGS = "events.csv", "postings.csv"
EVENT_COLUMNS = (
    *("event_id", "posting_id", "case_id", "case_no", "kind", "on_date", "edition_id"),
    *("corrects", "detail"),
)
POSTING_COLUMNS = tuple(PastPosting.__dataclass_fields__)


def event_row(event: Event, numbers: Mapping[int, str]) -> tuple[object, ...]:
    """Return a row of events.csv; `numbers`: the number of each case."""
    return (
        *(event.event_id, event.posting_id, event.case_id, numbers[event.case_id], event.kind),
        *(event.on_date, event.edition_id, event.corrects, _as_json(event.detail)),
    )


def posting_row(posting: PastPosting) -> tuple[object, ...]:
    """Return a row of postings.csv."""
    told = {**asdict(posting), "counts": _as_json(posting.counts)}
    return tuple(told[column] for column in POSTING_COLUMNS)


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


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
