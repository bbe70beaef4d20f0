"""How far the villages are: leads on sheets → counts of people and households → a ranking.

Definitions (they stand on the printed page too):

- issued 下发: leads on sheets in force; each person once, however often and on how many lists. Also
  whom a village added to its sheet with an answer: asked and answered at once.
- returned 回收: of these, with a result: an answer posted after the sheet, or found on a roll later
  (which needs no answer).
- verified 已核查: of the returned, with a final result: eligible, ineligible, applied, enrolled.
- overdue 逾期: of the issued, neither verified nor returned nor closed, after the last day.
- closed 已结: set aside by the office's data after the sheet went out. pending 在办: the others.
  So issued = verified + pending + overdue + closed.
- 核查率 = verified / issued. 纳入率 = enrolled / (eligible + applied + enrolled).

A household counts where any of its people does: one visit sees the whole family. The people of one
household in two villages are two visits, so that the villages add up to the total.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from loubao.ledger.office_work import ENROLLING, RETURNED
from loubao.ledger.status import UNSETTLED, VERIFIED

if TYPE_CHECKING:  # the rules are loaded while the ledger counts
    from loubao.ledger.editions import AddedLead, Kinds
    from loubao.rules.screening import Slowest
    from loubao.rules.wording import Wording

#: Leads of one kind: status, returned, whether the day is past.
Kind: TypeAlias = tuple[str, bool, bool]
#: Town and village.
Village: TypeAlias = tuple[str, str]
_Key = TypeVar("_Key")
_Place = TypeVar("_Place", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of people, or of households."""

    issued: int = 0
    returned: int = 0
    verified: int = 0
    pending: int = 0
    overdue: int = 0
    closed: int = 0
    eligible: int = 0
    ineligible: int = 0
    applied: int = 0
    enrolled: int = 0
    difficult: int = 0
    sent_back: int = 0
    #: the people of whom 纳入率 is a share: eligible, applied or enrolled
    entitled: int = 0

    @property
    def verified_rate(self) -> float | None:
        """核查率, 0 to 1; None where nobody was issued.

        >>> Figures(issued=8, verified=6).verified_rate, Figures().verified_rate
        (0.75, None)
        """
        return self.verified / self.issued if self.issued else None

    @property
    def enrolled_rate(self) -> float | None:
        """纳入率, 0 to 1; None where nobody is entitled.

        >>> Figures(verified=6, entitled=4, enrolled=1).enrolled_rate
        0.25
        """
        return self.enrolled / self.entitled if self.entitled else None

    def __add__(self, other: Figures) -> Figures:
        """Add up figures of different places.

        >>> (Figures(issued=8, verified=2) + Figures(issued=2, verified=2)).verified_rate
        0.4
        """
        return Figures(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = tuple(each.name for each in fields(Figures))


@dataclass(frozen=True, slots=True)
class Count:
    """Figures in people and in households."""

    people: Figures = Figures()
    households: Figures = Figures()

    def __add__(self, other: Count) -> Count:
        return Count(self.people + other.people, self.households + other.households)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in the ranking; equal ones share a rank."""

    rank: int
    key: tuple[str, ...]
    count: Count


@dataclass(frozen=True, slots=True)
class Scope:
    """Counts of one month, or of all: by `(town, village)` in order, and by list if asked for."""

    villages: Mapping[Village, Count]
    lists: Mapping[str, Count]

    @property
    def total(self) -> Count:
        """The sum of the villages."""
        return sum(self.villages.values(), Count())


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cases that are the office's own work: by status, and the days that the longest has waited.

    `returned`: sent back by a village without a word who is to be asked instead.
    """

    eligible: int = 0
    applied: int = 0
    returned: int = 0
    days: int = 0

    @property
    def people(self) -> int:
        """All of them."""
        return self.eligible + self.applied + self.returned

    def __add__(self, other: Waiting) -> Waiting:
        """Add up the towns; of the days, the most.

        >>> Waiting(eligible=2, days=40) + Waiting(applied=1, days=61)
        Waiting(eligible=2, applied=1, returned=0, days=61)
        """
        return Waiting(
            self.eligible + other.eligible,
            self.applied + other.applied,
            self.returned + other.returned,
            max(self.days, other.days),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the villages are on a day: this month and all months (`YYYY-MM`) that were posted.

    `due` are the first and the last day (ISO) by which this month's sheets are to be back; `office`
    is what the office itself has to do, by town.
    """

    month: str
    months: tuple[str, ...]
    due: tuple[str, ...]
    this_month: Scope
    campaign: Scope
    office: Mapping[str, Waiting] = field(default_factory=dict)

    @property
    def office_total(self) -> Waiting:
        """The sum of the towns."""
        return sum(self.office.values(), Waiting())


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of supervision.

    `words` of `supervision.yaml`; `slowest` of `screening.yaml`; `labels` name the lists, `tiers`
    (by their names) are the wordings of the tiers of the linkage, and `may_link` says of each
    whether the month could link by it.
    """

    words: Wording
    slowest: Slowest
    labels: Mapping[str, str]
    tiers: Mapping[str, str]
    may_link: Mapping[str, bool] = field(default_factory=dict)

    def named(self, ranked: Sequence[Ranked]) -> list[Ranked]:
        """Return the villages that a circular names, the slowest first.

        The row of people without a village (`unplaced`) is not named: no village answers for it.
        """
        rule = self.slowest
        named = [
            each
            for each in reversed(ranked)
            if each.key[-1] not in self.words.unplaced
            and each.count.people.issued >= rule.people
            and 100 * each.count.people.verified < rule.verified_below * each.count.people.issued
        ]
        return named[: rule.villages]


def waiting(items: Iterable[tuple[str, str, str]], as_of: date) -> dict[str, Waiting]:
    """Return the office's work by town, in the order given: town, status, the day since when.

    >>> items = [("洛阳镇", "eligible", "2022-06-20"), ("洛阳镇", "returned", "2022-07-01")]
    >>> waiting(items, date(2022, 7, 31))
    {'洛阳镇': Waiting(eligible=1, applied=0, returned=1, days=41)}
    """
    towns: dict[str, Waiting] = {}
    for town, status, since in items:
        days = max((as_of - date.fromisoformat(since)).days, 0) if since else 0
        name = status if status in ENROLLING else RETURNED
        one = replace(Waiting(days=days), **{name: 1})
        towns[town] = towns.get(town, Waiting()) + one
    return towns


def scope(
    kinds: Kinds, added: Iterable[AddedLead], villages: Mapping[int, Village], by_lists: bool
) -> Scope:
    """Return the counts of leads, each in the village of its last sheet; of `added` people too.

    `villages` gives the town and the village of each edition; without `by_lists` no list is
    counted.
    """
    leads = [
        (villages[edition], (status, returned, late), names, households)
        for (edition, status, returned, late, names), households in kinds.items()
    ]
    leads += [
        (village, (status, True, False), names, [household])
        for village, status, names, household in added
    ]
    found = counts((village, kind, households) for village, kind, _, households in leads)
    lists = by_list(leads if by_lists else ())
    return Scope({village: found[village] for village in sorted(found)}, lists)


def counts(leads: Iterable[tuple[_Key, Kind, Sequence[str]]]) -> dict[_Key, Count]:
    """Return the count of each key from the leads of each kind, each lead as its household.

    Households are the same by name within a key.

    >>> issued = [("上浦村", ("eligible", True, False), ["甲户", "甲户", "乙户"])]
    >>> count = counts(issued)["上浦村"]
    >>> count.people.issued, count.households.issued, count.people.entitled
    (3, 2, 3)
    """
    people: dict[_Key, list[int]] = {}
    homes: dict[_Key, list[set[str]]] = {}
    for key, kind, households in leads:
        if key not in people:
            people[key], homes[key] = [0] * len(_NAMES), [set() for _ in _NAMES]
        numbers, names = people[key], homes[key]
        for i in _counted_in(*kind):
            numbers[i] += len(households)
            names[i].update(households)
    return {
        key: Count(Figures(*people[key]), Figures(*(len(names) for names in homes[key])))
        for key in people
    }


def by_list(
    leads: Iterable[tuple[_Key, Kind, str, Sequence[str]]],
) -> dict[str, Count]:
    """Return the count of each list from leads by village, kind and lists (a JSON list).

    A person on two lists counts under both.

    >>> found = by_list([("上浦村", ("applied", True, False), '["medical","children"]', ["甲户"])])
    >>> {name: count.people.applied for name, count in found.items()}
    {'medical': 1, 'children': 1}
    """
    villages = counts(
        ((name, village), kind, households)
        for village, kind, lists, households in leads
        for name in dict.fromkeys(json.loads(lists))
    )
    sums: dict[str, Count] = {}
    for (name, _), count in villages.items():
        sums[name] = sums.get(name, Count()) + count
    return sums


def by_town(villages: Mapping[Village, Count]) -> dict[tuple[str, ...], Count]:
    """Return the sums of the villages of each town, in the order of their first village."""
    towns: dict[tuple[str, ...], Count] = {}
    for (town, _), count in villages.items():
        towns[town,] = towns.get((town,), Count()) + count
    return towns


def ranking(places: Mapping[_Place, Count]) -> list[Ranked]:
    """Return places by 核查率, the highest first; of equal ones, the one with fewer people overdue.

    Equal in both share a rank and stand in the order given. Places that nothing was issued to are
    left out.

    >>> done, half = Figures(issued=4, verified=4), Figures(issued=4, verified=2)
    >>> places = {("甲镇",): Count(half), ("乙镇",): Count(done), ("丙镇",): Count(half)}
    >>> [(each.rank, each.key[0]) for each in ranking(places)]
    [(1, '乙镇'), (2, '甲镇'), (2, '丙镇')]
    """

    def merit(count: Count) -> tuple[float, int]:
        return -(count.people.verified_rate or 0.0), count.people.overdue

    placed = sorted(
        ((key, count) for key, count in places.items() if count.people.issued),
        key=lambda each: merit(each[1]),
    )
    ranked: list[Ranked] = []
    for number, (key, count) in enumerate(placed, start=1):
        tied = ranked and merit(ranked[-1].count) == merit(count)
        ranked.append(Ranked(ranked[-1].rank if tied else number, key, count))
    return ranked


@cache
def _counted_in(status: str, returned: bool, late: bool) -> tuple[int, ...]:
    """Return which of the names of `Figures`, by their place, a lead counts in.

    >>> def named(*kind):
    ...     return " ".join(_NAMES[place] for place in _counted_in(*kind))
    >>> named("unverified", False, True), named("difficult", True, True)
    ('issued overdue', 'issued returned pending difficult')
    >>> named("enrolled", False, True)  # a roll shows it: no answer is needed
    'issued returned verified enrolled entitled'
    """
    verified = status in VERIFIED
    overdue = bool(late) and not returned and status in UNSETTLED
    closed = not verified and status not in UNSETTLED
    counted = {
        "issued": True,
        "returned": bool(returned) or verified,
        "verified": verified,
        "overdue": overdue,
        "closed": closed,
        "pending": not (verified or overdue or closed),
        "entitled": status in {"eligible", "applied", "enrolled"},
        "sent_back": status == "returned",
        **{name: status == name for name in ("eligible", "ineligible", "applied")},
        **{name: status == name for name in ("enrolled", "difficult")},
    }
    return tuple(i for i, name in enumerate(_NAMES) if counted[name])
