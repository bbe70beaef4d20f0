"""What a month's run shows: tables for a person."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from typing import Any

from rich.table import Table

from loubao.cli.terminal import Terminal, table
from loubao.rules.lists import ListRule

_NEWS = {
    "new": "新增",
    "open": "仍在核查",
    "carried": "名单上已无但未查清",
    "back": "再次列入",
    "spared": "已核查或已登记，不再下发",
    "covered": "已纳入",
    "excluded": "已排除",
    "unnamed": "名单上已无",
    "withdrawn": "本月更正撤回",
}
_ROLES = {"source": "来源", "roll": "名册", "exclusion": "剔除"}


def show_match(report: dict[str, Any]) -> None:
    """Print the tables of a finished match."""
    console = Terminal()
    counts = report["counts"]
    console.print(_reckoning(report))
    console.show(_lists(report["lists"]))
    numbers = ("村居", "人数", "未查到待遇", "疑似已享受", "部分享受")
    towns = table("待核查（按乡镇）", ("乡镇", *numbers), numbers)
    for row in report["towns"]:
        towns.add_row(
            row["town"] or "未识别乡镇",
            *(str(row[k]) for k in ("villages", "people", "uncovered", "review", "partial")),
        )
    console.show(towns)
    if report["problems"]:
        console.show(_problems(report["problems"]))
    console.print(
        f"共读入 {counts['records']} 人，符合条件 {counts['qualifying']} 人次；"
        f"自动关联 {counts['links']} 对，待判断 {counts['reviews']} 对；"
        f"需入户核查 {counts['cases']} 人（{counts['households']} 户）。"
    )
    if report["ledger"]:
        console.print(_news(report["ledger"]))
    if report["kept"]:
        console.print(f"原输出里有人工改动，已保留在 {report['kept']}")
    console.print(f"核查表：{report['out']}/核查表；数据问题：{report['out']}/数据问题.xlsx")


def _news(told: Mapping[str, Any]) -> str:
    """What the ledger makes of the month, in one sentence."""
    news = told["news"]
    parts = [f"{words} {news[kind]} 人" for kind, words in _NEWS.items() if news.get(kind)]
    sheets = f"本次下发核查表 {told['editions']} 份"
    if told["superseding"]:
        sheets += f"（其中 {told['superseding']} 份代替旧版）"
    return f"台账：{'，'.join(parts) or '没有变化'}；{sheets}。"


def show_check(report: dict[str, Any], lists: Mapping[str, ListRule]) -> None:
    """Print which file was taken for which list, its columns, and what is wrong.

    `lists`: the rules by name, for the titles of lists and the labels of fields.
    """
    console = Terminal()
    console.print(_reckoning(report))
    console.show(_files(report["inputs"], lists))
    console.print(_columns(report["inputs"], lists))
    console.show(_lists(report["lists"]))
    if report["problems"]:
        console.show(_problems(report["problems"]))
    if report["out"]:
        console.print(f"逐条问题见 {report['out']}")


def show_init(report: dict[str, Any]) -> None:
    """Print what was made, what a second locality must edit, and what to do next."""
    folder, month = report["folder"], report["month"]
    console = Terminal()
    console.print(f"已新建 {folder}，规则在 {report['rules']}，台账是 {report['ledger']}。")
    if report["sample"]:
        first, second, returned = report["sample"]
        console.print(f"示例名单（人物都是虚构的）在 {folder}/{first} 和 {second}，可以依次运行：")
        for line in (
            f"cd {shlex.quote(folder)}",
            f"loubao match {first}",
            f"loubao collect {returned}",
            f"loubao match {second}",
            "loubao progress",
        ):
            console.print(f"  {line}", soft_wrap=True)
        return
    console.print("自带规则是泉州台商投资区的。其他地方使用，先改三处：")
    edits = Table.grid(padding=(0, 2, 0, 0))
    for file, what in (
        ("villages.csv", "村居表：整份换成本地的乡镇、村居、代码、别名，表头不改"),
        ("reading.yaml", "place_prefixes：地址里乡镇前面的省、市、县，换成本地的"),
        ("screening.yaml", "哪份名册算已保障、部分保障，哪些人排除：按本地政策改"),
    ):
        edits.add_row(f"  rules/{file}", what)
    console.print(edits)
    console.print(f"然后把本月名单放进 {folder}/{month}，运行：")
    for line in (
        f"cd {shlex.quote(folder)}",
        f"loubao check {month}",
        f"loubao match {month}",
    ):
        console.print(f"  {line}", soft_wrap=True)


def _reckoning(report: dict[str, Any]) -> str:
    """The period and the day: a wrong folder name would shift every age and time limit."""
    day = date.fromisoformat(report["as_of"])
    month = f"{day.year}年{day.month}月"
    return f"{report['data']}：{month}，年龄和期限截至 {month}{day.day}日"


def _files(inputs: list[dict[str, Any]], lists: Mapping[str, ListRule]) -> Table:
    files = table("文件", ("文件", "工作表", "名单", "人数"), numbers=("人数",))
    for export in inputs:
        if export["ignored"]:
            files.add_row(export["file"], "", "（不读取）", "")
        for sheet in export["sheets"]:
            files.add_row(
                export["file"],
                sheet["sheet"],
                lists[sheet["list"]].title if sheet["list"] else "（跳过）",
                str(sheet["counts"].get("people", 0)),
            )
    return files


def _columns(inputs: list[dict[str, Any]], lists: Mapping[str, ListRule]) -> Table:
    """What each column was taken for; sheets of a list with the same columns are told once."""
    files: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for export in inputs:
        for sheet in export["sheets"]:
            if sheet["list"]:
                columns = tuple(("".join(header.split()), f) for header, f in sheet["columns"])
                files.setdefault((sheet["list"], columns), []).append(export["file"])
    told = Table(title="列的理解（字段←表头）", title_justify="left", show_header=False)
    told.add_column(no_wrap=True)
    told.add_column(overflow="fold")
    for (name, columns), names in files.items():
        rule = lists[name]
        told.add_row("名单", f"{rule.title}：{'、'.join(dict.fromkeys(names))}")
        for title, texts in (
            ("读取", [_taken(h, f, rule) for h, f in columns if f not in {"ignored", "unknown"}]),
            ("不读取", [header for header, field in columns if field == "ignored"]),
            ("没有规则", [header for header, field in columns if field == "unknown"]),
        ):
            if texts:
                told.add_row(title, "，".join(texts))
        told.add_section()
    return told


def _taken(header: str, field: str, rule: ListRule) -> str:
    """`label←header`, or the label alone where the header says just that."""
    member, _, name = field.rpartition(".")
    label = rule.fields[name].label if name in rule.fields else name
    if member:
        label = f"成员{member.removeprefix('member')}{label}"
    return label if label == header else f"{label}←{header}"


def _lists(rows: list[dict[str, Any]]) -> Table:
    numbers = ("文件", "人数", "符合条件")
    told = table("名单", ("名单", "类别", *numbers), numbers)
    for row in rows:
        told.add_row(
            row["title"],
            _ROLES[row["role"]],
            *(str(row[key]) for key in ("files", "records", "qualifying")),
        )
    return told


def _problems(rows: list[dict[str, Any]]) -> Table:
    told = table("数据问题", ("问题", "条数"), numbers=("条数",))
    for row in rows:
        told.add_row(row["title"], str(row["count"]))
    return told
