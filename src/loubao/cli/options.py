"""The arguments and options of the commands; every option can be given as `LOUBAO_<OPTION>`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer


def _option(name: str, metavar: str | None, help: str, **more: Any) -> Any:
    """An option that `LOUBAO_<OPTION>` gives too."""
    variable = "LOUBAO_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(
        name, metavar=metavar, help=help, envvar=variable, show_envvar=False, **more
    )


Data = Annotated[Path, typer.Argument(metavar="DATA", help="存放本月导出名单的文件夹，如 2022-06")]
RulesFolder = Annotated[
    Path | None,
    _option(
        "--rules", "DIR", "规则文件夹，如 --rules 规则；默认用当前目录的 rules，没有则用自带规则"
    ),
]
MatchOut = Annotated[
    Path | None,
    _option("--out", "DIR", "输出文件夹，如 --out 结果；默认 out/<DATA 的名字>"),
]
CheckOut = Annotated[
    Path | None,
    _option("--out", "DIR", "把 数据问题.xlsx 写到这个文件夹，如 --out 问题；不写则只显示"),
]
AsOf = Annotated[
    datetime | None,
    _option(
        "--as-of",
        "YYYY-MM-DD",
        "计算年龄和期限的日期，如 --as-of 2022-06-30；默认 DATA 名字里的月末，没有则今天",
        formats=["%Y-%m-%d"],
    ),
]
PasswordFile = Annotated[
    Path | None,
    _option(
        "--password-file",
        "FILE",
        "加密表格的密码，一行一个，如 --password-file 密码.txt；也可用环境变量 LOUBAO_PASSWORD",
    ),
]
Quiet = Annotated[bool, _option("--quiet", None, "只显示错误")]
Json = Annotated[bool, _option("--json", None, "标准输出只有一个 JSON 对象")]
Yes = Annotated[bool, _option("--yes", None, "凡有询问一律答“是”")]
LeftTable = Annotated[
    Path,
    typer.Argument(metavar="LEFT", help="要查的人，如 名单.xlsx：xlsx、xls、csv、parquet"),
]
RightTable = Annotated[
    Path, typer.Argument(metavar="RIGHT", help="在其中查找的表，如 在册.csv，格式同上")
]
Columns = Annotated[
    str | None,
    _option(
        "--columns",
        "字段=列,…",
        "列名认不出时指明，如 --columns name=姓+名,id_number=证件,left.birth_date=生日",
    ),
]
LinkOut = Annotated[
    Path | None,
    _option(
        "--out",
        "DIR",
        "输出文件夹，或以 .parquet、.csv、.xlsx 结尾的表，如 --out 结果.xlsx；默认 out/LEFT-RIGHT",
    ),
]
Ledger = Annotated[
    Path | None,
    _option(
        "--ledger",
        "FILE",
        "台账文件，如 --ledger loubao.db；默认规则文件夹旁的 loubao.db（有才用）",
    ),
]
Late = Annotated[
    str | None,
    _option("--late", "原因", "补登以前的月份时写明原因，如 --late 5月名单迟到"),
]
LedgerKeyFile = Annotated[
    Path | None,
    _option(
        "--ledger-key-file",
        "FILE",
        "加密台账的密钥文件，如 --ledger-key-file 密钥.txt；也可用环境变量 LOUBAO_LEDGER_KEY",
    ),
]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="要新建的工作文件夹，如 漏保核查")]
Sample = Annotated[
    bool, _option("--sample", None, "再放两个月的示例名单（人物都是虚构的），先练一遍")
]


def own_out(context: typer.Context, out: Path | None) -> Path | None:
    """Return `--out`, but nothing where LOUBAO_OUT names the output of a match.

    The variable is meant for `match` then: what that wrote stays whole.
    """
    from loubao.workspace import settings

    source = context.get_parameter_source("out")
    meant = source is not None and source.name == "ENVIRONMENT"
    return None if out and meant and settings.is_output(out) else out
