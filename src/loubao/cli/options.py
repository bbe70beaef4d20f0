"""The arguments and options that commands share; every option can be given as `LOUBAO_<OPTION>`."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def option(name: str, metavar: str | None, help: str, *others: str, **more: Any) -> Any:
    """Return an option that an environment variable gives too; `others` are further names of it.

    >>> option("--on", "YYYY-MM-DD", "按哪一天执行的标准", "--as-of").envvar
    ['LOUBAO_ON', 'LOUBAO_AS_OF']
    """
    names = (name, *others)
    variables = ["LOUBAO_" + each.removeprefix("--").replace("-", "_").upper() for each in names]
    return typer.Option(
        *names, metavar=metavar, help=help, envvar=variables, show_envvar=False, **more
    )


def day_option(name: str, help: str, *others: str) -> Any:
    """Return an `option` that takes a day."""
    return option(name, "YYYY-MM-DD", help, *others, formats=["%Y-%m-%d"])


def out_option(help: str) -> Any:
    """Return the option `--out` of a folder."""
    return option("--out", "DIR", help)


def day_of(given: datetime | None) -> date | None:
    """Return the day of a `day_option`.

    >>> day_of(datetime(2022, 6, 30)), day_of(None)
    (datetime.date(2022, 6, 30), None)
    """
    return given and given.date()


def is_month(text: str) -> bool:
    """Whether a text is a month as options take it.

    >>> [is_month(text) for text in ("2022-06", "2022-13", "2022-6", "202206")]
    [True, False, False, False]
    """
    return _MONTH.fullmatch(text) is not None


Data = Annotated[Path, typer.Argument(metavar="DATA", help="存放本月导出名单的文件夹，如 2022-06")]
RulesFolder = Annotated[
    Path | None,
    option(
        "--rules", "DIR", "规则文件夹，如 --rules 规则；默认用当前目录的 rules，没有则用自带规则"
    ),
]
AsOf = Annotated[
    datetime | None,
    day_option(
        "--as-of", "计算年龄和期限的日期，如 --as-of 2022-06-30；默认 DATA 名字里的月末，没有就要写"
    ),
]
PasswordFile = Annotated[
    Path | None,
    option(
        "--password-file",
        "FILE",
        "加密表格的密码，一行一个，如 --password-file 密码.txt；也可用环境变量 LOUBAO_PASSWORD",
    ),
]
Ledger = Annotated[
    Path | None,
    option(
        "--ledger",
        "FILE",
        "台账文件，如 --ledger loubao.db；默认规则文件夹旁的 loubao.db（有才用）",
    ),
]
LedgerKeyFile = Annotated[
    Path | None,
    option(
        "--ledger-key-file",
        "FILE",
        "加密台账的密钥文件，如 --ledger-key-file 密钥.txt；也可用环境变量 LOUBAO_LEDGER_KEY",
    ),
]
LogFile = Annotated[
    Path | None,
    option(
        "--log", "FILE", "每次运行在这个文件末尾记一行（时间、退出码、计数），如 --log loubao.log"
    ),
]
Quiet = Annotated[bool, option("--quiet", None, "只显示错误")]
Json = Annotated[bool, option("--json", None, "标准输出只有一个 JSON 对象")]
Yes = Annotated[bool, option("--yes", None, "凡有询问一律答“是”")]


def own_out(context: typer.Context, out: Path | None) -> Path | None:
    """Return `--out`, but None where LOUBAO_OUT names the output of a match.

    The variable is meant for `match` then: what `match` wrote stays whole.
    """
    from loubao.workspace import settings

    source = context.get_parameter_source("out")
    from_variable = source is not None and source.name == "ENVIRONMENT"
    return None if out and from_variable and settings.is_output(out) else out
