"""The lines of returned sheets, each with its case, its answer and its outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

from loubao.core.frames import IssueRow
from loubao.returns.answers import read_replies
from loubao.returns.destination import requests
from loubao.returns.identification import Identified, IssuedLine, identify, issued_lines
from loubao.returns.newcomers import Newcomers, homes_of
from loubao.returns.page import Line, Spot
from loubao.returns.terms import Terms
from loubao.returns.verification import Outcome, Verified, verify


@dataclass
class Checked:
    """All lines after verification.

    outcomes  the outcome of each line, by its place among the lines
    issued    the lines of editions that came back, also those whose case cannot be determined
    parted    the numbers of cases opened for another person under a number (`parted_names`)
    """

    added: Newcomers
    verified: Verified
    outcomes: dict[int, Outcome]
    issues: list[IssueRow]
    issued: frozenset[IssuedLine]
    parted: list[str] = field(default_factory=list)


def check_lines(
    lines: Sequence[Line], by_hand: Set[Spot], added: Newcomers, terms: Terms, latest: dt.date
) -> Checked:
    """Return the outcome of each line.

    `by_hand` are the lines that villages added by hand, `added` the people that they name;
    `latest` is the day of the latest month posted, from which dates are reckoned on lines without
    a sheet.
    """
    excerpt = added.excerpt
    homes = homes_of(lines, excerpt)
    named: dict[int, Identified] = {}
    strays: dict[int, Line] = {}
    issues: list[IssueRow] = []
    for i, line in enumerate(lines):
        found: Identified | IssueRow | None
        if line.place in by_hand:
            case_id = added.cases.get(line.place)
            found = None if case_id is None else Identified(line, case_id, None, keyed=False)
        else:
            found = identify(line, excerpt, terms, homes.get(line.place[:2]))
        if isinstance(found, Identified):
            named[i] = found
        elif found is not None:
            strays[i] = line
            issues.append(found)
    asked, returned, wrong = requests(named, excerpt, terms)
    named = {i: each for i, each in named.items() if i not in returned}
    issues += wrong
    sheets = [excerpt.sheets.get(each.edition_id or 0) for each in named.values()]
    days = [dt.date.fromisoformat(sheet.issued_on) if sheet else latest for sheet in sheets]
    replies, changed = read_replies(list(named.values()), days, terms)
    replies = [replace(r, kept=r.origin.line.place in added.kept) for r in replies]
    verified = verify(replies, excerpt, terms)
    verified.events += asked
    outcomes: dict[int, Outcome] = dict.fromkeys(range(len(lines)), "out")
    outcomes |= returned
    for (i, each), outcome in zip(named.items(), verified.outcomes, strict=True):
        new = outcome == "untouched" and each.line.place in by_hand
        outcomes[i] = "added" if new else outcome
    return Checked(
        added=added,
        verified=verified,
        outcomes=outcomes,
        issues=[*added.issues, *issues, *changed, *verified.issues],
        issued=issued_lines(list(named.values()), strays.values(), excerpt),
    )
