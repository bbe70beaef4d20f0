"""From the cells of one sheet to one raw row a person; every other row gets a name.

Titles, repeated headers, totals and footers are told by `rules/reading.yaml` and only where a row
has no ID number: a person is never taken for one. Rows behind a footer are still read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import polars as pl

from loubao.frames import Sheet
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading
from loubao.tidy.headers import Column, Fit
from loubao.tidy.vocabulary import plain

#: Fields of a household row that speak of its head alone; the others are the household's.
OF_THE_HEAD = frozenset({"name", "id_number", "sex", "birth_date", "relation", "certificate_no"})
#: Fields by any of which a row is about somebody.
IDENTITY = frozenset({"name", "id_number", "certificate_no", "birth_date"})
HEAD_IDENTITY = IDENTITY | {"head_name", "head_id"}
#: Rows without a number from which it pays to tell in columns which of them to look at.
_MANY = 2_000
_TOTAL_WITHIN = 5  # columns from the left in which a total may say so
_NUMBER = r"[0-9*＊xX×０-９]{8,}"
_DATE = r"(19|20)[0-9]{2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}"
_BLANKS = re.compile(r"[\s*:：\u200b-\u200f\ufeff]+")

Cells: TypeAlias = dict[str, str | None]


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


def kinds(
    sheet: Sheet, body: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading
) -> dict[str, tuple[int, ...]]:
    """Return kind → numbers of the rows below the header that are not about a person.

    Only rows without an ID number can be, and of those only the ones with a cell that may say so
    are looked at, one by one: they are few.
    """
    identity = [c.place for c in _identity(fit)]
    kind_of = _kind_of(sheet, fit, identity, reading)
    found: dict[str, list[int]] = {}
    quiet = without_number(body, fit, rule)
    for row in quiet.filter(_suspect(sheet, quiet, fit, identity, reading)).iter_rows(named=True):
        number = row.pop("row")
        kind = kind_of(row)
        if kind is not None:
            found.setdefault(kind, []).append(number)
    return {kind: tuple(rows) for kind, rows in found.items()}


def _suspect(
    sheet: Sheet, rows: pl.DataFrame, fit: Fit, identity: Sequence[str], reading: Reading
) -> pl.Series:
    """Mark the rows of which `_kind_of` may say something; each distinct cell is asked once."""
    if rows.height < _MANY:
        return pl.Series([True]).new_from_index(0, rows.height)
    totals, footers, titles = map(_any_of, (reading.totals, reading.footers, reading.titles))
    places = [column for column in rows.columns if column != "row"]
    words = {
        plain(text)
        for c in fit.columns
        for text in (*sheet.cells[c.place].slice(fit.start, fit.depth), c.header)
        if text
    }

    def asked(places: Sequence[str], told: Callable[[str], object]) -> pl.Expr:
        return pl.any_horizontal(
            pl.lit(False),
            *(
                pl.col(place).is_in([t for t in rows[place].drop_nulls().unique() if told(t)])
                for place in places
            ),
        )

    first = rows.select(first=pl.coalesce(places)).to_series()
    said = [
        t for t in first.drop_nulls().unique() if footers(_half_width(t)) or titles(_half_width(t))
    ]
    blank = [
        pl.col(place).is_null() | pl.col(place).str.strip_chars().is_in(list(reading.placeholders))
        for place in identity
    ]
    named = [c.place for c in fit.columns if c.field in {"name", "head_name"}]
    numbers = [c.place for c in fit.columns if c.field in {"id_number", "head_id"}]
    same = [pl.col(one) == pl.col(other) for one in named for other in numbers]
    return rows.select(
        pl.any_horizontal(
            pl.all_horizontal(pl.lit(True), *blank),
            *same,
            first.is_in(said),
            asked([*places[:_TOTAL_WITHIN], *named], lambda t: totals(_half_width(t))),
            asked([c.place for c in fit.columns], lambda t: _BLANKS.sub("", t) in words),
        ).fill_null(False)
    ).to_series()


def _identity(fit: Fit) -> list[Column]:
    return [c for c in fit.columns if c.field in (HEAD_IDENTITY if fit.household else IDENTITY)]


def without_number(body: pl.DataFrame, fit: Fit, rule: ListRule) -> pl.DataFrame:
    """Return the rows of `body` that have nothing like an ID number where the header has one."""
    numbers = [pl.col(c.place) for c in _identity(fit) if _is_number(rule, c)]
    if not numbers:
        return body
    has_id = pl.any_horizontal(
        *[
            number.str.replace_all(r"[\s\-]", "").str.contains(_NUMBER)
            & ~number.str.contains(_DATE)
            for number in numbers
        ]
    ).fill_null(False)
    return body.filter(~has_id)


def _kind_of(
    sheet: Sheet, fit: Fit, identity: Sequence[str], reading: Reading
) -> Callable[[Cells], str | None]:
    """Return what tells the kind of a row without an ID number; None for a person."""
    indices = [column for column in sheet.cells.columns if column != "row"]
    name = fit.columns_of("name") or fit.columns_of("head_name")
    ids = fit.columns_of("id_number") or fit.columns_of("head_id")
    early = list(dict.fromkeys([*indices[:_TOTAL_WITHIN], *(c.place for c in name[:1])]))
    totals, footers, titles = map(_any_of, (reading.totals, reading.footers, reading.titles))
    placeholders = frozenset(reading.placeholders)
    is_header = header_again(sheet, fit)

    def kind_of(cells: Cells) -> str | None:
        filled = [cell for cell in cells.values() if cell is not None]
        first = _half_width(filled[0]) if filled else ""
        said = [cell for i in identity if (cell := cells[i]) is not None]
        nobody = all(cell.strip() in placeholders for cell in said)
        # one text merged over the row: neither a name nor a number
        same = bool(name and ids) and cells[name[0].place] == cells[ids[0].place] is not None
        if is_header(cells):
            return "header"
        if any(totals(_half_width(cell)) for i in early if (cell := cells[i]) is not None):
            return "total"
        if footers(first):
            return "footer"
        if len(set(filled)) == 1 and titles(first):
            return "title"
        return "without_person" if nobody or same else None

    return kind_of


def _is_number(rule: ListRule, column: Column) -> bool:
    if column.slot is not None:
        return column.field == "id_number"
    return rule.fields[str(column.field)].type == "id_number"


def _half_width(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B").search


def header_again(sheet: Sheet, fit: Fit) -> Callable[[Cells], bool]:
    """Tell the header again, further down: two cells or more, and most, are header texts."""
    rows = sheet.cells.slice(fit.start, fit.depth).to_dict(as_series=False)
    words = [
        (c.place, {plain(t) for t in rows[c.place] if t} | {plain(c.header)}) for c in fit.columns
    ]

    def is_header(cells: Cells) -> bool:
        filled = [(cell, texts) for i, texts in words if (cell := cells[i]) is not None]
        hits = sum(_BLANKS.sub("", cell) in texts for cell, texts in filled)
        return hits >= 2 and hits * 2 > len(filled)

    return is_header


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
