"""The sheets of a month → everybody they name: the way through the room."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.ingest.records import records
from loubao.ingest.sheets.account import (
    SheetAccount,
    accounts_of,
    counts_out_of_bounds,
    lists_missing,
    part_of,
    people_above_header,
    sheets_without_header,
)
from loubao.ingest.sheets.identify import claim
from loubao.rules import Rules


@dataclass(frozen=True)
class Tidied:
    """Records (RECORDS and what the lists add), issues (ISSUES), one account a sheet."""

    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: tuple[SheetAccount, ...]


def tidy(sheets: Sequence[Sheet], rules: Rules, as_of: datetime.date, whole: bool = True) -> Tidied:
    """Return everybody the sheets name, typed and placed, with all that is to be said of the cells.

    Raises `UntrustedInput`, one line a file or list: a file that no list or two lists claim, a
    required list or any source list missing, row counts outside a list's bounds. Without `whole`
    any lists will do, as long as somebody is on one.
    """
    claimed, faults = claim(sheets, rules)
    claimed.sort(key=lambda c: (c.list_name, c.sheet.file, c.position))
    parts = [part_of(each, rules) for each in claimed]
    faults += sheets_without_header(claimed, rules)
    faults += people_above_header(claimed, rules)
    if whole:
        faults += lists_missing(claimed, rules)
    elif not any(part.extract for part in parts):
        faults.append("没有读到任何名单，请检查表头")
    faults += counts_out_of_bounds(parts, rules)
    if faults:
        raise UntrustedInput("\n".join(faults))
    rows, issues = records(parts, rules, as_of)
    return Tidied(rows, issues, accounts_of(parts))
