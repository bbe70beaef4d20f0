"""The command line: parse, call the pipeline, show, exit code. No decision is taken here.

Nothing but typer is imported at the top, so that `loubao --help` answers at once; each command
imports what it needs. `chrome` is the frame in Chinese, `screen` what a run shows.
"""

from __future__ import annotations

import gc
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from loubao.cli.chrome import Command, Group, wrong_usage

#: How an environment variable switches an option on, as the parser of options has it.
_ON = {"1", "true", "t", "yes", "y", "on"}

app = typer.Typer(
    cls=Group,
    help="漏保筛查：把本月疑似困难群众名单与在保名册比对，按村生成入户核查表。",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    invoke_without_command=True,
)

Data = Annotated[Path, typer.Argument(metavar="DATA", help="存放本月导出名单的文件夹")]
RulesFolder = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="DIR",
        envvar="LOUBAO_RULES",
        show_envvar=False,
        help="规则文件夹；默认用当前目录的 rules，没有则用自带规则",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        envvar="LOUBAO_OUT",
        show_envvar=False,
        help="输出文件夹；默认 out/<DATA 的名字>",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="YYYY-MM-DD",
        envvar="LOUBAO_AS_OF",
        show_envvar=False,
        help="计算年龄和期限的日期；默认 DATA 名字里的月末，没有则今天",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", envvar="LOUBAO_QUIET", show_envvar=False, help="只显示错误"),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", envvar="LOUBAO_JSON", show_envvar=False, help="标准输出只有一个 JSON 对象"
    ),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", envvar="LOUBAO_YES", show_envvar=False, help="凡有询问一律答“是”"),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        envvar="LOUBAO_PASSWORD_FILE",
        show_envvar=False,
        help="加密表格的密码，一行一个；也可用环境变量 LOUBAO_PASSWORD",
    ),
]


@app.callback()
def program(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="显示版本并退出")] = False,
) -> None:
    """Show the version, or the help where no command is given."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"loubao {installed('loubao')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command(cls=Command)
def match(
    data: Data,
    rules: RulesFolder = None,
    out: Out = None,
    as_of: AsOf = None,
    password_file: PasswordFile = None,
    quiet: Quiet = False,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """每月比对：读入名单，与在保名册比对，按村生成核查表。"""
    from loubao import pipeline
    from loubao.cli import screen
    from loubao.pipeline import settings

    with screen.progress(shown=not quiet and not json) as progress:
        report = pipeline.match(
            data,
            out or settings.default_out(data),
            settings.find_rules(rules),
            settings.reckoning_day(data, as_of and as_of.date()),
            settings.read_passwords(password_file),
            progress,
        )
    if json:
        screen.print_json(report)
    elif not quiet:
        screen.show_match(report)


@app.command(cls=Command)
def check(
    data: Data,
    rules: RulesFolder = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            envvar="LOUBAO_OUT",
            show_envvar=False,
            help="把 数据问题.xlsx 写到这个文件夹；不写则只显示",
        ),
    ] = None,
    as_of: AsOf = None,
    password_file: PasswordFile = None,
    quiet: Quiet = False,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """只读入和整理：每个文件是哪份名单、每列如何理解、哪些单元格有问题。"""
    from loubao import pipeline
    from loubao.cli import screen
    from loubao.pipeline import settings

    with screen.progress(shown=not quiet and not json) as progress:
        report = pipeline.check(
            data,
            out,
            settings.find_rules(rules),
            settings.reckoning_day(data, as_of and as_of.date()),
            settings.read_passwords(password_file),
            progress,
        )
    if json:
        screen.print_json(report)
    elif not quiet:
        screen.show_check(report)


@app.command(cls=Command)
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="要新建的工作文件夹")],
    quiet: Quiet = False,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """新建工作文件夹：放一份可以修改的规则。"""
    from loubao import pipeline
    from loubao.cli import screen

    report = pipeline.init(folder)
    if json:
        screen.print_json(report)
    elif not quiet:
        screen.show_init(report)


def main() -> None:
    """Run the program and exit with a code of the contract."""
    gc.set_threshold(100_000)  # a run makes few cycles and ends soon
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):  # a cp936 or C console must not end a run
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        returned: Any = app(arguments, prog_name="loubao", standalone_mode=False)
    except SystemExit:
        raise
    except BrokenPipeError:
        return 0
    except BaseException as error:  # a panic of a Rust extension is no Exception
        message, code = _explained(error)
        for line in message.splitlines():
            print(f"错误：{line}", file=sys.stderr)
        if "--json" in arguments or os.environ.get("LOUBAO_JSON", "").lower() in _ON:
            from loubao.cli.screen import print_json

            print_json({"exit_code": code, "error": message})
        return code
    return returned if isinstance(returned, int) else 0


def _explained(error: BaseException) -> tuple[str, int]:
    """Return what to say of an error that ended a run, and the exit code of the contract."""
    from loubao.faults import Fault

    if isinstance(error, Fault):
        return error.message, error.exit_code
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "已中断，没有改动任何输出", 130
    if getattr(error, "exit_code", None) == 2:
        return wrong_usage(error), 2
    from loubao.cli.defect import write_trace

    trace = write_trace(error)
    where = f"详情已写入 {trace}，" if trace else "临时文件夹写不进去，没有留下详情；"
    return f"loubao 出错，不是您的操作问题。{where}请转交维护人员", 1
