"""The people of a month by village: whose line stands on which sheet, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core.forms import Value
from loubao.core.masking import as_printed
from loubao.layout import paper
from loubao.rules.sheets import SheetColumn
from loubao.rules.wording import Wording

_LISTS = ("clues", "benefits", "doubts")


@dataclass(frozen=True)
class Village:
    """The people of one sheet: lines of DETAILS, and beside each what its shown cells hold."""

    town: str
    place: str
    code: str
    people: tuple[dict[str, Any], ...]
    cells: tuple[dict[str, Value], ...]


@dataclass(frozen=True)
class Issue:
    """An edition of a village's sheet: the key that its rows carry, and what is new in it."""

    key: str
    note: str


def villages(details: pl.DataFrame, sheets: Wording) -> list[Village]:
    """Return the sheets of `details` (`screening.DETAILS`), in their order.

    A village gets its own rows only; people without a known village share a sheet in their town.
    """
    shown = details.with_columns(
        pl.col("town").fill_null(sheets.unknown.town),
        id_number=as_printed(details["id_number"], sheets.id_number),
        _place=pl.col("village").fill_null(sheets.unknown.village),
    )
    columns = [column for column in sheets.village.columns if not column.kind]
    found = []
    for people in shown.partition_by(["town", "_place"], maintain_order=True):
        rows = people.rows(named=True)
        cells = tuple(
            {column.key: _shown(person, column, sheets) for column in columns} for person in rows
        )
        first = rows[0]
        code = first["village_code"] or ""
        found.append(Village(first["town"], first["_place"], code, tuple(rows), cells))
    return found


def _shown(person: Mapping[str, Any], column: SheetColumn, sheets: Wording) -> Value:
    value = person[column.key]
    if column.key == "sources":
        value = "\n".join(value or ())
    elif column.key in _LISTS:
        value = paper.numbered(value or (), sheets.village.numbering)
        if column.key == "clues" and person["news"]:
            value = f"{person['news']}\n{value}".strip("\n")
        lead = _lead(person, sheets) if column.key == "doubts" else ""
        value = f"{lead}\n{value}".strip("\n")
    return column.unknown if value is None or value == "" else value


def _lead(person: Mapping[str, Any], sheets: Wording) -> str:
    """What the doubts begin with; who is in doubt is to be asked about, covered or not."""
    asked = person["status"] == "uncovered" and person["doubts"]
    return sheets.village.lead.get("review" if asked else person["status"], "")
