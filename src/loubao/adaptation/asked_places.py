"""Which official name is this place? Spellings of one town in one question, most people first.

Names that differ in one character are different villages: what is nearest is proposed and shown,
and taken only where somebody says so. Where no name is clearly nearest, the places of many rows are
asked one by one; slips of a row or two, of which a county has dozens, are one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from loubao.adaptation.official_places import Official
from loubao.adaptation.questions import ELSEWHERE, Item, Option, Question
from loubao.adaptation.survey import Survey
from loubao.ingest.nearest_names import (
    Near,
    are_namesakes,
    is_near,
    nearest_places,
    plain_choice,
)
from loubao.ingest.shown_cells import Known, names_of
from loubao.ingest.unplaced import unknown_places

#: Towns that are asked one by one; of more, all are one question.
_MOST_TOWNS = 3
#: Places without a clearly nearest name that are asked one by one, and the rows each then has.
_MOST_ALONE, _ROWS_ALONE = 8, 3
_OPTIONS, _CANDIDATES = 6, 3
#: Keys of the places of all towns, and of those that stand below no official town.
_ALL, _NO_TOWN = "all", "towns"
_OF_CLEAR = "是不是箭头后面的地方？"
_OF_UNCLEAR = "看不准是哪个村，认得出的写编号？"
_ELSEWHERE = Option(ELSEWHERE, "不是本地的，或说不清：不认")


@dataclass(frozen=True)
class _Place:
    """A text that names no official place: how many rows and people of source lists it has."""

    town: str
    text: str
    rows: int
    people: int
    near: tuple[Near, ...]

    @property
    def key(self) -> str:
        """How it is kept that nothing is to be done about it."""
        return f"{self.town}/{self.text}"


def place_questions(seen: Survey) -> list[Question]:
    """Return the questions on places: by town where one name is clearly nearest, else one each.

    Where there are many towns, those of which one name is clearly nearest are one question. Of the
    places between several names those of few rows are one question, with the names beside each.
    A place without any name near it is proposed to be none of the county's, all in one question.
    """
    places = [place for place in _places(seen) if place.key not in seen.asked.places]
    clear = [place for place in places if plain_choice(place.near) is not None]
    far = [place for place in places if not place.near]
    between = [place for place in places if place not in clear and place not in far]
    towns = sorted({place.town for place in clear})
    together = {t: _ALL if len(towns) > _MOST_TOWNS else t or _NO_TOWN for t in towns}
    questions = [
        _question(f"place:{key}", [p for p in clear if together[p.town] == key], _OF_CLEAR, seen)
        for key in dict.fromkeys(together.values())
    ]
    between.sort(key=lambda place: (-place.people, -place.rows, place.key))
    alone = [place for place in between if place.rows >= _ROWS_ALONE][:_MOST_ALONE]
    questions += [_question(f"place:{place.key}", [place], "是哪个村？", seen) for place in alone]
    few = [place for place in between if place not in alone]
    if few:
        questions.append(_question("place:unclear", few, _OF_UNCLEAR, seen))
    if far:
        questions.append(_question("place:elsewhere", far, "没有相近的名称，都不是本地的？", seen))
    return questions


def _places(seen: Survey) -> list[_Place]:
    if seen.records is None:
        return []
    unknown = unknown_places(seen.records, seen.rules)
    counted = (
        unknown.join(seen.records.select("record_id", "role"), on="record_id")
        .group_by("unknown_town", "unknown_place")
        .agg(rows=pl.len(), people=(pl.col("role") == "source").sum())
        .sort("unknown_town", "unknown_place")
    )
    known, villages = Known.of(names_of(seen.records), seen.rules), seen.rules.villages
    codes = {village.town: village.town_code for village in villages}
    places = []
    for town, text, rows, people in counted.iter_rows():
        near = nearest_places(text, seen.rules, codes[town] if town else None, _OPTIONS)
        if not known.is_place(text, near=is_near(near)) and known.names_somebody(text, rows):
            continue
        if not town and are_namesakes(near):
            continue  # the name is known; it is the town that is not written
        places.append(_Place(town, text, rows, people, tuple(near)))
    return places


def _question(key: str, places: Sequence[_Place], text: str, seen: Survey) -> Question:
    alone = len(places) == 1
    official = Official(seen.rules.villages)
    # the nearest, then those of the town: a place may have been called quite otherwise once
    first = {
        place.key: list(dict.fromkeys([n.code for n in place.near] + official.of_town(place.town)))
        for place in places
    }
    codes = dict.fromkeys(code for near_first in first.values() for code in near_first)
    items = tuple(
        Item(
            place.key,
            f"{place.town}{place.text}",
            place.rows,
            () if alone else _candidates(place),
            _proposed(place),
        )
        for place in sorted(places, key=lambda p: (-p.people, -p.rows, p.key))
    )
    only_towns = all(not place.town for place in places)
    return Question(
        key=key,
        kind="town" if only_towns else "village",
        text="是哪个乡镇、哪个村？" if alone and only_towns else text,
        people=sum(place.people for place in places),
        rows=sum(place.rows for place in places),
        items=items,
        options=(*(Option(code, official.names[code]) for code in codes), _ELSEWHERE),
        note="也可以直接写村名（同名的连乡镇一起写）",
        about={
            "texts": {place.key: place.text for place in places},
            "towns": {place.key: place.town for place in places},
            "first": {key: [*near_first, ELSEWHERE] for key, near_first in first.items()},
            "places": official,
        },
        offered=_OPTIONS,
    )


def _proposed(place: _Place) -> str | None:
    """The code that is proposed: of a name that only shares characters, that it is none here."""
    if not is_near(place.near):
        return ELSEWHERE if place.rows < _ROWS_ALONE or not place.near else None
    choice = plain_choice(place.near)
    return choice.code if choice is not None else None


def _candidates(place: _Place) -> tuple[str, ...]:
    """The official names between which a place stands, to be seen beside it."""
    if not place.near or plain_choice(place.near) is not None:
        return ()
    return (f"相近：{'、'.join(near.name for near in place.near[:_CANDIDATES])}",)
