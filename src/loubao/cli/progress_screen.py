"""What `progress` shows: tables with bars for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from rich import box
from rich.table import Table
from rich.text import Text

from loubao.cli.terminal import Terminal, table
from loubao.core.dates import day_text, month_text

#: signs of a bar, done and not, as they are and in an encoding without them
_DONE_AND_NOT = ("█░", "#.")
#: signs a bar is long; columns of a terminal from which a crowded table has room for bars
_BAR, _WIDE = 6, 96
_HEADS = ("下发", "回收", "核查", "核查率", "纳入", "纳入率", "逾期", "户")


class Bar(NamedTuple):
    """How a share is drawn: in so many signs (0: not at all), for what is done and what is not."""

    length: int
    done: str
    missing: str


def show_progress(report: dict[str, Any]) -> None:
    """Print this month and all months, the deadline, who is slowest, what was written."""
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
    if report["slowest"]:
        names = "、".join(f"{each['town']}{each['village']}" for each in report["slowest"])
        console.print(f"进度最慢、按规则应点名的村居：{names}", soft_wrap=True)
    _written(report)


def show_quality(report: dict[str, Any]) -> None:
    """Print how often the links were right, and what is said of the recall."""
    console = Terminal()
    quality = report["quality"]
    words, numbers = ("类别", "依据"), ("已核对", "是同一人", "准确率", "95% 区间")
    findings = table("比对质量（村里核查结果检验）", (*words, *numbers), numbers)
    for each in quality["findings"]:
        shown = ("例数太少", "")
        if each["enough"]:
            shown = (
                _percent(each["precision"]),
                f"{100 * each['low']:.1f}–{100 * each['high']:.1f}%",
            )
        findings.add_row(
            each["group_title"] if each["by"] == "all" else "",
            each["title"],
            str(each["judged"]),
            str(each["right"]),
            *shown,
        )
    if quality["findings"]:
        console.show(findings)
    else:
        console.print("村里还没有答复过“是否同一人”，暂无可检验的。")
    for line in (*quality["said"], *quality["notes"]):
        console.print(line, soft_wrap=True)
    _written(report)


def _written(report: Mapping[str, Any]) -> None:
    console = Terminal()
    for path in report["out"]:
        console.print(f"已写入 {path}", soft_wrap=True)


def _table(title: str, scope: Mapping[str, Any], by: str, bar: Bar) -> Table:
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
    people, homes = row["people"], row["households"]
    late = str(people["overdue"])
    return [
        str(people["issued"]),
        str(people["returned"]),
        str(people["verified"]),
        _drawn(people["verified_rate"], bar),
        str(people["enrolled"]),
        _percent(people["enrolled_rate"]),
        Text(late, style="bold red") if people["overdue"] else late,
        f"{homes['verified']}/{homes['issued']}",
    ]


def _drawn(share: float | None, bar: Bar) -> Text:
    """The share as a bar and in words."""
    full = round(bar.length * (share or 0.0))
    drawn = Text()
    drawn.append(bar.done * full, style="green")
    drawn.append(bar.missing * (bar.length - full), style="dim")
    drawn.append(f" {_percent(share):>6}" if bar.length else _percent(share))
    return drawn


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.1f}%"


def _day(day: str) -> str:
    return day_text(date.fromisoformat(day))
