"""`rules/screening.yaml`, the part `follow_up`: a case from one month to the next.

`rules/screening.yaml`: who counts as covered, in part, not at all, and who is set aside.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from loubao.rules.lists import Condition
from loubao.rules.rule import Rule, Texts, filled


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


def _named(value: object) -> object:
    """A bare list name stands for `{list: name}`."""
    return {"list": value} if isinstance(value, str) else value


class Cover(Rule):
    """A roll that counts, perhaps only within some months of a date on it.

    Rows count that pass the roll's own conditions; with `that`, the rows of which it is true.
    """

    list: str
    that: str | None = None
    field: str | None = None
    within_months: Annotated[int, Field(ge=1)] | None = None

    @property
    def condition(self) -> Condition | None:
        """`that` as a `Condition`."""
        return None if self.that is None else Condition(that=self.that, otherwise="")

    @model_validator(mode="after")
    def _both_or_none(self) -> Cover:
        if (self.field is None) != (self.within_months is None):
            raise ValueError("field（日期列）与 within_months 要一起写")
        return self


CoverRule = Annotated[Cover, BeforeValidator(_named)]


class PartWhen(Rule):
    """A condition on the source row itself that makes it covered in part."""

    that: str
    because: str

    @property
    def condition(self) -> Condition:
        """The same as a `Condition`."""
        return Condition(that=self.that, otherwise=self.because)


class Family(Rule):
    """Fields of the source row that hold the number of a relative whose roll counts in part."""

    fields: Texts
    partly_by: Texts
    because: str


class SourceCoverage(Rule):
    """What covers the people of one source list."""

    covered_by: tuple[CoverRule, ...] = ()
    partly_by: tuple[CoverRule, ...] = ()
    partly_when: tuple[PartWhen, ...] = ()
    family: tuple[Family, ...] = ()


class Exclusion(Rule):
    """What being on an exclusion list does to a person of a source list."""

    reason: str
    #: the date on the exclusion list; a day after `as_of` does not count yet
    date: str | None = None
    effect: Literal["exclude", "flag"] = "exclude"
    #: source lists whose people are only flagged, because a family may be left behind
    flag_for: Texts = ()
    #: said on the sheet of whoever is on the list and not set aside by it
    flag_wording: str


class ScreeningWording(Rule):
    """Words of the screening on the sheets; `{…}` is filled in."""

    statuses: dict[Literal["uncovered", "review", "partial"], str]
    #: after a roll row that does not cover although its list does
    not_qualifying: str
    candidate: str
    more_candidates: str
    exclusion_candidate: str
    same_person: str
    unknown: str

    @model_validator(mode="after")
    def _placeholders(self) -> ScreeningWording:
        allowed = {
            "candidate": {"list", "name", "id_number", "evidence"},
            "exclusion_candidate": {"list", "name", "id_number", "evidence"},
            "more_candidates": {"count"},
            "same_person": {"case_no", "evidence"},
            "not_qualifying": {"failed_condition"},
        }
        for key, names in allowed.items():
            for name in set(re.findall(r"\{(\w*)\}", getattr(self, key))) - names:
                raise ValueError(f"{key} 里没有 {{{name}}}，可用：{'、'.join(sorted(names))}")
        if len(self.statuses) < 3:
            raise ValueError("statuses 要写全 uncovered、review、partial")
        return self


class Screening(Rule):
    """The table of the policy: source lists against rolls, exclusions, and the words for both."""

    coverage: dict[str, SourceCoverage]
    exclusions: dict[str, Exclusion] = {}
    #: regular expression on an address that names a house; people of one house are one household
    house: str
    wording: ScreeningWording
    follow_up: FollowUp

    @field_validator("house")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error:
            raise ValueError(f"正则表达式“{pattern}”写得不对") from None
        return pattern
