"""What the cells of a column are: numbers of people, names, dates, amounts, places, known words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import polars as pl

from loubao.core.characters import folded
from loubao.core.frames import PROVEN_STATUSES
from loubao.ingest.fields import amount, date, person_name, resident_id
from loubao.ingest.fields.choice import choice
from loubao.ingest.gazetteer import flat, gazetteer, village_at
from loubao.ingest.sheets.people_signs import has_number, looks_like_name
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import FieldRule

_ASKED = 60  # different cells of a column that are looked at
_MOST = 0.6  # share of them from which the column is of a kind
_FEW_WORDS, _LONGEST_WORD = 8, 10
_SHORTEST_NAME, _LONGEST_NAME = 2, 4
_PROVEN, _NAMED = 0.8, 0.7  # share of the cells that proves what a column is
_FEWEST_NAMES, _FEWEST_NUMBERED = 8, 5


class Kinds:
    """What a column's cells could be, each kind looked at once and when it is asked."""

    def __init__(self, cells: pl.Series, rules: Rules) -> None:
        marks = set(rules.reading.placeholders)
        distinct = cells.drop_nulls().unique(maintain_order=True).head(_ASKED)
        self._cells = pl.Series([c for c in distinct if c.strip() not in marks], dtype=pl.String)
        self._rules = rules
        self._shares: dict[object, float] = {}

    def share(self, field: str, spec: FieldRule) -> float:
        """Return how many of the cells a field would understand; a text understands none."""
        place = field if field in {"town", "village"} else ""
        key = (spec.type, tuple(spec.values.items()), spec.yes, spec.no, place)
        if key not in self._shares:
            self._shares[key] = self._share(spec, place)
        return self._shares[key]

    def _share(self, spec: FieldRule, place: str) -> float:
        if spec.values:
            return self._part(choice(self._cells, spec)["readable"])
        if spec.yes:
            return self._part(amount.flag(self._cells, spec.yes, spec.no)["readable"])
        return self._places(place) if spec.type == "place" else self._of_type(spec.type)

    def counts(self) -> bool:
        """Return whether the cells number the rows: 1, 2, 3 and so on."""
        numbers = [int(cell) for cell in self._cells if cell.isascii() and cell.isdigit()]
        enough = len(self._cells) >= _FEWEST_NUMBERED
        return enough and numbers == list(range(1, len(self._cells) + 1))

    def proven(self) -> str | None:
        """Return the field that the cells alone prove: whose number, name, town, village they are.

        Numbers by their last sign, names by their surnames, places by the table of villages.
        """
        if not len(self._cells):
            return None
        if self._of_type("id_number") >= _MOST:
            status = resident_id.normalise(self._cells)["id_status"]
            return "id_number" if self._part(status.is_in(PROVEN_STATUSES)) >= _PROVEN else None
        long = sum(any(c.isdigit() for c in cell) for cell in self._cells) / len(self._cells)
        if self._places("village") >= _MOST:
            return "address" if long >= _MOST else "village"
        if self._places("town") >= _PROVEN and not long:
            return "town"
        named = self.surnames() >= _NAMED and len(self._cells) >= _FEWEST_NAMES
        return "name" if named and not self.are_words() else None

    def surnames(self) -> float:
        """Return how many cells are a surname and one or two characters, and no place."""
        named = sum(looks_like_name(cell) for cell in self._cells)
        return named / len(self._cells) * (1 - self._places("")) if len(self._cells) else 0.0

    def like_words(self, words: Collection[str]) -> float:
        """Return how like the cells are to the nearest of the words of a field, on the average."""
        if not len(self._cells) or not words:
            return 0.0
        return sum(likeness(cell, tuple(words)) for cell in self._cells) / len(self._cells)

    def distinct(self) -> int:
        """Return how many different cells are looked at."""
        return len(self._cells)

    def places(self, cells: Iterable[str]) -> set[str]:
        """Return which cells are villages or towns of the table, where the column is of them."""
        if max(self._places("village"), self._places("town")) < _MOST:
            return set()
        names = gazetteer(self._rules.villages, self._rules.reading)
        return {
            cell.strip()
            for cell in cells
            if not any(c.isdigit() for c in cell)
            and (
                village_at(flat(cell), names, in_column=True) is not None
                or re.match(names.of_town, folded(flat(cell))) is not None
            )
        }

    def are_words(self) -> bool:
        """Return whether the column has a few words only, as a state or a class is written."""
        longest = max((len(cell) for cell in self._cells), default=99)
        few = len(self._cells) <= _FEW_WORDS and longest <= _LONGEST_WORD
        return few and self._of_type("number") < _MOST

    def are_names(self) -> bool:
        """Return whether most cells could be names of people."""
        return self._of_type("name") >= _MOST

    def type(self) -> str:
        """Return the type of a new field for the column."""
        if self._of_type("id_number") >= _MOST:
            return "id_number"
        return next((t for t in ("date", "number") if self._of_type(t) >= _MOST), "text")

    def _of_type(self, kind: str) -> float:
        """How many are of a type: a number, a date, a name of a person …"""
        if kind not in self._shares:
            self._shares[kind] = self._share_of_type(kind)
        return self._shares[kind]

    def _share_of_type(self, kind: str) -> float:
        if not len(self._cells):
            return 0.0
        if kind == "id_number":
            return sum(has_number([cell]) for cell in self._cells) / len(self._cells)
        if has_number([self._cells[0]]):
            return 0.0
        if kind == "date":
            written = self._cells.str.contains("[-/.年]") | self._cells.str.contains("^[0-9]{6,8}$")
            return self._part(date.parse(self._cells)["readable"] & written)
        if kind in {"number", "integer"}:
            return self._part(amount.number(self._cells)["readable"])
        if kind == "name":
            names = person_name.normalise(self._cells)
            length = names["name"].str.len_chars()
            short = length.is_between(_SHORTEST_NAME, _LONGEST_NAME)
            return self._part((names["name_kind"] == "han") & short) * (1 - self._places(""))
        return 0.0

    def _places(self, place: str) -> float:
        """How many name a village, a town, or either; a town with a village behind it is both."""
        key = ("place", place)
        if key not in self._shares:
            self._shares[key] = self._share_of_places(place)
        return self._shares[key]

    def _share_of_places(self, place: str) -> float:
        names = gazetteer(self._rules.villages, self._rules.reading)
        texts = [flat(cell) for cell in self._cells]
        villages = [village_at(text, names, in_column=True) is not None for text in texts]
        towns = [re.match(names.of_town, folded(text)) is not None for text in texts]
        found = {"village": villages, "town": towns}.get(
            place, [v or t for v, t in zip(villages, towns, strict=True)]
        )
        return sum(found) / len(found) if found else 0.0

    def _part(self, understood: pl.Series) -> float:
        return int(understood.fill_null(False).sum()) / len(understood) if len(understood) else 0.0


def likeness(header: str, headers: Sequence[str]) -> float:
    """Return how much a header is like one of a field's, 0 to 1: for an order, never for a match.

    >>> [round(likeness(header, ["个人自付费用"]), 2) for header in ("个人自理费用", "总费用")]
    [0.83, 0.44]
    """
    text = plain(header)
    return max((_alike(text, plain(other)) for other in headers), default=0.0)


@lru_cache(maxsize=1 << 16)  # each answer has all columns ranked anew
def _alike(text: str, other: str) -> float:
    return SequenceMatcher(None, text, other).ratio()
