"""`link`: two tables of any kind → the people of LEFT who are in RIGHT."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao import __version__
from loubao.core import frames
from loubao.core.faults import Usage
from loubao.ingest.columns import SIDES, named_columns, with_shared_columns
from loubao.ingest.habits import habits
from loubao.ingest.issues import in_words
from loubao.ingest.linkable import linkable
from loubao.ingest.sheets.fit import Column
from loubao.rules.folder import LinkRules, load_linking
from loubao.workspace.honoured_verdicts import Verdicts, carried_verdicts, write_questions
from loubao.workspace.output_file import write_file
from loubao.workspace.output_folder import output_folder, sha256, write_manifest
from loubao.workspace.parquet_file import Early
from loubao.workspace.settings import is_output
from loubao.workspace.stages import Progress, Timings, silent
from loubao.workspace.table_files import Table, is_table, links_table, open_table, write_links
from loubao.workspace.verdict_file import NAME

if TYPE_CHECKING:
    from loubao.linkage import Linked

_LINKS = "links.parquet"


@dataclass(frozen=True)
class Sources:
    """The two files, and what is needed to read them.

    `columns` names columns (`left.name=…`); `early` has the first rows of those that are on their
    way; `verdicts` is a file of what people have said of pairs.
    """

    left: Path
    right: Path
    columns: str | None = None
    passwords: Sequence[str] = ()
    early: Early | None = None
    verdicts: Path | None = None

    @property
    def paths(self) -> tuple[Path, Path]:
        """LEFT, RIGHT."""
        return self.left, self.right


def link(sources: Sources, out: Path, rules: Path, progress: Progress = silent) -> dict[str, Any]:
    """Link two tables, write the links to `out`, and return what run.json holds.

    `out` is one table where it ends in .parquet, .csv or .xlsx, else a folder. Raises a `Fault`;
    then `out` is what it was before.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    _refuse(sources.paths, out, rules)
    with ThreadPoolExecutor(2) as hashing:  # OpenSSL lets go of the interpreter
        digests = [hashing.submit(sha256, path) for path in sources.paths]
        timings = Timings()
        verdicts = Verdicts.of(sources.verdicts)
        with timings.stage("rules"):
            link_rules = load_linking(rules)
        sides = _opened(sources, link_rules, timings, progress)
        with nullcontext() if is_table(out) else output_folder(out, carried=NAME) as draft:
            linked = _linked(sides, verdicts, timings, progress)
            linked = replace(linked, issues=pl.concat([linked.issues, verdicts.issues]))
            links = links_table(linked.decisions)
            report = {
                "loubao": __version__,
                "started": started,
                **_report(sides, digests, linked, links, timings),
                "verdicts": verdicts.account() | {"unused": _unused(verdicts, out)},
            }
            if draft is None:
                ending = out.suffix.lower()
                write_file(out, lambda target: write_links(links, target, ending, linked.model))
            else:
                with timings.stage("write"):
                    write_links(links, draft.path(_LINKS), ".parquet", linked.model)
                    found = linked.decisions, linked.rows
                    write_questions(draft, *found, verdicts, linked.model)
                write_manifest(draft, report)
    return {
        **report,
        "out": str(out),
        **(draft.account() if draft else {"kept": None}),
        "issue_titles": link_rules.linking.issues,
        "labels": link_rules.labels,
    }


@dataclass
class _Side:
    """One table on its way: what was read of it so far, counted and timed."""

    side: str
    table: Table
    rules: LinkRules
    people: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    timings: Timings = field(default_factory=Timings)

    def frames(self) -> Iterator[pl.DataFrame]:
        """LINKABLE of each slice of the table."""
        found = None
        slices = self.table.slices()
        while True:
            with self.timings.stage("read"):
                rows = next(slices, None)
            if rows is None:
                return
            with self.timings.stage("tidy"):
                found = found or habits(rows, self.table.fit, self.rules)
                frame, odd = linkable(rows, self.table.fit, found, self.rules, self.side)
            self.people += frame.height - odd.get("NO_EVIDENCE", 0)
            self.problems.update(odd)
            yield frame

    def _shown(self, column: Column) -> str:
        return self.rules.discretion.header(column.header, int(column.place))

    def account(self, digest: str) -> dict[str, Any]:
        """What run.json says of the table: columns, rows, problems, nothing personal."""
        fit, shown, discreet = self.table.fit, self._shown, self.rules.discretion.text
        return {
            "file": discreet(self.table.file),
            "sha256": digest,
            "sheet": discreet(self.table.sheet),
            "other_sheets": [discreet(sheet) for sheet in self.table.other_sheets],
            "columns": {
                field: [shown(column) for column in fit.columns_of(field)] for field in fit.fields
            },
            "unused_columns": [
                shown(column) for column in fit.columns if column.place not in fit.places
            ],
            "rows": self.table.rows,
            "skipped": dict(self.table.skipped),
            "people": self.people,
            "problems": dict(sorted(self.problems.items())),
        }


def _opened(
    sources: Sources, rules: LinkRules, timings: Timings, progress: Progress
) -> list[_Side]:
    """Both tables, understood but not read."""
    with timings.stage("rules"):
        named = named_columns(sources.columns, rules.labels, rules.discretion)
    sides = []
    with timings.stage("read"):
        progress("read", 0, 2)
        for side, path in zip(SIDES, sources.paths, strict=True):
            table = open_table(path, named[side], rules, sources.passwords, sources.early)
            sides.append(_Side(side, table, rules))
            progress("read", len(sides), 2)
    left, right = sides
    fits = with_shared_columns(left.table.fit, right.table.fit, rules)
    for each, fit in zip(sides, fits, strict=True):
        each.table = replace(each.table, fit=fit)
    return sides


def _linked(
    sides: Sequence[_Side], verdicts: Verdicts, timings: Timings, progress: Progress
) -> Linked:
    """Everything between the tables and the disk."""
    left_side, right_side = sides
    matching = left_side.rules.matching
    total = right_side.table.rows
    progress("link", 0, total)
    waiting = Timings()
    with ThreadPoolExecutor(1) as reader:  # the next slice of RIGHT is made while one is linked
        right = _ahead(_looked(right_side, verdicts), reader, waiting)
        left = pl.concat([*_looked(left_side, verdicts)] or [frames.empty(frames.LINKABLE)])
        from loubao.core.readings import prepare  # loaded while RIGHT is being made
        from loubao.linkage import link_tables

        prepare()
        with timings.stage("link"):
            linked = link_tables(
                left,
                right,
                matching,
                lambda rows: progress("link", rows, total),
                total,
                verdicts.on_tables(),
            )
    timings.seconds["link"] -= waiting.seconds.get("wait", 0.0)
    for side in sides:
        timings.seconds |= {f"{stage}_{side.side}": n for stage, n in side.timings.seconds.items()}
    progress("link", total, total)
    return linked


def _looked(side: _Side, verdicts: Verdicts) -> Iterator[pl.DataFrame]:
    """The frames of a table, in which the rows of verdicts are looked for."""
    for frame in side.frames():
        verdicts.look(frame, side.side)
        yield frame


def _unused(verdicts: Verdicts, out: Path) -> int:
    """How many verdicts lie in the output that were not given."""
    return 0 if is_table(out) else carried_verdicts(out, verdicts.file)


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


def _report(
    sides: Sequence[_Side],
    digests: Sequence[Future[str]],
    linked: Linked,
    links: pl.DataFrame,
    timings: Timings,
) -> dict[str, Any]:
    """What run.json says of the run."""
    from loubao.linkage.model import as_json

    left, right = sides
    issues = linked.issues
    if issues.height:
        issues = in_words(issues, left.rules.details)
    return {
        "inputs": {
            side.side: side.account(digest.result())
            for side, digest in zip(sides, digests, strict=True)
        },
        "rules": left.rules.digests,
        "counts": _counts(links, left.people, right.people, issues),
        "tiers": _tiers(links, left.rules),
        "issues": issues.group_by("code", "detail")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("code", "detail")
        .to_dicts(),
        "compared": [name.removeprefix(frames.MARK) for name in linked.model.particulars],
        "chosen_keys": _chosen(linked),
        "model": as_json(linked.model),
        "seconds": timings.seconds,
    }


def _chosen(linked: Linked) -> dict[str, Any]:
    """The blocking keys that were chosen, and what they are expected to miss at least."""
    return {
        "keys": [[atom.removeprefix(frames.MARK) for atom in key] for key in linked.chosen.keys],
        "expected_missed": linked.chosen.missed,
        "expected_pairs": linked.chosen.pairs,
    }


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


def _refuse(inputs: Sequence[Path], out: Path, rules: Path) -> None:
    for path in inputs:
        if not path.is_file():
            there = "不是普通文件" if path.exists() else "不存在"
            kind = "是文件夹，不是表格" if path.is_dir() else there
            shown = load_linking(rules).discretion.text(str(path))
            raise Usage(f"{shown} {kind}；LEFT 和 RIGHT 应为 xlsx、xls、csv 或 parquet 文件")
    if out.exists() and any(out.samefile(path) for path in inputs):
        raise Usage(f"--out {out.name} 是输入的表格，请换一个")
    # the output of a match would be thrown away: LOUBAO_OUT may be meant for it
    if is_output(out) and not (out / _LINKS).is_file():
        raise Usage(f"--out {out.name} 是另一个命令的输出，请换一个文件夹")
