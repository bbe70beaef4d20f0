"""The catalogue of faults: what it is, which lists it may befall, and what may come of it.

A fault of the catalogue changes a clean month, and the truth where the truth changes. The modules
`fault_*` fill the catalogue; `told`, `either` and `refuse` are those of `exports.Fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from exports import COVERED_BY, Fault, Month
from tables import Row, Table

from people import Person

SOURCES = tuple(COVERED_BY)
ROLLS = ("dibao", "tekun", "orphan", "unattended")
ANY = (*SOURCES, *ROLLS, "death")


@dataclass(frozen=True)
class Entry:
    """A fault of the catalogue."""

    lists: tuple[str, ...]
    apply: Callable[[Month, str], Fault | None]


CATALOGUE: dict[str, Entry] = {}


def fault(*lists: str) -> Callable[[Callable[[Month, str], Fault | None]], Any]:
    """Enter a function into the catalogue under its own name."""

    def enter(function: Callable[[Month, str], Fault | None]) -> Any:
        CATALOGUE[function.__name__] = Entry(lists, function)
        return function

    return enter


def table_of(month: Month, name: str) -> Table:
    """The first table of a list's file."""
    return month.books[name].tables[0]


def some(month: Month, rows: list[Row], most: int = 4) -> list[Row]:
    """A few of the rows."""
    return month.rng.sample(rows, min(len(rows), month.rng.randint(1, most)))


def people_in(month: Month, rows: Iterable[Row]) -> list[Person]:
    """The people of the rows."""
    return [month.crowd.people[key] for row in rows for key in row.people]


def done(month: Month, name: str, rows: Iterable[Row] = (), **more: Any) -> Fault:
    """The fault that befell these rows of a list: their people may come out otherwise, if told."""
    people = people_in(month, rows)
    more.setdefault("told", people)
    return Fault("", [month.books[name]], people, **more)


def covered_rows(month: Month, roll: str) -> list[Row]:
    """The rows of a roll whose people would be on a sheet if that row did not count."""
    found = []
    for row in month.rows(roll):
        person = month.person(row)
        if person.qualifies and not month.needs(person) and person.covered == {roll}:
            person.covered.discard(roll)
            if month.needs(person):
                found.append(row)
            person.covered.add(roll)
    return found


def end_cover(month: Month, roll: str, rows: Iterable[Row]) -> None:
    """These people are on the roll but not covered by it."""
    for person in people_in(month, rows):
        person.covered.discard(roll)


def odd_cells(
    kind: str, lists: tuple[str, ...], key: str, odd: Callable[[Month, Any], Any], **more: Any
) -> None:
    """Enter a fault that writes the same thing in another way in a few cells of a column."""

    def apply(month: Month, name: str) -> Fault | None:
        rows = [row for row in month.rows(name) if row.cells.get(key) is not None]
        rows = some(month, rows, 5)
        said = []
        for row in rows:
            row.cells[key] = odd(month, row.cells[key])
            said.append(repr(row.cells[key]))
        if not rows:
            return None
        return done(month, name, rows, detail=f"{name}.{key}: " + " ".join(said)[:160], **more)

    CATALOGUE[kind] = Entry(lists, apply)


def load() -> None:
    """Fill the catalogue."""
    import fault_cells
    import fault_cover
    import fault_files
    import fault_layout

    assert fault_cells and fault_cover and fault_files and fault_layout
