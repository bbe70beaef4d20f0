"""Village sheets as they come back: their lines about people, and the headers that tell them.

A page as it came back → its lines, told by headers and keys, never by place.

Rows may have been inserted above the header, the header sorted among the rows, columns moved or
lost, headers broken into lines, several tables put below each other. Each row that holds anything
is a line about somebody, a declared skip (`title`, `header`, `note`, `blank`), or an issue.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from loubao.core.frames import Sheet
from loubao.rules.reading import Reading
from loubao.rules.returns import Returns
from loubao.rules.sheets import Sheets

#: `(file, sheet, row, column, code, detail)` of frames.ISSUES
IssueRow: TypeAlias = tuple[str, str, int | None, str, str, str]

#: headers of the hidden columns by which a line is known again
HIDDEN_CASE, HIDDEN_EDITION = "hidden:case_no", "hidden:edition"
_HIDDEN = {"case_no": HIDDEN_CASE, "edition": HIDDEN_EDITION, "person_key": "hidden:person_key"}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣"), "-")


@dataclass(frozen=True, slots=True)
class Line:
    """A row about somebody: its cells by the key of their column, blank ones left out.

    `headers` are the columns as seen, by key; `touched` whether a village wrote anything.
    """

    file: str
    sheet: str
    row: int
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    touched: bool

    @property
    def place(self) -> tuple[str, str, int]:
        """File, sheet and row."""
        return self.file, self.sheet, self.row

    @property
    def numbers(self) -> tuple[str, str]:
        """The hidden case number and the printed one, "" where it is not there."""
        return (
            case_number(self.cells.get(HIDDEN_CASE, "")),
            case_number(self.cells.get("case_no", "")),
        )


@dataclass(slots=True)
class Page:
    """What one sheet holds: lines, rows that are skipped, by kind, and what is to be said."""

    lines: list[Line] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    issues: list[IssueRow] = field(default_factory=list)
    found: bool = True


@dataclass(frozen=True)
class Headers:
    """How the columns of a village sheet are called, without white space: header → key.

    `choices` are those of the columns to be filled in that have some, by key.
    """

    keys: Mapping[str, str]
    filled_in: frozenset[str]
    choices: Mapping[str, frozenset[str]]
    result: str
    sign: str


def headers(sheets: Sheets) -> Headers:
    """Return the headers of the village sheet."""
    columns = sheets.village.columns
    result = next((c.header for c in columns if c.key == "result"), "")
    return Headers(
        keys={**{plain(column.header): column.key for column in columns}, **_HIDDEN},
        filled_in=frozenset(column.key for column in columns if column.kind),
        choices={c.key: frozenset(map(plain, c.choices)) for c in columns if c.choices},
        result=result,
        sign=re.split("[:：]", plain(sheets.village.sign), maxsplit=1)[0],
    )


def plain(text: str) -> str:
    r"""Return a text half-width and without white space and invisible characters.

    >>> plain("核查 结果\n（下拉）")
    '核查结果(下拉)'
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))


_UNSEEN = re.compile(r"[\s\u200b-\u200f\ufeff\u00ad]+")


def case_number(text: str) -> str:
    """Return a case number as it was issued: half-width, plain dashes, no blanks.

    >>> case_number(" 104－2022—００012 ")
    '104-2022-00012'
    """
    return plain(text.translate(_DASHES)).translate(_DASHES)


_Cells: TypeAlias = Sequence[str | None]
_Kind: TypeAlias = Literal["line", "title", "note", "blank", "unknown"]
_NUMBERED = re.compile(r"^[0-9]+[.、]")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row under the columns of a header: its line, and all its texts from the left.

    `before` is what stands in front of the name.
    """

    line: Line
    texts: tuple[str, ...]
    before: str


@dataclass(frozen=True, slots=True)
class _Signs:
    """By what the rows of a page are told apart."""

    known: Headers
    returns: Returns
    reading: Reading

    def has_key(self, row: _Row) -> bool:
        """Whether a row carries an edition, or something like a case number."""
        return HIDDEN_EDITION in row.line.cells or any(
            re.search(self.returns.case_number, number) for number in row.line.numbers
        )

    def has_answer(self, row: _Row) -> bool:
        """Whether a row has a number of somebody, or one of the choices of an answer."""
        cells = row.line.cells
        return bool(re.search(self.returns.id_number, plain(cells.get("id_number", "")))) or any(
            plain(cells.get(key, "")) in choices for key, choices in self.known.choices.items()
        )

    def names_somebody(self, row: _Row) -> bool:
        """Whether a row names a person, whatever stands beside the name.

        A name behind a label such as 制表人 is that of who signs.
        """
        cells = row.line.cells
        name = cells.get("name", "")
        if not name or plain(name) in self.reading.placeholders:
            return False
        if len(set(row.texts)) == 1 and list(cells) != ["name"]:
            return False  # a text that a merge has put into every cell
        if self.is_note((name,)) or _any_of(self.returns.counts).search(plain(name)):
            return False
        return self.has_answer(row) or not self._is_label(row.before)

    def is_note(self, texts: Sequence[str]) -> bool:
        """Whether a row without a number is a total, a footer, or the line to be signed."""
        first = plain(texts[0])
        if self._is_sign(first):
            return True
        if any(_any_of(self.reading.totals).search(plain(text)) for text in texts[:3]):
            return True
        if _any_of((*self.reading.footers, *self.reading.titles)).search(first):
            return True
        return len(set(texts)) == 1 and bool(_any_of(self.returns.notes).search(first))

    def _is_label(self, text: str) -> bool:
        bare = plain(text)
        return self._is_sign(bare) or bool(_any_of(self.returns.labels).search(bare))

    def _is_sign(self, bare: str) -> bool:
        return bool(self.known.sign) and bare.startswith(self.known.sign)


def page_of(sheet: Sheet, known: Headers, returns: Returns, reading: Reading) -> Page:
    """Return what a sheet holds; `found` is false where there is no header of a village sheet."""
    rows: list[tuple[int, _Cells]] = [(row, cells) for row, *cells in sheet.cells.iter_rows()]
    headers = {
        row: columns
        for row, cells in rows
        if (columns := _header(cells, known, returns.least_headers)) is not None
    }
    if not headers:
        return Page(kinds=Counter(skipped=len(rows)), found=False)
    page = Page()
    signs = _Signs(known, returns, reading)
    first = next(iter(headers))
    above = [row for row in rows if row[0] < first]
    at = {row: cells for row, cells in rows if row in headers}
    columns, seen = headers[first], _seen(headers[first], at[first])
    read = [_row(sheet, row, cells, columns, seen, signs) for row, cells in above]
    # a header that was sorted among the rows has people above it
    among = any(map(signs.has_key, read))
    for each in read:
        _take(page, each, _kind_above(each, among, signs), returns)
    for row, cells in rows[len(above) :]:
        if row in headers:
            columns, seen = headers[row], _seen(headers[row], cells)
            page.kinds["header"] += 1
            page.issues += _header_issues(sheet, row, cells, columns, known, returns)
        else:
            each = _row(sheet, row, cells, columns, seen, signs)
            _take(page, each, _kind(each, signs), returns)
    return page


def holds_more(sheet: Sheet, sheets: Sheets, returns: Returns) -> bool:
    """Whether a page without a header holds anything but the instructions that were printed.

    The page of the instructions may be worded as it was before the rules were changed; then it
    holds more when a case is named.
    """
    said = sheets.village.instructions
    printed = {plain(text) for text in (said.title, *said.lines)}
    texts = [text for _, *cells in sheet.cells.iter_rows() for text in map(_text, cells) if text]
    bare = {_NUMBERED.sub("", plain(text)) for text in texts}
    if plain(sheet.name).startswith(plain(said.page)) and not printed <= bare:
        return any(re.search(returns.case_number, case_number(text)) for text in texts)
    return not bare <= printed


def _header(cells: _Cells, known: Headers, least: int) -> dict[int, str] | None:
    """Place → key, where enough of the cells are headers; of two equal ones the first is taken."""
    columns: dict[int, str] = {}
    for place, text in enumerate(cells):
        key = known.keys.get(plain(text)) if text is not None else None
        if key is not None and key not in columns.values():
            columns[place] = key
    return columns if len(columns) >= least else None


def _seen(columns: Mapping[int, str], cells: _Cells) -> dict[str, str]:
    """The headers as they stand there, by key."""
    return {key: "".join(str(cells[place]).split()) for place, key in columns.items()}


def _header_issues(
    sheet: Sheet,
    row: int,
    cells: _Cells,
    columns: Mapping[int, str],
    known: Headers,
    returns: Returns,
) -> Iterator[IssueRow]:
    place = (sheet.file, sheet.name, row)
    if "result" not in columns.values():
        detail = returns.said.no_result_column.format(column=known.result)
        yield (*place, "", "RESULT_COLUMN_MISSING", detail)
    for i, text in enumerate(cells):
        if text is not None and i not in columns and plain(text) in known.keys:
            yield (*place, text, "COLUMN_TWICE", returns.said.column_twice)


def _row(
    sheet: Sheet,
    row: int,
    cells: _Cells,
    columns: Mapping[int, str],
    seen: Mapping[str, str],
    signs: _Signs,
) -> _Row:
    found = {key: text for i, key in columns.items() if (text := _text(cells[i]))}
    written = any(
        key in signs.known.filled_in and text not in signs.reading.placeholders
        for key, text in found.items()
    )
    name = next((i for i, key in columns.items() if key == "name"), 0)
    before = _filled(cells[:name])
    line = Line(sheet.file, sheet.name, row, found, seen, written)
    return _Row(line, tuple(_filled(cells)), before[-1] if before else "")


def _take(page: Page, row: _Row, kind: _Kind, returns: Returns) -> None:
    """Put one row where it belongs."""
    if kind == "line":
        page.lines.append(row.line)
        return
    page.kinds[kind] += 1
    if kind == "unknown":
        issue = (*row.line.place, "", "ROW_WITHOUT_PERSON", returns.said.no_person)
        page.issues.append(issue)


def _kind_above(row: _Row, among: bool, signs: _Signs) -> _Kind:
    """What a row above the header is: a title, unless it is about somebody."""
    alone = len(set(row.texts)) <= 1 and list(row.line.cells) != ["name"]
    return "title" if alone or not (among or signs.has_answer(row)) else _kind(row, signs)


def _kind(row: _Row, signs: _Signs) -> _Kind:
    """What a row below a header is."""
    cells = row.line.cells
    if signs.has_key(row) or signs.names_somebody(row):
        return "line"
    if not row.texts or signs.is_note(row.texts):
        return "unknown" if signs.has_answer(row) else "note"
    if (len(set(row.texts)) > 1 and cells.get("name")) or list(cells) == ["name"]:
        return "line"  # an odd name: what is wrong with it is said where names are read
    if set(cells) <= {"village", "case_no", "sex"} and len(cells) == len(row.texts):
        return "blank"  # an empty line that somebody has numbered
    return "unknown"


def _filled(cells: Iterable[str | None]) -> list[str]:
    return [text for text in map(_text, cells) if text]


def _text(cell: str | None) -> str:
    return "" if cell is None else cell.strip()


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B")
