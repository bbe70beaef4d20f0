"""Learning the weights from the rows at hand, without labels.

u comes from random pairs (`u_probability`). A number that agrees is never seen in a random pair:
what another person under the same or a similar number looks like (a relative, a neighbour in the
register) is learnt with m by expectation–maximisation (Dempster, Laird and Rubin 1977) from the
candidate pairs, among which is every such pair. The shares that the rules ship count as so many
pairs seen (a Dirichlet prior), and are used as they are where there is too little to learn from.

    E-step   p = 1 / (1 + 2^-(prior + Σ log2 m - Σ log2 u))        of each pattern of levels
             expected pairs of a level: Σ p·n for m, Σ (1 - p)·n for u, over its patterns
    M-step   share of a level = (expected pairs + strength · shipped share)
                                / (expected pairs of all levels + strength)
             found = Σ p·n

Where people have decided pairs (`labelled`), the E-step does not guess those: of the n pairs of a
pattern, a are one person and b are two, and p is asked of the rest only (M. D. Larsen and D. B.
Rubin, "Iterative automated record linkage using mixture models", J. Amer. Statist. Assoc. 96, 2001,
32–41; K. Nigam, A. K. McCallum, S. Thrun and T. Mitchell, "Text classification from labeled and
unlabeled documents using EM", Machine Learning 39, 2000, 103–134).

    expected pairs of one person      a + p·(n - a - b)

Every sum runs over integers or in one order: the same input gives the same weights to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from loubao.core.frames import GIVEN
from loubao.linkage.model import (
    BIRTH,
    BORROWED,
    EQUAL,
    NAME,
    NUMBER,
    OTHER_SURNAME,
    OWN,
    UNDER_NUMBER,
    Key,
    Labelled,
    LevelCounts,
    Model,
    Pattern,
    Table,
    context,
    may_be_relatives,
)
from loubao.linkage.starting_shares import (
    LEAST,
    at_least,
    fewer,
    neighbours_of_one_birth_date,
    smoothed,
    u_of_random_pairs,
    with_errors,
    with_twins,
)
from loubao.rules.matching import NUMBER_AGREES, SAME_NAMES, UNLIKE_NAMES, Shipped

_ROUNDS = 60
_SETTLED = 1e-5
#: Pairs of one number for which the shipped figures count once; for more they count in proportion,
#: or the slips in many true pairs pass for the few other people that there are under a number. And
#: the left rows that the shipped figures of chance stand for.
_PER = 10_000
#: How much more the shipped figures count for people under a similar number than an equal one.
_SIMILAR = 10
#: Numbers that slipped: no relative stands under one of these, nor was the pair found by its name.
#: Such pairs show how the names of one person differ; so many of them are enough.
_SLIPS = frozenset({"one_slip", "one_wrong_digit", "one_edit", "survivors"})
_ENOUGH = 50
#: How much more the shipped figures count for the names of one person: twins are among few pairs.
_OF_NAMES = 10
#: Levels of another person under the number that keep their share.
_HELD = {"name": SAME_NAMES, GIVEN: frozenset({"same"})}
_M_NAMES: Key = ("m", "name", "")
_OF_RELATIVES = frozenset({"equal", OTHER_SURNAME, *BORROWED})
_U_NUMBERS: Key = ("u", "id_number", "")

NO_LABELS: Labelled = {}
#: One level of one table.
Cell: TypeAlias = tuple[Key, str]


class Observed(NamedTuple):
    """How many pairs have a pattern, and places of the cells that it is weighed by, m and u.

    `learnt` are those of m that are learnt from it; `r` those of two relatives, and `beside` the
    cells of u that stand for the same fields. `same` and `different` are the pairs that people have
    decided.
    """

    pairs: int
    m: tuple[int, ...]
    u: tuple[int, ...]
    learnt: tuple[int, ...]
    r: tuple[int, ...] = ()
    beside: tuple[int, ...] = ()
    same: float = 0.0
    different: float = 0.0


@dataclass(frozen=True)
class Expected:
    """The result of an E-step: how many pairs are expected to be one person.

    `seen` has for each cell the expected pairs with its level: of one person for m, of two for u.
    """

    found: float
    seen: Mapping[Cell, float]
    relatives: float = 0.0


def learn(
    shipped: Model,
    rules: Shipped,
    patterns: Mapping[Pattern, int],
    random: LevelCounts,
    labelled: Labelled = NO_LABELS,
) -> Model:
    """Return the model that explains the candidate `patterns` (with their counts) best.

    `random` counts the levels of random pairs; `labelled` are pairs that people decided. Where
    fewer pairs than `rules.fewest` have the same number, or the same name and birth date, that is
    the `shipped` model itself.

    >>> tables = {
    ...     ("m", "id_number", ""): {"same": 0.5, "different": 0.5},
    ...     ("u", "id_number", ""): dict.fromkeys((*NUMBER_AGREES, "different"), 1e-9),
    ...     ("m", "sex", "agrees"): {"same": 0.5, "different": 0.5},
    ...     ("u", "sex", "equal"): {"same": 0.5, "different": 0.5},
    ... }
    >>> rules = Shipped.model_construct(fewest=200, strength=1.0, strength_of_strangers=1.0)
    >>> from loubao.linkage.comparison import FIELDS
    >>> def pattern(number, sex):
    ...     levels = {"id_number": number, "sex": sex}
    ...     return tuple(levels.get(field, "unknown") for field in FIELDS)
    >>> patterns = {pattern("same", "same"): 990, pattern("same", "different"): 10}
    >>> model = learn(Model(tables, 400.0, 1e6, learnt=False), rules, patterns, {})
    >>> round(model.tables["m", "sex", "agrees"]["same"], 2), model.learnt
    (0.99, True)
    >>> learn(model, rules, {pattern("same", "same"): 199}, {}) is model  # too few pairs
    True
    """
    patterns = fewer(patterns)
    tables = {**shipped.tables, **u_of_random_pairs(shipped, random, rules)}
    if shipped.particulars:
        shipped = replace(shipped, tables=with_errors(shipped, tables))
        tables |= {key: table for key, table in shipped.tables.items() if key[0] in "mr"}
    model = replace(shipped, tables=tables)
    cells = [(key, level) for key, table in model.tables.items() for level in table]
    observed = _observed(patterns, cells, model, labelled)
    sure = _sure_pairs(model, cells, observed, patterns)
    if sure < rules.fewest and not model.particulars:
        return shipped
    model = replace(model, found=max(0.9 * sure, 1.0), learnt=sure >= rules.fewest)
    strength = rules.strength * max(1.0, sure / _PER)
    # the shipped prior is a share of the left rows
    exposure = _PER * rules.found / shipped.found
    for _ in range(_ROUNDS):
        expected = _e_step(model, cells, observed)
        following = _m_step(model, shipped, strength, expected, exposure)
        following = with_twins(following, rules.siblings_number)
        settled = abs(following.found - model.found) <= _SETTLED * model.found
        settled &= abs(following.relatives - model.relatives) <= _SETTLED * model.found
        model = following
        if settled:
            break
    return model


def _sure_pairs(
    model: Model,
    cells: Sequence[Cell],
    observed: Sequence[Observed],
    patterns: Mapping[Pattern, int],
) -> int:
    """Return how many pairs have one number, or one name and birth date.

    Of particulars these may be told by other things, so it is as many as the model expects.
    """
    if model.particulars:
        return int(_e_step(model, cells, observed).found)
    return sum(
        count
        for pattern, count in patterns.items()
        if pattern[NUMBER] in EQUAL or (pattern[NAME] == "same" and pattern[BIRTH] == "same")
    )


def _observed(
    patterns: Mapping[Pattern, int], cells: Sequence[Cell], model: Model, labelled: Labelled
) -> list[Observed]:
    """The patterns with the places of their cells; no more pairs are decided than there are."""
    weighed = [(field, model.place(field)) for field in model.weighed]
    place = {cell: number for number, cell in enumerate(cells)}
    slipped = sum(
        count
        for pattern, count in patterns.items()
        if pattern[NUMBER] in _SLIPS and pattern[NAME] in SAME_NAMES
    )
    observed = []
    for pattern, count in patterns.items():
        m, u = (_cells(side, pattern, weighed) for side in "mu")
        # where enough numbers slipped, names are learnt from those pairs alone
        names_too = slipped < _ENOUGH or pattern[NUMBER] in _SLIPS
        learnt = [cell for cell in m if names_too or cell[0] != _M_NAMES]
        r = _cells("r", pattern, weighed) if may_be_relatives(model, pattern) else ()
        r = tuple(cell for cell in r if cell[0] in model.tables)
        among = {cell[0][1] for cell in r}
        beside = [cell for cell in u if cell[0][1] in among]
        same, different = labelled.get(pattern, (0.0, 0.0))
        times = min(1.0, count / (same + different)) if same + different else 0.0
        of_m, of_u, of_learnt, of_r, of_beside = (
            tuple(place[cell] for cell in each) for each in (m, u, learnt, r, beside)
        )
        decided = times * same, times * different
        observed.append(Observed(count, of_m, of_u, of_learnt, of_r, of_beside, *decided))
    return observed


def _cells(side: str, pattern: Pattern, weighed: Sequence[tuple[str, int]]) -> tuple[Cell, ...]:
    """The table and level of each field that says something; `weighed`: fields and their places.

    >>> from loubao.linkage.comparison import FIELDS
    >>> pattern = tuple("same" if field == "sex" else "unknown" for field in FIELDS)
    >>> _cells("u", pattern, [(field, place) for place, field in enumerate(FIELDS)])
    ((('u', 'sex', ''), 'same'),)
    """
    return tuple(
        ((side, field, context(side, field, pattern)), pattern[place])
        for field, place in weighed
        if pattern[place] != "unknown"
    )


def _e_step(model: Model, cells: Sequence[Cell], observed: Sequence[Observed]) -> Expected:
    """Return how many pairs of each pattern are expected to be one person, counted by cell.

    >>> tables = {("m", "sex", ""): {"same": 0.9}, ("u", "sex", ""): {"same": 0.3}}
    >>> model = Model(tables, found=1.0, pairs=2.0, learnt=True)
    >>> cells = [(key, "same") for key in tables]
    >>> expected = _e_step(model, cells, [Observed(pairs=100, m=(0,), u=(1,), learnt=(0,))])
    >>> round(expected.found, 9)  # prior odds of 1 : 1, and 0.9 / 0.3 = 3 : 1
    75.0
    >>> [round(pairs, 9) for pairs in expected.seen.values()]
    [75.0, 25.0]

    People found 10 of these to be one person and 30 two; three quarters of the other 60 are.

    >>> decided = Observed(pairs=100, m=(0,), u=(1,), learnt=(0,), same=10.0, different=30.0)
    >>> round(_e_step(model, cells, [decided]).found, 9)
    55.0
    """
    log2_shares = [math.log2(model.tables[key][level]) for key, level in cells]
    prior, found, relatives = model.prior, 0.0, 0.0
    of_relatives = model.prior_of_relatives
    seen = [0.0] * len(cells)
    for pairs, m, u, learnt, r, beside, same, different in observed:
        log2_odds = prior
        for cell in m:
            log2_odds += log2_shares[cell]
        for cell in u:
            log2_odds -= log2_shares[cell]
        strangers = 1.0
        if r:
            log2_share = of_relatives
            for cell in r:
                log2_share += log2_shares[cell]
            for cell in beside:
                log2_share -= log2_shares[cell]
            strangers += 2.0 ** min(log2_share, 1000.0)
        undecided = pairs - same - different
        one_person = same + undecided / (1.0 + strangers * 2.0 ** min(-log2_odds, 1000.0))
        found += one_person
        related = (pairs - one_person) * (1.0 - 1.0 / strangers)
        relatives += related
        for cell in r:
            seen[cell] += related
        for cell in learnt:
            seen[cell] += one_person
        for cell in u:
            seen[cell] += pairs - one_person
    return Expected(found, dict(zip(cells, seen, strict=True)), relatives)


def _m_step(
    model: Model, shipped: Model, strength: float, expected: Expected, exposure: float = 1.0
) -> Model:
    """Return the model that is likeliest for what the E-step expects.

    The shares of the `shipped` model count as `strength` pairs; how often another person is met
    under a similar number counts as seen `exposure` times in as many rows as these (a Gamma prior).
    The other tables of u are those of random pairs and stay.

    >>> tables = {("m", "sex", ""): {"same": 0.5, "different": 0.5}}
    >>> start = Model(tables, found=1.0, pairs=9.0, learnt=False)
    >>> seen = {(("m", "sex", ""), "same"): 30.0, (("m", "sex", ""), "different"): 10.0}
    >>> model = _m_step(start, start, 10.0, Expected(found=40.0, seen=seen))
    >>> model.tables["m", "sex", ""], model.found
    ({'same': 0.7, 'different': 0.3}, 40.0)
    """
    tables = dict(model.tables)
    for key, prior in shipped.tables.items():
        side, field, where = key
        seen = {level: expected.seen[key, level] for level in prior}
        if key == _U_NUMBERS:
            # all pairs under such a number are candidates, so their number is their share
            rates = {
                level: (seen[level] / model.pairs + exposure * prior[level]) / (1 + exposure)
                for level in NUMBER_AGREES
            }
            tables[key] = {**model.tables[key], **rates}
        elif side == "r":
            # a given name and a birth date are a person's own: relatives agree on them by chance
            if field not in OWN:
                tables[key] = smoothed(seen, prior, strength)
        elif side == "m":
            weight = _OF_NAMES * strength if key == _M_NAMES else strength
            tables[key] = smoothed(seen, prior, weight)
        elif where in UNDER_NUMBER or where in _OF_RELATIVES:
            held = _HELD.get(field, frozenset())
            # other people under a similar number are strangers more than relatives
            weight = strength if where in _OF_RELATIVES else _SIMILAR * strength
            strangers = model.tables.get(("u", field, "anywhere" if field == "name" else ""), {})
            tables[key] = at_least(smoothed(seen, prior, weight, held), strangers)
        elif where == "siblings":
            tables[key] = _siblings(model, seen, prior, strength)
    found, relatives = max(expected.found, 1.0), 0.0
    if model.relatives:
        relatives = min(max(expected.relatives, LEAST), model.pairs / 2)
    return replace(model, tables=tables, found=found, relatives=relatives)


def _siblings(model: Model, seen: Table, prior: Table, strength: float) -> Table:
    """U of names of two people of one village and one birth date.

    Of these pairs only those whose names are alike are candidates: their share is that of all pairs
    that are expected to have one village and one birth date.
    """
    looked_for = model.pairs * max(model.looked_for, LEAST)
    among = looked_for * neighbours_of_one_birth_date(model.tables) + strength
    shares = {level: (seen[level] + strength * share) / among for level, share in prior.items()}
    of_neighbours = model.tables["u", "name", "village"]
    same = {level: of_neighbours[level] for level in prior if level in SAME_NAMES}
    unlike = {level: prior[level] for level in UNLIKE_NAMES}  # no candidates
    return {**shares, **same, **unlike}
