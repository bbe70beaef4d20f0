"""The rules of `loubao link`: what two tables of any kind need.

Such a table has no list rule. What stands for one is made here: a list `link` whose fields are
those that the linkage compares, under every header of fields.yaml and linking.yaml. A table may be
one of the monthly lists, too, and call its people as these do (保障对象姓名): what the lists add is
asked where the others know no name or no number, or may not know a household's members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from loubao.core.masking import Discretion
from loubao.rules import shipped_rules, yaml_file
from loubao.rules.folder import discretion_of
from loubao.rules.lists import (
    CORE_FIELDS,
    Claim,
    FieldRule,
    HouseholdRows,
    ListRule,
    load_fields,
    load_list,
)
from loubao.rules.matching import Matching
from loubao.rules.reading import Reading, Village, load_reading, load_villages
from loubao.rules.yaml_file import Rule, Texts, digests, refuse_missing

if TYPE_CHECKING:
    from loubao.rules.wording import Wording

#: What the linkage compares, in the order of the printed evidence.
LINK_FIELDS = (
    *("name", "id_number", "birth_date", "sex"),
    *("town", "village", "address", "head_name", "head_id"),
)
#: Fields of which `link` also compares the parts that have a column of their own.
LINK_PARTS = ("name", "address")
#: Of other people: read, so that a number behind their name is not taken for the row's own.
_OF_OTHERS = ("parent_name", "parent_id", "guardian", "guardian_id")
_AGENT = "agent_name"
#: What a person's own columns may be called by the word for the person: 优抚对象姓名, …身份证号.
_OWN = ("name", "id_number", "birth_date", "sex")
_CERTIFICATE = "certificate_no"
_FILES = (
    *("fields.yaml", "linking.yaml", "local.yaml", "matching.yaml", "reading.yaml"),
    "villages.csv",
)
#: Keys of linking.yaml that folders of before do not have.
_LATER = frozenset({"agents", "own_names", "words"})
_Share = Annotated[float, Field(ge=0, le=1)]


class LinkWords(Rule):
    """What the table of links says to the clerk: names of its pages and columns, decisions."""

    pages: dict[Literal["links", "duplicates", "clusters"], str]
    columns: dict[str, str]
    sides: dict[Literal["left", "right", "other"], str]
    decisions: dict[Literal["link", "review"], str]


class Linking(Rule):
    """What two tables of any kind need beside the dictionary of fields."""

    #: field → headers beside those of fields.yaml
    headers: dict[str, Texts] = {}
    #: field → its parts in order, each with its headers; put together with a space
    parts: dict[str, tuple[Texts, ...]] = {}
    #: a column of numbers is compared as text where fewer of them look like resident numbers
    resident_share: _Share = 0.1
    #: 03/05/2021 is read where so few of a column's dates contradict the order that others show
    odd_dates: _Share = 0.01
    #: headers of columns that say nothing of a person: numbers of rows and of files
    not_compared: Texts = ()
    #: names are taken apart where at most this share of them is not in letters
    other_names: _Share = 0.1
    #: who fills a table in or is asked about it, and is none of its people: 经办人
    agents: Texts = ()
    #: how the word for a table's people ends, before 姓名: 优抚对象
    own_names: Texts = ()
    #: the table of links in words; a folder of before has none, then they are as shipped
    words: LinkWords | None = None
    #: wording of the issues of cells, by code
    issues: dict[str, str] = {}

    @field_validator("headers", "parts")
    @classmethod
    def _fields_exist(cls, value: dict[str, object]) -> dict[str, object]:
        for field in value:
            if field not in LINK_FIELDS:
                raise ValueError(f"没有字段“{field}”，可用：{'、'.join(LINK_FIELDS)}")
        return value


@dataclass(frozen=True)
class LinkRules:
    """The rules by which two tables are read and linked."""

    folder: Path
    table: ListRule
    labels: dict[str, str]
    linking: Linking
    reading: Reading
    matching: Matching
    villages: tuple[Village, ...]
    #: fields.yaml
    dictionary: Mapping[str, FieldRule]

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every rule file that may be read, by its path relative to the folder."""
        files = (self.folder / name for name in (*_FILES, "sheets.yaml"))
        return digests(self.folder, (*filter(Path.is_file, files), *_lists(self.folder)))

    @cached_property
    def printed(self) -> Wording:
        """The words of sheets.yaml; the shipped ones where the folder has none.

        Read only where there is an issue, or words are asked for. Raises `RuleFault`.
        """
        from loubao.rules.sheets import load_printed

        own = (self.folder / "sheets.yaml").is_file()
        printed: Wording = load_printed(self.folder if own else shipped_rules(), "sheets")
        return printed

    @property
    def details(self) -> Wording:
        """The sentences of issues. Raises `RuleFault`."""
        details: Wording = self.printed.details
        return details

    @cached_property
    def discretion(self) -> Discretion:
        """What may be shown of the names of files, sheets and columns."""
        return discretion_of([self.table], self.reading, self.villages)

    @cached_property
    def with_lists(self) -> LinkRules:
        """The same, and after the other headers those by which the lists know their own people.

        And those of the members of a household, in columns and in a cell. Raises `RuleFault`.
        """
        fields = dict(self.table.fields)
        taken = {header for spec in fields.values() for header in spec.headers}
        members: dict[str, tuple[str, ...]] = {}
        for path in _lists(self.folder):
            theirs = load_list(path, self.dictionary)
            for field in theirs.fields.keys() & {*LINK_FIELDS}:
                others = [h for h in theirs.fields[field].headers if h not in taken]
                fields[field] = _also_called(fields[field], others)
            for part, headers in dict(theirs.household_rows or ()).items():
                members[part] = tuple(dict.fromkeys((*members.get(part, ()), *headers)))
        households = HouseholdRows(**members) if members else None
        table = self.table.model_copy(update={"fields": fields, "household_rows": households})
        return replace(self, table=table)

    def calling(self, name: str, whose: str) -> LinkRules:
        """The same, where the header of the people's own names is `name`; `whose`: without 姓名."""
        fields = dict(self.table.fields)
        for field in _OWN:
            others = (f"{whose}{header}" for header in fields[field].headers)
            fields[field] = _also_called(fields[field], [name] if field == "name" else others)
        return replace(self, table=self.table.model_copy(update={"fields": fields}))


def load_linking(folder: Path) -> LinkRules:
    """Return the checked rules for `loubao link`; raises `RuleFault`."""
    refuse_missing(folder)
    dictionary = load_fields(folder / "fields.yaml")
    linking = _linking(folder)
    path = folder / "fields.yaml"
    for field in LINK_FIELDS:
        spec = dictionary.get(field)
        if spec is None or spec.type != CORE_FIELDS[field]:
            expected = f"loubao link 要用，类型应为 {CORE_FIELDS[field]}"
            raise yaml_file.fault(path, (1, 1), field, expected)
    return LinkRules(
        folder=folder,
        table=_table(dictionary, linking),
        labels={field: dictionary[field].label for field in LINK_FIELDS},
        linking=linking,
        reading=load_reading(folder / "reading.yaml"),
        matching=yaml_file.load(folder / "matching.yaml", Matching),
        villages=load_villages(folder / "villages.csv"),
        dictionary=dictionary,
    )


def _linking(folder: Path) -> Linking:
    """linking.yaml; what a folder of before does not have yet is as shipped."""
    own, file = yaml_file.load(folder / "linking.yaml", Linking), shipped_rules() / "linking.yaml"
    missing = _LATER - own.model_fields_set
    if not missing or folder == file.parent:
        return own
    shipped = yaml_file.load(file, Linking)
    later = {key: getattr(shipped, key) for key in missing}
    return own.model_copy(update={**later, "issues": {**shipped.issues, **own.issues}})


def _also_called(field: FieldRule, headers: Iterable[str]) -> FieldRule:
    every = tuple(dict.fromkeys((*field.headers, *headers)))
    return field.model_copy(update={"headers": every})


def _lists(folder: Path) -> list[Path]:
    return sorted((folder / "lists").glob("*.yaml"))


def part_name(field: str, number: int) -> str:
    """Return the name of the column that holds one part of a field, counted from 0.

    >>> part_name("name", 0)
    'name.0'
    """
    return f"{field}.{number}"


def _table(dictionary: dict[str, FieldRule], linking: Linking) -> ListRule:
    fields: dict[str, FieldRule] = {}
    for field in (*LINK_FIELDS, _CERTIFICATE, *_OF_OTHERS):
        spec = dictionary.get(field)
        if spec is not None:
            headers = (*spec.headers, *linking.headers.get(field, ()))
            fields[field] = spec.model_copy(update={"headers": headers, "required": False})
    name = fields["name"].label
    agents = tuple(text for who in linking.agents for text in (f"{who}{name}", who))
    fields[_AGENT] = FieldRule(type="name", label=name, headers=agents)
    for field, parts in linking.parts.items():
        for number, headers in enumerate(parts):
            label = fields[field].label
            fields[part_name(field, number)] = FieldRule(type="text", label=label, headers=headers)
    return ListRule(
        name="link", title="", sheet_label="", role="source", claim=Claim(words=()), fields=fields
    )
