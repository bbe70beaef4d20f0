"""Which row of a sheet is its header, and which column is which field: for `match` and `link`.

Every header is looked up in the vocabularies of the lists (vocabulary.py): as it stands, without
the notes of `reading.header_notes` (必填 …), without its unit. A header of two rows is tried as
parent + child, and as the child alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from loubao.core.frames import Sheet
from loubao.ingest.sheets.column_owners import (
    is_household,
    number_field,
    of_other_people,
    of_the_cell,
    one_parent_each,
)
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.people_signs import has_number
from loubao.ingest.sheets.vocabulary import (
    CELL,
    Lexicon,
    Vocabulary,
    lexicon,
    numbered,
    numeral_value,
    without_notes,
)
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: What may stand in for a required field, in rows of persons and in rows of households.
_STAND_INS = {"id_number": {"certificate_no"}}
_HOUSEHOLD_STAND_INS = {"name": {"head_name"}, "id_number": {"head_id", "certificate_no"}}
_FEWEST_HEADERS = 2

Row: TypeAlias = Sequence[str | None]


class _Header(NamedTuple):
    """One header cell with every way to look it up, best first: (text, bare, factor)."""

    place: str
    seen: str
    ways: tuple[tuple[str, bool, float], ...]


class _Candidate(NamedTuple):
    """A row, or a pair of rows, that may be a header."""

    start: int
    depth: int
    headers: list[_Header]


# --- which row -----------------------------------------------------------------------------------


def fits(
    sheet: Sheet,
    vocabularies: Sequence[Vocabulary],
    reading: Reading,
    own: frozenset[str] = frozenset(),
) -> list[Fit]:
    """Return, for each list, the best reading of the sheet's header; none where no cell is one.

    The first row (or pair of rows) with all required fields is the header, for a sheet may hold
    several tables, one below another; where none has them, the one with most recognised fields.
    A row with somebody's number is never a header. Columns at the places `own` are the row's own
    person's, wherever they stand.
    """
    rows = sheet.first(reading.header_depth + 1)
    every = lexicon(vocabularies, reading)
    candidates = _candidates(rows, sheet.cells.columns[1:], every, reading.header_depth)
    every_list = (_fitting(candidates, words, own) for words in vocabularies)
    return [_chosen(fitting) for fitting in every_list if fitting]


def fit_within(
    rows: Sequence[Row], places: Sequence[str], words: Vocabulary, every: Lexicon
) -> Fit | None:
    """Return the header of one list that stands in a few rows below each other, if any does.

    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = vocabulary(rules.lists["children"], rules.reading)
    >>> every = lexicon([words], rules.reading)
    >>> places = ["0", "1", "2", "3"]
    >>> rows = [["子女名册", None, None, None], ["服刑人员", "服刑人员", "子女", "子女"]]
    >>> rows += [["姓名", "身份证号", "姓名", "性别"]]
    >>> fit = fit_within(rows, places, words, every)
    >>> fit.start, fit.depth, fit.fields
    (1, 2, ('parent_name', 'parent_id', 'name', 'sex'))
    >>> row = ["服刑人员姓名", "身份证号", "子女姓名", "子女身份证号"]
    >>> fit_within([row], places, words, every).fields  # the first number is the parent's
    ('parent_name', 'parent_id', 'name', 'id_number')
    >>> fit_within([["张三", "990101196003050119", "上浦", None]], places, words, every)
    """
    fitting = _fitting(_candidates(rows, places, every, len(rows)), words)
    return max(fitting, key=_merit, default=None)


def columns_of_row(
    row: Row, places: Sequence[str], words: Vocabulary, every: Lexicon
) -> tuple[Column, ...]:
    """Return what the cells of one row mean, taken for a header as it stands.

    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = vocabulary(rules.lists["medical"], rules.reading)
    >>> every = lexicon([words], rules.reading)
    >>> row = ["公民身份号码（必填）", "个人自付费用（万元）", "自付费", "备注"]
    >>> columns = columns_of_row(row, ["0", "1", "2", "3"], words, every)
    >>> [(column.field, column.factor) for column in columns]  # nothing is guessed
    [('id_number', 1.0), ('self_paid', 10000.0), (None, 1.0), (None, 1.0)]
    >>> [column.ignored for column in columns]
    [False, False, False, True]
    """
    headers = _single(row, places, every)
    columns = [column for header in headers for column in _columns_of(header, words)]
    return tuple(of_other_people(words.rule, columns))


def _candidates(
    rows: Sequence[Row], places: Sequence[str], every: Lexicon, most: int
) -> list[_Candidate]:
    """Return the first `most` rows, and pairs of rows, that may be a header.

    Enough of their cells are headers: half as many as in the richest row, or half of the row.
    """
    counts = [
        0 if has_number(row) else sum(text is not None and every.has(text) for text in row)
        for row in rows
    ]
    half = (max(counts, default=0) + 1) // 2
    widths = [sum(text is not None for text in row) for row in rows]
    enough = [max(_FEWEST_HEADERS, min(half, (width + 1) // 2)) for width in widths]
    candidates: list[_Candidate] = []
    for start, row in enumerate(rows[:most]):
        if counts[start] >= enough[start]:
            candidates.append(_Candidate(start, 1, _single(row, places, every)))
        if start + 1 == len(rows) or not counts[start + 1] or has_number(row):
            continue
        if any(counts[i] >= enough[i] for i in (start, start + 1)):
            pair = _double(row, rows[start + 1], places, every)
            candidates.append(_Candidate(start, 2, pair))
    return candidates


def _fitting(
    candidates: Iterable[_Candidate], words: Vocabulary, own: frozenset[str] = frozenset()
) -> list[Fit]:
    return [fit for each in candidates if (fit := _fit(each, words, own)) is not None]


def _chosen(fitting: Sequence[Fit]) -> Fit:
    """Of the readings with all required fields that begin with the first of them, the best."""
    complete = [fit for fit in fitting if not fit.missing]
    if not complete:
        return max(fitting, key=_merit)
    end = min(fit.start + fit.depth for fit in complete)
    return max((fit for fit in complete if fit.start < end), key=_merit)


def _merit(fit: Fit) -> tuple[int, int, int]:
    """Most fields found and least missed; of equals the single row, then the higher one."""
    return (fit.found - len(fit.missing), -fit.depth, -fit.start)


def _single(row: Row, places: Sequence[str], every: Lexicon) -> list[_Header]:
    return [
        _Header(place, text, _ways(every.compared(text), every))
        for place, text in zip(places, row, strict=True)
        if text is not None
    ]


def _double(parents: Row, children: Row, places: Sequence[str], every: Lexicon) -> list[_Header]:
    headers: list[_Header] = []
    over = ""  # the last parent: it may stand over several children without being merged
    for place, parent, child in zip(places, parents, children, strict=True):
        above, below = every.compared(parent or ""), every.compared(child or "")
        over = (above if child is not None else "") if parent is not None else over
        if child is None or above == below:
            if parent is not None:
                headers.append(_Header(place, parent, _ways(above, every)))
            continue
        ways: tuple[tuple[str, bool, float], ...] = ()
        short = without_notes(above, every.notes)
        for group in dict.fromkeys((above, short) if above else (over,)):
            ways += _ways(group + below, every) if group else ()
        # under a title that spans the whole sheet, or a group of no meaning, the child stands alone
        ways += _ways(below, every, bare=bool(short))
        headers.append(_Header(place, (parent or "") + child, ways))
    return headers


def _ways(text: str, every: Lexicon, *, bare: bool = False) -> tuple[tuple[str, bool, float], ...]:
    return tuple((way, bare, factor) for way, factor in every.ways(text))


# --- which column --------------------------------------------------------------------------------


def _fit(candidate: _Candidate, words: Vocabulary, own: frozenset[str]) -> Fit | None:
    """Read the headers as one list; None where it has too few of them."""
    columns = [column for header in candidate.headers for column in _columns_of(header, words)]
    if len({(c.field, c.slot) for c in columns if c.field is not None}) < _FEWEST_HEADERS:
        return None
    columns = of_the_cell(words, one_parent_each(of_other_people(words.rule, columns, own)))
    household = words.rule.household_rows is not None and is_household(columns)
    if not household:
        columns = [c if c.slot is None else c._replace(field=None, slot=None) for c in columns]
    return Fit(
        list_name=words.rule.name,
        start=candidate.start,
        depth=candidate.depth,
        columns=tuple(columns),
        missing=_missing(words.rule, columns, household),
        household=household,
    )


def _columns_of(header: _Header, words: Vocabulary) -> list[Column]:
    """Return what a list takes a header for: nearly always one column, at least one."""
    column = Column(header.place, header.seen)
    for text, bare, factor in header.ways:
        fields = [
            column._replace(field=field, rank=rank, bare=bare, factor=factor)
            for field, rank in words.spellings.get(text, ())
            if factor == 1.0 or words.rule.fields[field].type in {"number", "integer"}
        ]
        if fields:
            return fields
        for slot, numeral in numbered(text) if words.slots else ():
            if slot in words.slots:
                return [column._replace(field=words.slots[slot], slot=numeral_value(numeral))]
        if text in words.cells:
            return [column._replace(field="name", slot=CELL)]
        name = words.name_and_number(text)
        if name is not None:
            of_name = _columns_of(header._replace(ways=((name, bare, factor),)), words)
            numbers = [c._replace(field=number_field(c.field)) for c in of_name]
            return [*of_name, *(c for c in numbers if c.field in words.rule.fields)]
    return [column._replace(ignored=any(text in words.ignored for text, _, _ in header.ways))]


def _missing(rule: ListRule, columns: Sequence[Column], household: bool) -> tuple[str, ...]:
    fields = {c.field for c in columns}
    stand_ins = _HOUSEHOLD_STAND_INS if household else _STAND_INS
    return tuple(
        spec.label
        for field, spec in rule.fields.items()
        if spec.required and not ({field} | stand_ins.get(field, set())) & fields
    )
