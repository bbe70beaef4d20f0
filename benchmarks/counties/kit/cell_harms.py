"""Damage to the cells of a sheet: each takes a grid, a share of rows, a source of chance."""

from __future__ import annotations

import random
from collections.abc import Callable

from counties.kit.books import Cell, Grid, shown
from counties.kit.faults import FULL_WIDTH, TRADITIONAL
from counties.kit.grids import NUMBERS, TOWNS, columns, header_at, name_columns

Harm = Callable[[Grid, float, random.Random], Grid]
Change = Callable[[Cell], Cell]


def body(grid: Grid) -> range:
    """The indices of the rows below the header."""
    return range(header_at(grid) + 1, len(grid))


def change(grid: Grid, where: list[int], share: float, rng: random.Random, how: Change) -> Grid:
    """Some rows' cells of these columns, changed."""
    for i in body(grid):
        if rng.random() < share:
            for c in where:
                if c < len(grid[i]) and grid[i][c] not in (None, ""):
                    grid[i][c] = how(grid[i][c])
    return grid


def on_numbers(how: Change) -> Harm:
    """A change of the number columns."""
    return lambda grid, share, rng: change(grid, columns(grid, NUMBERS), share, rng, how)


def on_names(how: Change) -> Harm:
    """A change of the name columns."""
    return lambda grid, share, rng: change(grid, name_columns(grid), share, rng, how)


def to_float(cell: Cell) -> Cell:
    """Fifteen digits survive."""
    text = shown(cell)
    return float(text[:15].ljust(18, "0")) if text[:15].isdigit() else cell


def to_science(cell: Cell) -> Cell:
    """3.50599E+17."""
    text = shown(cell)
    return f"{text[0]}.{text[1:6]}E+17" if text[:6].isdigit() else cell


def masked_number(cell: Cell) -> Cell:
    """Six and four."""
    text = shown(cell)
    return text[:6] + "********" + text[14:] if len(text) >= 18 else cell


def masked_name(cell: Cell) -> Cell:
    """周*."""
    text = shown(cell)
    return text[0] + "*" * max(1, len(text) - 1)


def halved(grid: Grid, share: float, rng: random.Random) -> Grid:
    """The last rows are gone."""
    rows = body(grid)
    return grid[: rows.start + round(len(rows) * (1 - share * 0.9))]


def emptied(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Titles and header only."""
    return grid[: header_at(grid) + 1]


def doubled(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Rows stand twice, the second time at the end."""
    again = [list(grid[i]) for i in body(grid) if rng.random() < share]
    return grid + again


def other_town(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Towns of elsewhere."""
    return change(grid, columns(grid, TOWNS), share, rng, lambda cell: "邻水县柳河镇向阳村")


def shifted_right(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Cells one column to the right of their header."""
    for i in body(grid):
        if rng.random() < share:
            grid[i] = ["", *grid[i]]
    return grid


def shifted_left(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Cells one column to the left."""
    for i in body(grid):
        if rng.random() < share:
            grid[i] = grid[i][1:]
    return grid


def misspelt(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Headers with a wrong character."""
    at = header_at(grid)
    wrong = str.maketrans("证姓份称镇村号名级", "正性分秤填材好明极")
    grid[at] = [
        c.translate(wrong) if isinstance(c, str) and rng.random() < share else c for c in grid[at]
    ]
    return grid


def headless(grid: Grid, share: float, rng: random.Random) -> Grid:
    """No header row."""
    del grid[header_at(grid)]
    return grid


def blank_headers(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Cells of the header are empty."""
    at = header_at(grid)
    grid[at] = ["" if rng.random() < share else cell for cell in grid[at]]
    return grid


def twice_headed(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Two columns bear the header of the numbers."""
    at = header_at(grid)
    numbers = columns(grid, NUMBERS)
    others = [i for i in range(len(grid[at])) if i not in numbers]
    for i in rng.sample(others, max(1, round(len(others) * share * 0.2))):
        grid[at][i] = grid[at][numbers[0]] if numbers else "身份证号"
    return grid


def repeated_header(grid: Grid, share: float, rng: random.Random) -> Grid:
    """The header again in the middle, as after a page break."""
    step, at = round(10 / share), header_at(grid)
    made: Grid = []
    for i, row in enumerate(grid):
        if i > at + 1 and (i - at) % step == 0:
            made.append(list(grid[at]))
        made.append(row)
    return made


def rolled(parts: str) -> Harm:
    """A column moved down by a row: everybody has the number or name of the one above."""

    def harm(grid: Grid, share: float, rng: random.Random) -> Grid:
        where = columns(grid, NUMBERS) if parts == "numbers" else name_columns(grid)
        rows = [i for i in body(grid) if all(c < len(grid[i]) for c in where)]
        rows = rows[: round(len(rows) * share)]
        for c in where[:1]:
            values = [grid[i][c] for i in rows]
            for i, value in zip(rows, values[-1:] + values[:-1], strict=True):
                grid[i][c] = value
        return grid

    return harm


def swapped(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Names under the numbers' header and the other way round."""
    names, numbers = name_columns(grid), columns(grid, NUMBERS)
    for i in body(grid):
        if names and numbers and rng.random() < share and max(names[0], numbers[0]) < len(grid[i]):
            row = grid[i]
            row[names[0]], row[numbers[0]] = row[numbers[0]], row[names[0]]
    return grid


def sorted_columns(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Columns sorted each for itself."""
    rows = body(grid)
    for c in range(max((len(row) for row in grid), default=0)):
        if rng.random() < share:
            have = [i for i in rows if c < len(grid[i])]
            values = sorted((grid[i][c] for i in have), key=shown)
            for i, value in zip(have, values, strict=True):
                grid[i][c] = value
    return grid


def more_titles(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Titles and an empty row above."""
    return [["附件2"], ["　"], ["困难群众花名册（内部资料，注意保密）"], [""], *grid]


def footers(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Notes below that look a little like rows."""
    notes: Grid = [[""], ["备注：以上人员由村委会核实"], ["经办人", "王小明", "审核人", "李大海"]]
    return grid + notes * (1 + round(share * 4))


def transposed(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Rows as columns, of as many rows as fit an old sheet."""
    rows = grid[header_at(grid) :][:250]
    width = max((len(row) for row in rows), default=0)
    return [[row[c] if c < len(row) else "" for row in rows] for c in range(width)]


def gaps(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Empty columns between, and empty rows."""
    made: Grid = []
    for row in grid:
        made.append([cell for c in row for cell in (c, "")] if len(row) > 1 else row)
        if rng.random() < share * 0.3:
            made.append([""])
    return made


def errors(grid: Grid, share: float, rng: random.Random) -> Grid:
    """A lookup that found nothing."""
    return change(grid, columns(grid, NUMBERS)[:1], share * 0.5, rng, lambda cell: "#N/A")


def ten_thousands(grid: Grid, share: float, rng: random.Random) -> Grid:
    """4.5万元."""

    def text(cell: Cell) -> Cell:
        try:
            return f"{float(shown(cell)) / 10000:.4f}万元"
        except ValueError:
            return cell

    return change(grid, columns(grid, ("元", "金额")), share, rng, text)


def serial_dates(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Dates as the spreadsheet's count of days."""
    return change(
        grid, columns(grid, ("日期", "时间", "年月", "月份")), share, rng, lambda cell: 44700.0
    )


def one_column(grid: Grid, share: float, rng: random.Random) -> Grid:
    """All cells of a row in one, with blanks between."""
    return [[" ".join(shown(c) for c in row)] if rng.random() < share else row for row in grid]


def line_breaks(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Breaks within header cells and names."""
    at = header_at(grid)
    grid[at] = [f"{c[:2]}\n{c[2:]}" if isinstance(c, str) and len(c) > 2 else c for c in grid[at]]
    return change(grid, name_columns(grid), share, rng, lambda cell: shown(cell) + "\n")


def mojibake(grid: Grid, share: float, rng: random.Random) -> Grid:
    """Texts that were read in the wrong encoding and saved."""

    def text(cell: Cell) -> Cell:
        if not isinstance(cell, str):
            return cell
        return cell.encode("utf-8").decode("gbk", "replace")

    width = max((len(row) for row in grid), default=0)
    at = header_at(grid)
    if share > 0.5:
        grid[at] = [text(cell) for cell in grid[at]]
    return change(grid, list(range(width)), share, rng, text)


CELLS: dict[str, tuple[str, str, Harm]] = {
    "empty": ("header only", "refuse", emptied),
    "halved": ("the last rows are gone", "refuse", halved),
    "doubled": ("rows stand twice", "tell", doubled),
    "other-town": ("towns of another county", "tell", other_town),
    "shift-right": ("cells one column to the right", "tell", shifted_right),
    "shift-left": ("cells one column to the left", "tell", shifted_left),
    "misspelt": ("headers with wrong characters", "refuse", misspelt),
    "no-header": ("no header row", "refuse", headless),
    "blank-header": ("headers empty", "refuse", blank_headers),
    "two-headers-alike": ("two columns under one header", "tell", twice_headed),
    "header-again": ("the header again in the middle", "read", repeated_header),
    "numbers-rolled": ("numbers one row down", "tell", rolled("numbers")),
    "names-rolled": ("names one row down", "tell", rolled("names")),
    "swapped": ("name and number swapped", "read", swapped),
    "sorted": ("columns sorted each for itself", "tell", sorted_columns),
    "titles": ("more titles above", "read", more_titles),
    "footers": ("notes below", "read", footers),
    "transposed": ("rows as columns", "refuse", transposed),
    "gaps": ("empty columns and rows between", "read", gaps),
    "errors": ("#N/A for numbers", "tell", errors),
    "ten-thousands": ("amounts in 万元", "tell", ten_thousands),
    "serial-dates": ("dates as serial numbers", "read", serial_dates),
    "one-column": ("all cells in one", "refuse", one_column),
    "line-breaks": ("breaks in cells", "read", line_breaks),
    "mojibake": ("texts in a wrong encoding, saved", "refuse", mojibake),
    "floats": ("numbers as floats", "tell", on_numbers(to_float)),
    "science": ("numbers as 3.50599E+17", "tell", on_numbers(to_science)),
    "masked-numbers": ("numbers masked", "tell", on_numbers(masked_number)),
    "masked-names": ("names masked", "tell", on_names(masked_name)),
    "no-names": ("names blank", "tell", on_names(lambda cell: "")),
    "no-numbers": ("numbers blank", "tell", on_numbers(lambda cell: "")),
    "apostrophes": ("an apostrophe before numbers", "read", on_numbers(lambda c: "'" + shown(c))),
    "full-width": (
        "full-width digits",
        "read",
        on_numbers(lambda cell: shown(cell).translate(FULL_WIDTH)),
    ),
    "traditional": (
        "traditional characters",
        "read",
        on_names(lambda cell: shown(cell).translate(TRADITIONAL)),
    ),
}
