"""`rules/returns.yaml`: the filled-in sheets that villages send back, and what is made of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from loubao.rules import yaml_file
from loubao.rules.lists import ListRule
from loubao.rules.rule import Rule, Texts, filled
from loubao.rules.sheet_columns import Footer, PageName, PeriodText, TableColumn
from loubao.rules.sheets import Problems, Sheets

FILE = "returns.yaml"
#: What 疑难.xlsx can print beside the columns that a village fills in; `opinion` stays blank.
DIFFICULT = (
    *("town", "village", "case_no", "name", "id_number", "sex", "age", "address", "phone"),
    *("sources", "clues", "benefits", "doubts", "file", "opinion"),
)


class ResultRule(Rule):
    """What a choice of the result stands for, and which columns it asks for."""

    result: Literal["eligible", "ineligible", "applied", "enrolled", "difficult", "returned"]
    needs: Texts = ()
    #: spellings that stand for the same choice
    also: Texts = ()


class Said(Rule):
    """What is said of a cell, row or file that was not taken as it stood."""

    not_read: Annotated[str, filled("reason")]
    ignored: str
    not_a_sheet: Annotated[str, filled("rows")]
    page_not_read: Annotated[str, filled("rows")]
    no_result_column: Annotated[str, filled("column")]
    column_twice: str
    not_a_name: str
    no_person: str
    case_unknown: str
    keys_differ: str
    key_unknown: str
    not_a_choice: Annotated[str, filled("choices")]
    date_unreadable: str
    date_outside: Annotated[str, filled("first", "last")]
    not_a_number: Annotated[str, filled("least", "most")]
    result_missing: Annotated[str, filled("column")]
    needed: Annotated[str, filled("result")]
    conflict: Annotated[str, filled("places")]
    repeated: Annotated[str, filled("place")]
    differs: Annotated[str, filled("place", "columns")]
    older: Annotated[str, filled("on")]
    superseded: Annotated[str, filled("number", "newest")]
    closed: Annotated[str, filled("number", "newest")]
    locked: str
    overwritten: str
    no_candidate: str
    merged: str
    same_conflict: Annotated[str, filled("places")]
    added: Annotated[str, filled("case_no")]
    added_known: Annotated[str, filled("case_no")]
    doubtful: Annotated[str, filled("case_no", "new")]
    corrected: Annotated[str, filled("file")]


class Difficult(Rule):
    """The workbook of the cases that a village could not decide."""

    path: str
    page: PageName
    title: PeriodText
    note: Annotated[str, filled("count")]
    none: str
    footer: Footer
    columns: Annotated[tuple[TableColumn, ...], Field(min_length=1)]


class Returns(Rule):
    """Everything that `loubao collect` goes by beside the columns of the village sheet."""

    ignore: Texts
    #: codes of issues of reading that a returned sheet is not blamed for
    unsaid: Texts = ()
    list: str
    results: dict[str, ResultRule]
    decisive: Texts
    same_person: dict[str, bool]
    units: Texts = ()
    #: regular expression with the groups month and day, for dates without a year
    short_date: str
    #: regular expressions on a row that says one thing only and is about nobody
    notes: Texts
    #: regular expressions on a text in the column of the name that counts people
    counts: Texts
    #: regular expressions on a text in front of the name of somebody who signs
    labels: Texts
    case_number: str
    #: regular expression on a text that may be somebody's number, whole or starred
    id_number: str
    longest_name: Annotated[int, Field(ge=2)]
    least_headers: Annotated[int, Field(ge=2)]
    said: Said
    problems: Problems
    difficult: Difficult

    @field_validator("short_date", "case_number", "id_number", "notes", "counts", "labels")
    @classmethod
    def _compiles(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for pattern in (given,) if isinstance(given, str) else given:
            try:
                re.compile(pattern)
            except re.error:
                raise ValueError(f"正则表达式“{pattern}”写得不对") from None
        return given

    @model_validator(mode="after")
    def _two_groups(self) -> Returns:
        if re.compile(self.short_date).groups != 2:
            raise ValueError("short_date 要有两个括号：月、日")
        return self


def load_returns(folder: Path, sheets: Sheets, lists: dict[str, ListRule]) -> Returns:
    """Return the checked `returns.yaml` of a rules folder; raises `RuleFault`.

    What it names must be there: the list, the choices of the result, the columns.
    """
    path = folder / FILE
    content, places = yaml_file.parse(path)
    returns = yaml_file.validate(content, places, path, Returns)

    def refuse(expected: str, *trail: str | int) -> None:
        key = ".".join(map(str, trail))
        raise yaml_file.fault(path, yaml_file.place_of(places, trail), key, expected)

    rule = lists.get(returns.list)
    if rule is None or rule.role != "source":
        refuse(f"“{returns.list}”不是来源名单", "list")
    columns = {column.key: column for column in sheets.village.columns if column.kind}
    asked = columns.get("result")
    for choice in asked.choices if asked else ():
        if choice not in returns.results:
            refuse(f"缺少选项“{choice}”", "results")
    for choice, meaning in returns.results.items():
        for key in meaning.needs:
            if key not in columns:
                refuse(f"核查表上没有栏目 {key}", "results", choice, "needs")
    for key in returns.decisive:
        if key not in columns:
            refuse(f"核查表上没有栏目 {key}", "decisive")
    for place, column in enumerate(returns.difficult.columns):
        if column.key not in DIFFICULT and column.key not in columns:
            refuse(f"栏目 {column.key} 不认识", "difficult", "columns", place)
    return returns
