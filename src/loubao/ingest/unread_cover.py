"""Columns of a roll or exclusion list that no rule reads, although they may say who counts.

是否保障对像 is no header that a rule has: left unread, everybody with 否 would be covered. Such a
column stops the run, whether its header nearly is one that decides, or its own words and its yes
and no speak of cover. What stands there in words (停保) is read under any header (remarks.py).
Where a list lacks the column of a condition, so does one with words that would not pass it: 本村
under 搬到哪里, in a list of those who moved away. A roll most of whose rows name another kind of
aid is another list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import polars as pl

from loubao.core.frames import Sheet
from loubao.core.readings import sounds
from loubao.ingest.doubted_cover import Doubter
from loubao.ingest.fields import amount, date
from loubao.ingest.fields.choice import choice
from loubao.ingest.remarks import compact
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.claim_faults import another_list, header_of_cover, nearly_header
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.vocabulary import plain, without_notes
from loubao.rules.folder import Rules
from loubao.rules.lists import FieldRule, ListRule

_MOST = 0.6
_SHORTEST_ALIKE, _SHORTEST_CHANGED = 4, 5
_WRITTEN_DAY = "[-/.年]|^[0-9]{6,8}$"


def unread_cover(parts: Sequence[Part], rules: Rules) -> list[str]:
    """Return a message for each column of a roll that nobody reads and that may decide cover."""
    found = [
        fault
        for part in parts
        if part.extract is not None and part.claimed.fit is not None
        for fault in _of_table(part.claimed.sheet, part.claimed.fit, rules)
    ]
    return list(dict.fromkeys(found))


def _of_table(sheet: Sheet, fit: Fit, rules: Rules) -> list[str]:
    rule = rules.lists[fit.list_name]
    unread = [c for c in fit.columns if c.field is None and not c.ignored]
    if rule.role == "source" or not unread:
        return []
    body = sheet.cells.slice(fit.start + fit.depth)
    lacking = {name: rule.fields[name] for name in sorted(_deciding(rule, rules) - {*fit.fields})}
    faults: list[str] = []
    for column in unread:
        cells = body[column.place].drop_nulls().unique().str.strip_chars()
        header = without_notes(plain(column.header), rules.reading.header_notes)
        if not cells.is_empty():
            faults += list(_faults(header, column, cells, rule, (lacking, rules)))
    where = f"{sheet.file}：" + (f"工作表“{sheet.name}”" if sheet.name else "")
    return [where + fault for fault in faults]


def _faults(
    header: str,
    column: Column,
    cells: pl.Series,
    rule: ListRule,
    known: tuple[dict[str, FieldRule], Rules],
) -> Iterator[str]:
    """Yield why a column should be read; `known`: the fields that the table lacks, the rules."""
    lacking, rules = known
    shown = rules.discretion.header(column.header, int(column.place))
    for name, spec in lacking.items():
        near = any(alike(header, plain(each)) for each in spec.headers)
        if (near and _may_be(cells, spec, rules)) or _fails(cells, name, rule):
            yield nearly_header(shown, rule.title, spec.label)
            return
    if rule.role == "roll" and _asks_of_cover(header, rule, rules) and _yes_and_no(cells, rules):
        yield header_of_cover(shown, rule.title)


def _deciding(rule: ListRule, rules: Rules) -> set[str]:
    """Return the fields of a roll or exclusion list that decide whether a row counts."""
    fields = {name for condition in rule.conditions for name in condition.fields}
    for source in rules.screening.coverage.values():
        for cover in (*source.covered_by, *source.partly_by):
            if cover.list == rule.name:
                fields |= {cover.field} if cover.field else set()
                fields |= cover.condition.fields if cover.condition else frozenset()
    exclusion = rules.screening.exclusions.get(rule.name)
    fields |= {exclusion.date} if exclusion and exclusion.date else set()
    return fields & rule.fields.keys()


def alike(header: str, known: str) -> bool:
    """Return whether two headers are one and the same but for a slip.

    A character changed, left out or put in, the order, or characters that sound the same.

    >>> [alike(text, "是否保障对象") for text in ("是否保障对像", "保障对象否", "保障金额")]
    [True, True, False]
    >>> alike("起始保障年", "起始保障年月"), alike("开户日期", "开始日期")
    (True, False)
    >>> alike("保障壮态", "保障状态"), alike("状态保障", "保障状态")
    (True, True)
    """
    short, long = sorted((header, known), key=len)
    if len(short) < _SHORTEST_ALIKE or header == known:
        return False
    more, less = Counter(long) - Counter(short), Counter(short) - Counter(long)
    if len(long) >= _SHORTEST_CHANGED and more.total() <= 1 and less.total() <= 1:
        return True
    return len(short) == len(long) and (
        not more
        or all(a == b or {*sounds(a)} & {*sounds(b)} for a, b in zip(short, long, strict=True))
    )


def _may_be(cells: pl.Series, spec: FieldRule, rules: Rules) -> bool:
    """Whether most of the different cells of a column are such as a field has."""
    if spec.yes or spec.no:
        read = amount.flag(cells, spec.yes, spec.no)
        return _most(read["readable"]) and not read["value"].all()
    marks = rules.reading.placeholders
    cells = cells.filter(~cells.is_in(list(marks)))
    if spec.values:
        return _most(choice(cells, spec)["readable"])
    written = cells.str.contains(_WRITTEN_DAY)
    if spec.type == "date":
        return _most(date.parse(cells)["readable"] & written)
    if spec.type in {"number", "integer"}:
        return _most(amount.number(cells)["readable"])
    return not cells.is_empty()


def _fails(cells: pl.Series, name: str, rule: ListRule) -> bool:
    """Whether words of a column would not pass what a list asks of a text of its own alone."""
    if rule.fields[name].type != "text":
        return False
    frame = cells.cast(pl.String).to_frame(name)
    return any(
        not frame.select(condition.expr.all()).item()
        for condition in rule.conditions
        if condition.fields == {name}
    )


def _most(understood: pl.Series) -> bool:
    return not understood.is_empty() and int(understood.fill_null(False).sum()) >= _MOST * len(
        understood
    )


def _asks_of_cover(header: str, rule: ListRule, rules: Rules) -> bool:
    """Whether a header has words of this cover, and none of another benefit or another list."""
    remarks = rules.holding.remarks
    own = {plain(word) for word in rule.claim.words}
    left = re.sub("|".join(map(re.escape, sorted(own, key=len, reverse=True))), "", header)
    others = {plain(word) for each in rules.lists.values() for word in each.claim.words} - own
    others |= {plain(word) for word in rule.claim.without}
    other = remarks.pattern("<thing>|<allowance>|<kin>")
    if re.search(other, left) or any(word in header for word in others):
        return False
    return left != header or (
        bool(remarks.cover_headers) and re.search(remarks.cover_headers, header) is not None
    )


def _yes_and_no(cells: pl.Series, rules: Rules) -> bool:
    """Whether a column says yes or no and nothing else, and no of somebody."""
    yes, no = (set(map(compact, w)) for w in (rules.holding.remarks.yes, rules.holding.remarks.no))
    seen = set(map(compact, cells))
    return bool(seen & no) and seen <= yes | no


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
            header = rules.discretion.header(column.header, int(column.place))
            where = f"{sheet.file}：" + (f"工作表“{sheet.name}”" if sheet.name else "")
            return [where + another_list(header, word, rule.title)]
    return []
