"""The log line: one a run, whatever comes of it, and nobody's name in it."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loubao.cli.output import append, logged
from loubao.core.faults import Busy, RuleFault, UntrustedInput, Usage

LINE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{2}:[0-9]{2} "


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_a_run_that_ends_well(tmp_path: Path) -> None:
    file = tmp_path / "loubao.log"
    with logged(file, "match") as report:
        report |= {
            "as_of": "2022-06-30",
            "data": "张三家",
            "counts": {"records": 9, "张三": 1, "news": {"new": 2}, "share": 0.5, "note": "李四"},
        }
    (line,) = lines(file)
    assert re.fullmatch(LINE + r"match month=2022-06 exit=0 records=9 news.new=2 seconds=0.0", line)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Usage("x"), 2),
        (RuleFault("x"), 2),
        (UntrustedInput("张三"), 3),
        (Busy("x"), 4),
        (ValueError("张三"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_a_run_that_does_not(tmp_path: Path, error: BaseException, code: int) -> None:
    file = tmp_path / "loubao.log"
    with pytest.raises(type(error)), logged(file, "collect"):
        raise error
    (line,) = lines(file)
    assert re.fullmatch(LINE + rf"collect month=- exit={code} seconds=0.0", line)


def test_without_a_file_nothing_is_logged(tmp_path: Path) -> None:
    with logged(None, "match"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_be_written_does_not_end_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logged(tmp_path, "match") as report:
        report["counts"] = {}
    assert "写不进去" in capsys.readouterr().err
    with pytest.raises(Usage), logged(tmp_path / "no" / "log", "match"):
        raise Usage("x")


def test_many_at_once(tmp_path: Path) -> None:
    file = tmp_path / "loubao.log"
    old = os.umask(0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: append(file, "match", 0, {"counts": {"n": i}}, 1), range(200)))
    os.umask(old)
    assert sorted(int(line.split("n=")[1].split()[0]) for line in lines(file)) == list(range(200))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
