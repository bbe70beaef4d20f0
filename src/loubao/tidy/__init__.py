"""ROOM 1: cells → records. `tidy` turns the sheets of all exports into one row a person.

    claiming.py    which list is this file?            headers.py   which column is which field?
    vocabulary.py  how headers are compared            layout.py    rows of people, titles, totals
    parts.py       one sheet and its account           trust.py     can the whole be trusted?
    tables.py      several tables in one sheet         notes.py     what stands beside a name
    fields.py      text → type, a column at a time     persons.py   birth, sex, whose number
    village.py     place name → official village       conditions.py  does the row pass its list?
    findings.py    what was not taken as it stood      records.py   all of it put together
    id_number.py · name.py · date.py · amount.py       one kind of cell each

Every row of every sheet ends as a record, a declared skip or an issue; `SheetAccount` adds up.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from loubao.faults import UntrustedInput
from loubao.frames import Sheet
from loubao.rules import Rules
from loubao.tidy.claiming import claim
from loubao.tidy.parts import SheetAccount, accounts_of, part_of
from loubao.tidy.records import records
from loubao.tidy.trust import (
    counts_out_of_bounds,
    lists_missing,
    people_above_header,
    sheets_without_header,
)

__all__ = ["SheetAccount", "Tidied", "tidy"]


@dataclass(frozen=True)
class Tidied:
    """Records (RECORDS and what the lists add), issues (ISSUES), one account a sheet."""

    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: tuple[SheetAccount, ...]


def tidy(sheets: Sequence[Sheet], rules: Rules, as_of: datetime.date) -> Tidied:
    """Return everybody the sheets name, typed and placed, with all that is to be said of the cells.

    Raises `UntrustedInput`, one line a file or list: a file that no list or two lists claim, a
    required list or any source list missing, row counts outside a list's bounds.
    """
    claimed, faults = claim(sheets, rules)
    claimed.sort(key=lambda c: (c.list_name, c.sheet.file, c.position))
    parts = [part_of(each, rules) for each in claimed]
    faults += sheets_without_header(claimed, rules)
    faults += people_above_header(claimed, rules)
    faults += lists_missing(claimed, rules)
    faults += counts_out_of_bounds(parts, rules)
    if faults:
        raise UntrustedInput("\n".join(faults))
    rows, issues = records(parts, rules, as_of)
    return Tidied(rows, issues, accounts_of(parts))
