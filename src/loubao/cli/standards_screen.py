"""What `loubao standards` shows: tables for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from loubao.cli.terminal import Terminal

_COLUMNS = {"least": "按下限", "average": "按平均线", "most": "按上限", "given": "按执行标准"}
#: Findings of a kind told in full; the rest is in the workbook.
_TOLD = 3


def show_standards(report: Mapping[str, Any]) -> None:
    """Print the standards and, where rolls were checked, what was found."""
    console = Terminal()
    for line in report["heading"]:
        console.print(line)
    console.print(_tariff(report))
    check = report["check"]
    if check is not None:
        _show_check(console, check, bool(report["out"]))
    if report["out"]:
        console.print(f"已写入 {report['out']}")


def _tariff(report: Mapping[str, Any]) -> Table:
    permitted = report["permitted"]
    title = f"救助标准（元/人·月），低保允许范围 {permitted['least']} 至 {permitted['most']}"
    table = Table(title=title, title_justify="left")
    columns = list(report["standards"][0]["amounts"])
    table.add_column("项目")
    table.add_column("算法", overflow="fold")
    for name in columns:
        table.add_column(_COLUMNS[name], justify="right")
    table.add_column("条款")
    for line in report["standards"]:
        amounts = [_money(line["amounts"][name]) for name in columns]
        table.add_row(line["item"], line["rule"], *amounts, line["clause"])
    return table


def _show_check(console: Console, check: Mapping[str, Any], written: bool) -> None:
    console.print(f"核查：{check['data']}")
    for note in check["notes"]:
        console.print(note)
    averages = [row for row in check["averages"] if row["town"] is None]
    if averages:
        console.print(
            _table(
                "平均水平（元）",
                ("项目", "人数（人次）", "平均"),
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
        heads = ("项目", "上年", "本期", "增长", "达到")
        console.print(_table(f"同比（上年：{check['last_year']}）", heads, rows))
    if not check["findings"]:
        console.print("没有发现问题。")
        return
    counted = [(row["title"], row["town"], str(row["count"])) for row in check["counts"]]
    console.print(_table("核查发现", ("问题", "乡镇", "条数"), counted))
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
    console.print(_table("明细", ("问题", "文件", "行", "说明", "条款"), told, words=(3, 4)))
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


def _table(
    title: str,
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    words: tuple[int, ...] = (),
) -> Table:
    """A table; columns after the first two hold numbers, unless they hold `words`."""
    table = Table(title=title, title_justify="left")
    for i, head in enumerate(heads):
        right = i > 1 and i not in words
        table.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _money(amount: str) -> str:
    """Whole yuan without places."""
    return amount.removesuffix(".00") if Decimal(amount) == int(Decimal(amount)) else amount
