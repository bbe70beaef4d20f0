"""What each row below a header is: about a person, or header again, title, total or footer.

A row that is not about a person is recognised by the words of `rules/reading.yaml`, and only where
nothing in it could be one: no ID number, no name in the column of names. A row that has such words
and somebody's name is that person; where it cannot be told, it is left out. Both are doubts, which
become issues of the row. Rows behind a footer are still read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import polars as pl

from loubao.core.characters import folded
from loubao.core.frames import Sheet
from loubao.ingest.fields.name_parts import read
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import any_of, plain
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

#: Fields by any of which a row is about somebody.
_IDENTITY = frozenset({"name", "id_number", "certificate_no", "birth_date"})
_HEAD_IDENTITY = _IDENTITY | {"head_name", "head_id"}
_NAMES = ("name", "head_name")
_TOTAL_WITHIN = 5  # columns from the left in one of which the word of a total stands
_NUMBER = r"[0-9*＊xX×０-９]{8,}"
_DATE = r"(19|20)[0-9]{2}[-./年][0-9]{1,2}[-./月][0-9]{1,2}"
_DAY = re.compile(_DATE)
_COUNT = re.compile(r"[-+¥￥]?[0-9][0-9,]{0,8}(?:\.[0-9]+)?[^\W\d_]{0,2}$")
_DIGIT = re.compile("[0-9]")
_LETTER = re.compile(r"[^\W\d_]")
#: How a cell that fits its column begins, by the type of the field; of any other type by a letter.
_SHAPES = {"date": _DAY, "number": _COUNT, "integer": _COUNT}
_REPEATED_LEAST = 2  # cells that are as in the header
_MOST_EXAMPLES = 5  # rows of a sheet that show how to fill it in; more are something else
_FEWEST_NUMBERED = 3  # columns that a row numbers

#: The cells of a row, from the first column.
Cells: TypeAlias = Sequence[str | None]


class Doubt(NamedTuple):
    """A row with the words of a `kind` and with what may be a person's name.

    `person`: it was taken for a person; else it was left out.
    """

    row: int
    kind: str
    person: bool


def row_kinds(
    sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading
) -> tuple[dict[str, tuple[int, ...]], tuple[Doubt, ...]]:
    """Return kind → numbers of the rows below the header that are not about a person, and doubts.

    The kinds, the first that fits: `header` (again, further down), `total`, `footer`, `title`,
    `without_person` (neither name nor number, or one text merged over both). A row that shows how
    to fill in the form is a title in doubt, whatever it says.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> columns = {
    ...     "row": range(1, 10),
    ...     "0": ["村", "上浦", "上浦", "合 计", "村", "以上为洛阳镇", "花名册", "制表：", "共3人"],
    ...     "1": ["姓名", "张三", "/", "2人", "姓　名", "以上为洛阳镇", "花名册", None, "李四"],
    ...     "2": ["证号", None, "无", None, "证号：", "以上为洛阳镇", "花名册", None, None],
    ... }
    >>> cells = pl.DataFrame(columns, {"row": pl.UInt32, "0": None, "1": None, "2": None})
    >>> sheet = Sheet("低保.csv", "", cells, 0, (), empty(ISSUES))
    >>> seen = (Column("0", "村", "village"), Column("1", "姓名", "name"))
    >>> fit = Fit("dibao", 0, 1, (*seen, Column("2", "证号", "id_number")))
    >>> kinds, doubts = row_kinds(sheet, fit, rules.lists["dibao"], rules.reading)
    >>> kinds
    {'without_person': (3, 6), 'total': (4,), 'header': (5,), 'title': (7,), 'footer': (8,)}
    >>> doubts
    (Doubt(row=9, kind='total', person=True),)
    """
    body = sheet.cells.slice(fit.start + fit.depth)
    shown = _examples(body, fit, reading)
    rows = without_number(body, fit, rule)
    seen = _Seen.of(sheet, fit, rule, reading)
    kinds: dict[str, list[int]] = {"title": [*shown]} if shown else {}
    doubts = [Doubt(row, "example", False) for row in shown]

    @lru_cache(maxsize=1_000)  # blank forms, repeated rows
    def asked(*cells: str | None) -> tuple[str | None, bool | None]:
        kind = seen.kind(cells)
        return kind, None if kind is None else seen.person(cells, kind)

    for row, *cells in rows.iter_rows():
        kind, person = (None, None) if row in shown else asked(*cells)
        if kind is None:
            continue
        if person is not False:
            doubts.append(Doubt(row, kind, bool(person)))
        if not person:
            kinds.setdefault(kind, []).append(row)
    return {kind: tuple(sorted(found)) for kind, found in kinds.items()}, tuple(sorted(doubts))


def _examples(body: pl.DataFrame, fit: Fit, reading: Reading) -> list[int]:
    """Return the numbers of the rows that show how to fill in the form; few are, or none is.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.reading import load_reading
    >>> cells = {"row": range(2, 7), "0": ["例", "2", "3", "示例：", "5"]}
    >>> cells["1"] = ["张三", "李四（样例）", "例如", "王五", "赵例"]
    >>> cells["2"] = [None, None, None, None, "以此为例"]
    >>> fit = Fit("dibao", 0, 1, (Column("1", "姓名", "name"),))
    >>> _examples(pl.DataFrame(cells), fit, load_reading(shipped_rules() / "reading.yaml"))
    [2, 3, 4, 5]
    """
    patterns = (*reading.examples, *reading.example_names)
    if not patterns or body.is_empty():
        return []
    cells = pl.concat_str(pl.exclude("row"), separator="\n", ignore_nulls=True)
    may_be = body.filter(
        cells.str.replace_all(r"[ \t　]", "").str.contains(f"(?m){'|'.join(patterns)}")
    )
    anywhere, named = _finder(reading.examples), _finder(reading.example_names)
    names = [c.place for c in fit.columns if c.field in _NAMES and c.slot is None]
    found: list[int] = []
    for row in may_be.iter_rows(named=True):
        number = row.pop("row")
        first = next((cell for cell in row.values() if cell is not None), None)
        if (
            any(map(anywhere, row.values()))
            or any(named(row.get(p)) for p in names)
            or named(first)
        ):
            found.append(number)
    return found if len(found) <= _MOST_EXAMPLES else []


@dataclass(frozen=True)
class _Seen:
    """What says the kind of a row from its cells.

    `names`, `number`, `identity`, `early`: positions of the columns of names, of the number, of all
    by which a row is about somebody, and of those in which the word of a total may stand.
    `headers`: the headers of names. `others`: positions of the other fields, and their types.
    """

    names: Sequence[int]
    number: int | None
    identity: Sequence[int]
    early: Sequence[int]
    headers: frozenset[str]
    others: Mapping[int, str]
    blanks: frozenset[str | None]
    is_header: Callable[[Cells], bool]
    total_of: re.Pattern[str]
    everybody: Callable[[], frozenset[str]]
    is_total: Callable[[str | None], bool]
    is_footer: Callable[[str | None], bool]
    is_title: Callable[[str | None], bool]
    is_count: Callable[[str | None], bool]

    @classmethod
    def of(cls, sheet: Sheet, fit: Fit, rule: ListRule, reading: Reading) -> _Seen:
        """Return what the columns of a sheet say, and the words of the rules."""
        at = {place: position for position, place in enumerate(sheet.cells.columns[1:])}
        own = fit.columns_of("name") or fit.columns_of("head_name")
        numbers = fit.columns_of("id_number") or fit.columns_of("head_id")
        names = [at[c.place] for c in [*own, *(c for c in fit.columns if c.field in _NAMES)]]
        words = (reading.totals, reading.footers, reading.titles, reading.counts)
        return cls(
            list(dict.fromkeys(names)),
            at[numbers[0].place] if numbers else None,
            [at[c.place] for c in _identity(fit)],
            list(dict.fromkeys([*list(at.values())[:_TOTAL_WITHIN], *names[:1]])),
            frozenset(plain(c.header) for c in fit.columns if c.field in _NAMES),
            {
                at[c.place]: rule.fields[c.field].type
                for c in fit.columns
                if c.field in rule.fields and c.field not in _HEAD_IDENTITY
            },
            frozenset({None, *reading.placeholders}),
            header_again(sheet, fit),
            re.compile(reading.person_totals),
            lru_cache(maxsize=1)(lambda: _texts(sheet, [c.place for c in own[:1]])),
            *map(_finder, words),
        )

    def kind(self, cells: Cells) -> str | None:
        """Return what the words of a row are those of; None: it is about a person."""
        first = next((cell for cell in cells if cell is not None), None)
        if self.is_header(cells) or _numbers_columns(cells):
            return "header"
        if any(self.is_total(cells[position]) for position in self.early) or self.of_one(cells):
            return "total"
        if self.is_footer(first):
            return "footer"
        if self.is_title(first) and all(cell is None or cell == first for cell in cells):
            return "title"
        merged = self.number not in (None, *self.names[:1]) and any(
            cells[name] is not None and cells[name] == cells[self.number or 0]
            for name in self.names[:1]
        )
        nobody = all((cells[p] or "").strip() in self.blanks for p in self.identity)
        return "without_person" if merged or nobody else None

    def of_one(self, cells: Cells) -> bool:
        """Return whether a row is the total of a person whose name the sheet has, too."""
        found = (self.total_of.search(_half_width(cells[place])) for place in self.names[:1])
        return any(total is not None and total[1] in self.everybody() for total in found)

    def person(self, cells: Cells, kind: str) -> bool | None:
        """Return whether a row with the words of a kind is about a person; None: it may be.

        One text merged over the whole row is nobody's name. What stands behind a label (制表人：)
        may be one, and is where the row says something of a person besides.
        """
        filled = [cell for cell in cells if cell is not None]
        if (len(filled) > 1 and len(set(filled)) == 1) or (kind == "total" and self.of_one(cells)):
            return False
        if kind == "title":  # the one text of a title may stand in the first column
            return (
                None if any(place and cells[place] is not None for place in self.names) else False
            )
        found = [self._named(cells, place, kind) for place in self.names]
        others = (p for p in self.identity if p not in (*self.names, self.number))
        if kind == "total":  # a birth date, say
            found += [None for p in others if cells[p] is not None and not self._is_word(cells[p])]
        return True if True in found else None if None in found else False

    def _named(self, cells: Cells, place: int, kind: str) -> bool | None:
        """Whether a cell is a name; None: it may be one, or hold one."""
        cell = cells[place]
        if cell is None or cell.strip() in self.blanks or not _LETTER.search(cell):
            return False
        if self._is_word(cell) or any(text in plain(cell) for text in self.headers):
            return False
        read_as = read(cell).kind
        if read_as is None:
            return False
        before = next((each for each in reversed(cells[:place]) if each is not None), None)
        labelled = kind == "footer" and self._is_label(before) and not self._says_more(cells)
        return None if labelled or (read_as == "other" and _DIGIT.search(cell)) else True

    def _says_more(self, cells: Cells) -> bool:
        """Whether a row with a label has a cell that fits its column: a village, an amount.

        A day fits one of days alone, and what stands behind a label is of the label.
        """
        label = False
        for place, cell in enumerate(cells):
            if cell is None or cell.strip() in self.blanks:
                continue
            half = _half_width(cell)
            behind, label = label, self.is_footer(cell) or ":" in half
            kind = self.others.get(place)
            if kind is None or behind or label or self.is_total(cell) or self.is_title(cell):
                continue
            shape = _SHAPES.get(kind, _LETTER)
            if shape.match(half) and (kind == "date" or not _DAY.match(half)):
                return True
        return False

    def _is_word(self, cell: str | None) -> bool:
        """Whether a cell is the word of a total, a footer or a title, or a count."""
        return any(
            is_one(cell) for is_one in (self.is_total, self.is_footer, self.is_title, self.is_count)
        )

    def _is_label(self, cell: str | None) -> bool:
        """Whether a cell is a footer's word with nothing behind it."""
        return self.is_footer(cell) and ":" not in _half_width(cell).rstrip(":")


def _numbers_columns(cells: Cells) -> bool:
    """Return whether a row numbers the columns: 1, 2, 3 …

    >>> _numbers_columns(["1", "2", None, "3", "4"]), _numbers_columns(["1", "张三", "3"])
    (True, False)
    """
    filled = [cell for cell in cells if cell is not None]
    if len(filled) < _FEWEST_NUMBERED or _bare_number(filled[0]) not in ("0", "1"):
        return False
    numbers = [_bare_number(cell) for cell in filled]
    return numbers == [str(number + int(numbers[0])) for number in range(len(numbers))]


def _bare_number(cell: str) -> str:
    return _half_width(cell).strip("()")


def _texts(sheet: Sheet, places: Sequence[str]) -> frozenset[str]:
    """Return the texts of columns, as totals are compared with them."""
    columns = (sheet.cells[place].drop_nulls().unique() for place in places)
    return frozenset(_half_width(text) for column in columns for text in column)


def _identity(fit: Fit) -> list[Column]:
    return [c for c in fit.columns if c.field in (_HEAD_IDENTITY if fit.household else _IDENTITY)]


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
    at = {place: position for position, place in enumerate(sheet.cells.columns[1:])}
    texts: dict[int, set[str]] = {}
    for column in fit.columns:
        seen = [*header[column.place].to_list(), column.header]
        texts[at[column.place]] = {plain(text) for text in seen if text}

    def again(cells: Cells) -> bool:
        filled = [(cells[place], same) for place, same in texts.items() if cells[place] is not None]
        hits = sum(plain(cell or "") in same for cell, same in filled)
        return hits >= _REPEATED_LEAST and hits * 2 > len(filled)

    return again


def _finder(patterns: tuple[str, ...]) -> Callable[[str | None], bool]:
    """Return whether a pattern is found in a text, after NFKC, simplified, without white space.

    >>> is_total = _finder(("^合计$", "^小计$"))
    >>> [is_total(text) for text in ("合 计", "小計", "张三", None)]
    [True, True, False, False]
    """
    pattern = any_of(patterns)

    @lru_cache(maxsize=1_000)
    def found(text: str | None) -> bool:
        return text is not None and pattern.search(_half_width(text)) is not None

    return found


def _half_width(text: str | None) -> str:
    return folded("".join(unicodedata.normalize("NFKC", text or "").split()))
