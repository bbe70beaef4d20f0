"""verdicts.parquet: what readers have said of pairs of two tables, each decision kept for good.

Rows are only added. A decision is taken back by a row that names it (`undoes`), and changed by a
later one on the same pair. The file is written anew beside itself and takes its own place, on the
disk, before a decision counts as kept; whoever is killed leaves the earlier file or the new one.
It has no names and no numbers: rows are called by a digest of their writing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core.disk import PRIVATE, refusals, sync
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.frames import Schema, as_parquet
from loubao.linkage.verdicts import VERDICTS

NAME = "verdicts.parquet"
#: One row a candidate of a decision; of one that takes another back only `decision`, `undoes`,
#: `at`. `holds`: it is a verdict, and no answer that waits for a second reader. Times are ISO,
#: `sitting` is when the sitting began, `seen` is JSON: weight, probability, tier, levels, remark.
KEPT: Schema = {
    "decision": pl.Int64,
    "undoes": pl.Int64,
    "left_key": pl.String,
    "right_key": pl.String,
    "left_row": pl.UInt32,
    "right_row": pl.UInt32,
    "choice": pl.String,
    "holds": pl.Boolean,
    "way": pl.String,
    "reader": pl.String,
    "at": pl.String,
    "sitting": pl.String,
    "seen": pl.String,
}
_CHOICES = ("same", "different", "unsure")


def read_verdicts(path: Path) -> pl.DataFrame:
    """Return KEPT, oldest first; raises `Usage` where there is none, `UntrustedInput`."""
    if not path.is_file():
        raise Usage(f"没有判定文件 {path.name}；它由 loubao review 写在 link 的输出文件夹里")
    try:
        kept = pl.read_parquet(path, glob=False, memory_map=False)
        kept = kept.select(pl.col(name).cast(kind) for name, kind in KEPT.items())
    except (OSError, pl.exceptions.PolarsError):
        raise UntrustedInput(f"{path.name} 不是 loubao review 写的判定文件，或已损坏") from None
    said = kept.filter(pl.col("undoes").is_null())
    whole = said.select("decision", "left_key", "right_key", "left_row", "right_row", "choice")
    known = said["choice"].is_in(_CHOICES).all()
    if sum(whole.null_count().row(0)) or not known or not kept["decision"].is_sorted():
        raise UntrustedInput(f"{path.name} 里的判定不完整，可能被改过")
    return kept


def holding(kept: pl.DataFrame) -> pl.DataFrame:
    """Return of KEPT the rows about pairs that were not taken back."""
    undone = kept["undoes"].drop_nulls().implode()
    return kept.filter(pl.col("undoes").is_null() & ~pl.col("decision").is_in(undone))


def in_force(kept: pl.DataFrame) -> pl.DataFrame:
    """Return VERDICTS: of each pair the newest decision that holds.

    >>> def row(decision, choice, undoes=None, holds=True):
    ...     pair = {"left_key": "a", "right_key": "b", "left_row": 2, "right_row": 3}
    ...     return {"decision": decision, "choice": choice, "undoes": undoes, "holds": holds} | pair
    >>> def said(*rows):
    ...     return in_force(pl.DataFrame(rows, schema_overrides=dict(KEPT)))["same"].to_list()
    >>> said(row(1, "same"), row(2, "different")), said(row(1, "same"), row(2, "different", 1))
    ([False], [])
    >>> said(row(1, "same", holds=False)), said(row(1, "same"), row(2, "unsure"))
    ([], [True])
    """
    return (
        holding(kept)
        .filter(pl.col("holds") & (pl.col("choice") != "unsure"))
        .unique(["left_key", "right_key"], keep="last", maintain_order=True)
        .select(*(set(VERDICTS) & set(kept.columns)), same=pl.col("choice") == "same")
        .select(*VERDICTS)
    )


def last_decision(kept: pl.DataFrame) -> int:
    """Return the number of the last decision, 0 without one."""
    return max(kept["decision"].to_list(), default=0)


def with_decision(kept: pl.DataFrame, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return KEPT with one decision more, under the next number; null where a row has no value."""
    number = last_decision(kept) + 1
    given = [dict.fromkeys(KEPT) | dict(row) | {"decision": number} for row in rows]
    return pl.concat([kept, pl.DataFrame(given, schema=dict(KEPT))])


def write_verdicts(path: Path, kept: pl.DataFrame) -> None:
    """Put KEPT in its place, on the disk; a fault leaves what was there."""
    draft = path.with_name(f".{path.name}.partial")
    with refusals(f"判定没有存进 {path.name}", "，请处理后再答一次"):
        try:
            draft.touch(PRIVATE)
            draft.chmod(PRIVATE)
            draft.write_bytes(as_parquet(kept))
            sync(draft)
            draft.replace(path)
            sync(path.parent)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
