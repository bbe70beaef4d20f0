"""In which unit the amounts of a sheet are: what its header says, else its names, titles, footers.

Amounts without a unit are yuan. Where a list asks for more than so many yuan and all its amounts
are far below, they may be ten thousands: then nobody can tell, and the run stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import polars as pl

from loubao.ingest.fields.amount import number
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.rows import SECOND
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule

#: Kinds of rows that may say the unit of a whole sheet.
_NOTES = ("title", "header", "footer", "without_person")
_MORE_THAN = re.compile(r"^\s*([a-z_]+)\s*>=?\s*([0-9]+(?:\.[0-9]+)?)\s*$")
_FEWEST = 3  # amounts from which on they are looked at together
_FAR_BELOW = 0.01  # part of what the list asks for that its largest amount does not reach


def factors(part: Part, rules: Rules) -> dict[str, float]:
    """Return field → factor: the unit of the header, else that of the rows and names around it.

    Second columns of a field are `<field>#<n>`, as in sheets/rows.py.
    """
    fit, rule = part.claimed.fit, rules.lists[part.claimed.list_name]
    if fit is None:
        return {}
    around = unit_of(_texts(part), rules.reading.title_units)
    found: dict[str, float] = {}
    for field in fit.fields:
        spec = rule.fields.get(field)
        for nth, column in enumerate(fit.columns_of(field)):
            own = column.factor != 1.0 or "元" in column.header
            if spec is not None and (own or spec.type == "number"):
                name = f"{field}{SECOND}{nth}" if nth else field
                found[name] = column.factor if own else around
    return {field: factor for field, factor in found.items() if factor != 1.0}


def unit_of(texts: Iterable[str], units: Mapping[str, float]) -> float:
    """Return the factor of the first text that says a unit; 1 where none does.

    `units`: pattern → factor, as `title_units` of rules/reading.yaml has them.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.reading import load_reading
    >>> units = load_reading(shipped_rules() / "reading.yaml").title_units
    >>> said = ("单位：万元", "自付费用（万元）", "单位:人、万元", "注：金额单位为万元", "（万元）")
    >>> [unit_of([text], units) for text in said]
    [10000.0, 10000.0, 10000.0, 10000.0, 10000.0]
    >>> others = ("医疗费用超4万元人员", "单位：元", "填报单位：洛阳镇（自付四万元以上）")
    >>> [unit_of([text], units) for text in others]
    [1.0, 1.0, 1.0]
    """
    plain_texts = [plain(text) for text in texts]
    hits = (f for unit, f in units.items() if any(re.search(unit, text) for text in plain_texts))
    return float(next(hits, 1.0))


def _texts(part: Part) -> list[str]:
    """The names of a sheet and its rows that are nobody's."""
    sheet, extract = part.claimed.sheet, part.extract
    kinds = extract.kinds if extract is not None else {}
    rows = [row for kind in _NOTES for row in kinds.get(kind, ())]
    cells = sheet.cells.filter(pl.col("row").is_in(rows)).drop("row").rows()
    above = part.claimed.fit.start if part.claimed.fit else 0
    said = [cell for row in (*sheet.first(above), *cells) for cell in row if cell]
    return [*said, sheet.name, PurePosixPath(sheet.file).stem]


def unknown_units(
    parts: Sequence[Part], units: Sequence[Mapping[str, float]], rules: Rules
) -> list[str]:
    """Return a message for each column of amounts that may be yuan or ten thousands of them.

    `units`: the `factors` of each part.
    """
    found: list[str] = []
    for part, known in zip(parts, units, strict=True):
        rule = rules.lists[part.claimed.list_name]
        if part.extract is None or rule.role != "source":
            continue
        for field, bound in least_of(rule).items():
            header = part.extract.headers.get((field, 0), "")
            rows = part.extract.rows
            if not header or "元" in header or field in known or raw(field) not in rows.columns:
                continue
            amounts = number(rows[raw(field)])["value"].drop_nulls()
            largest = amounts.max()
            if amounts.len() < _FEWEST or not isinstance(largest, float):
                continue
            if 0 < largest < bound * _FAR_BELOW:
                sheet = part.claimed.sheet
                where = f"{sheet.file}：" + (f"工作表“{sheet.name}”" if sheet.name else "")
                found.append(
                    f"{where}“{header}”最大的是 {largest:g}，名单要的是 {bound:g} 元以上的，"
                    f"看不出是元还是万元，没有读取。请在表头写明单位，如“{header}（万元）”、“{header}（元）”"
                )
    return found


def least_of(rule: ListRule) -> dict[str, float]:
    """Return field → the amount that a condition of a list asks for at the least."""
    hits = (_MORE_THAN.match(condition.that) for condition in rule.conditions)
    return {hit[1]: float(hit[2]) for hit in hits if hit and hit[1] in rule.fields}
