"""Village sheets as they come back: their lines about people, and the headers that tell them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

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
