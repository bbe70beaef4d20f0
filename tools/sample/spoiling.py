"""Deals the faults out: one number or name in ten on a source list, one in twenty on a roll.

Faults are dealt like cards, a deck for each table in which a fault lies as often as its share, so
that every kind turns up also where few rows are spoilt. The odd texts draw more than their share:
a minority name, a rare character, a number ending in X.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from sample.cells import CannotHappenError
from sample.characters import RARE
from sample.district import District, Person
from sample.exportfile import ExportFile
from sample.faults import NAME_FAULTS, NUMBER_FAULTS, ROW_FAULTS, Fault
from sample.lists import Entry, Value

RATES = {
    "source": {"number": 0.11, "name": 0.07, "row": 0.035},
    "roll": {"number": 0.055, "name": 0.045, "row": 0.018},
}
ODD_NAME_RATE, LAST_X_RATE = 0.6, 0.1
CHILD_WITHOUT_NUMBER = 0.25
UNKNOWN_VILLAGES = ("镇区", "圩埔农场", "新街", "东街口")


@dataclass
class Deck:
    """Names of faults in random order, each as often as its share; refilled when empty."""

    rate: float
    shares: Mapping[str, int]
    rng: Random
    cards: list[str] = field(default_factory=list)

    def draw(self, play: Callable[[str], bool], rate: float) -> bool:
        """As often as ``rate`` says: play the first card that can be; whether one was."""
        if self.rng.random() >= rate:
            return False
        for _ in range(2):
            for at, card in enumerate(self.cards):
                if play(card):
                    del self.cards[at]
                    return True
            fresh = [name for name, share in self.shares.items() for _ in range(share)]
            self.rng.shuffle(fresh)
            self.cards += fresh
        return False


def decks(role: str, rng: Random) -> dict[str, Deck]:
    """A fresh deck for each of the three tables; source lists are typed with less care."""
    shares = {
        "number": {name: fault.share for name, fault in NUMBER_FAULTS.items()},
        "name": {name: fault.share for name, fault in NAME_FAULTS.items()},
        "row": {name: share for name, (_, share) in ROW_FAULTS.items()},
    }
    return {table: Deck(RATES[role][table], shares[table], rng) for table in shares}


def spoil(
    entries: list[Entry], district: District, file: ExportFile, dealt: dict[str, Deck], rng: Random
) -> list[Entry]:
    """The file's entries with faults in cells that the file prints."""
    spoilt: list[Entry] = []
    for entry in entries:
        above = spoilt[-1] if spoilt else None
        made = _spoil_row(entry, above, district, file, dealt["row"], rng)
        if made is entry:
            made = _spoil_cells(made, file.number_field, dealt, rng)
        spoilt.append(made)
    return spoilt


def _near_majority(person: Person) -> bool:
    """Whose age decides: such a child keeps number and date of birth as they are."""
    return date(2003, 1, 1) <= person.birth <= date(2005, 12, 31)


def _spoil_cells(entry: Entry, number_field: str, dealt: dict[str, Deck], rng: Random) -> Entry:
    number, name = str(entry.values[number_field]), str(entry.values["name"])
    person = entry.naming.person
    child = entry.naming.listed == "children"
    if child and person.document == "resident" and rng.random() < CHILD_WITHOUT_NUMBER:
        entry = _with(entry, {number_field: None}, "number_missing")
    elif not (child and _near_majority(person)):
        rate = dealt["number"].rate + LAST_X_RATE * number.endswith("X")
        entry = _deal(entry, number_field, NUMBER_FAULTS, dealt["number"], rate, rng)
    odd = "·" in name or name.isascii() or RARE.keys() & set(name)
    return _deal(
        entry, "name", NAME_FAULTS, dealt["name"], ODD_NAME_RATE if odd else dealt["name"].rate, rng
    )


def _with(entry: Entry, values: Mapping[str, Value], fault: str) -> Entry:
    return replace(entry, values={**entry.values, **values}, faults=(*entry.faults, fault))


def _deal(
    entry: Entry, field_name: str, table: Mapping[str, Fault], deck: Deck, rate: float, rng: Random
) -> Entry:
    """The entry with one cell spoilt, as often as ``rate`` says."""
    text, made = str(entry.values[field_name]), [entry]

    def play(card: str) -> bool:
        try:
            cell = table[card].spoil(text, rng)
        except CannotHappenError:
            return False
        made.append(_with(entry, {field_name: cell}, card))
        return True

    deck.draw(play, rate)
    return made[-1]


def _spoil_row(
    entry: Entry, above: Entry | None, district: District, file: ExportFile, deck: Deck, rng: Random
) -> Entry:
    made = [entry]

    def play(card: str) -> bool:
        spoilt = _row_values(card, entry, above, district, file, rng)
        if spoilt is not None:
            gone = {"village_old_name"} if "village" in spoilt else set[str]()
            kept = tuple(fault for fault in entry.faults if fault not in gone)
            made.append(_with(replace(entry, faults=kept), spoilt, card))
        return spoilt is not None

    deck.draw(play, deck.rate)
    return made[-1]


def _row_values(
    card: str, entry: Entry, above: Entry | None, district: District, file: ExportFile, rng: Random
) -> dict[str, Value] | None:
    """The values that the fault of this name changes; None where it cannot happen or be seen."""
    person, number = entry.naming.person, file.number_field
    head = district.head_of(person)
    if card.startswith("village"):
        place = rng.choice(UNKNOWN_VILLAGES) if card == "village_unknown" else None
        return None if file.members else {"village": place}
    if card == "sex_wrong":
        other = "女" if person.sex == "男" else "男"
        return {"sex": other} if file.prints("sex") else None
    if entry.naming.listed == "children" and _near_majority(person):
        return None
    if card == "columns_swapped":
        return {"name": entry.values[number], number: entry.values["name"]}
    if card == "head_number" and head != person and number == "number":
        return {number: head.number}
    if card == "row_above" and above and not above.faults and above.naming.person != person:
        return {number: above.values[number]}
    return None
