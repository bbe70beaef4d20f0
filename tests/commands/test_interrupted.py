"""Ctrl-C, TERM, HUP: one line in Chinese, 128 + n, everything as it was; nobody else speaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def _interrupt(
    process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT
) -> tuple[int, str, str]:
    """Press Ctrl-C: every process of the terminal's group hears it."""
    os.killpg(process.pid, number)
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_match_is_called_off(desk: Desk, number: signal.Signals) -> None:
    before = tree(desk.out)
    words = ("match", desk.data.name, "--out", desk.out.name, "--ledger", "loubao.db")
    process = _start(COMMAND, *words, cwd=desk.root)
    end = time.monotonic() + 20
    while not (desk.root / ".out.partial").exists():  # then it is at work
        assert time.monotonic() < end
        time.sleep(0.01)
    said = "错误：已中断；没有写完的一概不留，可以再运行一次\n"
    assert _interrupt(process, number) == (128 + number, "", said)
    assert tree(desk.out) == before
    assert hidden(desk.root) == set()
    assert not (desk.root / "loubao.db").exists()


def test_the_helper_does_not_hear_it(tmp_path: Path) -> None:
    """From its first moment on, also while it is still being loaded."""
    process = _start(sys.executable, "-c", _WITH_A_HELPER, cwd=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    code, _, err = _interrupt(process)
    assert (code, err) == (130, "")


#: A library catches what the signal raised, and raises something of its own.
_WRAPPED = """
import os, signal, sys
from loubao import cli
from loubao.rules import linking

def load_linking(*_):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException as error:
        raise ValueError("wrapped") from error

linking.load_linking = load_linking
from loubao.commands import link
link.load_linking = load_linking
sys.argv = ["loubao", "link", "a.csv", "b.csv", "--out", "pairs.csv"]
cli.command()
"""


def test_what_a_library_makes_of_a_signal_is_the_signal(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("姓名,身份证号\n庄建国,350599196003051230\n", encoding="utf-8")
    process = _start(sys.executable, "-c", _WRAPPED, cwd=tmp_path)
    out, err = process.communicate(timeout=30)
    said = "错误：已中断；没有写完的一概不留，可以再运行一次\n"
    assert (process.returncode, out, err) == (128 + signal.SIGTERM, "", said)
