"""`loubao archive`: parse, call the pipeline, show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from loubao.cli import options

Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="归档文件夹，要新的，如 归档/2022；或用 --verify 核对它"),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="不归档，只核对 DIR：文件齐全、没有改动，与台账一致",
        envvar="LOUBAO_VERIFY",
        show_envvar=False,
    ),
]
First = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="YYYY-MM",
        help="只归档这个月起的，如 --from 2022-06",
        envvar="LOUBAO_FROM",
        show_envvar=False,
    ),
]
Last = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="YYYY-MM",
        help="只归档到这个月为止，如 --to 2022-09",
        envvar="LOUBAO_TO",
        show_envvar=False,
    ),
]
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def archive(
    folder: Folder,
    verify: Verify = False,
    first: First = None,
    last: Last = None,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """归档备查：名单、规则、下发和回收的核查表、全部记录。如 loubao archive 归档/2022"""
    from loubao.commands import archive as archiving
    from loubao.workspace import settings
    from loubao.workspace import settings as ledgers

    rules = settings.rules_folder(rules)
    key = ledgers.ledger_key(ledger_key_file)
    if verify:
        report = archiving.verify(folder, ledgers.ledger_of_month(ledger, rules), key)
    else:
        span = archiving.Span(_month("--from", first), _month("--to", last))
        ledger = ledger or ledgers.default_ledger(rules)
        report = archiving.archive(folder, ledger, key, rules, span)
    if json:
        from loubao.cli.output import print_json

        print_json(report)
    elif not quiet:
        (_show_checked if verify else _show)(report)


def _month(option: str, given: str | None) -> str | None:
    from loubao.core.faults import Usage

    if given is not None and not _MONTH.fullmatch(given):
        raise Usage(f"{option} 应写成 YYYY-MM，如 {option} 2022-06")
    return given


def _show(report: dict[str, Any]) -> None:
    counts = report["counts"]
    lacking = counts["missing"] + counts["changed"]
    typer.echo(
        f"已归档到 {report['archive']}：{_months(report)}，文件 {counts['kept']} 份，"
        f"事件 {counts['events']} 条。"
    )
    if lacking:
        typer.echo(
            f"缺失 {counts['missing']} 份、已改动 {counts['changed']} 份，"
            f"怎么办见 {report['archive']}/{report['index']}"
        )
    typer.echo(f"封存号 {report['seal']}")
    typer.echo("请把封存号抄在移交单上；以后用 loubao archive --verify 核对。")
    typer.echo("归档没有加密，里面有姓名和身份证号，请妥善保管，不要外传。")


def _show_checked(report: dict[str, Any]) -> None:
    beside = f"，与台账 {report['ledger']} 一致" if report["ledger"] else "；没有台账可以对照"
    typer.echo(
        f"{report['archive']} 完好：{_months(report)}，{report['files']} 份文件没有改动{beside}。"
    )
    typer.echo(f"封存号 {report['seal']}，应与移交单上的相同。")


def _months(report: dict[str, Any]) -> str:
    months = report["months"]
    return str(months[0]) if len(months) == 1 else f"{months[0]} 至 {months[-1]}"
