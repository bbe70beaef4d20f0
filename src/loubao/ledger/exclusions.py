"""What the exclusion lists of each month said: remembered whether or not it concerned a case.

A list of deaths may tell each death once. Its rows are kept as they were read, with the month and
the place where they stood, and are written anew with every run of their month.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from loubao.core.events import ExclusionRow
from loubao.core.frames import PLACE, WRITTEN, Schema
from loubao.ledger.sqlite_file import Connection

#: Rows of exclusion lists: the month whose list it was, where it stood, whether it qualifies, the
#: day that it gives, and how the person is written.
EXCLUSIONS: Schema = {
    "exclusion_id": pl.Int64,
    "month": pl.String,
    **PLACE,
    "qualifies": pl.Boolean,
    "said_on": pl.Date,
    **WRITTEN,
}
_COLUMNS = ("month", "file", "sheet", "row", "qualifies", "said_on", *WRITTEN)


def write_exclusions(connection: Connection, month: str, rows: Iterable[ExclusionRow]) -> None:
    """Write the rows of the exclusion lists of a month in place of those of its earlier runs."""
    connection.execute("DELETE FROM exclusion WHERE month = ?", (month,))
    connection.executemany(
        f"INSERT INTO exclusion ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",
        (
            (
                *(month, each.file, each.sheet, each.row, int(each.qualifies), each.said_on),
                *(each.values.get(column) for column in WRITTEN),
            )
            for each in rows
        ),
    )


def exclusions_before(connection: Connection, month: str) -> pl.DataFrame:
    """Return EXCLUSIONS of the months before one, the oldest first."""
    found = connection.execute(
        f"SELECT {', '.join(EXCLUSIONS)} FROM exclusion WHERE month < ?"
        " ORDER BY month, exclusion_id",
        (month,),
    ).fetchall()
    dates = [name for name, dtype in EXCLUSIONS.items() if dtype == pl.Date]
    kept: Schema = {**EXCLUSIONS, "qualifies": pl.Int64, **dict.fromkeys(dates, pl.String)}
    return pl.DataFrame(found, schema=dict(kept), orient="row").with_columns(
        pl.col("qualifies").cast(pl.Boolean), pl.col(dates).str.to_date("%Y-%m-%d")
    )


def exclusions_in(connection: Connection, month: str) -> int:
    """Return how many rows of exclusion lists the last run of a month left."""
    found = connection.execute("SELECT count(*) FROM exclusion WHERE month = ?", (month,))
    return int(found.fetchone()[0])
