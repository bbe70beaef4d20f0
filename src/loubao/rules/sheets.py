"""`rules/sheets.yaml`: columns, wording and choices of the workbooks that the clerk prints."""

from __future__ import annotations

from itertools import groupby
from string import Formatter
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from loubao.rules.lists import Rule, Texts

#: What a village sheet can show of a case; every other column is to be filled in.
SHOWN = (
    "case_no",
    "village",
    "name",
    "id_number",
    "sex",
    "age",
    "address",
    "phone",
    "sources",
    "clues",
    "benefits",
    "doubts",
)
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
PROBLEM = ("file", "sheet", "row", "column", "code", "title", "detail", "advice")
PROBLEM_OVERVIEW = ("file", "code", "title", "count", "rows", "advice")
_CHOICES_LENGTH = 255  # what a drop-down of written-out choices may hold in a spreadsheet

Status: TypeAlias = Literal["uncovered", "review", "partial"]
Outcome: TypeAlias = Literal[
    "uncovered", "review", "partial", "covered", "excluded", "not_qualifying"
]
Colour: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
PageName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
]
#: the heading of an error box in a spreadsheet program
BoxTitle: TypeAlias = Annotated[str, Field(max_length=32)]


def _filled(*names: str) -> AfterValidator:
    """A text whose braces name only what the program fills in."""

    def check(text: str) -> str:
        try:
            found = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
        except ValueError:
            raise ValueError("花括号没有成对") from None
        for name in found:
            if name not in names:
                known = "、".join(f"{{{each}}}" for each in names) or "（无）"
                raise ValueError(f"不能写 {{{name}}}，可用：{known}")
        return text

    return AfterValidator(check)


PeriodText: TypeAlias = Annotated[str, _filled("period")]
VillageText: TypeAlias = Annotated[str, _filled("town", "village", "period")]


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


class Footer(Rule):
    """What stands at the foot of a printed page; `&P` page, `&N` pages."""

    left: VillageText = ""
    center: VillageText = ""
    right: VillageText = ""


class TableColumn(Rule):
    """A column of a plain table; width in half-width characters (a Chinese one takes two)."""

    key: str
    header: str
    width: Annotated[float, Field(ge=1, le=120)]


class SheetColumn(TableColumn):
    """A column of the village sheet: shown (one of SHOWN), or to be filled in (`kind`)."""

    group: Literal["person", "clue", "visit"]
    align: Literal["left", "center"] = "left"
    bold: bool = False
    #: words where nothing is known
    unknown: str = ""
    #: false: the column is there but hidden, on the screen and on paper
    visible: bool = True
    kind: Literal["text", "choice", "date", "integer"] | None = None
    choices: Texts = ()
    least: int = 0
    most: int = 9999

    @model_validator(mode="after")
    def _fits_kind(self) -> SheetColumn:
        if (self.kind is None) != (self.key in SHOWN):
            raise ValueError(
                f"系统填的栏目 key 只能是 {'、'.join(SHOWN)}，不写 kind；入户填写的栏目要写 kind"
            )
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("kind: choice 要写 choices（选项），其他 kind 不写")
        if any("," in choice for choice in self.choices):
            raise ValueError("choices 的选项里不能有英文逗号")
        if len(",".join(self.choices)) > _CHOICES_LENGTH:
            raise ValueError(f"choices 合起来不能超过 {_CHOICES_LENGTH} 个字")
        if self.least > self.most:
            raise ValueError("least 不能大于 most")
        return self


class Dates(Rule):
    """Which visit dates are accepted, in days from the day of reckoning."""

    days_before: Annotated[int, Field(ge=0)]
    days_after: Annotated[int, Field(ge=0)]
    title: BoxTitle
    message: Annotated[str, _filled("first", "last", "example")]


class RowHeight(Rule):
    """Heights in points."""

    least: Annotated[float, Field(ge=10, le=400)]
    header: Annotated[float, Field(ge=10, le=400)]


class Wrong(Rule):
    """What a program says when something else is entered than asked for."""

    title: BoxTitle
    choice: Annotated[str, _filled("choices")]
    integer: Annotated[str, _filled("least", "most")]


class Instructions(Rule):
    """The page that explains how to fill in the sheet."""

    page: PageName
    title: str
    lines: Texts


class VillageSheet(Rule):
    """The workbook of one village."""

    path: Annotated[str, _filled("town", "village")]
    page: PageName
    title: VillageText
    note: Annotated[str, _filled("people", "households", "as_of")]
    sign: str
    footer: Footer
    numbering: str
    lead: dict[Status, str]
    row_height: RowHeight
    dates: Dates
    columns: tuple[SheetColumn, ...]
    groups: dict[Literal["person", "clue", "visit"], str]
    wrong: Wrong
    instructions: Instructions

    @model_validator(mode="after")
    def _columns_hold(self) -> VillageSheet:
        keys = [column.key for column in self.columns]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"栏目 {key} 写了两次")
        runs = [group for group, _ in groupby(column.group for column in self.columns)]
        for group in runs:
            if group not in self.groups:
                raise ValueError(f"groups 里没有 {group}")
            if runs.count(group) > 1:
                raise ValueError(f"columns 里 group 为 {group} 的栏目要排在一起")
        return self


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


class Summary(Rule):
    """The workbook that adds up all sheets."""

    path: str
    title: PeriodText
    note: Annotated[str, _filled("as_of")]
    footer: Footer
    total: str
    subtotal: Annotated[str, _filled("town")]
    people: str
    households: str
    villages: str
    roles: dict[Literal["source", "roll", "exclusion"], str]
    outcomes: dict[Outcome, str]
    colors: dict[Outcome, Colour]
    overview: Overview
    places: Places
    set_aside: SetAside

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
    note: Annotated[str, _filled("count", "overview", "page")]
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
    issues: dict[str, IssueWording]


def _known(columns: tuple[TableColumn, ...], keys: tuple[str, ...]) -> None:
    for column in columns:
        if column.key not in keys:
            raise ValueError(f"栏目 {column.key} 不认识，可用：{'、'.join(keys)}")
