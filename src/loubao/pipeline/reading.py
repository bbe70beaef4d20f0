"""A folder of exports → records: read and tidied, as every verb on a month begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from loubao import frames
from loubao.pipeline.exports import Export, read_folder
from loubao.pipeline.progress import Progress, Timings
from loubao.rules.folder import Rules
from loubao.tidy.months import tidy
from loubao.tidy.parts import SheetAccount


@dataclass(frozen=True)
class Checked:
    """DATA read and normalised: RECORDS, ISSUES, and an account of every sheet."""

    exports: list[Export]
    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: Sequence[SheetAccount]


def read_month(
    data: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str],
    progress: Progress,
    timings: Timings,
    whole: bool = True,
) -> Checked:
    """Read and tidy every export below `data`; raises `UntrustedInput`.

    Without `whole` it need not have every list that a month needs.
    """
    with timings.stage("read"):
        exports, sheets = read_folder(data, rules, passwords, progress)
    with timings.stage("tidy"):
        progress("tidy", 0, 1)
        tidied = tidy(sheets, rules, as_of, whole)
        progress("tidy", 1, 1)
    aside = frames.issue_rows(
        (export.file, "", None, "", "FILE_IGNORED", "按 reading.yaml 的 ignore 未读取")
        for export in exports
        if export.ignored
    )
    issues = frames.merge_issues([tidied.issues, aside])
    return Checked(exports, tidied.records, issues, tidied.accounts)
