"""A process that has imported the program once and forks for each command: whole runs, no start-up.

`Warm().run(...)` answers as `subprocess.run` does. The command runs in a child of its own, from the
entry point of pyproject.toml, with the modules that an earlier real run had imported. Each tenth
command is run as a real process instead, and so is every one whose outcome is a failure (`run.py`).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "loubao"


def entry() -> object:
    """The function the console script calls."""
    (point,) = importlib.metadata.entry_points(group="console_scripts", name="loubao")
    return point.load()


def cold(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300)


class Warm:
    """The other end of the process that forks."""

    def __init__(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.count = 0

    def run(
        self, *arguments: str | Path, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        self.count += 1
        if self.count % 10 == 1:
            return cold(*arguments, cwd=cwd)
        with tempfile.TemporaryDirectory() as folder:
            order = {"arguments": [*map(str, arguments)], "cwd": str(cwd or Path.cwd())}
            assert self.server.stdin and self.server.stdout
            self.server.stdin.write(json.dumps({**order, "folder": folder}) + "\n")
            self.server.stdin.flush()
            code = int(self.server.stdout.readline())
            texts = [
                (Path(folder) / name).read_text(encoding="utf-8", errors="replace")
                for name in ("out", "err")
            ]
        return subprocess.CompletedProcess(order["arguments"], code, *texts)


def child(order: dict[str, object]) -> None:
    """What a fork does: the command, with its output in two files; never returns."""
    folder = Path(str(order["folder"]))
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.chdir(str(order["cwd"]))
    sys.argv = [str(PROGRAM), *order["arguments"]]  # type: ignore[misc]
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8")
    code = 0
    try:
        entry()()  # type: ignore[operator]
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def imported() -> list[str]:
    """The modules a run of `match` on the sample imports."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, folder]
        subprocess.run(command, capture_output=True, cwd=folder, timeout=300)
        told = Path(folder) / "modules.json"
        return list(json.loads(told.read_text())) if told.exists() else []


def tell(folder: Path) -> None:
    """Run `match` on the sample; leave the names of the modules in the folder."""
    told = folder / "modules.json"
    atexit.register(lambda: told.write_text(json.dumps(sorted(sys.modules))))
    sample = Path(__file__).resolve().parents[2] / "sample_data" / "2022-06"
    arguments = ["match", sample, "--out", folder / "out", "--ledger", folder / "loubao.db"]
    sys.argv = [str(PROGRAM), *map(str, arguments)]
    entry()()  # type: ignore[operator]


def serve() -> None:
    """Fork for each line, answer its exit code."""
    for module in imported():
        if module.split(".")[0] not in ("warm", "__main__"):
            with contextlib.suppress(Exception):
                importlib.import_module(module)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            child(json.loads(line))
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        tell(Path(sys.argv[1]))
    else:
        serve()
