"""Cases that go elsewhere than the village where a list places them.

A returned case (退回) goes to the village or town that the answer named. One that is to be
enrolled, and a returned one for which nobody else is named, is the office's (`ledger.office_work`):
it is on no sheet, but on the office's list until a roll or an answer ends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.people import People
from loubao.ledger.office_work import Spot, Work
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.cases import DETAILS, Found, ordered

_OF_DETAILS = (
    *("case_no", "person_key", "town", "village", "village_code", "status", "name", "id_number"),
    *("sex", "age", "address", "phone", "sources", "clues", "benefits", "doubts"),
)
#: A row a case of the office. `standing`: eligible, applied, returned …; `since`: the day since
#: when (ISO), `days` until the day of reckoning; `proposed`: the kind of aid; `said`: the village's
#: words; `answer`: the event of the answer in force, 0: none; `on_sheet`: it is on a sheet too.
OFFICE: frames.Schema = {
    **{name: DETAILS[name] for name in _OF_DETAILS},
    "standing": pl.String,
    "since": pl.String,
    "days": pl.Int64,
    "proposed": pl.String,
    "said": pl.String,
    "answer": pl.Int64,
    "on_sheet": pl.Boolean,
}
_HOME = ("town", "village", "village_code")


def spot_of(home: Mapping[str, Any], unknown: Wording) -> Spot:
    """Return the town and the village of a row as a sheet names them."""
    return home["town"] or unknown.town, home["village"] or unknown.village


def referred(found: Found, people: People, brought: BroughtForward, rules: Rules) -> Found:
    """Return the people found, those of returned cases where the answers name, whatever place the
    lists write.

    A late month moves nobody; who has answered from this month's sheet stays on it.
    """
    unknown, case_ids = rules.sheets.unknown, people.case_ids
    moved: list[dict[str, Any]] = []
    for row in found.cases.iter_rows(named=True):
        case_id = case_ids.get(row["person_key"])
        work = brought.work.get(case_id or 0)
        if work is None or work.to is None or brought.late or case_id in brought.kept:
            continue
        if spot_of(row, unknown) == (work.to["town"], work.to["village"]):
            continue
        village = work.to["village"] if work.to["village_code"] else None
        home = {"town": work.to["town"], "village": village}
        moved.append(
            {"person_key": row["person_key"], **home, "village_code": work.to["village_code"]}
        )
    if not moved:
        return found
    schema = {"person_key": pl.String, **dict.fromkeys(_HOME, pl.String)}
    homes = pl.DataFrame(moved, schema=schema).with_columns(
        pl.col("village_code").replace("", None), moved=pl.lit(True)
    )
    placed = found.cases.join(homes, on="person_key", how="left", suffix="_to").with_columns(
        pl.when("moved").then(f"{name}_to").otherwise(name).alias(name) for name in _HOME
    )
    return replace(found, cases=ordered(placed.select(found.cases.columns), found.case_rows, rules))


def office_list(
    details: pl.DataFrame,
    waiting: Mapping[str, int],
    sent: Mapping[str, bool],
    brought: BroughtForward,
    rules: Rules,
    as_of: dt.date,
    asked: Mapping[str, str],
) -> pl.DataFrame:
    """Return OFFICE of the people of `waiting` (`person_key` → case), in the order of `details`.

    `sent`: whether a sheet of the month has the person too; `asked`: what the office is asked of a
    person.
    """
    states = brought.cases.select("case_id", "status", "answer_event").iter_rows()
    standing = {case_id: (status, event) for case_id, status, event in states}
    rows = []
    for person, case_id in waiting.items():
        work = brought.work.get(case_id, Work())
        status, event = standing[case_id]
        since = dt.date.fromisoformat(work.since) if work.since else None
        said = [work.answers[key] for key in rules.returns.sent_back.read if work.answers.get(key)]
        rows.append(
            {
                "person_key": person,
                "standing": status,
                "since": work.since or None,
                "days": max((as_of - since).days, 0) if since else None,
                "proposed": work.proposed or None,
                "said": "；".join(filter(None, (asked.get(person), *said))) or None,
                "answer": event or 0,
                "on_sheet": sent[person],
            }
        )
    schema = {"person_key": pl.String, **{k: v for k, v in OFFICE.items() if k not in DETAILS}}
    items = pl.DataFrame(rows, schema=schema)
    joined = details.join(items, on="person_key", maintain_order="left")
    return frames.conform(joined.select(*OFFICE), OFFICE)
