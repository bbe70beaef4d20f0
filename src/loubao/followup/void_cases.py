"""Void cases: opened by a posting that was taken back. Their people get the same numbers again."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from loubao.core import frames
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.recognition import Recognised, compared, recognised
from loubao.ledger.case_file import CASE_FILE
from loubao.rules.matching import Matching


def void_cases_of(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    found: Recognised,
    brought: BroughtForward,
    matching: Matching,
) -> dict[str, tuple[int, str]]:
    """Return the void case, id and number, of each person of `rows` who has no case, by the same
    steps. Whatever month was taken back counts as this one.
    """
    numbers = brought.void_numbers
    if not numbers:
        return {}
    opened = pl.DataFrame({"case_id": [*numbers]}).with_columns(
        opened_month=pl.lit(brought.month), status=pl.lit("unverified")
    )
    cases = pl.concat([frames.empty(CASE_FILE), opened], how="diagonal")
    sightings = brought.void.with_columns(month=pl.lit(brought.month))
    void = replace(brought, late=False, cases=cases, sightings=sightings, of_month=sightings)
    left = rows.join(found.case_of, on="person_key", how="anti", maintain_order="left")
    earlier = compared(sightings, records, matching)
    nobody = earlier.rows.select("case_id", other="case_id").clear()
    again = recognised(left, earlier, void, nobody, matching).case_of
    return {person: (case_id, numbers[case_id]) for person, case_id in again.iter_rows()}
