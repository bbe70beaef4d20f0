"""Sheets as villages send them back → their lines, told by headers and keys, never by place.

Rows may have been inserted above the header, columns moved or lost, headers broken into lines,
several tables put below each other. Each row that holds anything is a line about somebody, a
declared skip (`title`, `header`, `note`), or an issue.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from loubao.frames import Sheet
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
    """How the columns of a village sheet are called, without white space: header → key."""

    keys: Mapping[str, str]
    filled_in: frozenset[str]
    result: str
    sign: str


def headers(sheets: Sheets) -> Headers:
    """Return the headers of the village sheet."""
    columns = sheets.village.columns
    result = next((c.header for c in columns if c.key == "result"), "")
    return Headers(
        keys={**{plain(column.header): column.key for column in columns}, **_HIDDEN},
        filled_in=frozenset(column.key for column in columns if column.kind),
        result=result,
        sign=re.split("[:：]", plain(sheets.village.sign), maxsplit=1)[0],
    )


def page_of(sheet: Sheet, known: Headers, returns: Returns, reading: Reading) -> Page:
    """Return what a sheet holds; `found` is false where there is no header of a village sheet."""
    page = Page()
    columns: dict[int, str] = {}
    seen: dict[str, str] = {}
    for number, *cells in sheet.cells.iter_rows():
        header = _header(cells, known, returns.least_headers)
        if header is not None:
            columns, seen = (
                header,
                {k: "".join(str(cells[place]).split()) for place, k in header.items()},
            )
            page.kinds["header"] += 1
            page.issues += _header_issues(sheet, number, cells, columns, known, returns)
        elif not columns:
            page.kinds["title"] += 1
        else:
            _take(page, sheet, number, cells, columns, seen, known, returns, reading)
    if not page.kinds["header"]:
        return Page(kinds=Counter(skipped=sheet.cells.height), found=False)
    return page


def mentions_cases(sheet: Sheet, returns: Returns) -> bool:
    """Whether any cell of a sheet without a header looks like a case number."""
    pattern = re.compile(returns.case_number)
    return any(
        text is not None and pattern.search(case_number(text))
        for _, *cells in sheet.cells.iter_rows()
        for text in cells
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


def _header(cells: Sequence[str | None], known: Headers, least: int) -> dict[int, str] | None:
    """Place → key, where enough of the cells are headers; of two equal ones the first is taken."""
    columns: dict[int, str] = {}
    for place, text in enumerate(cells):
        key = known.keys.get(plain(text)) if text is not None else None
        if key is not None and key not in columns.values():
            columns[place] = key
    return columns if len(columns) >= least else None


def _header_issues(
    sheet: Sheet,
    row: int,
    cells: Sequence[str | None],
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


def _take(
    page: Page,
    sheet: Sheet,
    row: int,
    cells: Sequence[str | None],
    columns: Mapping[int, str],
    seen: Mapping[str, str],
    known: Headers,
    returns: Returns,
    reading: Reading,
) -> None:
    """Put one row below a header where it belongs."""
    found = {key: text for i, key in columns.items() if (text := _text(cells[i]))}
    texts = [text for text in map(_text, cells) if text]
    written = any(
        key in known.filled_in and text not in reading.placeholders for key, text in found.items()
    )
    line = Line(sheet.file, sheet.name, row, found, seen, written)
    numbered = any(re.search(returns.case_number, number) for number in line.numbers)
    if HIDDEN_EDITION in found or numbered:
        page.lines.append(line)
    elif not texts or _is_note(texts, known, returns, reading):
        page.kinds["note"] += 1
    elif (len(set(texts)) > 1 and found.get("name")) or list(found) == ["name"]:
        page.lines.append(line)
    elif set(found) <= {"village", "case_no", "sex"} and len(found) == len(texts):
        page.kinds["blank"] += 1  # an empty line that somebody has numbered
    else:
        page.kinds["unknown"] += 1
        detail = returns.said.no_person
        page.issues.append((sheet.file, sheet.name, row, "", "ROW_WITHOUT_PERSON", detail))


def _text(cell: str | None) -> str:
    return "" if cell is None else cell.strip()


def _is_note(texts: Sequence[str], known: Headers, returns: Returns, reading: Reading) -> bool:
    """Whether a row without a number is a total, a footer, or the line to be signed."""
    first = plain(texts[0])
    if known.sign and first.startswith(known.sign):
        return True
    if any(_any_of(reading.totals).search(plain(text)) for text in texts[:3]):
        return True
    if _any_of((*reading.footers, *reading.titles)).search(first):
        return True
    return len(set(texts)) == 1 and bool(_any_of(returns.notes).search(first))


@lru_cache(maxsize=16)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B")
