"""Parquet files are begun to be read while the rest of the program is still being loaded.

Only `polars` is imported here. What is to be read is not known before the rules are, so this is
done for tables of few columns, and the first slice of rows, alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import polars as pl

#: Rows handed over at a time: held whole, while the left keys are looked up anew for each slice.
SLICE = 2_500_000
MAGIC = b"PAR1"
#: A table with more columns is read when it is known which of them are needed.
_FEW = 12

#: What is on its way, by file; whoever takes it takes it out.
Early: TypeAlias = dict[Path, "Future[pl.DataFrame | None]"]


def begin(paths: Iterable[Path]) -> Early:
    """Return the first rows of each parquet file to come; None where that is left for later."""
    reader = ThreadPoolExecutor(2)
    early = {path: reader.submit(_first_rows, path) for path in paths if _is_parquet(path)}
    reader.shutdown(wait=False)
    return early


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _first_rows(path: Path) -> pl.DataFrame | None:
    try:
        if len(pl.read_parquet_schema(path)) > _FEW:
            return None
        return pl.scan_parquet(path, glob=False).head(SLICE).collect()
    except (pl.exceptions.PolarsError, OSError):
        return None  # said where the table is opened
