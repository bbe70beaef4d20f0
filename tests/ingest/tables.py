"""Short ways to a Sheet and to what tidying makes of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from loubao.core.frames import ISSUES, Sheet, empty
from loubao.ingest.records import records
from loubao.ingest.sheets.account import Part, part_of
from loubao.ingest.sheets.identify import claim
from loubao.rules.folder import Rules

AS_OF = date(2022, 6, 30)
Cell = str | None


def sheet(file: str, *rows: Sequence[Cell], name: str = "", first: int = 1) -> Sheet:
    """Rows as a reader would hand them on; rows without a text are left out."""
    width = max(map(len, rows), default=0)
    filled = [
        [number, *[cell or None for cell in row], *[None] * (width - len(row))]
        for number, row in enumerate(rows, start=first)
        if any(row)
    ]
    schema = {"row": pl.UInt32} | {str(place): pl.String for place in range(width)}
    cells = pl.DataFrame(filled, schema=schema, orient="row")
    return Sheet(file, name, cells, len(rows) - len(filled), (), empty(ISSUES))


def parts(rules: Rules, *sheets: Sheet) -> list[Part]:
    """Each sheet on its way; the other lists of a month need not be there."""
    claimed, faults = claim(sheets, rules)
    assert faults == []
    claimed.sort(key=lambda c: (c.list_name, c.sheet.file, c.position))
    return [part_of(each, rules) for each in claimed]


def tidied(rules: Rules, *sheets: Sheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Records and issues of some sheets."""
    return records(parts(rules, *sheets), rules, AS_OF)


def codes(issues: pl.DataFrame) -> set[tuple[int | None, str, str]]:
    """Row, column and code of each issue."""
    return set(issues.select("row", "column", "code").rows())


def table(columns: dict[str, Sequence[str | None]]) -> tuple[list[str], pl.DataFrame]:
    """Headers and rows of a table as `link` has them, the first row being 2."""
    headers = list(columns)
    cells = [pl.Series(str(i), v, pl.String) for i, v in enumerate(columns.values())]
    return headers, pl.DataFrame(cells).with_row_index("row", 2)
