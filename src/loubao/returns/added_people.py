"""People added to a sheet by hand, read as everybody is: as rows of a source list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from loubao.core import frames
from loubao.ingest.records import records
from loubao.ingest.sheets.account import part_of
from loubao.ingest.sheets.header import Column, Fit
from loubao.ingest.sheets.identify import Claimed
from loubao.returns.newcomers import Person
from loubao.returns.on_file import Home
from loubao.returns.page import HIDDEN_CASE, HIDDEN_EDITION, IssueRow, Line
from loubao.rules import Rules
from loubao.rules.returns import Returns

#: Columns of the village sheet that say who somebody is, by the field that they are.
_FIELDS = ("name", "id_number", "sex", "village", "address", "phone")
#: Columns by which a line that was printed is known again.
_KEYS = frozenset({"case_no", HIDDEN_CASE, HIDDEN_EDITION})


def added_people(
    lines: Sequence[Line],
    homes: Mapping[tuple[str, str], Home],
    rules: Rules,
    returns: Returns,
    as_of: date,
) -> tuple[list[Person], list[IssueRow]]:
    """Return the people of the lines, and what is to be said of their cells.

    Who has no village of their own belongs to that of the sheet (`homes`). A line that names nobody
    is left out and said to be.
    """
    sheets: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        sheets.setdefault((line.file, line.sheet), []).append(line)
    parts = [
        part_of(_claimed(place, members, homes.get(place), returns.list), rules)
        for place, members in sheets.items()
    ]
    if not any(part.extract is not None and part.extract.rows.height for part in parts):
        return [], [issue for part in parts for issue in part.issues]
    rows, issues = records(parts, rules, as_of)
    odd = set(
        issues.filter(pl.col("code") == "NAME_ODD").select("file", "sheet", "row").iter_rows()
    )
    said: list[IssueRow] = list(issues.iter_rows())
    people: list[Person] = []
    printed = {line.place for line in lines if _KEYS.isdisjoint(line.headers)}
    columns = [column for column in frames.LINKABLE if column != "record_id"]
    texts = rows.select(*frames.PLACE, *(pl.col(column).cast(pl.String) for column in columns))
    for row in texts.iter_rows(named=True):
        spot = (row["file"], row["sheet"], row["row"])
        name = row["name"] or ""
        if spot in odd or not name:
            continue
        if "·" not in name and not name.isascii() and len(name) > returns.longest_name:
            said.append((*spot, "", "NAME_ODD", returns.said.not_a_name))
            continue
        values = {column: row[column] for column in columns}
        people.append(Person(spot, values, printed=spot in printed))
    return people, said


def _claimed(
    place: tuple[str, str], lines: Sequence[Line], home: Home | None, list_name: str
) -> Claimed:
    """The lines of one sheet as a sheet of the list, under the headers that they have."""
    headers = dict(lines[0].headers)
    fields = [field for field in _FIELDS if any(field in line.cells for line in lines)]
    fields += [] if "village" in fields else ["village"]
    columns = [*fields, "town"]
    cells: list[dict[str, str | int | None]] = []
    for line in lines:
        cell: dict[str, str | int | None] = {"row": line.row}
        for i, field in enumerate(columns):
            cell[str(i)] = _cell(line, field, home)
        cells.append(cell)
    schema: frames.Schema = {
        "row": pl.UInt32,
        **{str(i): pl.String for i in range(len(columns))},
    }
    heading = {"row": 0, **{str(i): headers.get(f, f) for i, f in enumerate(columns)}}
    sheet = frames.Sheet(
        place[0],
        place[1],
        pl.DataFrame([heading, *cells], schema=dict(schema)),
        0,
        (),
        frames.empty(frames.ISSUES),
    )
    fit = Fit(
        list_name=list_name,
        start=0,
        depth=1,
        columns=tuple(
            Column(str(i), headers.get(field, ""), field) for i, field in enumerate(columns)
        ),
        missing=(),
        household=False,
    )
    return Claimed(sheet, 0, list_name, fit)


def _cell(line: Line, field: str, home: Home | None) -> str | None:
    text = line.cells.get(field)
    if text is None and home is not None and field in {"town", "village"}:
        return home.town if field == "town" else home.village
    return text
