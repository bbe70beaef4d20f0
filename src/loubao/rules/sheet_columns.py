"""`rules/sheets.yaml`, the part `village`: the sheet that a village gets, and its small parts."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from loubao.rules.rule import Rule, Texts, filled

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
_CHOICES_LENGTH = 255  # what a drop-down of written-out choices may hold in a spreadsheet

Status: TypeAlias = Literal["uncovered", "review", "partial"]
PageName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
]
#: the heading of an error box in a spreadsheet program
BoxTitle: TypeAlias = Annotated[str, Field(max_length=32)]


PeriodText: TypeAlias = Annotated[str, filled("period")]
VillageText: TypeAlias = Annotated[str, filled("town", "village", "period")]


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
    message: Annotated[str, filled("first", "last", "example")]


class RowHeight(Rule):
    """Heights in points."""

    least: Annotated[float, Field(ge=10, le=400)]
    header: Annotated[float, Field(ge=10, le=400)]


class Wrong(Rule):
    """What a program says when something else is entered than asked for."""

    title: BoxTitle
    choice: Annotated[str, filled("choices")]
    integer: Annotated[str, filled("least", "most")]


class Instructions(Rule):
    """The page that explains how to fill in the sheet."""

    page: PageName
    title: str
    lines: Texts


class VillageSheet(Rule):
    """The workbook of one village."""

    path: Annotated[str, filled("town", "village")]
    page: PageName
    title: VillageText
    note: Annotated[str, filled("people", "households", "as_of")]
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
