"""Whose a column is: the row's own person, another person of the row, or a member of the household.

Headers say it by their order only: 服刑人员姓名 · 身份证号 · 子女姓名.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from loubao.ingest.sheets.fit import Column, preference
from loubao.ingest.sheets.vocabulary import CELL, Vocabulary, plain
from loubao.rules.lists import ListRule

#: Fields that say something of the row's own person; beside another person's name they are theirs.
_OF_THE_PERSON = frozenset({"id_number", "sex", "birth_date"})


def number_field(name: str | None) -> str:
    """Return the field of the number that belongs to a field of a name.

    >>> number_field("name"), number_field("head_name"), number_field("guardian")
    ('id_number', 'head_id', 'guardian_id')
    """
    return "id_number" if name == "name" else f"{str(name).removesuffix('_name')}_id"


def of_other_people(
    rule: ListRule, columns: list[Column], own: frozenset[str] = frozenset()
) -> list[Column]:
    """Give a plain 身份证号 behind another person's name to that person.

    服刑人员姓名 · 身份证号 · 子女姓名: the number is the parent's; as the child's it would make the
    child an adult. 姓名 · 户主姓名 · 身份证号, with no other number, stays the person's own.
    """
    names = [c for c in columns if c.field == "name" and c.slot is None]
    if not names:
        return columns
    name = min(names, key=preference)
    whose = plain(name.header).removesuffix("姓名")
    count = Counter(c.field for c in columns if c.slot is None)
    taken = {c.field for c in columns}
    result: list[Column] = []
    other: Column | None = None  # another person's name, while its columns may follow
    for column in columns:
        field = column.field
        of_name = bool(whose) and plain(column.header).startswith(whose)
        if field is not None and column.slot is None and column.place not in own and not of_name:
            if rule.fields[field].type == "name":
                other = None if field == "name" else column
            elif (
                other
                and field in _OF_THE_PERSON
                and (int(name.place) > int(column.place) or count[field] > 1)
            ):
                theirs = number_field(other.field)
                free = field == "id_number" and theirs in rule.fields and theirs not in taken
                column = column._replace(
                    field=theirs if free else None, ignored=not free, own=field, beside=other.place
                )
        result.append(column)
    return result


def of_the_cell(words: Vocabulary, columns: list[Column]) -> list[Column]:
    """Give names and numbers that are not the head's to the members: 家庭成员 · 身份证号."""
    fields = {c.field for c in columns if c.slot is None}
    if "head_id" in fields and "id_number" not in fields:
        columns = [
            c._replace(slot=CELL)
            if c.field == "name" and c.slot is None and plain(c.header) in words.members
            else c
            for c in columns
        ]
    if not any(c.slot == CELL for c in columns) or not {"head_id", "id_number"} <= fields:
        return columns
    own = "id_number"
    return [c._replace(slot=CELL) if (c.field, c.slot) == (own, None) else c for c in columns]


def one_parent_each(columns: list[Column]) -> list[Column]:
    """Of the columns that have only their child header, keep one a field: others are others'."""
    kept: set[str | None] = {c.field for c in columns if not c.bare}
    result: list[Column] = []
    for column in columns:
        if column.bare and column.field is not None:
            if column.field in kept:
                column = column._replace(field=None)
            else:
                kept.add(column.field)
        result.append(column)
    return result


def is_household(columns: Iterable[Column]) -> bool:
    """Return whether the rows are of households: with columns of members, or of a head alone."""
    fields = {c.field for c in columns if c.slot is None}
    members = any(c.slot is not None for c in columns)
    return members or ("head_name" in fields and "name" not in fields)
