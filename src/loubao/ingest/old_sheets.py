"""Sheets that may not be those of this month: hidden ones, and such as say an earlier month.

A hidden sheet beside one that is shown is often last month's, kept, and so is one that says an
earlier month beside one of its file that does not: whoever stands on it alone is not covered by it,
and not left out. A roll whose names or title say an earlier month still holds,
for rolls are often late, but it is told; of source lists, where every sheet that says a month says
an earlier one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import date
from pathlib import PurePosixPath

import polars as pl

from loubao.core.frames import IssueRow
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.sheet_month import Month, month_in
from loubao.ingest.sheets.versions import adding_up
from loubao.ingest.sheets.vocabulary import flat
from loubao.rules.folder import Rules

_YEAR = re.compile("(20[0-9]{2})年?(?:度)?")
_CLAUSES = re.compile(r"[\s|,，;；。()（）【】\[\]]+")


def without_older(
    rows: pl.DataFrame, parts: Sequence[Part], rules: Rules, as_of: date
) -> tuple[pl.DataFrame, list[IssueRow]]:
    """Take the rows of older sheets beside newer ones off rolls and exclusion lists, in doubt.

    Older are hidden ones beside shown ones, and in a roll such as say an earlier month beside one
    of the same file that does not. `rows` are those of `two_rows.of_two_rows`. Changes
    `cover_doubt`, `qualifies` and `failed_condition`; the second part is an issue for each such
    sheet.
    """
    older = dict.fromkeys(_hidden_beside(parts, rules), "HIDDEN")
    older |= {n: "EARLIER" for n in _earlier_beside(parts, rules, as_of) if n not in older}
    if not older:
        return rows, []
    words = rules.sheets.details
    doubts = {n: words[f"COVER_UNSURE_{why}_DOUBT"] for n, why in older.items()}
    doubt = pl.col("sheet_no").replace_strict(doubts, default=None, return_dtype=pl.String)
    mine = pl.col("qualifies") & doubt.is_not_null()
    why = pl.when(mine).then(doubt)
    issues = [
        (sheet.file, sheet.name, None, "", "COVER_UNSURE", words[f"COVER_UNSURE_{why}"])
        for number, why in sorted(older.items())
        for sheet in [parts[number].claimed.sheet]
    ]
    return rows.with_columns(
        cover_doubt=pl.coalesce("cover_doubt", why),
        failed_condition=pl.coalesce("failed_condition", why),
        qualifies=pl.col("qualifies") & ~mine,
    ), list(dict.fromkeys(issues))


def _hidden_beside(parts: Sequence[Part], rules: Rules) -> list[int]:
    """The numbers of the hidden tables of rolls and exclusions of which another one is shown."""
    return _beside_newer(
        (part.claimed.list_name, _is_hidden(part), number)
        for number, part in enumerate(parts)
        if part.extract is not None and rules.lists[part.claimed.list_name].role != "source"
    )


def _beside_newer(tables: Iterable[tuple[Hashable, bool, int]]) -> list[int]:
    """The numbers of older tables of a group that has others: `(group, is older, number)` each.

    >>> _beside_newer([("低保", True, 0), ("低保", False, 1), ("特困", True, 2)])
    [0]
    """
    groups: dict[Hashable, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
    for group, is_older, number in tables:
        groups[group][is_older].append(number)
    return sorted(n for found in groups.values() if found[False] for n in found[True])


def _is_hidden(part: Part) -> bool:
    return bool((part.claimed.sheet.issues["code"] == "HIDDEN_SHEET").any())


def _earlier_beside(parts: Sequence[Part], rules: Rules, as_of: date) -> list[int]:
    """The numbers of the tables of rolls on a sheet whose name says an earlier month, where another
    shown sheet of the file has the same roll and does not.
    """
    now, late = (as_of.year, as_of.month), rules.holding.versions.late.get("roll", r"\b\B")
    passing = adding_up(rules)
    tables: list[tuple[Hashable, bool, int]] = []
    for number, part in enumerate(parts):
        name, sheet = part.claimed.list_name, part.claimed.sheet
        if part.extract is None or rules.lists[name].role != "roll" or name in passing:
            continue
        text = flat(sheet.name)
        month = None if re.search(late, text) else month_in([text], as_of)[0]
        year = _YEAR.fullmatch(text)
        is_earlier = month < now if month else year is not None and int(year[1]) < as_of.year
        if is_earlier or not _is_hidden(part):
            tables.append(((name, sheet.file), is_earlier, number))
    return _beside_newer(tables)


def of_earlier_months(parts: Sequence[Part], rules: Rules, as_of: date) -> list[IssueRow]:
    """Return an issue for each sheet of a roll or a source list that says an earlier month."""
    now, late = (as_of.year, as_of.month), rules.holding.versions.late
    found: dict[str, dict[tuple[str, str], Month | None]] = defaultdict(dict)
    passing = adding_up(rules)
    for part in parts:
        name, sheet = part.claimed.list_name, part.claimed.sheet
        role = rules.lists[name].role
        if part.extract is not None and role in late:
            of_list = found[name]
            of_list.setdefault((sheet.file, sheet.name), _said_month(part, late[role], as_of))
    issues: list[IssueRow] = []
    for name, sheets in found.items():
        said = [month for month in sheets.values() if month is not None]
        adds_up = name in passing or rules.lists[name].role == "source"
        if adds_up and max(said, default=now) >= now:
            continue
        newest = max(said, default=now) if adds_up else now
        for (file, sheet_name), month in sheets.items():
            if month is not None and month < now and (not adds_up or month == newest):
                detail = rules.sheets.details.SHEET_OF_EARLIER_MONTH.format(
                    year=month[0], month=month[1], now=f"{as_of.year}年{as_of.month}月"
                )
                issues.append((file, sheet_name, None, "", "SHEET_OF_EARLIER_MONTH", detail))
    return issues


def _said_month(part: Part, late: str, as_of: date) -> Month | None:
    """The earliest of the months that a sheet's name, its file's and its title say.

    A renamed file does not make an old roll new. Clauses that `late` finds something in speak of
    another month than the list's own.
    """
    sheet, fit = part.claimed.sheet, part.claimed.fit
    rows = sheet.first(fit.start if fit else 0)
    titles = [cell for row in rows for cell in dict.fromkeys(row) if cell is not None]
    clauses = [flat(clause) for title in titles for clause in _CLAUSES.split(title)]
    title = " ".join(clause for clause in clauses if not re.search(late, clause))
    names = (sheet.name, PurePosixPath(sheet.file).stem)
    texts = (*(name for name in map(flat, names) if not re.search(late, name)), title)
    months = [month for text in texts if (month := month_in([text], as_of)[0]) is not None]
    return min(months, default=None)
