"""Cells of a roll that leave cover in doubt, where none says plainly that it is over.

A short remark with a sign of an end, of not yet, or of a doubt, and not among those known to be
harmless; a column that names another kind of aid than the roll's; nothing paid to a household. The
words are those of `doubts` in `rules/holding.yaml`. Whom such a row names stays on the sheet.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> doubter = Doubter(rules.lists["dibao"], rules)
>>> [bool(doubter.of("备注", cell)) for cell in ("不再保", "申请中", "2022.5.3死", "低保边缘")]
[True, True, True, True]
>>> [doubter.of("备注", cell) for cell in ("未婚", "无劳动能力", "已审批", "退伍军人", "重残")]
[None, None, None, None, None]
>>> kinds = ("低保边缘", "临时救助", "农村低保", "特困供养", "非低保")
>>> [doubter.of("救助类型", cell) and doubter.of("救助类型", cell).word for cell in kinds]
['低保边缘', '临时救助', None, None, '非低保']
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from loubao.core.frames import Sheet
from loubao.ingest.fields import amount
from loubao.ingest.raw_cells import raw
from loubao.ingest.remarks import Said, compact
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.claim_faults import another_list
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule

#: Columns that say which household a row is of, the first that a table has.
_HOUSEHOLD = ("household_no", "head_id", "head_name")
_MOSTLY = 0.5  # share of households to which something is paid
_CLAUSE = re.compile("[,;。!\n()]+")


class Doubter:
    """Reads the cells of one roll for doubts; those that say nothing by `remarks.Reader`."""

    def __init__(self, rule: ListRule, rules: Rules) -> None:
        remarks, doubts = rules.holding.remarks, rules.holding.doubts
        assert doubts is not None  # load_holding fills it in
        self._doubts = doubts
        self._headers = re.compile(doubts.headers)
        self._signs = re.compile(doubts.signs)
        harmless = (*remarks.harmless, *doubts.harmless)
        self._harmless = [re.compile(remarks.pattern(each)) for each in harmless]
        self._resumed = re.compile(remarks.pattern(remarks.resumed))
        self._kind_headers = re.compile(doubts.kind_headers)
        own, other, partly = _kinds(rule, rules)
        self._own = own
        self._kinds = _any([*own, *other]) if other else None
        self._no_kinds = _any(doubts.no_kinds)
        self._denied = re.compile(f"(?:{doubts.denied})$")
        benefits = re.compile(remarks.pattern("<thing>|<allowance>"))
        alone = _any([kind for kind in partly if not benefits.search(kind)]).pattern
        self._alone = re.compile(f"{doubts.beside_kind}(?P<kind>{alone}){doubts.behind_kind}")

    def rows(
        self, cells: pl.DataFrame, fit: Fit, people: pl.DataFrame
    ) -> list[tuple[int, Column, str, Said]]:
        """Return the doubts of a table: row, column, cell, doubt. `people`: one row a person."""
        found: list[tuple[int, Column, str, Said]] = []
        for column in fit.columns:
            if column.slot is not None or column.place not in cells.columns:
                continue
            paid = column.field in self._doubts.paid_fields
            if paid:
                found += unpaid(cells, column, people)
            header = "" if paid else column.header
            if paid or self.is_kind(column) or self._headers.search(plain(header)):
                texts = cells.select("row", text=column.place).drop_nulls()
                read = {text: self.of(header, text) for text in texts["text"].unique()}
                found += [(r, column, t, s) for r, t in texts.iter_rows() if (s := read[t])]
        return found

    def is_kind(self, column: Column) -> bool:
        """Whether a column says which kind of aid a row is of."""
        return self._kind_headers.search(plain(column.header)) is not None

    def of(self, header: str, cell: str) -> Said | None:
        """Return the doubt that a cell leaves under a header of remarks or kinds, else None."""
        head = plain(header)
        if self._kind_headers.search(head):
            return self.kind(cell)
        return self.remark(cell) if not head or self._headers.search(head) else None

    def remark(self, cell: str) -> Said | None:
        """Return the doubt that a remark leaves, with its clause."""
        text = compact(cell)
        if len(text) > self._doubts.longest:
            return None
        if found := self._alone.fullmatch(text):
            return Said("unsure", found["kind"])
        if self._resumed.search(text):
            return None
        for pattern in self._harmless:
            text = pattern.sub(",", text)
        left = [clause for clause in _CLAUSE.split(text) if self._signs.search(clause)]
        return Said("unsure", left[0]) if left else None

    def kind(self, cell: str) -> Said | None:
        """Return the doubt that a kind of aid leaves: another, and the roll's own not beside it."""
        if self._kinds is None:
            return None
        text = self._no_kinds.sub(",", compact(cell))
        others: list[str] = []
        for word in self._kinds.finditer(text):
            denied = self._denied.search(text[: word.start()])
            if (word[0] in self._own) == (denied is None):
                if denied is None:
                    return None
                continue
            others.append((denied[0] if denied else "") + word[0])
        return Said("unsure", others[0]) if others else None


def _kinds(rule: ListRule, rules: Rules) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the words for a roll, or one that covers no less, and those for any other aid.

    The third are those of the second for aid that covers nobody in full. No other words for a roll
    that covers nobody in full itself.
    """
    covers = {
        name: {
            source
            for source, coverage in rules.screening.coverage.items()
            if any(cover.list == name for cover in coverage.covered_by)
        }
        for name in rules.of_role("roll")
    }
    mine = covers.get(rule.name, set())
    if not mine:
        return frozenset(), frozenset(), frozenset()
    words = {
        name: {*map(compact, (*each.claim.words, each.title, each.sheet_label))}
        for name, each in rules.lists.items()
        if name in covers
    }
    doubts = rules.holding.doubts
    partly = set(map(compact, doubts.kinds if doubts else ()))
    partly |= {word for name in covers if not covers[name] for word in words[name]}
    own = {word for name in covers if mine <= covers[name] for word in words[name]}
    other = partly | {word for name in covers for word in words[name]}
    return frozenset(own), frozenset(other - own), frozenset(partly - own)


def _any(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(map(compact, words), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or r"\b\B")


def unpaid(
    cells: pl.DataFrame, column: Column, people: pl.DataFrame
) -> list[tuple[int, Column, str, Said]]:
    """Return the rows of households to which nothing is paid, where most others get something.

    `cells`: those of the sheet; `people`: one row a person, with the columns as found.
    """
    texts = cells.select("row", text=column.place)
    value = amount.number(texts["text"].fill_null(""))["value"]
    keys = [pl.col(raw(field)) for field in _HOUSEHOLD if raw(field) in people.columns]
    rows = people.unique("row", maintain_order=True).join(
        texts.with_columns(paid=value), on="row", how="left", maintain_order="left"
    )
    alone = pl.format("row {}", pl.col("row"))
    rows = rows.with_columns(household=pl.coalesce(*keys, alone))
    most = pl.col("paid").max().over("household")
    rows = rows.with_columns(most=most)
    homes = rows.unique("household")
    if (homes["most"] > 0).sum() < _MOSTLY * homes.height:
        return []
    nothing = rows.filter((pl.col("most") <= 0) & (pl.col("paid") <= 0))
    return [
        (row, column, text, Said("unsure", text))
        for row, text in nothing.select("row", "text").iter_rows()
    ]


def other_lists(parts: Sequence[Part], rules: Rules) -> list[str]:
    """Return a message for each sheet of a roll most of whose people are of another kind of aid."""
    faults: list[str] = []
    for part in parts:
        fit, sheet, rule = part.claimed.fit, part.claimed.sheet, rules.lists[part.claimed.list_name]
        if rule.role == "roll" and fit is not None and part.extract is not None:
            faults += _of_sheet(sheet, fit, part.extract.rows["row"], rule, rules)
    return list(dict.fromkeys(faults))


def _of_sheet(sheet: Sheet, fit: Fit, people: pl.Series, rule: ListRule, rules: Rules) -> list[str]:
    doubter, doubts = Doubter(rule, rules), rules.holding.doubts
    share = doubts.another_list if doubts else 1.0
    cells = sheet.cells.filter(pl.col("row").is_in(people.implode()))
    for column in fit.columns:
        if not doubter.is_kind(column) or column.place not in cells.columns or cells.is_empty():
            continue
        counted = cells[column.place].drop_nulls().value_counts(name="rows")
        kinds = [(doubter.kind(text), rows) for text, rows in counted.iter_rows()]
        named = [(rows, said.word) for said, rows in kinds if said is not None]
        if named and sum(rows for rows, _ in named) >= share * cells.height:
            word = max(named)[1]
            shown = rules.discretion.header(column.header, int(column.place))
            where = f"{sheet.file}：" + (f"工作表“{sheet.name}”" if sheet.name else "")
            return [where + another_list(shown, word, rule.title)]
    return []
