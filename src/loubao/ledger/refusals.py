"""What SQLite and the disk say no to, in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loubao.faults import Busy, Fault, UntrustedInput, Usage

#: what the disk said, and what to say of it
_DISK = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满，请清理后重试",
    errno.EDQUOT: "磁盘配额已满，请清理后重试",
    errno.EISDIR: "是一个文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "路径中有一段不是文件夹",
    errno.ENOENT: "这个位置不能新建文件",
    errno.ENAMETOOLONG: "路径太长",
}
# codes by their beginnings, the particular before the general
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")
_NO_SHARED_MEMORY = ("SQLITE_IOERR_SHM", "SQLITE_IOERR_LOCK", "SQLITE_PROTOCOL", "SQLITE_NOLFS")
_NOT_WRITTEN = (
    *("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"),
    "SQLITE_IOERR_TRUNCATE",
)
_DENIED = (
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_PERM",
    "SQLITE_AUTH",
    "SQLITE_IOERR_ACCESS",
)
_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_IOERR")


@contextmanager
def spoken(path: Path) -> Iterator[None]:
    """Turn what SQLite says no to into words; other errors pass."""
    try:
        yield
    except Exception as error:
        said = fault_of(getattr(error, "sqlite_errorname", None) or "", path.name)
        if said is None:
            raise
        raise said from None


@contextmanager
def opening(path: Path, said: str = "台账 {name} 打不开") -> Iterator[None]:
    """Turn what the disk says no to into `said` and a reason; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise Usage(f"{said.format(name=path.name)}：{_DISK[error.errno]}") from None


def fault_of(code: str, name: str) -> Fault | None:
    """Return the fault that an error code of SQLite is; None where it is a defect.

    >>> fault_of("SQLITE_BUSY_SNAPSHOT", "loubao.db").exit_code
    4
    """
    if code.startswith(_BUSY):
        return Busy(f"台账 {name} 正被另一次运行使用，请等它结束后再试")
    if code.startswith("SQLITE_FULL"):
        return Usage(f"台账 {name} 写不进去：磁盘已满，请清理后重试")
    if code.startswith(_NO_SHARED_MEMORY):
        return unfit_place(name)
    if code.startswith(_NOT_WRITTEN):
        return Usage(f"台账 {name} 写不进去，请检查磁盘后重试；台账没有改动")
    if code.startswith(_DENIED):
        return Usage(f"台账 {name} 打不开或写不进去，请检查权限")
    if code.startswith("SQLITE_NOTADB"):
        return Usage(f"{name} 不是台账，或密钥不对")
    if code.startswith(_DAMAGED):
        return UntrustedInput(f"台账 {name} 已损坏，请用 loubao backup 留下的副本")
    return None


def unfit_place(name: str) -> Usage:
    """Return the fault of a ledger on a disk where several computers could write at once."""
    return Usage(
        f"台账 {name} 所在的磁盘不支持多人同时使用（如网络共享盘），"
        "请把台账放在本机磁盘，需要共享时用 loubao backup 存一份副本"
    )
