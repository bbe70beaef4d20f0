"""A copy put back in the place of a ledger: checked first, the ledger that is there kept.

At every moment there is a whole ledger under the name, with or without its log; the log of the
ledger that goes is removed last, and one that is left over is noticed (`write_ahead_log`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from loubao.core import disk
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.interruption import no_way_back, unbroken
from loubao.ledger.connection import on_network, reading
from loubao.ledger.copying import copy_whole, counts_of, draw, parts
from loubao.ledger.sqlite_file import BUSY, UNFIT_PLACE, Connection, lock_of, locked, opening

_NOT_RESTORED = "台账 {name} 没有恢复"
_BROKEN = "副本 {name} 不完整：{{wrong}}。没有恢复，请换一份副本"


def restore(
    copy: Path, ledger: Path, key: str | None = None, other: bool = False
) -> dict[str, Any]:
    """Put a copy in the place of a ledger; return what is in it, and where the ledger before is.

    `postings`, `events`: of the copy; `before`: the same of the ledger before, None where there was
    none or it could not be read; `kept`: its file now, None where there was none. Only with `other`
    is it replaced by a copy of another ledger. Raises `Usage`, `Busy`, and `UntrustedInput` for a
    copy that is not whole; then everything is as it was.
    """
    copy, ledger = copy.resolve(), ledger.resolve()
    if not copy.is_file():
        raise Usage(f"没有副本 {copy}，请检查路径")
    if copy in parts(ledger) or (ledger.exists() and copy.samefile(ledger)):
        raise Usage(f"{copy.name} 就是台账自己，请写副本的文件名")
    if on_network(ledger):
        raise Usage(UNFIT_PLACE.format(name=ledger.name))
    draft = ledger.with_name(f".{ledger.name}.restore.partial")
    with opening(ledger, _NOT_RESTORED):
        disk.make_folder(ledger.parent)
        with locked(ledger, lock_of(ledger), BUSY):
            try:
                with reading(copy, key) as source:
                    found = draw(source, draft, key, _BROKEN.format(name=copy.name))
                    first = _first_chain(source)
                before = _before(ledger, key, None if other else first, copy)
                disk.sync(draft)
                with no_way_back():
                    kept = _keep(ledger)
                    _put_in_place(draft, ledger)
            finally:
                with unbroken():
                    for leftover in parts(draft):
                        leftover.unlink(missing_ok=True)
    return {**found, "before": before, "kept": str(kept) if kept else None}


def _first_chain(connection: Connection) -> str | None:
    """The digest of the first posting: that of no other ledger is the same."""
    first = connection.execute("SELECT chain FROM posting ORDER BY posting_id LIMIT 1").fetchone()
    return None if first is None else str(first[0])


def _before(ledger: Path, key: str | None, first: str | None, copy: Path) -> dict[str, int] | None:
    """What is in the ledger that goes; raises `UntrustedInput` where `first` says it is another's.

    Reading it also ends its log, where it has one and nobody else reads.
    """
    try:
        with reading(ledger, key) as present:
            counts, own = counts_of(present), _first_chain(present)
    except (Usage, UntrustedInput):  # not there, or not whole: that is why it goes
        return None
    if first is not None and own is not None and own != first:
        raise UntrustedInput(
            f"副本 {copy.name} 不是台账 {ledger.name} 的副本，是另一本台账的。"
            "没有恢复；确要换成它，请加 --yes 再运行一次，原台账会另存"
        )
    return counts


def _keep(ledger: Path) -> Path | None:
    """Give the ledger, and what SQLite has beside it, a second name with the time in it."""
    if not any(part.exists() for part in parts(ledger)):
        return None
    stem = f"{ledger.stem}.{datetime.now():%Y%m%d-%H%M%S}"
    names = (ledger.with_name(f"{stem}{f'-{i}' if i > 1 else ''}{ledger.suffix}") for i in count(1))
    kept = next(name for name in names if not any(part.exists() for part in parts(name)))
    for part, name in zip(parts(ledger), parts(kept), strict=True):
        if part.exists() and not part.name.endswith("-shm"):  # that is memory, nothing to keep
            try:
                os.link(part, name)
            except OSError:  # a disk without second names
                copy_whole(part, name)
    disk.sync(ledger.parent)
    return kept


def _put_in_place(draft: Path, ledger: Path) -> None:
    draft.replace(ledger)
    for part in parts(ledger)[1:]:
        with suppress(OSError):  # noticed by the next run
            part.unlink(missing_ok=True)
    disk.sync(ledger.parent)
