"""Cases → one laid-out workbook a village: the people to go and see, and room for what is found.

A row is a person, a block between thick lines is a household. The same sheet is filled in with a
pen or on a computer: a cell with choices shows boxes to tick, and a drop-down takes their place.
Printed cells are locked; hidden columns carry the keys by which a filled-in sheet is read back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from loubao.core.file_names import Taken, portable
from loubao.core.forms import Area, Check, Page, Paper, Row, Value, Workbook
from loubao.core.notation import day_text, period_of
from loubao.followup.revisions import Issue, Village
from loubao.layout import paper
from loubao.layout.form_cells import boxes, header_of, text_of
from loubao.layout.form_styles import BOLDER, form_styles
from loubao.layout.paper import Printing
from loubao.rules.sheet_columns import SheetColumn, Stack, stacks
from loubao.rules.sheets import visit_window
from loubao.rules.wording import Wording

#: hidden columns at the right end, with these headers
KEYS = ("case_no", "person_key", "edition")
HEADER_ROW = 3  # of the village sheet, from 0; the first person stands below it
_TITLE_HEIGHT, _GROUP_HEIGHT = 22.5, 12.0
_LATIN = 1.28  # half-width characters that a digit takes where the font has to be another one
_LINE_HEIGHT = 1.45  # of a line, in its font size, where the font is the tallest
_PADDING = 0.3  # points of a row that no text uses
#: of the width that a line of the notes counts on: over so many columns their rounding adds up
_OF_NOTES = 0.99
_BELOW_NOTES = 3.0  # points between the last line of the notes and the table
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
    styles = form_styles(sheets.fonts)
    for village in places:
        issue = (issues or {}).get((village.town, village.place), Issue("", ""))
        page = _Sheet(village, issue, sheets, printing).page()
        yield Workbook(
            path=paths[village.town, village.place],
            title=str(page.rows[0].values[0]),
            created=as_of,
            styles=styles,
            pages=(page,),
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


@dataclass(frozen=True)
class _Sheet:
    """The page of one village."""

    at: Village
    issue: Issue
    sheets: Wording
    printing: Printing

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """The columns as they are laid out."""
        return stacks(self.sheets.village.columns)

    def page(self) -> Page:
        """Return the page: head, a row a person, hidden keys."""
        village, issue = self.sheets.village, self.issue
        laid_out = self.stacks
        width, keys = len(laid_out), len(self._tail)
        filled = [*self._head_rows(), *self._people_rows()]
        rows = [*filled, *self._blank_rows()]
        first, last = HEADER_ROW + 1, len(rows) - 1
        groups = paper.runs([stack[0].group for stack in laid_out])
        on_paper = self._paper()
        printed = len(filled) - 1 + self._blanks_printed(filled, on_paper)
        return Page(
            name=village.page,
            widths=(*map(self._pixels, laid_out), *[90] * keys),
            rows=tuple(rows),
            hidden=(
                *(i for i, stack in enumerate(laid_out) if not self._is_visible(stack)),
                *range(width, width + keys),
            ),
            merges=(
                Area(0, 0, 0, width - 1),
                Area(1, 0, 1, width - 1),
                *(Area(2, start, 2, end) for _, start, end in groups if end > start),
            ),
            checks=tuple(
                _checks(laid_out, self.sheets, issue.issued_on or self.printing.as_of, first, last)
            ),
            filter=Area(HEADER_ROW, 0, last, width + keys - 1),
            freeze=(first, _frozen(laid_out)),
            protected=True,
            paper=replace(on_paper, area=Area(0, 0, printed, width - 1)),
        )

    @cached_property
    def _copies(self) -> tuple[SheetColumn, ...]:
        """The columns that share a cell: each is there alone, too, hidden, for programs."""
        return tuple(column for stack in self.stacks if len(stack) > 1 for column in stack)

    @property
    def _tail(self) -> tuple[str, ...]:
        """The headers of the hidden columns at the right end."""
        return (*(column.header for column in self._copies), *KEYS)

    def _paper(self) -> Paper:
        village = self.sheets.village
        footer = village.footer.replaced(center=f"{village.footer.center}{village.sign}")
        return Paper(
            landscape=True,
            margins=(0.22, 0.22, 0.22, 0.36),
            footer=self.printing.footer(footer, town=self.at.town, village=self.at.place),
            repeat=(HEADER_ROW - 1, HEADER_ROW),
        )

    def _blanks_printed(self, filled: Sequence[Row], on_paper: Paper) -> int:
        """How many blank rows the last sheet of paper has room for."""
        widths = [self._pixels(stack) for stack in self.stacks if self._is_visible(stack)]
        room = paper.room_left(widths, [row.height or 0.0 for row in filled], on_paper)
        blank = self.sheets.village.blank_rows
        return min(blank.printed, blank.typed, int(room // self.sheets.village.row_height.least))

    def _pixels(self, stack: Stack) -> int:
        return paper.pixels(stack[0].width, self._size(stack))

    def _size(self, stack: Stack) -> float:
        """Points of the text of a column."""
        fonts = self.sheets.fonts
        size: float = fonts.small if stack[0].small else fonts.size
        return size + BOLDER if _is_name(stack[0]) and not stack[0].small else size

    def _is_visible(self, stack: Stack) -> bool:
        return stack[0].key in self._visible

    @cached_property
    def _visible(self) -> frozenset[str]:
        """The keys of the columns that are shown on this sheet."""
        return frozenset(stack[0].key for stack in self.stacks if any(map(self._is_shown, stack)))

    def _is_shown(self, column: SheetColumn) -> bool:
        shown = column.visible
        if isinstance(shown, bool):
            return shown
        values = {str(cells.get(column.key) or "") for cells in self.at.cells}
        return len(values) > 1 if shown == "several" else bool(values - {""})

    def _head_rows(self) -> list[Row]:
        """Title, how to fill the sheet in, groups of columns, headers."""
        village, issue, at = self.sheets.village, self.issue, self.at
        note = village.note.format(
            people=len(at.people),
            households=len({each["household"] or each["person_key"] for each in at.people}),
            as_of=day_text(self.printing.as_of),
        )
        contact = village.contact
        if not isinstance(contact, str):
            contact = contact.get(at.town, "")
        asked = {
            "due": day_text(issue.due) if issue.due else village.blank_line,
            "contact": contact or village.blank_line,
        }
        lines = [line.format(**asked) for line in village.instructions.lines]
        notes = "\n".join([f"{note}{issue.note}", *lines])
        title = village.title.format(town=at.town, village=at.place, period=self.printing.period)
        laid_out, keys = self.stacks, len(self._tail)
        leads = [stack[0] for stack in laid_out]
        size = self.sheets.fonts.size
        room = sum(self._pixels(stack) for stack in laid_out if self._is_visible(stack))
        width = room * 72 / 96 / size * 2 * _OF_NOTES
        lines_of_notes = paper.lines_needed(notes, width, latin=_LATIN)
        height = _height(lines_of_notes, size)
        return [
            paper.wide_row(title, "title", _TITLE_HEIGHT),
            paper.wide_row(notes, "note", min(height + _BELOW_NOTES, paper.HIGHEST)),
            Row(
                (*_group_titles(leads, village.groups), *[None] * keys),
                (*(_head_look(column, "group") for column in leads), *["note"] * keys),
                _GROUP_HEIGHT,
            ),
            Row(
                (*(_header(stack) for stack in laid_out), *self._tail),
                (*(_head_look(column, "head") for column in leads), *["note"] * keys),
                village.row_height.header,
            ),
        ]

    def _people_rows(self) -> Iterator[Row]:
        """One row a person; a household begins under a thick line."""
        laid_out = self.stacks
        looks: dict[tuple[str, bool], tuple[str, ...]] = {}
        previous = None
        for person, cells in zip(self.at.people, self.at.cells, strict=True):
            household = person["household"]
            starts = household is None or household != previous  # who has none is one alone
            copies = (cells.get(column.key) for column in self._copies)
            keys = (*copies, person["case_no"], person["person_key"], self.issue.key)
            values = tuple(self._value(stack, person, cells) for stack in laid_out)
            key = (person["status"], starts)
            look = looks.get(key)
            if look is None:
                shown = [_look(stack, *key) for stack in laid_out]
                look = looks[key] = (*shown, *["note"] * len(self._tail))
            yield Row((*values, *keys), look, self._row_height(values))
            previous = household

    def _blank_rows(self) -> Iterator[Row]:
        """Rows in which the village writes the people that it has found itself."""
        village, width = self.sheets.village, len(self.stacks) + len(self._tail)
        copies = ["fill_small"] * len(self._copies)
        for i in range(village.blank_rows.typed):
            look = (_sized(_to_fill(stack[0]), stack[0], starts=i == 0) for stack in self.stacks)
            looks = (*look, *copies, *["note"] * len(KEYS))
            yield Row((None,) * width, looks, village.row_height.least)

    def _value(self, stack: Stack, person: Mapping[str, Any], cells: Mapping[str, Value]) -> Value:
        """What a cell shows: what is on record, or the boxes to tick."""
        column = stack[0]
        if column.kind == "choice":
            if column.key == "same_person" and not _is_asked(person):
                return str(self.sheets.blank)
            return boxes(column, self.sheets.village.box)
        if column.kind:
            return None
        value = text_of(stack, cells, _LATIN)
        if not isinstance(value, str):
            return value
        whole = paper.unbroken if column.group == "clue" else paper.numbers_whole
        return whole(value, column.width, self._latin(stack))

    def _row_height(self, values: Sequence[Value]) -> float:
        """The height that the longest cell needs, and that a pen does."""
        heights = [
            _height(self._lines(stack, str(value)), self._size(stack))
            for stack, value in zip(self.stacks, values, strict=False)
            if value is not None and self._is_visible(stack)
        ]
        least: float = self.sheets.village.row_height.least
        return min(max(least, *heights), paper.HIGHEST)

    @staticmethod
    def _latin(stack: Stack) -> float:
        return 1.0 if stack[0].digits else _LATIN  # digits have their own font

    def _lines(self, stack: Stack, text: str) -> int:
        if stack[0].kind:  # boxes are broken into lines already
            return text.count("\n") + 1
        return paper.lines_needed(text, stack[0].width, self._latin(stack))


def _height(lines: int, size: float) -> float:
    return round(lines * size * _LINE_HEIGHT + _PADDING, 1)


def _is_asked(person: Mapping[str, Any]) -> bool:
    """Whether the line asks if its person is another one."""
    return bool(person["asks"]) or person["status"] == "review"


def _header(stack: Stack) -> str:
    """The header of a column, broken to its width."""
    if len(stack) > 1:
        return header_of(stack)
    return paper.balanced(stack[0].header, stack[0].width)


def _head_look(column: SheetColumn, part: str) -> str:
    return f"{'visit' if column.group == 'visit' else 'shown'}_{part}"


def _look(stack: Stack, status: str, starts: bool) -> str:
    """The style of a cell: what it is, and whether its household begins here."""
    column = stack[0]
    if column.kind:
        look = _to_fill(column)
    elif status != "uncovered" and any(each.key == "doubts" for each in stack):
        look = "doubt"
    else:
        look = "name" if _is_name(column) else "digits" if column.digits else column.align
    return _sized(look, column, starts)


def _is_name(column: SheetColumn) -> bool:
    """Whether a column is printed bold, and larger than the others where it is not small."""
    return column.bold and not column.digits


def _to_fill(column: SheetColumn) -> str:
    """The style of a cell that the village fills in."""
    return {"date": "date", "integer": "count", "choice": "choice"}.get(column.kind or "", "fill")


def _sized(look: str, column: SheetColumn, starts: bool) -> str:
    look = f"{look}_small" if column.small else look
    return f"{look}_first" if starts else look


def _group_titles(columns: Sequence[SheetColumn], titles: Mapping[Any, str]) -> list[str | None]:
    starts = {start: group for group, start, _ in paper.runs([c.group for c in columns])}
    return [titles[starts[i]] if i in starts else None for i in range(len(columns))]


def _frozen(laid_out: Sequence[Stack]) -> int:
    """Columns up to the name stay in sight when the sheet scrolls sideways."""
    keys = [stack[0].key for stack in laid_out]
    return keys.index("name") + 1 if "name" in keys[:5] else 0


def _checks(
    laid_out: Sequence[Stack], sheets: Wording, issued_on: dt.date, first: int, last: int
) -> Iterator[Check]:
    village = sheets.village
    begin, end = visit_window(village, issued_on)
    for i, (column, *_) in enumerate(laid_out):
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
