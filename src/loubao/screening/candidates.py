"""Candidates: the people on rolls and exclusions who may be the person of a case.

Rows of several lists that are written as one person (one number, and names that agree with the
case's) are one candidate: a sheet says it on one line, and the answer counts for all of its rows.
A roll that would cover the person comes first, then what else bears on the case, then subsidies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.frames import ELSEWHERE_TIER
from loubao.ledger.status import row_key
from loubao.rules.folder import Rules
from loubao.rules.matching import COMPATIBLE_NAMES
from loubao.screening.coverage import list_label, said_before

#: What a sheet shows of a candidate's number: its last places.
_TAIL = 4
_KNOWN_PLACES = 8  # of a number that tells one person from another, with the name
_LIKELIEST = "match_probability"
_EVIDENCE = frames.DECISIONS["evidence"]
#: Evidence that follows from the name and the number of the other row.
_CARRIED_OVER = ("id_number", "name", "birth_date", "sex")

#: One row a candidate of a person, the first to be asked about first. `right_ids`: its rows, that
#: of `list`, `tier`, `evidence` and `match_probability` first; `labels`, `tail`: as printed.
CANDIDATES: frames.Schema = {
    "person_key": pl.String,
    "right_ids": pl.List(pl.UInt64),
    "role": pl.String,
    "labels": pl.List(pl.String),
    "name": pl.String,
    "tail": pl.String,
    "known_from": pl.List(pl.String),
    "tier": pl.String,
    "evidence": _EVIDENCE,
    _LIKELIEST: pl.Float64,
}
#: A candidate as the ledger keeps it with the line or the verdict: kind, other (its name in a
#: verdict), list, tier, evidence, probability; `also`: `other` and `list` of further rows of rolls
#: written as the same person, whom the answer is about too.
Asked: TypeAlias = dict[str, Any]


def near(rows: pl.DataFrame, decisions: pl.DataFrame, decision: str) -> pl.DataFrame:
    """Return the decisions of one kind for the people's rows, in the order of the decisions."""
    return decisions.filter(pl.col("decision") == decision).join(
        rows.select("person_key", left_id="record_id"), on="left_id", maintain_order="left"
    )


def candidates(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return CANDIDATES of the people of `rows` (source RECORDS with `person_key`)."""
    others = _others(records, rules)
    linked = near(rows, decisions, "link")
    pairs = (
        near(rows, decisions, "review")
        .join(linked, on=["person_key", "right_id"], how="anti", maintain_order="left")
        .join(others, on="right_id", maintain_order="left")
        .join(_ranks(rows, rules), on=["person_key", "list"], how="left", maintain_order="left")
        .join(_known_from(linked, others), on=["person_key", "number", "name_key"], how="left")
        .with_columns(
            who=_who(),
            rank=pl.when(pl.col("role") == "exclusion")
            .then(1)
            .when(pl.col("qualifies").fill_null(False))
            .then(pl.col("rank").fill_null(2))
            .otherwise(pl.col("rank").fill_null(2).clip(lower_bound=1)),
        )
        .sort("rank", _LIKELIEST, "right_id", descending=[False, True, False], nulls_last=True)
    )
    likeliest = pl.col(_LIKELIEST).fill_null(-1.0).arg_max()
    found = (
        pairs.group_by("person_key", "who", maintain_order=True)
        .agg(
            right_ids=pl.col("right_id").unique(maintain_order=True),
            role=pl.when((pl.col("role") == "roll").any())
            .then(pl.lit("roll"))
            .otherwise(pl.lit("exclusion")),
            labels=pl.col("label").unique(maintain_order=True),
            name=pl.col("name").first(),
            tail=pl.col("tail").drop_nulls().first(),
            known_from=pl.when((pl.col("tier") == ELSEWHERE_TIER).all()).then(
                pl.col("known_from").first()
            ),
            tier=pl.col("tier").first(),
            evidence=pl.col("evidence").get(likeliest, null_on_oob=True),
            rank=pl.col("rank").min(),
            **{_LIKELIEST: pl.col(_LIKELIEST).max()},
        )
        .sort("rank", _LIKELIEST, descending=[False, True], nulls_last=True, maintain_order=True)
    )
    return frames.conform(found.select([*CANDIDATES]), CANDIDATES)


def asked(
    kind: Literal["roll", "case", "name"],
    other: str,
    pair: Mapping[str, Any],
    name: str | None = None,
) -> Asked:
    """Return a candidate of the list `name`; `pair` has `tier`, `evidence`, `match_probability`."""
    return {
        "kind": kind,
        "other": other,
        "list": name,
        "tier": pair["tier"],
        "evidence": pair["evidence"],
        "probability": pair["match_probability"],
    }


def asked_of_rows(pair: Mapping[str, Any], others: Mapping[int, Mapping[str, Any]]) -> Asked:
    """Return a row of CANDIDATES as it is asked about; `others` are RECORDS by id."""
    written = {row_key(others[i]): others[i]["list"] for i in pair["right_ids"]}
    (other, name), *also = written.items()
    beside = {"also": [{"other": key, "list": each} for key, each in also]} if also else {}
    return {**asked("roll", other, pair, name), **beside}


def asked_of_names(others: Iterable[str]) -> Asked:
    """Return other names under the number of a case (`name_other`) as they are asked about."""
    first, *more = dict.fromkeys(others)
    nothing = {"tier": None, "evidence": None, _LIKELIEST: None}
    beside = {"also": [{"other": each, "list": None} for each in more]} if more else {}
    return {**asked("name", first, nothing), **beside}


def _others(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows of rolls and exclusions, as a sheet names them."""
    words = rules.screening.wording
    number = pl.coalesce("id_number", "id_pattern")
    if "said_in" not in records.columns:
        records = records.with_columns(said_in=pl.lit(None, pl.String))
    label = list_label(rules)
    shown = said_before(words.list_before, label, label)
    of_exclusion = pl.format(words.exclusion_label.replace("{list}", "{}"), shown)
    return records.filter(pl.col("role") != "source").select(
        "list",
        "role",
        "qualifies",
        "name",
        "name_key",
        right_id="record_id",
        number=number,
        label=pl.when(pl.col("role") == "exclusion").then(of_exclusion).otherwise(shown),
        # the last places, null where one of them is missing
        tail=pl.when(~number.str.tail(_TAIL).str.contains("?", literal=True)).then(
            number.str.tail(_TAIL)
        ),
    )


def _ranks(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """`person_key`, `list` of a roll, `rank`: 0 where it covers the person, 1 in part."""
    table = [
        (source, cover.list, rank)
        for source, coverage in rules.screening.coverage.items()
        for rank, covers in enumerate((coverage.covered_by, coverage.partly_by))
        for cover in covers
    ]
    schema = {"source": pl.String, "list": pl.String, "rank": pl.Int32}
    covering = pl.DataFrame(table, schema=schema, orient="row")
    return (
        rows.select("person_key", source="list")
        .unique()
        .join(covering, on="source")
        .group_by("person_key", "list")
        .agg(pl.col("rank").min())
    )


def _known_from(linked: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """The lists on which a person is linked to a row: `person_key`, `number`, `name_key`."""
    return (
        linked.join(others, on="right_id")
        .drop_nulls(["number", "name_key"])
        .sort("list", "right_id")
        .group_by("person_key", "number", "name_key", maintain_order=True)
        .agg(known_from=pl.col("label").unique(maintain_order=True))
    )


def _who() -> pl.Expr:
    """What rows of one candidate have in common: the number, and a name like the person's."""
    name = pl.col("evidence").struct.field("name")
    known = pl.col("number").str.count_matches("[0-9A-Za-z]") >= _KNOWN_PLACES
    alike = pl.when(~name.is_in(COMPATIBLE_NAMES).fill_null(False)).then("name_key")
    return (
        pl.when(known)
        .then(pl.concat_str(pl.lit("number"), "number", alike.fill_null(""), separator="\x1f"))
        .otherwise(
            pl.concat_str(
                *(pl.col(each).fill_null("") for each in ("label", "name", "tail")),
                separator="\x1f",
            )
        )
    )


def with_rows_elsewhere(decisions: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return DECISIONS with pairs for review that follow from others.

    Where a row of a roll or exclusion is linked to a person, or may be, so may every other row of
    these lists with the same proven number and the same name: by its own writing it was perhaps no
    candidate, or was left out. Nothing is added on a list on which the row is linked.
    """
    numbered = records.filter(
        (pl.col("role") != "source")
        & pl.col("id_status").is_in(frames.PROVEN_STATUSES)
        & pl.col("name_key").is_not_null()
        & ~pl.col("name_key").str.contains("?", literal=True)
    ).select("list", "id_number", "name_key", right_id="record_id")
    same = ["id_number", "name_key"]
    twins = (
        numbered.join(numbered.select(*same, other="right_id", of="list"), on=same)
        .filter(pl.col("right_id") != pl.col("other"))
        .select("right_id", "other", "of")
    )
    lists = records.select("list", right_id="record_id")
    links = decisions.filter(pl.col("decision") == "link").join(lists, on="right_id")
    pair = ["left_id", "right_id"]
    evidence = pl.col("evidence")
    carried = [
        evidence.struct.field(field)
        if field in _CARRIED_OVER
        else pl.when(evidence.is_not_null()).then(pl.lit("unknown")).alias(field)
        for field in _fields()
    ]
    added = (
        decisions.join(twins, on="right_id", maintain_order="left")
        .join(links.select("left_id", of="list"), on=["left_id", "of"], how="anti")
        .sort(_LIKELIEST, descending=True, nulls_last=True, maintain_order=True)
        .unique(["left_id", "other"], keep="first", maintain_order=True)
        .with_columns(
            right_id="other",
            decision=pl.lit("review"),
            tier=pl.lit(ELSEWHERE_TIER),
            match_weight=pl.lit(None, pl.Float64),
            evidence=pl.when(evidence.is_not_null()).then(pl.struct(carried)),
        )
        .join(decisions, on=pair, how="anti")
        .sort(pair)
    )
    return pl.concat(
        [decisions, frames.conform(added.select([*frames.DECISIONS]), frames.DECISIONS)]
    )


def _fields() -> list[str]:
    """The compared fields, in the order of the evidence."""
    assert isinstance(_EVIDENCE, pl.Struct)
    return [field.name for field in _EVIDENCE.fields]
