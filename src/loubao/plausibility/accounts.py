"""What the accounts of the sheets tell of a month: rows without people, columns, sheets not read.

`inputs` are the files with the accounts of their sheets, as run.json has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.ingest.sheets.versions import lasting_name
from loubao.rules.holding import Versions

Inputs: TypeAlias = Sequence[Mapping[str, Any]]
_SHAPE: frames.Schema = {
    **dict.fromkeys(("list", "file", "sheet", "measure", "field"), pl.String),
    **dict.fromkeys(("value", "total"), pl.Float64),
}


def part_name(file: str, sheet: str, versions: Versions) -> str:
    """Return what a sheet is called in every month: without months, versions, a file's digits.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.holding import load_holding
    >>> versions = load_holding(shipped_rules()).versions
    >>> part_name("6月/城镇低保（2022年6月）.xls", "Sheet1", versions)
    '城镇低保 Sheet1'
    >>> part_name("城镇低保7月最终版(3).xls", "Sheet1", versions)
    '城镇低保 Sheet1'
    """
    stem = re.sub(r"[\d\W_]+", "", lasting_name(PurePosixPath(file).stem, versions))
    return f"{stem} {lasting_name(sheet, versions)}".strip()


def of_sheets(inputs: Inputs) -> pl.DataFrame:
    """Return the share of rows in which nobody was found, and the layout of each sheet.

    `field` of a layout has the fields that have a column, sorted and joined.
    """
    found: list[tuple[str | float | None, ...]] = []
    for place, counts, columns in _read(inputs):
        without = counts.get("without_person", 0)
        found.append((*place, "without_person", "", without, counts["records"] + without))
        fields = {field for _, field in columns} - {"ignored", "unknown"}
        found.append((*place, "layout", " ".join(sorted(fields)), 1.0, 1.0))
    return _frame(found)


def joined_rows(inputs: Inputs) -> pl.DataFrame:
    """Return `list`, `file`, `sheet`, `joined`: the rows of families whose people are elsewhere.

    >>> sheet = {"list": "dibao", "file": "a.xls", "sheet": "", "columns": ()}
    >>> joined_rows([{"sheets": [{**sheet, "counts": {"people": 9, "joined": 700}}]}]).rows()
    [('dibao', 'a.xls', '', 700)]
    """
    rows = [(*place, counts.get("joined", 0)) for place, counts, _ in _read(inputs)]
    schema = {**dict.fromkeys(("list", "file", "sheet"), pl.String), "joined": pl.UInt32}
    joined = pl.DataFrame(rows, schema=schema, orient="row")
    return joined.group_by("list", "file", "sheet").sum()


def unread_columns(inputs: Inputs, issues: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that no rule reads; `value`: the people beside one with data, else 0."""
    told = issues.filter(pl.col("code") == "UNKNOWN_COLUMN").select("file", "sheet", "column")
    filled = set(told.iter_rows())
    return _frame(
        (
            *place,
            "column",
            "".join(header.split()),
            counts["people"] * ((*place[1:], header) in filled),
            None,
        )
        for place, counts, columns in _read(inputs)
        for header, field in columns
        if field == "unknown"
    )


def unread_sheets(inputs: Inputs, versions: Versions) -> pl.DataFrame:
    """Return the sheets that were not read; `value`: their rows that hold a person's number."""
    return _frame(
        (
            sheet["list"],
            sheet["file"],
            sheet["sheet"],
            "sheet",
            part_name("", sheet["sheet"], versions),
            rows,
            None,
        )
        for export in inputs
        for sheet in export["sheets"]
        if (rows := sheet["counts"].get("numbers", 0))
    )


def _read(
    inputs: Inputs,
) -> Iterator[tuple[tuple[str, str, str], Mapping[str, int], Sequence[Sequence[str]]]]:
    """The sheets with people: list, file and sheet; the counts of rows; header and meaning."""
    for sheet in (sheet for export in inputs for sheet in export["sheets"]):
        if sheet["counts"].get("people"):
            place = (sheet["list"], sheet["file"], sheet["sheet"])
            yield place, sheet["counts"], sheet["columns"]


def _frame(rows: Any) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(_SHAPE), orient="row", strict=False)
