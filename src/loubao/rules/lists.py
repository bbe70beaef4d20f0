"""What a list is: `rules/fields.yaml` (the shared dictionary of fields) and `rules/lists/*.yaml`.

A list is policy only: its role, which headers mean which field, which rows pass, how many rows are
plausible. Adding one needs a YAML file and no Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, get_args

import polars as pl
from pydantic import Field, RootModel, field_validator, model_validator

from loubao.core.frames import RECORDS
from loubao.rules import shipped_rules
from loubao.rules.conditions import check_condition, check_sentence
from loubao.rules.patterns import compile_all
from loubao.rules.yaml_file import Rule, RuleFile, Texts, parse, texts

FieldType: TypeAlias = Literal[
    "name", "id_number", "sex", "place", "date", "number", "integer", "flag", "choice", "text"
]
Role: TypeAlias = Literal["source", "roll", "exclusion"]

PolarsType: TypeAlias = type[pl.DataType]

DTYPES: dict[FieldType, PolarsType] = {
    **dict.fromkeys(get_args(FieldType), pl.String),
    "date": pl.Date,
    "number": pl.Float64,
    "integer": pl.Int64,
    "flag": pl.Boolean,
}

#: Fields that the ingest itself names, and the type they must keep.
CORE_FIELDS: dict[str, FieldType] = {
    "name": "name",
    "id_number": "id_number",
    "sex": "sex",
    "birth_date": "date",
    "town": "place",
    "village": "place",
    "village_group": "text",
    "address": "place",
    "head_name": "name",
    "head_id": "id_number",
    "household_no": "text",
}

#: Fields by which the bills of a list whose rows add up are told apart.
BILL_FIELDS = ("settlement_no", "settled_on")

#: What a condition may name beside the list's own fields.
DERIVED_FIELDS: dict[str, PolarsType] = {
    "age": pl.Int32,
    "as_of": pl.Date,
    "id_status": pl.String,
    "row_people": pl.UInt32,
    "all_named": pl.Boolean,
    "household_people": pl.UInt32,
}

#: Columns that the linkage, the screening and the ledger lay beside those of the records.
_LATER = (
    *("person_key", "case_no", "left_id", "right_id", "right_list", "decision", "tier"),
    *("probability", "match_weight", "match_probability"),
    *("outcome", "outcome_because", "outcome_since", "outcome_by", "rank"),
    *("label", "clue", "shown_number", "proven", "numbers", "house"),
)
#: Names that no list may give a field of its own.
_TAKEN = frozenset(
    {
        *RECORDS,
        *DERIVED_FIELDS,
        *_LATER,
        "town_raw",
        "cover_ended",
        "cover_doubt",
        "cover_until",
        "cover_unread",
        "lasting",
        "bills",
        "said_in",
    }
    - set(CORE_FIELDS)
)


class FieldRule(Rule):
    """One field: its type, its words, and how its cells are understood."""

    type: FieldType
    label: str
    headers: Texts = ()
    required: bool = False
    #: for `choice` and `sex`: canonical value → spellings
    values: dict[str, Texts] = {}
    #: for `choice`: a text that is none of the values is kept as it stands
    open: bool = False
    #: for `choice` and `sex`: regular expressions on what may stand beside a spelling in a cell
    #: and changes nothing of it
    beside: Texts = ()
    #: for `choice`: values whose spellings count anywhere in a cell, since they take nobody off a
    #: sheet; any other must be all that the cell says
    anywhere: Texts = ()
    #: for `flag`
    yes: Texts = ()
    no: Texts = ()
    #: text to read when the export has no such column at all
    absent: str | None = None
    #: taken from the 20-digit disability certificate where the cell is blank
    from_certificate: Literal["category", "level"] | None = None

    @model_validator(mode="after")
    def _fits_type(self) -> FieldRule:
        if self.type in {"choice", "sex"} and not self.values:
            raise ValueError(f"{self.type} 类型要写 values（规范值: [各种写法]）")
        if self.type not in {"choice", "sex"} and self.values:
            raise ValueError("只有 choice、sex 类型可以写 values")
        if self.type != "choice" and self.open:
            raise ValueError("只有 choice 类型可以写 open")
        if not self.values and (self.beside or self.anywhere):
            raise ValueError("只有 choice、sex 类型可以写 beside、anywhere")
        unknown = [value for value in self.anywhere if value not in self.values]
        if unknown:
            raise ValueError(f"anywhere 里的“{unknown[0]}”不在 values 里")
        if self.type == "flag" and not (self.yes and self.no):
            raise ValueError("flag 类型要写 yes 和 no（各种写法）")
        if self.type != "flag" and (self.yes or self.no):
            raise ValueError("只有 flag 类型可以写 yes、no")
        return self

    _compiles = field_validator("beside")(compile_all)

    @property
    def dtype(self) -> PolarsType:
        """The polars type of the normalised value."""
        return DTYPES[self.type]


def over_dictionary(use: Any, base: FieldRule | None) -> Any:
    """Return how a list uses a field: what the list writes, over what the dictionary has.

    `use`: the keys of a `FieldRule`, and `also`: headers tried before those of the dictionary. What
    is no mapping is returned as it is, for the model to refuse.

    >>> base = FieldRule(type="date", label="死亡日期", headers=("死亡日期",))
    >>> merged = over_dictionary({"also": "去世时间", "required": True}, base)
    >>> merged["label"], merged["headers"], merged["required"]
    ('死亡日期', ('去世时间', '死亡日期'), True)
    """
    if not isinstance(use, dict):
        return use
    given = {key: value for key, value in use.items() if key != "also"}
    merged = {**(dict(base) if base else {}), **given}
    if "values" in given and "anywhere" not in given:  # it names values
        merged.pop("anywhere", None)
    if "also" in use:
        also, headers = texts(use["also"]), texts(merged.get("headers", ()))
        wrong = [each for each in (also, headers) if not isinstance(each, list | tuple)]
        merged["headers"] = wrong[0] if wrong else (*also, *headers)
    return merged


class Claim(Rule):
    """How a file is recognised as this list, beside the headers that it must have."""

    #: words in the file's name, a sheet's name or a title row; the longest that hits counts
    words: Texts
    #: words that rule the list out where they stand in the file's name
    without: Texts = ()
    #: fields whose headers alone are enough, whatever the file is called; each entry is one way,
    #: a field or several that must all be there
    signature: tuple[Texts, ...] = ()
    #: files that are this list whatever their names and columns say: `*` and `?` as in a shell, on
    #: the name or the path of the file, or `file#sheet`
    files: Texts = ()


class Condition(Rule):
    """A SQL condition over the list's fields, and the words for a row that does not pass."""

    that: str
    otherwise: str

    @cached_property
    def expr(self) -> pl.Expr:
        """The condition as an expression (Boolean; null where a field is unknown)."""
        return pl.sql_expr(self.that)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The columns the condition reads.

        >>> sorted(Condition(that="age >= 18 AND sex = '女'", otherwise="").fields)
        ['age', 'sex']
        """
        return frozenset(self.expr.meta.root_names())


class HouseholdRows(Rule):
    """Member columns of a list that is one row a household; `{n}` is the member's number.

    >>> HouseholdRows(name="家庭成员{n}姓名", id_number="家庭成员{n}身份证号").name
    ('家庭成员{n}姓名',)
    """

    name: Texts
    id_number: Texts = ()
    relation: Texts = ()

    @model_validator(mode="after")
    def _numbered(self) -> HouseholdRows:
        for header in (*self.name, *self.id_number, *self.relation):
            if "{n}" not in header:
                raise ValueError(f"成员列“{header}”里要有 {{n}}")
        return self


class RowBounds(Rule):
    """Fewest and most person rows that are plausible; outside them the file is not trusted."""

    least: Annotated[int, Field(ge=0)] = 1
    most: Annotated[int, Field(ge=1)] = 2_000_000


class ListRule(Rule):
    """A list: `rules/lists/<name>.yaml`, its fields merged over those of the dictionary."""

    #: the name of its file
    name: str
    title: str
    #: its name on a page that leaves the office
    sheet_label: str
    role: Role
    required: bool = False
    rows: RowBounds = RowBounds()
    claim: Claim
    fields: dict[str, FieldRule]
    household_rows: HouseholdRows | None = None
    #: headers that are no field
    ignore: Texts = ()
    conditions: tuple[Condition, ...] = ()
    #: a number that adds up over the rows of a person (bills): the conditions are about the sum
    sum: str | None = None
    #: the wording of a row of this list on a sheet: `{field}`, and `[…{field}…]` where not blank
    wording: str = ""

    @property
    def extras(self) -> dict[str, FieldRule]:
        """The fields that become columns of their own after those of RECORDS."""
        return {name: rule for name, rule in self.fields.items() if name not in CORE_FIELDS}

    @property
    def of_minors(self) -> bool:
        """Whether a condition asks of everybody on a source list to be under age (18)."""
        ages = pl.DataFrame({"age": [17, 18]}, schema={"age": pl.Int32})
        return self.role == "source" and any(
            condition.fields == {"age"}
            and ages.select(condition.expr).to_series().to_list() == [True, False]
            for condition in self.conditions
        )

    @property
    def condition_schema(self) -> dict[str, PolarsType]:
        """Every column a condition of this list may name, with its type."""
        return {name: rule.dtype for name, rule in self.fields.items()} | DERIVED_FIELDS


def load_fields(path: Path) -> dict[str, FieldRule]:
    """Return the dictionary of fields that the lists share; raises `RuleFault`.

    What may stand beside the choices of a field (`beside`, `anywhere`) is as shipped in a
    dictionary that names neither: one made before they were there.
    """
    file = parse(path)
    if isinstance(file.content, dict) and not any(map(_names_beside, file.content.values())):
        shipped = parse(shipped_rules() / path.name).content
        content = {k: _with_beside(v, shipped.get(k, {})) for k, v in file.content.items()}
        file = replace(file, content=content)
    return file.validate(RootModel[dict[str, FieldRule]]).root


def _names_beside(field: Any) -> bool:
    return isinstance(field, dict) and not {"beside", "anywhere"}.isdisjoint(field)


def _with_beside(field: Any, shipped: dict[str, Any]) -> Any:
    """A field of an older dictionary, with the shipped words beside its choices."""
    if not isinstance(field, dict) or not isinstance(field.get("values"), dict):
        return field
    given = {
        key: [each for each in shipped[key] if key == "beside" or each in field["values"]]
        for key in ("beside", "anywhere")
        if key in shipped
    }
    return {**field, **given}


def load_list(path: Path, dictionary: Mapping[str, FieldRule]) -> ListRule:
    """Return a list with its fields merged over the dictionary; raises `RuleFault`."""
    file = parse(path)
    if file.at(("name",)) is not None:
        raise file.fault(("name",), "没有这个键，请检查拼写或删去")
    rule = replace(file, content=_merged(file, dictionary)).validate(ListRule)
    fields = rule.fields
    for name in fields:
        _check_field(name, fields[name], file)
    if "name" not in fields:
        raise file.fault(("fields",), "缺少 name（姓名）")
    for number, way in enumerate(rule.claim.signature):
        for field in way:
            if field not in fields:
                raise file.fault(("claim", "signature", number), f"没有字段“{field}”")
    if rule.sum is not None and (rule.sum not in fields or fields[rule.sum].type != "number"):
        raise file.fault(("sum",), f"“{rule.sum}”应为本名单的一个 number 字段")
    printed = {name: spec.dtype for name, spec in fields.items()}
    if rule.sum is not None:
        printed["bills"] = pl.UInt32
    if rule.role == "roll":
        printed["cover_until"] = pl.Date
    check_sentence(rule.wording, printed, file, ("wording",))
    for number, condition in enumerate(rule.conditions):
        trail = ("conditions", number, "that")
        check_condition(condition.that, rule.condition_schema, file, trail)
    return rule


def _merged(file: RuleFile, dictionary: Mapping[str, FieldRule]) -> Any:
    """The content of a file of a list as a `ListRule` is written."""
    if not isinstance(file.content, dict):
        return file.content
    merged = {**file.content, "name": file.path.stem}
    if not merged.get("sheet_label") and "title" in merged:
        merged["sheet_label"] = merged["title"]
    if "sum" not in merged and merged.get("role") == "source":
        merged["sum"] = _shipped_sum(file.path, merged.get("fields"))
    if isinstance(merged.get("fields"), dict):
        uses = merged["fields"].items()
        merged["fields"] = {key: over_dictionary(use, dictionary.get(key)) for key, use in uses}
    return merged


def _shipped_sum(path: Path, fields: Any) -> Any:
    """What the shipped list of the same name adds up; an older rules folder does not say it."""
    shipped = shipped_rules() / "lists" / path.name
    if not shipped.is_file() or shipped == path or not isinstance(fields, dict):
        return None
    content = parse(shipped).content
    summed = content.get("sum") if isinstance(content, dict) else None
    return summed if summed in fields else None


def _check_field(name: str, rule: FieldRule, file: RuleFile) -> None:
    core = CORE_FIELDS.get(name, rule.type)
    if rule.type != core:
        raise file.fault(("fields", name, "type"), f"应为 {core}")
    if name in _TAKEN:
        raise file.fault(("fields", name), "这个名称程序已用，请改名")
    if not rule.headers and rule.from_certificate is None:
        raise file.fault(("fields", name), "要写 headers（表头的各种写法）")
