"""The columns of a month that no rule knows, each header once; which are certain.

The only numbers, names, towns, villages of a sheet are certain and confirmed in one question;
whatever two columns of a sheet may be is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loubao.adaptation.column_kinds import likeness
from loubao.adaptation.survey import Reading, Survey, is_open
from loubao.ingest.sheets.vocabulary import numbered, plain, without_notes

#: How like the header of another person a header is from which the column may be that one's.
_LIKE_ANOTHER = 0.6


@dataclass
class OpenColumn:
    """A header that no rule knows, wherever it stands."""

    header: str
    #: the header as it may be shown, its key in answers: what looks like a name is starred
    shown: str
    readings: list[Reading] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    #: how many of a household's columns it stands for: 成员1姓名, 成员2姓名 …
    numbered: bool = False

    def rows(self) -> int:
        """How many cells below it are filled."""
        return sum(int(r.body[p].count()) for r, p in zip(self.readings, self.places, strict=True))

    @property
    def lists(self) -> list[str]:
        """The lists of its sheets."""
        return sorted({reading.list_name for reading in self.readings})

    @property
    def files(self) -> list[str]:
        """The files in which it stands."""
        return sorted({reading.sheet.file for reading in self.readings})


def open_columns(seen: Survey) -> list[OpenColumn]:
    """Return the open columns of all sheets, by their headers without notes; no numbers of rows."""
    found: dict[str, OpenColumn] = {}
    shown: set[str] = set()
    for reading in seen.readings:
        body, rule = reading.body, seen.rules.lists[reading.list_name]
        texts = {c.place: _short(c.header, seen) for c in reading.fit.columns}
        slots = [slot for text in texts.values() for slot, _ in numbered(text)]
        for column in reading.fit.columns:
            if not is_open(column, body) or seen.kinds(reading, column.place).counts():
                continue
            text = texts[column.place]
            many = [s for s, _ in numbered(text) if slots.count(s) > 1 and rule.household_rows]
            header = many[0] if many else text
            if header not in found:
                found[header] = OpenColumn(header, _shown(header, int(column.place), seen, shown))
            here = found[header]
            here.readings.append(reading)
            here.places.append(column.place)
            here.numbered = bool(many)
    return list(found.values())


def _shown(header: str, place: int, seen: Survey, taken: set[str]) -> str:
    """The header as it may be shown, unlike all that are `taken`."""
    discretion = seen.rules.discretion
    shown = discretion.header(header, place)
    if shown != header:  # it looks like a person: enough is left to know the column by
        shown = f"{discretion.text(header)}（{shown.split('（')[0]}）"
    while shown in taken:
        shown += "·"
    taken.add(shown)
    return shown


def _short(header: str, seen: Survey) -> str:
    text = plain(header)
    return without_notes(text, seen.rules.reading.header_notes) or text


def certain_columns(columns: Sequence[OpenColumn], seen: Survey) -> dict[str, str]:
    """Return header → field of the columns that are certain in every sheet where they stand."""
    found: dict[str, str] = {}
    for column in columns:
        fields = {
            _certain(column, reading, place, seen)
            for reading, place in zip(column.readings, column.places, strict=True)
        }
        field = fields.pop() if len(fields) == 1 else None
        if field is not None and not column.numbered:
            found[column.header] = field
    return found


def _certain(column: OpenColumn, reading: Reading, place: str, seen: Survey) -> str | None:
    """The field that a column of one sheet is, None where that is not certain."""
    rule = seen.rules.lists[reading.list_name]
    field = seen.kinds(reading, place).proven()
    if field is None or field not in rule.fields or field in reading.fit.fields:
        return None
    others = (c for c in reading.fit.columns if c.field is None and c.place != place)
    if any(seen.kinds(reading, other.place).proven() == field for other in others):
        return None
    # a head's, a guardian's: the header says whose it is
    own = likeness(column.header, rule.fields[field].headers)
    alike = {
        name: likeness(column.header, spec.headers)
        for name, spec in rule.fields.items()
        if spec.type == rule.fields[field].type and name != field and spec.type != "place"
    }
    most = max(alike.values(), default=0.0)
    return field if own >= most or most < _LIKE_ANOTHER else None
