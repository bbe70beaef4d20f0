"""`loubao match --counties`: its options handed on to each county, and the table of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from loubao.cli import options
from loubao.cli.output import Audience, logged

Counties = Annotated[
    Path | None,
    options.option(
        "--counties",
        "DIR",
        "一次比对许多县：DIR 里一个县一个文件夹，各有规则和台账，如 --counties 各县",
    ),
]
Jobs = Annotated[
    int | None,
    options.option(
        "--jobs", "N", "与 --counties 一起用：几个县同时比对，如 --jobs 2；默认 1", min=1
    ),
]
_NUMBERS = ("读入人数", "需核查人数", "户数", "数据问题")
_COUNTED = ("records", "on_sheets", "households_on_sheets", "issues")


def words_of(given: Mapping[str, Path | date | str | bool | None]) -> Iterator[str]:
    """Yield options as they are typed for a run in another folder.

    >>> list(words_of({"--as-of": date(2022, 6, 30), "--late": None, "--yes": True}))
    ['--as-of=2022-06-30', '--yes']
    """
    for name, value in given.items():
        if isinstance(value, Path):
            yield f"{name}={value.absolute()}"
        elif value is True:
            yield name
        elif value:
            yield f"{name}={value}"


def refuse(own: Mapping[str, Path | None]) -> None:
    """Raise `Usage` for options that every county has for itself."""
    from loubao.core.faults import Usage

    given = "、".join(name for name, value in own.items() if value is not None)
    if given:
        raise Usage(f"有 --counties 时，各县用自己文件夹里的规则、台账和输出，不能再写 {given}")


def match_all(
    asked: tuple[Path, Path | None, int],
    handed_on: Mapping[str, Path | date | str | bool | None],
    audience: Audience,
    log: Path | None,
) -> None:
    """Match all counties and show the table; raises `CountiesFailed` behind it.

    `asked`: the folder, DATA, how many at once; `handed_on`: the options of each county.
    """
    from loubao.commands.counties import CountiesFailed, Order, match_counties

    folder, data, at_once = asked
    order = Order(folder, data, tuple(words_of(handed_on)), at_once)
    with logged(log, "match") as line:
        try:
            with audience.progress() as progress:
                report = match_counties(order, progress)
        except CountiesFailed as failed:
            line.update(failed.report)
            if audience.is_person:
                show_counties(failed.report)
            raise
        line.update(report)
    audience.deliver(report, show_counties, written=True)


def show_counties(report: Mapping[str, Any]) -> None:
    """Print the table of all counties."""
    from loubao.cli.terminal import Terminal, table

    console = Terminal()
    rows = [
        (
            each["county"],
            each["data"] or "",
            *(each["counts"][name] if "counts" in each else "" for name in _COUNTED),
            f"未比对（{each['exit_code']}）" if each["exit_code"] else "已比对",
        )
        for each in report["counties"]
    ]
    counts = report["counts"]
    rows.append(("合计", "", *(counts[name] for name in _COUNTED), ""))
    heads = ("县", "名单", *_NUMBERS, "结果")
    console.show(table("各县", heads, rows, numbers=_NUMBERS, whole=("县", "结果")))
    console.print(
        f"{counts['counties']} 个县：已比对 {counts['matched']} 个，未比对 {counts['failed']} 个。"
        "各县的核查表在各自文件夹的 out 里。"
    )
