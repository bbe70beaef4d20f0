"""LEFT and RIGHT of `link`: one table a file, its columns understood, its rows in slices.

A parquet file is read by columns (parquet_file.py); any other file is read whole by `workbook`, and
its first sheet with people is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Sheet
from loubao.ingest.columns import (
    WHO,
    HeaderMissing,
    Named,
    header_of_row,
    header_of_sheet,
    listed,
)
from loubao.ingest.sheets.header import Fit
from loubao.ingest.sheets.rows import people_rows, row_kinds
from loubao.rules.linking import LinkRules
from loubao.workspace.parquet_file import Early, ParquetFile, is_parquet, open_parquet

#: Rows of a sheet handed over at a time.
SLICE = 2_500_000
_NEEDED = "要有姓名列或证号列。可以用 --columns 指明，例如 --columns 'name=姓名列,id_number=证号列'"


@dataclass(frozen=True)
class Table:
    """One table: which column is which field (`fit`), and its rows as texts (`cells`).

    `skipped` counts the rows that are titles, headers, totals, footers or nobody, by kind;
    `other_sheets` are the names of sheets that were not read.
    """

    file: str
    fit: Fit
    rows: int
    cells: pl.DataFrame | ParquetFile
    sheet: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)
    other_sheets: tuple[str, ...] = ()

    def slices(self) -> Iterator[pl.DataFrame]:
        """Yield frames of `row` (UInt32) and String columns, of each place with a field."""
        if isinstance(self.cells, ParquetFile):
            yield from self.cells.slices(self.fit.places)
        else:
            yield from self.cells.iter_slices(SLICE)


def open_table(
    path: Path,
    named: Named,
    rules: LinkRules,
    passwords: Sequence[str] = (),
    early: Early | None = None,
) -> Table:
    """Return the table of a file; `early` may have its first rows.

    Raises `Usage` for a file that cannot be opened and for a header named that is not there, and
    `UntrustedInput` for one that is no table, or in which no column says who a row is.
    """
    try:
        parquet = is_parquet(path)
        content = b"" if parquet else path.read_bytes()
    except OSError:
        raise Usage(f"{path.name} 打不开，请检查路径和权限") from None
    try:
        if parquet:
            return _of_parquet(open_parquet(path, early or {}), named, rules)
        return _of_sheets(content, path.name, named, rules, passwords)
    except HeaderMissing as missing:
        raise missing.fault(path.name) from None


def _of_parquet(parquet: ParquetFile, named: Named, rules: LinkRules) -> Table:
    headers, file = list(parquet.schema), parquet.path.name
    fit = header_of_row(headers, named, rules)
    if not WHO & set(fit.fields):
        raise _nobody(file, headers)
    for place in fit.places:
        parquet.column(place)  # refused before anything is read
    return Table(file, fit, parquet.rows, parquet)


def _of_sheets(
    content: bytes, file: str, named: Named, rules: LinkRules, passwords: Sequence[str]
) -> Table:
    from loubao.workbook.read_sheets import read_large_text, read_sheets

    large = read_large_text(content, file)
    sheets = [large] if large is not None else read_sheets(content, file, passwords)
    sheet, fit = _first_table(sheets, named, rules)
    if sheet is None or fit is None:
        cells = max(sheets, key=lambda each: each.cells.height).cells.drop("row")
        seen = max(cells.head(rules.reading.header_depth).rows(), key=_filled)
        raise _nobody(file, [text for text in seen if text is not None])
    # of a header further down the other columns may be other ones
    used = replace(fit, columns=tuple(c for c in fit.columns if c.field is not None))
    kinds = row_kinds(sheet, used, rules.table, rules.reading)
    skipped = {"title": fit.start, "header": fit.depth}
    for kind, numbers in kinds.items():
        skipped[kind] = skipped.get(kind, 0) + len(numbers)
    return Table(
        file=file,
        fit=fit,
        rows=sheet.cells.height,
        cells=people_rows(sheet, fit, kinds).select("row", *fit.places),
        sheet=sheet.name,
        skipped={kind: count for kind, count in skipped.items() if count},
        other_sheets=tuple(each.name for each in sheets if each is not sheet),
    )


def _first_table(
    sheets: Sequence[Sheet], named: Named, rules: LinkRules
) -> tuple[Sheet | None, Fit | None]:
    """Return the first sheet with people; a header that was named may stand in any of them."""
    missing: HeaderMissing | None = None
    for sheet in sheets:
        try:
            fit = header_of_sheet(sheet, named, rules)
        except HeaderMissing as error:
            missing = missing or error
            continue
        if fit is not None and WHO & set(fit.fields):
            return sheet, fit
    if missing is not None:
        raise missing
    return None, None


def _filled(row: Sequence[str | None]) -> int:
    return sum(text is not None for text in row)


def _nobody(file: str, seen: Sequence[str]) -> UntrustedInput:
    return UntrustedInput(f"{file}：认不出姓名列和证号列，{_NEEDED}。看到的列：{listed(seen)}")
