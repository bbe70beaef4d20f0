"""`rules/returns.yaml`: how the filled-in sheets that villages send back become answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from loubao.rules.lists import ListRule
from loubao.rules.output_paths import refuse_same
from loubao.rules.patterns import compile_all
from loubao.rules.sheet_columns import SheetColumn
from loubao.rules.sheets import COLUMNS, PRINTED, problem_columns
from loubao.rules.wording import Part, Parts, Wording, with_wording
from loubao.rules.yaml_file import Rule, RuleFile, Texts, parse

FILE = "returns.yaml"
#: What 疑难.xlsx can print beside the columns that a village fills in; `opinion` stays blank.
DIFFICULT = (
    *("town", "village", "case_no", "name", "id_number", "sex", "age", "address", "phone"),
    *("sources", "clues", "benefits", "doubts", "file", "opinion"),
)
#: Sentences that older folders of rules do not have.
_LATER = (
    *("unconfirmed", "namesake", "elsewhere", "slip", "as_remark", "kept", "between"),
    *("a_number", "a_day"),
    *("order_unknown", "not_kept", "scanned", "packed", "several", "several_ticks"),
    *("column_added", "column_unnamed"),
    *("overtaken", "back_and_result", "back_to_nobody"),
    *("desk", "desk_same", "desk_other", "no_ground"),
    *("unclear_tick", "nothing_above"),
)
_WORDING: dict[str, Parts] = {
    "said": dict.fromkeys(_LATER, Part(as_shipped=True)),
    "problems": {**PRINTED, **problem_columns(""), "note": Part(fills=("causes",))},
    "difficult": {**PRINTED, "columns": COLUMNS},
}


class ResultRule(Rule):
    """What a choice of the result stands for, and which columns it asks for."""

    result: Literal["eligible", "ineligible", "applied", "enrolled", "difficult", "returned"]
    needs: Texts = ()
    #: spellings that stand for the same choice
    also: Texts = ()


class SentBack(Rule):
    """Where the answers of a returned person (退回) say who is to be asked instead."""

    #: columns of the village sheet that are read for it
    read: Texts = ()
    #: regular expressions: words for a place that is no village of here
    elsewhere: Texts = ()
    #: regular expressions: what stands before a place that is not meant
    denied: Texts = ()
    #: regular expressions: what stands before a place that is meant
    leading: Texts = ()
    #: regular expressions: what may stand behind the bare name of a village that is meant
    trailing: Texts = ()
    #: regular expressions: what stands behind a place that is not meant
    came_from: Texts = ()

    _compiles = field_validator("elsewhere", "denied", "leading", "trailing", "came_from")(
        compile_all
    )


class NoGround(Rule):
    """Reasons for which nobody is refused: aid that stands on a roll and is no cover."""

    #: the column of the reason
    read: str = "why_not"
    #: roll → regular expressions on what it is called
    rolls: dict[str, Texts] = {}
    #: regular expressions on words around it that say that somebody has it
    around: Texts = ()

    _compiles = field_validator("rolls", "around")(compile_all)


class Ditto(Rule):
    """Words for the same as above, and the columns of the village sheet where they mean that."""

    columns: Texts = ()
    words: Texts = ()


class Returns(Rule):
    """The rules of `loubao collect`, beside the columns of the village sheet."""

    ignore: Texts
    #: codes of issues of reading that are not printed for a returned sheet
    unsaid: Texts = ()
    list: str
    results: dict[str, ResultRule]
    decisive: Texts
    sent_back: SentBack = SentBack()
    no_ground: NoGround = NoGround()
    same_person: dict[str, bool]
    units: Texts = ()
    #: signs of a box that is not ticked, and of a tick
    boxes: str = "□☐"
    ticks: str = "☑√✓✔"
    #: signs around a choice; signs that tick where they stand alone; signs that strike out
    circles: str = "○◯⭕"
    crosses: str = "☒"
    struck: str = "×✗✘"
    #: column → choice, or number → other spellings of it
    also: dict[str, dict[str, Texts]] = {}
    #: the same for words that say more than the choice: they are kept as a remark too
    tells: dict[str, dict[str, Texts]] = {}
    ditto: Ditto = Ditto()
    #: what stands in a cell that says nothing; without it the placeholders of reading.yaml
    blank: Texts | None = None
    #: columns of a line added by hand that the next sheet tells as the reason
    reported: Texts = ("clues", "remark", "proposed_type", "visitor")
    #: regular expression on the part of a day, behind a date
    day_part: str = ""
    #: regular expression with the groups month and day, for dates without a year
    short_date: str
    #: regular expressions on a row that says one thing only and is about nobody
    notes: Texts
    #: regular expressions on a text in the column of the name that counts people
    counts: Texts
    #: regular expressions on a text in front of the name of a person who signs
    labels: Texts
    case_number: str
    #: regular expression on a text that may be an ID number, whole or masked
    id_number: str
    longest_name: Annotated[int, Field(ge=2)]
    least_headers: Annotated[int, Field(ge=2)]
    #: what is printed of a cell, row or file that was not taken as it stood
    said: Wording
    #: the workbook of these issues, and that of the cases that a village could not decide
    problems: Wording
    difficult: Wording

    _compiles = field_validator(
        "short_date", "day_part", "case_number", "id_number", "notes", "counts", "labels"
    )(compile_all)

    @model_validator(mode="after")
    def _two_groups(self) -> Returns:
        if re.compile(self.short_date).groups != 2:
            raise ValueError("short_date 要有两个括号：月、日")
        return self


def load_returns(folder: Path, sheets: Wording, lists: Mapping[str, ListRule]) -> Returns:
    """Return the checked `returns.yaml` of a rules folder; raises `RuleFault`.

    What it names must be there: the list, the choices of the result, the columns.
    """
    file = with_wording(parse(folder / FILE), _WORDING)
    returns = file.validate(Returns)
    words = Wording({"problems": returns.problems, "difficult": returns.difficult})
    refuse_same(file.path, words, [("problems", "path"), ("difficult", "path")])
    rule = lists.get(returns.list)
    if rule is None or rule.role != "source":
        raise file.fault(("list",), f"“{returns.list}”不是来源名单")
    columns = {column.key: column for column in sheets.village.columns if column.kind}
    for choice in columns["result"].choices if "result" in columns else ():
        if choice not in returns.results:
            raise file.fault(("results",), f"缺少选项“{choice}”")
    needed = [
        (("results", choice, "needs"), rule.needs) for choice, rule in returns.results.items()
    ]
    more = (
        (("decisive",), returns.decisive),
        (("sent_back", "read"), returns.sent_back.read),
        (("ditto", "columns"), returns.ditto.columns),
    )
    for trail, keys in (*needed, *more):
        for key in keys:
            if key not in columns:
                raise file.fault(trail, f"核查表上没有栏目 {key}")
    if returns.no_ground.rolls and returns.no_ground.read not in columns:
        raise file.fault(("no_ground", "read"), f"核查表上没有栏目 {returns.no_ground.read}")
    for name in returns.no_ground.rolls:
        if name not in lists or lists[name].role != "roll":
            raise file.fault(("no_ground", "rolls", name), f"“{name}”不是在保名册")
    printed = {column.key for column in sheets.village.columns}
    for key in returns.reported:
        if "reported" in file.content and key not in printed:
            raise file.fault(("reported",), f"核查表上没有栏目 {key}")
    for part in ("also", "tells"):
        _check_spellings(file, part, getattr(returns, part), columns)
    for number, column in enumerate(returns.difficult.columns):
        if column.key not in DIFFICULT and column.key not in columns:
            raise file.fault(("difficult", "columns", number), f"栏目 {column.key} 不认识")
    return returns


def _check_spellings(
    file: RuleFile,
    part: str,
    spellings: Mapping[str, Mapping[str, Texts]],
    columns: Mapping[str, SheetColumn],
) -> None:
    """Refuse spellings of what a column cannot say, and one spelling of two things."""
    for key, choices in spellings.items():
        column = columns.get(key)
        if column is None or column.kind not in ("choice", "integer"):
            raise file.fault((part, key), f"核查表上没有要选、要填数字的栏目 {key}")
        if key == "result":
            raise file.fault((part, key), "核查结果的其他写法写在 results 的 also 里")
        seen: set[str] = set()
        for choice, texts in choices.items():
            number = choice.isdecimal() and column.least <= int(choice) <= column.most
            if not (number if column.kind == "integer" else choice in column.choices):
                raise file.fault((part, key, choice), f"“{choice}”不是{column.header}能填的")
            for text in texts:
                if text in seen:
                    raise file.fault((part, key, choice), f"“{text}”写了两次")
                seen.add(text)
