"""`loubao backup`: parse, copy the ledger, show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options

File = Annotated[Path, typer.Argument(metavar="FILE", help="副本的文件名，如 备份/loubao.db")]


def backup(
    file: File,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """台账存副本：别人正在用也可以。如 loubao backup 备份/loubao.db"""
    from loubao.commands.backup import keep

    report = keep(file, ledger, ledger_key_file, rules)
    if json:
        from loubao.cli.output import print_json

        print_json(report)
    elif not quiet:
        counts = report["counts"]
        typer.echo(
            f"台账 {report['ledger']} 已存副本 {report['file']}："
            f"登记 {counts['postings']} 次，事件 {counts['events']} 条，{counts['bytes']} 字节。"
        )
