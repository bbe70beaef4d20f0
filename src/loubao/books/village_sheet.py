"""Cases → one laid-out workbook a village: the people to go and see, and room for what is found.

A row is a person, a block between thick lines is a household. Shown cells are locked, cells to
fill in have drop-downs; two hidden columns carry the keys by which a filled-in sheet is read back.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from loubao.core.file_names import Taken, portable
from loubao.core.forms import Area, Check, Page, Paper, Row, Style, Workbook
from loubao.core.notation import day_text, period_of
from loubao.followup.revisions import Issue, Village
from loubao.layout import paper
from loubao.layout.paper import Printing
from loubao.rules.sheets import SheetColumn, visit_window
from loubao.rules.wording import Wording

#: hidden columns at the right end, with these headers
KEYS = ("case_no", "person_key", "edition")
HEADER_ROW = 3  # of the village sheet, from 0; the first person stands below it
_TITLE_HEIGHT, _NOTE_HEIGHT, _GROUP_HEIGHT, _SIGN_HEIGHT = 27.0, 17.0, 16.0, 46.0
_SLACK = 0.5  # half-width characters that a wider font may take
_BOX = 255  # characters that a message box of a spreadsheet program holds


def village_books(
    places: Sequence[Village],
    sheets: Wording,
    as_of: dt.date,
    issues: Mapping[tuple[str, str], Issue] | None = None,
    paths: Mapping[tuple[str, str], str] | None = None,
) -> Iterator[Workbook]:
    """Yield the workbook of each village, a household's people next to each other.

    `issues` are the editions that the ledger knows, by town and village as they are printed;
    `paths` those of `book_paths`.
    """
    paths = paths or book_paths(places, sheets)
    printing = Printing(sheets.fonts, as_of, period_of(as_of))
    styles = _styles(sheets)
    instructions = _instructions(sheets)
    for village in places:
        issue = (issues or {}).get((village.town, village.place), Issue("", ""))
        page = _village_page(village, issue, sheets, printing)
        yield Workbook(
            path=paths[village.town, village.place],
            title=str(page.rows[0].values[0]),
            created=as_of,
            styles=styles,
            pages=(page, instructions),
            names={
                "loubao_kind": "village",
                "loubao_edition": sheets.edition,
                "loubao_issue": issue.key,
                "loubao_period": printing.period,
                "loubao_as_of": as_of.isoformat(),
                "loubao_village": village.code,
            },
        )


def book_paths(
    places: Iterable[Village], sheets: Wording, others: Iterable[str] = ()
) -> dict[tuple[str, str], str]:
    """Return where the workbook of each village lies in the output folder, by town and village.

    Names that make one file name get a number. `others` are the other files of the folder.
    """
    taken = Taken(others)
    return {
        (village.town, village.place): taken.distinct(
            sheets.village.path.format(town=portable(village.town), village=portable(village.place))
        )
        for village in places
    }


def _village_page(at: Village, issue: Issue, sheets: Wording, printing: Printing) -> Page:
    village = sheets.village
    columns = village.columns
    width, keys = len(columns), len(KEYS)
    rows = [
        *_head_rows(at, issue, sheets, printing),
        *_people_rows(at, issue, sheets),
        paper.wide_row(village.sign, "sign", _SIGN_HEIGHT),
    ]
    first, last = HEADER_ROW + 1, len(rows) - 2
    groups = paper.runs([column.group for column in columns])
    size = sheets.fonts.size
    return Page(
        name=village.page,
        widths=(*(paper.pixels(column.width, size) for column in columns), *[90] * keys),
        rows=tuple(rows),
        hidden=(
            *(i for i, column in enumerate(columns) if not column.visible),
            *range(width, width + keys),
        ),
        merges=(
            Area(0, 0, 0, width - 1),
            *(Area(2, start, 2, end) for _, start, end in groups if end > start),
            Area(last + 1, 0, last + 1, width - 1),
        ),
        checks=tuple(_checks(sheets, issue.issued_on or printing.as_of, first, last)),
        filter=Area(HEADER_ROW, 0, last, width + keys - 1),
        freeze=(first, _frozen(columns)),
        protected=True,
        paper=Paper(
            landscape=True,
            margins=(0.25, 0.25, 0.35, 0.5),
            footer=printing.footer(village.footer, town=at.town, village=at.place),
            repeat=(HEADER_ROW - 1, HEADER_ROW),
        ),
    )


def _head_rows(at: Village, issue: Issue, sheets: Wording, printing: Printing) -> list[Row]:
    """Title, note, groups of columns, headers."""
    village = sheets.village
    columns = village.columns
    note = village.note.format(
        people=len(at.people),
        households=len({each["household"] or each["person_key"] for each in at.people}),
        as_of=day_text(printing.as_of),
    )
    title = village.title.format(town=at.town, village=at.place, period=printing.period)
    keys = len(KEYS)
    return [
        paper.wide_row(title, "title", _TITLE_HEIGHT),
        paper.wide_row(f"{note}{issue.note}", "note", _NOTE_HEIGHT),
        Row(
            (*_group_titles(columns, village.groups), *[None] * keys),
            (*(_head_look(column, "group") for column in columns), *["note"] * keys),
            _GROUP_HEIGHT,
        ),
        Row(
            (*(paper.balanced(column.header, column.width) for column in columns), *KEYS),
            (*(_head_look(column, "head") for column in columns), *["note"] * keys),
            village.row_height.header,
        ),
    ]


def _people_rows(at: Village, issue: Issue, sheets: Wording) -> Iterator[Row]:
    """One row a person; a household begins under a thick line."""
    columns = sheets.village.columns
    wrapping = [
        (i, column.width - _SLACK)
        for i, column in enumerate(columns)
        if not column.kind and column.visible
    ]
    looks: dict[tuple[str, bool], tuple[str, ...]] = {}
    previous = None
    for person, cells in zip(at.people, at.cells, strict=True):
        household = person["household"]
        starts = household is None or household != previous  # who has none is one alone
        keys = (person["case_no"], person["person_key"], issue.key)
        values = (*(cells.get(column.key) for column in columns), *keys)
        key = (person["status"], starts)
        look = looks.get(key)
        if look is None:
            shown = [_look(column, *key) for column in columns]
            look = looks[key] = (*shown, *["note"] * len(KEYS))
        lines = max(paper.lines_needed(str(values[i] or ""), width) for i, width in wrapping)
        height = max(sheets.village.row_height.least, paper.row_height(lines, sheets.fonts.size))
        yield Row(values, look, min(height, paper.HIGHEST))
        previous = household


def _head_look(column: SheetColumn, part: str) -> str:
    return f"{'visit' if column.group == 'visit' else 'shown'}_{part}"


def _look(column: SheetColumn, status: str, starts: bool) -> str:
    """The style of a cell: what it is, and whether its household begins here."""
    if column.kind:
        look = {"date": "date", "integer": "count"}.get(column.kind, "fill")
    elif column.key == "doubts" and status != "uncovered":
        look = "doubt"
    else:
        look = "name" if column.bold else column.align
    return f"{look}_first" if starts else look


def _group_titles(columns: Sequence[SheetColumn], titles: Mapping[Any, str]) -> list[str | None]:
    starts = {start: group for group, start, _ in paper.runs([c.group for c in columns])}
    return [titles[starts[i]] if i in starts else None for i in range(len(columns))]


def _frozen(columns: Sequence[SheetColumn]) -> int:
    """Columns up to the name stay in sight when the sheet scrolls sideways."""
    keys = [column.key for column in columns]
    return keys.index("name") + 1 if "name" in keys[:5] else 0


def _checks(sheets: Wording, issued_on: dt.date, first: int, last: int) -> Iterator[Check]:
    village = sheets.village
    begin, end = visit_window(village, issued_on)
    for i, column in enumerate(village.columns):
        area = Area(first, i, last, i)
        if column.kind == "choice":
            message = village.wrong.choice.format(choices="、".join(column.choices))
            yield Check(area, village.wrong.title, message[:_BOX], choices=column.choices)
        elif column.kind == "date":
            message = village.dates.message.format(
                example=issued_on.isoformat(), first=begin.isoformat(), last=end.isoformat()
            )
            yield Check(area, village.dates.title, message[:_BOX], dates=(begin, end))
        elif column.kind == "integer":
            bounds = (column.least, column.most)
            message = village.wrong.integer.format(least=bounds[0], most=bounds[1])
            yield Check(area, village.wrong.title, message[:_BOX], numbers=bounds)


def _styles(sheets: Wording) -> dict[str, Style]:
    """The looks of the village sheet and of the page that explains it: few, each costs time."""
    fonts = sheets.fonts
    size = fonts.size
    cell = Style(fonts.text, size, top="dotted", bottom="dotted", sides="thin")
    fill = replace(cell, fill=paper.YELLOW, align="center", locked=False, number_format="@")
    head = replace(
        cell, font=fonts.heading, align="center", vertical="top", top="thin", bottom="medium"
    )
    group = replace(head, vertical="center", top="medium", bottom="thin", wrap=False)
    looks = {
        "left": cell,
        "center": replace(cell, align="center"),
        "name": replace(cell, align="center", bold=True, size=size + 1),
        "doubt": replace(cell, fill=paper.DOUBT),
        "fill": fill,
        "count": replace(fill, number_format="0"),
        "date": replace(fill, number_format="yyyy-m-d"),
    }
    return {
        "title": Style(fonts.heading, fonts.title, align="center", wrap=False),
        "note": Style(fonts.text, size, wrap=False),
        "sign": Style(fonts.text, size + 2, wrap=False, top="medium"),
        "shown_head": replace(head, fill=paper.GREY_HEAD),
        "visit_head": replace(head, fill=paper.YELLOW_HEAD),
        "shown_group": replace(group, fill=paper.GREY_HEAD),
        "visit_group": replace(group, fill=paper.YELLOW_HEAD),
        **looks,
        **{f"{name}_first": replace(style, top="medium") for name, style in looks.items()},
        "line": Style(fonts.text, size + 3, vertical="top"),
    }


def _instructions(sheets: Wording) -> Page:
    words = sheets.village.instructions
    size = sheets.fonts.size + 3
    width = 112.0
    rows = [paper.wide_row(words.title, "title", 36.0)]
    for number, text in enumerate(words.lines, start=1):
        line = f"{number}. {text}"
        lines = paper.lines_needed(line, width)
        rows.append(paper.wide_row(line, "line", math.ceil(lines * size * 1.5 + 6)))
    return Page(
        name=words.page,
        widths=(paper.pixels(width, size),),
        rows=tuple(rows),
        protected=True,
        paper=Paper(landscape=True, margins=(0.6, 0.6, 0.6, 0.6)),
    )
