"""The only writer of spreadsheets: a laid-out `Workbook` becomes the bytes of an xlsx file.

Every text goes out as text: no formula, number or link is ever guessed from it. The same
workbook gives the same bytes. Nothing touches the disk before `write_workbook` writes the file.

Many workbooks at once: a second process writes half of them.

Laying out XML is plain Python and keeps one core busy; a district has a workbook a village. The
helper is started early, so that it is ready when there is something to write, and it ends with its
parent, however that one ends.
"""

from __future__ import annotations

import datetime as dt
import gc
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter

from loubao.core.forms import Area, Chart, Check, Formula, Page, Paper, Row, Style, Workbook
from loubao.core.interruption import SIGNALS

_OPTIONS: Mapping[str, Any] = {
    "in_memory": True,  # no scraps with names and numbers in a temporary folder
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_NORMAL: Mapping[str, Any] = {
    # programs measure columns by the digits of this font, here of 7 pixels as the library reckons:
    # it is everywhere, or one with its widths; without Calibri a page was printed at three quarters
    "font_name": "Arial",
    "font_size": 9,
}
#: what stays possible on a protected sheet
_ALLOWED = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}
_BORDERS = {"thin": 1, "medium": 2, "dotted": 4}
_A4 = 9
_LONGEST = 32767  # characters in one cell

#: Name of a style → its format in the workbook that is written; None for a name without one.
Look: TypeAlias = Callable[[str], Any]


def write_workbook(book: Workbook, target: Path) -> None:
    """Write `book` to the file `target`, readable by its owner only; its folder must exist."""
    content = workbook_bytes(book)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)


def workbook_bytes(book: Workbook) -> bytes:
    """Return the xlsx file of `book`."""
    stream = BytesIO()
    # the library adds to the properties it is given: a second book would differ from the first
    out = xlsxwriter.Workbook(stream, {**_OPTIONS, "default_format_properties": {**_NORMAL}})
    created = dt.datetime.combine(book.created, dt.time())
    out.set_properties({"title": book.title, "created": created})

    @cache
    def look(name: str) -> Any:
        """The format of a style, made with its first cell: a book uses half of its styles."""
        style = book.styles.get(name)
        return style and out.add_format(_properties(style))

    for page in book.pages:
        _write_page(out, page, look)
    for name, text in book.names.items():
        quoted = text.replace('"', '""')
        out.define_name(name, f'="{quoted}"')
    out.close()
    return stream.getvalue()


def _properties(style: Style) -> dict[str, Any]:
    """Return the properties of a style as the library spells them, defaults left out."""
    given: dict[str, Any] = {
        "font_name": style.font,
        "font_size": style.size,
        "align": style.align,
        "valign": {"center": "vcenter"}.get(style.vertical, style.vertical),
        "bold": style.bold,
        "font_color": style.color,
        "bg_color": style.fill,
        "text_wrap": style.wrap,
        "shrink": style.shrink,
        "num_format": style.number_format,
    }
    for side, border in (
        ("top", style.top),
        ("bottom", style.bottom),
        ("left", style.sides),
        ("right", style.sides),
    ):
        if border:
            given[side] = _BORDERS[border]
            if style.border_color:
                given[f"{side}_color"] = style.border_color
    kept = {key: value for key, value in given.items() if value not in ("", False)}
    return kept if style.locked else {**kept, "locked": False}


def _write_page(out: Any, page: Page, look: Look) -> None:
    sheet = out.add_worksheet(page.name)
    for column, width in enumerate(page.widths):
        sheet.set_column_pixels(
            column, column, width, None, {"hidden": True} if column in page.hidden else None
        )
    _write_rows(sheet, page.rows, look)
    for area in page.merges:
        _merge(sheet, area, page.rows, look)
    for check in page.checks:
        _add_check(sheet, check)
    for chart in page.charts:
        _add_chart(out, sheet, chart)
    if page.filter:
        sheet.autofilter(*_corners(page.filter))
    if page.freeze != (0, 0):
        sheet.freeze_panes(*page.freeze)
    if page.protected:
        sheet.protect("", _ALLOWED)
    _set_paper(sheet, page.paper)


def _write_rows(sheet: Any, rows: tuple[Row, ...], look: Look) -> None:
    looks: dict[tuple[str, ...], list[Any]] = {}
    write_text, write_blank = sheet.write_string, sheet.write_blank
    for number, row in enumerate(rows):
        if row.height is not None:
            sheet.set_row(number, row.height)
        styles = looks.get(row.styles)
        if styles is None:
            styles = looks[row.styles] = [look(name) for name in row.styles]
        for column, (value, style) in enumerate(zip(row.values, styles, strict=True)):
            if value is None or value == "":
                if style is not None:
                    write_blank(number, column, None, style)
            elif isinstance(value, str):
                write_text(number, column, _plain(value), style)
            elif isinstance(value, Formula):
                sheet.write_formula(number, column, value.text, style, value.value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(number, column, value, style)
            else:
                sheet.write_number(number, column, value, style)


def _plain(text: str) -> str:
    """Return a text that the library cannot take for markup of its own.

    A text between `<r>` and `</r>` would go into the file as it stands; a blank in front of it
    keeps it a text. U+FFFE and U+FFFF may not stand in XML at all.

    >>> _plain("<r>张三</r>"), _plain("3 < 4"), len(_plain("长" * 40_000))
    (' <r>张三</r>', '3 < 4', 32767)
    """
    if text.startswith("<r>"):
        text = " " + text
    if "\ufffe" in text or "\uffff" in text:
        text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return text[:_LONGEST]


def _merge(sheet: Any, area: Area, rows: tuple[Row, ...], look: Look) -> None:
    first = rows[area.first_row]
    value = first.values[area.first_column]
    style = look(first.styles[area.first_column])
    sheet.merge_range(*_corners(area), "", style)
    if isinstance(value, str) and value:
        sheet.write_string(area.first_row, area.first_column, _plain(value), style)


def _add_check(sheet: Any, check: Check) -> None:
    rule: dict[str, Any] = {"error_title": check.title, "error_message": check.message}
    if check.choices:
        rule |= {"validate": "list", "source": list(check.choices)}
    elif ends := check.dates or check.numbers:
        rule |= {"validate": "date" if check.dates else "integer", "criteria": "between"}
        rule |= {"minimum": ends[0], "maximum": ends[1]}
    sheet.data_validation(*_corners(check.area), rule)


def _add_chart(out: Any, sheet: Any, chart: Chart) -> None:
    drawn = out.add_chart({"type": chart.bars, "subtype": "stacked"})
    text = {"name": chart.font, "size": 9}
    for series in chart.series:
        drawn.add_series(
            {
                "name": [series.page, *series.name],
                "categories": [series.page, *_corners(series.categories)],
                "values": [series.page, *_corners(series.values)],
                "fill": {"color": series.color},
                "gap": 45,
            }
        )
    drawn.set_title({"name": chart.title, "overlay": False, "name_font": {**text, "size": 12}})
    drawn.set_legend({"position": "bottom", "font": text})
    grid = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}
    names = {"num_font": text, "line": {"color": "#7F7F7F"}, "major_gridlines": {"visible": False}}
    counts = {
        "num_font": text,
        "num_format": "0",
        "line": {"none": True},
        "min": 0,
        "major_gridlines": grid,
    }
    if chart.bars == "bar":  # the first category on top, as in the table; counts at the bottom
        drawn.set_y_axis({**names, "reverse": True})
        drawn.set_x_axis({**counts, "label_position": "high"})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(counts)
    drawn.set_size({"width": chart.size[0], "height": chart.size[1]})
    drawn.set_chartarea({"border": {"color": "#BFBFBF"}})
    sheet.insert_chart(*chart.at, drawn, {"object_position": 2})


def _set_paper(sheet: Any, paper: Paper) -> None:
    sheet.set_paper(_A4)
    if paper.landscape:
        sheet.set_landscape()
    left, right, top, bottom = paper.margins
    sheet.set_margins(left, right, top, bottom)
    sheet.fit_to_pages(1, 1 if paper.one_page else 0)
    sheet.center_horizontally()
    if paper.repeat:
        sheet.repeat_rows(*paper.repeat)
    if paper.area:
        sheet.print_area(*_corners(paper.area))
    if any(paper.footer):
        parts = zip("LCR", paper.footer, strict=True)
        text = "".join(f"&{place}{part}" for place, part in parts if part)
        sheet.set_footer(text, {"margin": bottom / 2})


def _corners(area: Area) -> tuple[int, int, int, int]:
    """Return the corners of an area in the order of the library: first cell, last cell."""
    return area.first_row, area.first_column, area.last_row, area.last_column


#: Writes all the workbooks, each to its path, reporting how many are done.
Press = Callable[[Iterable[tuple[Workbook, Path]], Callable[[int], None]], None]


@contextmanager
def press(helper: bool) -> Iterator[Press]:
    """Give a `Press`; with `helper` and a second core, another process takes its share."""
    if not helper or (os.cpu_count() or 1) < 2:
        yield _alone
        return
    with ProcessPoolExecutor(1, get_context("spawn"), _begin) as pool:
        with _signals_blocked():
            pool.submit(os.getpid)
        yield lambda books, report: _together(pool, list(books), report)


def _alone(books: Iterable[tuple[Workbook, Path]], report: Callable[[int], None]) -> None:
    for done, (book, target) in enumerate(books):
        report(done)
        write_workbook(book, target)


def _together(
    pool: ProcessPoolExecutor,
    books: Sequence[tuple[Workbook, Path]],
    report: Callable[[int], None],
) -> None:
    """Write all, with the helper's help for as long as it lives: memory may be short."""
    try:
        _shared(pool, books, report)
    except BrokenProcessPool:
        _alone(books, report)


def _shared(
    pool: ProcessPoolExecutor,
    books: Iterable[tuple[Workbook, Path]],
    report: Callable[[int], None],
) -> None:
    """Work through the books from the front, the helper from the back, until all are written."""
    waiting = list(books)
    total = len(waiting)
    handed: list[Future[None]] = []
    while waiting or handed:
        handed = [future for future in handed if not _finished(future)]
        while waiting and len(handed) < 2:  # one at work, one at hand
            handed.append(pool.submit(write_workbook, *waiting.pop()))
        if waiting:
            write_workbook(*waiting.pop(0))
        else:
            for future in handed:
                future.result()
            handed = []
        report(total - len(waiting) - len(handed))


def _finished(future: Future[None]) -> bool:
    """Whether it is done; an error over there is an error here."""
    if future.done():
        future.result()
        return True
    return False


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Block what calls a run off in processes started now: they end with their parent.

    A process takes its mask of signals from the one that starts it, so none arrives in between.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows: `_begin` is the earliest there is
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _begin() -> None:
    """In the helper: collect garbage seldom, and end at once when the parent is gone or killed."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    gc.set_threshold(1_000_000)
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
