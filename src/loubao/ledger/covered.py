"""Whom a list named and a roll covered, month by month: nobody's case, but not to be forgotten.

Once the roll has a person no more, a later month asks for them although no list names them again.
The rows are written anew with every run of their month.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from loubao.core.events import CoveredRow
from loubao.core.frames import WRITTEN, Schema
from loubao.ledger.sqlite_file import Connection

#: Rows of source lists: the month whose list it was, the roll that covered the person, what a sheet
#: would have said, and how the person is written.
COVERED: Schema = {
    "covered_id": pl.Int64,
    "month": pl.String,
    "roll": pl.String,
    "clue": pl.String,
    "village_group": pl.String,
    "phone": pl.String,
    **WRITTEN,
}
_SAID = ("roll", "clue", "village_group", "phone")


def write_covered(connection: Connection, month: str, rows: Iterable[CoveredRow]) -> None:
    """Write whom rolls covered in a month in place of what its earlier runs left."""
    columns = ("month", *_SAID, *WRITTEN)
    connection.execute("DELETE FROM covered WHERE month = ?", (month,))
    connection.executemany(
        f"INSERT INTO covered ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        (
            (
                *(month, each.roll, each.clue, each.group, each.phone),
                *(each.values.get(column) for column in WRITTEN),
            )
            for each in rows
        ),
    )


def covered_before(connection: Connection, month: str, first: str) -> pl.DataFrame:
    """Return COVERED of the months from `first` to the one before `month`, the oldest first."""
    found = connection.execute(
        f"SELECT {', '.join(COVERED)} FROM covered WHERE month >= ? AND month < ?"
        " ORDER BY month, covered_id",
        (first, month),
    ).fetchall()
    dates = [name for name, dtype in COVERED.items() if dtype == pl.Date]
    texts: Schema = {**COVERED, **dict.fromkeys(dates, pl.String)}
    frame = pl.DataFrame(found, schema=dict(texts), orient="row")
    return frame.with_columns(pl.col(dates).str.to_date("%Y-%m-%d"))


def covered_in(connection: Connection, month: str) -> int:
    """Return how many such rows the last run of a month left."""
    found = connection.execute("SELECT count(*) FROM covered WHERE month = ?", (month,))
    return int(found.fetchone()[0])
