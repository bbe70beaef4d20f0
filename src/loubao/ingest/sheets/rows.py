"""The rows below a header: which are people, which are header again, title, total or footer.

A row that is not a person is recognised by the words of `rules/reading.yaml`, and only where it has
no ID number: a person is never taken for one. Rows behind a footer are still read. A row of people
gives one raw row a person, also where it is a whole household.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import polars as pl

from loubao.core.characters import BLANK, UNSEEN
from loubao.core.frames import Sheet
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.families import filled_down
from loubao.ingest.sheets.fit import Column, Fit, preference
from loubao.ingest.sheets.unpacking import counted, household_fit, unpacked
from loubao.ingest.sheets.vocabulary import MEMBER_PARTS, any_of, plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Fields by any of which a row is about somebody.
_IDENTITY = frozenset({"name", "id_number", "certificate_no", "birth_date"})
_HEAD_IDENTITY = _IDENTITY | {"head_name", "head_id"}
#: Fields of a household row that are of its head alone; the others are the household's.
_OF_THE_HEAD = frozenset({"name", "id_number", "sex", "birth_date", "relation", "certificate_no"})
#: Kinds of rows behind which no household goes on.
_ENDS = ("total", "title", "footer")
_TOTAL_WITHIN = 5  # columns from the left in one of which the word of a total stands
_NUMBER = r"[0-9*＊xX×０-９]{8,}"
_DATE = r"(19|20)[0-9]{2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}"
_BLANKS = re.compile(f"[*:：{BLANK}{UNSEEN}]+")
_NOTHING_SEEN = f"^[{BLANK}{UNSEEN}]+$"
_REPEATED_LEAST = 2  # cells that are as in the header

#: The cells of a row, from the first column.
Cells: TypeAlias = Sequence[str | None]


@dataclass(frozen=True)
class Extract:
    """The people of one sheet, still as text.

    `rows`: row u32, slot u32 (0: the row's own person or the head), member u32, row_people u32
    (null in person rows), all_named Boolean (the row names its people in one cell, and no column
    counts those who are protected), then one String column `raw:<field>` for each field found.
    `kinds`: kind → row numbers, in order, of the rows below the header that are no record.
    `headers`: (field, slot) → as seen. `household`: a row is a household. `unpaired`: rows in which
    it is not known whose a number is.
    """

    rows: pl.DataFrame
    kinds: Mapping[str, tuple[int, ...]]
    headers: Mapping[tuple[str, int], str]
    household: bool = False
    unpaired: tuple[int, ...] = ()


def extract(
    sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading, subheadings: Collection[int] = ()
) -> Extract:
    """Return the people of `sheet` as `fit` understands it; the rows `subheadings` are titles.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.header import fits
    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> rule, reading = rules.lists["dibao"], rules.reading
    >>> cells = {
    ...     "row": [1, 2],
    ...     "0": ["户主姓名", "张三"],
    ...     "1": ["户主身份证号", "990101196003050119"],
    ...     "2": ["家庭成员1姓名", "李四"],
    ...     "3": ["家庭成员2姓名", "无"],
    ... }
    >>> sheet = Sheet("低保.xls", "", pl.DataFrame(cells), 0, (), empty(ISSUES))
    >>> (fit,) = fits(sheet, [vocabulary(rule, reading)], reading)
    >>> people = extract(sheet, fit, rule, reading).rows
    >>> people.select("row", "member", raw("name"), raw("head_name"), "row_people").rows()
    [(2, 0, '张三', '张三', 2), (2, 1, '李四', '张三', 2)]
    """
    kinds = row_kinds(sheet, fit, rule, reading)
    somebody = {kind: rows for kind, rows in kinds.items() if kind != "without_person"}
    of_households = household_fit(people_rows(sheet, fit, somebody), fit, rule, reading)
    if of_households is not fit:  # a row with no more than the head is one of people then
        fit, kinds = of_households, row_kinds(sheet, of_households, rule, reading)
    if subheadings:
        kinds = {
            kind: tuple(r for r in rows if r not in subheadings) for kind, rows in kinds.items()
        }
        kinds["title"] = tuple(sorted({*kinds.get("title", ()), *subheadings}))
    people = people_rows(sheet, fit, kinds)
    layout = _household_rows if fit.household else _person_rows
    breaks = [row for kind in _ENDS for row in kinds.get(kind, ())]
    persons = filled_down(layout(people, fit, rule, reading), people, breaks, fit, reading)
    found = unpacked(persons, rule, reading)
    rows = counted(found, fit, reading)
    return Extract(rows, kinds, _headers(fit), fit.household, found.unpaired)


def people_rows(sheet: Sheet, fit: Fit, kinds: Mapping[str, Sequence[int]]) -> pl.DataFrame:
    """Return the cells of the rows below the header that are of no kind."""
    body = sheet.cells.slice(fit.start + fit.depth)
    others = [row for rows in kinds.values() for row in rows]
    return body.filter(~pl.col("row").is_in(others)) if others else body


# --- kinds of rows -------------------------------------------------------------------------------


def row_kinds(
    sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading
) -> dict[str, tuple[int, ...]]:
    """Return kind → numbers of the rows below the header that are not about a person.

    The kinds, the first that fits: `header` (again, further down), `total`, `footer`, `title`,
    `without_person` (neither name nor number, or one text merged over both).

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> columns = {
    ...     "row": range(1, 9),
    ...     "0": ["村", "上浦", "上浦", "合 计", "村", "以上为洛阳镇", "低保花名册", "制表人："],
    ...     "1": ["姓名", "张三", "/", "2人", "姓　名", "以上为洛阳镇", "低保花名册", None],
    ...     "2": ["证号", None, "无", None, "证号：", "以上为洛阳镇", "低保花名册", None],
    ... }
    >>> cells = pl.DataFrame(columns, {"row": pl.UInt32, "0": None, "1": None, "2": None})
    >>> sheet = Sheet("低保.csv", "", cells, 0, (), empty(ISSUES))
    >>> seen = (Column("0", "村", "village"), Column("1", "姓名", "name"))
    >>> fit = Fit("dibao", 0, 1, (*seen, Column("2", "证号", "id_number")))
    >>> row_kinds(sheet, fit, rules.lists["dibao"], rules.reading)
    {'without_person': (3, 6), 'total': (4,), 'header': (5,), 'title': (7,), 'footer': (8,)}
    """
    rows = without_number(sheet.cells.slice(fit.start + fit.depth), fit, rule)
    kind_of = _kind_of(sheet, fit, reading)
    kinds: dict[str, list[int]] = {}
    for row, *cells in rows.iter_rows():
        kind = kind_of(cells)
        if kind is not None:
            kinds.setdefault(kind, []).append(row)
    return {kind: tuple(found) for kind, found in kinds.items()}


def _kind_of(sheet: Sheet, fit: Fit, reading: Reading) -> Callable[[Cells], str | None]:
    """Return what says the kind of a row from its cells; None: it is about a person."""
    at = {place: position for position, place in enumerate(sheet.cells.columns[1:])}
    names = [at[c.place] for c in fit.columns_of("name") or fit.columns_of("head_name")][:1]
    numbers = [at[c.place] for c in fit.columns_of("id_number") or fit.columns_of("head_id")][:1]
    early = list(dict.fromkeys([*list(at.values())[:_TOTAL_WITHIN], *names]))
    identity = [at[c.place] for c in _identity(fit)]
    is_total, is_footer, is_title = (
        _finder(patterns) for patterns in (reading.totals, reading.footers, reading.titles)
    )
    is_header = header_again(sheet, fit)
    blanks = {None, *reading.placeholders}

    def kind_of(cells: Cells) -> str | None:
        first = next((cell for cell in cells if cell is not None), None)
        if is_header(cells):
            return "header"
        if any(is_total(cells[position]) for position in early):
            return "total"
        if is_footer(first):
            return "footer"
        if is_title(first) and all(cell is None or cell == first for cell in cells):
            return "title"
        merged = any(
            cells[name] is not None and cells[name] == cells[number]
            for name, number in zip(names, numbers, strict=False)
            if name != number  # else one column holds both
        )
        nobody = all((cells[p] or "").strip() in blanks for p in identity)
        return "without_person" if merged or nobody else None

    return kind_of


def without_number(body: pl.DataFrame, fit: Fit, rule: ListRule) -> pl.DataFrame:
    """Return the rows of `body` that have nothing like an ID number where the header has one.

    A date is none, whatever digits it has.
    """
    of_people = {field for field, spec in rule.fields.items() if spec.type == "id_number"}
    of_people.add("id_number")
    numbers = [pl.col(c.place) for c in _identity(fit) if c.field in of_people]
    if not numbers:
        return body
    has_id = pl.any_horizontal(
        *[
            number.str.replace_all(r"[\s\-]", "").str.contains(_NUMBER)
            & ~number.str.contains(_DATE)
            for number in numbers
        ]
    ).fill_null(False)
    return body.filter(~has_id)


def header_again(sheet: Sheet, fit: Fit) -> Callable[[Cells], bool]:
    """Return whether a row is the header once more: most of its cells, and two at least."""
    header = sheet.cells.slice(fit.start, fit.depth)
    texts: dict[int, set[str]] = {}
    for column in fit.columns:
        seen = [*header[column.place].to_list(), column.header]
        texts[int(column.place)] = {plain(text) for text in seen if text}

    def again(cells: Cells) -> bool:
        filled = [(cells[place], same) for place, same in texts.items() if cells[place] is not None]
        hits = sum(_BLANKS.sub("", cell or "") in same for cell, same in filled)
        return hits >= _REPEATED_LEAST and hits * 2 > len(filled)

    return again


def _finder(patterns: tuple[str, ...]) -> Callable[[str | None], bool]:
    """Return whether a pattern is found in a text, after NFKC and without white space.

    >>> is_total = _finder(("^合计$", "^小计$"))
    >>> [is_total(text) for text in ("合 计", "张三", None)]
    [True, False, False]
    """
    pattern = any_of(patterns)

    @lru_cache(maxsize=1_000)
    def found(text: str | None) -> bool:
        short = "".join(unicodedata.normalize("NFKC", text or "").split())
        return text is not None and pattern.search(short) is not None

    return found


def _identity(fit: Fit) -> list[Column]:
    return [c for c in fit.columns if c.field in (_HEAD_IDENTITY if fit.household else _IDENTITY)]


# --- people of a row -----------------------------------------------------------------------------


def spare_columns(fit: Fit) -> list[tuple[Column, Column]]:
    """Return (second column, preferred column) where a field has more than one."""
    keys = dict.fromkeys((c.field, c.slot) for c in fit.columns if c.field is not None)
    spare: list[tuple[Column, Column]] = []
    for field, slot in keys:
        first, *others = fit.columns_of(str(field), slot)
        spare += [(other, first) for other in others]
    return spare


def fills(other: Column, first: Column) -> bool:
    """Return whether a second column of a field fills blanks of the first.

    A column under the same header does not: it may be another person's.

    >>> fills(Column("5", "证件号码"), Column("2", "身份证号"))
    True
    >>> fills(Column("5", "身份证号"), Column("2", "身份证 号"))
    False
    """
    return plain(other.header) != plain(first.header)


def _field(fit: Fit, reading: Reading, field: str, slot: int | None) -> pl.Expr | None:
    """The field as found; blanks of the preferred column filled from the next."""
    columns = fit.columns_of(field, slot)
    if not columns:
        return None
    first, *others = columns
    cell = pl.col(first.place)
    more = [pl.col(c.place) for c in others if fills(c, first)]
    if not more:
        return cell
    filled = [blank_as_null(each, reading.placeholders) for each in (cell, *more)]
    return pl.coalesce(*filled, cell)


def _fields(
    fit: Fit, fields: Iterable[str], reading: Reading, slot: int | None = None
) -> dict[str, pl.Expr]:
    """Return field → cell, of the fields that the sheet has; `slot`: those of a member."""
    cells = {field: _field(fit, reading, field, slot) for field in fields}
    return {field: cell for field, cell in cells.items() if cell is not None}


def _person(people: pl.DataFrame, slot: int, cells: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """One person of each row: row, slot, `raw:<field>`."""
    return people.select(
        "row",
        slot=pl.lit(slot, pl.UInt32),
        **{raw(field): cell for field, cell in cells.items()},
    )


def _person_rows(people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading) -> pl.DataFrame:
    return _person(people, 0, _fields(fit, rule.fields, reading))


def _household_rows(
    people: pl.DataFrame, fit: Fit, rule: ListRule, reading: Reading
) -> pl.DataFrame:
    """The head first, then the members by number.

    Each member has the household's fields; those of the head alone are the head's.
    """
    found = _fields(fit, rule.fields, reading)
    nothing = pl.lit(None, pl.String)
    head_name = found.get("head_name", found.get("name", nothing))
    head_id = found.get("head_id", found.get("id_number", nothing))
    household = {field: cell for field, cell in found.items() if field not in _OF_THE_HEAD}
    household |= {"head_name": head_name, "head_id": head_id}
    head = found | household | {"name": head_name, "id_number": head_id}
    persons = [_person(people, 0, head)]
    for slot in sorted({c.slot for c in fit.columns if c.slot is not None}):
        member = _fields(fit, MEMBER_PARTS, reading, slot)
        blank = {"name": nothing, "id_number": nothing}
        persons.append(_person(people, slot + 1, household | blank | member))
    return pl.concat(persons, how="diagonal")


def _headers(fit: Fit) -> dict[tuple[str, int], str]:
    """Return the header as seen of each field, and of each member's columns (slot from 1)."""
    headers: dict[tuple[str, int], str] = {}
    for column in sorted(fit.columns, key=preference, reverse=True):
        if column.field is not None:
            slot = 0 if column.slot is None else column.slot + 1
            headers[column.field, slot] = column.header
    if fit.household:
        for own, head in (("name", "head_name"), ("id_number", "head_id")):
            if (head, 0) in headers:
                headers[own, 0] = headers[head, 0]
    return headers
