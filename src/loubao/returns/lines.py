"""The lines that came back against the ledger: whose they are, what they say, what of it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import polars as pl

from loubao.ingest.fields import date as dates
from loubao.ledger import lookup
from loubao.ledger.connection import Connection
from loubao.ledger.numbering import Numbering
from loubao.ledger.read import last_id, last_numbers
from loubao.returns.added_people import added_people
from loubao.returns.answers import Reply, Verified, read_answers, window
from loubao.returns.newcomers import Newcomers, newcomers
from loubao.returns.on_file import (
    Home,
    Identified,
    OnFile,
    changed_cells,
    edition_of,
    identified,
    issued_day,
)
from loubao.returns.page import HIDDEN_EDITION, IssueRow, Line
from loubao.returns.returned_cases import on_file_of
from loubao.returns.verification import verify
from loubao.rules import Rules
from loubao.rules.returns import Returns
from loubao.workspace.returns_folder import Came

#: File, sheet and row of a line.
Place: TypeAlias = tuple[str, str, int]


@dataclass
class Checked:
    """The lines against the ledger: what became of each, and what is to be posted.

    `came` are the rows of editions that have come back, also those of which it cannot be told whose
    they are: by the number of the case, else by their place.
    """

    outcomes: dict[int, str] = field(default_factory=dict)
    issues: list[IssueRow] = field(default_factory=list)
    verified: Verified = field(default_factory=lambda: Verified([]))
    added: Newcomers = field(default_factory=lambda: Newcomers(OnFile()))
    came: frozenset[tuple[int, str | Place]] = frozenset()


def check_lines(
    connection: Connection,
    came: Came,
    rules: Rules,
    returns: Returns,
    month: Mapping[str, str],
    as_of: date,
) -> Checked:
    """Return what becomes of each line (`outcomes` by its place among the lines).

    `month`: `as_of` of the latest month posted, from which dates are reckoned where no sheet says.
    """
    numbers = {number for line in came.lines for number in line.numbers if number}
    cases = lookup.cases_numbered(connection, numbers)
    by_hand = {i for i, line in enumerate(came.lines) if _is_by_hand(line, cases, returns)}
    lines = [came.lines[i] for i in sorted(by_hand)]
    on_file = on_file_of(connection, came.lines, cases, ())
    checked = Checked(added=Newcomers(on_file))
    if by_hand:
        _add(checked, connection, came, lines, cases, rules, returns, as_of)
    on_file = checked.added.on_file
    known: list[tuple[int, Identified]] = []
    for i, line in enumerate(came.lines):
        who = _whose(line, i in by_hand, checked.added, returns)
        if isinstance(who, Identified):
            known.append((i, who))
        else:
            checked.outcomes[i] = "out"
            checked.issues += [who] if who else []
    replies = _replies([who for _, who in known], checked, rules, returns, month, as_of)
    names = {column.key: column.header for column in rules.sheets.village.columns}
    checked.verified = verify(replies, on_file, returns, names, as_of)
    checked.issues += checked.verified.issues
    for (i, _), outcome in zip(known, checked.verified.outcomes, strict=True):
        new = outcome == "untouched" and i in by_hand
        checked.outcomes[i] = "added" if new else outcome
    told = by_hand | {i for i, _ in known}
    strays = [line for i, line in enumerate(came.lines) if i not in told]
    checked.came = _came([who for _, who in known], strays, on_file)
    return checked


def _add(
    checked: Checked,
    connection: Connection,
    came: Came,
    lines: Sequence[Line],
    cases: Mapping[str, int],
    rules: Rules,
    returns: Returns,
    as_of: date,
) -> None:
    """Find out who the people are that were added by hand."""
    homes = _homes(came.lines, checked.added.on_file)
    people, issues = added_people(lines, homes, rules, returns, as_of)
    sighted = lookup.sighted(
        connection,
        {str(person["id_number"]) for person in people if person["id_number"]},
        {str(person["name_key"]) for person in people if person["name_key"]},
    )
    on_file = on_file_of(connection, came.lines, cases, [row["case_id"] for row in sighted])
    next_case = last_id(connection, "cases") + 1
    numbering = Numbering(next_case, last_numbers(connection), rules.villages)
    unknown = Home(rules.sheets.unknown.town, rules.sheets.unknown.village, "", "")
    checked.added = newcomers(people, sighted, on_file, numbering, unknown, returns, as_of)
    checked.issues += [*issues, *checked.added.issues]


def _whose(
    line: Line, by_hand: bool, added: Newcomers, returns: Returns
) -> Identified | IssueRow | None:
    """Whose line it is, or why that cannot be told; None where that is said already."""
    if not by_hand:
        return identified(line, added.on_file, returns)
    case_id = added.cases.get(line.place)
    return None if case_id is None else Identified(line, case_id, None, keyed=False)


def _replies(
    known: Sequence[Identified],
    checked: Checked,
    rules: Rules,
    returns: Returns,
    month: Mapping[str, str],
    as_of: date,
) -> list[Reply]:
    """The answers of the lines; a line on which another person was written is blocked."""
    on_file, sheets = checked.added.on_file, rules.sheets
    latest = date.fromisoformat(month["as_of"])
    answers = read_answers(
        [(who.line, window(sheets, issued_day(who, on_file, latest), as_of)) for who in known],
        sheets,
        returns,
        rules.reading.placeholders,
        read_dates,
    )
    words = {column.key: column.unknown for column in sheets.village.columns}
    replies = []
    for who, answer in zip(known, answers, strict=True):
        changes, overwritten = changed_cells(who, words, returns)
        if overwritten or answer.given or answer.same is not None:
            checked.issues += changes
        replies.append(Reply(who, answer, blocked=overwritten))
    return replies


def _came(
    known: Sequence[Identified], strays: Iterable[Line], on_file: OnFile
) -> frozenset[tuple[int, str | Place]]:
    """The rows of editions that have come back.

    A stray, of which it cannot be told whose it is, is of the edition that its key names, else of
    that of most lines of its page.
    """
    rows: set[tuple[int, str | Place]] = set()
    pages: dict[tuple[str, str], Counter[int]] = {}
    for who in known:
        if who.edition_id is not None:
            rows.add((who.edition_id, _row(who.line, on_file)))
            pages.setdefault(who.line.place[:2], Counter())[who.edition_id] += 1
    for line in strays:
        edition = edition_of(line.cells.get(HIDDEN_EDITION, ""), on_file)
        page = pages.get(line.place[:2])
        if edition is None and page:
            edition = page.most_common(1)[0][0]
        if edition is not None:
            rows.add((edition, _row(line, on_file)))
    return frozenset(rows)


def _row(line: Line, on_file: OnFile) -> str | Place:
    number = next((number for number in line.numbers if number in on_file.cases), None)
    return number or line.place


def _is_by_hand(line: Line, cases: Mapping[str, int], returns: Returns) -> bool:
    """Whether somebody was added: no key, nothing like a case number, but a name."""
    if HIDDEN_EDITION in line.cells or any(number in cases for number in line.numbers):
        return False
    return not any(re.search(returns.case_number, number) for number in line.numbers)


def _homes(lines: Iterable[Line], on_file: OnFile) -> dict[tuple[str, str], Home]:
    """The village of each sheet: that of most of its lines."""
    places: dict[tuple[str, str], Counter[Home]] = {}
    for line in lines:
        hidden, printed = line.numbers
        case_id = on_file.cases.get(hidden or printed)
        home = None if case_id is None else on_file.homes.get(case_id)
        if home is not None:
            place = Home(home.town, home.village, home.village_code, "")
            places.setdefault((line.file, line.sheet), Counter())[place] += 1
    return {sheet: count.most_common(1)[0][0] for sheet, count in places.items()}


def read_dates(texts: Sequence[str]) -> dict[str, date]:
    """Return the day that each text names; texts that name none are left out."""
    if not texts:
        return {}
    days = dates.parse(pl.Series(texts, dtype=pl.String))["date"]
    return {text: day for text, day in zip(texts, days, strict=True) if day is not None}
