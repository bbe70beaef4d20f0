"""What a list is: `rules/fields.yaml` (the shared dictionary of fields) and `rules/lists/*.yaml`.

A list is policy only: its role, which headers mean which field, which rows pass, how many rows are
plausible. Adding one needs a YAML file and no Python.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, TypeAlias

import polars as pl
from pydantic import Field, model_validator

from loubao.rules.rule import Rule, Texts

FieldType: TypeAlias = Literal[
    "name", "id_number", "sex", "place", "date", "number", "integer", "flag", "choice", "text"
]
Role: TypeAlias = Literal["source", "roll", "exclusion"]

PolarsType: TypeAlias = type[pl.DataType]

DTYPES: dict[FieldType, PolarsType] = {
    "name": pl.String,
    "id_number": pl.String,
    "sex": pl.String,
    "place": pl.String,
    "date": pl.Date,
    "number": pl.Float64,
    "integer": pl.Int64,
    "flag": pl.Boolean,
    "choice": pl.String,
    "text": pl.String,
}

#: Fields that the tidying itself knows by name, and the type they must keep.
CORE_FIELDS: dict[str, FieldType] = {
    "name": "name",
    "id_number": "id_number",
    "sex": "sex",
    "birth_date": "date",
    "town": "place",
    "village": "place",
    "address": "place",
    "head_name": "name",
    "head_id": "id_number",
    "household_no": "text",
}

#: What a condition may name beside the list's own fields.
DERIVED_FIELDS: dict[str, PolarsType] = {
    "age": pl.Int32,
    "as_of": pl.Date,
    "id_status": pl.String,
    "row_people": pl.UInt32,
}


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
        if self.type == "flag" and not (self.yes and self.no):
            raise ValueError("flag 类型要写 yes 和 no（各种写法）")
        if self.type != "flag" and (self.yes or self.no):
            raise ValueError("只有 flag 类型可以写 yes、no")
        return self

    @property
    def dtype(self) -> PolarsType:
        """The polars type of the tidied value."""
        return DTYPES[self.type]


class FieldUse(Rule):
    """How a list uses a field of the dictionary: what is given here replaces what stands there."""

    type: FieldType | None = None
    label: str | None = None
    headers: Texts | None = None
    #: headers tried before those of the dictionary
    also: Texts = ()
    required: bool | None = None
    values: dict[str, Texts] | None = None
    open: bool | None = None
    yes: Texts | None = None
    no: Texts | None = None
    absent: str | None = None
    from_certificate: Literal["category", "level"] | None = None

    def over(self, base: FieldRule | None) -> dict[str, object]:
        """Return the merged mapping of this use over `base`, to be validated as a FieldRule."""
        merged: dict[str, object] = {} if base is None else dict(base)
        merged |= {key: given for key, given in self if given is not None and key != "also"}
        if self.also:
            known = merged.get("headers", ())
            merged["headers"] = (*self.also, *(known if isinstance(known, tuple) else ()))
        return merged


class Claim(Rule):
    """How a file is known to be this list, beside the headers that it must have."""

    #: words in the file's name, a sheet's name or a title row; the longest that hits counts
    words: Texts
    #: words that rule the list out where they stand in the file's name
    without: Texts = ()
    #: fields whose headers alone are enough, whatever the file is called; each entry is one way,
    #: a field or several that must all be there
    signature: tuple[Texts, ...] = ()


class Condition(Rule):
    """A SQL condition over the list's fields, and the words for a row that does not pass."""

    that: str
    otherwise: str

    @cached_property
    def expr(self) -> pl.Expr:
        """The condition as an expression (Boolean; null where a field is not known)."""
        return pl.sql_expr(self.that)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The columns the condition reads."""
        return frozenset(self.expr.meta.root_names())


class HouseholdRows(Rule):
    """Member columns of a list that is one row a household; `{n}` is the member's number."""

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


class ListFile(Rule):
    """`rules/lists/<name>.yaml` as written."""

    title: str
    sheet_label: str | None = None
    role: Role
    required: bool = False
    rows: RowBounds = RowBounds()
    claim: Claim
    fields: dict[str, FieldUse]
    household_rows: HouseholdRows | None = None
    ignore: Texts = ()
    conditions: tuple[Condition, ...] = ()
    #: what a sheet says of a row of this list: `{field}`, and `[…{field}…]` where known
    wording: str = ""


class ListRule(Rule):
    """A list with its fields merged over the dictionary: what the tidying works with."""

    name: str
    title: str
    sheet_label: str
    role: Role
    required: bool
    rows: RowBounds
    claim: Claim
    fields: dict[str, FieldRule]
    household_rows: HouseholdRows | None
    ignore: tuple[str, ...]
    conditions: tuple[Condition, ...]
    wording: str

    @property
    def extras(self) -> dict[str, FieldRule]:
        """The fields that become columns of their own after those of RECORDS."""
        return {name: rule for name, rule in self.fields.items() if name not in CORE_FIELDS}

    @property
    def condition_schema(self) -> dict[str, PolarsType]:
        """Every column a condition of this list may name, with its type."""
        return {name: rule.dtype for name, rule in self.fields.items()} | DERIVED_FIELDS
