"""How a list understands a sheet: where its header stands, and which column is which field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """One sheet column as a list understands it."""

    place: str  # column of `Sheet.cells`
    header: str  # as seen
    field: str | None = None  # None: no field of the list
    slot: int | None = None  # number of the household member, for member columns
    rank: int = 0  # place among the headers of the field, 0 is preferred
    bare: bool = False  # a child header whose parent was not recognised
    ignored: bool = False
    factor: float = 1.0  # of the header's unit
    own: str | None = None  # the field that it is if it is not another person's, as its place says
    beside: str | None = None  # the place of that person's name


@dataclass(frozen=True)
class Fit:
    """A sheet read as one list: where its header stands, its columns, what is missing."""

    list_name: str
    start: int  # position of the header in `cells`, from 0
    depth: int  # header rows: 1 or 2
    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()  # labels of required fields that were not found
    household: bool = False
    #: `link`: the parts of fields that have columns of their own, and the columns that are no field
    #: but stand in both tables: name and place of each
    particulars: tuple[tuple[str, str], ...] = ()

    @property
    def found(self) -> int:
        """How many different fields and member columns were recognised."""
        return len({(c.field, c.slot) for c in self.columns if c.field is not None})

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that were recognised, each once."""
        return tuple(dict.fromkeys(c.field for c in self.columns if c.field is not None))

    @property
    def places(self) -> list[str]:
        """The places of the columns that have a field or are compared as they stand, each once."""
        fields = [c.place for c in self.columns if c.field is not None]
        return list(dict.fromkeys([*fields, *(place for _, place in self.particulars)]))

    def columns_of(self, field: str, slot: int | None = None) -> list[Column]:
        """Return the columns of one field, the preferred one first.

        >>> seen = (Column("0", "证号", "id_number", rank=3), Column("1", "身份证号", "id_number"))
        >>> [column.header for column in Fit("dibao", 0, 1, seen).columns_of("id_number")]
        ['身份证号', '证号']
        """
        hits = [c for c in self.columns if c.field == field and c.slot == slot]
        return sorted(hits, key=preference)


def preference(column: Column) -> tuple[bool, int, int]:
    """Return the sort key of the columns of one field: of equal headers the left one."""
    return (column.bare, column.rank, int(column.place))
