"""`loubao undo`: its options and its screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report, logged

if TYPE_CHECKING:
    from loubao.commands.undo import Undoable

Number = Annotated[
    int | None,
    options.option("--posting", "N", "只在最后一次登记是第 N 次时才撤回，如 --posting 5", min=1),
]


#: What is to be done after a posting of each kind is taken back.
_AGAIN = {
    "month": "改好名单或日期后请重新运行 loubao match；同一个人仍用原来的编号。",
    "return": "改好交回的表后请重新运行 loubao collect；同一个人仍用原来的编号。",
    "review": "要改判，请运行 loubao review；核查表请重新运行 loubao match 更新。",
}


def undo(
    posting: Number = None,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    log: options.LogFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """撤回台账的最后一次登记（比对、回收或核对），只补记更正，不删除。如 loubao undo --yes"""
    from loubao.commands import undo as undoing
    from loubao.workspace.settings import default_ledger, ledger_key, rules_folder

    audience = Audience(quiet, json)
    file = ledger or default_ledger(rules_folder(rules))
    key = ledger_key(ledger_key_file)
    with logged(log, "undo") as report:
        found = undoing.undoable(file, key, posting)
        if not yes:
            _ask(audience, found)
        report |= undoing.undo(file, key, found.posting.posting_id)
    audience.deliver(report, show_undone, written=True)


def _ask(audience: Audience, found: Undoable) -> None:
    """Ask whether to take it back; raises `Usage` where nobody can answer, `Exit` after a no."""
    from loubao.core.faults import Usage

    if not (audience.is_person and sys.stdin.isatty()):
        raise Usage(f"将撤回{found.title}：{_contents(found)}；确要撤回，请加 --yes")
    typer.echo(f"将撤回{found.title}：{_contents(found)}。")
    if not typer.confirm("撤回吗", default=False):
        typer.echo("没有撤回。")
        raise typer.Exit(0)


def _contents(found: Undoable) -> str:
    return words_of(
        {name: getattr(found, name) for name in ("cases", "editions", "answers", "reviews")}
    )


def words_of(counts: dict[str, int]) -> str:
    """Return what goes with a posting.

    >>> words_of({"cases": 12, "editions": 3, "answers": 0, "reviews": 0})
    '新开编号 12 个，核查表 3 张'
    >>> words_of({"cases": 0, "editions": 0, "answers": 0, "reviews": 1})
    '办公室的核对 1 条'
    >>> words_of({"cases": 0, "editions": 0, "answers": 0, "reviews": 0})
    '没有新开编号、核查表和答复'
    """
    parts = [
        *([f"新开编号 {counts['cases']} 个"] if counts["cases"] else []),
        *([f"核查表 {counts['editions']} 张"] if counts["editions"] else []),
        *([f"村里的答复 {counts['answers']} 条"] if counts["answers"] else []),
        *([f"办公室的核对 {counts['reviews']} 条"] if counts["reviews"] else []),
    ]
    return "，".join(parts) or "没有新开编号、核查表和答复"


def show_undone(report: Report) -> None:
    """Print what was taken back, and what is to be done now."""
    from loubao.commands.undo import KINDS

    counts, kind = report["counts"], report["undone"]["kind"]
    typer.echo(f"已撤回{report['title']}：{words_of(counts)}。")
    if counts["editions"]:
        typer.echo("这一次的核查表作废：还没有下发的不要下发，已经下发的请收回或告知作废。")
    typer.echo(_AGAIN[kind])
    last = report["last"]
    if last:
        word = KINDS[last["kind"]]
        typer.echo(f"台账现在到第{last['posting_id']}次登记：{last['month']} 的{word}。")
    else:
        typer.echo("台账里现在没有登记。")
