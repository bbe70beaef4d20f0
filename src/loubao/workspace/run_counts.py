"""The counts of a run: for the screen, run.json and 汇总.xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from loubao.ingest.causes import summed
from loubao.ingest.issues import faults
from loubao.ingest.sheets.account import SheetAccount
from loubao.ledger.posted_months import BANDS
from loubao.rules.folder import Rules
from loubao.screening.cases import Screened
from loubao.workspace.input_folder import Export

#: The places of the bands of probability.
_PLACES = range(len(BANDS) + 1)
#: Causes that a report of a run names.
_MOST_CAUSES = 20


def list_counts(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One row a list that was read: `list`, `title`, `role`, `files`, `records`, `qualifying`."""
    named = pl.DataFrame(
        [(name, rule.title, rule.role) for name, rule in rules.lists.items()],
        schema=dict.fromkeys(("list", "title", "role"), pl.String),
        orient="row",
    )
    return (
        records.group_by("list")
        .agg(
            files=pl.col("file").n_unique().cast(pl.Int64),
            records=pl.len().cast(pl.Int64),
            qualifying=pl.col("qualifies").sum().cast(pl.Int64),
        )
        .join(named, on="list")
        .select("list", "title", "role", "files", "records", "qualifying")
        .sort(
            pl.col("role").replace_strict({"source": 0, "roll": 1, "exclusion": 2}),
            "list",
        )
    )


def outcome_counts(screened: Screened, records: pl.DataFrame) -> pl.DataFrame:
    """`list`, `outcome`, `people`: every person of every source list, qualifying or not."""
    people = screened.outcomes.group_by("list", "outcome").agg(people=pl.len().cast(pl.Int64))
    other = (
        records.filter((pl.col("role") == "source") & ~pl.col("qualifies"))
        .group_by("list")
        .agg(people=pl.len().cast(pl.Int64))
        .select("list", outcome=pl.lit("not_qualifying"), people="people")
    )
    return pl.concat([people, other]).sort("list", "outcome")


def towns(screened: Screened) -> pl.DataFrame:
    """`town`, `villages`, `people`, and one column a status."""
    return screened.details.group_by("town", maintain_order=True).agg(
        villages=pl.col("village_code").n_unique().cast(pl.Int64),
        people=pl.len().cast(pl.Int64),
        **{
            status: (pl.col("status") == status).sum().cast(pl.Int64)
            for status in ("uncovered", "review", "partial")
        },
    )


def problems(issues: pl.DataFrame, rules: Rules) -> list[dict[str, Any]]:
    """Issues by code, with the title that the clerk reads."""
    counted = issues.group_by("code").agg(count=pl.len().cast(pl.Int64)).sort("code")
    words = rules.sheets.issues
    return [
        {**row, "title": words[row["code"]].title if row["code"] in words else row["code"]}
        for row in counted.to_dicts()
    ]


def problems_and_causes(issues: pl.DataFrame, rules: Rules) -> dict[str, list[dict[str, Any]]]:
    """`problems` of issues (CAUSED), and `causes`: those that most people's outcome hangs on."""
    words, labels = rules.sheets.issues, rules.labels
    found = summed(issues, ("list", "column", "value")).head(_MOST_CAUSES)
    causes = [
        {
            **row,
            "title": words[row["code"]].title if row["code"] in words else row["code"],
            "list_title": labels.get(row["list"], ""),
        }
        for row in found.to_dicts()
    ]
    return {"problems": problems(issues, rules), "causes": causes}


def inputs(exports: Sequence[Export], accounts: Sequence[SheetAccount]) -> list[dict[str, Any]]:
    """Every file with its digest and, below it, what became of each row of its sheets."""
    sheets: dict[str, list[dict[str, Any]]] = {}
    for account in accounts:
        sheets.setdefault(account.file, []).append({**vars(account)})
    return [{**export.facts(), "sheets": sheets.get(export.file, [])} for export in exports]


def counts(
    records: pl.DataFrame, decisions: pl.DataFrame, screened: Screened, issues: pl.DataFrame
) -> dict[str, int]:
    """How many of everything, for the line that sums a run up.

    `cases` are all that the run has, `on_sheets` those that a village is to see.
    """
    left = pl.col("decision") == "link"
    return {
        "files": records.select("file").n_unique(),
        "records": records.height,
        "qualifying": records.filter((pl.col("role") == "source") & pl.col("qualifies")).height,
        "links": decisions.filter(left).height,
        "reviews": decisions.filter(~left).height,
        "cases": screened.cases.height,
        "households": screened.cases["household"].n_unique(),
        "on_sheets": screened.details.height,
        "households_on_sheets": screened.details["household"].n_unique(),
        **{
            status: screened.cases.filter(pl.col("status") == status).height
            for status in ("uncovered", "review", "partial")
        },
        "excluded": screened.excluded.height,
        "issues": issues.height,
    }


def for_the_ledger(
    records: pl.DataFrame, decisions: pl.DataFrame, issues: pl.DataFrame
) -> dict[str, Any]:
    """What later months lay beside theirs: pairs by tier, and faults by list and code.

    `links_by_tier`, `reviews_by_tier`: how many pairs with each roll were linked or left for
    review, by list and tier; `links_by_band`, `reviews_by_band`: and by band of probability. The
    quality of linkage is reckoned from them when answers come back.
    """
    rolls = records.filter(pl.col("role") == "roll").select(right_id="record_id", list="list")
    band = pl.sum_horizontal(pl.col("match_probability") >= end for end in BANDS)
    band = pl.when(pl.col("match_probability").is_not_null()).then(band)
    counted = (
        decisions.join(rolls, on="right_id")
        .group_by("decision", "list", "tier")
        .agg(
            pairs=pl.len().cast(pl.Int64),
            bands=pl.concat_list((band == place).sum().cast(pl.Int64) for place in _PLACES),
        )
        .sort("decision", "list", "tier")
    )
    found: dict[str, Any] = {
        f"{decision}s_by_{what}": {} for what in ("tier", "band") for decision in ("link", "review")
    }
    for decision, name, tier, pairs, bands in counted.iter_rows():
        found[f"{decision}s_by_tier"].setdefault(name, {})[tier] = pairs
        found[f"{decision}s_by_band"].setdefault(name, {})[tier] = bands
    return {**found, "faults": faults(issues, records).to_dicts()}
