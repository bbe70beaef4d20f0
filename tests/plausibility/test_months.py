"""Months of the sample, whole and damaged, through the real command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.commands.office import Run, loubao

SAMPLE = Path(__file__).parents[2] / "sample_data"
MAY, JUNE = "2022-05", "2022-06"


class Work:
    """Two months of the sample; June is to be damaged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for month in (MAY, JUNE):
            shutil.copytree(SAMPLE / month, root / month)

    def file(self, start: str) -> Path:
        return next(path for path in (self.root / JUNE).iterdir() if path.name.startswith(start))

    def match(self, month: str, *more: str) -> Run:
        return loubao("match", month, "--out", f"out/{month}", *more, cwd=self.root)

    def manifest(self) -> dict:
        return json.loads((self.root / "out" / JUNE / "run.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def may(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """May with its ledger and its output."""
    work = Work(tmp_path_factory.mktemp("may"))
    run = work.match(MAY, "--json", "--ledger", "a.db")
    assert run.code == 0, run.err
    assert run.report["plausibility"] == {"yes": False, "findings": []}
    return work.root


@pytest.fixture
def work(may: Path, tmp_path: Path) -> Work:
    shutil.copytree(may, tmp_path, dirs_exist_ok=True)
    made = Work.__new__(Work)
    made.root = tmp_path
    return made


def halve(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]))


@pytest.mark.parametrize("ledger", [("--ledger", "a.db"), ()])
def test_a_good_month_passes_without_a_word(work: Work, ledger: tuple[str, ...]) -> None:
    run = work.match(JUNE, "--json", *ledger)
    assert run.code == 0, run.err
    assert run.report["plausibility"]["findings"] == []
    assert run.report["implausible"]["rows"] == []


@pytest.mark.parametrize("ledger", [("--ledger", "a.db"), ()])
def test_a_list_that_is_missing_stops_the_run(work: Work, ledger: tuple[str, ...]) -> None:
    work.file("6月监测户名单").unlink()
    before = (work.root / "a.db").read_bytes()
    run = work.match(JUNE, *ledger)
    assert run.code == 3
    assert run.out == ""
    assert "上月有，本月没有这份名单" in run.err
    assert "--yes" in run.err
    assert not (work.root / "out" / JUNE).exists()
    assert (work.root / "a.db").read_bytes() == before


def test_yes_goes_on_and_it_is_recorded(work: Work) -> None:
    work.file("6月监测户名单").unlink()
    run = work.match(JUNE, "--yes", "--ledger", "a.db")
    assert run.code == 0, run.err
    assert "上月有，本月没有这份名单" in run.out.replace("\n", "")
    held = work.manifest()["plausibility"]
    assert held["yes"] is True
    assert [(f["what"], f["list"], f["accepted"]) for f in held["findings"]][:1] == [
        ("missing", "monitored", True)
    ]
    page = (work.root / "out" / JUNE / "report.html").read_text(encoding="utf-8")
    assert 'id="implausible"' in page
    assert "上月有，本月没有这份名单" in page


def test_a_rule_goes_on(work: Work) -> None:
    shutil.copytree(SAMPLE.parent / "rules", work.root / "rules")
    path = work.root / "rules" / "plausibility.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("accept: []", "accept: [{what: missing, list: monitored, month: 2022-06}]"),
        encoding="utf-8",
    )
    work.file("6月监测户名单").unlink()
    run = work.match(JUNE, "--json", "--ledger", "a.db")
    assert run.code == 0, run.err
    assert [f["accepted"] for f in run.report["plausibility"]["findings"]] == [True]


def test_rules_of_an_older_folder_have_the_shipped_bounds(work: Work) -> None:
    shutil.copytree(SAMPLE.parent / "rules", work.root / "rules")
    (work.root / "rules" / "plausibility.yaml").unlink()
    assert work.match(JUNE, "--json", "--ledger", "a.db").code == 0


def test_a_list_that_is_halved(work: Work) -> None:
    halve(work.file("6月监测户名单"))
    run = work.match(JUNE, "--json", "--ledger", "a.db")
    assert run.code == 3
    assert ("people", "monitored") in {(f["what"], f["list"]) for f in run.report["plausibility"]}


def test_check_shows_it_and_ends_well(work: Work) -> None:
    halve(work.file("6月监测户名单"))
    run = loubao("check", JUNE, "--json", cwd=work.root)
    assert run.code == 0, run.err
    assert ("people", "monitored") in {(f["what"], f["list"]) for f in run.report["plausibility"]}


def test_no_name_and_no_number_is_told(work: Work) -> None:
    halve(work.file("6月监测户名单"))
    run = work.match(JUNE)
    people = pl.read_parquet(work.root / "out" / MAY / "data" / "records.parquet")
    texts = {*people["id_number"].drop_nulls(), *people["name"].drop_nulls()}
    assert not [text for text in texts if len(text) > 2 and text in run.err]


def test_another_countys_output_is_no_month_before(work: Work) -> None:
    folder = work.root / "out" / MAY / "data" / "records.parquet"
    records = pl.read_parquet(folder)
    elsewhere = pl.col("village_code").str.replace("^3505", "9901")
    records.with_columns(elsewhere).write_parquet(folder)
    work.file("6月监测户名单").unlink()
    assert work.match(JUNE, "--json").code == 0
