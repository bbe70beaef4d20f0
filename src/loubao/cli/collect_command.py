"""`loubao collect`: parse, call the pipeline, show."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.run_log import LogFile, logged

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="存放交回的核查表的文件夹，如 交回-2022-06")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="回收问题.xlsx、疑难.xlsx 写到哪个文件夹，如 --out 回收；默认 out/<DIR 的名字>",
        envvar="LOUBAO_OUT",
        show_envvar=False,
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help="回收的日期，核查日期不能晚于这一天，如 --as-of 2022-07-15；默认今天",
        envvar="LOUBAO_AS_OF",
        show_envvar=False,
        formats=["%Y-%m-%d"],
    ),
]

_RESULTS = {
    "eligible": "已核查符合",
    "ineligible": "已核查不符合",
    "applied": "已申请",
    "enrolled": "已纳入",
    "difficult": "疑难",
    "returned": "退回",
}
_ROWS = {
    "posted": "登记的答复",
    "unchanged": "以前登记过，没有变化",
    "repeated": "重复，只登记一次",
    "judged": "只登记了是否同一人",
    "added": "村里加上的人，还没有核查结果",
    "untouched": "没有填写",
    "out": "有问题，没有登记",
    "unidentified": "认不出是谁，没有登记",
    "skipped": "标题、表头、签字等",
}


def collect(
    context: typer.Context,
    folder: Folder,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    rules: options.RulesFolder = None,
    out: Out = None,
    as_of: Day = None,
    log: LogFile = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """回收核查表：把村里填好交回的表登记到台账，有问题的逐条列出。如 loubao collect 交回-2022-06"""
    from loubao.cli import output
    from loubao.commands import collect as collecting
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings
    from loubao.workspace import settings as ledgers

    with logged(log, "collect") as line:
        where = settings.rules_folder(rules)
        known = load_rules(where)
        out = options.own_out(context, out)
        with output.progress(shown=not (quiet or json)) as progress:
            collection = collecting.Collection(
                folder,
                out or collecting.default_out(folder),
                ledger or ledgers.default_ledger(where),
                ledgers.ledger_key(ledger_key_file),
                settings.read_passwords(password_file),
            )
            day = as_of.date() if as_of else datetime.now().date()
            report = collecting.collect(collection, known, day, progress)
        line.update(report)
    if json:
        output.print_json(report)
    elif not quiet:
        show_collect(report)


def show_collect(report: dict[str, Any]) -> None:
    """Print what came back, what was posted, and where the problems are listed."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    counts = report["counts"]
    console.print(
        f"{report['data']}：{counts['files']} 个文件，核查表 {counts['sheets']} 页，"
        f"共 {counts['rows']} 行。"
    )
    rows = table("每一行的去向", ("去向", "行数"), numbers=("行数",))
    for key, title in _ROWS.items():
        if counts[key]:
            rows.add_row(title, str(counts[key]))
    console.show(rows)
    if report["results"]:
        results = table("登记的核查结果", ("核查结果", "人数"), numbers=("人数",))
        for key, title in _RESULTS.items():
            if report["results"].get(key):
                results.add_row(title, str(report["results"][key]))
        console.show(results)
    if report["problems"]:
        problems = table("回收问题", ("问题", "处数"), numbers=("处数",))
        for row in report["problems"]:
            problems.add_row(row["title"], str(row["count"]))
        console.show(problems)
    for sentence in _told(report):
        console.print(sentence)


def _told(report: dict[str, Any]) -> list[str]:
    """The sentences below the tables; what is nothing is not said."""
    counts = report["counts"]
    said = []
    if counts["missing"]:
        said.append(f"这些版次的表上另有 {counts['missing']} 人没有交回（整行不见了）。")
    if counts["new_people"]:
        said.append(f"村里新加 {counts['new_people']} 人，已按村级上报新开编号。")
    if counts["judgements"]:
        merged = f"，合并 {counts['merged']} 号" if counts["merged"] else ""
        said.append(f"是否同一人：登记 {counts['judgements']} 条{merged}。")
    if report["ignored"]:
        said.append(f"没有读取：{'、'.join(report['ignored'])}")
    if not report["posted"]:
        said.append("没有新的内容要登记，台账没有改动。")
    out = report["out"]
    said.append(f"回收问题：{out}/回收问题.xlsx")
    said.append(f"疑难 {report['difficult']} 人：{out}/疑难.xlsx")
    return said
