"""Accuracy on data with known truth: the shipped sample, and a district made for examination."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from loubao.commands.match import match
from loubao.rules.folder import Rules
from loubao.workspace.settings import reckoning_day

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
DISTRICT = ROOT / "benchmarks" / "district"
PLACE = ["file", "sheet", "row", "member"]


@pytest.fixture(scope="module", params=["2022-05", "2022-06"])
def judged(
    request: pytest.FixtureRequest, sample_month: Callable[[str], Path]
) -> dict[str, pl.DataFrame]:
    """The frames of a month of the sample, each record with its person in truth."""
    month = request.param
    out = sample_month(month)
    truth = pl.read_csv(SAMPLE / "truth" / f"{month}.csv", infer_schema=False).select(
        "person",
        "file",
        pl.col("sheet").fill_null(""),
        pl.col("row", "member").cast(pl.UInt32),
        truly_qualifies=pl.col("qualifies").str.to_lowercase(),
    )
    frames = {
        name: pl.read_parquet(out / "data" / f"{name}.parquet")
        for name in ("records", "decisions", "cases")
    }
    people = pl.read_csv(SAMPLE / "truth" / f"people-{month}.csv", infer_schema=False)
    joined = frames["records"].join(truth, on=PLACE, how="full", coalesce=True)
    return {**frames, "judged": joined, "people": people}


def test_every_row_of_the_sample_is_a_record(judged: dict[str, pl.DataFrame]) -> None:
    assert judged["judged"].select("record_id", "person").null_count().row(0) == (0, 0)


def test_no_condition_is_judged_wrongly(judged: dict[str, pl.DataFrame]) -> None:
    sources = judged["judged"].filter(pl.col("role") == "source")
    assert sources["qualifies"].cast(pl.String).equals(sources["truly_qualifies"], null_equal=True)


def test_no_link_is_false(judged: dict[str, pl.DataFrame]) -> None:
    person = judged["judged"].select("record_id", "person")
    links = (
        judged["decisions"]
        .filter(pl.col("decision") == "link")
        .join(person.rename({"person": "left"}), left_on="left_id", right_on="record_id")
        .join(person.rename({"person": "right"}), left_on="right_id", right_on="record_id")
    )
    assert links.height > 300
    assert links.filter(pl.col("left") != pl.col("right")).height == 0


def test_nobody_uncovered_is_on_no_sheet(judged: dict[str, pl.DataFrame]) -> None:
    person = judged["judged"].select("record_id", "person")
    shown = (
        judged["cases"]
        .select("record_ids", "status")
        .explode("record_ids", empty_as_null=True)
        .join(person, left_on="record_ids", right_on="record_id")
    )
    owed = judged["people"].filter(pl.col("expected").is_in(["uncovered", "partial"]))
    assert owed.filter(~pl.col("person").is_in(shown["person"].implode())).height == 0
    covered = judged["people"].filter(pl.col("expected") == "covered")
    plainly = shown.filter(pl.col("status") == "uncovered").join(covered, on="person")
    assert plainly.height <= covered.height * 0.015


def test_the_examination_is_passed(tmp_path: Path, rules: Rules) -> None:
    """A district whose faults were invented by someone who never saw this code."""
    subprocess.run([sys.executable, DISTRICT / "make.py", tmp_path, "--seed", "1"], check=True)
    data = tmp_path / "2022-06"
    match(data, tmp_path / "out", rules, reckoning_day(data, None))
    done = subprocess.run(
        [sys.executable, DISTRICT / "examine.py", tmp_path / "out", data],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
