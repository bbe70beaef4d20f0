"""Cover that has ended of people whom no list names any more, and who are no case.

Whom a list named and a roll covered is remembered with the month (`to_remember`). Once that roll
has a person no more, and no list of the month names them, they are asked for: as a new case, by the
rows of the earlier lists. They were in need and had help; the roll alone tells that it has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.core.events import CoveredRow
from loubao.core.notation import month_text
from loubao.followup.brought_forward import BroughtForward
from loubao.linkage import link, persons, recognise
from loubao.rules.folder import Rules
from loubao.screening.cases import Found, clue_of_row
from loubao.screening.coverage import covering, covering_rolls

#: Record ids of rows of earlier lists begin here, behind those of earlier exclusion lists.
LAPSED_FROM = 1 << 42
_LEDGER = "ledger"
_WHO = ("name_key", "id_number")
_WRITING = [*_WHO, "id_pattern", "birth_date", "village_code"]
_SAID: frames.Schema = {
    "record_id": pl.UInt64,
    **dict.fromkeys(("clue", "group", "phone"), pl.String),
}


@dataclass(frozen=True)
class Lapsed:
    """Rows of earlier lists whose people no list of the month names.

    records    source RECORDS of them
    decisions  DECISIONS on them, with the month's records and among themselves
    said       _SAID: what a sheet says of a row
    """

    records: pl.DataFrame
    decisions: pl.DataFrame
    said: pl.DataFrame

    def beside(
        self, records: pl.DataFrame, decisions: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the month's RECORDS and DECISIONS with these behind them."""
        every = [decisions, self.decisions]
        return pl.concat([records, self.records]), pl.concat(every, how="diagonal")

    def lines(self, rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
        """Return what a sheet says of each person (as a line of DETAILS), by `person_key`.

        `rows` are source RECORDS with `person_key`.
        """
        first = pl.col("group", "phone").drop_nulls().first()
        found = (
            rows.select("record_id", "person_key")
            .join(self.said, on="record_id", maintain_order="left")
            .group_by("person_key", maintain_order=True)
            .agg(first, clues=pl.col("clue").unique(maintain_order=True))
        )
        return {line.pop("person_key"): line for line in found.iter_rows(named=True)}


def lapsed(brought: BroughtForward, records: pl.DataFrame, rules: Rules) -> Lapsed:
    """Return the rows of earlier lists of whom the month has to look at without a list.

    `records` are the RECORDS of the month. A row counts where the roll that covered its person was
    given this month and no case has them; a late month asks for nobody.
    """
    rows = _not_seen(brought, records, rules)
    people = frames.source_rows(
        rows.select(*frames.WRITTEN, "covered_id"),
        dict(records.schema),
        (pl.col("covered_id") + LAPSED_FROM).cast(pl.UInt64),
    ).select(records.columns)
    if people.is_empty():
        return Lapsed(people, frames.empty(frames.DECISIONS), frames.empty(_SAID))
    among = link(people, rules.matching).decisions
    # a list of their own: that the month's lists spell somebody differently makes no second person
    apart = people.with_columns(list=pl.lit(_LEDGER))
    with_month = recognise(apart, records, rules.matching).decisions
    named = with_month.filter(pl.col("decision") == "link").join(
        records.filter(pl.col("role") == "source").select(right_id="record_id"), on="right_id"
    )
    of_person = persons(people, among)
    is_named = of_person.join(named, left_on="record_id", right_on="left_id", how="semi")
    kept = of_person.join(is_named, on="person_key", how="anti").select("record_id")
    decisions = pl.concat([among, with_month])
    said = rows.select(
        "phone",
        record_id=people["record_id"],
        clue=pl.Series(_clues(rows, brought.month, rules), dtype=pl.String),
        group="village_group",
    )
    return Lapsed(
        records=people.join(kept, on="record_id", how="semi", maintain_order="left"),
        decisions=decisions.join(kept, left_on="left_id", right_on="record_id", how="semi").sort(
            "left_id", "right_id"
        ),
        said=said,
    )


def _not_seen(brought: BroughtForward, records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """COVERED without the people whom a list, the roll or a case has in the very same writing.

    What is left is little: the rest is compared by the tiers of the linkage.
    """
    if brought.late or brought.covered.is_empty():
        return brought.covered.clear()
    given = records.filter(pl.col("role") == "roll")["list"].unique()
    on_list = records.filter((pl.col("role") == "source") & pl.col("qualifies")).select(*_WHO)
    on_roll = records.join(covering(records, rules), left_on="record_id", right_on="right_id")
    of_case = brought.sightings.filter(pl.col("month").ne_missing(brought.month))
    return (
        brought.covered.filter(pl.col("roll").is_in(given.implode()))
        .filter(pl.col("list").is_in(rules.of_role("source")))  # a list may have gone since
        .join(on_list, on=_WHO, how="anti")
        .join(on_roll.select(*_WHO, roll="list"), on=[*_WHO, "roll"], how="anti")
        .join(of_case.select(_WRITING), on=_WRITING, how="anti", nulls_equal=True)
        .sort("month", "covered_id")
        .unique([*frames.WRITTEN], keep="last", maintain_order=True)
    )


def _clues(rows: pl.DataFrame, month: str, rules: Rules) -> Iterator[str]:
    """What the list said then, and that the roll has the person no more."""
    words = rules.screening.follow_up.news.lapsed
    for clue, then, roll in rows.select("clue", "month", "roll").iter_rows():
        label = rules.lists[roll].sheet_label
        yield words.format(clue=clue, month=month_text(then), roll=label, now=month_text(month))


def to_remember(
    found: Found,
    known: tuple[pl.DataFrame, pl.DataFrame],
    others: Collection[str],
    rules: Rules,
) -> Iterator[CoveredRow]:
    """Yield the rows of the month's own lists whose people rolls cover, without those of `others`.

    `known` are RECORDS and DECISIONS on all people.
    """
    covered = found.outcomes.filter(pl.col("outcome") == "covered").select("person_key", "list")
    rolls = covering_rolls(found.rows, *known, rules)
    rows = found.rows.join(covered, on=["person_key", "list"], how="semi").filter(
        ~pl.col("person_key").is_in(list(others)) & pl.col("person_key").is_in(list(rolls))
    )
    group = "village_group" if "village_group" in rows.columns else pl.lit(None, pl.String)
    said = rows.select("person_key", "phone", group=group, clue=clue_of_row(rows, rules))
    texts = rows.select(frames.linkable(rows)).select(pl.col(*frames.WRITTEN).cast(pl.String))
    for each, values in zip(said.iter_rows(named=True), texts.iter_rows(named=True), strict=True):
        roll = rolls[each.pop("person_key")]
        yield CoveredRow(roll, each["clue"], each["group"], each["phone"], values)
