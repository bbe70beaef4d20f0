"""What a source list says itself of its people's cover, compared with the rolls.

享受低保政策情况, 是否特困 …: the list's own word covers nobody. Where it says more than the rolls,
the person stays on the sheet, which says so; where it says less, the roll counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from loubao.core import frames
from loubao.rules.folder import Rules
from loubao.rules.screening import Stated
from loubao.screening.annotations import phrase
from loubao.screening.coverage import counts, nearby

#: A row of a source list that contradicts the rolls: `said` is the value, `roll` the rolls it is
#: held against, `because` why a row that is on one does not count; `doubt` the sentence on a sheet.
CONTRADICTION: frames.Schema = {
    "person_key": pl.String,
    **frames.PLACE,
    "field": pl.String,
    "code": pl.String,
    "said": pl.String,
    "roll": pl.String,
    "failed_condition": pl.String,
    "doubt": pl.String,
}
_COVERED, _UNCOVERED = "STATED_COVERED", "STATED_UNCOVERED"


def contradictions(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """Return CONTRADICTION of source RECORDS `rows` with their `person_key`.

    Only links prove that somebody is on a roll; links of any row of a person count.
    """
    near = nearby(rows, records, decisions, as_of).filter(pl.col("decision") == "link")
    found = [frames.empty(CONTRADICTION)]
    for stated in rules.screening.stated:
        if stated.field not in rows.columns or rows[stated.field].null_count() == rows.height:
            continue
        said = rows.select(
            "person_key",
            "list",
            *frames.PLACE,
            "record_id",
            field=pl.lit(stated.field),
            said=stated.field,
        ).drop_nulls("said")
        found += [_claimed(said, near, stated, rules), _denied(said, near, stated, rules)]
    contradicting = pl.concat(found, how="diagonal").drop("doubt")
    return frames.conform(
        contradicting.with_columns(doubt=_doubt(rules, contradicting.schema))
        .select(list(CONTRADICTION))
        .sort("person_key", *frames.PLACE, "field", "said"),
        CONTRADICTION,
    )


def _claimed(said: pl.DataFrame, near: pl.DataFrame, stated: Stated, rules: Rules) -> pl.DataFrame:
    """Rows that claim a roll on which the person is not, or not so that it counts."""
    claims = said.join(_rolls(stated.claims, rules), on="said")
    on_roll = (
        claims.select("record_id", "list", "said", "person_key", "rolls")
        .join(near.drop("list", "said", "rolls", "record_id", strict=False), on="person_key")
        .filter(pl.col("right_list").is_in(pl.col("rolls")))
    )
    judged = on_roll.select(
        "record_id", "said", counts=_counts_somehow(rules), failed_condition="failed_condition"
    )
    holds = judged.filter("counts")
    stopped = judged.unique(["record_id", "said"], keep="first", maintain_order=True)
    return (
        claims.join(holds, on=["record_id", "said"], how="anti")
        .join(stopped.drop("counts"), on=["record_id", "said"], how="left")
        .with_columns(code=pl.lit(_COVERED))
        .drop("rolls", "record_id", "list")
    )


def _denied(said: pl.DataFrame, near: pl.DataFrame, stated: Stated, rules: Rules) -> pl.DataFrame:
    """Rows that deny a roll on which the person is."""
    on_roll = near.filter("qualifies").select("person_key", "right_list").unique()
    label = {name: rule.sheet_label for name, rule in rules.lists.items()}
    return (
        said.join(_rolls(stated.denies, rules).drop("roll"), on="said")
        .join(on_roll, on="person_key")
        .filter(pl.col("right_list").is_in(pl.col("rolls")))
        .with_columns(
            code=pl.lit(_UNCOVERED),
            roll=pl.col("right_list").replace_strict(label, return_dtype=pl.String),
        )
        .drop("rolls", "right_list", "record_id", "list")
    )


def _rolls(values: Mapping[str, tuple[str, ...]], rules: Rules) -> pl.DataFrame:
    """said, rolls (List), roll: their names, as a sheet may have them."""
    return pl.DataFrame(
        [
            (value, list(rolls), "、".join(rules.lists[roll].sheet_label for roll in rolls))
            for value, rolls in values.items()
        ],
        schema={"said": pl.String, "rolls": pl.List(pl.String), "roll": pl.String},
        orient="row",
    )


def _counts_somehow(rules: Rules) -> pl.Expr:
    """Whether a roll's row counts for a person of `list`, in full or in part."""
    covers = [
        (pl.col("list") == source) & (pl.col("right_list") == cover.list) & counts(cover)
        for source, coverage in rules.screening.coverage.items()
        for cover in (*coverage.covered_by, *coverage.partly_by)
    ]
    return pl.any_horizontal("qualifies", *covers)


def _doubt(rules: Rules, schema: pl.Schema) -> pl.Expr:
    words = rules.screening.wording
    of_code = {
        kind: phrase(words[f"stated_{kind}"], schema, words.unknown)
        for kind in ("covered", "not_counting", "uncovered")
    }
    return (
        pl.when(pl.col("code") == _UNCOVERED)
        .then(of_code["uncovered"])
        .when(pl.col("failed_condition").is_not_null())
        .then(of_code["not_counting"])
        .otherwise(of_code["covered"])
    )


def doubts(contradicting: pl.DataFrame) -> pl.DataFrame:
    """Return `person_key`, `stated` (List[String]): the sentences of CONTRADICTION, each once."""
    return contradicting.group_by("person_key", maintain_order=True).agg(
        stated=pl.col("doubt").unique(maintain_order=True)
    )


def issues(
    contradicting: pl.DataFrame, headers: Mapping[tuple[str, str, str], str], rules: Rules
) -> pl.DataFrame:
    """Return ISSUES of CONTRADICTION; `headers`: (file, sheet, field) → the header as seen."""
    words = rules.sheets.details
    labels = {name: s.label for rule in rules.lists.values() for name, s in rule.fields.items()}
    found: list[frames.IssueRow] = []
    for each in contradicting.iter_rows(named=True):
        stopped = each["code"] == _COVERED and each["failed_condition"] is not None
        sentence: str = words.STATED_COVERED_STOPPED if stopped else words[each["code"]]
        spot = (each["file"], each["sheet"])
        header = headers.get((*spot, each["field"]), labels[each["field"]])
        detail = sentence.format(**{k: each[k] for k in ("said", "roll", "failed_condition")})
        found.append((*spot, each["row"], header, each["code"], detail))
    return frames.issue_rows(found)
