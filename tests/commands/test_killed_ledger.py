"""Killed at any moment of `match` or `collect`: the ledger holds the state before or after.

One kill of each in the suite; `KILLS=100 pytest -n0 -s tests/command/test_killed_ledger.py` for two
hundred in all. Every second one is at any time, the others when the ledger is being written.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from loubao.ledger.connection import reading, writing
from loubao.ledger.integrity import audit
from tests.commands.office import (
    COMMAND,
    MEDICAL,
    MEDICAL_HEADER,
    assert_whole,
    environment,
    fill,
    hidden,
    loubao,
    medical_row,
    month,
    xlsx,
)
from tests.ledger.invented import content

KILLS = int(os.environ.get("KILLS", "1"))
LEDGER = "loubao.db"
ANSWERS = {
    "核查日期": "2022-07-05",
    "核查结果": "已核查不符合",
    "不符合原因": "收入超标",
    "核查人": "村干部",
}
VERBS = {
    "match": (
        *("match", "2022-07", "--out", "out/2022-07", "--ledger", LEDGER),
        *("--yes", "--quiet"),  # a list of sixty after one of four is implausible
    ),
    "collect": (
        *("collect", "回收", "--out", "out/回收", "--ledger", LEDGER, "--as-of", "2022-07-20"),
        "--quiet",
    ),
}

State = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of one month, its sheets filled in, and the exports of the next month."""
    root = tmp_path_factory.mktemp("killed")
    home = root / "home"
    fill(home / "2022-06", month())
    run = loubao("match", "2022-06", "--ledger", LEDGER, "--out", "out/2022-06", cwd=home)
    assert run.code == 0, run.err
    rows = [medical_row(i, name, 50000 + i) for i, name in enumerate(("蔡阿榕", "庄碧螺"), 1)]
    crowd = [(i, "周" + chr(0x5000 + i), "", "洛阳镇", "上浦村", 50000 + i) for i in range(3, 60)]
    fill(home / "2022-07", {**month(), MEDICAL: xlsx([MEDICAL_HEADER, *rows, *crowd])})
    shutil.copytree(home / "out" / "2022-06" / "核查表", home / "回收")
    for path in (home / "回收").rglob("*.xlsx"):
        fill_in(path)
    return home


def fill_in(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    columns: dict[str, int] = {}
    for row in page.iter_rows():
        words = {"".join(str(cell.value or "").split()): cell.column for cell in row}
        if set(ANSWERS) <= set(words):
            columns = words
        elif columns and re.match("[0-9]+-", str(row[columns["case_no"] - 1].value)):
            for header, answer in ANSWERS.items():
                page.cell(row[0].row, columns[header], answer)
    assert columns
    book.save(path)


def state(ledger: Path) -> State:
    """Everything in the ledger but times, and the chain that binds them."""
    with reading(ledger) as opened:
        assert audit(opened) == []
        found = content(opened)
        columns = [row[1] for row in opened.execute("PRAGMA table_info (posting)")]
    kept = [i for i, name in enumerate(columns) if name not in {"posted_at", "chain"}]
    found["posting"] = [tuple(row[i] for i in kept) for row in found["posting"]]
    return found


def killed(command: tuple[str, ...], desk: Path, seconds: float, dice: random.Random) -> int:
    """Run and kill; with no `seconds` a moment after the ledger has begun to be written."""
    run = subprocess.Popen([str(COMMAND), *command], cwd=desk, env=environment())
    if seconds:
        time.sleep(seconds)
    else:
        log = desk / f"{LEDGER}-wal"
        while run.poll() is None and not (log.exists() and log.stat().st_size):
            time.sleep(0.0005)
        time.sleep(dice.uniform(0, 0.004))
    run.kill()
    return run.wait()


def taken(command: tuple[str, ...], desk: Path) -> float:
    """Seconds of a run that is not killed."""
    start = time.perf_counter()
    subprocess.run([str(COMMAND), *command], cwd=desk, env=environment(), check=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("verb", VERBS)
def test_killed(home: Path, verb: str) -> None:
    command, desk = VERBS[verb], home.with_name("desk")
    dice = random.Random(20220630)

    def afresh() -> None:
        shutil.rmtree(desk, ignore_errors=True)
        shutil.copytree(home, desk)

    def again() -> None:
        run = loubao(*command, cwd=desk)
        assert run.code == 0, run.err

    afresh()
    before = state(desk / LEDGER)
    whole = taken(command, desk) if KILLS > 1 else 0.0
    after = state(desk / LEDGER)
    found: dict[str, Any] = {"before": 0, "after": 0}
    for i in range(KILLS):
        afresh()
        code = killed(command, desk, dice.uniform(0.15, 1.05) * whole * (i % 2), dice)
        assert code in (0, -signal.SIGKILL)
        now = state(desk / LEDGER)
        again()
        if KILLS == 1:
            after = state(desk / LEDGER)
        assert now in (before, after)
        assert code or now == after
        assert state(desk / LEDGER) == after
        assert len(after["event"]) > len(before["event"])
        assert hidden(desk) | hidden(desk / "out") == set()
        if verb == "match":
            assert_whole(desk / "out" / "2022-07")
        else:
            names = {path.name for path in (desk / "out" / "回收").iterdir()}
            assert names == {"回收问题.xlsx", "疑难.xlsx"}
        found["before" if now == before else "after"] += 1
    print(verb, found)


def test_two_at_once(home: Path) -> None:
    """Whoever writes while another does ends with 4; copies and archives are made all the same."""
    with writing(home / LEDGER):
        for verb, command in VERBS.items():
            run = loubao(*command, cwd=home)
            assert (run.code, run.out) == (4, ""), verb
            assert run.err == f"错误：台账 {LEDGER} 正被另一次运行使用，请等它结束后再试\n"
        for command in (("backup", "copy.db"), ("archive", "归档")):
            assert loubao(*command, "--ledger", LEDGER, "--quiet", cwd=home).code == 0
    assert not (home / "out" / "2022-07").exists()
    assert not (home / "out" / "回收").exists()
    assert loubao("archive", "归档", "--verify", "--ledger", LEDGER, cwd=home).code == 0
