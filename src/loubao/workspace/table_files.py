"""LEFT and RIGHT of `link`: one table a file, its columns understood, its rows in slices.

A parquet file is read by columns and in slices, so that ten million rows do not have to be in
memory; any other file is read whole by `workbook`, and its first sheet with people is taken.

The first slice of a parquet file of few columns is begun to be read while the rest of the program
is still being loaded (`begin`): which columns are needed is not known before the rules are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

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
from loubao.workbook.cell_text import text_of

#: Rows handed over at a time: held whole, while the left keys are looked up anew for each slice.
SLICE = 2_500_000
_MAGIC = b"PAR1"
#: A table with more columns is read when it is known which of them are needed.
_FEW = 12
_FIRST_ROW = 2  # of a file whose header stands in the first
#: Doubles below this hold every digit of a whole number.
_EXACT = 1e15
_NEEDED = "要有姓名列或证号列。可以用 --columns 指明，例如 --columns 'name=姓名列,id_number=证号列'"

#: What is on its way, by file; whoever takes it takes it out.
Early: TypeAlias = dict[Path, "Future[pl.DataFrame | None]"]


def begin(paths: Iterable[Path]) -> Early:
    """Return the first rows of each parquet file to come; None where that is left for later."""
    reader = ThreadPoolExecutor(2)
    early = {path: reader.submit(_first_rows, path) for path in paths if _is_parquet(path)}
    reader.shutdown(wait=False)
    return early


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def _first_rows(path: Path) -> pl.DataFrame | None:
    try:
        if len(pl.read_parquet_schema(path)) > _FEW:
            return None
        return pl.scan_parquet(path, glob=False).head(SLICE).collect()
    except (pl.exceptions.PolarsError, OSError):
        return None  # said where the table is opened


@dataclass(frozen=True)
class Table:
    """One table: `slices()` gives frames of `row` (UInt32) and String columns by place.

    `fit` says which column is which field; columns without a field are not read. `skipped` counts
    the rows that are titles, headers, totals, footers or nobody, by kind; `other_sheets` are the
    names of sheets that were not read.
    """

    file: str
    fit: Fit
    rows: int
    slices: Callable[[], Iterator[pl.DataFrame]]
    sheet: str = ""
    skipped: Mapping[str, int] = field(default_factory=dict)
    other_sheets: tuple[str, ...] = ()


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
        with path.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
        content = b"" if magic == _MAGIC else path.read_bytes()
    except OSError:
        raise Usage(f"{path.name} 打不开，请检查路径和权限") from None
    try:
        if magic == _MAGIC:
            return _parquet(path, named, rules, early or {})
        return _spreadsheet(content, path.name, named, rules, passwords)
    except HeaderMissing as missing:
        raise missing.fault(path.name) from None


# --- parquet -------------------------------------------------------------------------------------


def _parquet(path: Path, named: Named, rules: LinkRules, early: Early) -> Table:
    file = path.name
    try:
        schema = pl.read_parquet_schema(path)
        rows = int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise _damaged(file) from None
    columns = list(schema)
    fit = header_of_row(columns, named, rules)
    if not WHO & set(fit.fields):
        raise _nobody(file, columns)
    wanted = [columns[int(place)] for place in fit.places]
    for column in wanted:
        kind = schema[column]
        if kind.is_nested() or isinstance(kind, pl.Object):
            raise UntrustedInput(f"{file}：列“{column}”不是文字、数字或日期，无法比对")

    def slices() -> Iterator[pl.DataFrame]:
        done = 0
        try:
            for part in _parts(path, wanted, rows, early):
                texts = [_texts(part[c]).alias(p) for c, p in zip(wanted, fit.places, strict=True)]
                yield pl.DataFrame(texts).with_row_index("row", _FIRST_ROW + done)
                done += part.height
        except (pl.exceptions.PolarsError, OSError):
            raise _damaged(file) from None

    return Table(file, fit, rows, slices)


def _parts(path: Path, wanted: Sequence[str], rows: int, early: Early) -> Iterator[pl.DataFrame]:
    """The columns wanted, in slices of rows; the first may have been read early."""
    begun = early.pop(path, None)
    first = begun.result() if begun is not None else None
    del begun  # or the whole slice stays in memory
    rest = pl.scan_parquet(path, glob=False).select(wanted)
    if first is not None:
        height = first.height
        yield first.select(wanted)
        if height == rows:
            return
        del first
        rest = rest.slice(height)
    yield from rest.collect_batches(chunk_size=SLICE, maintain_order=True)


def _texts(values: pl.Series) -> pl.Series:
    """Return the texts that `workbook` would have read: a number that lost digits shows it.

    >>> _texts(pl.Series([40000.0, 1.5, 9.90101196003051e17])).to_list()
    ['40000', '1.5', '9.90101196003051e+17']
    >>> _texts(pl.Series([True, None])).to_list()
    ['TRUE', None]
    """
    kind = values.dtype
    if kind == pl.String:
        return values
    if kind.is_float():
        return _float_texts(values)
    if kind == pl.Boolean:
        return values.cast(pl.String).str.to_uppercase()
    if kind == pl.Datetime:
        return values.dt.to_string("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    if kind == pl.Time:
        return values.dt.to_string("%H:%M:%S")
    return values.cast(pl.String, strict=False)


def _float_texts(values: pl.Series) -> pl.Series:
    wide = values.cast(pl.Float64)
    plain = ((wide == wide.round(0)) & (wide.abs() < _EXACT)) | wide.is_null()
    whole = wide.set(~plain, None).cast(pl.Int64).cast(pl.String)
    if plain.all():
        return whole
    odd = wide.filter(~plain)
    texts = pl.Series([text_of(value) for value in odd], dtype=pl.String)
    return whole.scatter((~plain).arg_true(), texts)


# --- spreadsheets and texts ----------------------------------------------------------------------


def _spreadsheet(
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
    people = people_rows(sheet, fit, kinds).select("row", *fit.places)
    skipped = {"title": fit.start, "header": fit.depth}
    for kind, numbers in kinds.items():
        skipped[kind] = skipped.get(kind, 0) + len(numbers)
    return Table(
        file=file,
        fit=fit,
        rows=sheet.cells.height,
        slices=lambda: people.iter_slices(SLICE),
        sheet=sheet.name,
        skipped={kind: count for kind, count in skipped.items() if count},
        other_sheets=tuple(each.name for each in sheets if each is not sheet),
    )


def _first_table(
    sheets: Sequence[Sheet], named: Named, rules: LinkRules
) -> tuple[Sheet | None, Fit | None]:
    """The first sheet in which people are found; a header named may stand in any of them."""
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


# --- refusals ------------------------------------------------------------------------------------


def _nobody(file: str, seen: Sequence[str]) -> UntrustedInput:
    return UntrustedInput(f"{file}：认不出姓名列和证号列，{_NEEDED}。看到的列：{listed(seen)}")


def _damaged(file: str) -> UntrustedInput:
    return UntrustedInput(f"{file}：parquet 文件已损坏或无法读取，请重新导出")
