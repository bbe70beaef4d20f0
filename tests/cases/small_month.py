"""A month of a few small files, matched by the command."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import xlsxwriter
from openpyxl import load_workbook

from tests.commands import office
from tests.people import number

Rows = Sequence[Sequence[str]]
#: The rolls that a month must have, with a person each: 张保 and 赵特.
ON_ROLL = {"张保": number("19600101", 1), "赵特": number("19400101", 1)}
_ROLL = ("姓名", "身份证号", "乡镇", "村")


@dataclass(frozen=True)
class Outcome:
    """What a run wrote: records, cases, issues, and the lines of all village sheets by name."""

    records: pl.DataFrame
    issues: pl.DataFrame
    sheets: Mapping[str, tuple[str, Mapping[str, str]]]

    def home(self, name: str) -> tuple[str | None, str | None]:
        """Town and village of the record of a name."""
        found = self.records.filter(name=name).select("town", "village").rows()
        assert len(found) == 1, name
        return found[0]

    def codes(self, file: str) -> set[str]:
        return set(self.issues.filter(file=file)["code"])


def matched(folder: Path, files: Mapping[str, Rows | Mapping[str, Rows]]) -> Outcome:
    """Match a month of `files`: name → rows (csv), or sheet → rows (xlsx)."""
    rolls = {
        "低保8月.csv": [_ROLL, ("张保", ON_ROLL["张保"], "洛阳镇", "上浦村")],
        "特困8月.csv": [_ROLL, ("赵特", ON_ROLL["赵特"], "洛阳镇", "上浦村")],
    }
    data = folder / "2022-08"
    office.fill(data, {name: _content(rows) for name, rows in {**rolls, **files}.items()})
    run = office.loubao("match", data, "--out", "out", "--ledger", "l.db", "--quiet", cwd=folder)
    assert run.code == 0, run.err
    frames = [
        pl.read_parquet(folder / f"out/data/{name}.parquet") for name in ("records", "issues")
    ]
    return Outcome(*frames, _lines(folder / "out/核查表"))


def _content(rows: Rows | Mapping[str, Rows]) -> bytes:
    if not isinstance(rows, Mapping):
        return office.csv_bytes(rows)
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        for name, of_sheet in rows.items():
            page = book.add_worksheet(name)
            for place, row in enumerate(of_sheet):
                page.write_row(place, 0, row)
    return stream.getvalue()


def _lines(folder: Path) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Name → (sheet, header → cell) of each line of the village sheets."""
    lines: dict[str, tuple[str, Mapping[str, str]]] = {}
    for path in sorted(folder.rglob("*.xlsx")):
        rows = [list(map(str, row)) for row in load_workbook(path)["核查表"].values]
        start = next(i for i, row in enumerate(rows) if "姓名" in row)
        for row in rows[start + 1 :]:
            line = dict(zip(rows[start], row, strict=True))
            lines[line["姓名"]] = (f"{path.parent.name}{path.stem}", line)
    return lines
