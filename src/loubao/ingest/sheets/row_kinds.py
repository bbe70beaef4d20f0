"""The rows below a header that are not about a person: header again, title, total, footer.

They are told by `rules/reading.yaml`, and only where a row has no ID number: a person is never
taken for one. Rows behind a footer are still read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Fields by any of which a row is about somebody.
_IDENTITY = frozenset({"name", "id_number", "certificate_no", "birth_date"})
_HEAD_IDENTITY = _IDENTITY | {"head_name", "head_id"}
#: Rows without a number from which it pays to tell in columns which of them to look at.
_MANY = 2_000
_TOTAL_WITHIN = 5  # columns from the left in which a total may say so
_NUMBER = r"[0-9*＊xX×０-９]{8,}"
_DATE = r"(19|20)[0-9]{2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}"
_BLANKS = re.compile(r"[\s*:：\u200b-\u200f\ufeff]+")

Cells: TypeAlias = dict[str, str | None]


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


def header_again(sheet: Sheet, fit: Fit) -> Callable[[Cells], bool]:
    """Tell the header again, further down: two cells or more, and most, are header texts."""
    words = _header_texts(sheet, fit)

    def is_header(cells: Cells) -> bool:
        filled = [(cell, texts) for i, texts in words if (cell := cells[i]) is not None]
        hits = sum(_BLANKS.sub("", cell) in texts for cell, texts in filled)
        return hits >= 2 and hits * 2 > len(filled)

    return is_header


def _header_texts(sheet: Sheet, fit: Fit) -> list[tuple[str, set[str]]]:
    """The header of each column, whole and cell by cell."""
    rows = sheet.cells.slice(fit.start, fit.depth).to_dict(as_series=False)
    return [
        (c.place, {plain(t) for t in rows[c.place] if t} | {plain(c.header)}) for c in fit.columns
    ]


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


def _suspect(
    sheet: Sheet, rows: pl.DataFrame, fit: Fit, identity: Sequence[str], reading: Reading
) -> pl.Series:
    """Mark the rows of which `_kind_of` may say something; each distinct cell is asked once."""
    if rows.height < _MANY:
        return pl.Series([True]).new_from_index(0, rows.height)
    totals, footers, titles = map(_any_of, (reading.totals, reading.footers, reading.titles))
    places = [column for column in rows.columns if column != "row"]
    words = set().union(*(texts for _, texts in _header_texts(sheet, fit)))
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
    heads = [c.place for c in fit.columns]
    return rows.select(
        pl.any_horizontal(
            pl.all_horizontal(pl.lit(True), *blank),
            *same,
            first.is_in(said),
            *_cells(rows, [*places[:_TOTAL_WITHIN], *named], lambda t: totals(_half_width(t))),
            *_cells(rows, heads, lambda t: _BLANKS.sub("", t) in words),
        ).fill_null(False)
    ).to_series()


def _cells(
    rows: pl.DataFrame, places: Sequence[str], told: Callable[[str], object]
) -> list[pl.Expr]:
    """Of each place, whether `told` says something of its cell."""
    return [
        pl.col(place).is_in([text for text in rows[place].drop_nulls().unique() if told(text)])
        for place in places
    ]


def _identity(fit: Fit) -> list[Column]:
    return [c for c in fit.columns if c.field in (_HEAD_IDENTITY if fit.household else _IDENTITY)]


def _is_number(rule: ListRule, column: Column) -> bool:
    if column.slot is not None:
        return column.field == "id_number"
    return rule.fields[str(column.field)].type == "id_number"


def _half_width(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B").search
