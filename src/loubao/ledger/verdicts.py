"""Verdicts: what villages said of a pair, the same person or not. A verdict outranks every tier.

It is about a case and an `other`: a row of a roll or exclusion as it is written (`row_key`), or
another case (`case_key`). It does not hold for a row that is written otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from loubao.ledger.connection import Connection
from loubao.ledger.status import merged_into

#: The tier of a pair that a verdict links.
JUDGED = "judged_same"
#: Kind of the case (`lead`, `sample`), the candidate as the sheet had it, whether it is the person.
Judged: TypeAlias = tuple[str, dict[str, Any], bool]
CASE = "case:"
ROW = "row:"


def case_key(case_id: int) -> str:
    """Return what a verdict calls another case.

    >>> case_key(12)
    'case:12'
    """
    return f"{CASE}{case_id}"


def other_case(other: str) -> int | None:
    """Return the case that a verdict calls `other`, None for a row of a roll or exclusion.

    >>> other_case(case_key(12)), other_case("row:9f2c01ab77")
    (12, None)
    """
    return int(other.removeprefix(CASE)) if other.startswith(CASE) else None


def row_key(row: Mapping[str, Any]) -> str:
    """Return what a verdict calls a row of the RECORDS: a digest of how it is written.

    >>> row = {"list": "dibao", "name_key": "庄建国", "id_number": None, "id_pattern": None,
    ...     "birth_date": None, "village_code": "350521104203"}
    >>> row_key(row)[:12], row_key(row) == row_key({**row, "village_code": None})
    ('row:27225704', False)
    """
    number = row["id_number"] or row["id_pattern"]
    written = [row["list"], row["name_key"], number, row["birth_date"], row["village_code"]]
    text = "\x1f".join("" if value is None else str(value) for value in written)
    return ROW + hashlib.sha256(text.encode()).hexdigest()[:32]


def judged(connection: Connection) -> list[Judged]:
    """Return the newest verdict on every pair; a merged case counts as the one it lives on in."""
    merged = merged_into(connection)
    newest: dict[tuple[int, str], Judged] = {}
    for case_id, other, kind, candidate, same in connection.execute(
        "SELECT case_id, other, kind, candidate, same FROM judgement JOIN cases USING (case_id)"
        " ORDER BY judgement_id"
    ):
        newest[merged.get(case_id, case_id), other] = (kind, json.loads(candidate), bool(same))
    return list(newest.values())
