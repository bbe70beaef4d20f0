"""Which column of any table is which field: by its headers, or as the command line names them.

Headers are those of fields.yaml and linking.yaml, and where these know no name or no number, of
the lists. Latin ones are compared without case, spaces,
underscores, hyphens and dots: `Given Name` is `given_name`. A field whose header is missing may
stand in parts (`given_name`, `surname`); a disability certificate stands in for the ID number, and
where a table has neither name nor number of its own, its household heads are its people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.sheets.header import Column, Fit, columns_of_row, fits
from loubao.ingest.sheets.vocabulary import Known, Vocabulary, known, plain, vocabulary
from loubao.rules.linking import LINK_FIELDS, LinkRules, part_name

#: field → the headers whose texts make it; none: the field is not to be used
Named = Mapping[str, tuple[str, ...]]

_LOOSE = re.compile(r"[\s_.\-]+")
_STAND_INS = (("name", "head_name"), ("id_number", "head_id"))


class HeaderMissing(Exception):
    """A header that was asked for by name is not there; `seen` are those that are."""

    def __init__(self, header: str, seen: Sequence[str]) -> None:
        super().__init__()
        self.header = header
        self.seen = tuple(seen)


@dataclass(frozen=True)
class Plan:
    """The columns of a table: field → places, put together with a space; place → header as seen."""

    fields: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]

    @property
    def identifies(self) -> bool:
        """Whether a row of the table can be anybody at all."""
        return "name" in self.fields or "id_number" in self.fields

    @property
    def is_whole(self) -> bool:
        """Whether both a name and a number are known."""
        return "name" in self.fields and "id_number" in self.fields

    @property
    def places(self) -> list[str]:
        """The places that are read, each once."""
        return list(dict.fromkeys(place for places in self.fields.values() for place in places))

    @property
    def unused(self) -> list[str]:
        """The headers that stand for no field."""
        return [header for place, header in self.headers.items() if place not in self.places]


@dataclass(frozen=True)
class Body:
    """One sheet as a table: its plan, and where its header stands."""

    plan: Plan
    fit: Fit


def plan_of(headers: Mapping[str, str], named: Named, rules: LinkRules) -> Plan:
    """Return what the columns mean whose headers stand in one row; places are numerals.

    Raises `HeaderMissing` for a header in `named` that is not there.
    """
    row = [loose(header) for header in headers.values()]

    def plan(rules: LinkRules) -> Plan:
        return _plan(columns_of_row(row, list(headers), *_words(rules)), headers, named)

    known = plan(rules)
    return known if known.is_whole else plan(rules.with_lists)


def body_of(sheet: Sheet, named: Named, rules: LinkRules) -> Body | None:
    """Return the plan of a sheet and its header's place; None where no row is a header.

    With `named`, the header is the first row that has all the headers named. Raises
    `HeaderMissing` where none has, with the headers of the row that comes nearest.
    """
    body = _body_of(sheet, named, rules)
    if body is not None and body.plan.is_whole:
        return body
    return _body_of(sheet, named, rules.with_lists)


def _body_of(sheet: Sheet, named: Named, rules: LinkRules) -> Body | None:
    depth = rules.reading.header_depth
    head = _loosened(sheet, depth + 1)
    words, every = _words(rules)
    rows = [row for _, *row in sheet.cells.head(depth).iter_rows()]
    places = sheet.cells.columns[1:]
    if wanted := {header for headers in named.values() for header in headers}:
        start = _row_with(rows, wanted)
        if start is None:
            found = fits(head, [words], rules.reading)
            nearest = rows[found[0].start] if found else max(rows, key=_filled)
            seen = [text for text in nearest if text is not None]
            missing = sorted(h for h in wanted if loose(h) not in {loose(text) for text in seen})
            raise HeaderMissing("、".join(missing or sorted(wanted)), seen)
        return _body(head, sheet, start, 1, None, named, rules)
    for fit in fits(head, [words], rules.reading):
        body = _body(head, sheet, fit.start, fit.depth, fit.columns, named, rules)
        if body.plan.identifies:
            return body
    for start, row in enumerate(rows):  # one column that is a header is enough
        cells = [None if text is None else loose(text) for text in row]
        columns = columns_of_row(cells, places, words, every)
        if any(column.field is not None for column in columns):
            body = _body(head, sheet, start, 1, columns, named, rules)
            if body.plan.identifies:
                return body
    return None


def loose(header: str) -> str:
    """Return a header as it is compared.

    >>> loose("Given_Name"), loose("SOC SEC-ID"), loose("身份证 号码")
    ('givenname', 'socsecid', '身份证号码')
    """
    text = plain(header)
    return _LOOSE.sub("", text).lower() if text.isascii() else text


def _words(rules: LinkRules) -> tuple[Vocabulary, Known]:
    words = vocabulary(rules.table, rules.reading)
    spellings: dict[str, tuple[tuple[str, int], ...]] = {}
    for text, fields in words.spellings.items():
        spellings[loose(text)] = fields  # `id` of linking.yaml, tried last, before ID
    words = replace(words, spellings=spellings)
    return words, known([words], rules.reading)


def _loosened(sheet: Sheet, rows: int) -> Sheet:
    """The upper rows of a sheet, their Latin texts as headers are compared."""
    head = sheet.cells.head(rows)
    texts = {text for column in head.columns[1:] for text in head[column] if text is not None}
    changed = {text: loose(text) for text in texts if text.isascii()}
    if not changed:
        return replace(sheet, cells=head)
    return replace(sheet, cells=head.with_columns(pl.exclude("row").replace(changed)))


def _filled(row: Sequence[str | None]) -> int:
    return sum(text is not None for text in row)


def _row_with(rows: Sequence[Sequence[str | None]], wanted: set[str]) -> int | None:
    texts = {loose(header) for header in wanted}
    for start, row in enumerate(rows):
        if texts <= {loose(text) for text in row if text is not None}:
            return start
    return None


def _body(
    head: Sheet,
    sheet: Sheet,
    start: int,
    depth: int,
    columns: Sequence[Column] | None,
    named: Named,
    rules: LinkRules,
) -> Body:
    rows = sheet.cells.slice(start, depth)
    headers = {
        place: "".join(dict.fromkeys(text for text in rows[place] if text is not None))
        for place in sheet.cells.columns[1:]
    }
    headers = {place: header for place, header in headers.items() if header}
    if columns is None:
        words, every = _words(rules)
        row = [head.cells[place][start] for place in headers]
        columns = columns_of_row(row, list(headers), words, every)
    plan = _plan(columns, headers, named)
    own = tuple(
        Column(place, headers[place], field)
        for field, places in plan.fields.items()
        for place in places
    )
    return Body(plan, Fit(rules.table.name, start, depth, own, (), False))


def _plan(columns: Sequence[Column], headers: Mapping[str, str], named: Named) -> Plan:
    given = {field: _places(headers, texts) for field, texts in named.items()}
    taken = {place for places in given.values() for place in places}
    best: dict[str, str] = {}
    for column in sorted(columns, key=lambda c: (c.bare, c.rank, int(c.place)), reverse=True):
        if column.field is not None and column.slot is None and column.place not in taken:
            best[column.field] = column.place
    fields: dict[str, tuple[str, ...]] = {}
    for field in LINK_FIELDS:
        if field in given:
            fields[field] = given[field]
        elif field in best:
            fields[field] = (best[field],)
        else:
            fields[field] = _parts(field, best)
    if not fields["id_number"] and "id_number" not in given and "certificate_no" in best:
        fields["id_number"] = (best["certificate_no"],)
    if not fields["name"] and not fields["id_number"] and not {"name", "id_number"} & set(given):
        for own, head in _STAND_INS:
            fields[own], fields[head] = fields[head], ()
    return Plan({field: places for field, places in fields.items() if places}, headers)


def _parts(field: str, best: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that make a field together, in the order of linking.yaml."""
    prefix = part_name(field, 0).removesuffix("0")
    numbers = sorted(int(name.removeprefix(prefix)) for name in best if name.startswith(prefix))
    return tuple(best[part_name(field, number)] for number in numbers)


def _places(headers: Mapping[str, str], texts: Sequence[str]) -> tuple[str, ...]:
    """The places of headers by their texts: as they stand, else as headers are compared."""
    backwards = list(headers.items())[::-1]  # of equal headers the first is taken
    exact = {header: place for place, header in backwards}
    near = {loose(header): place for place, header in backwards}
    places: list[str] = []
    for text in texts:
        place = exact.get(text) or near.get(loose(text))
        if place is None:
            raise HeaderMissing(text, list(headers.values()))
        places.append(place)
    return tuple(places)
