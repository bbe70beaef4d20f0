"""`loubao init`: its options, its questions and its screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report

NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="要新建的工作文件夹，如 漏保核查")]
Sample = Annotated[
    bool, options.option("--sample", None, "再放两个月的示例名单（人物都是虚构的），先练一遍")
]
County = Annotated[
    str | None,
    options.option(
        "--county", "县", "本县（市、区）的代码或名称，放好全部村居，如 --county 350521"
    ),
]
MedicalOver = Annotated[
    str | None,
    options.option(
        "--medical-over", "元", "个人自付医疗费用超过多少元列入核查，如 --medical-over 40000"
    ),
]
Disability = Annotated[
    str | None,
    options.option(
        "--disability",
        "all|DATE",
        "重度残疾人核查全部（all），或从哪天起算新增，如 --disability 2021-01-01",
    ),
]
DeadlineDays = Annotated[
    str | None,
    options.option("--deadline-days", "天", "下发后多少天内交回，如 --deadline-days 15"),
]
Contact = Annotated[
    str | None,
    options.option(
        "--contact", "谁", '村里有疑问打给谁，印在核查表上，如 --contact "社会事务办 87000000"'
    ),
]
Phases = Annotated[
    str | None,
    options.option(
        "--phases", "阶段", '各阶段的名称、起、止，如 --phases "摸排 2022-05-01 2022-05-31"'
    ),
]
MinimumWage = Annotated[
    str | None,
    options.option(
        "--minimum-wage", "元", '最低工资和执行日期，如 --minimum-wage "1960 2022-04-01"'
    ),
]

#: What is asked on a terminal for each key of local.yaml.
_QUESTIONS = {
    "medical_over": "个人自付医疗费用一年超过多少元列入核查",
    "disability": "重度残疾人：全部核查写 all；只核查新增的，写从哪天起发证算新增",
    "deadline_days": "核查表下发后多少天内交回",
    "contact": "村里有疑问打给谁，印在核查表上（如 社会事务办 87000000），没有就回车",
    "phases": "各阶段的名称、起、止（如 摸排 2022-05-01 2022-05-31；落实 …），没有就回车",
    "minimum_wage": "最低工资和执行日期（照公布的原文，如 1960 2022-04-01），不知道就回车",
}
_COUNTY = "哪个县（市、区）（代码或名称，如 350521；回车则村居表以后自己填）"


def init(
    folder: NewFolder,
    sample: Sample = False,
    county: County = None,
    medical_over: MedicalOver = None,
    disability: Disability = None,
    deadline_days: DeadlineDays = None,
    contact: Contact = None,
    phases: Phases = None,
    minimum_wage: MinimumWage = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """新建工作文件夹：规则、本县村居、空台账。如 loubao init 漏保核查 --county 350521"""
    from loubao.commands import init as command
    from loubao.workspace.settings import ledger_key

    secret = ledger_key(ledger_key_file)
    given = {
        **{"medical_over": medical_over, "disability": disability},
        **{"deadline_days": deadline_days, "contact": contact},
        **{"phases": phases, "minimum_wage": minimum_wage},
    }
    answers = {key: text for key, text in given.items() if text is not None}
    audience = Audience(quiet, json)
    if audience.is_person and not (yes or sample) and sys.stdin.isatty():
        command.refuse_existing(folder)
        county = county or _asked(_COUNTY, "", command.county_of)
        if county:
            for key, question in _QUESTIONS.items():
                if key not in answers:
                    check = partial(command.local_value, key)
                    answers[key] = _asked(question, str(command.ELSEWHERE[key]), check)
    audience.deliver(command.init(folder, sample, county, answers, secret), show_init, written=True)


def _asked(question: str, default: str, check: Callable[[str], object]) -> str:
    """Return what is answered, asked again until `check` takes it."""
    from loubao.core.faults import Usage

    while True:
        try:
            text: str = typer.prompt(
                question, default=default, show_default=bool(default), err=True
            )
        except typer.Abort:  # Ctrl-C, or the end of what is typed
            raise KeyboardInterrupt from None
        if text.strip():
            try:
                check(text)
            except Usage as fault:
                typer.echo(fault.message, err=True)
                continue
        return text.strip()


def _quoted(folder: str) -> str:
    """A folder as the command line of this computer takes it."""
    if sys.platform == "win32":
        from subprocess import list2cmdline

        return list2cmdline([folder])
    from shlex import quote

    return quote(folder)


def show_init(report: Report) -> None:
    """Print what was made, what is still to be edited, and what to do next."""
    from loubao.cli.terminal import Terminal

    folder, month = report["folder"], report["month"]
    county, towns, villages = (report.get(key) for key in ("county", "towns", "villages"))
    console = Terminal()
    console.print(f"已新建 {folder}，规则在 {report['rules']}，台账是 {report['ledger']}。")
    commands = [f"cd {_quoted(folder)}"]
    if report["sample"]:
        first, second, returned = report["sample"]
        console.print(f"示例名单（人物都是虚构的）在 {folder}/{first} 和 {second}，可以依次运行：")
        commands += [f"loubao match {first}", f"loubao collect {returned} --as-of 2022-06-20"]
        commands += [f"loubao match {second}", "loubao progress --as-of 2022-06-30"]
    else:
        if county:
            console.print(
                f"{county}：{towns} 个乡镇（街道）、{villages} 个村居，"
                "已写进 rules/villages.csv，各种写法都认，不用再改。"
            )
            console.print("本地的口径和期限在 rules/local.yaml，可以再改。")
        else:
            console.print(
                "村居表和口径还是自带的例子（泉州台商投资区）。别的地方请另建一个，"
                "写上县名或代码，如：\n"
                "  loubao init 我县 --county 350521"
            )
        console.print(f"把本月名单放进 {folder}/{month}，然后运行：")
        commands += [f"loubao {verb} {month}" for verb in ("adapt", "check", "match")]
    for command in commands:
        console.print(f"  {command}", soft_wrap=True)
