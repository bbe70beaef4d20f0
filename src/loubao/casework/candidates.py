"""The first candidate beside a person on the sheet, about whom 是否同一人 asks.

A candidate is somebody on a roll or exclusion who may be the person, else another case that may be
the same person; as JSON in `sheet_row.candidate`, so that an answer can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import polars as pl

from loubao.casework.judgements import case_key, row_key
from loubao.casework.remarks import doubles, first_candidates

#: kind, other (what a judgement calls it), list, tier, evidence, probability
Candidate: TypeAlias = dict[str, Any]


def candidates(
    rows: pl.DataFrame,
    case_ids: Mapping[str, int],
    earlier: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
) -> dict[str, Candidate]:
    """Return the first candidate of each person, where there is one, by `person_key`.

    `rows` are source RECORDS with `person_key` and `case_no` (null of whom is not sent out);
    `case_ids` are the cases by number; `earlier` are CASE_ROW of people known from before.
    """
    numbers = rows.select("record_id", "person_key", "case_no", standing=pl.lit(None, pl.String))
    of_cases = _among_cases(pl.concat([numbers, earlier]), case_ids, decisions)
    return of_cases | _on_rolls(rows, records, decisions)


def _on_rolls(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame
) -> dict[str, Candidate]:
    """Those on rolls and exclusions."""
    first = first_candidates(rows, records, decisions)
    others = {
        row["record_id"]: row
        for row in records.join(
            first.select(record_id="right_id"), on="record_id", how="semi"
        ).iter_rows(named=True)
    }
    return {
        pair["person_key"]: candidate(
            "roll", row_key(others[pair["right_id"]]), others[pair["right_id"]]["list"], pair
        )
        for pair in first.iter_rows(named=True)
    }


def _among_cases(
    rows: pl.DataFrame, case_ids: Mapping[str, int], decisions: pl.DataFrame
) -> dict[str, Candidate]:
    """Other cases; `rows` are CASE_ROW."""
    first = doubles(rows, decisions).unique("person_key", keep="first", maintain_order=True)
    return {
        pair["person_key"]: candidate("case", case_key(case_ids[pair["case_no"]]), None, pair)
        for pair in first.iter_rows(named=True)
    }


def candidate(
    kind: Literal["roll", "case"], other: str, name: str | None, pair: Mapping[str, Any]
) -> Candidate:
    """Return a candidate; `pair` has `tier`, `evidence`, `match_probability`."""
    return {
        "kind": kind,
        "other": other,
        "list": name,
        "tier": pair["tier"],
        "evidence": pair["evidence"],
        "probability": pair["match_probability"],
    }
