"""Which row is the header, and which column is which field of a list.

A header is compared after NFKC, without white space, `*` and colons; then without the notes of
`reading.header_notes` (units, 必填 …). A header of two rows is tried as parent + child, and as the
child alone. Nothing is fuzzy: a text that no rule spells is not a field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from loubao.core.frames import Sheet
from loubao.ingest.sheets.vocabulary import (
    Known,
    Vocabulary,
    has_number,
    known,
    numbered,
    plain,
    without_notes,
)
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

_NUMERALS = "〇一二三四五六七八九"
#: Fields that say something of the row's own person; beside another person's name they are theirs.
_OF_THE_PERSON = frozenset({"id_number", "sex", "birth_date"})
_FEWEST_HEADERS = 2

Row: TypeAlias = Sequence[str | None]


class Column(NamedTuple):
    """One sheet column as a list understands it."""

    place: str  # column of `Sheet.cells`
    header: str  # as seen
    field: str | None = None  # None: nothing the list knows
    slot: int | None = None  # number of the household member, for member columns
    rank: int = 0  # place among the spellings of the field, 0 is preferred
    bare: bool = False  # a child header whose parent was not recognised
    ignored: bool = False
    factor: float = 1.0


@dataclass(frozen=True)
class Fit:
    """A sheet read as one list: where its header stands, its columns, what is missing."""

    list_name: str
    start: int  # position of the header in `cells`, from 0
    depth: int  # header rows: 1 or 2
    columns: tuple[Column, ...]
    missing: tuple[str, ...]  # labels of required fields that were not found
    household: bool

    @property
    def found(self) -> int:
        """How many different fields and member columns were recognised."""
        return len({(c.field, c.slot) for c in self.columns if c.field is not None})

    def columns_of(self, field: str, slot: int | None = None) -> list[Column]:
        """The columns of one field, the preferred one first."""
        hits = [c for c in self.columns if c.field == field and c.slot == slot]
        return sorted(hits, key=lambda c: (c.bare, c.rank, int(c.place)))


class _Header(NamedTuple):
    """One header cell with every way to read it, best first: (text, bare, factor)."""

    place: str
    seen: str
    readings: tuple[tuple[str, bool, float], ...]


def fits(sheet: Sheet, vocabularies: Sequence[Vocabulary], reading: Reading) -> list[Fit]:
    """Return, for each list, the best reading of the sheet's header; none where nothing is known.

    The first row (or pair of rows) with all required fields is the header, for a sheet may hold
    several tables, one below another; where none has them, the one with most recognised fields.
    A row with somebody's number is never a header.
    """
    rows = [cells for _, *cells in sheet.cells.head(reading.header_depth + 1).iter_rows()]
    indices = sheet.cells.columns[1:]
    every = known(vocabularies, reading)
    promising = _promising(rows, indices, every, reading.header_depth)
    found: list[Fit] = []
    for words in vocabularies:
        options = [_fit(words, start, depth, headers) for start, depth, headers in promising]
        fitting = [fit for fit in options if fit is not None]
        if fitting:
            found.append(_chosen(fitting))
    return found


def fit_within(
    rows: Sequence[Row], indices: Sequence[str], words: Vocabulary, every: Known
) -> Fit | None:
    """Return the header of one list that stands in a few rows below each other, if any does."""
    promising = _promising(rows, indices, every, len(rows))
    options = [_fit(words, start, depth, headers) for start, depth, headers in promising]
    fitting = [fit for fit in options if fit is not None]
    return max(fitting, key=_merit) if fitting else None


def columns_of_row(
    row: Row, indices: Sequence[str], words: Vocabulary, every: Known
) -> tuple[Column, ...]:
    """Return what the cells of one row mean, taken for a header as it stands."""
    columns = [c for header in _single(row, indices, every) for c in _understood(words, header)]
    return tuple(_of_other_people(words.rule, columns))


def _promising(
    rows: Sequence[Row], indices: Sequence[str], every: Known, most: int
) -> list[tuple[int, int, list[_Header]]]:
    """Return the rows and pairs of rows that may be a header: position, height, cells.

    Enough of the cells are headers: half as many as in the richest row, or half of the row.
    """
    counts = [
        0 if has_number(row) else sum(text is not None and every.has(text) for text in row)
        for row in rows
    ]
    half = (max(counts, default=0) + 1) // 2
    enough = [max(_FEWEST_HEADERS, min(half, (_width(row) + 1) // 2)) for row in rows]
    promising: list[tuple[int, int, list[_Header]]] = []
    for start, row in enumerate(rows[:most]):
        if counts[start] >= enough[start]:
            promising.append((start, 1, _single(row, indices, every)))
        if start + 1 == len(rows) or not counts[start + 1] or has_number(row):
            continue
        if any(counts[i] >= enough[i] for i in (start, start + 1)):
            promising.append((start, 2, _double(row, rows[start + 1], indices, every)))
    return promising


def _width(row: Row) -> int:
    return sum(text is not None for text in row)


def _merit(fit: Fit) -> tuple[int, int, int]:
    """Most fields found and least missed; of equals the single row, then the higher one."""
    return (fit.found - len(fit.missing), -fit.depth, -fit.start)


def _chosen(fitting: Sequence[Fit]) -> Fit:
    """Of the readings with all required fields that begin with the first of them, the best."""
    complete = [fit for fit in fitting if not fit.missing]
    if not complete:
        return max(fitting, key=_merit)
    end = min(fit.start + fit.depth for fit in complete)
    return max((fit for fit in complete if fit.start < end), key=_merit)


def _single(row: Sequence[str | None], indices: Sequence[str], every: Known) -> list[_Header]:
    return [
        _Header(index, text, _ways(plain(text), every))
        for index, text in zip(indices, row, strict=True)
        if text is not None
    ]


def _double(
    parents: Sequence[str | None],
    children: Sequence[str | None],
    indices: Sequence[str],
    every: Known,
) -> list[_Header]:
    headers: list[_Header] = []
    for index, parent, child in zip(indices, parents, children, strict=True):
        above, below = plain(parent or ""), plain(child or "")
        if child is None or above == below:
            if parent is not None:
                headers.append(_Header(index, parent, _ways(above, every)))
            continue
        ways: tuple[tuple[str, bool, float], ...] = ()
        short = without_notes(above, every.notes)
        if above:
            for text in dict.fromkeys((above + below, short + below)):
                ways += _ways(text, every)
        # under a title that spans the whole sheet, or a group of no meaning, the child stands alone
        ways += _ways(below, every, bare=bool(short))
        headers.append(_Header(index, (parent or "") + child, ways))
    return headers


def _ways(text: str, every: Known, *, bare: bool = False) -> tuple[tuple[str, bool, float], ...]:
    return tuple((way, bare, factor) for way, factor in every.ways(text))


def _fit(words: Vocabulary, start: int, depth: int, headers: Sequence[_Header]) -> Fit | None:
    """Read the headers as one list; None where it knows too few of them."""
    columns = [column for header in headers for column in _understood(words, header)]
    if len({(c.field, c.slot) for c in columns if c.field is not None}) < _FEWEST_HEADERS:
        return None
    columns = _of_other_people(words.rule, columns)
    columns = _one_parent_each(columns)
    household = words.rule.household_rows is not None and _is_household(columns)
    if not household:
        columns = [c if c.slot is None else c._replace(field=None, slot=None) for c in columns]
    return Fit(
        list_name=words.rule.name,
        start=start,
        depth=depth,
        columns=tuple(columns),
        missing=_missing(words.rule, columns, household),
        household=household,
    )


def _understood(words: Vocabulary, header: _Header) -> list[Column]:
    if not header.readings:
        return [Column(header.place, header.seen)]
    for text, bare, factor in header.readings:
        fields = [
            (field, rank)
            for field, rank in words.spellings.get(text, ())
            if factor == 1.0 or words.rule.fields[field].type in {"number", "integer"}
        ]
        if fields:
            return [
                Column(header.place, header.seen, field, None, rank, bare, factor=factor)
                for field, rank in fields
            ]
        for slot, number in numbered(text) if words.slots else ():
            if slot in words.slots:
                return [Column(header.place, header.seen, words.slots[slot], _number(number))]
    ignored = any(text in words.ignored for text, _, _ in header.readings)
    return [Column(header.place, header.seen, ignored=ignored)]


def _number(text: str) -> int:
    """Return the value of 12 or 十二."""
    if text.isascii():
        return int(text)
    tens, _, units = text.rpartition("十")
    if "十" not in text:
        return _NUMERALS.index(text[-1])
    return (_NUMERALS.index(tens) if tens else 1) * 10 + (_NUMERALS.index(units) if units else 0)


def _of_other_people(rule: ListRule, columns: list[Column]) -> list[Column]:
    """Give a plain 身份证号 behind another person's name to that person.

    服刑人员姓名 · 身份证号 · 子女姓名: the number is the parent's. Taking it for the child's would
    make the child an adult, and keep it off every sheet. 姓名 · 户主姓名 · 身份证号, with no other
    number, stays the person's own.
    """
    names = [c for c in columns if c.field == "name" and c.slot is None]
    if not names:
        return columns
    own = min(names, key=lambda c: (c.bare, c.rank, int(c.place)))
    taken = {c.field for c in columns}
    count = Counter(c.field for c in columns if c.slot is None)
    result: list[Column] = []
    other: str | None = None
    for column in columns:
        if column.field is not None and column.slot is None:
            if rule.fields[column.field].type == "name":
                other = None if column.field == "name" else column.field
            elif (
                other is not None
                and column.field in _OF_THE_PERSON
                and (int(own.place) > int(column.place) or count[column.field] > 1)
            ):
                theirs = other.removesuffix("_name") + "_id"
                known = column.field == "id_number" and theirs in rule.fields
                field = theirs if known and theirs not in taken else None
                column = column._replace(field=field, ignored=field is None)
        result.append(column)
    return result


def _one_parent_each(columns: list[Column]) -> list[Column]:
    """Of the columns that only their child header tells, keep one a field: others are others'."""
    kept: set[str | None] = {c.field for c in columns if not c.bare}
    result: list[Column] = []
    for column in columns:
        if column.bare and column.field is not None:
            if column.field in kept:
                column = column._replace(field=None)
            else:
                kept.add(column.field)
        result.append(column)
    return result


def _is_household(columns: Iterable[Column]) -> bool:
    fields = {c.field for c in columns if c.slot is None}
    members = any(c.slot is not None for c in columns)
    return members or ("head_name" in fields and "name" not in fields)


def _missing(rule: ListRule, columns: Sequence[Column], household: bool) -> tuple[str, ...]:
    fields = {c.field for c in columns}
    stand_in = {"id_number": {"certificate_no"}}
    if household:
        stand_in = {"name": {"head_name"}, "id_number": {"head_id", "certificate_no"}}
    return tuple(
        spec.label
        for field, spec in rule.fields.items()
        if spec.required and not ({field} | stand_in.get(field, set())) & fields
    )
