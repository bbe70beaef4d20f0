"""Several tables in one sheet, side by side below one header row, as rolls are printed.

序号 姓名 身份证号 序号 姓名 身份证号: each block is read as a table of its own, or the people of
all but the first would vanish. A second 姓名 that is no block's (of a household's head, of a
guardian) stays a column of the row; where it holds other people and nobody can tell whose it is,
nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import polars as pl

from loubao.core.frames import Sheet, column_letters
from loubao.ingest.raw_cells import blank_as_null
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.own_numbers import settled_fits
from loubao.ingest.sheets.people_signs import has_number, looks_like_name
from loubao.ingest.sheets.vocabulary import Vocabulary, plain
from loubao.rules.reading import Reading

#: What tells one block's header from the same one of the next: 姓名2, 姓名.1, 姓名（二）.
_COPY: Final = re.compile("(?:[._-]?[0-9]{1,2}|[(][0-9一二三四五六]{1,2}[)]|[一二三四])$")
_NAMES: Final = frozenset({"name", "head_name"})
_NUMBERS: Final = frozenset({"id_number", "head_id", "certificate_no"})
#: Fields of a row that is a household: where a second person stands in it they are not repeated.
_OF_HOUSEHOLDS: Final = frozenset(
    {"relation", "protected_count", "household_size", "protected", "head_name", "head_id"}
)
_SERIAL: Final = r"^[0-9]{1,5}$"
_NOTED: Final = r"\(.*|\s"
#: Of the people of two blocks so many at the most may be the same ones.
_MOST_SHARED: Final = 0.2


class Unclear(NamedTuple):
    """Two columns of names that hold different people, and are not clearly those of two blocks.

    `header`: as seen; `letters`: the spreadsheet's names of the columns.
    """

    header: str
    letters: tuple[str, ...]


class Table(NamedTuple):
    """One block of a table: its part of the sheet, its header, its number from the left."""

    sheet: Sheet
    fit: Fit
    block: int


def blocks(
    sheet: Sheet, fit: Fit, words: Sequence[Vocabulary], reading: Reading
) -> tuple[list[Table], Unclear | None]:
    """Part a table into its blocks; nearly always it is one.

    `fit` is its header, read by one of the lists of `words`. The second part is there where nobody
    can say whether there are blocks; then the table is given as it is.

    Each block has the columns between its own and the next one's first, and those beside all of
    them. A text that stands alone in its row holds for every block.

    >>> from loubao.core.frames import ISSUES, empty
    >>> from loubao.ingest.sheets.header import fits
    >>> from loubao.ingest.sheets.vocabulary import vocabulary
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = [vocabulary(rules.lists["tekun"], rules.reading)]
    >>> def read(*rows):
    ...     columns = {str(at): list(cells) for at, cells in enumerate(zip(*rows))}
    ...     cells = pl.DataFrame({"row": range(1, len(rows) + 1), **columns})
    ...     sheet = Sheet("特困.xls", "", cells, 0, (), empty(ISSUES))
    ...     found, unclear = blocks(sheet, *fits(sheet, words, rules.reading), words, rules.reading)
    ...     return [each.fit.places for each in found], unclear and unclear.letters
    >>> A, B = "990101196003050119", "990101196003050135"
    >>> read(["村", "姓名", "身份证号", "姓名", "身份证号"], ["上浦村", "张三", A, "李四", B])
    ([['0', '1', '2'], ['0', '3', '4']], None)
    >>> read(["姓名", "身份证号", "村", "姓名"], ["张三", A, "上浦村", "李四"])
    ([['0', '1', '2', '3']], ('A', 'D'))
    >>> read(["姓名", "身份证号", "村", "姓名"], ["张三", A, "上浦村", "张三"])
    ([['0', '1', '2', '3']], None)
    """
    whole = [Table(sheet, fit, 0)]
    header = _Header.of(sheet, fit)
    starts = header.repeated()
    if len(starts) < 2:
        return whole, None
    people = _People.of(sheet, fit, header, starts, reading)
    if not people.others():
        return whole, None
    unclear = Unclear(header.seen[starts[0]], tuple(map(column_letters, starts)))
    clear = header.is_clear(starts)
    if clear and not people.shared():
        cut = [_cut(sheet, fit, header, starts, number) for number in range(len(starts))]
        cut = _every_row(sheet, cut, fit)
        heads = [_head(table, fit, words, reading) for table in cut]
        if all(head is not None for head in heads):
            pairs = enumerate(zip(cut, heads, strict=True))
            return [Table(each, head, n) for n, (each, head) in pairs if head is not None], None
    exact = len({plain(header.seen[at]) for at in starts}) == 1
    return whole, unclear if clear or (exact and people.beside()) else None


@dataclass(frozen=True)
class _Header:
    """The header texts of a table by column: as seen, and without what tells blocks apart."""

    seen: Mapping[int, str]
    texts: Mapping[int, str]
    columns: Mapping[int, Column]

    @classmethod
    def of(cls, sheet: Sheet, fit: Fit) -> _Header:
        rows = sheet.cells.slice(fit.start, fit.depth).drop("row")
        seen = {int(p): "".join(dict.fromkeys(rows[p].drop_nulls())) for p in rows.columns}
        seen = {place: text for place, text in seen.items() if plain(text)}
        texts = {place: _COPY.sub("", plain(text)) or text for place, text in seen.items()}
        return cls(seen, texts, {int(c.place): c for c in fit.columns})

    def repeated(self) -> list[int]:
        """The columns that have the header of people's names; of several headers the first."""
        names = sorted(
            place for place, c in self.columns.items() if c.field in _NAMES and c.slot is None
        )
        for name in names:
            starts = [place for place in self.texts if self.texts[place] == self.texts[name]]
            if len(starts) > 1 and not any(self._is_member(place) for place in starts):
                return sorted(starts)
        return []

    def _is_member(self, place: int) -> bool:
        return place in self.columns and self.columns[place].slot is not None

    def offsets(self, starts: Sequence[int]) -> set[int]:
        """The offsets from the name at which every block has one header."""
        first, *others = starts
        return {
            place - first
            for place, text in self.texts.items()
            if all(self.texts.get(other + place - first) == text for other in others)
        }

    def before(self, starts: Sequence[int]) -> int:
        """How many columns of each block stand before its name."""
        same, count = self.offsets(starts), 0
        nearest = min(two - one for one, two in pairwise(starts))
        while count + 1 < nearest and -count - 1 in same:
            count += 1
        return count

    def own(self, starts: Sequence[int], number: int) -> range:
        """The columns of a block."""
        before = self.before(starts)
        first, width = starts[number] - before, starts[1] - starts[0]
        last = number + 1 == len(starts)
        return range(first, first + width if last else starts[number + 1] - before)

    def beside(self, starts: Sequence[int]) -> list[int]:
        """The columns with a header that are of no block: they are of the whole row."""
        every = [self.own(starts, number) for number in range(len(starts))]
        return [place for place in self.texts if not any(place in own for own in every)]

    def is_clear(self, starts: Sequence[int]) -> bool:
        """Whether the blocks have the same headers: of name and number, or most of them."""
        own = [place for place in self.own(starts, 0) if place in self.texts]
        same = {starts[0] + offset for offset in self.offsets(starts)} & {*own}
        shared = [self.columns[place] for place in self.beside(starts) if place in self.columns]
        fields = {c.field for c in shared} | {
            self.columns[place].field for place in own if place not in same
        }
        if fields & (_OF_HOUSEHOLDS | _NAMES):
            return False
        numbered = any(
            c.field in _NUMBERS or c.own in _NUMBERS
            for place, c in self.columns.items()
            if place in same
        )
        return numbered or (len(same) > 1 and len(same) * 2 > len(own))


@dataclass(frozen=True)
class _People:
    """Who stands in each column of names: a set of keys a block (number, else name).

    `rows`: the names of the first block and of each other one in one row, where both are.
    """

    keys: Sequence[frozenset[str]]
    rows: Sequence[tuple[str, str]]

    @classmethod
    def of(
        cls, sheet: Sheet, fit: Fit, header: _Header, starts: Sequence[int], reading: Reading
    ) -> _People:
        body = sheet.cells.slice(fit.start + fit.depth)
        heads = {*header.seen.values()}
        numbers = [p for p, c in header.columns.items() if c.field in _NUMBERS]
        same = header.offsets(starts)
        at = next((p - starts[0] for p in sorted(numbers) if p - starts[0] in same), None)

        def cell(place: int) -> pl.Expr:
            text = blank_as_null(pl.col(str(place)), reading.placeholders)
            text = text.str.normalize("NFKC").str.replace_all(_NOTED, "")
            return pl.when(~text.is_in(list(heads)) & (text != "")).then(text)

        names = body.select(cell(place).alias(str(n)) for n, place in enumerate(starts))
        keys = names
        if at is not None:
            keys = body.select(
                pl.coalesce(cell(start + at), cell(start)).alias(str(n))
                for n, start in enumerate(starts)
            )
        rows = [
            (str(first), str(other))
            for n in range(1, len(starts))
            for first, other in names.select("0", str(n)).drop_nulls().iter_rows()
        ]
        return cls([frozenset(keys[c].drop_nulls()) for c in keys.columns], rows)

    def others(self) -> bool:
        """Whether a column names people whom the first does not."""
        first, *rest = self.keys
        return bool(first) and any(people - first for people in rest)

    def shared(self) -> bool:
        """Whether many of the people of one block stand in another one, too."""
        return any(
            len(one & other) > _MOST_SHARED * min(len(one), len(other))
            for at, one in enumerate(self.keys)
            for other in self.keys[at + 1 :]
        )

    def beside(self) -> bool:
        """Whether a row names two people; a hidden character may be any."""
        return any(not _may_be_one(first, other) for first, other in self.rows)


def _may_be_one(name: str, other: str) -> bool:
    """Whether two names, some with hidden characters, may be one.

    >>> _may_be_one("张三丰", "张*丰"), _may_be_one("张三", "李四")
    (True, False)
    """
    return len(name) == len(other) and all(
        a == b or "*" in (a, b) for a, b in zip(name, other, strict=True)
    )


# --- the blocks ----------------------------------------------------------------------------------


def _cut(sheet: Sheet, fit: Fit, header: _Header, starts: Sequence[int], number: int) -> Sheet:
    """One block of a sheet, without the rows in which it is blank."""
    own, beside = header.own(starts, number), header.beside(starts)
    places = [p for p in sheet.cells.columns[1:] if int(p) in own or int(p) in beside]
    own_places = [p for p in places if int(p) in own]
    cells = _with_lone_texts(sheet.cells, own_places, header)
    cells = _with_first_header(cells, fit, header, starts, own_places).select("row", *places)
    serial = [p for p in own_places if int(p) in header.columns and header.columns[int(p)].ignored]
    filled = [
        pl.col(p).is_not_null()
        if p not in serial
        else ~pl.col(p).str.strip_chars().str.contains(_SERIAL).fill_null(True)
        for p in own_places
    ]
    above = sheet.cells["row"].head(fit.start + fit.depth).to_list()
    letters = {column_letters(int(p)) for p in own_places}
    others = {column_letters(p) for p in header.texts} - letters
    column = pl.col("column")
    mine = column.is_in(list(letters)) if number else ~column.is_in(list(others))
    return replace(
        sheet,
        cells=cells.filter(pl.any_horizontal(filled) | pl.col("row").is_in(above)),
        blank_rows=0 if number else sheet.blank_rows,
        hidden_rows=() if number else sheet.hidden_rows,
        issues=sheet.issues.filter(mine),
        struck=frozenset((row, at) for row, at in sheet.struck if str(at) in places),
    )


def _with_lone_texts(cells: pl.DataFrame, own: Sequence[str], header: _Header) -> pl.DataFrame:
    """Put a text that stands alone in its row into the block, but for what may be a person."""
    every = pl.exclude("row")
    least, most = pl.min_horizontal(every), pl.max_horizontal(every)
    lone = cells.filter((least == most) & pl.all_horizontal(pl.col(own).is_null()))
    texts = {
        row: text
        for row, text in lone.select("row", least).iter_rows()
        if not looks_like_name(text) and not has_number([text])
    }
    if not texts:
        return cells
    of_people = _NAMES | _NUMBERS
    field = {p: header.columns[int(p)].field for p in own if int(p) in header.columns}
    place = next((p for p in own if field.get(p) not in of_people), own[0])
    text = pl.col("row").replace_strict(texts, default=None, return_dtype=pl.String)
    return cells.with_columns(pl.coalesce(place, text).alias(place))


def _with_first_header(
    cells: pl.DataFrame, fit: Fit, header: _Header, starts: Sequence[int], own: Sequence[str]
) -> pl.DataFrame:
    """Write 姓名 for 姓名2: the headers of a block as those of the first."""
    number = next(n for n, start in enumerate(starts) if str(start) in own)
    head = cells["row"][fit.start : fit.start + fit.depth].to_list()
    changes = []
    for offset in header.offsets(starts):
        first, here = starts[0] + offset, starts[number] + offset
        if str(here) in own and plain(header.seen[first]) != plain(header.seen[here]):
            of_first = pl.when(pl.col("row").is_in(head)).then(str(first))
            changes.append(of_first.otherwise(str(here)).alias(str(here)))
    return cells.with_columns(changes) if changes else cells


def _every_row(sheet: Sheet, cut: Sequence[Sheet], fit: Fit) -> list[Sheet]:
    """Give the rows that are of no block to the first one."""
    first, *others = cut
    kept = {row for each in cut for row in each.cells["row"]}
    left = sheet.cells.filter(~pl.col("row").is_in(list(kept))).select(first.cells.columns)
    if left.is_empty():
        return list(cut)
    return [replace(first, cells=pl.concat([first.cells, left]).sort("row")), *others]


def _head(sheet: Sheet, fit: Fit, words: Sequence[Vocabulary], reading: Reading) -> Fit | None:
    """The header of a block by the list of the whole; None where it is not where that one is."""
    found = [f for f in settled_fits(sheet, words, reading) if f.list_name == fit.list_name]
    head = found[0] if found else None
    same_place = head is not None and (head.start, head.depth) == (fit.start, fit.depth)
    return head if same_place and head is not None and (not head.missing or fit.missing) else None
