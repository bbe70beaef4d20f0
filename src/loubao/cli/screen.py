"""What a run shows: a progress bar, tables for a person, one JSON object for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from loubao.pipeline.progress import Progress

_STAGES = {
    "read": "读取名单",
    "tidy": "整理数据",
    "link": "比对名册",
    "write": "生成核查表",
}
_ROLES = {"source": "来源", "roll": "名册", "exclusion": "剔除"}


def print_json(report: dict[str, Any]) -> None:
    """Write `report` as the only thing on standard output."""
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")


@contextmanager
def progress(shown: bool) -> Iterator[Progress]:
    """Give the pipeline something to tell of each step; drawn on a terminal only."""
    if not shown or not sys.stderr.isatty():
        yield lambda stage, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(_STAGES[stage], total=total)
        bars.update(tasks[stage], completed=done, total=total)

    with bars:
        yield tell


def show_match(report: dict[str, Any]) -> None:
    """Print the tables of a finished match."""
    console = Console(highlight=False)
    counts = report["counts"]
    console.print(_lists(report["lists"]))
    towns = Table(title="待核查（按乡镇）", title_justify="left")
    for title in ("乡镇", "村居", "人数", "未查到待遇", "疑似已享受", "部分享受"):
        towns.add_column(title, justify="left" if title == "乡镇" else "right")
    for row in report["towns"]:
        towns.add_row(
            row["town"] or "未识别乡镇",
            *(str(row[k]) for k in ("villages", "people", "uncovered", "review", "partial")),
        )
    console.print(towns)
    if report["problems"]:
        console.print(_problems(report["problems"]))
    console.print(
        f"共读入 {counts['records']} 人，符合条件 {counts['qualifying']} 人次；"
        f"自动关联 {counts['links']} 对，待判断 {counts['reviews']} 对；"
        f"需入户核查 {counts['cases']} 人（{counts['households']} 户）。"
    )
    if report["kept"]:
        console.print(f"原输出里有人工改动，已保留在 {report['kept']}")
    console.print(f"核查表：{report['out']}/核查表；数据问题：{report['out']}/数据问题.xlsx")


def show_check(report: dict[str, Any]) -> None:
    """Print which file was taken for which list, its columns, and what is wrong."""
    console = Console(highlight=False)
    files = Table(title="文件", title_justify="left")
    for title in ("文件", "工作表", "名单", "人数", "列的理解"):
        files.add_column(title, justify="right" if title == "人数" else "left", overflow="fold")
    for export in report["inputs"]:
        if export["ignored"]:
            files.add_row(export["file"], "", "（不读取）", "", "")
        for sheet in export["sheets"]:
            columns = "，".join(f"{header}→{field}" for header, field in sheet["columns"])
            files.add_row(
                export["file"],
                sheet["sheet"],
                sheet["list"] or "（跳过）",
                str(sheet["counts"].get("records", 0)),
                columns,
            )
    console.print(files)
    console.print(_lists(report["lists"]))
    if report["problems"]:
        console.print(_problems(report["problems"]))
    if report["out"]:
        console.print(f"逐条问题见 {report['out']}")


def show_init(report: dict[str, Any]) -> None:
    """Print what was made and what to do next."""
    console = Console(highlight=False)
    console.print(f"已新建 {report['folder']}，规则在 {report['folder']}/rules，可以直接修改。")
    console.print(f"下一步：把本月名单放进 {report['folder']}/{report['month']}，然后运行")
    console.print(f"  cd {report['folder']} && loubao match {report['month']}")


def _lists(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="名单", title_justify="left")
    for title in ("名单", "类别", "文件", "人数", "符合条件"):
        table.add_column(title, justify="left" if title in {"名单", "类别"} else "right")
    for row in rows:
        table.add_row(
            row["title"],
            _ROLES[row["role"]],
            *(str(row[key]) for key in ("files", "records", "qualifying")),
        )
    return table


def _problems(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="数据问题", title_justify="left")
    table.add_column("问题")
    table.add_column("条数", justify="right")
    for row in rows:
        table.add_row(row["title"], str(row["count"]))
    return table
