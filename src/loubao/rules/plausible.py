"""What a month may come to: `rules/plausibility.yaml`.

A folder made before there was such a file is read with the shipped one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from loubao.rules import shipped_rules
from loubao.rules.wording import Wording, with_wording
from loubao.rules.yaml_file import Rule, parse

FILE = "plausibility.yaml"
_Share = Annotated[float, Field(ge=0, le=1)]
_Times = Annotated[float, Field(gt=0)]


class Bounds(Rule):
    """From where on a difference is told, and from where on it stops the run; None: never."""

    tell: _Times
    stop: _Times | None = None


class CountBounds(Rule):
    """Bounds on how a number of people differs from last month's, as a part of last month's."""

    shrink: Bounds
    grow: Bounds


class ShareBounds(Bounds):
    """Bounds on a share: how far from last month's; `least`, `most` where there is no last month.

    >>> ShareBounds(worse="fall", tell=0.1, least=0.4).most is None
    True
    """

    worse: Literal["fall", "rise", "both"]
    #: whether a share beyond `least` or `most` stops the run
    alone: Literal["tell", "stop"] = "tell"
    least: _Share | None = None
    most: _Share | None = None


class MedianBounds(Rule):
    """How far a median may move: numbers by a factor, dates by years; from so many `rows` on."""

    times: Annotated[float, Field(gt=1)]
    years: _Times
    rows: Annotated[int, Field(ge=1)]


class Unchanged(Rule):
    """When a list that is last month's word for word is told.

    Each month at least the share `churn` of a list comes or goes; where so at least `expected`
    people should have, and nobody did, it is told; where such lists are the share `share` of all,
    it stops the run. `same_lists` may stay as they are.
    """

    churn: _Share
    expected: _Times
    share: _Share
    same_lists: tuple[str, ...] = ()


class Accepted(Rule):
    """Findings that do not stop a run: of a kind; of a list and in a month where it has these."""

    what: str
    list: str | None = None
    month: str | None = None


class Plausibility(Rule):
    """The bounds of a month, and the words for what is beyond them."""

    chance: _Times
    #: part of a lasting list that may come or go by chance
    turnover: Annotated[float, Field(gt=0, le=1)]
    least: Annotated[int, Field(ge=1)]
    #: findings that the screen shows
    most: Annotated[int, Field(ge=1)] = 15
    people: CountBounds
    changing_lists: tuple[str, ...] = ()
    changing_people: CountBounds
    yearly_lists: tuple[str, ...] = ()
    towns: CountBounds
    cases: CountBounds
    within_months: Annotated[int, Field(ge=1, le=1200)] = 3
    every: dict[str, Annotated[int, Field(ge=1)]] = {}
    #: issues of values that were understood all the same
    settled_issues: tuple[str, ...] = ()
    shares: dict[str, ShareBounds]
    linked: Bounds
    medians: MedianBounds
    unchanged: Unchanged
    accept: tuple[Accepted, ...] = ()
    words: Wording

    def accepts(self, what: str, name: str, month: str) -> bool:
        """Whether the rules pass over findings of this kind, of list `name`, in `month`."""
        return any(
            each.what == what and each.list in (None, name) and each.month in (None, month)
            for each in self.accept
        )


def load_plausibility(folder: Path) -> Plausibility:
    """Return `plausibility.yaml` of a rules folder, or the shipped one; raises `RuleFault`."""
    path: Any = folder / FILE
    file = parse(path if path.is_file() else shipped_rules() / FILE)
    return with_wording(file, {"words": {}}).validate(Plausibility)
