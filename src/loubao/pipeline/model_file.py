"""The weights that decisions were made with, in the metadata of their parquet file."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from loubao.linkage.weights import Model, as_json, from_json

_KEY = "loubao.model"


def model_metadata(model: Model) -> dict[str, str]:
    """Return the file metadata for `write_parquet`; the same model gives the same text."""
    text = json.dumps(as_json(model), sort_keys=True, allow_nan=False, separators=(",", ":"))
    return {_KEY: text}


def read_model(path: Path) -> Model | None:
    """Return the model that the decisions of a parquet file were made with, if it is there."""
    try:
        told = pl.read_parquet_metadata(path).get(_KEY)
        return None if told is None else from_json(json.loads(told))
    except (ValueError, pl.exceptions.PolarsError):
        return None
