"""What `loubao link` shows: how the tables were understood, who was found, by which tier."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from loubao.cli.terminal import Terminal, table

_SIDES = {"left": "LEFT", "right": "RIGHT"}
_SKIPS = {"title": "标题", "header": "表头", "total": "合计", "footer": "表尾"}
_DECISIONS = {"link": "关联", "review": "待核实"}


def show_link(report: dict[str, Any]) -> None:
    """Print the tables of a finished link."""
    console = Terminal()
    console.print(_inputs(report))
    if any(side["problems"] for side in report["inputs"].values()):
        console.show(_problems(report))
    if report["tiers"]:
        console.show(_tiers(report["tiers"]))
    for issue in report["issues"]:
        console.print(f"{issue['detail']}（{issue['count']} 处）")
    counts = report["counts"]
    console.print(
        f"LEFT {counts['left']} 人，RIGHT {counts['right']} 人：关联 {counts['linked']} 人，"
        f"待核实 {counts['review']} 人，没有找到 {counts['nobody']} 人。"
    )
    if report["kept"]:
        console.print(f"原输出里有人工改动，已保留在 {report['kept']}")
    console.print(f"结果：{report['out']}", soft_wrap=True)


def _inputs(report: dict[str, Any]) -> Table:
    told = Table(title="表格", title_justify="left", show_header=False)
    told.add_column(no_wrap=True)
    told.add_column(overflow="fold")
    for name, side in report["inputs"].items():
        sheet = f"，工作表“{side['sheet']}”" if side["sheet"] else ""
        told.add_row(_SIDES[name], f"{side['file']}{sheet}：{side['people']} 人")
        columns = [
            f"{report['labels'][field]}←{'+'.join(headers)}"
            for field, headers in side["columns"].items()
        ]
        told.add_row("读取", "，".join(columns))
        if side["unused_columns"]:
            told.add_row("不读取", "，".join(side["unused_columns"]))
        if side["other_sheets"]:
            told.add_row("其他工作表", f"没有读取：{'、'.join(side['other_sheets'])}")
        skipped = [
            f"{_SKIPS[kind]} {n} 行" for kind, n in side["skipped"].items() if kind in _SKIPS
        ]
        if skipped:
            told.add_row("跳过", "，".join(skipped))
        told.add_section()
    return told


def _problems(report: dict[str, Any]) -> Table:
    """Odd cells of both tables, in the order and the words of the rules."""
    sides = report["inputs"]
    codes = {code for side in sides.values() for code in side["problems"]}
    numbers = [_SIDES[name] for name in sides]
    told = table("数据问题", ("问题", *numbers), numbers)
    words = report["issue_titles"]
    for code in [*words, *sorted(codes - set(words))]:
        if code in codes:
            counts = (str(side["problems"].get(code, 0)) for side in sides.values())
            told.add_row(words.get(code, code), *counts)
    return told


def _tiers(tiers: list[dict[str, Any]]) -> Table:
    told = table("判断依据", ("判断", "依据", "人数", "行数"), numbers=("人数", "行数"))
    for row in tiers:
        reason = row["wording"] or row["tier"]
        told.add_row(_DECISIONS[row["decision"]], reason, str(row["people"]), str(row["rows"]))
    return told
