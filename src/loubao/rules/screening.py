"""`rules/screening.yaml`: who counts as covered, in part, not at all, and who is set aside."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from loubao.rules.follow_up import FollowUp
from loubao.rules.lists import Condition
from loubao.rules.rule import Rule, Texts


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
