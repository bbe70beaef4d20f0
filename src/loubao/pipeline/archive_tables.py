"""The two tables of an archive, as they are written and as they are read back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from loubao.events import Event
from loubao.ledger.history import PastPosting

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
