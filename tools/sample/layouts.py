"""Entries → pages: title rows, one or two header rows, people, totals, footers, blank rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from sample.district import Person
from sample.exportfile import TOWNS, ExportFile
from sample.lists import Entry, Value

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column, from 0


@dataclass(frozen=True)
class Row:
    """A row and what it is: title, header, person, total, footer, blank or cover."""

    kind: str
    cells: tuple[Value, ...]
    entries: tuple[Entry, ...] = ()


@dataclass
class Page:
    """One sheet. Row numbers in ``hidden`` and ``merges`` count from 0."""

    name: str
    rows: list[Row] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)


def pages(file: ExportFile, entries: list[Entry]) -> list[Page]:
    """All sheets of the file."""
    made = []
    if file.cover:
        lines = (*file.titles, "泉州台商投资区", "2022年5月")
        made.append(Page(file.cover, [Row("cover", (line,)) for line in lines]))
    if file.sheets != "town":
        return [*made, _page(file, file.sheets, entries)]
    return made + [
        _page(file, town, [e for e in entries if e.naming.person.village.town == town])
        for town in TOWNS
    ]


def _page(file: ExportFile, name: str, entries: list[Entry]) -> Page:
    page, columns = Page(name), (*file.layout, *file.member_layout)
    for title in file.titles:
        page.merges.append((len(page.rows), 0, len(page.rows), len(file.layout) - 1))
        page.rows.append(Row("title", (title,)))
    _header(page, [column.group for column in columns], [column.header for column in columns])
    first = len(page.rows)
    rows = enumerate(_grouped(file, entries), start=1)
    for _, part in groupby(rows, lambda row: row[1][0].naming.person.village.town):
        town = list(part)
        for number, people in town:
            page.rows.append(Row("person", _cells(file, people, number), people))
            if file.hidden_every and number % file.hidden_every == 0:
                page.hidden.add(len(page.rows) - 1)
            if file.blank_every and number % file.blank_every == 0:
                page.rows.append(Row("blank", ()))
        if file.subtotals:
            page.rows.append(Row("total", _totals(file, [people for _, people in town], "小计")))
    if file.merged:
        at = [column.field for column in file.layout].index(file.merged)
        page.merges += _equal_neighbours(page, first, at)
    if file.totals:
        page.rows.append(Row("total", _totals(file, _grouped(file, entries), "合计")))
    if file.footer:
        page.rows.append(Row("footer", (file.footer,)))
    return page


def _header(page: Page, groups: list[str], headers: list[str]) -> None:
    """One row; or two, the group merged over its columns and the rest merged downwards."""
    if not any(groups):
        page.rows.append(Row("header", tuple(headers)))
        return
    top = len(page.rows)
    page.rows.append(Row("header", tuple(g or h for g, h in zip(groups, headers, strict=True))))
    page.rows.append(Row("header", tuple(headers)))
    at = 0
    for group, same in groupby(groups):
        width = len(tuple(same))
        if group:
            page.merges.append((top, at, top, at + width - 1))
        else:
            page.merges += [(top, column, top + 1, column) for column in range(at, at + width)]
        at += width


def _grouped(file: ExportFile, entries: list[Entry]) -> list[tuple[Entry, ...]]:
    """One entry a row; in household rows all of one booklet, its holder first."""
    if not file.members:
        return [(entry,) for entry in entries]
    made = []
    for holder, members in groupby(entries, key=lambda entry: _holder(entry).code):
        booklet = sorted(members, key=lambda entry: entry.naming.person.code != holder)
        made.append(tuple(booklet[: file.pairs + 1]))
    return made


def _holder(entry: Entry) -> Person:
    holder = entry.naming.facts["holder"]
    assert isinstance(holder, Person)
    return holder


def _cells(file: ExportFile, people: tuple[Entry, ...], number: int) -> tuple[Value, ...]:
    values = people[0].values | {"serial": number}
    each, size = values.get("each"), values.get("size")
    if isinstance(each, int) and isinstance(size, int):
        protected = 0 if values.get("protected") == "否" else 1
        values["amount"] = each * size if file.members else each * protected
    cells = [values[column.field] for column in file.layout]
    for member in people[1:]:
        cells += [member.values["name"], member.values["number"]]
    return tuple(cells)


def _equal_neighbours(page: Page, first: int, at: int) -> list[Merge]:
    """Runs of equal values in one column of the person rows."""
    runs, rows = [], list(enumerate(page.rows))[first:]
    people = ((at_row, row) for at_row, row in rows if row.kind in ("person", "total"))
    for value, same in groupby(people, lambda numbered: numbered[1].cells[at]):
        run = tuple(same)
        if value is not None and len(run) > 1:
            runs.append((run[0][0], at, run[-1][0], at))
    return runs


def _totals(file: ExportFile, people: list[tuple[Entry, ...]], word: str) -> tuple[Value, ...]:
    """合计 or 小计 in the first cell, and the sums of what are numbers."""
    rows = [_cells(file, entries, 0) for entries in people]
    cells: list[Value] = []
    for at, column in enumerate(file.layout):
        amounts = [row[at] for row in rows]
        total = sum(a for a in amounts if isinstance(a, (int, float)))
        cells.append(round(total, 2) if column.field in file.totals else None)
    cells[0] = word
    return tuple(cells)
