from __future__ import annotations

from tests.commands.conftest import _commands

__all__ = ["_commands"]
