"""`loubao completion`: the script by which a shell completes commands and options.

The script is printed, never installed: nobody's profile is edited unasked. It calls loubao itself
with `VARIABLE` set, which `answers` makes ready for.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

#: The environment variable by which a shell asks, as typer derives it from the program's name.
VARIABLE = "_LOUBAO_COMPLETE"


class Shell(StrEnum):
    """A shell that completes."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


Which = Annotated[
    Shell,
    typer.Argument(
        metavar="bash|zsh|fish|powershell", help="哪一种命令行，如 bash", show_choices=False
    ),
]


def completion(shell: Which) -> None:
    """输出命令行补全脚本（按 Tab 键补全）。如 loubao completion bash >> ~/.bashrc"""
    from typer._completion_shared import get_completion_script

    script = get_completion_script(prog_name="loubao", complete_var=VARIABLE, shell=shell.value)
    typer.echo(script)


def answers() -> bool:
    """Whether a shell asks for completions; then make ready to answer."""
    if not os.environ.get(VARIABLE):
        return False
    from typer._completion_classes import completion_init

    os.environ["COLUMNS"] = "1000"  # zsh takes one line a help text; rich would break it
    completion_init()
    return True
