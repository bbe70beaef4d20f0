"""What the ledger brings forward into a month: all that is read there before it is posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from loubao.core.events import Edition
from loubao.followup.corrections import issued_in_vain, without
from loubao.followup.known import Known
from loubao.ledger import case_file as read
from loubao.ledger.connection import Connection
from loubao.ledger.editions import all_editions, lines_of, posted_months
from loubao.ledger.postings import events_of
from loubao.ledger.status import merged_into
from loubao.report.linkage_figures import FAULTS


@dataclass(frozen=True)
class Before:
    """The ledger before the month: who is known, and what the sheets are held against.

    `met`: the SIGHTINGS that an earlier run of the month came to; `owners`: the case that each
    merged one lives on in; `origins`: ORIGINS of those that villages said are one person; `day`:
    the latest that anything was posted as of, before which no sheet can go out any more.
    """

    known: Known
    met: pl.DataFrame
    owners: dict[int, int]
    origins: pl.DataFrame
    judged: pl.DataFrame
    in_force: dict[tuple[str, str], Edition]
    lines: dict[int, dict[int, Mapping[str, Any]]]
    next_edition: int
    day: date | None
    counts: dict[str, Any]
    samples: dict[str, tuple[int, str]]
    digest: str | None

    def faults(self) -> pl.DataFrame | None:
        """Return the FAULTS of the month before, where there was one."""
        found = self.counts.get("faults")
        return None if found is None else pl.DataFrame(found, schema=dict(FAULTS))


def before(held: Connection, as_of: date) -> Before:
    """Read what the ledger knows before the month of `as_of` is posted."""
    month = f"{as_of:%Y-%m}"
    in_force = {
        (edition.town, edition.village): edition
        for edition in all_editions(held).values()
        if edition.month == month and not edition.superseded
    }
    rows = lines_of(held, (edition.edition_id for edition in in_force.values()))
    lines = {
        edition: {row.case_id: row.shown for row in of_edition}
        for edition, of_edition in rows.items()
    }
    on_sheets = {case for of_edition in lines.values() for case in of_edition}
    known = _known(held, month, on_sheets)
    return Before(
        known=known,
        met=_met(held, known),
        owners=merged_into(held),
        origins=read.origins(held),
        judged=read.verdicts(held),
        in_force=in_force,
        lines=lines,
        next_edition=read.last_id(held, "edition") + 1,
        day=read.last_day(held),
        counts=read.counts_before(held, month),
        samples=read.samples(held, month),
        digest=read.last_digest(held, month),
    )


def _met(held: Connection, known: Known) -> pl.DataFrame:
    """What the month wrote first, and what it wrote as a month before had done."""
    named = read.named(held, known.month).with_columns(named=pl.lit(True))
    written = known.sightings.join(named, on=["case_id", "list"], how="left", maintain_order="left")
    of_month = pl.col("month").eq_missing(known.month) | pl.col("named").fill_null(False)
    return written.filter(of_month).drop("named")


def _known(held: Connection, month: str, on_sheets: set[int]) -> Known:
    """Who is known, as if earlier runs of the month had closed and reopened nobody.

    But those who are `kept`, of whom its earlier runs have the last word.
    """
    months = posted_months(held)
    late = bool(months) and months[-1] > month
    named = read.dispositions(held, month)
    stay = on_sheets if late else on_sheets & read.answered_since(held, month)
    kept = frozenset(stay & named.keys())
    revised = () if late else [e for e in read.month_events(held, month) if e.case_id not in kept]
    histories = events_of(held, {event.case_id for event in revised})
    posted = (*revised, *issued_in_vain(histories, revised))
    return Known(
        month=month,
        late=late,
        cases=without(read.case_file(held), posted, histories),
        sightings=read.sightings(held),
        posted=posted,
        named=named,
        kept=kept,
        numbers=read.last_numbers(held),
        next_case=read.last_id(held, "cases") + 1,
    )
