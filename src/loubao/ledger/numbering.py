"""Case numbers: three digits of the town's code (000: none), the year, a running number.

Nothing of it is computed from a person's ID number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from loubao.core.events import NewCase
from loubao.rules.reading import Village

_TOWN_DIGITS, _NO_TOWN = 3, "000"


class Numbering:
    """Case numbers to give out, one after the other."""

    def __init__(
        self, next_case: int, numbers: Mapping[tuple[str, int], int], villages: Iterable[Village]
    ) -> None:
        """Go on after `numbers`, the last of each town and year, with the ids from `next_case`.

        >>> numbering = Numbering(7, {("000", 2022): 11}, ())
        >>> numbering.opened(None, 2022).case_no, numbering.opened("洛阳镇", 2023).case_no
        ('000-2022-00012', '000-2023-00001')
        """
        self._next_case = next_case
        self._numbers = dict(numbers)
        self._towns = {village.town: village.town_code[-_TOWN_DIGITS:] for village in villages}

    def opened(self, town: str | None, year: int) -> NewCase:
        """Return a new case of a town; its number is given out."""
        code = self._towns.get(town or "", _NO_TOWN)
        number = self._numbers[code, year] = self._numbers.get((code, year), 0) + 1
        case_id, self._next_case = self._next_case, self._next_case + 1
        return NewCase(case_id, _printed(code, year, number), code, year, number)


def later(first: NewCase, places: int) -> NewCase:
    """Return the case that comes some places after `first`."""
    number = first.number + places
    return replace(
        first,
        case_id=first.case_id + places,
        case_no=_printed(first.town_code, first.year, number),
        number=number,
    )


def _printed(code: str, year: int, number: int) -> str:
    return f"{code}-{year}-{number:05}"
