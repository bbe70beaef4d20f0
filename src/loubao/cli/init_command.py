"""`loubao init`: its options and its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report

NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="要新建的工作文件夹，如 漏保核查")]
Sample = Annotated[
    bool, options.option("--sample", None, "再放两个月的示例名单（人物都是虚构的），先练一遍")
]

#: What another locality edits in the rules that come with loubao.
_EDITS = {
    "villages.csv": "村居表：整份换成本地的乡镇、村居、代码、别名，表头不改",
    "reading.yaml": "place_prefixes：地址里乡镇前面的省、市、县，换成本地的",
    "screening.yaml": "哪份名册算已保障、部分保障，哪些人排除：按本地政策改",
}


def init(
    folder: NewFolder,
    sample: Sample = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """新建工作文件夹：放一份可以修改的规则。如 loubao init 漏保核查"""
    from loubao.commands.init import init as make

    Audience(quiet, json).deliver(make(folder, sample), show_init)


def show_init(report: Report) -> None:
    """Print what was made, what a second locality must edit, and what to do next."""
    import shlex

    from rich.table import Table

    from loubao.cli.terminal import Terminal

    folder, month = report["folder"], report["month"]
    console = Terminal()
    console.print(f"已新建 {folder}，规则在 {report['rules']}，台账是 {report['ledger']}。")
    commands = [f"cd {shlex.quote(folder)}"]
    if report["sample"]:
        first, second, returned = report["sample"]
        console.print(f"示例名单（人物都是虚构的）在 {folder}/{first} 和 {second}，可以依次运行：")
        commands += [f"loubao match {first}", f"loubao collect {returned}"]
        commands += [f"loubao match {second}", "loubao progress"]
    else:
        console.print("自带规则是泉州台商投资区的。其他地方使用，先改三处：")
        edits = Table.grid(padding=(0, 2, 0, 0))
        for file, what in _EDITS.items():
            edits.add_row(f"  rules/{file}", what)
        console.print(edits)
        console.print(f"然后把本月名单放进 {folder}/{month}，运行：")
        commands += [f"loubao check {month}", f"loubao match {month}"]
    for command in commands:
        console.print(f"  {command}", soft_wrap=True)
