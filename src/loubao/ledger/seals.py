"""Seals of archives, kept in the ledger: is an archive still what was written?"""

from __future__ import annotations

import json
from dataclasses import dataclass

from loubao.ledger.chain import as_json, has_parts
from loubao.ledger.sqlite_file import Connection, transaction


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal of an archive: the digest of its manifest; `archived` is an ISO time."""

    seal: str
    archived: str
    months: tuple[str, ...]


def keep_seal(connection: Connection, seal: Seal) -> None:
    """Write the seal of an archive; the next posting binds it.

    Ends the snapshot of a connection for reading. Needs not the lock of the ledger: nothing that a
    run at work has read depends on it.
    """
    if connection.in_transaction:
        connection.execute("COMMIT")
    with transaction(connection):
        connection.execute(
            "INSERT INTO seal (after, seal, archived, months)"
            " SELECT max(posting_id), ?, ?, ? FROM posting",
            (seal.seal, seal.archived, as_json(list(seal.months))),
        )


def seals(connection: Connection) -> list[Seal]:
    """Return the seals of all archives that were written from a ledger, the first one first."""
    if not has_parts(connection):
        return []
    found = connection.execute("SELECT seal, archived, months FROM seal ORDER BY seal_id")
    return [Seal(seal, archived, tuple(json.loads(months))) for seal, archived, months in found]
