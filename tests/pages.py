"""Pages of Markdown whose commands run: each once, in a scratch folder.

A block of ```sh is commands, a line each. A block of ```console is a session: `$ command`, then
what it says, where a line `…` stands for any number of lines. What one page has run is not run
again for the next: its first `loubao match 2022-05` is that of the page before.
`<!-- not run: why -->` right above a block leaves it alone.

    python -m tests.pages            # writes into the pages what the program says now
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.commands import office

ROOT = Path(__file__).parents[1]
#: In the order in which they are run: the month first, the others in the folder that it leaves.
PAGES = (
    "docs/monthly-round.md",
    "docs/commands.md",
    "docs/rules.md",
    "docs/data-problems.md",
    "docs/linkage.md",
    "docs/report.md",
    "docs/standards.md",
    "docs/privacy.md",
    "docs/security.md",
    "docs/cron.md",
    "docs/scale.md",
    "docs/benchmarks.md",
    "README.md",
    "README.zh-CN.md",
)
#: What an installed program is called with, so that a page is as wide as a screen.
SCREEN = {"COLUMNS": "100"}
ANYTHING = "…"

_BLOCK = re.compile(
    r"(?P<kept><!-- not run: [^\n]*-->\n+)?^```(?P<kind>sh|console)\n(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
#: what differs from run to run: bytes of a ledger, seals over the time of posting
_NUMBER = re.compile("[0-9]+")
_PASSING = re.compile(r"[0-9]+ 字节|[0-9a-f]{64}|登记于 [0-9-]{10}")


@dataclass(frozen=True)
class Step:
    """A command of a page and what the page says comes of it (None: nothing is shown)."""

    command: str
    shown: tuple[str, ...] | None = None
    #: how often the page had this command before
    before: int = 0


@dataclass
class Walk:
    """A folder that commands are run in, and what they said: code and lines."""

    cwd: Path
    said: dict[tuple[str, int], tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def run(self, step: Step) -> tuple[int, tuple[str, ...]]:
        """Run a command as typed, or remember what came of it."""
        key = (step.command, step.before)
        if key not in self.said:
            self.said[key] = self._run(step.command)
        return self.said[key]

    def _run(self, command: str) -> tuple[int, tuple[str, ...]]:
        words = shlex.split(command)
        if words[0] == "cd":
            self.cwd = self.cwd / words[1]
            return 0, ()
        if words[0] == "loubao":
            run = office.loubao(*words[1:], cwd=self.cwd, env=SCREEN)
            return run.code, _lines(run.out + run.err)
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.cwd, capture_output=True, encoding="utf-8"
        )
        return done.returncode, _lines(done.stdout + done.stderr)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def steps(page: str) -> Iterator[Step]:
    """The commands of a page, in order."""
    seen: Counter[str] = Counter()
    for block in _BLOCK.finditer(text(page)):
        if not block["kept"]:
            yield from _steps(block["kind"], block["text"], seen)


def left_alone(page: str) -> list[str]:
    """The blocks that are not run."""
    return [block["text"] for block in _BLOCK.finditer(text(page)) if block["kept"]]


def walked(root: Path, pages: Mapping[str, list[Step]]) -> Walk:
    """Run all commands of `pages` below `root`."""
    walk = Walk(root)
    for page in pages.values():
        for step in page:
            walk.run(step)
    return walk


def agree(shown: tuple[str, ...], said: tuple[str, ...]) -> bool:
    """Whether a page shows what was said."""
    lines = (
        r"(?:.*\n)*?" if line == ANYTHING else f"{re.escape(_lasting(line))}\n" for line in shown
    )
    return re.fullmatch("".join(lines), "".join(f"{_lasting(line)}\n" for line in said)) is not None


def renewed(shown: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
    """What was said, as much of it as was shown before.

    A part between two `…` begins with a line that still begins like that, whatever its numbers.
    """
    parts: list[list[str]] = [[]]
    for line in shown:
        if line == ANYTHING:
            parts.append([])
        else:
            parts[-1].append(line)
    if len(parts) == 1:
        return said
    found = list(said[: len(parts[0])])
    for part in parts[1:-1]:
        begin = _NUMBER.sub("0", part[0])
        start = next(n for n, line in enumerate(said) if _NUMBER.sub("0", line).startswith(begin))
        found += [ANYTHING, *said[start : start + len(part)]]
    return (*found, ANYTHING, *said[len(said) - len(parts[-1]) :])


def _lasting(line: str) -> str:
    return _PASSING.sub("#", line)


def _lines(said: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in said.splitlines())


def _steps(kind: str, block: str, seen: Counter[str]) -> Iterator[Step]:
    commands: list[tuple[str, tuple[str, ...] | None]]
    if kind == "sh":
        commands = [(line, None) for line in block.splitlines() if line and line[0] != "#"]
    else:
        sessions = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
        commands = [(told[0], tuple(told[1:])) for told in map(str.splitlines, sessions)]
    for command, shown in commands:
        yield Step(command, shown, seen[command])
        seen[command] += 1


def _rewritten(page: str, walk: Walk) -> str:
    seen: Counter[str] = Counter()

    def session(block: re.Match[str]) -> str:
        found = () if block["kept"] else tuple(_steps(block["kind"], block["text"], seen))
        if block["kept"] or block["kind"] == "sh":
            return block[0]
        lines = []
        for step in found:
            said = walk.run(step)[1]
            lines += [f"$ {step.command}", *renewed(step.shown or (), said)]
        return "```console\n" + "\n".join(lines) + "\n```"

    return _BLOCK.sub(session, text(page))


def main() -> None:
    """Write what the program says now into the pages (those that are named, or all)."""
    with tempfile.TemporaryDirectory() as folder:
        walk = walked(Path(folder), {page: list(steps(page)) for page in PAGES})
        for page in sys.argv[1:] or PAGES:
            (ROOT / page).write_text(_rewritten(page, walk), encoding="utf-8")


if __name__ == "__main__":
    main()
