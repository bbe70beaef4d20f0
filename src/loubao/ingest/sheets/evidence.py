"""What the columns of a sheet say of its list: columns that only one list has, with data in them.

A file's name is written by hand, its columns by a system. Where both say different lists, nobody
can tell which one is right: a source list read as a roll would hide everybody on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import FieldRule, ListRule

#: Each list by which a sheet can be read → how.
Fits: TypeAlias = Mapping[str, Fit]

#: Fields that nearly every list has.
_OF_EVERYBODY = frozenset({"name", "id_number"})
_FEWEST_AGAINST_A_NAME = 2
_SHORTEST_MISSPELT = 5
_FIRST_ROWS = 20


@dataclass(frozen=True)
class Evidence:
    """What one sheet's columns say.

    `readings`: the lists that have headers there; `fits`: those that have all they need. `own`:
    list → the columns that only it has (and lists that share the field), with data, that are
    enough to be that list.
    """

    rules: Rules
    readings: Fits
    fits: Fits
    filled: frozenset[str]  # places of columns with data
    rare: frozenset[str]  # places of columns that no list passes over
    own: Mapping[str, tuple[Column, ...]]
    headed: Mapping[str, tuple[Column, ...]]  # the same, data or not
    partly: Mapping[str, tuple[Column, ...]]  # the same as `own`, of lists that lack a header

    def gain(self, name: str, other: str) -> int:
        """Return how many fields with data one list reads where the other has no field."""
        read = {c.place for c in self.fits[other].columns if c.field is not None}
        columns = self.fits[name].columns
        return len({c.field for c in columns if c.field and c.place in self.filled - read})

    def unread(self, name: str, columns: Sequence[Column]) -> list[Column]:
        """Return those of `columns` that a list has no use for: neither field nor ignored."""
        used = {c.place for c in self.fits[name].columns if c.field is not None or c.ignored}
        return [column for column in columns if column.place not in used]

    def reads_all(self, name: str, columns: Sequence[Column]) -> bool:
        """Return whether `columns` are fields of a list, too."""
        read = {c.place for c in self.fits[name].columns if c.field is not None}
        return all(column.place in read for column in columns)

    def telling_unread(self, name: str, other: str) -> list[Column]:
        """Return the columns with data that only `other` has, and `name` has no use for."""
        columns = [c for c in self.fits[other].columns if c.field and c.place in self.filled]
        every = [c for fit in self.readings.values() for c in fit.columns if c.field]
        return [
            column
            for column in self.unread(name, columns)
            if {c.field for c in every if c.place == column.place} == {column.field}
        ]

    def misspelt(self) -> tuple[str, str, str] | None:
        """Return (list, header, label) where a header nearly is one that the list still needs.

        Only columns with data that no list reads or passes over, and only where nothing else is
        missing but that field: it would make the sheet another list.
        """
        every = [column for fit in self.readings.values() for column in fit.columns]
        used = {c.place for c in every if c.field is not None or c.ignored}
        for name, fit in self.readings.items():
            rule = self.rules.lists[name]
            needed = [
                field for field in required_of(rule) if rule.fields[field].label in fit.missing
            ]
            if not needed or len(fit.missing) > 1:
                continue
            for column in fit.columns:
                spec = rule.fields[needed[0]]
                if column.place not in used and any(nearly(column.header, h) for h in spec.headers):
                    return name, column.header, spec.label
        return None

    def best(self) -> list[str]:
        """Return the lists that the columns alone tell: one, where it has use for the others'.

        A roll may have columns on disability that it passes over; of a list of disabled people,
        the columns of a roll are left over.
        """
        own = self.own or self.headed
        known = [n for n in own if not any(self.unread(n, columns) for columns in own.values())]
        wins = [n for n in known if all(self.reads_all(n, own[other]) for other in known)]
        return sorted(wins or known or own)

    def rivals(self, name: str) -> list[str]:
        """Return the lists that read what tells `name`, too, and more columns than it does.

        残疾类别 and 残疾等级 beside 发放金额 may be of those who draw a subsidy. So are lists whose
        own columns it cannot read, although a header of theirs is missing: it may be misspelt.
        """
        own = (self.own or self.headed)[name]
        richer = [
            other
            for other in sorted(self.fits)
            if other != name
            and self.reads_all(other, own)
            and self.gain(other, name) > self.gain(name, other)
        ]
        return richer + [n for n, columns in self.partly.items() if self.unread(name, columns)]


def evidence(sheet: Sheet, readings: Fits, rules: Rules) -> Evidence:
    """Return what the columns of a sheet say; `readings`: every list that has headers there."""
    fits = {name: fit for name, fit in readings.items() if not fit.missing}
    filled: set[str] = set()
    own: dict[str, tuple[Column, ...]] = {}
    headed: dict[str, tuple[Column, ...]] = {}
    bodies: dict[int, _Body] = {}
    for name, fit in readings.items():
        below, fields = fit.start + fit.depth, rules.lists[name].fields
        if below not in bodies:
            bodies[below] = _Body(sheet.cells.slice(below), rules.reading.placeholders)
        body = bodies[below]
        filled |= {c.place for c in fit.columns if c.field is not None and body.filled(c.place)}
        for way in ways(rules.lists[name]):
            columns = [_telling(field, fit, readings) for field in way]
            if not all(columns):
                continue
            first = {field: each[0] for field, each in zip(way, columns, strict=True)}
            headed[name] = (*headed.get(name, ()), *first.values())
            if all(body.understood(c.place, fields[field]) for field, c in first.items()):
                own[name] = (*own.get(name, ()), *first.values())
    passed = {c.place for fit in readings.values() for c in fit.columns if c.ignored}
    return Evidence(
        rules=rules,
        readings=readings,
        fits=fits,
        filled=frozenset(filled),
        rare=frozenset(filled - passed),
        own={name: columns for name, columns in own.items() if name in fits},
        headed={name: columns for name, columns in headed.items() if name in fits},
        partly={name: columns for name, columns in own.items() if name not in fits},
    )


def ways(rule: ListRule) -> list[tuple[str, ...]]:
    """Return the groups of fields each of which is enough to be that list."""
    required = [(field,) for field in required_of(rule)]
    return list(dict.fromkeys([*required, *rule.claim.signature]))


def required_of(rule: ListRule) -> list[str]:
    """Return the fields that a list must have, beyond names and numbers."""
    return [f for f, spec in rule.fields.items() if spec.required and f not in _OF_EVERYBODY]


def _telling(field: str, fit: Fit, readings: Fits) -> list[Column]:
    """Return the columns of a field that are no other field of any list, the preferred first."""
    every = [column for each in readings.values() for column in each.columns]
    return [
        column
        for column in fit.columns_of(field)
        if {c.field for c in every if c.place == column.place and c.field is not None} == {field}
    ]


class _Body:
    """The cells below a header: whether a column has data, asked once of each column."""

    def __init__(self, cells: pl.DataFrame, placeholders: Sequence[str]) -> None:
        self._cells = cells
        self._blanks = frozenset(placeholders)
        self._filled: dict[str, bool] = {}

    def filled(self, place: str) -> bool:
        """Return whether a column holds anything."""
        if place not in self._filled:
            self._filled[place] = any(True for _ in self._values(place))
        return self._filled[place]

    def understood(self, place: str, spec: FieldRule) -> bool:
        """Return whether a column holds anything; of a choice or a yes or no, one that is known."""
        if spec.open or not (spec.values or spec.yes or spec.no):
            return self.filled(place)
        spelt = {plain(text) for texts in spec.values.values() for text in texts}
        spelt |= {*map(plain, spec.values), *map(plain, spec.yes), *map(plain, spec.no)}
        return any(plain(value) in spelt for value in self._values(place))

    def _values(self, place: str) -> Iterator[str]:
        """Yield the different cells of a column that mean something; the first rows' first."""
        cells = self._cells[place]
        first = cells.head(_FIRST_ROWS).to_list()
        yield from self._meant(dict.fromkeys(first))
        if cells.len() > _FIRST_ROWS:
            yield from self._meant(cells.slice(_FIRST_ROWS).unique().to_list())

    def _meant(self, cells: Iterable[str | None]) -> Iterator[str]:
        for cell in cells:
            if cell is not None and (value := cell.strip()) not in self._blanks:
                yield value


def nearly(header: str, spelt: str) -> bool:
    """Return whether one character of a header was changed, left out or put in twice.

    >>> [nearly(text, "个人自付金额") for text in ("个人自付金颔", "个人自付额", "自付金额")]
    [True, True, False]
    >>> nearly("个人自付金额", "个人自付金额"), nearly("电话", "电活")  # too short
    (False, False)
    """
    short, long = sorted((plain(header), plain(spelt)), key=len)
    if len(short) < _SHORTEST_MISSPELT or short == long or len(long) - len(short) > 1:
        return False
    at = next((i for i, c in enumerate(short) if c != long[i]), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


@dataclass(frozen=True)
class Named:
    """What the names of a sheet say of the lists that they do not make it.

    `hinted`: lists of which a word stands there. `barred`: lists of which a word stands there that
    rules them out.
    """

    hinted: frozenset[str]
    barred: frozenset[str]


def disputed(found: Evidence, name: str, names: Named) -> tuple[str, list[Column]] | None:
    """Return the list that the columns say against the one of the name, and these columns.

    A required column of another list that the named one has no use for speaks against it in any
    case. Other columns do where the named list has none of its own and explains no more columns
    than the other one.
    """
    disputes = [
        (found.gain(other, name), other, columns)
        for other in sorted(found.own)
        if other != name and (columns := _against(found, name, other, names))
    ]
    if not disputes:
        return None
    _, other, columns = max(disputes, key=lambda dispute: dispute[0])
    return other, columns


def _against(found: Evidence, name: str, other: str, names: Named) -> list[Column]:
    """Return the columns by which a sheet named as one list is another; none where it may be it."""
    lists, columns = found.rules.lists, found.own[other]
    mine, theirs = found.gain(name, other), found.gain(other, name)
    unread = found.unread(name, columns)
    if any(c.field in required_of(lists[other]) and c.place in found.rare for c in unread):
        return unread
    if name in found.own or found.reads_all(name, columns):
        return []
    sources = {each for each in (name, other) if lists[each].role == "source"}
    if not unread:  # the named list knows of these columns, and passes over them
        more = found.telling_unread(name, other) if sources == {other} and theirs > mine else []
        return [*columns, *more] if more or (other in names.hinted and mine == 0) else []
    if other in names.barred and not sources:  # 低保边缘 with 是否低保对象 is no 低保
        return unread if theirs >= _FEWEST_AGAINST_A_NAME and theirs > mine else []
    return unread if theirs > mine or (theirs == mine and name not in sources) else []
