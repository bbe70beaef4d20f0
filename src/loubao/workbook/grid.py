"""What is said about a cell that could not be taken as it stands: codes and wording.

What every format is parsed into, and how that becomes a `Sheet`.

A parser hands over a `Grid`: raw Python values column by column, with the facts that only it can
know (merged ranges, hidden rows, cells that held an error). `sheet_of` does the rest once for all
formats: texts, blank rows, merged ranges, private-use characters, issues.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet, column_letters, issue_rows
from loubao.workbook.cell_text import column_texts, number_ranges


def error_note(row: int, column: int, error: str) -> Note:
    """A cell showing an error value such as #N/A: read as blank."""
    detail = f"单元格是错误值 {error}，按空白处理；请在原表改正公式或直接填上内容"
    return Note(row, column, "ERROR_CELL", detail)


def valueless_note(row: int, column: int) -> Note:
    """A formula saved without its result: read as blank."""
    detail = "公式没有保存计算结果，按空白处理；请用表格软件打开、保存一次再试"
    return Note(row, column, "FORMULA_WITHOUT_VALUE", detail)


#: Used rows × used columns of one sheet. At some 40–60 bytes a cell this bounds memory.
MAX_CELLS = 6_000_000

#: Wider sheets keep only the columns that hold something; their names still tell the place.
DENSE_COLUMNS = 1024

_PRIVATE_USE = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
_ODD = f"{_PRIVATE_USE}|\0"

_HIDDEN_RANGES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to report: `row` 1-based, `column` 0-based; None is the whole sheet or row."""

    row: int | None
    column: int | None
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, inclusive: rows 1-based as the program shows them, columns 0-based."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as parsed: `columns[i][k]` is the value at row `rows[k]`, column `places[i]`."""

    name: str
    columns: Sequence[Sequence[object]]
    rows: Sequence[int]
    places: Sequence[int]
    merges: Sequence[Merge] = ()
    hidden_rows: Collection[int] = ()
    hidden: bool = False
    notes: Sequence[Note] = ()


def too_large(file: str, name: str, rows: int, columns: int) -> UntrustedInput:
    """Return the refusal of a sheet whose used area exceeds `MAX_CELLS`."""
    where = f"工作表“{name}”" if name else "内容"
    return UntrustedInput(
        f"{file}：{where}占用了 {rows} 行 × {columns} 列，超出能读的范围。"
        "请删掉数据以外的行和列（或只保留需要的部分）后另存再试。"
    )


def grid_of_cells(
    file: str,
    name: str,
    rows: Sequence[tuple[int, Mapping[int, object]]],
    *,
    merges: Sequence[Merge] = (),
    hidden_rows: Collection[int] = (),
    hidden: bool = False,
    notes: Sequence[Note] = (),
) -> Grid:
    """Build a `Grid` from `(row number, {column: value})` pairs in row order."""
    places = sorted(set().union(*(cells for _, cells in rows)))
    if len(rows) * len(places) > MAX_CELLS:
        raise too_large(file, name, len(rows), len(places))
    columns = [[cells.get(place) for _, cells in rows] for place in places]
    numbers = [number for number, _ in rows]
    return Grid(name, columns, numbers, places, merges, hidden_rows, hidden, notes)


def sheet_of(grid: Grid, file: str) -> Sheet | None:
    """Turn `grid` into the `Sheet` the rooms work on; None when no cell holds anything.

    Blank rows are judged before merged ranges are filled, so a range never revives a blank row.
    """
    cells, odd = _cells(grid)
    if not cells.height:
        return None
    numbers = cells["row"]
    last = int(numbers[-1])
    shown = set(numbers.to_list()) if grid.hidden_rows else set()
    hidden_rows = tuple(sorted(shown.intersection(grid.hidden_rows)))
    notes = [*_sheet_notes(grid, hidden_rows), *grid.notes, *_private_use(cells, odd)]
    cells = _filled(cells, grid.merges)
    issues = issue_rows(
        (
            file,
            grid.name,
            note.row,
            "" if note.column is None else column_letters(note.column),
            note.code,
            note.detail,
        )
        for note in notes
    )
    return Sheet(file, grid.name, cells, last - cells.height, hidden_rows, issues)


def _cells(grid: Grid) -> tuple[pl.DataFrame, list[str]]:
    """Return texts: NUL removed, blank cells null, blank rows and trailing columns left out.

    The other value names the columns that hold private-use characters.
    """
    values = zip(grid.places, grid.columns, strict=True)
    texts = [column_texts(column).alias(str(place)) for place, column in values]
    frame = pl.DataFrame([pl.Series("row", grid.rows, dtype=pl.UInt32), *texts])
    if not texts or not frame.height:
        return frame.clear(), []
    every = pl.exclude("row")
    # All cells of a column as one text: ten times faster than a search in each cell.
    found = frame.select(every.str.join("").str.contains(_ODD)).row(0)
    odd = [text.name for text, hit in zip(texts, found, strict=True) if hit]
    if odd:
        frame = frame.with_columns(pl.col(odd).str.replace_all("\0", "", literal=True))
    frame = frame.with_columns(pl.when(every.str.strip_chars() != "").then(every).name.keep())
    if all(frame[text.name].null_count() for text in texts):  # else no row can be blank
        frame = frame.filter(pl.any_horizontal(every.is_not_null()))
    return _placed(frame.sort("row"), grid.places), odd


def _placed(frame: pl.DataFrame, places: Sequence[int]) -> pl.DataFrame:
    """Return the columns "0", "1", … up to the last one used, those not given being null."""
    used = [place for place in places if frame[str(place)].null_count() < frame.height]
    if not used:
        return frame.clear()
    width = max(used) + 1
    kept = used if width > DENSE_COLUMNS else range(width)
    if list(kept) == list(places):
        return frame
    blank = pl.lit(None, dtype=pl.String)
    given = set(places)
    return frame.select(
        "row", *(pl.col(str(i)) if i in given else blank.alias(str(i)) for i in kept)
    )


def _filled(cells: pl.DataFrame, merges: Sequence[Merge]) -> pl.DataFrame:
    """Write the top-left value of each merged range into the range's other, blank cells.

    A range that is the only thing in its row (a title, a footer) stays one cell, so that a title
    is still recognised by its single value. Ranges never reach beyond the used area.
    """
    if not merges or not cells.height:
        return cells
    numbers = cells["row"].to_list()
    names = [name for name in cells.columns if name != "row"]
    places = [int(name) for name in names]
    values: list[list[str | None]] = [cells[name].to_list() for name in names]
    changed: set[int] = set()
    for merge in merges:
        first = bisect_left(numbers, merge.top)
        left = bisect_left(places, merge.left)
        if first == len(numbers) or numbers[first] != merge.top or left == len(places):
            continue
        text = values[left][first] if places[left] == merge.left else None
        if text is None:
            continue
        across = range(left, bisect_right(places, merge.right))
        for k in range(first, bisect_right(numbers, merge.bottom)):
            if len(across) > 1 and _alone(values, k, across):
                continue
            for i in across:
                if values[i][k] is None:
                    values[i][k] = text
                    changed.add(i)
    return cells.with_columns(pl.Series(names[i], values[i], dtype=pl.String) for i in changed)


def _alone(values: Sequence[Sequence[str | None]], row: int, across: range) -> bool:
    """Whether no column outside `across` holds anything in this row."""
    return all(column[row] is None for i, column in enumerate(values) if i not in across)


def _sheet_notes(grid: Grid, hidden_rows: Sequence[int]) -> Iterable[Note]:
    if grid.hidden:
        yield Note(
            None, None, "HIDDEN_SHEET", "工作表是隐藏的，已照常读入；不需要时请删掉这个工作表"
        )
    if hidden_rows:
        ranges = number_ranges(hidden_rows, _HIDDEN_RANGES_SHOWN)
        detail = f"有 {len(hidden_rows)} 行被隐藏或筛选掉，已照常读入：第 {ranges} 行；请确认要不要"
        yield Note(None, None, "HIDDEN_ROWS", detail)


def _private_use(cells: pl.DataFrame, columns: Sequence[str]) -> Iterable[Note]:
    """One note for each cell with a character that has no meaning outside its maker's fonts."""
    detail = "有造字区的字（自造字或旧编码），可能显示不出来；请核对原字"
    for name in columns:
        if name in cells.columns:
            hit = cells.filter(pl.col(name).str.contains(_PRIVATE_USE))
            for row in hit["row"]:
                yield Note(row, int(name), "PRIVATE_USE_CHARACTER", detail)
