"""`loubao restore`: its options and its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report

Copy = Annotated[Path, typer.Argument(metavar="FILE", help="副本的文件名，如 备份/loubao.db")]


def restore(
    file: Copy,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """恢复台账：查验副本后放回原处，原台账另存。如 loubao restore 备份/loubao.db"""
    from loubao.commands import backup as copies

    report = copies.restore(file, ledger, ledger_key_file, rules, yes)
    Audience(quiet, json).deliver(report, show_restored, written=True)


def show_restored(report: Report) -> None:
    """Print what is in the ledger now, what was in the one before, and where that is kept."""
    typer.echo(
        f"台账 {report['ledger']} 已用副本 {report['file']} 恢复：{_contents(report['counts'])}。"
    )
    if report["kept"]:
        before = report["before"]
        words = f"（{_contents(before)}）" if before else "（读不出或不完整）"
        typer.echo(f"原来的台账{words}另存为 {report['kept']}")
    typer.echo("副本以后登记的内容不在里面，请重新运行那以后的 match 和 collect。")


def _contents(counts: dict[str, int]) -> str:
    """Return how much a ledger holds.

    >>> _contents({"postings": 2, "events": 8})
    '登记 2 次，事件 8 条'
    """
    return f"登记 {counts['postings']} 次，事件 {counts['events']} 条"
