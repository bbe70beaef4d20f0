"""How long aid lasts: the part `validity` of `rules/screening.yaml`, a clock a roll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from loubao.rules.yaml_file import Rule, RuleFile

if TYPE_CHECKING:
    from loubao.rules.lists import ListRule

#: The field with the last day of a row that any roll may have.
UNTIL = "valid_until"


class Clock(Rule):
    """How long a row of a roll covers: until the day that it says, else so many months from one."""

    #: field with the last day
    until: str | None = None
    #: field with the day from which `months` are reckoned
    start: Annotated[str | None, Field(alias="from")] = None
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    #: every row must say it; else a row without a day has no end
    needed: bool = False
    #: aid that is given once, and not renewed: its end is no news
    once: bool = False

    @property
    def shown(self) -> str:
        """The field that issues name."""
        return self.until or self.start or ""

    @model_validator(mode="after")
    def _says_when(self) -> Clock:
        if (self.start is None) != (self.months is None):
            raise ValueError("from（起算日的列）与 months 要一起写")
        if self.until is None and self.start is None:
            raise ValueError("要写 until（到期日的列），或 from 与 months")
        return self

    def of_fields(self, fields: Mapping[str, object]) -> Clock | None:
        """Return the clock as far as a list has its fields, None where nothing is left."""
        until = self.until if self.until in fields else None
        start = self.start if self.start in fields else None
        if until is None and start is None:
            return None
        months = self.months if start else None
        return self.model_copy(update={"until": until, "start": start, "months": months})


class Validity(Rule):
    """How long the aid of each roll lasts."""

    #: days before its end from which a row is told
    warn_days: Annotated[int, Field(ge=0, le=3660)] = 30
    rolls: dict[str, Clock] = {}

    def ends(self, roll: str) -> tuple[str, ...]:
        """Return the fields that have the last day of a roll's rows, as far as it has them."""
        clock = self.rolls.get(roll)
        own = clock.until if clock else None
        return (UNTIL,) if own in (None, UNTIL) else (UNTIL, own)

    def clock(self, roll: str) -> Clock:
        """Return the clock of a roll; of one that has none here, what its rows say themselves."""
        return self.rolls.get(roll) or Clock(until=UNTIL)


def shipped_validity(file: RuleFile, lists: Mapping[str, ListRule]) -> Validity:
    """Return the clocks of the shipped `file`, as far as the lists have their fields."""
    shipped = Validity.model_validate(file.at(("validity",)) or {})
    clocks = {
        name: clock.of_fields(lists[name].fields)
        for name, clock in shipped.rolls.items()
        if name in lists and lists[name].role == "roll"
    }
    return shipped.model_copy(update={"rolls": {n: c for n, c in clocks.items() if c}})
