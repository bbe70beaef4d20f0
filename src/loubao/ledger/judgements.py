"""What people said of pairs: the verdicts of villages and of the desk, and the desk's reviews.

A verdict says what holds of a pair. A review is what a reader said at the desk (`loubao review`):
it may lead to a verdict in the same posting, or wait for a second reader, or say that it is unsure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from loubao.core.events import Posting, Reviewed
from loubao.ledger.chain import as_json
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import merged_into

#: A case, and what a verdict on it calls the other.
Pair: TypeAlias = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Said:
    """The verdict in force on a pair; `by_desk`: the office gave it, not a village."""

    same: bool
    on_date: str
    by_desk: bool
    posting_id: int


@dataclass(frozen=True, slots=True)
class Label:
    """A pair that people decided, and how it came to be asked about.

    drawn      `sample`: at random among the links of the month; `sheet`: as the first candidate of
               a person of the sheets, of whom some villages have answered; `desk`: by choice and in
               an order of one's own
    month      of the sample, else of the answer
    candidate  as it was asked about (`screening.candidates.Asked`)
    same       whether it is the person
    """

    drawn: Literal["sample", "sheet", "desk"]
    month: str
    candidate: Mapping[str, Any]
    same: bool


def write_judgements(connection: Connection, posting_id: int, posting: Posting) -> None:
    """Write the verdicts and reviews of a posting, within its transaction."""
    connection.executemany(
        "INSERT INTO judgement (posting_id, case_id, other, same, on_date, candidate)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            (posting_id, v.case_id, v.other, int(v.same), v.on_date, as_json(v.candidate))
            for v in posting.verdicts
        ),
    )
    connection.executemany(
        "INSERT INTO reviewed (posting_id, case_id, other, reader, choice, way, at, seen)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (posting_id, r.case_id, r.other, r.reader, r.choice, r.way, r.at, as_json(r.seen))
            for r in posting.reviewed
        ),
    )


def reviews_of(connection: Connection, month: str) -> list[Reviewed]:
    """Return the reviews of a month that hold, oldest first; a merged case counts as its owner."""
    merged = merged_into(connection)
    found = connection.execute(
        "SELECT case_id, other, reader, choice, way, at, seen, posting_id"
        " FROM reviewed JOIN posting USING (posting_id)"
        " WHERE month = ? AND posting_id NOT IN taken_back ORDER BY reviewed_id",
        (month,),
    )
    return [
        Reviewed(
            merged.get(case_id, case_id), other, reader, choice, way, at, json.loads(seen), id_
        )
        for case_id, other, reader, choice, way, at, seen, id_ in found
    ]


def desk_verdicts(connection: Connection, month: str) -> list[tuple[int, str, Mapping[str, Any]]]:
    """Return the verdicts that the desk gave in a month, oldest first: case, other, candidate."""
    merged = merged_into(connection)
    found = connection.execute(
        "SELECT case_id, other, candidate FROM judgement JOIN posting USING (posting_id)"
        " WHERE kind = 'review' AND month = ? AND posting_id NOT IN taken_back"
        " ORDER BY judgement_id",
        (month,),
    )
    return [(merged.get(case, case), other, json.loads(text)) for case, other, text in found]


def verdicts_of(connection: Connection, case_ids: Iterable[int]) -> dict[Pair, Said]:
    """Return the verdict in force on each pair of some cases."""
    return _in_force(
        connection, "case_id IN (SELECT value FROM json_each(?))", json.dumps(sorted(set(case_ids)))
    )


def verdicts_among(connection: Connection, others: Iterable[str]) -> dict[Pair, Said]:
    """Return the verdict in force on each pair with one of the `others`."""
    return _in_force(
        connection, "other IN (SELECT value FROM json_each(?))", json.dumps(sorted(set(others)))
    )


def verdicts_on_cases(connection: Connection) -> dict[Pair, Said]:
    """Return the verdict in force on each pair of two cases."""
    return _in_force(connection, "other GLOB ?", "case:*")


def _in_force(connection: Connection, which: str, value: str) -> dict[Pair, Said]:
    merged: Mapping[int, int] = merged_into(connection)
    found: Iterable[tuple[Any, ...]] = connection.execute(
        "SELECT case_id, other, same, on_date, kind = 'review', posting_id"
        " FROM judgement JOIN posting USING (posting_id)"
        f" WHERE {which} AND posting_id NOT IN taken_back ORDER BY judgement_id",
        (value,),
    )
    return {
        (merged.get(case_id, case_id), other): Said(bool(same), on, bool(by_desk), posting_id)
        for case_id, other, same, on, by_desk, posting_id in found
    }


def labels(connection: Connection, before: str | None = None) -> list[Label]:
    """Return the newest verdict on each pair; a merged case counts as the one it lives on in.

    With `before`, of the verdicts that were posted before that month was matched first. The same
    answer for another row of a candidate is no label, nor is one on a name under the same number.
    """
    first = connection.execute(
        "SELECT min(posting_id) FROM posting WHERE kind = 'month' AND month = ?"
        " AND posting_id NOT IN taken_back",
        (before,),
    ).fetchone()[0]
    merged = merged_into(connection)
    newest: dict[Pair, Label] = {}
    for case_id, other, sampled_in, by_desk, month, candidate, same in connection.execute(
        "SELECT j.case_id, j.other, iif(c.kind = 'sample', o.month, NULL), p.kind = 'review',"
        " p.month, j.candidate, j.same FROM judgement j JOIN posting p USING (posting_id)"
        " JOIN cases c ON c.case_id = j.case_id JOIN posting o ON o.posting_id = c.posting_id"
        " WHERE p.posting_id NOT IN taken_back AND (? IS NULL OR p.posting_id < ?)"
        " ORDER BY judgement_id",
        (first, first),
    ):
        drawn: Literal["sample", "sheet", "desk"] = "desk" if by_desk else "sheet"
        newest[merged.get(case_id, case_id), other] = Label(
            "sample" if sampled_in else drawn,
            sampled_in or month,
            json.loads(candidate),
            bool(same),
        )
    links = (label for label in newest.values() if label.candidate.get("kind") != "name")
    return [label for label in links if "of" not in label.candidate]
