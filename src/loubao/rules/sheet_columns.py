"""The columns of the village sheet: what is printed of a case, and what is to be filled in."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from loubao.rules.yaml_file import Rule, Texts

#: What a village sheet can show of a case; every other column is to be filled in.
SHOWN = (
    *("case_no", "village", "name", "id_number", "sex", "age", "group", "address", "phone"),
    *("sources", "clues", "benefits", "doubts"),
)
_CHOICES_LENGTH = 255  # what a drop-down of written-out choices may hold in a spreadsheet


class SheetColumn(Rule):
    """A column of the village sheet: shown (one of SHOWN), or to be filled in (`kind`).

    Widths are in half-width characters (a Chinese one takes two). A column that stands `under` the
    one before it shares its cell: a line each. `short` are the words printed behind the boxes of
    choices, where they are not the choices themselves.

    >>> SheetColumn(key="name", header="姓名", width=6.5, group="person").kind is None
    True
    >>> asked = {"group": "visit", "kind": "choice", "choices": ("是", "否")}
    >>> SheetColumn(key="alive", header="是否健在", width=4, **asked).choices
    ('是', '否')
    """

    key: str
    header: str
    width: Annotated[float, Field(ge=1, le=120)]
    group: Literal["person", "clue", "visit"]
    align: Literal["left", "center"] = "left"
    bold: bool = False
    #: words where nothing is on record
    unknown: str = ""
    #: false: the column is there but hidden, on the screen and on paper; `filled`: shown where
    #: somebody of the sheet has something there, `several`: where the values differ
    visible: bool | Literal["filled", "several"] = True
    under: bool = False
    #: words in front of what is shown
    before: str = ""
    small: bool = False
    digits: bool = False
    kind: Literal["text", "phone", "choice", "date", "integer"] | None = None
    choices: Texts = ()
    short: dict[str, str] = {}
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
        if strange := self.short.keys() - {*self.choices}:
            raise ValueError(f"short 里的“{min(strange)}”不在 choices 里")
        if any("," in choice for choice in self.choices):
            raise ValueError("choices 的选项里不能有英文逗号")
        if len(",".join(self.choices)) > _CHOICES_LENGTH:
            raise ValueError(f"choices 合起来不能超过 {_CHOICES_LENGTH} 个字")
        if self.least > self.most:
            raise ValueError("least 不能大于 most")
        return self

    @property
    def labels(self) -> dict[str, str]:
        """The choices, each with the words printed behind its box."""
        return {choice: self.short.get(choice, choice) for choice in self.choices}


#: The columns that share a cell, the one that gives it its width first.
Stack: TypeAlias = tuple[SheetColumn, ...]


def stacks(columns: Iterable[SheetColumn]) -> tuple[Stack, ...]:
    """Return the columns of the village sheet as they are laid out: those of one cell together.

    >>> person = [("name", False), ("sex", False), ("age", True)]
    >>> columns = [SheetColumn.model_construct(key=key, under=under) for key, under in person]
    >>> [[column.key for column in stack] for stack in stacks(columns)]
    [['name'], ['sex', 'age']]
    """
    found: list[list[SheetColumn]] = []
    for column in columns:
        if column.under:
            found[-1].append(column)
        else:
            found.append([column])
    return tuple(map(tuple, found))


def fit_the_sheet(columns: tuple[SheetColumn, ...]) -> tuple[SheetColumn, ...]:
    """Return the columns; raises `ValueError` where they cannot be laid out."""
    keys = [column.key for column in columns]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"栏目 {key} 写了两次")
    runs = [group for group, _ in groupby(column.group for column in columns)]
    for group in runs:
        if runs.count(group) > 1:
            raise ValueError(f"columns 里 group 为 {group} 的栏目要排在一起")
    for i, column in enumerate(columns):
        above = columns[i - 1] if i else None
        if not column.under:
            continue
        if above is None or above.group != column.group or bool(above.kind) != bool(column.kind):
            raise ValueError(
                f"栏目 {column.key} 写了 under：要和前一栏同一 group，同是系统填的或入户填的"
            )
        if {above.kind, column.kind} - {None, "text", "phone"}:
            raise ValueError(f"栏目 {column.key} 写了 under：只有 text、phone 的栏目能合在一格")
    return columns
