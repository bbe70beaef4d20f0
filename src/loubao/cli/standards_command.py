"""`loubao standards`: its options and its screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options
from loubao.cli.output import Audience, Report

if TYPE_CHECKING:
    from rich.table import Table

    from loubao.cli.terminal import Terminal


MinimumWage = Annotated[
    str | None,
    options.option(
        "--minimum-wage", "元", "最低工资（元/月），如 --minimum-wage 1960；默认按 standards.yaml"
    ),
]
On = Annotated[
    datetime | None,
    options.day_option(
        "--on",
        "按哪一天执行的标准，如 --on 2022-06-30；默认 DATA 名字里的月末，没有 DATA 则今天",
        "--as-of",
    ),
]
District = Annotated[
    str | None,
    options.option(
        "--district",
        "地区",
        "standards.yaml 里的地区，如 --district 惠安县；默认写在 district 的那个",
    ),
]
Standard = Annotated[
    str | None,
    options.option(
        "--standard", "元", "本地执行的低保标准（元/人·月），如 --standard 882；不写则按允许的范围"
    ),
]
Rounding = Annotated[
    str | None, options.option("--rounding", "取整", "standards.yaml 里的取整，如 --rounding 十元")
]
CareBase = Annotated[
    str | None,
    options.option(
        "--care-base",
        "with|without",
        "集中供养 150% 的基数含照料护理（with）或不含，如 --care-base without",
    ),
]
Check = Annotated[
    Path | None,
    options.option(
        "--check", "DATA", "核查这个文件夹里的低保、特困、临时救助名册，如 --check 2022-06"
    ),
]
LastYear = Annotated[
    Path | None,
    options.option(
        "--last-year",
        "DATA",
        "上年同月的名单，用来算同比，和 --check 一起用，如 --last-year 2021-06",
    ),
]
Out = Annotated[
    Path | None,
    options.out_option("把 标准核查.xlsx 写到这个文件夹，如 --out 核查；不写则只显示"),
]

_COLUMNS = {"least": "按下限", "average": "按平均线", "most": "按上限", "given": "按执行标准"}
#: Findings of a kind shown in full; the rest is in the workbook.
_SHOWN = 3


def standards(
    context: typer.Context,
    minimum_wage: MinimumWage = None,
    on: On = None,
    district: District = None,
    standard: Standard = None,
    rounding: Rounding = None,
    care_base: CareBase = None,
    check: Check = None,
    last_year: LastYear = None,
    rules: options.RulesFolder = None,
    out: Out = None,
    password_file: options.PasswordFile = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    yes: options.Yes = False,
) -> None:
    """测算救助标准，核查名册是否按标准发放。如 loubao standards --check 2022-06 --out 核查"""
    from loubao.commands import standards as pipeline
    from loubao.rules.folder import load_rules
    from loubao.standards.tariff import Asked
    from loubao.workspace import settings

    audience = Audience(quiet, json)
    day = _day(check, on)
    asked = Asked(
        on=day,
        district=district,
        minimum_wage=_yuan("--minimum-wage", minimum_wage),
        standard=_yuan("--standard", standard),
        rounding=rounding,
        care_in_base=_care_base(care_base),
    )
    out = options.own_out(context, out)
    policy = load_rules(settings.rules_folder(rules))
    exports = pipeline.Exports(
        check, last_year, _year_before(last_year, day), settings.read_passwords(password_file)
    )
    with audience.progress() as progress:
        report = pipeline.standards(asked, policy, exports, out, progress)
    audience.deliver(report, show_standards, written=bool(report["out"]))


def _day(check: Path | None, on: datetime | None) -> date:
    """The day given, else the end of DATA's month; today where there is no DATA."""
    from loubao.workspace import settings

    if check is None and on is None:
        return date.today()
    return settings.reckoning_day(check or Path(), options.day_of(on))


def _year_before(last_year: Path | None, day: date) -> date | None:
    """The end of the month in the name of last year's folder, else the same day a year before.

    A folder that says no month, or one that is not before `day`, stands for a year before.
    """
    from loubao.core.faults import Usage
    from loubao.workspace import settings

    if last_year is None:
        return None
    try:
        end = settings.reckoning_day(last_year, None)
    except Usage:
        end = day
    return end if end < day else day.replace(year=day.year - 1, day=min(day.day, 28))


def _yuan(option: str, text: str | None) -> Decimal | None:
    """Return an amount of yuan as it was written: a decimal, not a float.

    Raises `Usage` for anything but a positive amount below a million, of two places at most.

    >>> _yuan("--standard", "882.50元"), _yuan("--standard", None)
    (Decimal('882.50'), None)
    """
    from loubao.core.faults import Usage

    if text is None:
        return None
    try:
        amount = Decimal(text.strip().removesuffix("元"))
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and 0 < amount < 1_000_000) or amount != round(amount, 2):
        raise Usage(f"{option} 应为元数，最多两位小数，如 1960")
    return amount


def _care_base(text: str | None) -> bool | None:
    """Whether care is in the base, None where the option is not given.

    >>> _care_base("with"), _care_base("without"), _care_base(None)
    (True, False, None)
    """
    from loubao.core.faults import Usage

    if text is None:
        return None
    if text not in {"with", "without"}:
        raise Usage("--care-base 应为 with（含照料护理）或 without（不含）")
    return text == "with"


def show_standards(report: Report) -> None:
    """Print the standards and, where rolls were checked, what was found."""
    from loubao.cli.terminal import Terminal

    console = Terminal()
    for line in report["heading"]:
        console.print(line, soft_wrap=True)
    wide = _tariff(report, beside=True)
    console.show(wide if console.fits(wide) else _tariff(report, beside=False))
    check = report["check"]
    if check is not None:
        _show_check(console, check, bool(report["out"]))
    if report["out"]:
        console.print(f"已写入 {report['out']}", soft_wrap=True)


def _tariff(report: Report, beside: bool) -> Table:
    """Return the table of standards; how each is reckoned stands beside its name or below it."""
    from loubao.cli.terminal import table

    permitted = report["permitted"]
    columns = list(report["standards"][0]["amounts"])
    amounts = [_COLUMNS[name] for name in columns]
    title = f"救助标准（元/人·月），低保允许范围 {permitted['least']} 至 {permitted['most']}"
    rows = []
    for line in report["standards"]:
        names = [line["item"], line["rule"]]
        names = names if beside else ["\n  ".join(names)]
        rows.append((*names, *(_money(line["amounts"][name]) for name in columns), line["clause"]))
    heads = (*(("项目", "算法") if beside else ("项目和算法",)), *amounts, "条款")
    return table(title, heads, rows, numbers=amounts, whole=("条款",))


def _show_check(console: Terminal, check: Mapping[str, Any], written: bool) -> None:
    """Print the averages, their growth, and what was found on the rolls."""
    from loubao.cli.terminal import table

    console.print(f"核查：{check['data']}", soft_wrap=True)
    for note in check["notes"]:
        console.print(note, soft_wrap=True)
    averages = [
        (row["title"], row["units"], _money(row["average"]))
        for row in check["averages"]
        if row["town"] is None
    ]
    if averages:
        numbers = ("人数（人次）", "平均")
        console.show(table("平均水平（元）", ("项目", *numbers), averages, numbers=numbers))
    if check["growth"]:
        growth = []
        for row in check["growth"]:
            amounts = (_money(row["then"]), _money(row["now"]), f"{row['percent']}%")
            growth.append((row["title"], *amounts, "是" if row["met"] else "否"))
        title, figures = f"同比（上年：{check['last_year']}）", ("上年", "本期", "增长")
        console.show(table(title, ("项目", *figures, "达到"), growth, numbers=figures))
    if not check["findings"]:
        console.print("没有发现问题。")
        return
    counts = ((row["title"], row["town"], row["count"]) for row in check["counts"])
    console.show(table("核查发现", ("问题", "乡镇", "条数"), counts, numbers=("条数",)))
    shown = _first_of_each(check["findings"])
    details = []
    for row in shown:
        place = "　".join(part for part in (row["file"], row["sheet"]) if part) or row["town"]
        number = "" if row["row"] is None else row["row"]
        details.append((row["title"], place, number, row["detail"], row["clause"]))
    heads = ("问题", "文件", "行", "说明", "条款")
    console.show(table("明细", heads, details, numbers=("行",), whole=("条款",)))
    rest = len(check["findings"]) - len(shown)
    if rest > 0:
        where = "见 标准核查.xlsx" if written else "用 --out DIR 写到 标准核查.xlsx，或用 --json"
        console.print(f"还有 {rest} 条，{where}。")


def _first_of_each(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first few findings of each kind."""
    seen: Counter[str] = Counter()
    shown = []
    for row in findings:
        seen[row["kind"]] += 1
        if seen[row["kind"]] <= _SHOWN:
            shown.append(row)
    return shown


def _money(amount: str) -> str:
    """Return an amount, whole yuan without places.

    >>> _money("882.00"), _money("823.20")
    ('882', '823.20')
    """
    return amount.removesuffix(".00") if Decimal(amount) == int(Decimal(amount)) else amount
