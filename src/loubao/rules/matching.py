"""`rules/matching.yaml`: which pairs are compared, and which of them may link.

Python defines the keys and the agreement levels (the literals below); the YAML combines them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from loubao.rules.yaml_file import Rule, Texts, parse

BlockingKey: TypeAlias = Literal[
    "id_number",
    "id_front",
    "id_back",
    "division",
    "id_last",
    "birth_date",
    "name_key",
    "name_head",
    "last_character",
    "given_name",
    "surname",
    "name_part",
    "name_sorted",
    "name_word",
    "first_and_last_word",
    "sex",
    "town",
    "village_code",
    "address",
    "head_key",
    "own_or_head_id",
]
#: For each compared field its agreement levels, from agreement to disagreement.
LEVELS: dict[str, tuple[str, ...]] = {
    "id_number": (
        *("same", "same_shared", "same_document", "same_unverified", "one_slip"),
        *("one_wrong_digit", "one_edit", "survivors", "fragment", "near"),
        *("contradicts", "different", "unknown"),
    ),
    "name": (
        *("same", "variant", "reading", "look_alike", "reordered", "masked", "given_name"),
        *("one_character", "subset", "word_and_initial", "one_word", "surname_only"),
        *("one_shown", "both_masked", "same_surname", "different", "unknown"),
    ),
    "birth_date": ("same", "month", "near", "lunar", "different", "unknown"),
    "sex": ("same", "different", "unknown"),
    "village": ("same", "town", "different", "unknown"),
    "household_head": ("same", "different", "unknown"),
    "address": ("same", "similar", "different", "unknown"),
}


#: Levels at which two names are one; and at which they may well be, with nothing against it.
SAME_NAMES = frozenset({"same", "variant"})
COMPATIBLE_NAMES = SAME_NAMES | {"reading", "look_alike", "reordered", "masked"}
#: Two characters, one of them hidden: enough beside a number that nobody else has. Where two are
#: hidden, a relative or a neighbour under the number has that surname too often.
SHOWN_NAMES = frozenset({"one_shown"})
#: Levels at which names say that these are two people, of one family or not.
UNLIKE_NAMES = frozenset({"same_surname", "different"})
#: What a link that rests on weights alone must reach; the monthly job never links on it.
LEAST_PROBABILITY = 0.99
#: Number levels a link may rest on: with any compatible name, or with the same name only.
PROVEN_NUMBERS = frozenset({"same"})
SAME_NUMBERS = PROVEN_NUMBERS | {"same_shared", "same_document", "one_slip"}


#: How often a level occurs, beside the others of its field; none is beyond possibility.
Share: TypeAlias = Annotated[float, Field(gt=0, le=1)]
#: For each compared field, shares of its levels.
Tables: TypeAlias = dict[str, dict[str, Share]]
#: The fields that each table of weights is read for; all of them must be in the first two.
_WEIGHED = {
    "same_person": tuple(LEVELS),
    "strangers": tuple(LEVELS),
    "same_person_number_agrees": ("birth_date", "sex"),
    "namesakes": ("sex",),
    "neighbours": ("name",),
    "same_number": tuple(LEVELS)[1:],
    "same_number_other_surname": ("birth_date", "sex", "village"),
    "similar_number": tuple(LEVELS)[1:],
}
#: Levels of two numbers that are one, proven or not, shared or a document's.
NUMBER_EQUAL = LEVELS["id_number"][:4]
#: Levels of a number that make a pair worth keeping whatever the names are.
NUMBER_AGREES = LEVELS["id_number"][: LEVELS["id_number"].index("near") + 1]


def check_levels(levels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return words for agreement levels; raises `ValueError` for a level that there is not.

    >>> check_levels({"sex": {"same": "性别相同", "alike": "性别相近"}})
    Traceback (most recent call last):
    ValueError: 没有比较等级“sex.alike”
    """
    for field, words in levels.items():
        for level in words:
            if level not in LEVELS.get(field, ()):
                raise ValueError(f"没有比较等级“{field}.{level}”")
    return levels


#: Field → agreement level → words.
LevelWords: TypeAlias = Annotated[dict[str, dict[str, str]], AfterValidator(check_levels)]


class Block(Rule):
    """One blocking key: the pairs that agree on all of `on` are compared."""

    on: Annotated[tuple[BlockingKey, ...], Field(min_length=1)]
    #: only pairs of which one number at least is not proven (two proven ones agree or contradict)
    unproven: bool = False
    #: only pairs of which one has no number to compare
    numberless: bool = False
    #: pairs one value of the key may make; a larger block is not compared, and an issue says so
    most: Annotated[int, Field(ge=1)] = 10_000


class ChosenKeys(Rule):
    """Bounds of the blocking keys that `link` chooses from the columns of two tables."""

    #: pairs that the keys may make together: for each row of both tables; at least; at most
    for_each_row: Annotated[int, Field(ge=1)] = 30
    least: Annotated[int, Field(ge=1)] = 300_000
    pairs: Annotated[int, Field(ge=1)] = 40_000_000
    #: pairs that one value of a key may make
    most: Annotated[int, Field(ge=1)] = 100_000


class Tier(Rule):
    """A named reason to link or to review: the first tier whose levels all hold decides the pair.

    A link hides a person, so it must rest on the number and on the name.

    >>> when = {"id_number": "same", "name": ["same", "reading"]}
    >>> Tier(name="proven", decision="link", when=when, wording="证号和姓名一致").when["id_number"]
    ('same',)
    >>> Tier(name="by_name", decision="link", when={"name": "same"}, wording="姓名相同")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.ValidationError: 1 validation error for Tier
      Value error, link 必须同时要求 id_number 和 name ...
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    decision: Literal["link", "review"]
    when: dict[str, Texts]
    #: the least match probability
    probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    #: the decision of the monthly job, where a person's visit depends on it
    monthly: Literal["link", "review"] | None = None
    #: only where names are in letters, so that their parts and the other columns are weighed each
    in_parts: bool = False
    #: only where the weights are learnt from the two tables; of the monthly job never
    learnt: bool = False
    #: why this is safe (link), or what is in doubt (review), as the clerk reads it
    wording: str

    @field_validator("when")
    @classmethod
    def _levels_exist(cls, when: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for field, levels in when.items():
            if field not in LEVELS:
                raise ValueError(f"没有比较字段“{field}”，可用：{'、'.join(LEVELS)}")
            for level in levels:
                if level not in LEVELS[field]:
                    raise ValueError(f"{field} 没有等级“{level}”，可用：{'、'.join(LEVELS[field])}")
        return when

    @model_validator(mode="after")
    def _link_needs_identity(self) -> Tier:
        """A link hides a person: no rule file may make one without the number agreeing."""
        if "link" not in (self.decision, self.monthly):
            return self
        numbers, names = (set(self.when.get(field, ())) for field in ("id_number", "name"))
        if self.monthly == "review":
            if self.probability < LEAST_PROBABILITY:
                raise ValueError(f"只凭权重 link 的等级，probability 至少 {LEAST_PROBABILITY}")
            return self
        if not numbers or not names:
            raise ValueError("link 必须同时要求 id_number 和 name")
        if not numbers <= SAME_NUMBERS:
            allowed = "、".join(sorted(SAME_NUMBERS))
            raise ValueError(f"link 的 id_number 只能是 {allowed}，否则须写 monthly: review")
        safe = COMPATIBLE_NAMES | SHOWN_NAMES if numbers <= PROVEN_NUMBERS else SAME_NAMES
        if not names <= safe:
            raise ValueError(f"link 的 name 不能包含 {'、'.join(sorted(names - safe))}")
        return self


class Particulars(Rule):
    """Shares of levels of the columns that are compared as they stand; `other`: the rest of them.

    `same_number`: of two people under one number.
    """

    same_person: Tables
    strangers: Tables
    same_number: Tables

    @field_validator("same_person", "strangers", "same_number")
    @classmethod
    def _others_too(cls, tables: Tables) -> Tables:
        if "other" not in tables:
            raise ValueError("缺少 other")
        return tables


class Shipped(Rule):
    """What the weights are before anything is learnt, as shares of the agreement levels.

    A table that is not given for a special case is that of the ordinary one.
    """

    #: what is learnt from: the rows at hand alone, or what people decided of pairs as well
    learn: Literal["rows", "verdicts"] = "rows"
    #: verdicts on pairs drawn alike of which each speaks for half of the pairs it stands for
    strength_of_verdicts: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 20.0
    #: candidate pairs that these figures count as, for each 10,000 of one number at hand
    strength: Annotated[float, Field(gt=0)] = 100.0
    #: random pairs that the figures for strangers count as
    strength_of_strangers: Annotated[float, Field(gt=0)] = 2000.0
    #: pairs with the same number, or the same name and birth date, needed to learn at all
    fewest: Annotated[int, Field(ge=1)] = 200
    #: share of the left rows that are in the right table
    found: Annotated[float, Field(gt=0, lt=1)] = 0.4
    same_person: Tables
    same_person_number_agrees: Tables = Field(default_factory=dict)
    strangers: Tables
    #: two people of one name
    namesakes: Tables = Field(default_factory=dict)
    #: two people of one village
    neighbours: Tables = Field(default_factory=dict)
    #: twins whose names are so like, for each left row
    siblings: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    #: share of twins whose numbers agree so far, since the last digits of one are lost or wrong
    siblings_number: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    #: two people under one number: relatives
    same_number: Tables = Field(default_factory=dict)
    #: … of different surnames; as of one number where it is not given
    same_number_other_surname: Tables = Field(default_factory=dict)
    similar_number: Tables = Field(default_factory=dict)
    #: none: `link` compares no columns beside the fields
    particulars: Particulars | None = None
    #: people found by chance under a number that agrees so far, for each left row
    chance: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]]

    @field_validator(*_WEIGHED)
    @classmethod
    def _tables_are_read(cls, tables: Tables, info: ValidationInfo) -> Tables:
        fields = _WEIGHED[info.field_name or ""]
        for field, shares in tables.items():
            if field not in fields:
                raise ValueError(f"这里没有字段“{field}”，可用：{'、'.join(fields)}")
            if not shares:
                raise ValueError(f"{field} 下没有写等级")
            _refuse_unknown(field, shares, LEVELS[field])
        if info.field_name in ("same_person", "strangers"):
            absent = [field for field in fields if field not in tables]
            if absent:
                raise ValueError(f"缺少字段 {'、'.join(absent)}")
        return tables

    @field_validator("siblings", "siblings_number", "chance")
    @classmethod
    def _levels_are_read(cls, shares: dict[str, float], info: ValidationInfo) -> dict[str, float]:
        field = "name" if info.field_name == "siblings" else "id_number"
        _refuse_unknown(field, shares, LEVELS["name"] if field == "name" else NUMBER_AGREES)
        return shares


def _refuse_unknown(field: str, shares: Iterable[str], levels: Sequence[str]) -> None:
    """What is missing weighs nothing: `unknown` has no share."""
    weighed = [level for level in levels if level != "unknown"]
    for level in shares:
        if level not in weighed:
            raise ValueError(f"{field} 没有等级“{level}”，可用：{'、'.join(weighed)}")


class Matching(Rule):
    """Blocking keys, ordered tiers, and the words for each agreement level."""

    blocking: Annotated[tuple[Block, ...], Field(min_length=1)]
    chosen_keys: ChosenKeys = ChosenKeys()
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1)]
    #: candidates kept for one person on one list, likeliest first; further ones are counted
    candidates: Annotated[int, Field(ge=1, le=20)] = 3
    #: pairs less likely to be one person are not shown for review
    least_probability: Annotated[float, Field(ge=0, lt=1)] = 0.0
    #: … in the monthly job, where a candidate that is not shown makes a needless visit look needed
    least_probability_monthly: Annotated[float, Field(ge=0, lt=1)] = 0.0
    #: words for an agreement level on a sheet; a level without words is not printed
    levels: LevelWords
    weights: Shipped

    @field_validator("tiers")
    @classmethod
    def _names_once(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        names = [tier.name for tier in tiers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"等级“{name}”写了两次")
        return tiers


def tier_wordings(folder: Path) -> dict[str, str]:
    """Return the wording of each tier of `matching.yaml`, by the tier's name.

    Read without checking the weights: that is the month's affair. Raises `RuleFault`.
    """
    tiers = parse(folder / "matching.yaml").at(("tiers",))
    return {
        str(tier["name"]): str(tier.get("wording", tier["name"]))
        for tier in tiers or ()
        if isinstance(tier, dict) and "name" in tier
    }


def may_link(folder: Path) -> dict[str, bool]:
    """Return for each tier of `matching.yaml` whether the month could link by it, if it said so.

    That is, whether it rests on the number and on the name. Raises `RuleFault`.
    """
    found = {}
    for tier in parse(folder / "matching.yaml").at(("tiers",)) or ():
        if isinstance(tier, dict) and "name" in tier:
            try:
                Tier(**{**tier, "decision": "link", "monthly": None})
                found[str(tier["name"])] = True
            except (TypeError, ValidationError):
                found[str(tier["name"])] = False
    return found
