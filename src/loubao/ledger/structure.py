"""The tables and triggers of a ledger: the SQL of each version, and whether they are still that.

A trigger that was dropped, or put back with nothing in it, no longer keeps what was posted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

#: Tables, indices, triggers and views. What SQLite makes for itself (`sqlite_…`) does not count.
_MADE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'"


def migrations() -> list[str]:
    """Return the SQL of each version, the first one first."""
    scripts = Path(__file__).with_name("migrations").glob("*.sql")
    return [script.read_text(encoding="utf-8") for script in sorted(scripts)]


def statements(script: str) -> Iterator[str]:
    """Give the statements of a script: executing them together would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def is_altered(connection: Any) -> bool:
    """Return whether the tables and triggers are other ones than those of the ledger's version."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return bool(differences(connection, tuple(migrations()[:version])))


def differences(connection: Any, scripts: tuple[str, ...]) -> list[str]:
    """Return the names of what was added, dropped or changed, sorted.

    `scripts`: the SQL of each version up to that of the ledger.
    """
    return sorted({name for _, name, _, _ in _made(connection) ^ _of_version(scripts)})


def _made(connection: Any) -> frozenset[tuple[str, str, str, str]]:
    found = connection.execute(_MADE).fetchall()
    return frozenset(
        (kind, name, table, " ".join((sql or "").split())) for kind, name, table, sql in found
    )


@cache
def _of_version(scripts: tuple[str, ...]) -> frozenset[tuple[str, str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("".join(scripts))
        return _made(connection)
