"""What a posting of returned sheets says of their rows, kept with it.

Much is said only by the run that posts: the number that somebody new was given, which of two
answers was taken. That run may be killed before its output is there, or before anybody has seen it.
So whoever collects the same files again is told the same, and what was never shown is said by the
next run, whatever it collects.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from loubao.core.frames import IssueRow
from loubao.ledger.chain import as_json
from loubao.ledger.sqlite_file import Connection


@dataclass(frozen=True, slots=True)
class PostedIssues:
    """The issues of a return: `digest` is that of its files, `as_of` the day they were read for.

    last   nothing was posted after it
    shown  its output came to its place
    """

    digest: str
    as_of: str
    issues: tuple[IssueRow, ...]
    last: bool
    shown: bool


def keep_issues(connection: Connection, posting_id: int, issues: Sequence[IssueRow]) -> None:
    """Keep what a posting says of its rows, and what an earlier one has left unsaid."""
    connection.execute(
        "INSERT INTO posted_issues (posting_id, issues) VALUES (?, ?)",
        (posting_id, as_json(issues)),
    )


def posted_issues(connection: Connection) -> PostedIssues | None:
    """Return what the last return that holds said of its rows; None without one."""
    found = connection.execute(
        "SELECT p.digest, p.as_of, i.issues, p.posting_id = ("
        " SELECT max(posting_id) FROM posting WHERE posting_id NOT IN taken_back), i.shown"
        " FROM posted_issues i JOIN posting p USING (posting_id)"
        " WHERE i.posting_id NOT IN taken_back ORDER BY i.posting_id DESC LIMIT 1"
    ).fetchone()
    if found is None:
        return None
    digest, as_of, issues, last, shown = found
    rows = tuple(tuple(issue) for issue in json.loads(issues))
    return PostedIssues(digest, as_of, rows, bool(last), bool(shown))


def all_shown(connection: Connection) -> None:
    """Note that everything said so far is in its place; else (a full disk) it is said again."""
    with suppress(Exception):
        connection.execute("UPDATE posted_issues SET shown = 1 WHERE NOT shown")
