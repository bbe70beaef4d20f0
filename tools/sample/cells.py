"""What a spoilt cell may hold, and how a fault says that it cannot happen to a text."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Cell = str | float | None
Spoiler = Callable[[str, Random], Cell]


class CannotHappenError(Exception):
    """The fault does not apply to this text."""


def needs(condition: bool) -> None:
    """Give up on a text to which the fault cannot happen."""
    if not condition:
        raise CannotHappenError
