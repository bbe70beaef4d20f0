"""A consistent copy of a ledger while others use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import file_digest as digest
from pathlib import Path
from tempfile import TemporaryDirectory

from loubao.core import disk
from loubao.core.disk import PRIVATE
from loubao.core.faults import UntrustedInput, Usage
from loubao.core.interruption import no_way_back, unbroken
from loubao.ledger.connection import reading
from loubao.ledger.integrity import audit
from loubao.ledger.sqlite_file import (
    APPLICATION,
    Connection,
    is_plain,
    lock_of,
    locked,
    opened,
    opening,
    refusals,
)
from loubao.ledger.write_ahead_log import may_write_beside

_BUSY = "台账 {name} 正在存另一份副本，请等它结束后再试"
_TARGET_BUSY = "副本 {name} 正在被写，请等它结束后再试"
_NOT_WRITTEN = "副本 {name} 写不进去"
_BROKEN = "台账已损坏：{wrong}。没有存副本，请用以前的副本"
_BINARY = getattr(os, "O_BINARY", 0)


def backup(ledger: Path, target: Path, key: str | None = None) -> dict[str, int]:
    """Copy a ledger to the file `target` by SQLite's backup API; an encrypted one stays encrypted.

    The copy is a snapshot, taken without waiting for a writer. It is made and audited beside the
    ledger, because SQLite's locks may not work where `target` lies; then it is put in its place as
    a whole. Returns its `postings`, `events` and `bytes`.

    An earlier copy is replaced only where the ledger has everything in it: so a ledger that was
    lost and started again never replaces its last copy. Raises `Usage` for any other file that
    is there, `Busy` while another copy is being made, `UntrustedInput` where the ledger is damaged.
    """
    ledger, target = ledger.resolve(), target.resolve()
    _refuseparts(ledger, target)
    partial = target.with_name(f".{target.name}.partial")
    with (
        reading(ledger, key) as source,
        opening(target, _NOT_WRITTEN),
        _workplace(ledger) as draft,
    ):
        if target.exists():
            _refuse_other(source, target, key)
        disk.make_folder(target.parent)
        lock = lock_of(target).with_suffix(".copy.lock")
        with locked(target, lock, _TARGET_BUSY):
            try:
                counts = draw(source, draft, key, _BROKEN)
                copy_whole(draft, partial)
                with no_way_back():
                    partial.replace(target)
                    disk.sync(target.parent)
            finally:
                with unbroken():
                    for leftover in (*parts(draft), partial, lock):
                        leftover.unlink(missing_ok=True)
    return {**counts, "bytes": target.stat().st_size}


@contextmanager
def _workplace(ledger: Path) -> Iterator[Path]:
    """Give the place of the draft: beside the ledger, in a folder of its own where that is not so.

    Where it is beside the ledger one copy is made at a time.
    """
    if not may_write_beside(ledger):
        with TemporaryDirectory(prefix="loubao-") as folder:
            yield Path(folder) / ledger.name
        return
    # the lock of the copies does not stop writers of the ledger
    with locked(ledger, lock_of(ledger).with_suffix(".backup.lock"), _BUSY):
        yield ledger.with_name(f".{ledger.name}.backup.partial")


def draw(source: Connection, draft: Path, key: str | None, broken: str) -> dict[str, int]:
    """Write what `source` has to a new file `draft`, nothing beside it; return what is in it.

    Raises `UntrustedInput(broken)`, with what is `{wrong}`, where that is not whole.
    """
    for leftover in parts(draft):  # of a killed run
        leftover.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    with closing(opened(draft, key)) as copy:
        with refusals(draft):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
            wrong = audit(copy)
        if wrong:
            raise UntrustedInput(broken.format(wrong="；".join(wrong)))
        return counts_of(copy)


def counts_of(connection: Connection) -> dict[str, int]:
    """Return how many `postings` and `events` a ledger has."""
    (postings,) = connection.execute("SELECT count(*) FROM posting").fetchone()
    (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
    return {"postings": postings, "events": events}


def copy_whole(draft: Path, partial: Path) -> None:
    """Write the bytes of `draft` to `partial`, and make sure that they are on the disk.

    Raises `OSError`, and `UntrustedInput` where the disk has written something else.
    """
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _BINARY, PRIVATE)
    with draft.open("rb") as drawn, os.fdopen(handle, "wb") as stream:
        shutil.copyfileobj(drawn, stream)
        stream.flush()
        os.fsync(stream.fileno())
    with draft.open("rb") as drawn, partial.open("rb") as written:
        same = digest(drawn, "sha256").digest() == digest(written, "sha256").digest()
    if not same:
        raise UntrustedInput("副本写到磁盘上与台账不符，没有替换原来的副本；请换一个磁盘")


def _refuseparts(ledger: Path, target: Path) -> None:
    """Raise `Usage` where the copy would be written over the ledger or a file that goes with it."""
    if target in (*parts(ledger), lock_of(ledger)) or (
        target.exists() and ledger.exists() and target.samefile(ledger)
    ):
        raise Usage("副本不能写到台账自己的文件上，请换一个文件名")
    if target.is_dir():
        raise Usage(f"{target.name} 是一个文件夹，请写出副本的文件名，如 {target.name}/loubao.db")


def _refuse_other(source: Connection, target: Path, key: str | None) -> None:
    """Raise `Usage` where `target` is not an earlier copy of this very ledger."""
    kept = Usage(f"{target.name} 已有，不是这本台账的旧副本，不覆盖；请换一个文件名")
    if lock_of(target).exists() or target.with_name(f"{target.name}-wal").exists():
        raise Usage(f"{target.name} 是正在使用的台账，不覆盖；请换一个文件名")
    plain = is_plain(target)
    if not plain and key is None:
        raise kept
    try:
        with closing(opened(target, None if plain else key, "mode=ro&immutable=1")) as copy:
            (application,) = copy.execute("PRAGMA application_id").fetchone()
            chains = {chain for (chain,) in copy.execute("SELECT chain FROM posting")}
    except Exception as error:
        if getattr(error, "sqlite_errorname", None) is None:
            raise
        raise kept from None
    ours = {chain for (chain,) in source.execute("SELECT chain FROM posting")}
    if application != APPLICATION or not chains <= ours:
        raise kept


def parts(path: Path) -> list[Path]:
    """Return the files that SQLite may have of a database, itself first."""
    return [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
