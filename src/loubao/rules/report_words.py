"""`rules/report.yaml`: the wording of report.html, and the counts too small to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from loubao.rules.rule import Rule, Texts, filled
from loubao.rules.sheet_columns import PeriodText
from loubao.rules.sheets import Colour

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
_OUTCOMES = ("covered", "partial", "review", "uncovered", "excluded")


def _exactly(*keys: str) -> AfterValidator:
    """A mapping that has these keys and no others."""

    def check(words: dict[str, str]) -> dict[str, str]:
        for key in words:
            if key not in keys:
                raise ValueError(f"“{key}”不认识，可用：{'、'.join(keys)}")
        for key in keys:
            if key not in words:
                raise ValueError(f"缺少 {key}")
        return words

    return AfterValidator(check)


class Marks(Rule):
    """What stands instead of a number: `small` of one that is too small, `held` beside one.

    `rest` is what a chart calls the part of a total whose own parts are not told.
    """

    small: Annotated[str, filled("limit")]
    held: str
    rest: str


class CardNotes(Rule):
    """The small print of the headline figures."""

    named: Annotated[str, filled("rows")]
    covered: str
    excluded: str
    visited: Annotated[str, filled("households")]
    issues: Annotated[str, filled("files")]


class Headline(Rule):
    """The figures that stand first."""

    title: str
    cards: Annotated[dict[str, str], _exactly("named", "covered", "excluded", "visited", "issues")]
    notes: CardNotes
    places: str
    answered: Annotated[str, filled("people")]
    largest: Annotated[str, filled("town", "people", "percent")]


class Flow(Rule):
    """From the source lists to who is visited."""

    title: str
    note: str
    aria: str
    stages: Annotated[dict[str, str], _exactly("list", "outcome", "fate")]
    outcomes: Annotated[dict[str, str], _exactly(*_OUTCOMES)]
    fates: Annotated[dict[str, str], _exactly("visit", "stay", "aside")]


class Places(Rule):
    """Towns and villages."""

    title: str
    towns: str
    villages: Annotated[str, filled("count")]
    aria_towns: str
    aria_villages: str
    headers: Annotated[
        dict[str, str], _exactly("town", "village", "villages", "people", "households")
    ]
    #: villages in the chart
    top: Count
    filter: str
    all_towns: str
    hint: str
    found: Annotated[str, filled("count")]


class Overlap(Rule):
    """People whom several source lists name."""

    title: str
    note: Annotated[str, filled("people")]
    none: str
    aria: str
    headers: Annotated[dict[str, str], _exactly("lists", "people")]
    join: str
    others: Annotated[str, filled("limit")]


class Ages(Rule):
    """Age and sex of the people to verify."""

    title: str
    aria: str
    #: the first age of each band; the first is 0
    starts: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(alias="from", min_length=2)]
    band: Annotated[str, filled("first", "last")]
    last: Annotated[str, filled("first")]
    header: str
    sexes: Annotated[dict[str, str], _exactly("男", "女")]
    not_drawn: Annotated[str, filled("people")]

    @field_validator("starts")
    @classmethod
    def _ascending(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if value[0] != 0 or list(value) != sorted(set(value)):
            raise ValueError("应从 0 起，一个比一个大")
        return value


class Quality(Rule):
    """What is wrong with the files."""

    title: str
    note: str
    kinds: Annotated[str, filled("count")]
    #: kinds in the chart
    top: Count
    aria: str
    files: str
    trend: str
    more: Annotated[str, filled("count")]
    #: kinds told of a file
    most: Count
    headers: Annotated[
        dict[str, str],
        _exactly(*("file", "list", "records", "count", "rate", "most", "kind", "before", "change")),
    ]
    none: str


class Weights(Rule):
    """Match weights, and what the decisions are expected to cost."""

    title: str
    note: str
    aria: str
    #: width of a bin
    bin: Annotated[float, Field(gt=0)]
    axis: str
    decisions: Annotated[dict[str, str], _exactly("link", "review")]
    least: Annotated[str, filled("percent")]
    at: Annotated[str, filled("percent")]
    #: probabilities whose weight is marked beside the one in force
    marks: tuple[Share, ...]
    tiers: str
    headers: Annotated[dict[str, str], _exactly("weight", "tier", "decision", "pairs")]
    costs: str
    no_costs: str


class FactWords(Rule):
    """Words of the facts about the linkage."""

    learnt: str
    shipped: str
    keys: Annotated[str, filled("count")]
    prior: Annotated[str, filled("odds")]


class Method(Rule):
    """How the run was made: what provider, linker and analyst disclose (GUILD, 2018)."""

    title: str
    note: str
    provider: str
    linker: str
    analyst: str
    files: Annotated[
        dict[str, str],
        _exactly("file", "list", "rows", "people", "skipped", "without", "sha256"),
    ]
    ignored: str
    completeness: str
    fields: Annotated[
        dict[str, str],
        _exactly("list", "records", "qualifying", "number", "name", "birth", "village"),
    ]
    facts: Annotated[
        dict[str, str],
        _exactly(
            *("version", "software", "started", "as_of", "records", "qualifying", "keys"),
            *("pairs", "learnt", "prior", "least", "seconds"),
        ),
    ]
    facts_words: FactWords
    coverage: Annotated[dict[str, str], _exactly("list", "covered", "partly")]
    within: Annotated[str, filled("list", "months")]
    no_roll: str
    exclusions: Annotated[str, filled("reasons")]
    limits: Texts
    rules: str
    rules_headers: Annotated[dict[str, str], _exactly("file", "sha256")]
    again: str


class Report(Rule):
    """The page for the head of the office."""

    path: Annotated[str, Field(pattern=r"^[^/\\]+\.html$")]
    title: PeriodText
    note: Annotated[str, filled("as_of")]
    #: a count of people below it is not told where it could point at a person; 1 tells all
    small: Count
    marks: Marks
    marks_note: Annotated[str, filled("limit")]
    people: str
    households: str
    total: str
    unknown: str
    table: str
    noscript: str
    headline: Headline
    flow: Flow
    places: Places
    overlap: Overlap
    ages: Ages
    quality: Quality
    weights: Weights
    method: Method
    colors: Annotated[dict[str, Colour], _exactly("link", "review", "men", "women", "plain")]

    @model_validator(mode="after")
    def _small_is_several(self) -> Report:
        if self.small == 2:
            raise ValueError("small 不能是 2：不到 2 人就是 1 人，等于写明了；请用 1 或 3 以上")
        return self
