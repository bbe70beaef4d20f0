"""The frame around commands in Chinese: help headings, usage lines, messages for wrong usage.

typer's own words are English and not all of them can be translated from outside; what a clerk
meets is worded here. Plain text, because the rich help costs more start-up than the whole parse.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

_HELP = "显示用法并退出"


class Command(TyperCommand):
    """A command whose help is headed in Chinese."""

    def get_help_option(self, ctx: Any) -> Any:
        """The help option, with its text in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """One line: how the command is called."""
        formatter.write_usage(ctx.command_path, _pieces(self, ctx), prefix="用法：")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments and options, each with its words."""
        for title, kind in (("参数", "argument"), ("选项", "option")):
            rows = [
                record
                for parameter in self.get_params(ctx)
                if parameter.param_type_name == kind
                and (record := parameter.get_help_record(ctx)) is not None
            ]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class Group(TyperGroup):
    """The program itself: its commands in the order of the month."""

    def get_help_option(self, ctx: Any) -> Any:
        """The help option, with its text in Chinese."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _HELP
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """One line: how the program is called."""
        formatter.write_usage(ctx.command_path, "[选项] 命令 …", prefix="用法：")

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options of the program, then its commands."""
        Command.format_options(self, ctx, formatter)  # type: ignore[arg-type]
        rows = [
            (name, command.get_short_help_str(limit=200))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None and not command.hidden
        ]
        with formatter.section("命令"):
            formatter.write_dl(rows)


def _pieces(command: TyperCommand, ctx: Any) -> str:
    names = [
        piece
        for parameter in command.get_params(ctx)
        if parameter.param_type_name == "argument"
        for piece in parameter.get_usage_pieces(ctx)
    ]
    return " ".join(["[选项]", *names])


def wrong_usage(error: Any) -> str:
    """Return what a clerk reads when the command line was not understood."""
    kind = type(error).__name__
    command = error.ctx.command_path if getattr(error, "ctx", None) else "loubao"
    parameter = getattr(error, "param", None)
    name = ""
    if parameter is not None:
        option = parameter.param_type_name == "option"
        name = parameter.opts[0] if option else parameter.metavar or parameter.name.upper()
    hint = f"用 {command} --help 查看用法"
    if kind == "NoSuchOption":
        similar = getattr(error, "possibilities", None) or []
        suggestion = f"，是不是 {'、'.join(similar)}" if similar else ""
        return f"没有选项 {error.option_name}{suggestion}；{hint}"
    if kind == "MissingParameter":
        return f"缺少参数 {name}；{hint}"
    if kind == "BadParameter":
        return f"参数 {name} 的值不对；{hint}"
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 后面要写值；{hint}"
    if "No such command" in str(error.message):
        return f"没有这个命令；{hint}"
    return f"命令写法不对；{hint}"
