"""`loubao review`: its options and its screen; the page is the affair of `desk`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report, logged

if TYPE_CHECKING:
    from loubao.commands.review import Reviewing


class Order(StrEnum):
    """Who is asked about first."""

    LEAVES = "leaves"
    UNCERTAIN = "uncertain"
    TOWN = "town"


Out = Annotated[
    Path | None,
    typer.Argument(
        metavar="OUT", help="match 或 link 的输出文件夹，如 out/2022-06；默认最近一次 match 的"
    ),
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
Export = Annotated[
    Path | None,
    options.option("--export", "FILE", "不用浏览器：把同样的问题写成工作簿，如 --export 核对.xlsx"),
]
Import = Annotated[
    Path | None,
    options.option(
        "--import", "FILE", "登记 --export 写出、已填好的工作簿里的答复，如 --import 核对.xlsx"
    ),
]

TakeBack = Annotated[
    bool,
    typer.Option("--take-back", help="撤销自己最后一次核对的全部答复，如 --reader 甲 --take-back"),
]


def review(
    out: Out = None,
    reader: Reader = "",
    blind: Blind = 0,
    order: By = Order.LEAVES,
    export: Export = None,
    import_: Import = None,
    take_back: TakeBack = False,
    port: Port = 0,
    no_browser: NoBrowser = False,
    rules: options.RulesFolder = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    password_file: options.PasswordFile = None,
    log: options.LogFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """在本机网页上核对疑似同一人，答复记进台账，再比对时照办。如 loubao review --reader 甲"""
    from loubao.commands import review as reviewing
    from loubao.core.faults import Usage
    from loubao.rules.sheets import load_printed
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    folder = settings.rules_folder(rules)
    words = load_printed(folder, "sheets").review
    if reviewing.is_link(out):
        screen = words.desk.screen.replaced(ended=words.link.ended)
        words = words.replaced(desk=words.desk.replaced(**words.link.desk, screen=screen))
    what = reviewing.Reviewing(
        out=out,
        rules=folder,
        ledger=ledger or settings.default_ledger(folder),
        key=settings.ledger_key(ledger_key_file),
        reader=reader.strip(),
        order=order.value,
        blind=blind,
    )
    if sum(map(bool, (export, import_, take_back))) > 1:
        raise Usage("--export、--import、--take-back 一次只能用一个")
    if take_back:
        with logged(log, "review") as report:
            report |= reviewing.take_back(what, _asking(audience, words.back, yes))
        audience.deliver(report, _taken_back(words), written=True)
    elif export:
        with logged(log, "review") as report:
            report |= reviewing.export(what, export)
        audience.deliver(report, _exported(words.book), written=True)
    elif import_:
        passwords = settings.read_passwords(password_file)
        with logged(log, "review") as report:
            report |= reviewing.take_in(what, import_, passwords)
        audience.deliver(report, _imported(words), written=True)
    else:
        with logged(log, "review") as report:
            report |= _page(what, words.desk, Place(port, not no_browser), err=json)
        audience.deliver(report, _shown(words.desk), written=True)


@dataclass(frozen=True)
class Place:
    """Where the page is served, and whether a browser is opened on it."""

    port: int
    browser: bool


def _page(what: Reviewing, words: Any, place: Place, err: bool) -> Report:
    """Serve the page until it is ended; return how far the sitting has come."""
    from loubao.commands import review as reviewing
    from loubao.core.faults import Usage

    try:
        from loubao.desk.serving import serve
    except ImportError:
        install = 'pip install ".[review]"'
        raise Usage(
            f"核对的网页要先安装：在 loubao 文件夹里运行 {install}；或用 --export 写成工作簿"
        ) from None

    def opened(address: str) -> None:
        # on the screen of whoever started it, and nowhere else: the token is in it
        typer.echo(words.screen.open.format(address=address), err=err)
        typer.echo(words.screen.how, err=err)

    with reviewing.reviewing(what) as session:
        idle = serve(session, words, opened, place.port, browser=place.browser)
        standing = asdict(session.standing())
    if idle:
        typer.echo(words.screen.idle, err=True)
    return {"due": standing.pop("due"), "reader": what.reader, "counts": standing}


def _asking(audience: Audience, words: Any, yes: bool) -> Callable[[str], bool]:
    """Ask the person at the keyboard; raises `Usage` where nobody can answer."""
    from loubao.core.faults import Usage

    def agreed(what: str) -> bool:
        if yes:
            return True
        if not (audience.is_person and sys.stdin.isatty()):
            raise Usage(f"{what}；{words.yes}")
        typer.echo(f"{what}。")
        return bool(typer.confirm(words.sure, default=False))

    return agreed


def _taken_back(words: Any) -> Any:
    def show(report: Report) -> None:
        counts = report["counts"]
        if not counts["taken_back"]:
            typer.echo(words.back.kept)
            return
        typer.echo(words.back.taken.format(count=counts["taken_back"]))
        if counts["earlier"]:
            typer.echo(words.back.earlier.format(count=counts["earlier"]))
        if report["due"]:
            typer.echo(words.desk.due)

    return show


def _shown(words: Any) -> Any:
    def show(report: Report) -> None:
        counts = report["counts"]
        names = ("total", "done", "unsure", "saved")
        typer.echo(words.screen.ended.format(**{name: counts[name] for name in names}))
        if report["due"]:
            typer.echo(words.due)

    return show


def _exported(words: Any) -> Any:
    def show(report: Report) -> None:
        counts, path = report["counts"], Path(report["out"])
        typer.echo(
            words.exported.format(
                path=path, name=path.name, total=counts["people"], rows=counts["rows"]
            )
        )

    return show


def _imported(words: Any) -> Any:
    def show(report: Report) -> None:
        from loubao.core.notation import place_text

        for issue in report["issues"]:
            place = place_text({**issue, "member": 0})
            title = report["issue_titles"][issue["code"]]
            typer.echo(f"{place} {issue['column']}：{title}（{issue['detail']}）")
        typer.echo(words.book.imported.format(**report["counts"]))
        if report["due"]:
            typer.echo(words.desk.due)

    return show
