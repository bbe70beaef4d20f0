"""What run.json says of a run of `link`: counts, tiers, issues, what is expected of the links."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import polars as pl

from loubao.core import frames
from loubao.ingest.issues import in_words
from loubao.rules.linking import LinkRules
from loubao.workspace.link_side import Side
from loubao.workspace.stages import Timings

if TYPE_CHECKING:
    from loubao.linkage import Linked
    from loubao.linkage.same_people import SamePeople


def account(
    sides: Sequence[Side],
    digests: Sequence[Future[str]],
    linked: Linked,
    timings: Timings,
) -> dict[str, Any]:
    """Return what run.json says of the run."""
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
        "counts": _counts(linked.decisions, left.people, right.people, issues),
        "tiers": _tiers(linked.decisions, left.rules),
        "issues": issues.group_by("code", "detail")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("code", "detail")
        .to_dicts(),
        "compared": [name.removeprefix(frames.MARK) for name in linked.model.particulars],
        "chosen_keys": _chosen(linked),
        "model": as_json(linked.model),
        "seconds": timings.seconds,
    }


def account_of_asked(
    linked: Linked, people: SamePeople, precision: float | None, keep: str | None
) -> dict[str, Any]:
    """Return what run.json says of precision, kept columns, people who stand in several rows."""
    found = linked.expected
    figures: dict[str, Any] = {"asked": precision, "learnt": linked.model.learnt}
    if found is not None:
        figures |= {"links": found.links, "least_probability": found.threshold}
        figures |= {"precision": _interval(found.precision), "recall": _interval(found.recall)}
    kept = [item.strip() for item in (keep or "").split(",") if item.strip()]
    return {"expected": figures, "keep": kept, "same_people": people.account()}


def _interval(figures: tuple[float, float, float] | None) -> dict[str, float] | None:
    return None if figures is None else dict(zip(("expected", "low", "high"), figures, strict=True))


def _chosen(linked: Linked) -> dict[str, Any]:
    """The blocking keys that were chosen, and what they are expected to miss at least."""
    return {
        "keys": [[atom.removeprefix(frames.MARK) for atom in key] for key in linked.chosen.keys],
        "expected_missed": linked.chosen.missed,
        "expected_pairs": linked.chosen.pairs,
    }


def _counts(links: pl.DataFrame, left: int, right: int, issues: pl.DataFrame) -> dict[str, int]:
    linked = links.filter(pl.col("decision") == "link")["left_id"].unique()
    shown = links["left_id"].unique()
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
        people=pl.col("left_id").n_unique().cast(pl.Int64), rows=pl.len().cast(pl.Int64)
    )
    ordered = counted.sort("decision", "rows", "tier", descending=[False, True, False])
    return [{**row, "wording": wordings.get(row["tier"], "")} for row in ordered.to_dicts()]
