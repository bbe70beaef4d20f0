"""What is kept of a month so that the next can be held against it, as JSON in the ledger.

A month without a ledger is held against the output of the one before, from whose frames the same
is reckoned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.plausibility.measures import MEASURES
from loubao.plausibility.rosters import Roster

_KEPT = ("list", "part", "measure", "field", "value", "total")


@dataclass(frozen=True)
class MonthMeasured:
    """A month as others are held against it: "2022-06", its MEASURES and rosters by list.

    `since` has the month of each list that comes seldom and did not come in this one.
    """

    month: str
    measures: pl.DataFrame
    rosters: Mapping[str, Roster]
    since: Mapping[str, str]

    @property
    def lists(self) -> set[str]:
        """The lists that somebody is on."""
        return set(self.measures.filter(pl.col("measure") == "people")["list"])

    def with_seldom(self, before: MonthMeasured | None, seldom: Collection[str]) -> MonthMeasured:
        """Return the month with those of the lists `seldom` that only the month before has."""
        absent = (set(seldom) & before.lists) - self.lists if before else set()
        if before is None or not absent:
            return self
        older = before.measures.filter(pl.col("list").is_in(sorted(absent)))
        return MonthMeasured(
            self.month,
            pl.concat([self.measures, older]),
            {**self.rosters, **{n: r for n, r in before.rosters.items() if n in absent}},
            {**self.since, **{n: before.since.get(n, before.month) for n in absent}},
        )


def as_json(month: MonthMeasured) -> dict[str, Any]:
    """Return what the ledger keeps of a month; names of files are left out."""
    rows = month.measures.select(_KEPT).sort(_KEPT[:4]).rows()
    return {
        "month": month.month,
        "measures": [list(row) for row in rows],
        "rosters": {
            name: {
                "level": each.level,
                "size": each.size,
                "people": " ".join(sorted(f"{n}{name_}" for n, name_ in each.people.items())),
            }
            for name, each in sorted(month.rosters.items())
        },
        "since": dict(month.since),
    }


def from_json(content: Mapping[str, Any] | None) -> MonthMeasured | None:
    """Return a month as `as_json` gave it; None where there is none, as in older ledgers.

    >>> measures = frames.empty(MEASURES)
    >>> roster = Roster(1, 500, {"0a1b2c3d4e5f": "aabbcc"})
    >>> june = MonthMeasured("2022-06", measures, {"dibao": roster}, {})
    >>> from_json(as_json(june)).rosters["dibao"] == roster
    True
    """
    if not content:
        return None
    schema = {name: MEASURES[name] for name in _KEPT}
    measures = pl.DataFrame(content["measures"], schema=schema, orient="row").with_columns(
        file=pl.lit(""), sheet=pl.lit("")
    )
    rosters = {
        name: Roster(
            each["level"],
            each["size"],
            {person[:12]: person[12:] for person in each["people"].split()},
        )
        for name, each in content["rosters"].items()
    }
    measures = frames.conform(measures.select(*MEASURES), MEASURES)
    return MonthMeasured(content["month"], measures, rosters, content.get("since", {}))
