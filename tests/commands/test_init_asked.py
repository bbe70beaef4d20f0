"""`loubao init` on a terminal: what is local is asked, a question again until it is answered."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from loubao.rules.folder import load_rules
from loubao.rules.yaml_file import read_local

pty = pytest.importorskip("pty")

START = "from loubao.cli import command; command()"


def asked(folder: Path, answers: list[str]) -> tuple[int, str]:
    """Answer one question after another, as a person does; return the exit code and the screen."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-c", START, "init", "新县"])
    screen = b""
    waiting = list(answers)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            screen += os.read(terminal, 4096)
        except OSError:  # the end of a terminal
            break
        if waiting and screen.endswith(b": "):
            os.write(terminal, waiting.pop(0).encode() + b"\n")
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), screen.decode(errors="replace")


def test_everything_local_is_asked(tmp_path: Path) -> None:
    answers = ["哪里县", "峨山", "6000", "全部", "二十", "20", "社会事务办 87000000", ""]
    answers += ["1500", "1500 2022-04-01"]
    code, screen = asked(tmp_path, answers)
    assert code == 0, screen
    assert "没有找到" in screen
    assert "“二十”看不懂" in screen
    assert "没有写执行日期" in screen
    values, _ = read_local(tmp_path / "新县" / "rules")
    assert (values["name"], values["medical_over"], values["deadline_days"]) == (
        "峨山彝族自治县",
        "6000",
        "20",
    )
    assert values["disability"] == {"cases": "all"}
    assert values["contact"] == "社会事务办 87000000"
    assert values["minimum_wage"][0]["monthly"] == "1500"
    ledger = (tmp_path / "新县" / "loubao.db").read_bytes()
    assert ledger.startswith(b"SQLite format 3"), "nobody has given a key"
    assert len(load_rules(tmp_path / "新县" / "rules").villages) == 78


def test_return_takes_the_default(tmp_path: Path) -> None:
    code, screen = asked(tmp_path, ["530426", "", "", "", "", "", ""])
    assert code == 0, screen
    assert re.search(r"\[40000\]", screen)
    values, _ = read_local(tmp_path / "新县" / "rules")
    assert (values["medical_over"], values["contact"], values["phases"]) == ("40000", "", [])


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_a_question_that_is_left_makes_nothing(tmp_path: Path, key: str) -> None:
    code, screen = asked(tmp_path, [key])
    assert code == 130, screen
    assert list(tmp_path.iterdir()) == []
