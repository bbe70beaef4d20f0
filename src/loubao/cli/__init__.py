"""The command line: parse, call the pipeline, show, exit code. No decision is taken here.

Nothing but typer is imported at the top, so that `loubao --help` answers at once; each command
imports what it needs. `chrome` is the frame in Chinese, `screen` what a run shows.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeAlias

import typer

from loubao import __version__
from loubao.cli.chrome import Command, Group, wrong_usage

if TYPE_CHECKING:
    from loubao.rules import Rules

Report: TypeAlias = dict[str, Any]

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


def _option(name: str, metavar: str | None, help: str, **more: Any) -> Any:
    """An option that `LOUBAO_<OPTION>` gives too."""
    variable = "LOUBAO_" + name.removeprefix("--").replace("-", "_").upper()
    return typer.Option(
        name, metavar=metavar, help=help, envvar=variable, show_envvar=False, **more
    )


Data = Annotated[Path, typer.Argument(metavar="DATA", help="存放本月导出名单的文件夹")]
RulesFolder = Annotated[
    Path | None,
    _option("--rules", "DIR", "规则文件夹；默认用当前目录的 rules，没有则用自带规则"),
]
MatchOut = Annotated[Path | None, _option("--out", "DIR", "输出文件夹；默认 out/<DATA 的名字>")]
CheckOut = Annotated[
    Path | None,
    _option("--out", "DIR", "把 数据问题.xlsx 写到这个文件夹；不写则只显示"),
]
AsOf = Annotated[
    datetime | None,
    _option(
        "--as-of",
        "YYYY-MM-DD",
        "计算年龄和期限的日期；默认 DATA 名字里的月末，没有则今天",
        formats=["%Y-%m-%d"],
    ),
]
PasswordFile = Annotated[
    Path | None,
    _option("--password-file", "FILE", "加密表格的密码，一行一个；也可用环境变量 LOUBAO_PASSWORD"),
]
Quiet = Annotated[bool, _option("--quiet", None, "只显示错误")]
Json = Annotated[bool, _option("--json", None, "标准输出只有一个 JSON 对象")]
Yes = Annotated[bool, _option("--yes", None, "凡有询问一律答“是”")]


@app.callback()
def program(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="显示版本并退出")] = False,
) -> None:
    """Show the version, or the help where no command is given."""
    if version:
        typer.echo(f"loubao {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command(cls=Command)
def match(
    data: Data,
    rules: RulesFolder = None,
    out: MatchOut = None,
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

    known = settings.find_rules(rules)
    out = out or settings.default_out(data)
    report = _month(pipeline.match, data, out, known, as_of, password_file, quiet or json)
    _tell(report, screen.show_match, quiet, json)


@app.command(cls=Command)
def check(
    context: typer.Context,
    data: Data,
    rules: RulesFolder = None,
    out: CheckOut = None,
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

    known = settings.find_rules(rules)
    source = context.get_parameter_source("out")
    if out and source and source.name == "ENVIRONMENT" and settings.is_output(out):
        out = None  # LOUBAO_OUT is meant for match; what that wrote stays whole
    report = _month(pipeline.check, data, out, known, as_of, password_file, quiet or json)
    _tell(report, partial(screen.show_check, lists=known.lists), quiet, json)


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

    _tell(pipeline.init(folder), screen.show_init, quiet, json)


def _month(
    verb: Callable[..., Report],
    data: Path,
    out: Path | None,
    rules: Rules,
    as_of: datetime | None,
    password_file: Path | None,
    silent: bool,
) -> Report:
    """Run a verb of the pipeline on a month's exports, with a progress bar unless `silent`."""
    from loubao.cli import screen
    from loubao.pipeline import settings

    day = settings.reckoning_day(data, as_of and as_of.date())
    passwords = settings.read_passwords(password_file)
    with screen.progress(shown=not silent) as progress:
        return verb(data, out, rules, day, passwords, progress)


def _tell(report: Report, show: Callable[[Report], None], quiet: bool, json: bool) -> None:
    """Say what came of it: one object for a program, tables for a person, or nothing."""
    if json:
        from loubao.cli.screen import print_json

        print_json(report)
    elif not quiet:
        show(report)


def main() -> None:
    """Run the program and exit with a code of the contract."""
    gc.set_threshold(100_000)  # a run makes few cycles and ends soon
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes 40 ms
    sys.exit(_run(sys.argv[1:]))


def command() -> NoReturn:
    """Run `main` as the installed program: once all is written and said, it ends at once.

    Taking every frame and module apart before leaving would be a twentieth of a month's run.
    """
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            pass
        except OSError:
            code = code or 2  # what was to be said could not be written
    os._exit(code)


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
