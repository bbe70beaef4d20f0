"""What the ledger brings forward into a month: all that is read there before it is posted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from loubao.casework.corrections import issued_in_vain, without
from loubao.casework.known import Known
from loubao.casework.report.quality import FAULTS
from loubao.ledger import reading
from loubao.ledger.connection import Connection


@dataclass(frozen=True)
class Before:
    """The ledger before the month: who is known, and what the sheets are held against."""

    known: Known
    judged: pl.DataFrame
    in_force: pl.DataFrame
    lines: dict[int, dict[int, dict[str, Any]]]
    next_edition: int
    named: dict[int, str]
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
    in_force = reading.editions(held, month)
    lines: dict[int, dict[int, dict[str, Any]]] = {}
    for edition, case, shown in reading.rows_of(held, in_force["edition_id"]):
        lines.setdefault(edition, {})[case] = shown
    return Before(
        known=_known(held, month),
        judged=reading.judgements(held),
        in_force=in_force,
        lines=lines,
        next_edition=reading.last_id(held, "edition") + 1,
        named=reading.naming(held, month),
        counts=reading.counts_before(held, month),
        samples=reading.samples(held, month),
        digest=reading.last_digest(held, month),
    )


def _known(held: Connection, month: str) -> Known:
    """Who is known, as if earlier runs of the month had closed and reopened nobody."""
    months = reading.months(held)
    revised = reading.month_events(held, month)
    histories = reading.events_of(held, {event.case_id for event in revised})
    posted = (*revised, *issued_in_vain(histories, revised))
    return Known(
        month=month,
        late=bool(months) and months[-1] > month,
        cases=without(reading.case_file(held), posted, histories),
        sightings=reading.sightings(held),
        posted=posted,
        numbers=reading.last_numbers(held),
        next_case=reading.last_id(held, "cases") + 1,
    )
