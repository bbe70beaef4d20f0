"""A returned village sheet → its lines about people, found by headers and keys, never by place.

Rows may have been inserted above the header, the header sorted among the rows, columns moved or
lost, headers broken into lines, several tables put below each other. Each row that holds anything
is a line about somebody, a declared skip (`title`, `header`, `note`, `blank`), or an issue. What a
village writes into a column of its own stands behind the line's remark.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from loubao.core.frames import IssueRow, Sheet, column_letters
from loubao.ingest.sheets.vocabulary import any_of
from loubao.layout.form_cells import read_back, stack_key
from loubao.returns.terms import ANSWER, HIDDEN_ANSWER, HIDDEN_CASE, HIDDEN_EDITION, Terms
from loubao.returns.ticked_boxes import answered
from loubao.returns.typed_cells import case_number, filled_down, plain
from loubao.rules.sheet_columns import SheetColumn, Stack

#: file, sheet and row of a line
Spot: TypeAlias = tuple[str, str, int]

#: columns by which a line that was printed is identified
KEYS = frozenset({"case_no", HIDDEN_CASE, HIDDEN_EDITION})
_NUMBERED = re.compile(r"^[0-9]+[.、]")

_Cells: TypeAlias = Sequence[str | None]
_Kind: TypeAlias = Literal["line", "title", "note", "blank", "unknown"]


@dataclass(frozen=True, slots=True)
class Line:
    """A row about somebody: its cells by the key of their column, blank ones left out.

    `headers` are the columns as seen, by key.

    >>> cells = {"case_no": "104－2022—00012", "name": "庄建国", "result": "疑难"}
    >>> line = Line("上浦村.xlsx", "核查表", 6, cells, {"case_no": "编号"})
    >>> line.numbers, line.edition, line.header("case_no"), line.header("age")
    (('', '104-2022-00012'), None, '编号', '')
    """

    file: str
    sheet: str
    row: int
    cells: Mapping[str, str]
    headers: Mapping[str, str]

    @property
    def place(self) -> Spot:
        """File, sheet and row."""
        return self.file, self.sheet, self.row

    @property
    def numbers(self) -> tuple[str, str]:
        """The hidden case number and the printed one, "" where it is not there."""
        return (
            case_number(self.cells.get(HIDDEN_CASE, "")),
            case_number(self.cells.get("case_no", "")),
        )

    @property
    def edition(self) -> str | None:
        """The key of the edition, None where the line has none."""
        key = self.cells.get(HIDDEN_EDITION)
        return None if key is None else plain(key)

    @property
    def answer(self) -> str | None:
        """The answer that a line of the office's list is about (its event; "0": none, "": lost).

        None on a village sheet.
        """
        return self.cells.get(HIDDEN_ANSWER, "") if HIDDEN_ANSWER in self.headers else None

    def header(self, key: str) -> str:
        """Return the header of a column as seen, "" where there is no such column."""
        return self.headers.get(key, "")

    def issue(self, header: str, code: str, detail: str) -> IssueRow:
        """Return an issue of a cell of this line, of the whole line where `header` is ""."""
        return (*self.place, header, code, detail)


@dataclass(slots=True)
class Page:
    """What one sheet holds: lines, the number of other rows by kind, and issues."""

    lines: list[Line] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    issues: list[IssueRow] = field(default_factory=list)
    found: bool = True
    #: row of the header and place of each column that a village added → lines with words there
    added: Counter[tuple[int, int]] = field(default_factory=Counter)


def page_of(sheet: Sheet, terms: Terms) -> Page:
    """Return what a sheet holds; `found` is false where there is no header of a village sheet."""
    rows: list[tuple[int, _Cells]] = [(row, cells) for row, *cells in sheet.cells.iter_rows()]
    headers = {row: header for row, cells in rows if (header := _header(cells, terms)) is not None}
    if not headers:
        return Page(kinds=Counter(skipped=len(rows)), found=False)
    people = [cells for row, cells in rows if row not in headers]
    headers = {
        row: replace(header, row=row, added=_added(cells, header, people, terms))
        for row, cells in rows
        if (header := headers.get(row)) is not None
    }
    page = Page()
    first = next(iter(headers))
    header = headers[first]
    above = [_row(sheet, row, cells, header, terms) for row, cells in rows if row < first]
    # a header that was sorted among the rows has people above it
    among = any(row.has_key for row in above)
    for each in above:
        _take(page, each, _kind_above(each, among))
    for row, cells in rows[len(above) :]:
        if row in headers:
            header = headers[row]
            page.kinds["header"] += 1
            page.issues += _header_issues((sheet.file, sheet.name, row), cells, header, terms)
        else:
            each = _row(sheet, row, cells, header, terms)
            _take(page, each, _kind(each))
    for (row, place), count in sorted(page.added.items()):
        column = headers[row].added[place]
        shown = terms.rules.discretion.header(column, place)
        detail = terms.words.column_added.format(count=count)
        page.issues.append((sheet.file, sheet.name, row, shown, "COLUMN_ADDED", detail))
    page.lines = _filled_down(page.lines, terms)
    return page


def _filled_down(lines: Sequence[Line], terms: Terms) -> list[Line]:
    """The lines with the words of the row above where they say the same as above."""
    cells = filled_down([(line.row, line.cells) for line in lines], terms.returns.ditto)
    return [replace(line, cells=each) for line, each in zip(lines, cells, strict=True)]


def _added(
    cells: _Cells, header: _Header, people: Sequence[_Cells], terms: Terms
) -> dict[int, str]:
    """The header of each place that is none of a printed sheet: columns of the village's own.

    One without a header is named by its letters. Numbers of rows are no words.
    """
    serial = {*map(plain, terms.rules.holding.sums.serial)}
    added: dict[int, str] = {}
    for place, text in enumerate(cells):
        name = plain(text or "")
        if place in header.keys or name in terms.printed or name in serial:
            continue
        below = [plain(row[place] or "") for row in people]
        if name or not all(each.isdecimal() for each in below if each):
            unnamed = terms.words.column_unnamed.format(letters=column_letters(place))
            added[place] = " ".join((text or "").split()) or unnamed
    return added


def holds_more(sheet: Sheet, terms: Terms) -> bool:
    """Return whether a page without a header holds anything but the printed instructions.

    The printed instructions may be those of older rules; such a page holds more only where it
    names a case.
    """
    instructions = terms.rules.sheets.village.instructions
    printed = {plain(text) for text in (instructions.title, *instructions.lines)}
    texts = [text for _, *cells in sheet.cells.iter_rows() for text in _filled(cells)]
    bare = {_NUMBERED.sub("", plain(text)) for text in texts}
    if plain(sheet.name).startswith(plain(instructions.page)) and not printed <= bare:
        return any(re.search(terms.returns.case_number, case_number(text)) for text in texts)
    return not bare <= printed


@dataclass(frozen=True, slots=True)
class _Header:
    """A row of headers: the key of each place from the left, and the headers as seen, by key.

    `known`: the key of each header that the row may have; `stacked`: the columns of a place that
    several share; `added`: the headers of columns of the village's own, by place.
    """

    keys: Mapping[int, str]
    seen: Mapping[str, str]
    known: Mapping[str, str]
    stacked: Mapping[int, Stack]
    row: int = 0
    added: Mapping[int, str] = field(default_factory=dict)


def _header(cells: _Cells, terms: Terms) -> _Header | None:
    """The header where enough of the cells are one; of two equal columns the first is taken."""
    keys: dict[int, str] = {}
    known = terms.office_keys if ANSWER in cells else terms.keys
    for place, text in enumerate(cells):
        stack = terms.stacked.get(plain(text)) if text is not None else None
        key = stack_key(stack) if stack else known.get(plain(text)) if text is not None else None
        if key is not None and key not in keys.values():
            keys[place] = key
    stacked = {
        place: terms.stacked[header]
        for place in keys
        if (header := plain(cells[place] or "")) in terms.stacked
    }
    if sum(len(stacked.get(place, "1")) for place in keys) < terms.returns.least_headers:
        return None
    seen = {key: "".join(str(cells[place]).split()) for place, key in keys.items()}
    return _Header(keys, seen, known, stacked)


def _header_issues(spot: Spot, cells: _Cells, header: _Header, terms: Terms) -> Iterator[IssueRow]:
    if "result" not in header.seen:
        column = terms.headers.get("result", "")
        detail = terms.words.no_result_column.format(column=column)
        yield (*spot, "", "RESULT_COLUMN_MISSING", detail)
    for place, text in enumerate(cells):
        if text is not None and place not in header.keys and plain(text) in header.known:
            yield (*spot, text, "COLUMN_TWICE", terms.words.column_twice)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row under a header: its line, all its texts from the left, the text before the name.

    `added`: place → words in a column of the village's own.
    """

    line: Line
    texts: tuple[str, ...]
    before: str
    terms: Terms
    header: _Header
    added: Mapping[int, str]

    @property
    def whole(self) -> Line:
        """The line with the words of added columns behind its remark."""
        if not self.added:
            return self.line
        words = self.terms.words
        said = [
            words.kept.format(column=self.header.added[place], text=" ".join(text.split()))
            for place, text in self.added.items()
        ]
        remark = words.between.join([*filter(None, [self.line.cells.get("remark")]), *said])
        return replace(self.line, cells={**self.line.cells, "remark": remark})

    @property
    def has_key(self) -> bool:
        """Whether the row has an edition, or something like a case number."""
        return self.line.edition is not None or any(
            re.search(self.terms.returns.case_number, number) for number in self.line.numbers
        )

    @property
    def has_answer(self) -> bool:
        """Whether the row has an ID number, or one of the choices of an answer."""
        cells = self.line.cells
        number = plain(cells.get("id_number", ""))
        return bool(re.search(self.terms.returns.id_number, number)) or any(
            plain(cells.get(key, "")) in choices for key, choices in self.terms.choices.items()
        )

    @property
    def names_somebody(self) -> bool:
        """Whether the row names a person, whatever stands beside the name.

        A name after a label such as 制表人 is the name of the person who signs.
        """
        name = self.line.cells.get("name", "")
        if not name or plain(name) in self.terms.rules.reading.placeholders:
            return False
        if len(set(self.texts)) == 1 and not self.is_name_alone:
            return False  # a text that a merge has put into every cell
        if self._is_note((name,)) or any_of(self.terms.returns.counts).search(plain(name)):
            return False
        before = plain(self.before)
        is_label = self._is_sign(before) or any_of(self.terms.returns.labels).search(before)
        return self.has_answer or not is_label

    @property
    def is_name_alone(self) -> bool:
        """Whether the only cell is that of the name."""
        return list(self.line.cells) == ["name"]

    @property
    def is_note(self) -> bool:
        """Whether the row is empty, a total, a footer, or the line to be signed."""
        return not self.texts or self._is_note(self.texts)

    def _is_note(self, texts: Sequence[str]) -> bool:
        reading, first = self.terms.rules.reading, plain(texts[0])
        if self._is_sign(first):
            return True
        if any(any_of(reading.totals).search(plain(text)) for text in texts[:3]):
            return True
        if any_of((*reading.footers, *reading.titles)).search(first):
            return True
        return len(set(texts)) == 1 and bool(any_of(self.terms.returns.notes).search(first))

    def _is_sign(self, bare: str) -> bool:
        return bool(self.terms.sign) and bare.startswith(self.terms.sign)


def _row(sheet: Sheet, row: int, cells: _Cells, header: _Header, terms: Terms) -> _Row:
    found: dict[str, str] = {}
    seen = dict(header.seen)
    # a cell that columns share is what people see: it goes before the hidden columns of each
    for place, key in sorted(header.keys.items(), key=lambda each: each[0] in header.stacked):
        text = _text(cells[place])
        stack = header.stacked.get(place)
        if stack is not None:
            del seen[key]
            parts = read_back(stack, text, found)
            seen |= dict.fromkeys(parts, header.seen[key])
            if text and key not in parts:  # what was wiped out there holds no more
                found = {k: found[k] for k in found if all(c.key != k for c in stack)}
            found |= parts
        elif text := _answered(text, terms.columns.get(key), terms):
            found[key] = text
    name = next((place for place, key in header.keys.items() if key == "name"), 0)
    before = _filled(cells[:name])
    line = Line(sheet.file, sheet.name, row, found, seen)
    added = {place: text for place in header.added if (text := _text(cells[place]))}
    added = {place: text for place, text in added.items() if not terms.says_nothing(text)}
    filled = tuple(_filled(cells))
    return _Row(line, filled, before[-1] if before else "", terms, header, added)


def _answered(text: str, column: SheetColumn | None, terms: Terms) -> str:
    """What a cell says, of one with choices what is chosen."""
    if column is None or not column.choices or not text:
        return text
    if text == terms.rules.sheets.blank and text not in column.choices:
        return ""
    return answered(text, column, terms.signs)


def _take(page: Page, row: _Row, kind: _Kind) -> None:
    """Put one row where it belongs."""
    if kind == "line":
        page.lines.append(row.whole)
        page.added.update((row.header.row, place) for place in row.added)
        return
    page.kinds[kind] += 1
    if kind == "unknown":
        page.issues.append(row.line.issue("", "ROW_WITHOUT_PERSON", row.terms.words.no_person))


def _kind_above(row: _Row, among: bool) -> _Kind:
    """What a row above the header is: a title, unless it is about somebody."""
    alone = len(set(row.texts)) <= 1 and not row.is_name_alone
    return "title" if alone or not (among or row.has_answer) else _kind(row)


def _kind(row: _Row) -> _Kind:
    """What a row below a header is."""
    cells = row.line.cells
    if row.has_key or row.names_somebody:
        return "line"
    if row.is_note:
        return "unknown" if row.has_answer else "note"
    if (len(set(row.texts)) > 1 and cells.get("name")) or row.is_name_alone:
        return "line"  # an odd name: names are checked where they are read
    if set(cells) <= {"village", "case_no", "sex"} and len(cells) == len(row.texts):
        return "blank"  # an empty line that somebody has numbered
    return "unknown"


def _filled(cells: Iterable[str | None]) -> list[str]:
    return [text for text in map(_text, cells) if text]


def _text(cell: str | None) -> str:
    return "" if cell is None else cell.strip()
