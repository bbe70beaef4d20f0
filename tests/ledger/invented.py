"""A ledger of a few invented cases, and what a month and a return add to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from loubao.core.events import (
    Document,
    Edition,
    Event,
    Naming,
    NewCase,
    Place,
    Posting,
    Reviewed,
    SheetRow,
    Sighting,
    Verdict,
)
from loubao.ledger.connection import writing
from loubao.ledger.postings import post
from loubao.ledger.sqlite_file import Connection

TIME = "2022-07-01T06:30:00+08:00"
RULE, SHEET = b"refusal_months: 12\n", b"a village sheet"


def month(first: int = 1, cases: int = 3, month: str = "2022-06") -> Posting:
    """A month that opens `cases` cases from the number `first` on and issues them on one sheet."""
    day, ids = f"{month}-30", range(first, first + cases)
    return Posting(
        kind="month",
        month=month,
        as_of=day,
        digest=f"digest {first}",
        counts={"cases": cases},
        cases=tuple(NewCase(i, f"104-2022-{i:05}", "104", 2022, i) for i in ids),
        sightings=tuple(Sighting(i, {"list": "medical", "birth_date": "1960-03-05"}) for i in ids),
        editions=(
            Edition(
                *(first, month, "洛阳镇", "上浦村", "350599104201", 1, day, day, "9f", {}),
                tuple(SheetRow(i, {"cells": {}}, {"kind": "roll", "other": "x"}) for i in ids),
            ),
        ),
        events=(
            *(Event(i, "opened", day, {"lists": ["medical"]}) for i in ids),
            *(Event(i, "issued", day, edition_id=first) for i in ids),
        ),
        naming=tuple(Naming(i, ("medical",), "new") for i in ids),
        places=tuple(Place(i, "洛阳镇", "上浦村", "", f"户{i}", ("medical",)) for i in ids),
        documents=(
            Document("input", "低保.csv", "00" * 32, 3, place="/nowhere/低保.csv"),
            document("rule", "screening.yaml", RULE),
            document("issued", "第1版/核查表/洛阳镇/上浦村.xlsx", SHEET + str(first).encode()),
        ),
    )


def answers(*events: Event, name: str = "上浦村.xlsx", month: str = "2022-06") -> Posting:
    """What came back from a village."""
    return Posting(
        kind="return",
        month=month,
        as_of="2022-07-10",
        digest=name,
        counts={"answers": len(events)},
        events=events,
        verdicts=(Verdict(events[0].case_id, "x", False, "2022-07-09", {"list": "dibao"}),),
        documents=(document("returned", name, name.encode()),),
    )


def review(case: int, month: str = "2022-07") -> Posting:
    """What two readers said at the desk of a case and two rows, of which one verdict follows."""
    at = "2022-08-02T09:00:00+08:00"
    return Posting(
        kind="review",
        month=month,
        as_of=f"{month}-30",
        digest=f"review {case}",
        counts={"reviewed": 3, "verdicts": 1},
        verdicts=(Verdict(case, "row:1", False, "2022-08-02", {"list": "dibao"}),),
        reviewed=(
            Reviewed(case, "row:1", "甲", "different", "blind", at, {"tier": "t"}),
            Reviewed(case, "row:2", "甲", "unsure", "blind", at, {}),
            Reviewed(case, "row:1", "乙", "different", "settled", at, {}),
        ),
    )


def verified(case: int, result: str = "eligible", on: str = "2022-07-08") -> Event:
    return Event(case, "verified", on, {"result": result, "lists": ["medical"]})


def document(role: str, name: str, content: bytes) -> Document:
    from hashlib import sha256

    digest = sha256(content).hexdigest()
    return Document(role, name, digest, len(content), content)  # type: ignore[arg-type]


def make(path: Path, key: str | None = None) -> Path:
    """Write a ledger of a month and a return."""
    with writing(path, key) as connection:
        post(connection, month(), TIME)
        post(connection, answers(verified(1), verified(2, "ineligible")), TIME)
    return path


def content(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that only grows."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'posted_issues' ORDER BY name"
    ).fetchall()
    return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}


def placed(input_: Path, posting: Posting) -> Posting:
    """The same with its input where it can be found."""
    from hashlib import sha256

    found = input_.read_bytes()
    documents = (
        replace(
            posting.documents[0],
            name=input_.name,
            sha256=sha256(found).hexdigest(),
            size=len(found),
            place=str(input_),
        ),
        *posting.documents[1:],
    )
    return replace(posting, documents=documents)


@contextmanager
def behind_its_back(ledger: Connection) -> Iterator[None]:
    """For changes as somebody makes them who knows the triggers, and puts them back."""
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    found = ledger.execute(triggers).fetchall()
    for name, _ in found:
        ledger.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in found:
        ledger.execute(sql)
