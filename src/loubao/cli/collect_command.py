"""`loubao collect`: its options and its screen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report, logged

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="存放交回的核查表的文件夹，如 交回-2022-06")
]
Out = Annotated[
    Path | None,
    options.out_option(
        "回收问题.xlsx、疑难.xlsx 写到哪个文件夹，如 --out 回收；默认 out/<DIR 的名字>"
    ),
]
Day = Annotated[
    datetime | None,
    options.day_option(
        "--as-of", "回收的日期，核查日期不能晚于这一天，如 --as-of 2022-07-15；默认今天"
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
    log: options.LogFile = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """回收核查表：把村里填好交回的表登记到台账，有问题的逐条列出。如 loubao collect 交回-2022-06"""
    from loubao.commands import collect as collecting
    from loubao.rules.folder import load_rules
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    with logged(log, "collect") as line:
        rules_folder = settings.rules_folder(rules)
        policy = load_rules(rules_folder)
        out = options.own_out(context, out)
        with audience.progress() as progress:
            collection = collecting.Collection(
                folder,
                out or collecting.default_out(folder),
                ledger or settings.default_ledger(rules_folder),
                settings.ledger_key(ledger_key_file),
                settings.read_passwords(password_file),
            )
            day = as_of.date() if as_of else datetime.now().date()
            report = collecting.collect(collection, policy, day, progress)
        line.update(report)
    audience.deliver(report, show_collect, written=True)


def show_collect(report: Report) -> None:
    """Print what came back, what was posted, and where the problems are listed."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    counts = report["counts"]
    console.print(
        f"{report['data']}：{counts['files']} 个文件，核查表 {counts['sheets']} 页，"
        f"共 {counts['rows']} 行。"
    )
    rows = ((title, counts[key]) for key, title in _ROWS.items() if counts[key])
    console.show(table("每一行的去向", ("去向", "行数"), rows, numbers=("行数",)))
    if report["results"]:
        found = report["results"]
        results = ((title, found[key]) for key, title in _RESULTS.items() if found.get(key))
        heads = ("核查结果", "人数")
        console.show(table("登记的核查结果", heads, results, numbers=("人数",)))
    if report["problems"]:
        problems = ((row["title"], row["count"]) for row in report["problems"])
        console.show(table("回收问题", ("问题", "处数"), problems, numbers=("处数",)))
    for sentence in _sentences(report):
        console.print(sentence)


def _sentences(report: Report) -> list[str]:
    """Return the sentences below the tables; what did not happen is left out."""
    counts = report["counts"]
    sentences = []
    if counts["missing"]:
        sentences.append(f"这些版次的表上另有 {counts['missing']} 人没有交回（整行不见了）。")
    if counts["parted"]:
        sentences.append(f"同一证号是两个人的，另一人已另开编号：{counts['parted']} 人。")
    if counts["new_people"]:
        sentences.append(f"村里新加 {counts['new_people']} 人，已按村级上报新开编号。")
    if counts["judgements"]:
        merged = f"，合并 {counts['merged']} 号" if counts["merged"] else ""
        sentences.append(f"是否同一人：登记 {counts['judgements']} 条{merged}。")
    if counts["asked"]:
        sentences.append(f"乡镇退回村再核查 {counts['asked']} 人，下次比对时列入核查表。")
    if report["ignored"]:
        sentences.append(f"没有读取：{'、'.join(report['ignored'])}")
    if not report["posted"]:
        sentences.append("没有新的内容要登记，台账没有改动。")
    out = report["out"]
    sentences.append(f"回收问题：{out}/回收问题.xlsx")
    sentences.append(f"疑难 {report['difficult']} 人：{out}/疑难.xlsx")
    return sentences
