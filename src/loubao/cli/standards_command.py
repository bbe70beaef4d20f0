"""`loubao standards`: parse, call the pipeline, show."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loubao.cli import options

if TYPE_CHECKING:
    from datetime import date


def _option(names: tuple[str, ...], metavar: str, help: str, **more: Any) -> Any:
    """An option that `LOUBAO_<OPTION>` gives too, under each of its names."""
    variables = ["LOUBAO_" + name.removeprefix("--").replace("-", "_").upper() for name in names]
    return typer.Option(
        *names, metavar=metavar, help=help, envvar=variables, show_envvar=False, **more
    )


MinimumWage = Annotated[
    str | None,
    _option(
        ("--minimum-wage",),
        "元",
        "最低工资（元/月），如 --minimum-wage 1960；默认按 standards.yaml",
    ),
]
On = Annotated[
    datetime | None,
    _option(
        ("--on", "--as-of"),
        "YYYY-MM-DD",
        "按哪一天执行的标准，如 --on 2022-06-30；默认 DATA 名字里的月末，没有则今天",
        formats=["%Y-%m-%d"],
    ),
]
District = Annotated[
    str | None,
    _option(
        ("--district",),
        "地区",
        "standards.yaml 里的地区，如 --district 泉州台商投资区；默认写在 district 的那个",
    ),
]
Standard = Annotated[
    str | None,
    _option(
        ("--standard",),
        "元",
        "本地执行的低保标准（元/人·月），如 --standard 882；不写则按允许的范围",
    ),
]
Rounding = Annotated[
    str | None, _option(("--rounding",), "取整", "standards.yaml 里的取整，如 --rounding 十元")
]
CareBase = Annotated[
    str | None,
    _option(
        ("--care-base",),
        "with|without",
        "集中供养 150% 的基数含照料护理（with）或不含，如 --care-base without",
    ),
]
Check = Annotated[
    Path | None,
    _option(("--check",), "DATA", "核查这个文件夹里的低保、特困、临时救助名册，如 --check 2022-06"),
]
LastYear = Annotated[
    Path | None,
    _option(
        ("--last-year",),
        "DATA",
        "上年同月的名单，用来算同比，和 --check 一起用，如 --last-year 2021-06",
    ),
]
Out = Annotated[
    Path | None,
    _option(("--out",), "DIR", "把 标准核查.xlsx 写到这个文件夹，如 --out 核查；不写则只显示"),
]


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
    from loubao.cli import output
    from loubao.commands import standards as pipeline
    from loubao.rules.folder import load_rules
    from loubao.standards.tariff import Asked
    from loubao.workspace import settings

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
    known = load_rules(settings.rules_folder(rules))
    exports = pipeline.Exports(
        check, last_year, _year_before(last_year, day), settings.read_passwords(password_file)
    )
    with output.progress(shown=not (quiet or json)) as progress:
        report = pipeline.standards(
            asked,
            known,
            exports,
            out,
            progress,
        )
    if json:
        output.print_json(report)
    elif not quiet:
        from loubao.cli.standards_screen import show_standards

        show_standards(report)


def _day(check: Path | None, on: datetime | None) -> date:
    """The day given, else the end of DATA's month, else today; a day without sense is refused."""
    from datetime import date

    from loubao.workspace import settings

    if check is None and on is None:
        return date.today()
    return settings.reckoning_day(check or Path(), on and on.date())


def _year_before(last_year: Path | None, day: date) -> date | None:
    """The end of the month in the name of last year's folder, else the same day a year before.

    A folder without a month in its name would stand for today, which is not before `day`.
    """
    from loubao.workspace import settings

    if last_year is None:
        return None
    told = settings.reckoning_day(last_year, None)
    return told if told < day else day.replace(year=day.year - 1, day=min(day.day, 28))


def _yuan(option: str, text: str | None) -> Decimal | None:
    """An amount of yuan as it was written: a decimal, not a float."""
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
    from loubao.core.faults import Usage

    if text is None:
        return None
    if text not in {"with", "without"}:
        raise Usage("--care-base 应为 with（含照料护理）或 without（不含）")
    return text == "with"
