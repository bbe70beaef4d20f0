"""Tidy the export of one golden folder and lay the outcome out as csv."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import polars as pl

from loubao.ingest.records import records
from loubao.ingest.sheets.account import Part, part_of
from loubao.ingest.sheets.identify import claim
from loubao.rules import REGISTER
from loubao.rules.folder import Rules
from loubao.workbook.read_sheets import read_sheets
from loubao.workspace.register_files import open_register

HERE = Path(__file__).parent
AS_OF = date(2022, 6, 30)
OUTCOMES = ("records", "issues")


def folders() -> list[Path]:
    """Return the folders of lists; Python keeps what it compiled in one of its own."""
    inside = (path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")
    return sorted(path for path in inside if exports(path))


def exports(folder: Path) -> list[Path]:
    outcomes = {f"{name}.csv" for name in OUTCOMES}
    return sorted(p for p in folder.iterdir() if p.is_file() and p.name not in outcomes)


def outcome(folder: Path, rules: Rules) -> dict[str, str]:
    """Return the csv text of records and issues; columns without a value are left out."""
    parts = _of_register if folder.name == REGISTER else _of_exports
    rows, issues = records(parts(folder, rules), rules, AS_OF)
    rows = rows.drop(c for c in rows.columns if rows[c].null_count() == rows.height)
    return {"records": rows.write_csv(), "issues": issues.write_csv()}


def _of_exports(folder: Path, rules: Rules) -> list[Part]:
    sheets = [s for path in exports(folder) for s in read_sheets(path.read_bytes(), path.name)]
    claimed, faults = claim(sheets, rules)
    assert faults == []
    assert {each.list_name for each in claimed} == {folder.name}
    claimed.sort(key=lambda c: (c.sheet.file, c.position))
    return [part_of(each, rules) for each in claimed]


def _of_register(folder: Path, rules: Rules) -> list[Part]:
    """No file of DATA: each csv, for the eye, as the parquet that `--register` reads."""
    with tempfile.TemporaryDirectory() as scratch:
        for path in exports(folder):
            rows = pl.read_csv(path, infer_schema=False)
            rows.write_parquet(Path(scratch) / f"{path.stem}.parquet")
        register = open_register(Path(scratch), rules)
        return [file.part(rows, rules) for file in register.files for rows in file.slices()]
