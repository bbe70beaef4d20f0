"""Which people each list names, whether they meet its condition, and who is covered by what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from invented.model import AS_OF, Cell, Household, Person

SOURCES = ("medical", "disability", "monitored", "children")
ROLLS = ("dibao", "tekun", "orphan", "unsupported", "marginal", "temporary", "subsidy")
EXCLUSIONS = ("death", "moved")
COVERED_BY = {
    "medical": ("dibao", "tekun"),
    "disability": ("dibao", "tekun"),
    "monitored": ("dibao", "tekun"),
    "children": ("orphan", "unsupported", "tekun"),
}
"""The policy table: which rolls cover a person whom a source list names, as a protected person."""

_MEDICAL_OVER = [40000.01, 40000.5, 40001, 40100, 45000, 400000]
_MEDICAL_NOT = [40000, 40000, 39999.99, 39999.5, 4000.01, 39000]


@dataclass(slots=True)
class Entry:
    """One mention of a person on a list, before layout and damage."""

    person: Person
    qualifies: bool | None = None
    facts: dict[str, Cell] = field(default_factory=dict)
    protected: bool = True
    group: int = 0  # household whose people share a row in the household layout


@dataclass(slots=True)
class Mentions:
    """All lists of a district with the households behind them."""

    homes: list[Household]
    lists: dict[str, list[Entry]]

    def protected(self) -> dict[str, set[str]]:
        """Roll → codes of the people it protects."""
        return {
            name: {e.person.code for e in self.lists.get(name, []) if e.protected} for name in ROLLS
        }

    def covered(self) -> dict[str, dict[str, bool]]:
        """Person → source list whose condition they meet → covered there by the policy table."""
        protected = self.protected()
        found: dict[str, dict[str, bool]] = {}
        for source in SOURCES:
            for entry in self.lists[source]:
                if entry.qualifies:
                    code = entry.person.code
                    hit = any(code in protected[roll] for roll in COVERED_BY[source])
                    found.setdefault(code, {})[source] = hit
        return found


def _people(homes: Iterable[Household]) -> list[Person]:
    return [m for h in homes for m in h.members]


def _until(rng: Random, homes: list[Household], rows: int) -> list[Household]:
    """Households off the end of `homes` (taken away) until they hold `rows` people."""
    taken, count = [], 0
    while count < rows:
        home = homes.pop()
        taken.append(home)
        count += len(home.members)
    return taken


def _mix(rng: Random, count: int, parts: list[tuple[float, list[Person]]]) -> list[Person]:
    """`count` distinct people, each part giving its share."""
    chosen: dict[str, Person] = {}
    for share, pool in parts:
        for person in rng.sample(pool, min(len(pool), round(share * count))):
            chosen[person.code] = person
    return list(chosen.values())


def _between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(rng.randrange((last - first).days + 1))


def _medical(rng: Random, person: Person) -> Entry:
    over = rng.random() < 0.82
    edge = rng.random() < 0.1
    if edge:
        paid = rng.choice(_MEDICAL_OVER if over else _MEDICAL_NOT)
    else:
        paid = round(rng.uniform(40001, 160000) if over else rng.uniform(8000, 39999), 2)
    own = round(rng.uniform(41000, 90000) if not over else rng.uniform(100, 39000), 2)
    facts: dict[str, Cell] = {"paid": paid, "own": own, "spent": round(paid * 1.7 + own, 2)}
    return Entry(person, paid > 40000, facts)


def _disability(rng: Random, person: Person) -> Entry:
    category = rng.choices(range(1, 8), weights=[10, 8, 4, 40, 16, 16, 6])[0]
    level = rng.choices([1, 2, 3, 4], weights=[30, 42, 22, 6])[0]
    issued = _between(rng, date(2021, 1, 1), date(2022, 6, 20))
    roll = rng.random()
    if roll < 0.12:
        issued = _between(rng, date(2009, 1, 1), date(2020, 12, 31))
    elif roll < 0.17:
        issued = rng.choice([date(2020, 12, 31), date(2021, 1, 1), date(2020, 1, 1)])
    severe = level <= 2 or (level == 3 and category in (5, 6))
    facts: dict[str, Cell] = {"category": category, "level": level, "issued": issued}
    return Entry(person, severe and issued.year >= 2021, facts)


def _monitored(rng: Random, home: Household) -> list[Entry]:
    kind = rng.choices(["unstable", "marginal", "sudden", ""], weights=[38, 38, 8, 16])[0]
    facts: dict[str, Cell] = {
        "kind": kind,
        "resolved": rng.random() < 0.2,
        "identified": _between(rng, date(2019, 10, 1), date(2022, 6, 1)),
    }
    return [Entry(m, kind != "", facts, group=home.number) for m in home.members]


def _children(rng: Random, kids: list[Person], homes: list[Household]) -> list[Entry]:
    entries = []
    for kid in kids:
        parents = [m for m in homes[kid.household].members if m is not kid and m.age() >= 20]
        parent = rng.choice(parents) if parents else homes[kid.household].head
        facts: dict[str, Cell] = {
            "parent": parent.name,
            "parent_id": parent.id_number,
            "state": rng.choice(["服刑", "服刑在押", "在押", "强制戒毒", "强制隔离戒毒"]),
        }
        entries.append(Entry(kid, kid.age() < 18, facts))
    return entries


def _some(
    rng: Random, people: list[Person], count: int, test: Callable[[Person], bool]
) -> list[Person]:
    pool = [p for p in people if test(p)]
    return rng.sample(pool, min(count, len(pool)))


def _rolls(rng: Random, homes: list[Household], scale: int) -> dict[str, list[Entry]]:
    """The rolls; `homes` loses the households that are used."""
    lists: dict[str, list[Entry]] = {}
    lists["dibao"] = []
    for home in _until(rng, homes, 2700 * scale):
        single = rng.random() < 0.22 and len(home.members) > 1
        only = rng.choice(home.members)
        amount = rng.randrange(200, 900)
        start = _between(rng, date(2015, 1, 1), date(2022, 6, 1)).replace(day=1)
        for member in home.members:
            facts: dict[str, Cell] = {"amount": amount, "start": start, "single": single}
            guarded = not single or member is only
            lists["dibao"].append(Entry(member, None, facts, guarded, home.number))
    lists["tekun"] = []
    aged = [h for h in homes if h.head.birth.year < 1962][: 330 * scale]
    used = {home.number for home in aged}
    homes[:] = [home for home in homes if home.number not in used]
    for home in aged:
        members = [home.head]
        rest = [m for m in home.members[1:] if m.age() < 18 or m.relation == "配偶"]
        if rest and rng.random() < 0.45:
            members += rest[: rng.choice([1, 1, 2])]
        facts = {"keeping": rng.choice(["分散", "分散", "集中"]),
                 "care": rng.choice(["全自理", "半护理", "全护理"])}  # fmt: skip
        lists["tekun"] += [Entry(m, None, facts, True, home.number) for m in members]
    kids = [m for h in homes for m in h.members if m.age() < 19]
    rng.shuffle(kids)
    cut = 75 * scale
    lists["orphan"] = [Entry(k) for k in kids[:cut]]
    lists["unsupported"] = [Entry(k) for k in kids[cut : cut + 230 * scale]]
    lists["marginal"] = [
        Entry(m, group=h.number) for h in _until(rng, homes, 650 * scale) for m in h.members
    ]
    return lists


def _exclusions(rng: Random, people: list[Person], named: set[str], last: str, scale: int) -> (
    dict[str, list[Entry]]
):  # fmt: skip
    lists: dict[str, list[Entry]] = {}
    dead = _some(rng, people, 90 * scale, lambda p: p.code in named)
    dead += _some(rng, people, 660 * scale, lambda p: p.code not in named and p.age() > 50)
    for person in dead:
        person.living = False
    when = date(2021, 7, 1)
    lists["death"] = [
        Entry(p, None, {"day": _between(rng, max(when, p.birth), AS_OF)}) for p in dead
    ]
    pool = [p for p in people if p.living]
    gone = _some(rng, pool, 60 * scale, lambda p: p.code in named)
    gone += _some(rng, pool, 600 * scale, lambda p: p.code not in named)
    if last == "moved":
        for person in gone:
            person.moved = True
    else:
        others = named - {p.code for p in gone}
        gone += _some(rng, pool, 150 * scale, lambda p: p.code in others)
    lists[last] = [Entry(p, None, {"day": _between(rng, when, AS_OF)}) for p in gone]
    return lists


def mentions(rng: Random, homes: list[Household], scale: int, last: str) -> Mentions:
    """Fill the eleven lists; `last` is the eleventh: moved, temporary or subsidy."""
    free = list(homes)
    rng.shuffle(free)
    lists = _rolls(rng, free, scale)
    dibao = [e.person for e in lists["dibao"] if e.protected]
    beside = [e.person for e in lists["dibao"] if not e.protected]
    tekun = [e.person for e in lists["tekun"]]
    marginal = [e.person for e in lists["marginal"]]
    others = _people(free)
    guarded = [e.person for e in lists["orphan"] + lists["unsupported"]]
    shares = [(0.38, dibao), (0.1, tekun), (0.05, beside), (0.1, marginal), (0.37, others)]
    patients = _mix(rng, 1050 * scale, shares)
    lists["medical"] = [_medical(rng, p) for p in patients]
    disabled = _mix(rng, 760 * scale, [(0.1, patients), *[(0.9 * s, p) for s, p in shares]])
    lists["disability"] = [_disability(rng, p) for p in disabled]
    dibao_homes = sorted({p.household for p in dibao})
    tekun_homes = sorted({p.household for p in tekun})
    marginal_homes = sorted({p.household for p in marginal})
    watched = [
        *rng.sample(dibao_homes, 95 * scale),
        *rng.sample(tekun_homes, 25 * scale),
        *rng.sample(marginal_homes, 20 * scale),
        *[h.number for h in rng.sample(free, 115 * scale)],
    ]
    lists["monitored"] = [e for n in watched for e in _monitored(rng, homes[n])]
    kids = _mix(
        rng,
        240 * scale,
        [
            (0.4, guarded),
            (0.06, [p for p in tekun if p.age() < 18]),
            (0.14, [p for p in dibao if p.age() < 18]),
            (0.3, [p for p in others if p.age() < 18]),
            (0.1, [p for p in others if 18 <= p.age() < 20]),
        ],
    )
    lists["children"] = _children(rng, kids, homes)
    for source in SOURCES:  # a person entered twice
        twice = rng.sample(lists[source], max(1, len(lists[source]) // 90))
        lists[source] += [Entry(e.person, e.qualifies, e.facts, group=e.group) for e in twice]
    named = {e.person.code for source in SOURCES for e in lists[source]}
    lists |= _exclusions(rng, _people(homes), named, last, scale)
    return Mentions(homes, lists)
