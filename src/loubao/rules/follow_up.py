"""`rules/screening.yaml`, the part `follow_up`: a case from one month to the next."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, model_validator

from loubao.rules.rule import Rule, filled


class Phase(Rule):
    """A phase of the campaign; what is issued in it is due at its end at the latest."""

    name: str
    first: dt.date
    last: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> Phase:
        if self.first > self.last:
            raise ValueError("first 不能晚于 last")
        return self


class Slowest(Rule):
    """Which villages a circular names: at least `people` issued, and verified of them less than
    `verified_below` percent; the slowest first, at most `villages`.
    """

    people: Annotated[int, Field(ge=1)] = 5
    verified_below: Annotated[float, Field(ge=0, le=100)] = 60
    villages: Annotated[int, Field(ge=1)] = 10


class NewsWording(Rule):
    """What a sheet says of a case that is not new."""

    open: Annotated[str, filled("month", "status")]
    carried: Annotated[str, filled("month", "status")]
    back: Annotated[str, filled("month", "status", "lists")]
    #: instead, of somebody drawn to check the link
    sample: str
    earlier_case: Annotated[str, filled("case_no", "status", "evidence")]
    edition: Annotated[str, filled("number", "before", "added", "removed", "changed")]


class FollowUp(Rule):
    """Windows, deadlines and words of the ledger."""

    #: months for which somebody found not eligible is not sent out again without a new list
    refusal_months: Annotated[int, Field(ge=0)] = 12
    #: months that a roll has to show somebody of whom a village said 已纳入
    enrolled_months: Annotated[int, Field(ge=0)] = 2
    #: days from the issue of a sheet to its return
    deadline_days: Annotated[int, Field(ge=1)] = 15
    #: days that a sheet issued towards the end of a phase is given all the same
    least_days: Annotated[int, Field(ge=0)] = 7
    phases: tuple[Phase, ...] = ()
    #: linked people a month whose links the sheets ask to be checked, drawn at random
    sample: Annotated[int, Field(ge=0)] = 0
    slowest: Slowest = Slowest()
    #: names of the standings of a case
    statuses: dict[str, str]
    news: NewsWording

    def due(self, issued: dt.date) -> dt.date:
        """Return the day by which a sheet issued on a day is to be back."""
        due = issued + dt.timedelta(days=self.deadline_days)
        ends = [phase.last for phase in self.phases if phase.first <= issued <= phase.last]
        least = issued + dt.timedelta(days=min(self.least_days, self.deadline_days))
        return max(least, min([due, *ends]))

    @model_validator(mode="after")
    def _statuses_named(self) -> FollowUp:
        named = ("unverified", "eligible", "ineligible", "applied", "enrolled")
        for status in (*named, "difficult", "returned", "closed"):
            if status not in self.statuses:
                raise ValueError(f"statuses 里缺少 {status}")
        return self
