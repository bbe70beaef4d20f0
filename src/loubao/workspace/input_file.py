"""A file that is read whole: an ordinary one, of a size that a list may have.

A pipe, a device or a socket may lie where a file is expected, also behind a link: to open it, or to
read it, may never end.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

#: Bytes of a file of a folder, and of one that was named by itself.
MOST, MOST_NAMED = 1 << 29, 1 << 31


class NoFile(OSError):
    """What lies there is no ordinary file."""


class TooLarge(OSError):
    """The file is larger than any list."""


def opened(path: Path) -> BinaryIO:
    """Return an ordinary file, opened for reading; raises `NoFile`, or another `OSError`.

    >>> opened(Path("/dev/null"))
    Traceback (most recent call last):
    loubao.workspace.input_file.NoFile: [Errno 22] no ordinary file
    """
    flags = ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")  # not every system has them
    handle = os.open(path, os.O_RDONLY | sum(int(getattr(os, flag, 0)) for flag in flags))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NoFile(errno.EINVAL, "no ordinary file")
    return os.fdopen(handle, "rb")


def content_of(path: Path, most: int = MOST) -> bytes:
    """Return the bytes of a file; raises `OSError`, `TooLarge` for one of more than `most`."""
    with opened(path) as stream:
        if os.fstat(stream.fileno()).st_size > most:
            raise TooLarge(errno.EFBIG, "larger than any list")
        content = stream.read(most + 1)
    if len(content) > most:
        raise TooLarge(errno.EFBIG, "larger than any list")
    return content


def why_not(error: OSError) -> str:
    """Return what a clerk is told of a file that could not be read."""
    if isinstance(error, NoFile):
        return "不是普通文件（是文件夹、管道、设备或套接字），读不了。请换成表格文件，或把它移走"
    if isinstance(error, TooLarge):
        return "太大，不像名单，没有打开。请核对文件，只留要用的部分"
    return "打不开，请检查权限或是否被别的程序占用"
