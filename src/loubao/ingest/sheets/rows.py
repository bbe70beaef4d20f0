"""The rows below a header that are people (row_kinds.py tells them from the others) → raw rows.

A row of people gives one raw row a person, also where it is a whole household.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.fields.date import from_1904
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.families import filled_down
from loubao.ingest.sheets.fit import Column, Fit, preference
from loubao.ingest.sheets.row_kinds import Doubt, row_kinds
from loubao.ingest.sheets.unpacking import counted, household_fit, unpacked
from loubao.ingest.sheets.vocabulary import MEMBER_PARTS, plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Fields of a household row that are of its head alone; the others are the household's.
_OF_THE_HEAD = frozenset({"name", "id_number", "sex", "birth_date", "relation", "certificate_no"})
#: Between a field and the number of a second column of it: `raw:self_paid#1`.
SECOND: Final = "#"
#: Kinds of rows behind which no household goes on.
_ENDS = ("total", "title", "footer")


@dataclass(frozen=True)
class Extract:
    """The people of one sheet, still as text.

    `rows`: row u32, slot u32 (0: the row's own person or the head), member u32, row_people u32
    (null in person rows), all_named Boolean (the row names its people in one cell, and no column
    counts those who are protected), then one String column `raw:<field>` for each field found.
    `kinds`: kind → row numbers, in order, of the rows below the header that are no record.
    `headers`: (field, slot) → as seen. `household`: a row is a household. `unpaired`: rows in which
    it is not known whose a number is. `doubts`: rows that may be something else than they were
    taken for.
    """

    rows: pl.DataFrame
    kinds: Mapping[str, tuple[int, ...]]
    headers: Mapping[tuple[str, int], str]
    household: bool = False
    unpaired: tuple[int, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def extract(
    sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading, subheadings: Collection[int] = ()
) -> Extract:
    """Return the people of `sheet` as `fit` understands it; the rows `subheadings` are titles.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.header import fits
    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> rule, reading = rules.lists["dibao"], rules.reading
    >>> cells = {
    ...     "row": [1, 2],
    ...     "0": ["户主姓名", "张三"],
    ...     "1": ["户主身份证号", "990101196003050119"],
    ...     "2": ["家庭成员1姓名", "李四"],
    ...     "3": ["家庭成员2姓名", "无"],
    ... }
    >>> sheet = Sheet("低保.xls", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    >>> (fit,) = fits(sheet, [vocabulary(rule, reading)], reading)
    >>> people = extract(sheet, fit, rule, reading).rows
    >>> people.select("row", "member", raw("name"), raw("head_name"), "row_people").rows()
    [(2, 0, '张三', '张三', 2), (2, 1, '李四', '张三', 2)]
    """
    sheet = days_from_1900(sheet, fit, rule)
    fit, kinds, doubts = settled_households(sheet, fit, rule, reading)
    if subheadings:
        kinds = {
            kind: tuple(r for r in rows if r not in subheadings) for kind, rows in kinds.items()
        }
        kinds["title"] = tuple(sorted({*kinds.get("title", ()), *subheadings}))
    rows, unpaired = persons_of(people_rows(sheet, fit, kinds), breaks(kinds), fit, rule, reading)
    doubts = tuple(doubt for doubt in doubts if doubt.row not in subheadings)
    return Extract(rows, kinds, _headers(fit), fit.household, unpaired, doubts)


def settled_households(
    sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading
) -> tuple[Fit, dict[str, tuple[int, ...]], tuple[Doubt, ...]]:
    """Return `fit`, of households where the rows show that they are, and what each row is."""
    kinds, doubts = row_kinds(sheet, fit, rule, reading)
    somebody = {kind: rows for kind, rows in kinds.items() if kind != "without_person"}
    of_households = household_fit(people_rows(sheet, fit, somebody), fit, rule, reading)
    if of_households is not fit:  # a row with no more than the head is one of people then
        fit = of_households
        kinds, doubts = row_kinds(sheet, fit, rule, reading)
    return fit, kinds, doubts


def breaks(kinds: Mapping[str, Sequence[int]]) -> list[int]:
    """Return the numbers of the rows behind which no household goes on."""
    return [row for kind in _ENDS for row in kinds.get(kind, ())]


def persons_of(
    people: pl.DataFrame, ends: Sequence[int], fit: Fit, rule: ListRule, reading: Reading
) -> tuple[pl.DataFrame, tuple[int, ...]]:
    """Return the rows of an `Extract` of the cells `people`, and those that are `unpaired`.

    `ends`: numbers of rows behind which no household goes on (`breaks`).
    """
    layout = _household_rows if fit.household else _person_rows
    persons = filled_down(layout(people, fit, rule, reading), people, ends, fit, reading)
    found = unpacked(persons, rule, reading)
    return counted(found, fit, reading), found.unpaired


def days_from_1900(sheet: Sheet, fit: Fit, rule: ListRule) -> Sheet:
    """Return the sheet with bare numbers of days in its dates counted as everywhere else."""
    if not sheet.since_1904:
        return sheet
    dated = {name for name, field in rule.fields.items() if field.type == "date"}
    places = {column.place for column in fit.columns if column.field in dated}
    cells = sheet.cells.with_columns(from_1904(pl.col(place)) for place in sorted(places))
    return replace(sheet, cells=cells, since_1904=False)


def people_rows(sheet: Sheet, fit: Fit, kinds: Mapping[str, Sequence[int]]) -> pl.DataFrame:
    """Return the cells of the rows below the header that are of no kind."""
    body = sheet.cells.slice(fit.start + fit.depth)
    others = [row for rows in kinds.values() for row in rows]
    return body.filter(~pl.col("row").is_in(others)) if others else body


# --- people of a row -----------------------------------------------------------------------------


def spare_columns(fit: Fit) -> list[tuple[Column, Column]]:
    """Return (second column, preferred column) where a field has more than one."""
    keys = dict.fromkeys((c.field, c.slot) for c in fit.columns if c.field is not None)
    spare: list[tuple[Column, Column]] = []
    for field, slot in keys:
        first, *others = fit.columns_of(str(field), slot)
        spare += [(other, first) for other in others]
    return spare


def fills(other: Column, first: Column) -> bool:
    """Return whether a second column of a field fills blanks of the first.

    A column under the same header does not: it may be another person's. Nor does one in another
    unit.

    >>> fills(Column("5", "证件号码"), Column("2", "身份证号"))
    True
    >>> fills(Column("5", "身份证号"), Column("2", "身份证 号"))
    False
    """
    return plain(other.header) != plain(first.header) and other.factor == first.factor


def _second_columns(fit: Fit, rule: ListRule) -> dict[str, pl.Expr]:
    """Return `<field>#<n>` → cell, of the second columns of what the list's conditions ask for.

    Of days only those under the same header: which day of two is meant, the order of headers says.
    """
    asked = {field for condition in rule.conditions for field in condition.fields}
    found: dict[str, pl.Expr] = {}
    for field in sorted(asked & rule.fields.keys()):
        columns = fit.columns_of(field)
        for number, column in enumerate(columns[1:], start=1):
            same = plain(column.header) == plain(columns[0].header)
            if same or rule.fields[field].type != "date":
                found[f"{field}{SECOND}{number}"] = pl.col(column.place)
    return found


def _field(fit: Fit, reading: Reading, field: str, slot: int | None) -> pl.Expr | None:
    """The field as found; blanks of the preferred column filled from the next."""
    columns = fit.columns_of(field, slot)
    if not columns:
        return None
    first, *others = columns
    cell = pl.col(first.place)
    more = [pl.col(c.place) for c in others if fills(c, first)]
    if not more:
        return cell
    filled = [blank_as_null(each, reading.placeholders) for each in (cell, *more)]
    return pl.coalesce(*filled, cell)


def _fields(
    fit: Fit, fields: Iterable[str], reading: Reading, slot: int | None = None
) -> dict[str, pl.Expr]:
    """Return field → cell, of the fields that the sheet has; `slot`: those of a member."""
    cells = {field: _field(fit, reading, field, slot) for field in fields}
    return {field: cell for field, cell in cells.items() if cell is not None}


def _person(people: pl.DataFrame, slot: int, cells: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """One person of each row: row, slot, `raw:<field>`."""
    return people.select(
        "row",
        slot=pl.lit(slot, pl.UInt32),
        **{raw(field): cell for field, cell in cells.items()},
    )


def _person_rows(people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading) -> pl.DataFrame:
    cells = _fields(fit, rule.fields, reading) | _second_columns(fit, rule)
    return _person(people, 0, cells)


def _household_rows(
    people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading
) -> pl.DataFrame:
    """The head first, then the members by number.

    Each member has the household's fields; those of the head alone are the head's.
    """
    found = _fields(fit, rule.fields, reading) | _second_columns(fit, rule)
    nothing = pl.lit(None, pl.String)
    head_name = found.get("head_name", found.get("name", nothing))
    head_id = found.get("head_id", found.get("id_number", nothing))
    household = {field: cell for field, cell in found.items() if field not in _OF_THE_HEAD}
    household |= {"head_name": head_name, "head_id": head_id}
    head = found | household | {"name": head_name, "id_number": head_id}
    persons = [_person(people, 0, head)]
    for slot in sorted({c.slot for c in fit.columns if c.slot is not None}):
        member = _fields(fit, MEMBER_PARTS, reading, slot)
        blank = {"name": nothing, "id_number": nothing}
        persons.append(_person(people, slot + 1, household | blank | member))
    return pl.concat(persons, how="diagonal")


def _headers(fit: Fit) -> dict[tuple[str, int], str]:
    """Return the header as seen of each field, and of each member's columns (slot from 1)."""
    headers: dict[tuple[str, int], str] = {}
    for column in sorted(fit.columns, key=preference, reverse=True):
        if column.field is not None:
            slot = 0 if column.slot is None else column.slot + 1
            headers[column.field, slot] = column.header
    if fit.household:
        for own, head in (("name", "head_name"), ("id_number", "head_id")):
            if (head, 0) in headers:
                headers[own, 0] = headers[head, 0]
    return headers
