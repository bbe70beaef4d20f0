"""The terminal as the screens write to it."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class Terminal(Console):
    """Takes text as it is: the name of a file may look like markup."""

    def __init__(self) -> None:
        super().__init__(highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> NoReturn:
        """Leave the end to `main`: who stops reading (`| head`) has seen enough."""
        raise BrokenPipeError
