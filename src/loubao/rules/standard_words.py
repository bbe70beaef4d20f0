"""`rules/standards.yaml`, the part `words`: how the standards and their audit are worded."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field, model_validator

from loubao.rules.rule import Rule, filled
from loubao.rules.sheet_columns import Footer, PageName, PeriodText, TableColumn

#: The kinds of finding, in the order in which they are told.
FINDINGS = (
    *("standard", "household", "care", "institution", "amount", "temporary"),
    *("average", "growth"),
)
#: The averages that are told, in order.
MEASURES = ("dibao_standard", "dibao_amount", "tekun_amount", "temporary_amount")
DETAILS = ("town", "programme", "title", "detail", "clause", "file", "sheet", "row")

_Detail: TypeAlias = Annotated[
    str,
    filled(
        *("amount", "least", "most", "range", "with_care"),
        *("people", "count", "level", "tier", "measure", "growth"),
    ),
]
_Level: TypeAlias = Annotated[str, filled("level")]
_PercentText: TypeAlias = Annotated[str, filled("percent")]
_Within: TypeAlias = Annotated[str, filled("within")]


class TariffColumns(Rule):
    """Headers of the table of standards."""

    item: str
    rule: str
    least: str
    average: str
    most: str
    given: str
    clause: str


class TariffRules(Rule):
    """How each standard is reckoned."""

    dibao: Annotated[str, filled("least", "average", "most")]
    tekun: Annotated[str, filled("basic")]
    care: _PercentText
    dispersed: str
    institution_with: _PercentText
    institution_without: _PercentText
    temporary_least: _Within
    temporary_most: _Within


class TariffItems(Rule):
    """What each standard is called."""

    dibao: str
    tekun: str
    care: _Level
    dispersed: _Level
    institution: _Level
    temporary_least: str
    temporary_most: str


class AverageHeaders(Rule):
    """Headers of the table of averages."""

    measure: str
    town: str
    units: str
    average: str
    wage: str


class AverageWords(Rule):
    """The table of averages."""

    section: str
    headers: AverageHeaders
    all: str
    measures: dict[str, str]

    @model_validator(mode="after")
    def _complete(self) -> AverageWords:
        if set(self.measures) != set(MEASURES):
            raise ValueError(f"measures 应为 {'、'.join(MEASURES)}")
        return self


class GrowthHeaders(Rule):
    """Headers of the comparison with last year."""

    measure: str
    then: str
    now: str
    growth: str
    met: Annotated[str, filled("least")]


class GrowthWords(Rule):
    """The comparison with last year."""

    section: Annotated[str, filled("last")]
    headers: GrowthHeaders
    yes: str
    no: str


class CountHeaders(Rule):
    """Headers of the table of findings by town."""

    title: str
    town: str
    count: str


class CountWords(Rule):
    """The table of findings by town."""

    section: str
    headers: CountHeaders
    #: what is found of the whole district
    whole: str
    none: str


class DetailWords(Rule):
    """The page with every finding."""

    page: PageName
    title: PeriodText
    note: str
    columns: Annotated[tuple[TableColumn, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _columns_known(self) -> DetailWords:
        for column in self.columns:
            if column.key not in DETAILS:
                raise ValueError(f"没有“{column.key}”这一栏，可用：{'、'.join(DETAILS)}")
        return self


class FindingWords(Rule):
    """What a finding is called, and what is said of it."""

    title: str
    detail: _Detail


class NoteWords(Rule):
    """What is said of how the audit was made."""

    range: Annotated[str, filled("most")]
    standard: Annotated[str, filled("standard")]
    listed: str
    household: Annotated[str, filled("file")]
    unknown: Annotated[str, filled("programme", "count")]
    unlisted: Annotated[str, filled("programme")]
    no_standard: Annotated[str, filled("average")]
    no_growth: Annotated[str, filled("measure")]
    other_month: Annotated[str, filled("last")]
    over: Annotated[str, filled("count", "most")]


class StandardWords(Rule):
    """All words of `loubao standards`."""

    path: str
    title: PeriodText
    footer: Footer
    page: PageName
    wage: Annotated[str, filled("district", "wage", "from", "source")]
    given: Annotated[str, filled("wage")]
    unchecked: str
    rounding: Annotated[str, filled("name")]
    base_with: _PercentText
    base_without: _PercentText
    section: str
    columns: TariffColumns
    rules: TariffRules
    items: TariffItems
    averages: AverageWords
    growth: GrowthWords
    counts: CountWords
    details: DetailWords
    findings: dict[str, FindingWords]
    exactly: Annotated[str, filled("least")]
    between: Annotated[str, filled("least", "most")]
    tier: _Level
    no_tier: str
    notes: NoteWords

    @model_validator(mode="after")
    def _findings_complete(self) -> StandardWords:
        if set(self.findings) != set(FINDINGS):
            raise ValueError(f"findings 应为 {'、'.join(FINDINGS)}")
        return self
