"""The grid that every format is parsed into, and how a grid becomes a `Sheet`.

A reader of a format gives a `Grid`: raw Python values column by column, with what only that reader
can see (merged ranges, hidden rows, cells that held an error). There are two ways to build one:
`GridBuilder`, row by row, for the formats that repeat rows; `grid_of_cells` from texts and their
places, for xlsx and BIFF. `sheet_of` does the rest once for all formats: texts, blank rows, merged
ranges, private-use characters, issues.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet, column_letters, issue_rows
from loubao.workbook.cell_text import column_texts, number_ranges
from loubao.workbook.container import damaged

#: Used rows × used columns of one file. At some 40–60 bytes a cell this bounds memory.
MAX_CELLS = 6_000_000

#: The size of a sheet in every spreadsheet program of today.
LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14

#: Columns in use of one sheet: what reads by columns is slow on more, and no list has so many.
MOST_COLUMNS = 1024

#: From so many columns on they are not pivoted: that takes the square of their number.
_WIDE = 200

#: Wider sheets keep only the columns that hold something; their names still give the place.
DENSE_COLUMNS = 1024

_PRIVATE_USE = "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
_ODD = f"{_PRIVATE_USE}|\0"

_HIDDEN_RANGES_SHOWN = 30

#: Characters of a cell that are read. A list has no longer ones; titles and notes may.
LONGEST_CELL = 4096

#: How often merged ranges may lie upon each other before they cannot be meant.
_MOST_LAYERS = 8


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to report: `row` 1-based, `column` 0-based; None is the whole sheet or row.

    `values` are those of the sentence that sheets.yaml has for the code.
    """

    row: int | None
    column: int | None
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


def error_note(row: int, column: int, error: str) -> Note:
    """A cell showing an error value such as #N/A: read as blank."""
    return Note(row, column, "ERROR_CELL", {"error": error})


def valueless_note(row: int, column: int) -> Note:
    """A formula saved without its result: read as blank."""
    return Note(row, column, "FORMULA_WITHOUT_VALUE")


def unread_note() -> Note:
    """A sheet that could not be read, though others of its workbook could."""
    return Note(None, None, "SHEET_NOT_READ")


def long_note(row: int, column: int, characters: int) -> Note:
    """A cell of which only the beginning is read."""
    return Note(row, column, "CELL_TOO_LONG", {"count": characters, "most": LONGEST_CELL})


def unreadable_note(row: int, column: int) -> Note:
    """A cell with bytes that are no character of its code page; they are shown as U+FFFD."""
    return Note(row, column, "UNREADABLE_CHARACTER")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, inclusive: rows 1-based as the program shows them, columns 0-based."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as parsed: `columns[i][k]` is the value at row `rows[k]`, column `places[i]`.

    `rows` are 1-based, `places` 0-based; `hidden_rows` may name rows that are blank. `hidden` is
    whether the sheet itself is hidden.
    """

    name: str
    columns: Sequence[Sequence[object] | pl.Series]
    rows: Sequence[int] | pl.Series
    places: Sequence[int]
    merges: Sequence[Merge] = ()
    hidden_rows: Collection[int] = ()
    hidden: bool = False
    notes: Sequence[Note] = ()
    #: (row, place) of the cells that are struck through
    struck: frozenset[tuple[int, int]] = frozenset()
    #: whether the numbers of days count from 1904
    since_1904: bool = False


def too_large(file: str, name: str, rows: int, columns: int) -> UntrustedInput:
    """Return the refusal of a sheet whose used area exceeds `MAX_CELLS`."""
    where = f"工作表“{name}”" if name else "内容"
    return UntrustedInput(
        f"{file}：{where}占用了 {rows} 行 × {columns} 列，超出能读的范围。"
        "请删掉数据以外的行和列（或只保留需要的部分）后另存再试。"
    )


def refuse_too_large(file: str, name: str, rows: int, columns: int) -> None:
    """Raise `UntrustedInput` for more columns in use than any list has, or than `MAX_CELLS`."""
    if columns > MOST_COLUMNS or rows * columns > MAX_CELLS:
        raise too_large(file, name, rows, columns)


@dataclass(slots=True)
class GridBuilder:
    """The cells of one sheet, added row by row; refuses a sheet of more than `MAX_CELLS`."""

    file: str
    name: str
    hidden: bool = False
    #: first row, how often it is there, its values by column
    rows: list[tuple[int, int, Mapping[int, object]]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    struck: set[tuple[int, int]] = field(default_factory=set)
    since_1904: bool = False
    cells: int = 0

    def add_rows(
        self, first: int, values: Mapping[int, object], *, times: int = 1, hidden: bool = False
    ) -> None:
        """Add row `first` with its values by column, and the same row `times - 1` times more.

        Rows come in ascending order. A row without values is left out.
        """
        if not values:
            return
        last = first + times - 1
        self.cells += len(values) * times
        if self.cells > MAX_CELLS or last > LAST_ROW:
            raise too_large(self.file, self.name, last, len(values))
        self.rows.append((first, times, values))
        if hidden:
            self.hidden_rows.update(range(first, last + 1))

    def add_span(self, row: int, column: int, down: int, across: int) -> None:
        """Note a cell that spans `down` rows and `across` columns; 1 × 1 is an ordinary cell."""
        if down > 1 or across > 1:
            self.merges.append(Merge(row, column, row + down - 1, column + across - 1))

    def grid(self) -> Grid:
        """Return the rows as columns; a column that no row uses is left out.

        >>> builder = GridBuilder("名单.ods", "洛阳镇")
        >>> builder.add_rows(2, {0: "姓名", 3: "村"})
        >>> builder.add_rows(5, {0: "张三"}, times=2)
        >>> grid = builder.grid()
        >>> grid.rows, grid.places, grid.columns
        ([2, 5, 6], [0, 3], [['姓名', '张三', '张三'], ['村', None, None]])
        """
        places = sorted(set().union(*(values for _, _, values in self.rows)))
        rows = [row for first, times, _ in self.rows for row in range(first, first + times)]
        refuse_too_large(self.file, self.name, len(rows), len(places))
        columns = [
            [value for _, times, values in self.rows for value in [values.get(place)] * times]
            for place in places
        ]
        return Grid(
            self.name,
            columns,
            rows,
            places,
            self.merges,
            self.hidden_rows,
            self.hidden,
            self.notes,
            frozenset(self.struck),
            self.since_1904,
        )


def grid_of_cells(cells: pl.DataFrame, grid: Grid, file: str) -> Grid:
    """Return `grid` with its cells laid out; of two cells at one place the later one holds.

    `cells` has `row` (from 1), `column` (from 0) and `text`, in the order of the file.
    """
    height, width = cells["row"].n_unique(), cells["column"].n_unique()
    refuse_too_large(file, grid.name, height, width)
    if not cells.height:
        return grid
    if width > _WIDE:
        return _wide_grid(cells, grid)
    wide = cells.pivot(on="column", index="row", values="text", aggregate_function="last")
    places = sorted(map(int, wide.columns[1:]))
    columns = [wide[str(place)] for place in places]
    return replace(grid, columns=columns, rows=wide["row"], places=places)


def _wide_grid(cells: pl.DataFrame, grid: Grid) -> Grid:
    """Return what `grid_of_cells` does, for so many columns that a pivot takes too long."""
    rows = cells["row"].unique().sort()
    at = {row: k for k, row in enumerate(rows)}
    columns: dict[int, list[str | None]] = {
        place: [None] * len(rows) for place in cells["column"].unique().sort()
    }
    for row, place, text in cells.select("row", "column", "text").iter_rows():
        columns[place][at[row]] = text
    return replace(grid, columns=list(columns.values()), rows=rows, places=list(columns))


def sheet_of(grid: Grid, file: str) -> Sheet | None:
    """Turn `grid` into the `Sheet` the rooms work on; None when no cell holds anything.

    Blank rows are left out before merged ranges are filled, so a range never revives a blank row.
    """
    cells, odd = _cells(grid)
    cells, long = _shortened(cells)
    if not cells.height:
        return None
    numbers = cells["row"]
    last = int(numbers[-1])
    shown = set(numbers.to_list()) if grid.hidden_rows else set()
    hidden_rows = tuple(sorted(shown.intersection(grid.hidden_rows)))
    notes = [*_sheet_notes(grid, hidden_rows), *grid.notes, *long, *_private_use(cells, odd)]
    cells = _filled(cells, grid.merges, file)
    issues = issues_of(grid, file, notes)
    blank = last - cells.height
    others = (grid.struck, grid.since_1904)
    return Sheet(file, grid.name, cells, blank, hidden_rows, issues, *others)


def issues_of(grid: Grid, file: str, notes: Iterable[Note]) -> pl.DataFrame:
    """Return notes of the sheet `grid` as ISSUES."""
    return issue_rows(
        (
            file,
            grid.name,
            note.row,
            "" if note.column is None else column_letters(note.column),
            note.code,
            json.dumps(note.values, ensure_ascii=False) if note.values else "",
        )
        for note in notes
    )


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


def _shortened(cells: pl.DataFrame) -> tuple[pl.DataFrame, list[Note]]:
    """Return the cells, none longer than `LONGEST_CELL`, and a note for each that was."""
    every = pl.exclude("row").str
    widest = cells.select(every.len_bytes().max()).row(0) if cells.height else ()
    names = [
        name
        for name, size in zip(cells.columns[1:], widest, strict=False)
        if (size or 0) > LONGEST_CELL
    ]
    notes: list[Note] = []
    for name in names:
        size = pl.col(name).str.len_chars()
        found = cells.select("row", size).filter(pl.col(name) > LONGEST_CELL)
        notes += [long_note(row, int(name), count) for row, count in found.iter_rows()]
    return cells.with_columns(pl.col(names).str.slice(0, LONGEST_CELL)), notes


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


def _filled(cells: pl.DataFrame, merges: Sequence[Merge], file: str) -> pl.DataFrame:
    """Write the top-left value of each merged range into the range's other, blank cells.

    A range that is the only thing in its row (a title, a footer) stays one cell, so that a title
    is still recognised by its single value. Ranges never reach beyond the used area. Raises
    `UntrustedInput` where ranges lie upon each other many times over.
    """
    if not merges:
        return cells
    left_over = _MOST_LAYERS * cells.height * cells.width
    numbers = cells["row"].to_list()
    names = cells.columns[1:]
    places = [int(name) for name in names]
    values: list[list[str | None]] = [cells[name].to_list() for name in names]
    filled = pl.sum_horizontal(pl.exclude("row").is_not_null())
    counts: list[int] = cells.select(filled).to_series().to_list()  # cells of each row
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
        down = range(first, bisect_right(numbers, merge.bottom))
        left_over -= len(down) * len(across)
        if left_over < 0:
            raise damaged(file)
        for k in down:
            blank = [i for i in across if values[i][k] is None]
            if len(across) > 1 and counts[k] == len(across) - len(blank):
                continue  # no column outside it holds anything in this row
            for i in blank:
                values[i][k] = text
            counts[k] += len(blank)
            changed.update(blank)
    return cells.with_columns(pl.Series(names[i], values[i], dtype=pl.String) for i in changed)


def _sheet_notes(grid: Grid, hidden_rows: Sequence[int]) -> Iterable[Note]:
    if grid.hidden:
        yield Note(None, None, "HIDDEN_SHEET")
    if hidden_rows:
        ranges = number_ranges(hidden_rows, _HIDDEN_RANGES_SHOWN)
        yield Note(None, None, "HIDDEN_ROWS", {"count": len(hidden_rows), "rows": ranges})


def _private_use(cells: pl.DataFrame, columns: Sequence[str]) -> Iterable[Note]:
    """One note for each cell with a character that has no meaning outside its maker's fonts."""
    for name in columns:
        if name in cells.columns:
            hit = cells.filter(pl.col(name).str.contains(_PRIVATE_USE))
            for row in hit["row"]:
                yield Note(row, int(name), "PRIVATE_USE_CHARACTER")
