"""A laid-out workbook: what `books` hands over and `workbook.writing` turns into a file.

Nothing here knows a spreadsheet library. Rows and columns count from 0; styles have names, so
that a page of a thousand cells carries a thousand short strings and a dozen `Style`s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Border: TypeAlias = Literal["", "dotted", "thin", "medium"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula (with its `=`) and the value a program shows before it calculates."""

    text: str
    value: int | float | str


Value: TypeAlias = str | int | float | dt.date | Formula | None


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell looks and behaves; `size` in points, colours as `#RRGGBB` or ""."""

    font: str
    size: float
    bold: bool = False
    color: str = ""
    fill: str = ""
    align: Literal["left", "center", "right"] = "left"
    vertical: Literal["top", "center", "bottom"] = "center"
    wrap: bool = True
    #: a text or date too wide is made smaller, not cut
    shrink: bool = False
    top: Border = ""
    bottom: Border = ""
    sides: Border = ""
    border_color: str = ""
    number_format: str = ""
    locked: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """Cells from column A on, the style name of each, and a height in points (None: default).

    `styles` is shared between rows of one look: the writer resolves each distinct tuple once.
    """

    values: tuple[Value, ...]
    styles: tuple[str, ...]
    height: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Check:
    """What may be entered in an area: one of `choices`, or a date or whole number in a range."""

    area: Area
    title: str
    message: str
    choices: tuple[str, ...] = ()
    dates: tuple[dt.date, dt.date] | None = None
    numbers: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a chart; the name is the text of the cell (row, column) of `page`."""

    page: str
    name: tuple[int, int]
    categories: Area
    values: Area
    color: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A stacked bar chart anchored at a cell; size in pixels."""

    title: str
    series: tuple[Series, ...]
    at: tuple[int, int]
    size: tuple[int, int]
    font: str
    bars: Literal["bar", "column"] = "bar"


@dataclass(frozen=True, slots=True)
class Paper:
    """How a page comes out of the printer: A4, always fitted to one page wide."""

    landscape: bool = True
    #: left, right, top, bottom in inches
    margins: tuple[float, float, float, float] = (0.3, 0.3, 0.4, 0.5)
    #: footer text left, centre, right; `&P` and `&N` are page and pages
    footer: tuple[str, str, str] = ("", "", "")
    #: rows repeated at the head of every page, first and last
    repeat: tuple[int, int] | None = None
    one_page: bool = False
    #: what is printed; None for all of it
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet of a workbook; `widths` in pixels."""

    name: str
    widths: tuple[int, ...]
    rows: tuple[Row, ...]
    #: columns that are there but not seen
    hidden: tuple[int, ...] = ()
    merges: tuple[Area, ...] = ()
    checks: tuple[Check, ...] = ()
    charts: tuple[Chart, ...] = ()
    filter: Area | None = None
    #: first row and column that scroll
    freeze: tuple[int, int] = (0, 0)
    #: cells whose style is locked cannot be changed
    protected: bool = False
    paper: Paper = field(default_factory=Paper)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook; `path` is relative to the output folder, "/" between folders.

    `names` are defined names that stand for a text, for the program that reads the file back.
    `created` is fixed by the caller, so that the same input gives the same bytes.
    """

    path: str
    title: str
    created: dt.date
    styles: Mapping[str, Style]
    pages: tuple[Page, ...]
    names: Mapping[str, str] = field(default_factory=dict)
