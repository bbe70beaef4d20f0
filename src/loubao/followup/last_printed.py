"""What was printed or written before of people who have no row of this month.

The clues of the last sheet outlive the rows they came from; so do a village's own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.rules.folder import Rules
from loubao.screening.annotations import phrase
from loubao.screening.cases import DETAILS, Screened

#: What the last sheet showed of a person.
_LAST_SHOWN = ("clues", "group", "address", "phone", "age")


def as_last_printed(screened: Screened, lines: Mapping[str, Mapping[str, Any]]) -> Screened:
    """Return the same with what `lines` (by `person_key`) say of people without a row."""
    rows = [
        {"person_key": person, **{name: line.get(name) for name in _LAST_SHOWN}}
        for person, line in lines.items()
    ]
    if not rows:
        return screened
    schema = {"person_key": pl.String, **{name: DETAILS[name] for name in _LAST_SHOWN}}
    details = screened.details.join(
        pl.DataFrame(rows, schema=schema),
        on="person_key",
        how="left",
        suffix="_before",
        maintain_order="left",
    ).with_columns(
        pl.coalesce("clues_before", "clues").alias("clues"),
        # the last sheet had the group of the village before the address
        pl.when(pl.col("address_before").str.ends_with(pl.col("address")))
        .then("address_before")
        .otherwise(pl.coalesce("address", "address_before"))
        .alias("address"),
        *(pl.coalesce(name, f"{name}_before").alias(name) for name in ("group", "phone", "age")),
    )
    return replace(screened, details=frames.conform(details.select(*DETAILS), DETAILS))


def as_reported(
    screened: Screened,
    case_ids: Mapping[str, int],
    reported: Mapping[int, Mapping[str, Any]],
    rules: Rules,
) -> Screened:
    """Return the same with what villages wrote of people that they added: why, and a telephone
    number where no list has one. `reported`: case → what was written (`BroughtForward`).
    """
    details = screened.details
    words = [reported.get(case_ids.get(person, 0)) for person in details["person_key"]]
    if not any(words):
        return screened
    clues = [
        _with_report(found or [], said, rules) if said else found
        for found, said in zip(details["clues"].to_list(), words, strict=True)
    ]
    phones = [said["written"].get("phone") if said else None for said in words]
    details = details.with_columns(
        clues=pl.Series(clues, dtype=DETAILS["clues"]),
        phone=pl.coalesce("phone", pl.Series(phones, dtype=pl.String)),
    )
    return replace(screened, details=details)


def _with_report(clues: Sequence[str], said: Mapping[str, Any], rules: Rules) -> list[str]:
    """Clues, and that of a report instead of the one that says nothing but that there is one."""
    rule = rules.lists.get(said["list"])
    if not said["clue"] or rule is None:
        return list(clues)
    template = rule.wording or rule.sheet_label
    rows = pl.DataFrame({"report_reason": [None, said["clue"]]})
    bare, told = rows.select(phrase(template, rows.schema, "")).to_series().to_list()
    others = [clue for clue in clues if clue not in (bare, told)]
    return [*others, *([told] if told != bare else [bare, said["clue"]])]
