"""Earlier outputs: which one is meant, what its run.json says, and the model it was made with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core.faults import Usage
from loubao.linkage.model import Model, as_json, from_json
from loubao.rules.yaml_file import digests
from loubao.workspace.output_folder import MANIFEST

_HOME = Path("out")
#: where the model stands in the metadata of decisions.parquet
_KEY = "loubao.model"


def newest_output(holding: str, command: str) -> Path:
    """Return the folder under `./out` written last that has run.json and the file `holding`.

    Raises `Usage`, naming the command to run first, where there is none.
    """
    found = [
        (path.stat().st_mtime_ns, path.parent)
        for path in _HOME.glob(f"*/{MANIFEST}")
        if not path.parent.name.startswith(".") and (path.parent / holding).is_file()
    ]
    if not found:
        raise Usage(f"./out 里没有 {command} 的输出；请先运行 {command}，或用 --out 指明输出文件夹")
    return max(found)[1]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what run.json of an output holds; nothing where it is not there or not whole."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def changed_rules(manifest: dict[str, Any], rules: Path, files: tuple[str, ...]) -> list[str]:
    """Return which rule files are others now than when the output was written."""
    then = manifest.get("rules")
    if not isinstance(then, dict):
        return []
    now = digests(rules, (rules / name for name in files if (rules / name).is_file()))
    return [name for name in files if name in then and then[name] != now.get(name)]


def model_metadata(model: Model) -> dict[str, str]:
    """Return the file metadata for `write_parquet`; the same model gives the same text."""
    text = json.dumps(as_json(model), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return {_KEY: text}


def read_model(path: Path) -> Model | None:
    """Return the model that the decisions of a parquet file were made with, if it is there."""
    try:
        written = pl.read_parquet_metadata(path).get(_KEY)
        return None if written is None else from_json(json.loads(written))
    except (ValueError, pl.exceptions.PolarsError):
        return None
