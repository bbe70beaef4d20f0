"""Pages that the program prints about itself: help, wrong usage, versions, completion scripts.

typer's own words are English and not all of them can be translated from outside; what a clerk
reads is written here, in Chinese. Plain text, because the rich help costs more start-up than the
whole parse. The completion script is printed, never installed: nobody's profile is edited unasked.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from loubao import __version__

_HELP = "显示用法并退出"
#: For somebody who starts with nothing: the rules are no more there than the month.
_FIRST_STEPS = (
    "第一次使用，先运行 loubao init 漏保核查，新建工作文件夹（加 --sample 附示例名单）；"
    "再进入这个文件夹，把本月导出的名单放进以月份命名的子文件夹，运行 loubao match 2022-06"
)


class Command(TyperCommand):
    """A command whose help is in Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        """The help option, with its text in Chinese."""
        return _in_chinese(super().get_help_option(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments and options, each with its words."""
        _parameters(formatter, self.get_params(ctx))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """One line: how the command is called."""
        names = [
            _spelling(parameter)
            for parameter in self.get_params(ctx)
            if parameter.param_type_name == "argument"
        ]
        formatter.write_usage(ctx.command_path, " ".join(["[选项]", *names]), prefix="用法：")


class Group(TyperGroup):
    """The program itself: its commands in the order of the month."""

    def get_help_option(self, ctx: Any) -> Any:
        """The help option, with its text in Chinese."""
        return _in_chinese(super().get_help_option(ctx))

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """One line: how the program is called."""
        formatter.write_usage(ctx.command_path, "[选项] 命令 …", prefix="用法：")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options of the program, then its commands."""
        _parameters(formatter, self.get_params(ctx))
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        _section(
            formatter,
            "命令",
            [
                (name, command.get_short_help_str(limit=200))
                for name, command in commands
                if command is not None and not command.hidden
            ],
        )


def _in_chinese(option: Any) -> Any:
    if option is not None:
        option.help = _HELP
    return option


def _parameters(formatter: Any, parameters: Sequence[Any]) -> None:
    for title, kind in (("参数", "argument"), ("选项", "option")):
        shown = [p for p in parameters if p.param_type_name == kind and not p.hidden]
        _section(formatter, title, [(_spelling(each), each.help or "") for each in shown])


def _section(formatter: Any, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A heading with a full-width colon (the formatter's own is half-width), and its rows."""
    if rows:
        formatter.write(f"\n{title}：\n")
        formatter.indent()
        formatter.write_dl(rows)
        formatter.dedent()


def _spelling(parameter: Any) -> str:
    """Return an argument or option as it is written in a help page.

    >>> from types import SimpleNamespace as Parameter
    >>> _spelling(Parameter(param_type_name="argument", metavar="DATA"))
    'DATA'
    >>> _spelling(Parameter(param_type_name="option", opts=["--on", "--as-of"], metavar="DAY"))
    '--on、--as-of DAY'
    """
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    names = "、".join(parameter.opts)
    return f"{names} {parameter.metavar}" if parameter.metavar else names


def missing(command: str, name: str) -> str:
    """Return the message for an argument that was not given."""
    if name == "DATA" and not Path("rules").is_dir():
        return f"缺少参数 {name}。{_FIRST_STEPS}"
    return f"缺少参数 {name}；用 {command} --help 查看用法"


def wrong_usage(error: Any) -> str:
    """Return the message for a command line that was not understood; `error` is the parser's.

    >>> NoSuchOption = type("NoSuchOption", (), {"option_name": "--ruls"})
    >>> wrong_usage(NoSuchOption())
    '没有选项 --ruls；用 loubao --help 查看用法'
    >>> BadOptionUsage = type("BadOptionUsage", (), {"option_name": "--out"})
    >>> wrong_usage(BadOptionUsage())
    '选项 --out 后面要写值；用 loubao --help 查看用法'
    """
    kind = type(error).__name__
    command = error.ctx.command_path if getattr(error, "ctx", None) else "loubao"
    parameter = getattr(error, "param", None)
    name = ""
    if parameter is not None:
        option = parameter.param_type_name == "option"
        name = parameter.opts[0] if option else parameter.metavar
    hint = f"用 {command} --help 查看用法"
    if kind == "NoSuchOption":
        similar = getattr(error, "possibilities", None) or []
        suggestion = f"，是不是 {'、'.join(similar)}" if similar else ""
        return f"没有选项 {error.option_name}{suggestion}；{hint}"
    if kind == "MissingParameter":
        return missing(command, name)
    if kind == "BadParameter":
        return f"参数 {name} 的值不对；{hint}"
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 后面要写值；{hint}"
    if "No such command" in str(error.message):
        return f"没有这个命令；{hint}"
    return f"命令写法不对；{hint}"


#: The libraries on whose version a result may depend.
_LIBRARIES = ("polars", "rapidfuzz", "pydantic", "lxml", "xlsxwriter")


def version_lines() -> Iterator[str]:
    """Yield what a report of a fault should name: versions, and where the rules come from.

    None of the libraries is imported for it.
    """
    yield f"loubao {__version__}"
    yield f"Python {platform.python_version()}（{sys.platform} {platform.machine()}）"
    yield "、".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    yield f"SQLite {_sqlite()}"
    yield f"规则：{'当前目录的 rules' if Path('rules').is_dir() else '自带规则'}"


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # no other page needs it

    try:
        return version(name)
    except PackageNotFoundError:
        return "未知"


def _sqlite() -> str:
    try:
        from _sqlite3 import sqlite_version
    except ImportError:
        return "没有"
    return sqlite_version


#: The environment variable by which a shell asks, as typer derives it from the program's name.
_COMPLETE = "_LOUBAO_COMPLETE"


Which = Annotated[
    Literal["bash", "zsh", "fish", "powershell"],
    typer.Argument(
        metavar="bash|zsh|fish|powershell", help="哪一种命令行，如 bash", show_choices=False
    ),
]


def completion(shell: Which) -> None:
    """输出命令行补全脚本（按 Tab 键补全）。如 loubao completion bash >> ~/.bashrc"""
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="loubao", complete_var=_COMPLETE, shell=shell)
    typer.echo(script)


def is_completing() -> bool:
    """Whether a shell asks for completions; then typer is made ready to answer."""
    if not os.environ.get(_COMPLETE):
        return False
    from typer._completion_classes import completion_init

    os.environ["COLUMNS"] = "1000"  # zsh takes one line a help text; rich would break it
    completion_init()
    return True
