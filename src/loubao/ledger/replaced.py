"""What a posting replaced: the rows of its month that its earlier runs had left.

`naming`, `exclusion` and `covered` are written anew with their month. What was there before is kept
with the posting that replaced it, and comes back when that is undone.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from loubao.core.events import CoveredRow, ExclusionRow, Naming, Posting
from loubao.core.frames import WRITTEN
from loubao.ledger.chain import as_json
from loubao.ledger.sqlite_file import Connection

_ROWS = {
    "naming": "SELECT case_id, lists, news FROM naming WHERE month = ? ORDER BY case_id",
    "exclusion": f"SELECT file, sheet, row, qualifies, said_on, {', '.join(WRITTEN)} FROM exclusion"
    " WHERE month = ? ORDER BY exclusion_id",
    "covered": f"SELECT roll, clue, village_group, phone, {', '.join(WRITTEN)} FROM covered"
    " WHERE month = ? ORDER BY covered_id",
}


def keep_replaced(connection: Connection, posting_id: int, posting: Posting) -> None:
    """Keep the rows that a posting is about to write anew; nothing where there are none yet."""
    for name in posting.of_month:
        before = connection.execute(_ROWS[name], (posting.month,)).fetchall()
        if before:
            content = zlib.compress(as_json([list(row) for row in before]).encode(), 6)
            connection.execute("INSERT INTO replaced VALUES (?, ?, ?)", (posting_id, name, content))


def replaced_naming(connection: Connection, posting_id: int) -> tuple[Naming, ...]:
    """Return the naming of the month as it was before a posting."""
    return tuple(
        Naming(case_id, tuple(json.loads(lists)), news)
        for case_id, lists, news in _replaced(connection, posting_id, "naming")
    )


def replaced_exclusions(connection: Connection, posting_id: int) -> tuple[ExclusionRow, ...]:
    """Return the rows of the month's exclusion lists as they were before a posting."""
    rows = []
    for written in _replaced(connection, posting_id, "exclusion"):
        file, sheet, row, qualifies, said_on, *person = written
        values = dict(zip(WRITTEN, person, strict=True))
        rows.append(ExclusionRow(file, sheet, row, bool(qualifies), said_on, values))
    return tuple(rows)


def replaced_covered(connection: Connection, posting_id: int) -> tuple[CoveredRow, ...]:
    """Return whom rolls covered in the month, as it was before a posting."""
    return tuple(
        CoveredRow(roll, clue, group, phone, dict(zip(WRITTEN, person, strict=True)))
        for roll, clue, group, phone, *person in _replaced(connection, posting_id, "covered")
    )


def _replaced(connection: Connection, posting_id: int, name: str) -> list[list[Any]]:
    found = connection.execute(
        "SELECT content FROM replaced WHERE posting_id = ? AND name = ?", (posting_id, name)
    ).fetchone()
    return json.loads(zlib.decompress(found[0])) if found else []
