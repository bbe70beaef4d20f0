"""The numbers of cases: who gets which, also after a posting was taken back.

A case number is three digits of the town's code (000: none), the year and a running number; nothing
of it is computed from a person's ID number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from loubao.core.events import NewCase
from loubao.ledger.case_file import last_id
from loubao.ledger.sqlite_file import Connection
from loubao.rules.reading import Village

#: How a person is written whom a village added: the columns _ADDED.
Added: TypeAlias = tuple[str | None, ...]
_ADDED = ("name_key", "id_number", "town", "village")
_TOWN_DIGITS, _NO_TOWN = 3, "000"


class Numbering:
    """The case numbers for new cases, in order."""

    def __init__(
        self,
        next_case: int,
        numbers: Mapping[tuple[str, int], int],
        villages: Iterable[Village],
        void: Mapping[Added, NewCase] = MappingProxyType({}),
    ) -> None:
        """Go on after `numbers`, the last of each town code and year, with ids from `next_case`.

        `void` are void cases of people whom a village had added: theirs again.

        >>> numbering = Numbering(7, {("000", 2022): 11}, ())
        >>> numbering.opened(None, 2022).case_no, numbering.opened("洛阳镇", 2023).case_no
        ('000-2022-00012', '000-2023-00001')
        """
        self._void = dict(void)
        self._next_case = next_case
        self._numbers = dict(numbers)
        self._towns = {village.town: village.town_code[-_TOWN_DIGITS:] for village in villages}

    def opened_again(self, person: Mapping[str, Any], year: int) -> NewCase:
        """Return the void case of a person whom a village adds (WRITTEN values), else a new one."""
        return self._void.pop(_added(person), None) or self.opened(person.get("town"), year)

    def opened(self, town: str | None, year: int) -> NewCase:
        """Return a new case of a town; its number is given out."""
        code = self._towns.get(town or "", _NO_TOWN)
        number = self._numbers[code, year] = self._numbers.get((code, year), 0) + 1
        case_id, self._next_case = self._next_case, self._next_case + 1
        return NewCase(case_id, f"{code}-{year}-{number:05}", code, year, number)


def last_numbers(connection: Connection) -> dict[tuple[str, int], int]:
    """Return the last running number given out for each town code and year."""
    found = connection.execute("SELECT town_code, year, max(number) FROM cases GROUP BY 1, 2")
    return {(town_code, year): number for town_code, year, number in found}


def numbering(connection: Connection, villages: Iterable[Village]) -> Numbering:
    """Return the numbering that goes on after the last case of the ledger."""
    next_case = last_id(connection, "cases") + 1
    return Numbering(next_case, last_numbers(connection), villages, _void_added(connection))


def _void_added(connection: Connection) -> dict[Added, NewCase]:
    """The void cases that a return had opened, by how the village wrote the person."""
    found = connection.execute(
        "SELECT c.case_id, c.case_no, c.town_code, c.year, c.number,"
        f" {', '.join(f't.{column}' for column in _ADDED)}"
        " FROM standing s JOIN cases c USING (case_id) JOIN posting p USING (posting_id)"
        " JOIN sighting t ON t.case_id = c.case_id AND t.posting_id = p.posting_id"
        " WHERE s.status = 'void' AND p.kind = 'return'"
    )
    return {tuple(row[5:]): NewCase(*row[:5]) for row in found}


def _added(person: Mapping[str, Any]) -> Added:
    return tuple(person.get(column) for column in _ADDED)
