"""The write-ahead log beside a ledger: whether it is that ledger's own, and how to do without it.

SQLite takes any `-wal` file beside a database for that database's (sqlite.org/howtocorrupt.html,
section 1.4). So a copy laid over a ledger whose last run was killed would be mixed with what it
should replace.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from loubao.core.faults import Busy, UntrustedInput
from loubao.ledger.integrity import audit
from loubao.ledger.sqlite_file import opened

_HEADER_OF_LOG = 32  # bytes; a log with no more holds nothing
#: where the header of a database says that it has a write-ahead log (sqlite.org/fileformat2.html)
_JOURNAL_AT, _OWN_LOG = slice(18, 20), b"\x02\x02"
_FOREIGN = (
    "台账 {name} 和旁边的 {name}-wal 不是一套{wrong}：像是把副本直接复制过来，盖在了台账上。"
    "没有改动任何文件；请用 loubao restore 副本文件 来恢复，原来的会另存"
)
_CHANGED = "台账 {name} 正在被改写，请等一会儿再试"


def log_of(path: Path) -> Path:
    """Return the write-ahead log of a database."""
    return path.with_name(f"{path.name}-wal")


def has_log(path: Path) -> bool:
    """Whether the last one to use the ledger did not end in order, or it is in use."""
    log = log_of(path)
    return log.is_file() and log.stat().st_size > _HEADER_OF_LOG


def refuse_foreign_log(path: Path, key: str | None) -> None:
    """Raise `UntrustedInput` where a ledger and the log beside it do not belong together.

    Nothing is written. Together they must be whole, and have all that the ledger has alone.
    """
    if path.is_dir() or not has_log(path):
        return
    header = b""
    if path.exists():
        with path.open("rb") as stream:
            header = stream.read(_JOURNAL_AT.stop)
    foreign = UntrustedInput(_FOREIGN.format(name=path.name, wrong=""))
    if not header or (key is None and header[_JOURNAL_AT] != _OWN_LOG):
        raise foreign
    alone = _chains(path, key)  # first: a writer may be at work
    with closing(opened(path, key, "mode=ro")) as both:
        try:
            wrong = audit(both)
            chains = {chain for (chain,) in both.execute("SELECT chain FROM posting")}
        except Exception as error:
            code = getattr(error, "sqlite_errorname", None)
            if code is None:
                raise
            if "CORRUPT" not in code:  # no tables yet, another key: opening it will tell
                return
            raise foreign from None
    if wrong:
        said = f"（{'；'.join(wrong)}）"
        raise UntrustedInput(_FOREIGN.format(name=path.name, wrong=said))
    if not alone <= chains:
        raise foreign


def _chains(path: Path, key: str | None) -> set[str]:
    """The digests of the postings that the ledger has without its log, as far as it can be read."""
    try:
        with closing(opened(path, key, "mode=ro&immutable=1")) as alone:
            return {chain for (chain,) in alone.execute("SELECT chain FROM posting")}
    except Exception as error:
        if getattr(error, "sqlite_errorname", None) is None:
            raise
        return set()


@contextmanager
def still(path: Path) -> Iterator[tuple[Path, str]]:
    """Give the file to read in the place of a ledger beside which nothing may be written, and how.

    `how`: parameters of a URI file name. A ledger without a log is read as it stands; one that a
    killed run left with a log is copied to a private folder first. Raises `Busy` where somebody
    else has written to it meanwhile.
    """
    shared = path.with_name(f"{path.name}-shm")
    if has_log(path) and not shared.exists():
        with TemporaryDirectory(prefix="loubao-") as folder:
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            shutil.copyfile(log_of(path), log_of(copy))
            yield copy, "mode=rw"
        return
    if has_log(path):
        yield path, "mode=ro"
        return
    before = _state(path)
    yield path, "mode=ro&immutable=1"
    if _state(path) != before:
        raise Busy(_CHANGED.format(name=path.name))


def _state(path: Path) -> tuple[int, int, bool]:
    about = path.stat()
    return about.st_mtime_ns, about.st_size, has_log(path)


def may_write_beside(path: Path) -> bool:
    """Whether files can be made beside a ledger, as SQLite needs for its log."""
    return os.access(path.parent, os.W_OK)
