"""Ctrl-C: one line in Chinese, 130, everything as it was; nobody else says anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loubao.workspace import output_folder
from tests.commands.office import COMMAND, Desk, environment, hidden, tree

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

#: A run with the helper of `press` at work, or only just started.
_WITH_A_HELPER = """
import sys, time
from loubao.workbook.writing import press
if __name__ == "__main__":
    try:
        with press(helper=True):
            print("ready", flush=True)
            time.sleep(20)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def _interrupt(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Press Ctrl-C: every process of the terminal's group hears it."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def _start(*command: str | Path, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def test_a_match_is_called_off(desk: Desk) -> None:
    before = tree(desk.out)
    process = _start(COMMAND, "match", desk.data.name, "--out", desk.out.name, cwd=desk.root)
    end = time.monotonic() + 20
    while not (desk.root / ".out.partial").exists():  # then it is at work
        assert time.monotonic() < end
        time.sleep(0.01)
    assert _interrupt(process) == (130, "", "错误：已中断；没有写完的一概不留，可以再运行一次\n")
    assert tree(desk.out) == before
    assert hidden(desk.root) == set()


def test_the_helper_does_not_hear_it(tmp_path: Path) -> None:
    """From its first moment on, also while it is still being loaded."""
    process = _start(sys.executable, "-c", _WITH_A_HELPER, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    code, _, err = _interrupt(process)
    assert (code, err) == (130, "")


def test_what_takes_its_place_is_not_called_off(tmp_path: Path) -> None:
    """Between the posting to the ledger and the change of folders there is no way back."""
    with output_folder.output_folder(tmp_path / "out") as draft:
        output_folder.write_manifest(draft, {})
        draft.finish = lambda: signal.raise_signal(signal.SIGINT)
    assert (tmp_path / "out" / "run.json").exists()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
