"""`rules/sheets.yaml`: columns, wording and choices of the workbooks that the clerk prints."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from loubao.core.events import News
from loubao.rules.explanation import Explanation
from loubao.rules.rule import Rule, Texts, filled
from loubao.rules.sheet_columns import (
    Footer,
    PageName,
    PeriodText,
    SheetColumn,
    Status,
    TableColumn,
    VillageSheet,
)

__all__ = ["SheetColumn", "Sheets", "Status", "TableColumn", "VillageSheet"]

EXCLUDED = (
    "name",
    "id_number",
    "town",
    "village",
    "list",
    "sources",
    "reason",
    "date",
    "file",
    "sheet",
    "row",
)
DEPARTED = ("town", "village", "case_no", "name", "id_number", "news", "status", "opened")
PROBLEM = ("file", "sheet", "row", "column", "code", "title", "detail", "advice")
PROBLEM_OVERVIEW = ("file", "code", "title", "count", "rows", "advice")

Outcome: TypeAlias = Literal[
    "uncovered", "review", "partial", "covered", "excluded", "not_qualifying"
]
Colour: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


class Fonts(Rule):
    """Font names of the clerk's machine, and sizes in points."""

    text: str
    heading: str
    size: Annotated[float, Field(ge=6, le=20)]
    title: Annotated[float, Field(ge=6, le=40)]


class Unknown(Rule):
    """Words where the town or the village is not known; also folder and file name."""

    town: str
    village: str


class OverviewHeaders(Rule):
    """Headers of the tables on the first page of the summary."""

    town: str
    list: str
    role: str
    files: str
    records: str
    qualifying: str


class Overview(Rule):
    """The first page of the summary."""

    page: PageName
    towns: str
    outcomes: str
    lists: str
    headers: OverviewHeaders


class PlaceHeaders(Rule):
    """Headers of the table by town and village."""

    town: str
    village: str


class Places(Rule):
    """The page by town and village."""

    page: PageName
    title: PeriodText
    headers: PlaceHeaders


class SetAside(Rule):
    """The page of the people who are not on a sheet, and why."""

    page: PageName
    title: PeriodText
    note: str
    none: str
    columns: tuple[TableColumn, ...]

    @model_validator(mode="after")
    def _columns_known(self) -> SetAside:
        _known(self.columns, EXCLUDED)
        return self


class NewsHeaders(Rule):
    """Headers of the counts of news."""

    news: str
    people: str


class NewsPage(Rule):
    """The page of what changed since the month before, where there is a ledger."""

    page: PageName
    title: PeriodText
    note: str
    headers: NewsHeaders
    kinds: dict[News, str]
    none: str
    columns: tuple[TableColumn, ...]

    @model_validator(mode="after")
    def _all_named(self) -> NewsPage:
        _known(self.columns, DEPARTED)
        for kind in get_args(News):
            if kind not in self.kinds:
                raise ValueError(f"kinds 里缺少 {kind}")
        return self


class ExpectationHeaders(Rule):
    """Headers of the table of expected costs."""

    threshold: str
    saved: str
    wasted: str
    missed: str


class Expectation(Rule):
    """The page of what the links are expected to cost."""

    page: PageName
    title: PeriodText
    wasted: Annotated[str, filled("people", "wasted")]
    missed: Annotated[str, filled("people", "missed")]
    section: str
    before: str
    headers: ExpectationHeaders
    current: str
    at_least: Annotated[str, filled("percent")]
    #: match probabilities from which a candidate would be linked
    thresholds: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]
    #: instead of a number that would read 0.0
    small: str
    notes: Texts


class Summary(Rule):
    """The workbook that adds up all sheets."""

    path: str
    title: PeriodText
    note: Annotated[str, filled("as_of")]
    footer: Footer
    total: str
    subtotal: Annotated[str, filled("town")]
    people: str
    households: str
    villages: str
    roles: dict[Literal["source", "roll", "exclusion"], str]
    outcomes: dict[Outcome, str]
    colors: dict[Outcome, Colour]
    overview: Overview
    places: Places
    expectation: Expectation
    set_aside: SetAside
    news: NewsPage

    @model_validator(mode="after")
    def _all_named(self) -> Summary:
        for outcome in ("uncovered", "review", "partial"):
            if outcome not in self.outcomes:
                raise ValueError(f"outcomes 里缺少 {outcome}")
        for outcome in self.outcomes:
            if outcome not in self.colors:
                raise ValueError(f"colors 里缺少 {outcome}")
        return self


class ProblemPage(Rule):
    """One page of the workbook of issues."""

    page: PageName
    columns: tuple[TableColumn, ...]


class Whole(Rule):
    """Words where an issue is about a whole sheet or a whole row."""

    row: str
    column: str


class Problems(Rule):
    """The workbook of issues."""

    path: str
    title: PeriodText
    note: Annotated[str, filled("count", "overview", "page")]
    none: str
    footer: Footer
    overview: ProblemPage
    details: ProblemPage
    whole: Whole

    @model_validator(mode="after")
    def _columns_known(self) -> Problems:
        _known(self.overview.columns, PROBLEM_OVERVIEW)
        _known(self.details.columns, PROBLEM)
        return self


class IssueWording(Rule):
    """What an issue code means, and what the clerk does about it."""

    title: str
    advice: str


class Sheets(Rule):
    """Everything that is printed."""

    edition: str
    id_number: Literal["masked", "full"]
    fonts: Fonts
    blank: str
    unknown: Unknown
    village: VillageSheet
    summary: Summary
    problems: Problems
    explain: Explanation
    issues: dict[str, IssueWording]


def _known(columns: tuple[TableColumn, ...], keys: tuple[str, ...]) -> None:
    for column in columns:
        if column.key not in keys:
            raise ValueError(f"栏目 {column.key} 不认识，可用：{'、'.join(keys)}")
