"""The terms of a return: what the rules say of headers, keys, choices and empty cells of sheets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from loubao.layout.form_cells import header_of
from loubao.returns.ticked_boxes import Signs
from loubao.returns.typed_cells import is_blank, plain
from loubao.rules.folder import Rules
from loubao.rules.returns import Returns
from loubao.rules.sheet_columns import SheetColumn, Stack, stacks
from loubao.rules.sheets import OFFICE_FILLED

#: headers of the hidden columns that name the case and the edition of a line
HIDDEN_CASE, HIDDEN_EDITION = "hidden:case_no", "hidden:edition"
#: header and key of the hidden column by which a line of the office's list is told
ANSWER, HIDDEN_ANSWER = "answer", "hidden:answer"
_HIDDEN = {"case_no": HIDDEN_CASE, "edition": HIDDEN_EDITION, "person_key": "hidden:person_key"}


@dataclass(frozen=True)
class Terms:
    """The rules for reading and verifying returned sheets; `as_of` is the day of collecting."""

    rules: Rules
    as_of: dt.date

    @property
    def returns(self) -> Returns:
        """The rules of returned sheets alone."""
        return self.rules.returns

    @cached_property
    def signs(self) -> Signs:
        """The signs of boxes and ticks."""
        return Signs.of(self.returns)

    @cached_property
    def columns(self) -> Mapping[str, SheetColumn]:
        """The columns of the village sheet, by key."""
        return {column.key: column for column in self.rules.sheets.village.columns}

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The header of each column of the village sheet, by key."""
        return {key: column.header for key, column in self.columns.items()}

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The key of each header of the village sheet, hidden ones too; headers as `plain`."""
        together = {header: stack[0].key for header, stack in self.stacked.items()}
        return {
            **{plain(header): key for key, header in self.headers.items()},
            **together,
            **_HIDDEN,
        }

    @cached_property
    def stacked(self) -> Mapping[str, Stack]:
        """The columns that share a cell, by their headers together; headers as `plain`."""
        return {
            plain(header_of(stack)): stack
            for stack in stacks(self.columns.values())
            if len(stack) > 1
        }

    @cached_property
    def office_keys(self) -> Mapping[str, str]:
        """The key of each header of the office's list (待办.xlsx) that is read back."""
        read = {"case_no", "name", "id_number", *OFFICE_FILLED}
        columns = self.rules.sheets.office.columns
        keys = {plain(column.header): column.key for column in columns if column.key in read}
        return {**keys, "case_no": HIDDEN_CASE, ANSWER: HIDDEN_ANSWER}

    @cached_property
    def printed(self) -> frozenset[str]:
        """Every header of a village sheet or of the office's list, read or not; as `plain`."""
        office = (plain(column.header) for column in self.rules.sheets.office.columns)
        return frozenset((*self.keys, *self.office_keys, *office))

    @cached_property
    def no_names(self) -> frozenset[str]:
        """What stands in the column of the name where columns have shifted: headers, words for a
        sex, choices; as `plain`.
        """
        specs = [spec for rule in self.rules.lists.values() for spec in rule.fields.values()]
        headers = (plain(header) for spec in specs for header in spec.headers)
        sexes = (spec.values.items() for spec in specs if spec.type == "sex")
        words = (plain(word) for each in sexes for sex, also in each for word in (sex, *also))
        return frozenset((*self.printed, *headers, *words)).union(*self.choices.values())

    @cached_property
    def choices(self) -> Mapping[str, frozenset[str]]:
        """The choices of each column that has some, by key; choices as `plain`."""
        return {
            key: frozenset(map(plain, column.choices))
            for key, column in self.columns.items()
            if column.choices
        }

    @cached_property
    def _nothing(self) -> frozenset[str]:
        blank = self.returns.blank
        return frozenset(self.rules.reading.placeholders if blank is None else blank)

    def is_blank(self, text: str, key: str) -> bool:
        """Return whether a cell of a column means nothing."""
        return is_blank(text, self.columns[key], self._nothing)

    def says_nothing(self, text: str) -> bool:
        """Return whether a cell of a column that is not printed means nothing."""
        return text in self._nothing or plain(text) in self._nothing

    @cached_property
    def sign(self) -> str:
        """The beginning of the line to be signed."""
        return re.split("[:：]", plain(self.rules.sheets.village.sign), maxsplit=1)[0]

    def no_ground(self, reason: str) -> tuple[str, ...]:
        """Return what a reason says that somebody has, where it says nothing else and none of it is
        cover on any list: nobody is refused for that.
        """
        rule, left, found = self.returns.no_ground, plain(reason), []
        for roll, patterns in rule.rolls.items():
            if roll in self.rules.covering:
                continue
            for pattern in patterns:
                left, count = re.subn(pattern, "", left)
                found += [self.rules.labels[roll]] * bool(count)
        for pattern in rule.around if found else ():
            left = re.sub(pattern, "", left)
        return tuple(dict.fromkeys(found)) if not left else ()

    @property
    def words(self) -> Any:
        """The detail sentences of issues, by name."""
        return self.returns.said
