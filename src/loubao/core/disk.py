"""The disk: what is written stays there when the power goes, and what it refuses is told in words.

A file is safe once it is synced, its name once the folder that holds it is (fsync(2)). So whoever
writes syncs the files, then their folders, then says that it is done: the ledger, a change of
names, an exit code.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from loubao.core.faults import Usage

#: mode of the files and folders that are written: for their owner alone
PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
#: Where Linux lists every disk and its kind; elsewhere there is no such file.
MOUNTS = Path("/proc/self/mountinfo")
#: Files synced at the same time: the disk takes several in one go.
_AT_ONCE = 16
#: What a folder or a special file answers where there is nothing to sync.
_NOTHING_TO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
#: error of the disk → its reason in a message
_REASONS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满，请清理后重试",
    errno.EDQUOT: "磁盘配额已满，请清理后重试",
    errno.EIO: "磁盘读写出错，请检查磁盘后重试",
    errno.EISDIR: "是一个文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "路径中有一段不是文件夹",
    errno.ENOTEMPTY: "那里有别的文件",
    errno.ENOENT: "路径不存在，或这个位置不能新建",
    errno.EXDEV: "是另一个磁盘的挂载点",
    errno.EBUSY: "正被占用，或是挂载点",
    errno.ETXTBSY: "正被别的程序使用",
    errno.EFBIG: "文件超过系统允许的大小",
    errno.ENAMETOOLONG: "路径太长",
    errno.ELOOP: "链接绕了圈",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "打开的文件太多",
    errno.ENXIO: "磁盘不在了，请检查磁盘后重试",
    errno.ENODEV: "磁盘不在了，请检查磁盘后重试",
    errno.ESTALE: "网络共享断开了，请重新连接后重试",
    errno.ENOTCONN: "网络共享断开了，请重新连接后重试",
    errno.EHOSTDOWN: "网络共享断开了，请重新连接后重试",
    errno.ETIMEDOUT: "磁盘没有回应，请检查磁盘后重试",
}


def reason(error: OSError) -> str | None:
    """Return why the disk refused; None for what a person cannot mend.

    >>> reason(OSError(errno.EIO, "")), reason(OSError(errno.EFAULT, ""))
    ('磁盘读写出错，请检查磁盘后重试', None)
    """
    return _REASONS.get(error.errno or 0)


@contextmanager
def refusals(message: str, advice: str = "") -> Iterator[None]:
    """Turn a refusal of the disk into `Usage`: `message`, the reason, `advice`; others pass.

    >>> with refusals("写不进 out"):
    ...     raise OSError(errno.EROFS, "")
    Traceback (most recent call last):
    loubao.core.faults.Usage: 写不进 out：磁盘只读
    """
    try:
        yield
    except OSError as error:
        why = reason(error)
        if why is None:
            raise
        more = advice if "重试" not in why else ""
        raise Usage(f"{message}：{why}{more}") from None


def make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it that are not there, private, their names on the disk.

    Returns what was made, the highest first. The mode that `mkdir` takes is not that of the
    folders above.
    """
    missing = [each for each in (*reversed(folder.parents), folder) if not each.exists()]
    for each in missing:
        each.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        sync(each.parent)
    return missing


def remove_empty(made: Sequence[Path]) -> None:
    """Remove folders that `make_folder` has made, as far as nothing is in them."""
    for folder in reversed(made):
        try:
            folder.rmdir()
        except OSError:
            return


def sync(path: Path) -> None:
    """Wait until the content of a file, or the names in a folder, are on the disk.

    Raises `OSError`. Where the system has nothing to sync there is nothing to wait for.
    """
    folder = path.is_dir()
    if os.name != "posix" and folder:
        return
    # Windows syncs only what may be written
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        _sync_handle(handle)
    except OSError as error:
        if error.errno not in _NOTHING_TO_SYNC:
            raise
    finally:
        os.close(handle)


def sync_all(paths: Iterable[Path]) -> None:
    """Sync many files or folders, several at a time; raises the first `OSError`."""
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        for _ in workers.map(sync, paths):
            pass


def sync_tree(folder: Path) -> None:
    """Sync every file below `folder`, then every folder, and the name of `folder` itself."""
    folders, files = [folder.parent, folder], list[Path]()
    for path in folder.rglob("*"):
        (folders if path.is_dir() else files).append(path)
    sync_all(files)
    sync_all(folders)


def _sync_handle(handle: int) -> None:
    if sys.platform == "darwin":  # there the disk may still hold back what fsync gave it (fcntl(2))
        from fcntl import F_FULLFSYNC, fcntl

        with suppress(OSError):
            fcntl(handle, F_FULLFSYNC)
            return
    os.fsync(handle)


def mount_points(mounts: str) -> Iterator[tuple[Path, str]]:
    r"""Give the place and the kind of every disk in lines of proc(5) mountinfo.

    >>> list(mount_points("2 1 0:2 / /srv/a\\040b rw shared:1 - cifs //office/share rw\n"))
    [(PosixPath('/srv/a b'), 'cifs')]
    """
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        for place in before.split(" ")[4:5]:
            plain = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), place)
            yield Path(plain), after.split(" ")[0]


def read_mounts() -> str:
    """Return the lines of proc(5) mountinfo; nothing where the system has none."""
    try:
        return MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def is_mounted(path: Path) -> bool:
    """Whether something is mounted at `path`, a file also: then it cannot be replaced."""
    place = path.absolute()
    return os.path.ismount(place) or place in {each for each, _ in mount_points(read_mounts())}
