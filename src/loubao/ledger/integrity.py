"""Whether a ledger is whole: its pages and keys, its tables, its chain, its files, its states.

What was changed behind its back is found and said in words; `docs/security.md` says what cannot be.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from loubao.ledger.chain import (
    EARLIER,
    PastPosting,
    chain_after,
    digest_of,
    earlier_parts,
    has_parts,
    monthly_parts,
    parts_of,
)
from loubao.ledger.postings import (
    NO_PLACE,
    PLACE,
    STATE,
    events_in,
    every_event,
    postings,
    state_values,
)
from loubao.ledger.sqlite_file import Connection
from loubao.ledger.status import VOID, standing
from loubao.ledger.structure import is_altered

#: part → what a message calls its rows
_ROWS = {
    "cases": "个案",
    "covered": "已有保障的人",
    "document": "材料",
    "edition": "核查表",
    "event": "事件",
    "exclusion": "排除名单",
    "judgement": "判断",
    "naming": "当月名单",
    "place": "归属地",
    "posting": "登记",
    "replaced": "被替换的名单",
    "reviewed": "核对",
    "seal": "封存号",
    "sheet_row": "核查表的行",
    "sighting": "名单里的写法",
}


def audit(connection: Connection) -> list[str]:
    """Return the faults of a ledger, in words; none where it is whole.

    The connection should hold a snapshot (`reading`). Raises the errors of SQLite for a
    file that cannot be read at all.
    """
    if is_altered(connection):
        return ["台账的表或保护措施被改动过"]
    # each of these can be read only where the one before it has found nothing
    found = damage(connection) or [*_broken_chain(connection)]
    if not found:
        found = _wrong_states(connection)
        if has_parts(connection):
            found += [*_wrong_places(connection), *_wrong_files(connection)]
    return found


def damage(connection: Connection) -> list[str]:
    """Return the faults that SQLite finds in the pages and the keys of a ledger, in words."""
    found = []
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        found.append("台账文件有损坏的页")
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        found.append("台账里有的记录缺少所属的个案或登记")
    return found


def _broken_chain(connection: Connection) -> Iterator[str]:
    """The first posting whose rows or chain are not those that were posted; one is enough."""
    previous, bound = "", False
    monthly: dict[str, str] = {}
    try:
        posted = postings(connection)
    except ValueError:
        yield "台账的登记被改动过"
        return
    for posting in posted:
        events = [] if posting.parts else events_in(connection, posting.posting_id)
        changed = [*_changed_parts(connection, posting)] if posting.parts else []
        if bound and not posting.parts:
            changed = ["登记"]
        elif not changed and chain_after(previous, posting, events) != posting.chain:
            changed = ["登记" if posting.parts else "事件"]
        if changed:
            yield f"第{posting.posting_id}次登记之后，台账的{'、'.join(changed)}被改动过"
            return
        previous, bound = posting.chain, bool(posting.parts)
        monthly |= {name: digest for name, digest in posting.parts.items() if _is_monthly(name)}
    if bound:
        yield from _changed_months(monthly, monthly_parts(connection))


def _is_monthly(name: str) -> bool:
    return " " in name and not name.startswith(EARLIER)


def _changed_parts(connection: Connection, posting: PastPosting) -> Iterator[str]:
    """What a message calls the rows that are not those that a posting wrote."""
    found = parts_of(connection, posting.posting_id)
    if any(name.startswith(EARLIER) for name in posting.parts):
        found |= earlier_parts(connection, posting.posting_id)
    written = {name: d for name, d in posting.parts.items() if not _is_monthly(name)}
    nothing = digest_of([])  # a table that the ledger of that time did not have
    for name in sorted(found.keys() | written.keys()):
        if found.get(name, nothing) == written.get(name, nothing):
            continue
        yield _ROWS.get(name.removeprefix(EARLIER), name)


def _changed_months(written: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """What differs in the rows of each month; `written`: as its last posting left them."""
    nothing = digest_of([])
    for name in sorted(written.keys() | found.keys()):
        if written.get(name, nothing) != found.get(name, nothing):
            table, _, month = name.partition(" ")
            yield f"{month} 的{_ROWS[table]}被改动过"


def _wrong_states(connection: Connection) -> list[str]:
    written = {
        row[0]: row[1:]
        for row in connection.execute(f"SELECT case_id, {', '.join(STATE)} FROM standing")
    }
    wrong = 0
    for case_id, events in groupby(every_event(connection), key=lambda event: event.case_id):
        try:
            state: tuple[Any, ...] = state_values(standing(events))
        except ValueError:  # no case can go through these events
            state = ()
        wrong += written.pop(case_id, None) != state
    wrong += sum(state != state_values(VOID) for state in written.values())
    return [f"{wrong} 个个案的现状与事件不符"] if wrong else []


def _wrong_places(connection: Connection) -> Iterator[str]:
    """Say how many cases are not where they were placed last."""
    last = ", ".join(f"coalesce(l.{column}, '{NO_PLACE[column]}')" for column in PLACE)
    (wrong,) = connection.execute(
        "WITH l AS (SELECT case_id, max(posting_id),"
        f" {', '.join(PLACE)} FROM place GROUP BY case_id)"
        " SELECT count(*) FROM standing s LEFT JOIN l USING (case_id)"
        f" WHERE ({', '.join(f's.{column}' for column in PLACE)}) IS NOT ({last})"
    ).fetchone()
    if wrong:
        yield f"{wrong} 个个案的归属地与登记不符"


def _wrong_files(connection: Connection) -> Iterator[str]:
    """Say how many files that the ledger keeps are missing, of no posting, or not as they were."""
    found = connection.execute(
        "WITH p AS (SELECT sha256, max(role <> 'input') AS kept FROM posting_document"
        " GROUP BY sha256)"
        " SELECT kept, sha256, bytes, content FROM document LEFT JOIN p USING (sha256)"
    )
    wrong = sum(not _is_content(*row) for row in found)
    if wrong:
        yield f"台账里 {wrong} 份材料的内容被改动过"


def _is_content(kept: int | None, sha256: str, size: int, packed: bytes | None) -> bool:
    if kept is None or packed is None:
        return kept == 0
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, size + 1)
    except zlib.error:
        return False
    return len(content) == size and hashlib.sha256(content).hexdigest() == sha256
