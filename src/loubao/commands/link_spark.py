"""`link --engine spark`: the same as `link`, on the machines of a Spark cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao import __version__
from loubao.core.faults import Fault, UntrustedInput, Usage
from loubao.core.frames import MARK, issue_rows
from loubao.ingest.columns import SIDES, named_columns
from loubao.ingest.issues import in_words
from loubao.ingest.shared_columns import with_shared_columns
from loubao.rules.linking import LinkRules, load_linking
from loubao.spark.cluster_session import session
from loubao.spark.step_costs import StepCosts
from loubao.spark.storage import Draft, is_elsewhere, literal, output_elsewhere
from loubao.workspace.links_file import is_table
from loubao.workspace.output_folder import output_folder, write_manifest
from loubao.workspace.stages import Progress, silent

if TYPE_CHECKING:
    from loubao.spark.cluster_people import People
    from loubao.spark.cluster_session import SparkSession
    from loubao.spark.plan import Linked

_LINKS = "links.parquet"
_STEPS = ("keys", "candidates", "levels", "weights", "decisions", "write")
#: What Spark says of a file that it cannot read.
_DAMAGED = ("FAILED_READ_FILE", "CANNOT_READ", "CORRUPT", "ParquetDecoding", "is not a Parquet")


class Unexpected(Exception):
    """A step failed in an executor; says where, and nothing of any row."""


@dataclass(frozen=True)
class ClusterSources:
    """LEFT and RIGHT as Spark is asked for them, and the cluster."""

    left: str
    right: str
    columns: str | None = None
    master: str | None = None
    conf: Mapping[str, str] = field(default_factory=dict)


def link_on_spark(
    sources: ClusterSources, out: str, rules: Path, progress: Progress = silent
) -> dict[str, Any]:
    """Link two tables on Spark, write the links to the folder `out`, and return the report.

    Raises a `Fault`; then `out` is what it was before.
    """
    started = datetime.now().astimezone().isoformat(timespec="seconds")
    link_rules = load_linking(rules)
    shown = link_rules.discretion.text(out.rstrip("/").rpartition("/")[2])
    if is_table(Path(shown)):
        raise Usage(f"--out {shown} 应为文件夹：--engine spark 的结果是一个 parquet 文件夹")
    if not any(block.on == ("id_number",) for block in link_rules.matching.blocking):
        raise Usage("matching.yaml 的 blocking 里没有 on: [id_number]，--engine spark 要有这一条")
    named = named_columns(sources.columns, link_rules.labels, link_rules.discretion)
    with session(sources.master, sources.conf) as spark, _in_own_words():
        costs = StepCosts(spark)
        costs.begin("read")
        progress("read", 0, 2)
        sides = _people(spark, sources, named, link_rules)
        progress("read", 2, 2)
        with _output(spark, out, shown) as draft:
            linked = _linked(sides, link_rules, progress, costs)
            costs.begin("write")
            _write(spark, linked, draft.uri)
            costs.begin("")
            report = {
                "loubao": __version__,
                "started": started,
                **_report(sides, linked, link_rules),
                "steps": costs.steps,
                "seconds": {step: cost["seconds"] for step, cost in costs.steps.items()},
                "verdicts": {"file": None, "unused": 0},
                "expected": {"asked": None, "learnt": linked.model.learnt},
                "keep": [],
                "same_people": {"duplicates": None, "clusters": None},
            }
            draft.manifest = report
    return {
        **report,
        "out": out,
        "kept": None,
        "hints": [],
        "issue_titles": link_rules.linking.issues,
        "labels": link_rules.labels,
    }


def _people(
    spark: SparkSession, sources: ClusterSources, named: Mapping[str, Any], rules: LinkRules
) -> tuple[People, People]:
    """The rows of both tables as they are compared."""
    from loubao.spark.cluster_people import people_of
    from loubao.spark.cluster_tables import open_on_cluster

    left, right = (
        open_on_cluster(spark, given, named[side], rules)
        for side, given in zip(SIDES, (sources.left, sources.right), strict=True)
    )
    (one,), (other,) = with_shared_columns([left.fit], [right.fit], rules)
    return (
        people_of(replace(left, fit=one), SIDES[0], rules),
        people_of(replace(right, fit=other), SIDES[1], rules),
    )


def _linked(
    sides: tuple[People, People], rules: LinkRules, progress: Progress, costs: StepCosts
) -> Linked:
    from loubao.spark.plan import link_on_cluster

    def step(name: str) -> None:
        costs.begin(name)
        progress("link", _STEPS.index(name), len(_STEPS))

    return link_on_cluster(*sides, rules.matching, step)


@contextmanager
def _in_own_words() -> Iterator[None]:
    """Turn what Spark raises into what a person is told: its own texts may show values."""
    from loubao.spark.batches import why

    try:
        yield
    except Fault:
        raise
    except Exception as error:
        cause = why(error)
        if cause is None:
            raise
    else:
        return
    if cause.startswith("in a batch"):
        raise Unexpected(cause)
    if any(sign in cause for sign in _DAMAGED):
        raise UntrustedInput(f"有文件读不完，已损坏或不是 parquet（{cause}），请重新导出")
    raise Usage(
        f"Spark 作业没有做完（{cause}）；多是执行节点内存或磁盘不够、被停掉，"
        "可用 --conf spark.executor.memory=…、spark.local.dir=… 加大后重试。输出未改动"
    )


# --- the output -----------------------------------------------------------------------------------


@contextmanager
def _output(spark: SparkSession, out: str, shown: str) -> Iterator[Draft]:
    """Give where to write the output, which is in its place as a whole in the end."""
    if is_elsewhere(out):
        with output_elsewhere(spark, out, shown) as draft:
            yield draft
        return
    with output_folder(Path(out)) as folder:
        # no URI: Hadoop takes a path as it stands, and would make a folder of the name %E7%BB%93
        draft = Draft(f"file:{folder.folder.absolute()}")
        yield draft
        for leftover in folder.folder.rglob(".*"):  # checksums of Hadoop's
            leftover.unlink()
        write_manifest(folder, draft.manifest or {})


def _write(spark: SparkSession, linked: Linked, uri: str) -> None:
    """Write the table of the contract; what is there must be all that was decided."""
    target = f"{uri}/{_LINKS}"
    linked.table.write.mode("overwrite").parquet(target)
    written = spark.read.schema(linked.table.schema).parquet(literal(target)).count()
    if written != linked.rows:
        raise Usage(
            "--out 在各执行节点上不是同一个文件夹，结果不全；请写到共享的路径，如 hdfs://… 或 s3a://…"
        )


# --- the report -----------------------------------------------------------------------------------


def _report(sides: tuple[People, People], linked: Linked, rules: LinkRules) -> dict[str, Any]:
    """What run.json says of the run, as that of one machine says it."""
    from loubao.linkage.blocking import oversized_issues
    from loubao.linkage.model import as_json

    left, right = sides
    of_links = [tier["people"] for tier in linked.tiers if tier["decision"] == "link"]
    counts = {
        "left": left.people,
        "right": right.people,
        "linked": sum(of_links),
        "review": linked.shown - sum(of_links),
        "nobody": left.people - linked.shown,
        "rows": linked.rows,
    }
    issues = [oversized_issues(linked.oversized)]
    if counts["rows"] and not linked.model.learnt:
        issues.append(issue_rows([("", "", None, "", "WEIGHTS_SHIPPED", "")]))
    told = pl.concat(issues)
    if told.height:
        told = in_words(told, rules.details)
    wordings = {tier.name: tier.wording for tier in rules.matching.tiers}
    return {
        "engine": "spark",
        "inputs": {people.side: _account(people, rules) for people in sides},
        "rules": rules.digests,
        "counts": counts | {"issues": told.height},
        "tiers": [{**row, "wording": wordings.get(row["tier"], "")} for row in linked.tiers],
        "issues": told.group_by("code", "detail")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("code", "detail")
        .to_dicts(),
        "compared": [name.removeprefix(MARK) for name in linked.model.particulars],
        "chosen_keys": {
            "keys": [[atom.removeprefix(MARK) for atom in key] for key in linked.chosen.keys],
            "expected_missed": linked.chosen.missed,
            "expected_pairs": linked.chosen.pairs,
        },
        "model": as_json(linked.model),
    }


def _account(people: People, rules: LinkRules) -> dict[str, Any]:
    """What run.json says of a table: columns, rows, problems, nothing personal."""
    table = people.table
    fit = table.fit

    def shown(header: str, place: str) -> str:
        return rules.discretion.header(header, int(place))

    return {
        "file": table.shown,
        "sheet": "",
        "sheets": [],
        "other_sheets": [],
        "member_columns": [],
        "columns": {
            name: [shown(c.header, c.place) for c in fit.columns_of(name)] for name in fit.fields
        },
        "unused_columns": [
            shown(c.header, c.place) for c in fit.columns if c.place not in fit.places
        ],
        "rows": table.rows,
        "skipped": dict(people.skipped),
        "people": people.people,
        "problems": dict(people.problems),
    }
