"""`loubao archive` and `loubao backup`, what is kept for later: options and screens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report

Copy = Annotated[Path, typer.Argument(metavar="FILE", help="副本的文件名，如 备份/loubao.db")]
Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="归档文件夹，要新的，如 归档/2022；或用 --verify 核对它"),
]
Seal = Annotated[
    str | None,
    options.option("--seal", "HEX", "与 --verify 同用：与移交单上抄的封存号比，如 --seal 3f9c…"),
]
Seals = Annotated[bool, options.option("--seals", None, "不归档，只列出台账记下的各次归档的封存号")]
SignKey = Annotated[
    Path | None,
    options.option("--sign-key", "FILE", "归档时用单位的 SSH 私钥签名，如 --sign-key 密钥/archive"),
]
Signer = Annotated[
    Path | None,
    options.option(
        "--signer", "FILE", "与 --verify 同用：核对签名的单位公钥，如 --signer archive.pub"
    ),
]
Verify = Annotated[
    bool, options.option("--verify", None, "不归档，只核对 DIR：文件齐全、没有改动，与台账一致")
]
First = Annotated[
    str | None, options.option("--from", "YYYY-MM", "只归档这个月起的，如 --from 2022-06")
]
Last = Annotated[
    str | None, options.option("--to", "YYYY-MM", "只归档到这个月为止，如 --to 2022-09")
]


def archive(
    folder: Folder,
    verify: Verify = False,
    first: First = None,
    last: Last = None,
    seal: Seal = None,
    seals: Seals = False,
    sign_key: SignKey = None,
    signer: Signer = None,
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

    rules = settings.rules_folder(rules)
    key = settings.ledger_key(ledger_key_file)
    show = show_archive
    if seals:
        report = archiving.kept_seals(ledger or settings.default_ledger(rules), key)
        show = show_seals
    elif verify:
        ledger = settings.ledger_of_month(ledger, rules)
        report = archiving.verify(folder, archiving.Proof(ledger, key, seal, signer, rules))
        show = show_intact
    else:
        span = archiving.Span(_month("--from", first), _month("--to", last))
        ledger = ledger or settings.default_ledger(rules)
        report = archiving.archive(folder, ledger, key, rules, span, sign_key)
    Audience(quiet, json).deliver(report, show, written=not (verify or seals))


def backup(
    file: Copy,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """台账存副本：别人正在用也可以。如 loubao backup 备份/loubao.db"""
    from loubao.commands import backup as copies

    report = copies.backup(file, ledger, ledger_key_file, rules)
    Audience(quiet, json).deliver(report, show_backup, written=True)


def _month(option: str, given: str | None) -> str | None:
    from loubao.core.faults import Usage

    if given is not None and not options.is_month(given):
        raise Usage(f"{option} 应写成 YYYY-MM，如 {option} 2022-06")
    return given


def show_archive(report: Report) -> None:
    """Print what was archived, its seal, and what is missing from it."""
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
    typer.echo("封存号已记进台账，请再抄在移交单上；以后用 loubao archive --verify 核对。")
    typer.echo("归档没有加密，里面有姓名和身份证号，请妥善保管，不要外传。")


def show_intact(report: Report) -> None:
    """Print that an archive is intact, its seal, and what that was held against."""
    beside = f"，与台账 {report['ledger']} 一致" if report["ledger"] else "；没有台账可以对照"
    typer.echo(
        f"{report['archive']} 完好：{_months(report)}，"
        f"{report['files']} 份文件（连目录）没有改动{beside}。"
    )
    same = {"ledger": "与台账记下的相同", "given": "与给出的相同"}
    typer.echo(f"封存号 {report['seal']}，{same.get(report['sealed'], '应与移交单上的相同')}。")
    if report["signer"]:
        typer.echo(f"签名是 {report['signer']} 的。")
    elif report["signed"]:
        typer.echo("有签名，没有核对：请用 --signer 给出单位的公钥。")


def show_seals(report: Report) -> None:
    """Print the seals that a ledger keeps, a line each."""
    for each in report["seals"]:
        typer.echo(f"{each['archived']}  {_months(each)}  {each['seal']}")
    if not report["seals"]:
        typer.echo(f"台账 {report['ledger']} 里没有归档的封存号。")


def show_backup(report: Report) -> None:
    """Print where the copy is and what is in it."""
    counts = report["counts"]
    typer.echo(
        f"台账 {report['ledger']} 已存副本 {report['file']}："
        f"登记 {counts['postings']} 次，事件 {counts['events']} 条，{counts['bytes']} 字节。"
    )


def _months(report: Report) -> str:
    """Return the first and last month of an archive.

    >>> _months({"months": ["2022-05", "2022-06", "2022-07"]}), _months({"months": ["2022-05"]})
    ('2022-05 至 2022-07', '2022-05')
    """
    months = report["months"]
    return str(months[0]) if len(months) == 1 else f"{months[0]} 至 {months[-1]}"
