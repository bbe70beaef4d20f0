"""`loubao progress`: parse, call the pipeline, show."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from loubao.cli import options


class By(StrEnum):
    """What a line of the table stands for."""

    TOWN = "town"
    VILLAGE = "village"
    LIST = "list"


Grouping = Annotated[
    By,
    typer.Option(
        "--by",
        metavar="town|village|list",
        help="按乡镇、村居还是名单，如 --by village；默认按乡镇",
        envvar="LOUBAO_BY",
        show_envvar=False,
        show_choices=False,
    ),
]
Month = Annotated[
    str | None,
    typer.Option(
        "--month",
        metavar="YYYY-MM",
        help="看哪个月，如 --month 2022-06；默认台账里最近一个月",
        envvar="LOUBAO_MONTH",
        show_envvar=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="把 进度.xlsx、通报.docx 写到这个文件夹，如 --out 通报；不写则只显示",
        envvar="LOUBAO_OUT",
        show_envvar=False,
    ),
]
Quality = Annotated[
    bool,
    typer.Option(
        "--quality",
        help="比对质量：准确率、查全率及其区间",
        envvar="LOUBAO_QUALITY",
        show_envvar=False,
    ),
]
Today = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="YYYY-MM-DD",
        help="算逾期的日期，如 --as-of 2022-07-31；默认今天",
        envvar="LOUBAO_AS_OF",
        show_envvar=False,
        formats=["%Y-%m-%d"],
    ),
]


def progress(
    context: typer.Context,
    by: Grouping = By.TOWN,
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
    from loubao.workspace import settings as ledgers

    if month is not None and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise Usage("--month 应写成 2022-06 这样")
    if not (quiet or json):  # what draws tables is loaded while the ledger counts
        Thread(target=import_module, args=("loubao.cli.progress_screen",), daemon=True).start()
    folder = settings.rules_folder(rules)
    out = options.own_out(context, out)
    report = supervising.supervise(
        ledger or ledgers.default_ledger(folder),
        ledgers.ledger_key(ledger_key_file),
        folder,
        supervising.View(by.value, month, as_of and as_of.date(), quality),
        out,
    )
    if json:
        from loubao.cli.output import print_json

        print_json(report)
    elif not quiet:
        from loubao.cli.progress_screen import show_progress, show_quality

        (show_quality if quality else show_progress)(report)
