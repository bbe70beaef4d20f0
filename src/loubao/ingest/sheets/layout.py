"""From the cells of one sheet to one raw row a person, also where a row is a whole household.

Every other row gets the name of a kind (`row_kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Column, Fit
from loubao.ingest.sheets.row_kinds import kinds
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Fields of a household row that speak of its head alone; the others are the household's.
OF_THE_HEAD = frozenset({"name", "id_number", "sex", "birth_date", "relation", "certificate_no"})


@dataclass(frozen=True)
class Extract:
    """The people of one sheet, still as text.

    `rows`: row u32, slot u32 (0: the row's own person or the head), member u32, row_people u32
    (null in person rows), then one String column `raw:<field>` for each field found. `kinds`:
    kind → row numbers, in order, of the rows below the header that are no record. `headers`:
    (field, slot) → as seen.
    """

    rows: pl.DataFrame
    kinds: Mapping[str, tuple[int, ...]]
    headers: Mapping[tuple[str, int], str]


def raw(field: str) -> str:
    """Name of the column that holds a field as found."""
    return f"raw:{field}"


def blank_as_null(cell: pl.Expr, placeholders: tuple[str, ...]) -> pl.Expr:
    """Return the cell stripped of outer white space, null where it only says that it is empty."""
    text = cell.str.strip_chars()
    return pl.when(~text.is_in(list(placeholders))).then(text)


def extract(sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading) -> Extract:
    """Return the people of `sheet` as `fit` understands it."""
    body = sheet.cells.slice(fit.start + fit.depth)
    found = kinds(sheet, body, fit, rule, reading)
    others = [row for rows in found.values() for row in rows]
    people = body.filter(~pl.col("row").is_in(others)) if others else body
    if fit.household:
        rows = _household_rows(people, fit, rule, reading)
    else:
        rows = _person_rows(people, fit, rule, reading)
    return Extract(rows=rows, kinds=found, headers=_headers(fit, rule))


def spare_columns(fit: Fit, rule: ListRule) -> list[tuple[Column, Column]]:
    """Return (second column, preferred column) where a field has more than one."""
    keys = dict.fromkeys((c.field, c.slot) for c in fit.columns if c.field is not None)
    spare: list[tuple[Column, Column]] = []
    for field, slot in keys:
        first, *others = fit.columns_of(str(field), slot)
        spare += [(other, first) for other in others]
    return spare


def fills(other: Column, first: Column) -> bool:
    """Whether a second column of a field fills blanks of the first: not under the same header."""
    return plain(other.header) != plain(first.header)


def _field(
    fit: Fit, rule: ListRule, reading: Reading, field: str, slot: int | None = None
) -> pl.Expr | None:
    """The field as found; blanks of the preferred column filled from the next."""
    columns = fit.columns_of(field, slot)
    if not columns:
        return None
    first, *others = columns
    cell = pl.col(first.place)
    more = [pl.col(c.place) for c in others if fills(c, first)]
    if not more:
        return cell
    marks = reading.placeholders
    filled = [blank_as_null(each, marks) for each in (cell, *more)]
    return pl.coalesce(*filled, cell)


def _person_rows(people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading) -> pl.DataFrame:
    fields = {field: _field(fit, rule, reading, field) for field in rule.fields}
    return people.select(
        "row",
        slot=pl.lit(0, pl.UInt32),
        member=pl.lit(0, pl.UInt32),
        row_people=pl.lit(None, pl.UInt32),
        **{raw(field): cell for field, cell in fields.items() if cell is not None},
    )


def _household_rows(
    people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading
) -> pl.DataFrame:
    """The head first, then the members by number; empty places are left out."""
    fields = {field: _field(fit, rule, reading, field) for field in rule.fields}
    nothing = pl.lit(None, pl.String)
    own_name, own_id = fields.pop("name", None), fields.pop("id_number", None)
    head_name = fields.pop("head_name", None)
    head_id = fields.pop("head_id", None)
    head_name = _first(head_name, own_name, nothing)
    head_id = _first(head_id, own_id, nothing)
    known = {field: cell for field, cell in fields.items() if cell is not None}
    shared = {raw(f): cell for f, cell in known.items() if f not in OF_THE_HEAD}
    shared |= {raw("head_name"): head_name, raw("head_id"): head_id}
    of_head = {raw(f): cell for f, cell in known.items() if f in OF_THE_HEAD}
    parts = [_member(people, 0, head_name, head_id, shared | of_head)]
    for slot in sorted({c.slot for c in fit.columns if c.slot is not None}):
        cells = {
            part: _field(fit, rule, reading, part, slot)
            for part in ("name", "id_number", "relation")
        }
        relation = {} if cells["relation"] is None else {raw("relation"): cells["relation"]}
        name, number = _first(cells["name"], nothing), _first(cells["id_number"], nothing)
        parts.append(_member(people, slot + 1, name, number, shared | relation))
    name, number = (
        blank_as_null(pl.col(raw(field)), reading.placeholders) for field in ("name", "id_number")
    )
    rows = pl.concat(parts, how="diagonal").filter(name.is_not_null() | number.is_not_null())
    first_number = number.first().over("row")
    person = (
        pl.when(number.is_null() & (name == name.first().over("row")) & (pl.col("slot") > 0))
        .then(first_number)
        .otherwise(number)
    )
    return rows.sort("row", "slot").with_columns(
        member=pl.int_range(pl.len(), dtype=pl.UInt32).over("row"),
        # the head who stands among the members again is still one person
        row_people=pl.coalesce(person, name).n_unique().over("row").cast(pl.UInt32),
    )


def _member(
    people: pl.DataFrame,
    slot: int,
    name: pl.Expr,
    number: pl.Expr,
    others: Mapping[str, pl.Expr],
) -> pl.DataFrame:
    return people.select(
        "row",
        slot=pl.lit(slot, pl.UInt32),
        **{raw("name"): name, raw("id_number"): number, **others},
    )


def _first(*cells: pl.Expr | None) -> pl.Expr:
    return next(cell for cell in cells if cell is not None)


def _headers(fit: Fit, rule: ListRule) -> dict[tuple[str, int], str]:
    """Return the header as seen of each field, and of each member's columns (slot from 1)."""
    headers: dict[tuple[str, int], str] = {}
    for column in sorted(fit.columns, key=lambda c: (c.bare, c.rank, int(c.place)), reverse=True):
        if column.field is not None:
            slot = 0 if column.slot is None else column.slot + 1
            headers[column.field, slot] = column.header
    if fit.household:
        for own, head in (("name", "head_name"), ("id_number", "head_id")):
            if (head, 0) in headers:
                headers[own, 0] = headers[head, 0]
    return headers
