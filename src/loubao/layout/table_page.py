"""A page with a table, a page to be read, and a chart of a table: what most printed pages are.

A printed column is a line of `columns` in the rules (sheets.yaml, archive.yaml, returns.yaml,
standards.yaml): its `key` is a column of the frame, `header` and `width` are what is printed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from loubao.core.forms import Area, Chart, Page, Paper, Row, Series, Value
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.rules.wording import Wording

#: Points of a title, a note, a header.
TITLE, NOTE, HEADER = 32.0, 20.0, 22.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands around a table: the page's name, its title, a note ("" for none), the footer."""

    name: str
    title: str
    note: str
    footer: Wording


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a printed table, as the rules name them, and the look of their cells.

    `size` of the text in points. `looks` gives the style of some columns by key, `look` that of
    the others. `blank` stands where a value is null or "" (None: nothing does). The texts of the
    columns `wrapped` (none given: of all) decide how high a row is, each with `slack` half-width
    characters to spare; no row is lower than `least` points. `header_lines`: lines of the header.

    A line more in the rules is a column more on the page:

    >>> name = Wording({"key": "name", "header": "姓名", "width": 8.0})
    >>> people = pl.DataFrame({"name": ["林美华", None], "age": [32, 71]})
    >>> [row.values for row in Table([name], size=10.0, blank="—").rows(people)]
    [('林美华',), ('—',)]
    >>> age = Wording({"key": "age", "header": "年龄", "width": 4.0})
    >>> table = Table([name, age], size=10.0, looks={"age": "number"}, blank="—")
    >>> table.header().values, table.styles
    (('姓名', '年龄'), ('text', 'number'))
    >>> [row.values for row in table.rows(people)]
    [('林美华', 32), ('—', 71)]
    """

    columns: Sequence[Wording]
    size: float
    looks: Mapping[str, str] = field(default_factory=dict)
    look: str = "text"
    blank: str | None = None
    wrapped: Collection[str] = ()
    slack: float = 0.0
    least: float = 0.0
    header_lines: int = 1

    @property
    def keys(self) -> list[str]:
        """The columns of the frame, in the order in which they are printed."""
        return [column.key for column in self.columns]

    @property
    def widths(self) -> list[float]:
        """The columns' widths in half-width characters."""
        return [column.width for column in self.columns]

    @property
    def styles(self) -> tuple[str, ...]:
        """The style of each cell of a row."""
        return tuple(self.looks.get(key, self.look) for key in self.keys)

    def header(self) -> Row:
        """Return the row of headers; those of several lines are broken in the middle."""
        if self.header_lines == 1:
            texts, height = [column.header for column in self.columns], HEADER
        else:
            texts = [paper.balanced(column.header, column.width) for column in self.columns]
            height = paper.row_height(self.header_lines, self.size)
        return Row(tuple(texts), ("head",) * len(texts), height)

    def rows(self, frame: pl.DataFrame) -> list[Row]:
        """Return a row for each row of `frame` (with a column of each key), as high as needed."""
        wrapped = [
            (place, column.width - self.slack)
            for place, column in enumerate(self.columns)
            if not self.wrapped or column.key in self.wrapped
        ]
        styles = self.styles
        heights: dict[tuple[Value, ...], float] = {}  # many rows repeat the same texts
        rows = []
        for line in frame.select(self.keys).iter_rows():
            values = line
            if self.blank is not None:
                values = tuple(self.blank if value in (None, "") else value for value in line)
            texts = tuple(values[place] for place, _ in wrapped)
            if texts not in heights:
                heights[texts] = self._height(texts, [width for _, width in wrapped])
            rows.append(Row(values, styles, heights[texts]))
        return rows

    def _height(self, texts: Sequence[Value], widths: Sequence[float]) -> float:
        lines = max(
            paper.lines_needed("" if text is None else str(text), width)
            for text, width in zip(texts, widths, strict=True)
        )
        return min(max(paper.row_height(lines, self.size), self.least), paper.HIGHEST)


def table_page(heading: Heading, table: Table, rows: Sequence[Row], printing: Printing) -> Page:
    """Return a page across with title, note, header and the `rows` of `table`.

    The header is filtered by, stays in sight and is repeated on each sheet of paper.
    """
    above = [paper.wide_row(heading.title, "title", TITLE)]
    if heading.note:
        above.append(paper.wide_row(heading.note, "note", NOTE))
    head, last = len(above), len(table.columns) - 1
    whole = (*above, table.header(), *rows)
    return Page(
        name=heading.name,
        widths=pixel_widths(table.widths, printing),
        rows=whole,
        merges=tuple(Area(row, 0, row, last) for row in range(head)),
        filter=Area(head, 0, len(whole) - 1, last),
        freeze=(head + 1, 0),
        paper=table_paper(heading.footer, printing, repeat=(head, head)),
    )


def table_paper(
    footer: Wording, printing: Printing, repeat: tuple[int, int] | None = None
) -> Paper:
    """Return the paper of a table across A4; `repeat`: first and last row of its header."""
    return Paper(margins=(0.4, 0.4, 0.5, 0.6), footer=printing.footer(footer), repeat=repeat)


def reading_page(
    name: str, rows: Sequence[Row], widths: Sequence[float], footer: Wording, printing: Printing
) -> Page:
    """Return an upright page read from top to bottom; a row of one value runs over its width."""
    last = len(widths) - 1
    return Page(
        name=name,
        widths=pixel_widths(widths, printing),
        rows=tuple(rows),
        merges=tuple(Area(i, 0, i, last) for i, row in enumerate(rows) if len(row.values) == 1),
        paper=Paper(landscape=False, margins=(0.5, 0.5, 0.5, 0.6), footer=printing.footer(footer)),
    )


def paragraph(text: str, style: str, widths: Sequence[float], size: float) -> Row:
    """Return a row over the whole width of a page, as high as its text needs.

    `widths` are those of the page's columns in half-width characters, `size` of the text in points.

    >>> paragraph("人数由各村相加得出。" * 4, "note", (20.0, 20.0), 9.0).height
    46
    """
    lines = paper.lines_needed(text, sum(widths) - 4)
    return paper.wide_row(text, style, math.ceil(paper.row_height(lines, size)))


def pixel_widths(widths: Sequence[float], printing: Printing) -> tuple[int, ...]:
    """Return columns' widths in pixels, given in half-width characters of a table's text."""
    return tuple(paper.pixels(width, printing.size) for width in widths)


def stacked_bars(
    title: str,
    page: str,
    rows: tuple[int, int],
    columns: Mapping[int, str],
    at: tuple[int, int],
    size: tuple[int, int],
    font: str,
) -> Chart:
    """Return the chart of a table: a lying bar a row, a segment a column.

    `page` has the table; `rows` are its first and last, with the header just above and the labels
    in column A; `columns` gives the colour of each column that is drawn. `at`: the cell of the
    chart's corner; `size` in pixels.
    """
    first, last = rows
    series = tuple(
        Series(
            page=page,
            name=(first - 1, column),
            categories=Area(first, 0, last, 0),
            values=Area(first, column, last, column),
            color=color,
        )
        for column, color in columns.items()
    )
    return Chart(title, series, at, size, font)
