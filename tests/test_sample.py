"""sample_data/: made by a seed, true to its truth, about nobody."""

from __future__ import annotations

import csv
import doctest
import importlib
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from loubao.workbook.read_sheets import read_sheets

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
SAMPLE = ROOT / "sample_data"
MONTHS = ("2022-05", "2022-06")
# Never assigned: two division codes, a permit with the sequence 000, a province 99.
UNASSIGNED = ("350599", "359901", "830000", "999704")
SOURCES = {"medical", "disability", "monitored", "children"}


def table(name: str) -> list[dict[str, str]]:
    with (SAMPLE / "truth" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def generate(out: Path, seed: int, hashes: str) -> dict[str, bytes]:
    """Every file of a small district, made in an interpreter of its own."""
    command = [
        sys.executable,
        str(TOOLS / "make_sample.py"),
        "--people",
        "900",
        "--seed",
        str(seed),
        "--out",
        str(out),
    ]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hashes})
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("xlwt")
    pytest.importorskip("odf")
    first = generate(tmp_path / "first", 5, "1")
    assert generate(tmp_path / "second", 5, "2") == first
    other = generate(tmp_path / "other", 6, "1")
    assert other.keys() == first.keys()
    assert other["truth/2022-06.csv"] != first["truth/2022-06.csv"]


@pytest.mark.parametrize("module", ["numbers", "names", "lists"])
def test_doctests_of_the_generator(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    result = doctest.testmod(importlib.import_module(f"sample.{module}"))
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("month", MONTHS)
def test_every_file_is_in_the_truth(month: str) -> None:
    files = {path.name for path in (SAMPLE / month).iterdir()}
    assert {name for name in files if not name.startswith("填表说明")} == {
        row["file"] for row in table(f"{month}.csv")
    }
    assert any(name.startswith("填表说明") for name in files)


def read(month: str) -> dict[tuple[str, str], dict[int, list[str]]]:
    """The texts of every row that is not blank, by file and sheet, through the program's reader."""
    found: dict[tuple[str, str], dict[int, list[str]]] = {}
    for path in sorted((SAMPLE / month).iterdir()):
        if path.name.startswith("填表说明"):
            continue
        binary = path.read_bytes()[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
        for sheet in read_sheets(path.read_bytes(), path.name):
            rows = {
                number: [text for text in texts if text is not None]
                for number, *texts in sheet.cells.iter_rows()
            }
            found[path.name, sheet.name if binary else ""] = rows
    return found


@pytest.mark.parametrize("month", MONTHS)
def test_truth_and_files_agree_row_by_row(month: str) -> None:
    sheets = read(month)
    people = {row["person"]: row for row in table(f"people-{month}.csv")}
    expected: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in [*table(f"{month}.csv"), *table(f"other-rows-{month}.csv")]:
        expected[row["file"], row["sheet"]].add(int(row["row"]))
    assert {key: set(rows) for key, rows in sheets.items() if rows} == expected
    for row in table(f"{month}.csv"):
        if row["faults"]:
            continue
        texts = sheets[row["file"], row["sheet"]][int(row["row"])]
        person = people[row["person"]]
        assert person["name"] in texts
        assert any(text.startswith(person["id_number"]) for text in texts)


@pytest.mark.parametrize("month", MONTHS)
def test_nobody_has_an_assigned_division_code(month: str) -> None:
    texts = [text for rows in read(month).values() for row in rows.values() for text in row]
    texts += [row["id_number"] for row in table(f"people-{month}.csv")]
    numbers = 0
    for text in texts:
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
        for run in re.findall(r"[0-9]{15,}|[0-9]\.[0-9]{5,}[eE]\+1[79]|[0-9]{6}[*×]{4,}", plain):
            numbers += 1
            digits = run.replace(".", "")
            # A damaged number in scientific notation shows six digits, the last one rounded.
            assert digits.startswith(UNASSIGNED) or digits[:6] in ("350600", "359902")
    assert numbers > 3000


@pytest.mark.parametrize("month", MONTHS)
def test_every_fault_turns_up_on_both_sides(month: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    faults = importlib.import_module("sample.faults")
    wanted = {*faults.NUMBER_FAULTS, *faults.NAME_FAULTS, *faults.ROW_FAULTS}
    sides: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for row in table(f"{month}.csv"):
        sides[row["list"] in SOURCES].update(row["faults"].split(";"))
    assert wanted <= sides[True].keys()
    assert wanted <= sides[False].keys()


@pytest.mark.parametrize("month", MONTHS)
def test_every_outcome_turns_up(month: str) -> None:
    outcomes = Counter(row["expected"] for row in table(f"people-{month}.csv"))
    assert outcomes.keys() == {"uncovered", "partial", "covered", "excluded", "not_named"}
    assert min(outcomes.values()) > 10


def test_size() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 4_000_000
