"""What `loubao standards` shows: tables for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.table import Table

from loubao.cli.terminal import Terminal, table

_COLUMNS = {"least": "按下限", "average": "按平均线", "most": "按上限", "given": "按执行标准"}
#: Findings of a kind told in full; the rest is in the workbook.
_TOLD = 3


def show_standards(report: Mapping[str, Any]) -> None:
    """Print the standards and, where rolls were checked, what was found."""
    console = Terminal()
    for line in report["heading"]:
        console.print(line, soft_wrap=True)
    _show_tariff(console, report)
    check = report["check"]
    if check is not None:
        _show_check(console, check, bool(report["out"]))
    if report["out"]:
        console.print(f"已写入 {report['out']}", soft_wrap=True)


def _show_tariff(console: Terminal, report: Mapping[str, Any]) -> None:
    """Print the standards; how each is reckoned stands below it where there is no room beside."""
    wide = _tariff(report, ("项目", "算法"), lambda line: (line["item"], line["rule"]))
    narrow = _tariff(report, ("项目和算法",), lambda line: (f"{line['item']}\n  {line['rule']}",))
    console.show(wide if console.fits(wide) else narrow)


def _tariff(
    report: Mapping[str, Any],
    heads: tuple[str, ...],
    told: Callable[[Mapping[str, Any]], tuple[str, ...]],
) -> Table:
    permitted = report["permitted"]
    columns = list(report["standards"][0]["amounts"])
    amounts = [_COLUMNS[name] for name in columns]
    title = f"救助标准（元/人·月），低保允许范围 {permitted['least']} 至 {permitted['most']}"
    rows = [
        (*told(line), *(_money(line["amounts"][name]) for name in columns), line["clause"])
        for line in report["standards"]
    ]
    return _filled(table(title, (*heads, *amounts, "条款"), amounts, whole=("条款",)), rows)


def _show_check(console: Terminal, check: Mapping[str, Any], written: bool) -> None:
    console.print(f"核查：{check['data']}", soft_wrap=True)
    for note in check["notes"]:
        console.print(note, soft_wrap=True)
    averages = [row for row in check["averages"] if row["town"] is None]
    if averages:
        console.show(
            _filled(
                table("平均水平（元）", ("项目", "人数（人次）", "平均"), ("人数（人次）", "平均")),
                [(row["title"], str(row["units"]), _money(row["average"])) for row in averages],
            )
        )
    if check["growth"]:
        rows = [
            (
                row["title"],
                _money(row["then"]),
                _money(row["now"]),
                f"{row['percent']}%",
                "是" if row["met"] else "否",
            )
            for row in check["growth"]
        ]
        title, numbers = f"同比（上年：{check['last_year']}）", ("上年", "本期", "增长")
        console.show(_filled(table(title, ("项目", *numbers, "达到"), numbers), rows))
    if not check["findings"]:
        console.print("没有发现问题。")
        return
    counted = [(row["title"], row["town"], str(row["count"])) for row in check["counts"]]
    console.show(_filled(table("核查发现", ("问题", "乡镇", "条数"), ("条数",)), counted))
    shown = _first_of_each(check["findings"])
    told = [
        (
            row["title"],
            "　".join(part for part in (row["file"], row["sheet"]) if part) or row["town"],
            "" if row["row"] is None else str(row["row"]),
            row["detail"],
            row["clause"],
        )
        for row in shown
    ]
    heads = ("问题", "文件", "行", "说明", "条款")
    console.show(_filled(table("明细", heads, ("行",), whole=("条款",)), told))
    rest = len(check["findings"]) - len(shown)
    if rest > 0:
        where = "见 标准核查.xlsx" if written else "用 --out DIR 写到 标准核查.xlsx，或用 --json"
        console.print(f"还有 {rest} 条，{where}。")


def _first_of_each(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first few findings of each kind."""
    seen: Counter[str] = Counter()
    shown = []
    for row in findings:
        seen[row["kind"]] += 1
        if seen[row["kind"]] <= _TOLD:
            shown.append(row)
    return shown


def _filled(table: Table, rows: Sequence[tuple[str, ...]]) -> Table:
    for row in rows:
        table.add_row(*row)
    return table


def _money(amount: str) -> str:
    """Whole yuan without places."""
    return amount.removesuffix(".00") if Decimal(amount) == int(Decimal(amount)) else amount
