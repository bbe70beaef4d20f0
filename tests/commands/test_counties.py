"""`match --counties`: each county whole or untouched, a failure named, the others done."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from tests.commands import office
from tests.commands.office import DIBAO, PEOPLE, afresh, fill, month, tree

GOOD, BROKEN, LOCKED, BARE = "甲县", "乙县", "丙县", "丁县"


@pytest.fixture
def counties(tmp_path: Path) -> Path:
    """A county that is well, one that lacks a roll, one that is in use, and a folder that is none."""
    for name in (GOOD, BROKEN, LOCKED):
        shutil.copytree(office.REPOSITORY / "rules", tmp_path / "各县" / name / "rules")
        fill(tmp_path / "各县" / name / "2022-06", month())
    (tmp_path / "各县" / BROKEN / "2022-06" / DIBAO).unlink()
    (tmp_path / "各县" / BARE).mkdir()
    (tmp_path / "各县" / ".git").mkdir()
    return tmp_path / "各县"


def frames_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "data").glob("*.parquet"))}


def test_one_fails_one_is_locked_and_the_others_are_done(counties: Path) -> None:
    kept = {name: tree(counties / name) for name in (BROKEN, LOCKED, BARE)}
    outs = []
    for jobs in ("1", "2"):
        with FileLock(counties / LOCKED / "out" / ".2022-06.lock"):
            run = afresh(
                "match", "--counties", counties, "--jobs", jobs, "--json", cwd=counties.parent
            )
        codes = {each["county"]: each["exit_code"] for each in run.report["counties"]}
        assert codes == {GOOD: 0, BROKEN: 3, LOCKED: 4, BARE: 2}
        assert (run.code, run.report["exit_code"]) == (2, 2)
        assert run.report["counts"] | {"records": 0} == run.report["counts"] | {
            "counties": 4, "matched": 1, "failed": 3, "records": 0, "on_sheets": 2
        }  # fmt: skip
        assert f"{BROKEN}：缺少必需的名单：最低生活保障对象" in run.err
        assert f"{BARE}：里面没有 rules" in run.err
        office.assert_private(run.out, run.err)
        outs.append(frames_of(counties / GOOD / "out" / "2022-06"))
    assert outs[0] == outs[1] != {}
    shutil.rmtree(counties / LOCKED / "out")
    assert {name: tree(counties / name) for name in kept} == kept
    alone = afresh("match", "2022-06", "--out", "alone", cwd=counties / GOOD)
    assert alone.code == 0
    assert frames_of(counties / GOOD / "alone") == outs[0]


def test_quiet_for_cron_with_a_log_and_a_register(counties: Path) -> None:
    for name in (BROKEN, LOCKED, BARE):
        shutil.rmtree(counties / name)
    rows = {"县": ["晋江市"], "姓名": ["蔡阿榕"], "身份证号": [PEOPLE["蔡阿榕"]]}
    pl.DataFrame(rows).write_parquet(counties.parent / "全省.parquet")
    words = ("--quiet", "--log", "loubao.log", "--register", "全省.parquet")
    run = afresh("match", "2022-06", "--counties", "各县", *words, cwd=counties.parent)
    assert (run.code, run.out, run.err) == (0, "", "")
    manifest = json.loads((counties / GOOD / "out/2022-06/run.json").read_text("utf-8"))
    assert manifest["register"]["linked"] == 1
    log = (counties.parent / "loubao.log").read_text("utf-8")
    assert "match month=- exit=0 counties=1 matched=1 failed=0" in log


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--counties", "没有"), "不存在或不是文件夹"),
        (("--counties", "."), "没有以月份命名的文件夹"),
        (("2022-06", "--counties", ".", "--out", "x"), "不能再写 --out"),
        (("2022-06", "--jobs", "2"), "--jobs 只与 --counties 一起用"),
        (("../2022-06", "--counties", "."), "不写别处的路径"),
        ((), "缺少参数 DATA"),
    ],
)
def test_wrong_usage_says_what_to_write(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    (tmp_path / "甲县").mkdir()
    run = office.loubao("match", *words, cwd=tmp_path)
    assert run.code == 2
    assert told in run.err


def test_the_newest_month_is_that_of_all(counties: Path) -> None:
    fill(counties / GOOD / "2022-07", month())
    for name in (LOCKED, BARE):
        shutil.rmtree(counties / name)
    run = afresh("match", "--counties", "各县", "--json", cwd=counties.parent)
    assert run.code == 3
    found = {each["county"]: (each["data"], each["error"]) for each in run.report["counties"]}
    assert found == {
        GOOD: ("2022-07", None),
        BROKEN: (None, "没有 2022-07 的名单（文件夹），其他县照常比对"),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="there is no TERM")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_called_off_it_leaves_every_county_as_it_was(counties: Path, number: int) -> None:
    before = tree(counties)
    command = [str(office.COMMAND), "match", "--counties", str(counties), "--jobs", "2"]
    with subprocess.Popen(
        command, env=office.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 60
        while not list(counties.glob("*/out")) and time.monotonic() < deadline:
            time.sleep(0.01)  # until a county is at work
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "已中断" in said.decode("utf-8")
    after = tree(counties)
    left = {path for path in after.keys() - before.keys() if not path.endswith((".lock", "/out"))}
    assert left == set()
    assert {path: after[path] for path in before} == before
