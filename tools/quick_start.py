"""Print the shell blocks of README.md's Quick start, one a line: CI runs what a newcomer would."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def quick_start(text: str) -> list[str]:
    """Return the command of each shell block under the heading Quick start.

    Raises ValueError unless there are exactly two blocks of one command line each.
    """
    section = re.search(r"^## Quick start\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```sh\n(.*?)^```", section.group(1) if section else "", re.M | re.S)
    commands = [block.strip() for block in blocks]
    if len(commands) != 2 or any("\n" in command for command in commands):
        raise ValueError("README.md: Quick start must have two blocks of one command line each")
    return commands


if __name__ == "__main__":
    readme = Path(__file__).resolve().parents[1] / "README.md"
    sys.stdout.write("\n".join(quick_start(readme.read_text(encoding="utf-8"))) + "\n")
