"""`rules/screening.yaml`: who counts as covered, in part, not at all, and who is set aside.

Its part `follow_up`: windows and deadlines of a case from one month to the next.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from loubao.rules import REGISTER, shipped_rules
from loubao.rules.aid_clocks import Validity, shipped_validity
from loubao.rules.patterns import compile_all
from loubao.rules.wording import Part, Parts, Wording, with_wording
from loubao.rules.yaml_file import Rule, RuleFile, Texts, Trail, parse

if TYPE_CHECKING:  # it loads frames, which `progress` does not need for `follow_up` alone
    from loubao.rules.lists import Condition, ListRule

FILE = "screening.yaml"
_NEWS: Parts = {
    "back": Part(fills=("month",)),
    **dict.fromkeys(("moved", "asked", "lapsed"), Part(as_shipped=True)),
    **{
        key: Part(fills=("month", "status"), as_shipped=True)
        for key in (
            *("back_window", "back_unseen", "back_off_roll", "back_set_aside", "back_named"),
            *("back_other_name", "other_name"),
        )
    },
    **dict.fromkeys(("against", "off_roll", "set_aside"), Part(as_shipped=True)),
    **dict.fromkeys(("standing", "off_sheets", "other_names"), Part(as_shipped=True)),
}
_WORDS: Parts = {
    "": Part(optional={"group_and_address": ""}),  # of former rules
    **dict.fromkeys(("said_before", "list_before", "known_from"), Part(as_shipped=True)),
    **dict.fromkeys(("stated_covered", "stated_not_counting"), Part(as_shipped=True)),
    **dict.fromkeys(("stated_uncovered", "exclusion_label", "further"), Part(as_shipped=True)),
}
_FOLLOW_UP = "follow_up"


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


class FollowUp(Rule):
    """Windows, deadlines and words of the ledger."""

    #: months for which a person found not eligible is not sent out again without a new list
    refusal_months: Annotated[int, Field(ge=0, le=1200)] = 12
    #: months within which a roll must show a person for whom a village answered 已纳入
    enrolled_months: Annotated[int, Field(ge=0, le=1200)] = 2
    #: months for which whom a list named and a roll covered is asked for once that cover has ended
    covered_months: Annotated[int, Field(ge=0, le=1200)] = 12
    #: days from the issue of a sheet to its return
    deadline_days: Annotated[int, Field(ge=1, le=3660)] = 15
    #: days that a sheet issued towards the end of a phase is given all the same
    least_days: Annotated[int, Field(ge=0, le=3660)] = 7
    phases: tuple[Phase, ...] = ()
    #: linked people a month whose links the sheets ask to be checked, drawn at random
    sample: Annotated[int, Field(ge=0)] = 0
    slowest: Slowest = Slowest()
    #: names of the statuses of a case
    statuses: dict[str, str]
    #: what a sheet says of a case that is not new
    news: Wording

    def due(self, issued: dt.date) -> dt.date:
        """Return the day by which a sheet issued on a day is to be back.

        `deadline_days` later, at the end of the phase at the latest, but not before `least_days`.

        >>> from loubao.rules import REGISTER, shipped_rules
        >>> policy = load_follow_up(shipped_rules())  # 15 days, 7 days; a phase ends on 31 May
        >>> [policy.due(dt.date(2022, 5, day)).isoformat() for day in (10, 20, 30)]
        ['2022-05-25', '2022-05-31', '2022-06-06']
        """
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
    """A bare list name stands for `{list: name}`.

    >>> _named("dibao")
    {'list': 'dibao'}
    """
    return {"list": value} if isinstance(value, str) else value


class Cover(Rule):
    """A roll that counts, perhaps only within some months of a date on it.

    Rows count that pass the roll's own conditions; with `that`, the rows of which it is true.
    """

    list: str
    that: str | None = None
    field: str | None = None
    within_months: Annotated[int, Field(ge=1, le=1200)] | None = None

    @property
    def condition(self) -> Condition | None:
        """`that` as a `Condition`."""
        from loubao.rules.lists import Condition

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
        from loubao.rules.lists import Condition

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
    #: how long a row holds that later lists do not repeat: months after the month of its list, or
    #: for ever; 0 is that month alone. None: as shipped for the list of this name, else 0
    holds_months: Annotated[int, Field(ge=0, le=1200)] | Literal["always"] | None = None
    #: column of the village sheet → regular expression on the whole cell: an answer that says what
    #: the list says, and one of a later month that says it is not so. None: as shipped
    confirmed_by: dict[str, str] | None = None
    denied_by: dict[str, str] | None = None
    #: source lists whose people are only flagged, because a family may be left behind
    flag_for: Texts = ()
    #: printed for a person who is on the list and not set aside by it
    flag_wording: str

    @field_validator("confirmed_by", "denied_by")
    @classmethod
    def _cells_compile(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        compile_all(tuple((value or {}).values()))
        return value

    def is_confirmed(self, answers: Mapping[str, str]) -> bool:
        """Return whether the answers of a village (by column) say what the list says."""
        return _answered(answers, self.confirmed_by)

    def is_denied(self, answers: Mapping[str, str]) -> bool:
        """Return whether the answers of a village say that the list is wrong."""
        return _answered(answers, self.denied_by)


def _answered(answers: Mapping[str, str], asked: Mapping[str, str] | None) -> bool:
    """Whether one of the answers is, as a whole, what is asked of its column.

    >>> _answered({"alive": "否"}, {"alive": "否"}), _answered({"alive": "不详"}, {"alive": "否"})
    (True, False)
    """
    cells = ((answers.get(column), pattern) for column, pattern in (asked or {}).items())
    return any(cell and re.fullmatch(pattern, cell) for cell, pattern in cells)


class Stated(Rule):
    """A field in which a source list says itself what its people get.

    `claims`: value → rolls of which one must have the person; `denies`: value → rolls of which none
    may. It is compared with the rolls, and never covers anybody.
    """

    field: str
    claims: dict[str, Texts] = {}
    denies: dict[str, Texts] = {}


class Screening(Rule):
    """The table of the policy: source lists against rolls, exclusions, and the words for both."""

    coverage: dict[str, SourceCoverage]
    exclusions: dict[str, Exclusion] = {}
    #: what the source lists say themselves of cover
    stated: tuple[Stated, ...] = ()
    #: how long aid lasts; None: as shipped
    validity: Validity = Validity()
    #: regular expression on an address that names a house; people of one house are one household
    house: str
    #: words of the screening on the sheets
    wording: Wording
    follow_up: FollowUp

    _compiles = field_validator("house")(compile_all)


def load_screening(folder: Path, lists: Mapping[str, ListRule]) -> Screening:
    """Return the checked `screening.yaml` of a rules folder; raises `RuleFault`.

    Every list that it names must be one of `lists`, in the role that it is given there.
    """
    file = with_wording(parse(folder / FILE), {"wording": _WORDS, f"{_FOLLOW_UP}.news": _NEWS})
    screening = file.validate(Screening)
    check = _Check(lists, file)
    for source, coverage in screening.coverage.items():
        check.coverage(("coverage", source), source, coverage)
    for source in sorted(name for name, rule in lists.items() if rule.role == "source"):
        if source not in screening.coverage:
            raise file.fault(("coverage",), f"缺少来源名单“{source}”的保障规则")
    for number, stated in enumerate(screening.stated):
        check.stated(("stated", number), stated)
    for name, exclusion in screening.exclusions.items():
        rule = check.list_of(("exclusions", name), name, "exclusion")
        check.fields(("exclusions", name, "date"), rule, [exclusion.date])
        for source in exclusion.flag_for:
            check.list_of(("exclusions", name, "flag_for"), source, "source")
    validity = screening.validity
    for name, clock in validity.rolls.items():
        rule = check.list_of(("validity", "rolls", name), name, "roll")
        check.fields(("validity", "rolls", name), rule, [clock.until, clock.start])
    if file.at(("validity",)) is None:
        validity = shipped_validity(parse(shipped_rules() / FILE), lists)
    exclusions = {name: _as_shipped(name, rule) for name, rule in screening.exclusions.items()}
    covers = screening.coverage
    if REGISTER in lists:
        covers = {name: _with_register(rule) for name, rule in covers.items()}
    changed = {"coverage": covers, "exclusions": exclusions, "validity": validity}
    return screening.model_copy(update=changed)


def _with_register(rule: SourceCoverage) -> SourceCoverage:
    """The same, partly covered by the register too, where the rules do not say how it counts."""
    said = any(cover.list == REGISTER for cover in rule.partly_by)
    more = () if said else (Cover(list=REGISTER),)
    return rule.model_copy(update={"partly_by": (*rule.partly_by, *more)})


def _as_shipped(name: str, rule: Exclusion) -> Exclusion:
    """An exclusion with what it does not say as in the shipped rules, if its list is there."""
    defaults: dict[str, Any] = {"holds_months": 0, "confirmed_by": {}, "denied_by": {}}
    missing = [key for key in defaults if getattr(rule, key) is None]
    if not missing:
        return rule
    shipped = parse(shipped_rules() / FILE).at(("exclusions", name)) or {}
    return rule.model_copy(update={key: shipped.get(key, defaults[key]) for key in missing})


def load_follow_up(folder: Path) -> FollowUp:
    """Return the part `follow_up` of `screening.yaml` alone; raises `RuleFault`."""
    file = with_wording(parse(folder / FILE), {f"{_FOLLOW_UP}.news": _NEWS})
    if file.at((_FOLLOW_UP,)) is None:
        raise file.fault((_FOLLOW_UP,), "缺少这个键")
    return file.validate(FollowUp, (_FOLLOW_UP,))


@dataclass(frozen=True)
class _Check:
    """The names of screening.yaml, held against the lists; each method raises `RuleFault`."""

    lists: Mapping[str, ListRule]
    file: RuleFile

    def list_of(self, trail: Trail, name: str, role: str) -> ListRule:
        rule = self.lists.get(name)
        if rule is None or rule.role != role:
            names = "、".join(sorted(n for n, r in self.lists.items() if r.role == role))
            raise self.file.fault(trail, f"“{name}”不是 {role} 名单，可用：{names}")
        return rule

    def fields(self, trail: Trail, rule: ListRule, fields: Iterable[str | None]) -> None:
        for field in fields:
            if field is not None and field not in rule.fields:
                raise self.file.fault(trail, f"{rule.name} 没有字段“{field}”")

    def stated(self, here: Trail, stated: Stated) -> None:
        fields = [
            rule.fields[stated.field] for rule in self.lists.values() if stated.field in rule.fields
        ]
        if not fields:
            raise self.file.fault((*here, "field"), f"没有名单有字段“{stated.field}”")
        for key, values in (("claims", stated.claims), ("denies", stated.denies)):
            for value, rolls in values.items():
                if not any(value in field.values for field in fields):
                    expected = f"字段 {stated.field} 没有值“{value}”"
                    raise self.file.fault((*here, key, value), expected)
                for roll in rolls:
                    self.list_of((*here, key, value), roll, "roll")

    def coverage(self, here: Trail, source: str, coverage: SourceCoverage) -> None:
        from loubao.rules.conditions import check_condition

        rule = self.list_of(here, source, "source")
        for key in ("covered_by", "partly_by"):
            for i, cover in enumerate(getattr(coverage, key)):
                roll = self.list_of((*here, key, i), cover.list, "roll")
                if key == "covered_by" and cover.list == REGISTER:  # nobody leaves by it
                    raise self.file.fault((*here, key, i), f"“{REGISTER}”只能写在 partly_by 里")
                self.fields((*here, key, i), roll, [cover.field])
                if cover.that is not None:
                    trail = (*here, key, i, "that")
                    check_condition(cover.that, roll.condition_schema, self.file, trail)
        for i, part in enumerate(coverage.partly_when):
            trail = (*here, "partly_when", i, "that")
            check_condition(part.that, rule.condition_schema, self.file, trail)
        for i, family in enumerate(coverage.family):
            self.fields((*here, "family", i, "fields"), rule, family.fields)
            for name in family.partly_by:
                self.list_of((*here, "family", i, "partly_by"), name, "roll")
