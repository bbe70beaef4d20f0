"""The command line: parse, call the pipeline, show, exit code. No decision is taken here.

Nothing but typer is imported at the top, so that `loubao --help` answers at once; each command
imports what it needs.

    commands.py    match, check, link, init; each other command has a module of its name
    options.py     what they share      telling.py     a progress bar, JSON
    chrome.py      the words of help    screen.py, …_screen.py  what came of a run
    terminal.py    what they write to   defect.py      a trace
    log.py         a line a run         versions.py    --version
    file_names.py  Chinese ones in any locale
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import Annotated, NoReturn

import typer

from loubao.cli import match_command
from loubao.cli.archive_command import archive
from loubao.cli.backup_command import backup
from loubao.cli.chrome import Command, Group, wrong_usage
from loubao.cli.collect_command import collect
from loubao.cli.completion import answers, completion
from loubao.cli.explain_command import explain
from loubao.cli.progress_command import progress
from loubao.cli.standards_command import standards
from loubao.cli.startup import make_writable

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


@app.callback()
def program(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="显示版本（程序、依赖、规则）并退出")
    ] = False,
) -> None:
    """Show the version, or the help where no command is given."""
    if version:
        from loubao.cli.startup import lines

        typer.echo("\n".join(lines()))
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


for _verb in (
    *(match_command.match, match_command.check, collect, progress, explain),
    *(match_command.link, standards, archive, backup, match_command.init, completion),
):
    app.command(cls=Command)(_verb)


def main() -> None:
    """Run the program and exit with a code of the contract."""
    gc.set_threshold(100_000)  # a run makes few cycles and ends soon
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes 40 ms
    # polars is given back what it freed, large columns too, instead of new pages of the system
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"oversize_threshold:0,narenas:{os.cpu_count()}")
    sys.exit(_run(sys.argv[1:]))


def command() -> NoReturn:
    """Run `main` as the installed program: once all is written and said, it ends at once.

    Taking every frame and module apart before leaving would be a twentieth of a month's run.
    """
    make_writable()
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
        _parse_and_run(arguments)
    except SystemExit:
        raise
    except typer.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        return 0
    except BaseException as error:  # a panic of a Rust extension is no Exception
        message, code = _explained(error)
        for line in message.splitlines():
            print(f"错误：{line}", file=sys.stderr)
        if "--json" in arguments or os.environ.get("LOUBAO_JSON", "").lower() in _ON:
            from loubao.cli.output import print_json

            print_json({"exit_code": code, "error": message})
        return code
    return 0


def _parse_and_run(arguments: list[str]) -> None:
    """Do what the command line says; whatever ends that comes out as it is.

    The `main` of typer would make an exit code of Ctrl-C and of a pipe that nobody reads.
    """
    if answers():
        app(arguments, prog_name="loubao")  # completes and exits
    group = typer.main.get_command(app)
    with group.make_context("loubao", arguments) as context:
        group.invoke(context)


def _explained(error: BaseException) -> tuple[str, int]:
    """Return what to say of an error that ended a run, and the exit code of the contract."""
    from loubao.core.faults import Fault

    if isinstance(error, Fault):
        return error.message, error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "已中断；没有写完的一概不留，可以再运行一次", 130
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "文件夹或文件的路径太长，请把文件夹移到短一些的路径下，再运行一次", 2
    if getattr(error, "exit_code", None) == 2:
        return wrong_usage(error), 2
    from loubao.cli.startup import write_trace

    trace = write_trace(error)
    where = f"详情已写入 {trace}，" if trace else "临时文件夹写不进去，没有留下详情；"
    return f"loubao 出错，不是您的操作问题。{where}请转交维护人员", 1
