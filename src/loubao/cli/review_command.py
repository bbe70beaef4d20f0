"""`loubao review`: its options; the page itself is the affair of `desk`."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report, logged


class Order(StrEnum):
    """Who is asked about first."""

    LEAVES = "leaves"
    UNCERTAIN = "uncertain"
    TOWN = "town"


Out = Annotated[
    Path | None,
    typer.Argument(metavar="OUT", help="match 的输出文件夹，如 out/2022-06；默认 out 里最近的一个"),
]
Reader = Annotated[
    str,
    options.option("--reader", "谁", "是谁在核对，记进台账，如 --reader 甲"),
]
Blind = Annotated[
    int,
    options.option(
        "--blind",
        "N",
        "百分之 N 的人由两个人各自核对，互相看不见，不一致的再定案，如 --blind 20",
        min=0,
        max=100,
    ),
]
By = Annotated[
    Order,
    options.option(
        "--order",
        "ORDER",
        "先核对谁：leaves 核对后能不上表的，uncertain 最拿不准的，town 按乡镇村，如 --order town",
    ),
]
Port = Annotated[
    int,
    options.option(
        "--port", "N", "网页的端口，默认任选一个空着的，如 --port 8321", min=0, max=65535
    ),
]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="不自动打开浏览器，只显示网址")]


def review(
    out: Out = None,
    reader: Reader = "",
    blind: Blind = 0,
    order: By = Order.LEAVES,
    port: Port = 0,
    no_browser: NoBrowser = False,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    log: options.LogFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """在本机网页上核对疑似同一人，答复记进台账，再比对时照办。如 loubao review --reader 甲"""
    from loubao.commands import review as reviewing
    from loubao.core.faults import Usage
    from loubao.rules.sheets import load_printed
    from loubao.workspace import settings

    try:
        from loubao.desk.serving import serve
    except ImportError:
        install = 'pip install ".[review]"'
        raise Usage(f"核对的网页要先安装：在 loubao 的文件夹里运行 {install}") from None
    audience = Audience(quiet, json)
    folder = settings.rules_folder(rules)
    words = load_printed(folder, "sheets").review.desk
    what = reviewing.Reviewing(
        out=out,
        rules=folder,
        ledger=ledger or settings.default_ledger(folder),
        key=settings.ledger_key(ledger_key_file),
        reader=reader.strip(),
        order=order.value,
        blind=blind,
    )

    def opened(address: str) -> None:
        # on the screen of whoever started it, and nowhere else: the token is in it
        typer.echo(words.screen.open.format(address=address), err=json)
        typer.echo(words.screen.how, err=json)

    with logged(log, "review") as report, reviewing.reviewing(what) as session:
        idle = serve(session, words, opened, port, browser=not no_browser)
        standing = asdict(session.standing())
        report |= {"due": standing.pop("due"), "reader": what.reader, "counts": standing}
    if idle:
        typer.echo(words.screen.idle, err=True)
    audience.deliver(report, _shown(words), written=True)


def _shown(words: Any) -> Any:
    def show(report: Report) -> None:
        counts = report["counts"]
        names = ("total", "done", "unsure", "saved")
        typer.echo(words.screen.ended.format(**{name: counts[name] for name in names}))
        if report["due"]:
            typer.echo(words.due)

    return show
