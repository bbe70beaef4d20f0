"""`loubao progress`: its options and its screen: tables with bars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report
from loubao.core.notation import day_text, month_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


Grouping = Annotated[
    Literal["town", "village", "list"],
    options.option(
        "--by",
        "town|village|list",
        "按乡镇、村居还是名单，如 --by village；默认按乡镇",
        show_choices=False,
    ),
]
Month = Annotated[
    str | None,
    options.option("--month", "YYYY-MM", "看哪个月，如 --month 2022-06；默认台账里最近一个月"),
]
Out = Annotated[
    Path | None,
    options.out_option("把 进度.xlsx、通报.docx 写到这个文件夹，如 --out 通报；不写则只显示"),
]
Quality = Annotated[bool, options.option("--quality", None, "比对质量：准确率、查全率及其区间")]
Today = Annotated[
    datetime | None, options.day_option("--as-of", "算逾期的日期，如 --as-of 2022-07-31；默认今天")
]

#: signs of a bar, done and not, as they are and in an encoding without them
_DONE_AND_NOT = ("█░", "#.")
#: signs a bar is long; columns of a terminal from which a crowded table has room for bars
_BAR, _WIDE = 6, 96
_WAITING = ("人数", "已核查符合", "已申请", "退回", "最长天数")
_HEADS = ("下发", "回收", "核查", "核查率", "纳入", "纳入率", "逾期", "户")


def progress(
    context: typer.Context,
    by: Grouping = "town",
    month: Month = None,
    ledger: options.Ledger = None,
    ledger_key_file: options.LedgerKeyFile = None,
    rules: options.RulesFolder = None,
    as_of: Today = None,
    out: Out = None,
    quality: Quality = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """核查进度：各村居下发、核查、纳入、逾期，排名和通报稿。如 loubao progress --by village"""
    from loubao.commands import progress as supervising
    from loubao.core.faults import Usage
    from loubao.workspace import settings

    if month is not None and not options.is_month(month):
        raise Usage("--month 应写成 2022-06 这样")
    audience = Audience(quiet, json)
    audience.prepare_screen()
    folder = settings.rules_folder(rules)
    out = options.own_out(context, out)
    report = supervising.supervise(
        ledger or settings.default_ledger(folder),
        settings.ledger_key(ledger_key_file),
        folder,
        supervising.View(by, month, options.day_of(as_of), quality),
        out,
    )
    audience.deliver(
        report, show_quality if quality else show_progress, written=bool(report["out"])
    )


class Bar(NamedTuple):
    """How a share is drawn: in so many signs (0: not at all), for what is done and what is not."""

    length: int
    done: str
    missing: str


def show_progress(report: Report) -> None:
    """Print this month and all months, the deadline, who is slowest, what was written."""
    from loubao.cli.terminal import Terminal

    console = Terminal()
    crowded = report["by"] == "village" or report["campaign"]["total"]["people"]["issued"] > 9999
    length = 0 if crowded and console.width < _WIDE else _BAR
    bar = Bar(length, *console.signs(*_DONE_AND_NOT))
    month = month_text(report["month"])
    due = "至".join(_day(day) for day in report["due"])
    console.print(f"截至 {_day(report['as_of'])}；{month}核查表交回截止日：{due or '没有下发'}")
    first, last = month_text(report["months"][0]), month_text(report["months"][-1])
    console.print(_table(f"本月（{month}）", report["this_month"], report["by"], bar))
    console.print(_table(f"累计（{first}至{last}）", report["campaign"], report["by"], bar))
    console.print("户：有人已核查的户/下发的户。")
    if report["by"] == "list":
        console.print("一人在几份名单上的，各名单都计一次，所以各名单之和可大于合计。")
    if report["office"]["rows"]:
        console.show(_office_table(report["office"]))
    if report["slowest"]:
        names = "、".join(f"{each['town']}{each['village']}" for each in report["slowest"])
        console.print(f"进度最慢、按规则应点名的村居：{names}", soft_wrap=True)
    for path in report["out"]:
        console.print(f"已写入 {path}", soft_wrap=True)


def _office_table(office: Mapping[str, Any]) -> Table:
    """Return the table of what the office itself has to do, with a line for all towns."""
    from loubao.cli.terminal import table

    keys = ("people", "eligible", "applied", "returned", "days")
    rows = [(row["town"], *(row[key] for key in keys)) for row in office["rows"]]
    rows.append(("合计", *(office["total"][key] for key in keys)))
    return table("乡镇待办（名单见 待办.xlsx）", ("乡镇", *_WAITING), rows, numbers=_WAITING)


def show_quality(report: Report) -> None:
    """Print how often the linkage was right, what it may have missed, which rules could change."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    quality = report["quality"]
    words, numbers = ("类别", "依据"), ("已核对", "是同一人", "准确率", "95% 区间")
    rows = []
    for each in quality["findings"]:
        group = each["group_title"] if each["by"] == "all" else ""
        rows.append((group, each["title"], *_decided(each)))
    if quality["findings"]:
        title = "比对质量（村里核查结果检验）"
        console.show(table(title, (*words, *numbers), rows, numbers=numbers))
    else:
        console.print("村里还没有答复过“是否同一人”，暂无可检验的。")
    if quality["bands"]:
        figures = ("平均", "已核对", "是同一人", "实际", "95% 区间")
        rows = []
        for each in quality["bands"]:
            band = f"{100 * each['start']:g}–{100 * each['end']:g}%"
            rows.append((band, _percent(each["said"]), *_decided(each)))
        console.show(table("可能性说得准不准", ("可能性", *figures), rows, numbers=figures))
    for line in (*quality["said"], *quality["advised"], *quality["notes"]):
        console.print(line, soft_wrap=True)
    for path in report["out"]:
        console.print(f"已写入 {path}", soft_wrap=True)


def _decided(each: Mapping[str, Any]) -> tuple[Any, ...]:
    """Pairs decided, pairs right, their share and its interval, where there are enough."""
    shown = ("例数太少", "")
    if each["enough"]:
        shown = (
            _percent(each["precision"]),
            f"{100 * each['low']:.1f}–{100 * each['high']:.1f}%",
        )
    return each["judged"], each["right"], *shown


def _table(title: str, scope: Mapping[str, Any], by: str, bar: Bar) -> Table:
    """Return one table of towns, villages or lists, with a line of totals below."""
    from rich import box
    from rich.table import Table

    made = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_footer=True,
    )
    labels = {"town": ("名次", "乡镇"), "village": ("名次", "乡镇", "村居"), "list": ("名单",)}[by]
    whole = ["合计", *[""] * (len(labels) - 1), *_cells(scope["total"], bar)]
    left = {*labels, "核查率"} - {"名次"}
    for head, last in zip((*labels, *_HEADS), whole, strict=True):
        align: Literal["left", "right"] = "left" if head in left else "right"
        # names fold where there is no room; a number cut short would be another number
        made.add_column(
            head,
            last,
            justify=align,
            no_wrap=head not in labels or head == "名次",
            min_width=6 if head in left - {"核查率"} else None,
            overflow="fold",
        )
    keys = {"town": ("rank", "town"), "village": ("rank", "town", "village"), "list": ("title",)}
    for row in scope["rows"]:
        made.add_row(*(str(row[key]) for key in keys[by]), *_cells(row, bar))
    return made


def _cells(row: Mapping[str, Any], bar: Bar) -> list[str | Text]:
    """Return the cells of one line below `_HEADS`."""
    from rich.text import Text

    people, homes = row["people"], row["households"]
    late = str(people["overdue"])
    return [
        *(str(people[key]) for key in ("issued", "returned", "verified")),
        _drawn(people["verified_rate"], bar),
        str(people["enrolled"]),
        _percent(people["enrolled_rate"]),
        Text(late, style="bold red") if people["overdue"] else late,
        f"{homes['verified']}/{homes['issued']}",
    ]


def _drawn(share: float | None, bar: Bar) -> Text:
    """Return the share as a bar and in words.

    >>> _drawn(0.5, Bar(6, "#", ".")).plain, _drawn(None, Bar(0, "#", ".")).plain
    ('###...  50.0%', '—')
    """
    from rich.text import Text

    full = round(bar.length * (share or 0.0))
    return Text.assemble(
        (bar.done * full, "green"),
        (bar.missing * (bar.length - full), "dim"),
        f" {_percent(share):>6}" if bar.length else _percent(share),
    )


def _percent(share: float | None) -> str:
    """Return a share in percent, a dash where there is none.

    >>> _percent(0.975), _percent(None)
    ('97.5%', '—')
    """
    return "—" if share is None else f"{100 * share:.1f}%"


def _day(day: str) -> str:
    return day_text(date.fromisoformat(day))
