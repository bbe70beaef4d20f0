"""Households over several rows: the members in the rows under their head.

A sheet may write what is of the household (户主、村、保障人口) only in the row of its head: the
rows below are filled from it, cells of their own are left as they are. A household ends where
another head, 户编号 or number of a household begins, at a total, and where a member is a head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from loubao.core.characters import folded
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.reading import Reading

#: What tells one household from another.
_KEYS: Final = ("head_id", "household_no", "dibao_no", "head_name")
#: Where it lives: a row of another place is no member of it, unless it says so.
_PLACES: Final = ("village", "town")
_HOUSEHOLD: Final = {
    **{"row": pl.UInt32, "household": pl.UInt32},
    **{"below": pl.Boolean, "repeated": pl.Boolean},
}
#: Where the head is repeated, a field stands in his row alone if so many of the others lack it.
_IN_FIRST_ROW: Final = 0.5


def filled_down(
    persons: pl.DataFrame,
    people: pl.DataFrame,
    breaks: Sequence[int],
    fit: Fit,
    reading: Reading,
) -> pl.DataFrame:
    """Return `persons` with the household's values in the rows under its head, and `household`.

    `persons`: row, slot, `raw:<field>`; `people`: the cells of these rows, in order; `breaks`: the
    numbers of rows behind which no household goes on. `household` (u32) numbers the households of
    the sheet; null for a row that belongs to none.

    >>> from loubao.ingest.sheets.fit import Column
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> reading = load_rules(shipped_rules()).reading
    >>> cells = {"raw:head_name": ["张保", None, None, "王五"]}
    >>> cells["raw:relation"] = [None, "妻", "子", None]
    >>> cells["raw:village"] = ["上浦", None, "后亭", None]
    >>> persons = pl.DataFrame({"row": [2, 3, 4, 5], "slot": 0, **cells})
    >>> persons = persons.cast({"row": pl.UInt32, "slot": pl.UInt32})
    >>> rows = filled_down(persons, persons.select("row"), (), Fit("dibao", 0, 1, ()), reading)
    >>> rows.select("raw:head_name", "raw:village", "household").rows()
    [('张保', '上浦', 1), ('张保', '上浦', 1), ('张保', '后亭', 1), ('王五', None, 2)]
    """
    keys = [field for field in _KEYS if raw(field) in persons.columns]
    fields = [field for field in reading.household_fields if raw(field) in persons.columns]
    if not keys and "raw:relation" not in persons.columns:
        return persons.with_columns(household=pl.lit(None, pl.UInt32))
    rows = _rows(persons, people, fit, reading)
    found = _Households(keys, _counts_households(rows, keys), sorted(breaks), reading)
    of_rows = [found.place(row) for row in rows.iter_rows(named=True)]
    places = pl.DataFrame(of_rows, _HOUSEHOLD, orient="row")
    persons = persons.sort("row", "slot", maintain_order=True)
    persons = persons.join(places, on="row", how="left", maintain_order="left")
    return persons.with_columns(
        pl.when(pl.col("below") & own.is_null() & (~pl.col("repeated") | _in_first_row(own)))
        .then(pl.coalesce(own.first().over("household"), raw(field)))
        .otherwise(raw(field))
        .alias(raw(field))
        for field in fields
        for own in [_own(field, reading)]
    ).drop("below", "repeated")


def _in_first_row(own: pl.Expr) -> pl.Expr:
    """Whether a field stands in the first row of households only, here and there a cell apart."""
    return own.is_null().filter(pl.col("below")).mean() >= _IN_FIRST_ROW


def _own(field: str, reading: Reading) -> pl.Expr:
    """The text of a field, null where it means "nothing here"."""
    return blank_as_null(pl.col(raw(field)), reading.placeholders)


def _rows(persons: pl.DataFrame, people: pl.DataFrame, fit: Fit, reading: Reading) -> pl.DataFrame:
    """Return row, the keys and places that there are, relation, and the running number (序号)."""
    asked = [*_KEYS, *_PLACES, "relation"]
    there = [field for field in asked if raw(field) in persons.columns]
    headers = {plain(header) for header in reading.household_numbers}
    places = [
        c.place for c in fit.columns if plain(c.header) in headers and c.place in people.columns
    ]
    number = pl.col(places[0]) if places else pl.lit(None, pl.String)
    return (
        persons.sort("row", "slot", maintain_order=True)
        .group_by("row", maintain_order=True)
        .agg(_own(field, reading).first().alias(field) for field in there)
        .join(people.select("row", number=number), on="row", how="left", maintain_order="left")
    )


def _counts_households(rows: pl.DataFrame, keys: Sequence[str]) -> bool:
    """Return whether the running number counts households: the rows under a head have none."""
    below = rows.filter(pl.all_horizontal(pl.lit(True), *(pl.col(key).is_null() for key in keys)))
    return below["number"].null_count() > 0


class _Households:
    """The household that each row of a sheet belongs to, asked from the first row to the last."""

    def __init__(
        self, keys: Sequence[str], counted: bool, breaks: Sequence[int], reading: Reading
    ) -> None:
        self._keys, self._counted, self._breaks = keys, counted, breaks
        self._heads = frozenset(reading.head_words)
        self._number = 0
        self._last_row = 0
        #: keys and places of the household that is going on; empty where none is
        self._known: dict[str, str] = {}

    def place(self, row: Mapping[str, str | int | None]) -> tuple[int, int | None, bool, bool]:
        """Return the row's number, its household, whether a head is above, and is repeated here."""
        number = int(row["row"] or 0)
        if any(self._last_row < at < number for at in self._breaks):
            self._known = {}
        self._last_row = number
        keys = {key: folded(str(row[key])) for key in self._keys if row[key] is not None}
        relation = row.get("relation")
        heads = relation is not None and plain(str(relation)) in self._heads
        counted = self._counted and row["number"] is not None
        if not heads and not counted and self._goes_on(row, keys, relation is not None):
            self._known |= keys
            return number, self._number, True, bool(keys)
        self._known = {}
        if not keys and not heads and not counted:
            return number, None, False, False
        self._number += 1
        places = {at: folded(str(row[at])) for at in _PLACES if row.get(at) is not None}
        self._known = {"": "", **keys, **places}
        return number, self._number, False, False

    def _goes_on(
        self, row: Mapping[str, str | int | None], keys: Mapping[str, str], member: bool
    ) -> bool:
        """Return whether a row that heads no household belongs to the one that is going on."""
        if not self._known:
            return False
        if keys:
            shared = [key for key in keys if key in self._known]
            return bool(shared) and all(self._known[key] == keys[key] for key in shared)
        elsewhere = any(
            (cell := row.get(place)) is not None
            and self._known.get(place, folded(str(cell))) != folded(str(cell))
            for place in _PLACES
        )
        return member or (bool(self._keys) and not elsewhere)
