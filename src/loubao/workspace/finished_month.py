"""A month that was matched, read back from its output: its frames, its weights, its account."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core.faults import Usage
from loubao.linkage.model import Model
from loubao.rules import REGISTER
from loubao.rules.folder import Rules
from loubao.screening.explanation import Explainer
from loubao.screening.inquiry import ScreenedMonth
from loubao.workspace.output_folder import newest_output, read_manifest
from loubao.workspace.parquet_file import read_model

_CASES, _DECISIONS = "data/cases.parquet", "data/decisions.parquet"
_RECORDS = "data/records.parquet"


@dataclass(frozen=True)
class FinishedMonth:
    """The frames of a match with the rules of today, how its pairs were weighed, its run.json."""

    month: ScreenedMonth
    explainer: Explainer
    manifest: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The digest of the run, as it was posted; "" where run.json does not have its files."""
        try:
            inputs = {each["file"]: each["sha256"] for each in self.manifest["inputs"]}
            inputs |= register_files(self.manifest.get("register"))
            return run_digest(self.manifest["as_of"], inputs, self.manifest["rules"])
        except (AttributeError, KeyError, TypeError):
            return ""


def folder_of_match(out: Path | None) -> Path:
    """Return the output of a match: `out`, or the newest one; raises `Usage` where it is none."""
    folder = out or newest_output(_CASES, "loubao match")
    if not (folder / _CASES).is_file():
        raise Usage(f"{folder} 不是 match 的输出，请用 --out 指明 match 的输出文件夹")
    return folder


def finished_month(folder: Path, rules: Rules) -> FinishedMonth:
    """Return the month of an output of match; raises `Usage` where a part of it is missing."""
    model = weights_of(folder / _DECISIONS, "loubao match")
    manifest = read_manifest(folder)
    try:
        as_of = date.fromisoformat(manifest["as_of"])
    except (KeyError, TypeError, ValueError):
        raise Usage(f"{folder}/run.json 不完整，请重新运行 loubao match") from None
    records, decisions = frame_of(folder / _RECORDS), frame_of(folder / _DECISIONS)
    month = ScreenedMonth(records, decisions, frame_of(folder / _CASES), rules, as_of)
    on_register = frozenset(records.filter(pl.col("list") == REGISTER)["record_id"])
    explainer = Explainer(
        model,
        rules.matching,
        rules.sheets.explain,
        "monthly",
        read_model(folder / _DECISIONS, register=True),
        on_register,
    )
    return FinishedMonth(month, explainer, manifest)


def run_digest(as_of: str, inputs: Mapping[str, str], rules: Mapping[str, str]) -> str:
    """Return what tells one run of a month from another: its day, its files (name → SHA-256)."""
    files = [
        (role, name, digest)
        for role, each in (("input", inputs), ("rule", rules))
        for name, digest in each.items()
    ]
    bound = json.dumps([as_of[:7], as_of, files], sort_keys=True)
    return hashlib.sha256(bound.encode()).hexdigest()


def register_files(account: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the SHA-256 of the files of a register by name, of its account in run.json.

    >>> register_files({"files": [{"file": "省.parquet", "sha256": "9f"}]}), register_files(None)
    ({'register:省.parquet': '9f'}, {})
    """
    files = account["files"] if account else ()
    return {f"{REGISTER}:{each['file']}": each["sha256"] for each in files}


def frame_of(path: Path, keep: pl.Expr | None = None) -> pl.DataFrame:
    """Return a table of an output, of it the rows to `keep`; raises `Usage`."""
    rows = pl.scan_parquet(path, glob=False)
    try:
        return (rows if keep is None else rows.filter(keep)).collect()
    except (OSError, pl.exceptions.PolarsError):
        raise Usage(f"{path} 打不开或不完整，请重新运行") from None


def weights_of(path: Path, command: str) -> Model:
    """Return the weights that a table of pairs was decided with; raises `Usage`."""
    model = read_model(path)
    if model is None:
        raise Usage(f"{path} 里没有匹配权重（由旧版本写成，或被改过），请重新运行 {command}")
    return model
