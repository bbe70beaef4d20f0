"""What the generator passes from step to step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

Cell = str | int | float | date | None
"""A cell as a spreadsheet holds it: text, a number, a day, or nothing."""

AS_OF = date(2022, 6, 30)
DIVISION = "350598"
"""An unassigned division code: no living person can have a number on it."""


@dataclass(slots=True)
class Person:
    """One invented person as they are in truth."""

    code: str
    name: str
    sex: int  # 1 male, 2 female, as in GB/T 2261.1
    birth: date
    id_number: str
    village: int
    household: int
    relation: str
    document: str = "resident"  # or "passport", "permanent": compared as text
    former: str = ""
    living: bool = True
    moved: bool = False

    def age(self) -> int:
        """Full years on the last day of the month under examination."""
        before = (AS_OF.month, AS_OF.day) < (self.birth.month, self.birth.day)
        return AS_OF.year - self.birth.year - before


@dataclass(slots=True)
class Household:
    """People under one roof; the first is the head."""

    number: int
    village: int
    members: list[Person]

    @property
    def head(self) -> Person:
        """The household's head."""
        return self.members[0]


@dataclass(slots=True)
class Named:
    """One person named in one row: what truth.csv says of it."""

    person: Person
    member: int = 0
    faults: list[str] = field(default_factory=list)
    qualifies: bool | None = None  # None: the list has no condition to judge


@dataclass(slots=True)
class Row:
    """One row of a sheet and what it is."""

    kind: str  # title, header, person, total, footer, note, blank
    cells: list[Cell]
    named: list[Named] = field(default_factory=list)
    hidden: bool = False


@dataclass(slots=True)
class Sheet:
    """One sheet to be; a merge is (top row, left column, bottom row, right column)."""

    name: str
    rows: list[Row]
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Export:
    """One file before it is written."""

    file: str
    form: str
    kind: str
    role: str
    sheets: list[Sheet]
