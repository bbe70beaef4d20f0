"""Can the exports as a whole be trusted? Each fault is one line for the clerk, naming the file."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from loubao.rules import Rules
from loubao.tidy.claiming import Claimed
from loubao.tidy.parts import Part
from loubao.tidy.vocabulary import has_number

_ID_IN_CELL = r"^\s*['`]?[0-9]{17}[0-9xX]\s*$"


def sheets_without_header(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """A sheet of a source file with numbers of people but no header would drop them in silence."""
    faults: list[str] = []
    for each in claimed:
        if each.fit is not None or rules.lists[each.list_name].role != "source":
            continue
        cells = each.sheet.cells.drop("row")
        has_people = cells.select(
            pl.any_horizontal(pl.all().str.contains(_ID_IN_CELL).any())
        ).to_series()
        if has_people.any():
            faults.append(
                f"{each.sheet.file}：工作表“{each.sheet.name}”里有证件号码，但没有"
                f"“{rules.lists[each.list_name].title}”的表头，请补上表头，或删去这张工作表"
            )
    return faults


def people_above_header(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """What stands above a header is a title; a row with somebody's number there is none."""
    faults: list[str] = []
    for each in claimed:
        if each.fit is None:
            continue
        above = each.sheet.cells.head(each.fit.start).iter_rows()
        rows = [str(number) for number, *cells in above if has_number(cells)]
        if rows:
            sheet = f"工作表“{each.sheet.name}”" if each.sheet.name else ""
            faults.append(
                f"{each.sheet.file}：{sheet}第{'、'.join(rows)}行有证件号码，但上面没有"
                f"“{rules.lists[each.list_name].title}”的表头，请在这几行上面补上完整的表头"
            )
    return faults


def lists_missing(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """Name each required list that no file is, and say so when there is no source list at all."""
    present = {each.list_name for each in claimed}
    faults = [
        f"缺少必需的名单：{rule.title}（没有一个文件被认作它）"
        for name, rule in sorted(rules.lists.items())
        if rule.required and name not in present
    ]
    sources = rules.of_role("source")
    if not present & set(sources):
        titles = "、".join(rules.lists[name].title for name in sources)
        faults.append(f"没有来源名单，至少要有一份：{titles}")
    return faults


def counts_out_of_bounds(parts: Sequence[Part], rules: Rules) -> list[str]:
    """Name each list with fewer or more people than its rule calls plausible."""
    people: dict[str, int] = {}
    files: dict[str, list[str]] = {}
    for part in parts:
        name = part.claimed.list_name
        people[name] = people.get(name, 0) + part.account.counts.get("people", 0)
        if part.claimed.sheet.file not in files.setdefault(name, []):
            files[name].append(part.claimed.sheet.file)
    faults: list[str] = []
    for name, count in people.items():
        rule = rules.lists[name]
        if not rule.rows.least <= count <= rule.rows.most:
            faults.append(
                f"{'、'.join(files[name])}：“{rule.title}”读到{count}人，"
                f"应在{rule.rows.least}到{rule.rows.most}之间，请核对文件或名单规则 rows"
            )
    return faults
