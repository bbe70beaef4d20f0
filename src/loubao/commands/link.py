"""`link`: two tables of any kind → who of LEFT is in RIGHT.

The table that `link` writes: one row a candidate, in parquet, csv or xlsx.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.core import frames
from loubao.core.faults import Usage
from loubao.ingest.columns import SIDES, habits, named_columns
from loubao.ingest.linkable import linkable
from loubao.rules.linking import LinkRules, load_linking
from loubao.workspace.output_folder import (
    MANIFEST,
    output_folder,
    replace_file,
    sha256,
    write_manifest,
)
from loubao.workspace.parquet_file import Early
from loubao.workspace.stages import Progress, Timings, silent
from loubao.workspace.table_files import Table, open_table

_LINKS = "links.parquet"


def link(
    left: Path,
    right: Path,
    out: Path,
    rules: Path,
    columns: str | None = None,
    passwords: Sequence[str] = (),
    progress: Progress = silent,
    early: Early | None = None,
) -> dict[str, Any]:
    """Link two tables, write the links to `out`, and return what run.json holds.

    `out` is one table where it ends in .parquet, .csv or .xlsx, else a folder. Raises a `Fault`;
    then `out` is what it was before.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    for path in (left, right):
        _refuse_missing(path)
    _refuse_overwriting(out, (left, right))
    _refuse_other_output(out)
    with ThreadPoolExecutor(2) as hashing:  # OpenSSL lets go of the interpreter
        digests = [hashing.submit(sha256, path) for path in (left, right)]
        timings = Timings()
        with timings.stage("rules"):
            known = load_linking(rules)
            named = named_columns(columns, known.labels)
        with timings.stage("read"):
            progress("read", 0, 2)
            tables = []
            for side, path in zip(SIDES, (left, right), strict=True):
                tables.append(open_table(path, named[side], known, passwords, early))
                progress("read", len(tables), 2)
        sides = [_Side(side, table, known) for side, table in zip(SIDES, tables, strict=True)]
        if is_table(out):
            report = _linked(sides, digests, known, timings, progress)
            links = report.pop("links")
            metadata = report.pop("metadata")
            replace_file(
                out, lambda target: write_table(links, target, out.suffix.lower(), metadata)
            )
            kept = None
        else:
            with output_folder(out) as draft:
                report = _linked(sides, digests, known, timings, progress)
                with timings.stage("write"):
                    write_table(
                        report.pop("links"), draft.path(_LINKS), ".parquet", report.pop("metadata")
                    )
                manifest = {"loubao": __version__, "started": started, **report}
                write_manifest(draft, manifest)
            kept = str(draft.kept) if draft.kept else None
    return {
        "loubao": __version__,
        "started": started,
        **report,
        "out": str(out),
        "kept": kept,
        "issue_titles": known.linking.issues,
        "labels": known.labels,
    }


class _Side:
    """One table on its way: what was read of it so far, counted and timed."""

    def __init__(self, side: str, table: Table, rules: LinkRules) -> None:
        self.side, self.table, self.rules = side, table, rules
        self.people = 0
        self.problems: Counter[str] = Counter()
        self.timings = Timings()

    def frames(self) -> Iterator[pl.DataFrame]:
        """LINKABLE of each slice of the table."""
        known = None
        slices = self.table.slices()
        while True:
            with self.timings.stage("read"):
                rows = next(slices, None)
            if rows is None:
                return
            with self.timings.stage("tidy"):
                known = known or habits(rows, self.table.fit, self.rules)
                frame, odd = linkable(rows, self.table.fit, known, self.rules, self.side)
            self.people += frame.height - odd.get("NO_EVIDENCE", 0)
            self.problems.update(odd)
            yield frame

    def told(self, path_digest: str) -> dict[str, Any]:
        """What run.json says of the table: columns, rows, problems, nothing personal."""
        fit = self.table.fit
        return {
            "file": self.table.file,
            "sha256": path_digest,
            "sheet": self.table.sheet,
            "other_sheets": list(self.table.other_sheets),
            "columns": {
                field: [column.header for column in fit.columns_of(field)] for field in fit.fields
            },
            "unused_columns": [column.header for column in fit.columns if column.field is None],
            "rows": self.table.rows,
            "skipped": dict(self.table.skipped),
            "people": self.people,
            "problems": dict(sorted(self.problems.items())),
        }


def _linked(
    sides: Sequence[_Side],
    digests: Sequence[Future[str]],
    rules: LinkRules,
    timings: Timings,
    progress: Progress,
) -> dict[str, Any]:
    """Everything between the tables and the disk; `links` is the table to be written."""
    left_side, right_side = sides
    total = right_side.table.rows
    progress("link", 0, total)
    waiting = Timings()
    with ThreadPoolExecutor(1) as reader:  # the next slice of RIGHT is made while one is linked
        right = _ahead(right_side.frames(), reader, waiting)
        left = pl.concat([frames.empty(frames.LINKABLE), *left_side.frames()])
        from loubao.core.readings import prepare  # loaded while RIGHT is being made
        from loubao.linkage import link_tables
        from loubao.linkage.model import as_json
        from loubao.workspace.earlier_outputs import model_metadata

        prepare()
        with timings.stage("link"):
            linked = link_tables(
                left, right, rules.matching, lambda rows: progress("link", rows, total), total
            )
    timings.seconds["link"] -= waiting.seconds.get("wait", 0.0)
    for side in sides:
        for stage, seconds in side.timings.seconds.items():
            timings.seconds[f"{stage}_{side.side}"] = seconds
    progress("link", total, total)
    links = links_table(linked.decisions)
    return {
        "inputs": {
            side.side: side.told(digest.result())
            for side, digest in zip(sides, digests, strict=True)
        },
        "rules": rules.digests,
        "counts": _counts(links, left_side.people, right_side.people, linked.issues),
        "tiers": _tiers(links, rules),
        "issues": _issues(linked.issues),
        "model": as_json(linked.model),
        "seconds": timings.seconds,
        "links": links,
        "metadata": model_metadata(linked.model),
    }


def _ahead(
    slices: Iterator[pl.DataFrame], reader: ThreadPoolExecutor, timings: Timings
) -> Iterator[pl.DataFrame]:
    """Return the slices, each made by `reader` before it is asked for; the first begins at once."""
    first = reader.submit(next, slices, None)

    def frames_to_come() -> Iterator[pl.DataFrame]:
        coming = first
        while True:
            with timings.stage("wait"):
                frame = coming.result()
            if frame is None:
                return
            coming = reader.submit(next, slices, None)
            yield frame

    return frames_to_come()


def _counts(links: pl.DataFrame, left: int, right: int, issues: pl.DataFrame) -> dict[str, int]:
    linked = links.filter(pl.col("decision") == "link")["left_row"].unique()
    shown = links["left_row"].unique()
    return {
        "left": left,
        "right": right,
        "linked": linked.len(),
        "review": shown.len() - linked.len(),
        "nobody": left - shown.len(),
        "rows": links.height,
        "issues": issues.height,
    }


def _tiers(links: pl.DataFrame, rules: LinkRules) -> list[dict[str, Any]]:
    """Rows of the table by decision and tier, links first, the commonest first."""
    wordings = {tier.name: tier.wording for tier in rules.matching.tiers}
    counted = links.group_by("decision", "tier").agg(
        people=pl.col("left_row").n_unique().cast(pl.Int64), rows=pl.len().cast(pl.Int64)
    )
    ordered = counted.sort("decision", "rows", "tier", descending=[False, True, False])
    return [{**row, "wording": wordings.get(row["tier"], "")} for row in ordered.to_dicts()]


def _issues(issues: pl.DataFrame) -> list[dict[str, Any]]:
    """What the linkage left out, as it says it itself; never personal."""
    return (
        issues.group_by("code", "detail")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("code", "detail")
        .to_dicts()
    )


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        kind = "是文件夹，不是表格" if path.is_dir() else "不存在"
        raise Usage(f"{path} {kind}；LEFT 和 RIGHT 应为 xlsx、xls、csv 或 parquet 文件")


def _refuse_other_output(out: Path) -> None:
    """The output of a match would be thrown away: LOUBAO_OUT may be meant for it."""
    if (out / MANIFEST).is_file() and not (out / _LINKS).is_file():
        raise Usage(f"--out {out.name} 是另一个命令的输出，请换一个文件夹")


def _refuse_overwriting(out: Path, inputs: Sequence[Path]) -> None:
    for path in inputs:
        if out.exists() and out.samefile(path):
            raise Usage(f"--out {out.name} 是输入的表格，请换一个")


#: Endings that make `--out` one file instead of a folder.
TABLE_ENDINGS = (".parquet", ".csv", ".xlsx")
_MODE = 0o600
_MOST_ROWS = 1_048_575  # of one sheet, below the header
_CREATED = date(2022, 1, 1)  # the same links give the same bytes
_WIDTHS = {"evidence": 420, "tier": 220}
_WIDTH = 110


def links_table(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the table of the contract from DECISIONS, sorted: links first, best candidates first.

    left_row, right_row (UInt32), decision, tier, match_weight, match_probability, evidence.
    """
    return decisions.select(
        pl.col("left_id").cast(pl.UInt32).alias("left_row"),
        pl.col("right_id").cast(pl.UInt32).alias("right_row"),
        *("decision", "tier", "match_weight", "match_probability", "evidence"),
    ).sort(
        "left_row",
        pl.col("decision") != "link",
        "match_probability",
        "right_row",
        descending=[False, False, True, False],
    )


def is_table(out: Path) -> bool:
    """Whether `--out` names one table rather than a folder."""
    return out.suffix.lower() in TABLE_ENDINGS


def write_table(
    links: pl.DataFrame, target: Path, ending: str, metadata: dict[str, str] | None = None
) -> None:
    """Write the links in the format of `ending`, readable by the owner only.

    In csv and xlsx the evidence is one text: `id_number=same; name=variant`. Raises `Usage` for
    more rows than a sheet can have.
    """
    content = io.BytesIO()  # polars does not say why a disk refused
    if ending == ".parquet":
        links.write_parquet(content, metadata=metadata)
    elif ending == ".csv":
        _flat(links).write_csv(content)
    else:
        content.write(_workbook(_flat(links)))
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as stream:
        stream.write(content.getbuffer())


def _flat(links: pl.DataFrame) -> pl.DataFrame:
    evidence = pl.col("evidence").struct
    levels = [
        pl.when(evidence.field(name).is_not_null()).then(
            pl.concat_str(pl.lit(f"{name}="), evidence.field(name).cast(pl.String))
        )
        for name in links.schema["evidence"].to_schema()  # type: ignore[attr-defined]
    ]
    return links.with_columns(evidence=pl.concat_str(levels, separator="; ", ignore_nulls=True))


def _workbook(links: pl.DataFrame) -> bytes:
    from loubao.core.forms import Page, Row, Style, Workbook
    from loubao.workbook.writing import workbook_bytes

    if links.height > _MOST_ROWS:
        raise Usage(f"结果有 {links.height} 行，一张表放不下；请让 --out 以 .csv 或 .parquet 结尾")
    width = links.width
    head = Row(tuple(links.columns), ("head",) * width)
    body = ("cell",) * width
    rows = (head, *(Row(values, body) for values in links.iter_rows()))
    page = Page(
        name="links",
        widths=tuple(_WIDTHS.get(column, _WIDTH) for column in links.columns),
        rows=rows,
        freeze=(1, 0),
    )
    styles = {
        "head": Style("Arial", 10, bold=True, wrap=False),
        "cell": Style("Arial", 10, wrap=False),
    }
    return workbook_bytes(Workbook("", "links", _CREATED, styles, (page,)))
