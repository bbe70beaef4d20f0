"""Cells of a roll that leave cover in doubt, where none says plainly that it is over.

A short remark with a sign of an end, of not yet, or of a doubt, and not among those known to be
harmless; a column that asks of state, approval or check and says no here, or else than for most; a
column that names another kind of aid than the roll's; nothing paid to a household. The words are
those of `doubts` in `rules/holding.yaml`. Whom such a row names stays on the sheet.

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
>>> [bool(doubter.of("审批结果", cell)) for cell in ("不同意", "否", "待审核", "同意", "是", "0")]
[True, True, True, False, False, True]
>>> of_others = ("健康状况", "是否享受残疾人补贴", "劳动能力状态")
>>> [doubter.asks(header) for header in of_others], doubter.asks("8月审核结果")
([False, False, False], True)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

import polars as pl

from loubao.core.frames import column_letters
from loubao.ingest.fields import amount
from loubao.ingest.raw_cells import raw
from loubao.ingest.remarks import Said, compact
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.holding import Remarks
from loubao.rules.lists import ListRule

#: Columns that say which household a row is of, the first that a table has.
_HOUSEHOLD = ("household_no", "head_id", "head_name")
_MONTHS = ("", *"一二三四五六七八九十", "十一", "十二")
_MOSTLY = 0.5  # share of households to which something is paid, of rows that say the same
_RARELY = 0.1  # share of rows up to which a mark is no filler of empty cells
_CLAUSE = re.compile("[,;。!\n()]+")
#: Types and fields of the columns that say who and where.
OF_WHOM = frozenset({"name", "id_number", "sex"})
PLACES = frozenset({"town", "village"})
_CHOICES = frozenset({"choice", "flag"})
_WRITTEN = re.compile(r"\w")
_LONG_NUMBER = re.compile(r"[0-9][0-9*]{6,}([0-9Xx*]{4})")


class Doubter:
    """Reads the cells of one roll for doubts; those that say nothing by `remarks.Reader`."""

    def __init__(self, rule: ListRule, rules: Rules, month: int = 0) -> None:
        """`month`: that of the as-of day, whose payments count."""
        remarks, doubts = rules.holding.remarks, rules.holding.doubts
        assert doubts is not None  # load_holding fills it in
        self._doubts = doubts
        self._headers = re.compile(doubts.headers)
        self._signs = re.compile(doubts.signs)
        harmless = (*remarks.harmless, *doubts.harmless)
        self._harmless = [re.compile(remarks.pattern(each)) for each in harmless]
        self._resumed = re.compile(remarks.pattern(remarks.resumed))
        self._kind_headers = re.compile(doubts.kind_headers)
        self._asked_headers = re.compile(doubts.asked_headers)
        self._over = re.compile(remarks.over)
        self._agreed, self._refused = re.compile(doubts.agreed), re.compile(doubts.refused)
        self._bare_no, self._fillers = re.compile(doubts.bare_no), re.compile(doubts.fillers)
        self._no_kind = re.compile(doubts.no_kind)
        self._paid_headers = re.compile(doubts.paid_headers)
        self._month = {str(month), f"{month:02}", _MONTHS[month]}
        self._no = frozenset(remarks.no)
        self._unpaid = doubts.unpaid_marks, doubts.blank
        asked = {field for condition in rule.conditions for field in condition.fields}
        choices = {f for f in asked & rule.fields.keys() if rule.fields[f].type in _CHOICES}
        self._decided = choices - {*doubts.paid_fields}
        own, other, partly = _kinds(rule, rules)
        others = {plain(word) for each in rules.lists.values() for word in each.claim.words}
        others -= {plain(word) for word in rule.claim.words}
        beside = f"{doubts.asked_beside}|<thing>|<allowance>|<kin>"
        self._beside = re.compile(f"{remarks.pattern(beside)}|{_any(others).pattern}")
        self._own = own
        self._kinds = _any([*own, *other]) if other else None
        self._no_kinds = _any(doubts.no_kinds)
        self._denied = re.compile(f"(?:{doubts.denied})$")
        benefits = re.compile(remarks.pattern("<thing>|<allowance>"))
        alone = _any([kind for kind in partly if not benefits.search(kind)]).pattern
        self._alone = re.compile(f"{doubts.beside_kind}(?P<kind>{alone}){doubts.behind_kind}")
        elsewhere = f"{doubts.elsewhere}(?P<kind>{_any(_other_rolls(rule, rules)).pattern})"
        self._elsewhere = re.compile(elsewhere if doubts.elsewhere else r"\b\B")

    def rows(
        self, cells: pl.DataFrame, fit: Fit, people: pl.DataFrame
    ) -> list[tuple[int, Column, str, Said]]:
        """Return the doubts of a table: row, column, cell, doubt. `people`: one row a person."""
        found: list[tuple[int, Column, str, Said]] = []
        decided = {c[0].place for field in self._decided if (c := fit.columns_of(field))}
        for column in fit.columns:
            if column.slot is not None or column.place not in cells.columns:
                continue
            if column.place in decided:  # a condition of the roll reads its choices
                continue
            paid = self.is_paid(column)
            if paid:
                found += unpaid(cells, column, people, self._no, self._unpaid)
            head = plain(column.header)
            paid |= head == column_letters(int(column.place))  # no header: read as remarks
            if paid or self.is_kind(column) or self._headers.search(head) or self.asks(head):
                texts = cells.select("row", text=column.place).drop_nulls()
                read = self._of_column("" if paid else column.header, texts["text"], cells.height)
                found += [(r, column, t, s) for r, t in texts.iter_rows() if (s := read[t])]
        return found

    def places(self, fit: Fit) -> set[str]:
        """Return the places of the columns that are read here, amounts of other months too."""
        return {
            column.place
            for column in fit.columns
            for head in [plain(column.header)]
            if self.is_kind(column) or self.asks(head) or self._paid_headers.search(head)
        }

    def is_remark(self, column: Column) -> bool:
        """Whether a column has remarks."""
        return self._headers.search(plain(column.header)) is not None

    def is_kind(self, column: Column) -> bool:
        """Whether a column says which kind of aid a row is of."""
        return self._kind_headers.search(plain(column.header)) is not None

    def asks(self, head: str) -> bool:
        """Whether a plain header asks of the state, approval or check of the cover of this roll."""
        asked = self._asked_headers.search(head)
        return asked is not None and not (self._beside.search(head) or self._over.search(head))

    def is_paid(self, column: Column) -> bool:
        """Whether a column says what is paid this month."""
        if column.field in self._doubts.paid_fields:
            return True
        found = self._paid_headers.search(plain(column.header))
        return found is not None and found["month"] in {None, *self._month}

    def _of_column(self, header: str, texts: pl.Series, rows: int) -> dict[str, Said | None]:
        """The doubt that each text of a column leaves, by how many of the `rows` say it too."""
        said = Counter(texts)
        read = {text: self.of(header, text) for text in said}
        head, mostly = plain(header), max(_MOSTLY * rows, 1)
        for text, times in said.items():
            if self._is_bare_no(head, text):
                read[text] = Said("unsure", text) if times < mostly else None
            elif self._fillers.search(compact(text)) and self._headers.search(head):
                read[text] = Said("unsure", text) if times <= _RARELY * rows else None
        most, times = said.most_common(1)[0] if said else ("", 0)
        if self.asks(head) and times >= max(_MOSTLY * rows, 2) and self._agrees(most):
            others = (text for text in said if not read[text] and not self._agrees(text))
            read |= {text: Said("unsure", text) for text in others if _WRITTEN.search(text)}
        return read

    def _is_bare_no(self, head: str, cell: str) -> bool:
        text, kind = compact(cell), self._kind_headers.search(head) is not None
        if (kind or self.asks(head)) and self._no_kind.search(f"{head}:{text}"):
            return True
        return not kind and self.asks(head) and self._bare_no.search(text) is not None

    def _agrees(self, cell: str) -> bool:
        return self._agreed.search(compact(cell)) is not None

    def of(self, header: str, cell: str) -> Said | None:
        """Return the doubt that a cell leaves by itself under a header, else None."""
        head = plain(header)
        if self._kind_headers.search(head):
            return self.kind(cell)
        if not head or self._headers.search(head):
            return self.remark(cell)
        return self.answer(head, cell) if self.asks(head) else None

    def answer(self, head: str, cell: str) -> Said | None:
        """Return the doubt that an answer leaves to what a header asks."""
        text = compact(cell)
        if len(text) > self._doubts.longest:
            return None
        if self._is_bare_no(head, cell):
            return Said("unsure", text)
        left = self._refused.search(self._without_harmless(text))
        return Said("unsure", left[0]) if left else None

    def remark(self, cell: str) -> Said | None:
        """Return the doubt that a remark leaves, with its clause."""
        text = compact(cell)
        if len(text) > self._doubts.longest:
            return None
        if found := self._alone.fullmatch(text):
            return Said("unsure", found["kind"])
        if found := self._elsewhere.search(text):
            return Said("unsure", found["kind"])
        if self._resumed.search(text):
            return None
        clauses = _CLAUSE.split(self._without_harmless(text))
        left = [clause for clause in clauses if self._signs.search(clause)]
        return Said("unsure", left[0]) if left else None

    def _without_harmless(self, text: str) -> str:
        for pattern in self._harmless:
            text = pattern.sub(",", text)
        return text

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


def _other_rolls(rule: ListRule, rules: Rules) -> set[str]:
    """Return the words for the other rolls that cover somebody in full."""
    full = {
        cover.list for source in rules.screening.coverage.values() for cover in source.covered_by
    }
    words = {word for name in full for word in rules.lists[name].claim.words}
    return words - {*rule.claim.words}


def _any(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(map(compact, words), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)) or r"\b\B")


def unpaid(
    cells: pl.DataFrame,
    column: Column,
    people: pl.DataFrame,
    no: Collection[str],
    words: tuple[str, str] = ("", ""),
) -> list[tuple[int, Column, str, Said]]:
    """Return the rows of households to which nothing is paid, where most others get something.

    `cells`: those of the sheet; `people`: one row a person, with the columns as found; `no`: words
    that are a nought; `words`: the pattern of marks that are one, too (a dash), and what an empty
    cell is called, which is one where few are empty.
    """
    marks, blank = words
    texts = cells.select("row", text=pl.col(column.place).fill_null("").str.strip_chars())
    text = texts["text"]
    nought = text.is_in(list(no))
    nought |= text.str.contains(marks) if marks else False
    empty = text == ""
    nought |= empty & (bool(blank) and empty.sum() <= max(_RARELY * text.len(), 1))
    value = amount.number(text)["value"]
    value = value.fill_null(pl.select(pl.when(nought).then(0.0)).to_series())
    keys = [pl.col(raw(field)) for field in _HOUSEHOLD if raw(field) in people.columns]
    keys += [pl.format("home {}", "household")] if "household" in people.columns else []
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
        (row, column, text or blank, Said("unsure", text or blank))
        for row, text in nothing.select("row", "text").iter_rows()
    ]


def shown(cell: str, remarks: Remarks) -> str:
    """A cell as a sheet shows it: short, long numbers by their last places.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.holding import load_holding
    >>> shown("代领人990101196003050119  拟停", load_holding(shipped_rules()).remarks)
    '代领人…0119 拟停'
    """
    text = _LONG_NUMBER.sub(r"…\1", " ".join(cell.split()))
    return text if len(text) <= remarks.longest else text[: remarks.longest - 1] + "…"


def with_unheaded(fit: Fit, cells: pl.DataFrame) -> Fit:
    """Return a table with its columns that have no header, named by their letters."""
    headed = {column.place for column in fit.columns}
    bare = [c for c in cells.columns if c != "row" and c not in headed]
    unheaded = [Column(c, column_letters(int(c))) for c in bare if cells[c].count()]
    return replace(fit, columns=(*fit.columns, *unheaded)) if unheaded else fit


def out_of_place(
    cells: pl.DataFrame, fit: Fit, rule: ListRule, remarks: Remarks
) -> list[tuple[Column, pl.DataFrame]]:
    """Return the cells (`row`, `cell`) of numbers, sex and places that say an end of cover.

    It is all that they say, or stands there in brackets.
    """
    words = remarks.pattern("(?:^|[(（])(?:已经?|现已?)?(?:<ended>|<gone>)(?:$|[)）])")
    found: list[tuple[Column, pl.DataFrame]] = []
    for column in fit.columns:
        spec = rule.fields.get(column.field or "")
        if spec is None or column.slot is not None or column.place not in cells.columns:
            continue
        if column.field in PLACES or spec.type in OF_WHOM - {"name"}:
            here = cells.select("row", cell=pl.col(column.place).str.strip_chars())
            here = here.drop_nulls("cell").filter(pl.col("cell").str.contains(words))
            found += [(column, here)] if here.height else []
    return found
