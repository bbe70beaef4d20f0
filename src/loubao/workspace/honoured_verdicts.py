"""Verdicts on their way into a link: read, found again in the two tables, accounted for.

Beside the links the output keeps what the desk asks about: `review/pairs.parquet` (DECISIONS of the
pairs left for review and of those that verdicts decided, with the weights) and
`review/rows.parquet` (LINKABLE of their rows).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.frames import VERDICT_TIER, issue_rows
from loubao.linkage.model import Model
from loubao.linkage.verdicts import STATED, VERDICTS, Stated, row_keys, stated_pairs
from loubao.workspace.output_folder import Draft, sha256
from loubao.workspace.parquet_file import model_metadata
from loubao.workspace.verdict_file import NAME, in_force, last_decision, read_verdicts

PAIRS, ROWS = "review/pairs.parquet", "review/rows.parquet"


@dataclass
class Verdicts:
    """The verdicts of a file, and the rows of both tables that they are about, so far.

    file    None: there are none
    last    the number of the last decision in it
    stated  what follows for pairs of rows (STATED), and
    issues  what is odd (ISSUES), when the tables were read
    """

    file: Path | None = None
    verdicts: pl.DataFrame = field(default_factory=lambda: frames.empty(VERDICTS))
    last: int = 0
    digest: str = ""
    stated: pl.DataFrame = field(default_factory=lambda: frames.empty(STATED))
    issues: pl.DataFrame = field(default_factory=lambda: frames.empty(frames.ISSUES))
    _found: dict[str, list[pl.DataFrame]] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path | None) -> Verdicts:
        """Return the verdicts of a file; raises a `Fault` where it is none."""
        if file is None:
            return cls()
        kept = read_verdicts(file)
        return cls(file, in_force(kept), last_decision(kept), sha256(file))

    def look(self, rows: pl.DataFrame, side: str) -> None:
        """Look for rows of verdicts among LINKABLE of one side."""
        wanted = self.verdicts[f"{side}_key"]
        if wanted.len():
            keyed = rows.with_columns(key=row_keys(rows))
            found = keyed.filter(pl.col("key").is_in(wanted.implode())).select(
                *frames.LINKABLE, "key"
            )
            self._found.setdefault(side, []).append(found)

    def on_tables(self) -> Stated:
        """Return them for the linkage; all of LEFT was looked through, RIGHT will be."""
        return Stated(self.rows("left")["record_id"], self._resolved)

    def rows(self, side: str) -> pl.DataFrame:
        """Return LINKABLE with `key` of the rows that verdicts are about, found so far."""
        none = frames.empty({**frames.LINKABLE, "key": pl.String})
        return pl.concat([none, *self._found.get(side, [])])

    def _resolved(self) -> pl.DataFrame:
        rows = self.rows("left"), self.rows("right")
        self.stated, issues = stated_pairs(self.verdicts, *rows)
        self.issues = issue_rows(issues)
        return self.stated

    def account(self) -> dict[str, Any]:
        """Return what run.json says of them."""
        counts = dict(self.stated["decision"].value_counts().iter_rows())
        return {
            "file": self.file and self.file.name,
            "sha256": self.digest or None,
            "last": self.last,
            "given": self.verdicts.height,
            "links": counts.get("link", 0),
            "forbidden": counts.get("none", 0),
            "contradicting": counts.get("review", 0),
            "gone": self.issues.filter(code="VERDICT_ROW_GONE").height,
        }


def write_questions(
    draft: Draft, decisions: pl.DataFrame, rows: pl.DataFrame, verdicts: Verdicts, model: Model
) -> None:
    """Write what the desk asks about into the draft; `rows` are LINKABLE of the pairs."""
    review = decisions.filter(
        (pl.col("decision") == "review") | (pl.col("tier") == VERDICT_TIER)
    ).with_columns(decision=pl.lit("review"))
    decided = _forbidden(verdicts.stated, review.schema)
    pairs = pl.concat([review, decided])
    of_verdicts = [verdicts.rows(side).select(*frames.LINKABLE) for side in ("left", "right")]
    every = pl.concat([rows.select(*frames.LINKABLE), *of_verdicts])
    asked = [
        every.filter(pl.col("list") == side).join(
            pairs.select(record_id=f"{side}_id").unique(), on="record_id", how="semi"
        )
        for side in ("left", "right")
    ]
    draft.path(PAIRS).write_bytes(frames.as_parquet(pairs, model_metadata(model)))
    found = pl.concat(asked).unique(["list", "record_id"], keep="first").sort("list", "record_id")
    draft.path(ROWS).write_bytes(frames.as_parquet(found))


def _forbidden(stated: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """DECISIONS of the pairs that verdicts forbid: nothing is known of them any more."""
    pairs = stated.filter(decision="none").sort("left_id", "right_id")
    given = {"decision": pl.lit("review"), "tier": pl.lit(VERDICT_TIER)}
    return pairs.select(
        (pl.col(name) if name.endswith("_id") else given.get(name, pl.lit(None, kind))).alias(name)
        for name, kind in schema.items()
    )


def carried_verdicts(out: Path, given: Path | None) -> int:
    """Return how many decisions lie in an output that are not those that were given."""
    file = out / NAME
    if not file.is_file() or (given is not None and given.exists() and file.samefile(given)):
        return 0
    return in_force(read_verdicts(file)).height
