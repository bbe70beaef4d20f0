"""The program as it is typed: `loubao` and its commands, and how a command line is carried out."""

from __future__ import annotations

from typing import Annotated

import typer

from loubao.cli import help_pages
from loubao.cli.adapt_command import adapt
from loubao.cli.archive_command import archive, backup
from loubao.cli.collect_command import collect
from loubao.cli.explain_command import explain
from loubao.cli.init_command import init
from loubao.cli.link_command import link
from loubao.cli.match_command import check, match
from loubao.cli.progress_command import progress
from loubao.cli.restore_command import restore
from loubao.cli.review_command import review
from loubao.cli.standards_command import standards
from loubao.cli.undo_command import undo

app = typer.Typer(
    cls=help_pages.Group,
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
        typer.echo("\n".join(help_pages.version_lines()))
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


for _verb in (
    *(match, check, review, collect, progress, explain),
    *(link, standards, archive, backup, restore, undo, init, adapt, help_pages.completion),
):
    app.command(cls=help_pages.Command)(_verb)


def run(arguments: list[str]) -> int:
    """Do what the command line says, and return the exit code; what ends it early comes out.

    The `main` of typer would make an exit code of Ctrl-C and of a pipe that nobody reads.
    """
    if help_pages.is_completing():
        app(arguments, prog_name="loubao")  # completes and exits
    group = typer.main.get_command(app)
    try:
        with group.make_context("loubao", arguments) as context:
            group.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    return 0
