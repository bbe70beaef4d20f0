"""`rules/sheets.yaml`, the part `explain`: the words in which the weights are told to a clerk."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from loubao.rules.matching import known_levels
from loubao.rules.rule import Rule, filled

#: A weight that reads 0.0.
_NOTHING = 0.05
_Strength = Annotated[str, filled("strength")]


class Strength(Rule):
    """A word for weights (log2, without their sign) of `least` and more."""

    least: Annotated[float, Field(ge=0)]
    word: str


class Explanation(Rule):
    """How `loubao explain` words a weight."""

    #: agreement levels that `levels` of matching.yaml has no words for
    levels: dict[str, dict[str, str]]
    #: from weak to strong, the first from 0 on
    strengths: Annotated[tuple[Strength, ...], Field(min_length=1)]
    supports: _Strength
    opposes: _Strength
    #: said of what weighs nothing
    silent: str
    #: a name that is met more seldom, or oftener, than most
    rare: str
    common: str
    #: said of a pair that a tier would link in `loubao link`, and that is visited all the same
    not_by_weight: str
    #: said of a pair that would be a link but for another one that is as good
    tied: str
    #: said of a pair that a person judged to be one person
    judged: str

    @field_validator("levels")
    @classmethod
    def _levels_known(cls, levels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        return known_levels(levels)

    @field_validator("strengths")
    @classmethod
    def _ascending(cls, strengths: tuple[Strength, ...]) -> tuple[Strength, ...]:
        bounds = [strength.least for strength in strengths]
        if bounds[0] != 0 or bounds != sorted(set(bounds)):
            raise ValueError("least 从 0 开始，由小到大")
        return strengths

    def worded(self, weight: float) -> str:
        """Return what a weight says: `supports` or `opposes` with its strength, or `silent`."""
        if abs(weight) < _NOTHING:
            return self.silent
        word = [each.word for each in self.strengths if each.least <= abs(weight)][-1]
        return (self.supports if weight > 0 else self.opposes).format(strength=word)
