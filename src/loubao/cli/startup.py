"""Chinese file names, in whatever locale the program is started.

What loubao reads and writes has names in Chinese. In a locale without Chinese (`C` where Python is
kept from working around it, a Latin one) Python can neither write nor recognise them: then it is
started once more, in its UTF-8 mode, before anything is read.

`loubao --version`: what a report of a fault should name, without importing any of it.

The trace of a defect, without the data it met: types, files, lines and functions only.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loubao import __version__

_CHINESE = "漏保核查"


def writable(encoding: str) -> bool:
    """Whether file names in an encoding can be Chinese.

    >>> [writable(name) for name in ("utf-8", "gb18030", "gbk", "ascii", "iso8859-15")]
    [True, True, True, False, False]
    """
    try:
        _CHINESE.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def make_writable() -> None:
    """Start this process once more where Python cannot write Chinese file names; else nothing.

    Windows and macOS always can. A program without Python around it takes no options of Python;
    its starter chooses UTF-8 by itself in the C locale, whatever the environment says.
    """
    if sys.platform == "win32" or writable(sys.getfilesystemencoding()):
        return
    if sys.executable and not getattr(sys, "frozen", False) and "utf8" not in sys._xoptions:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


#: The libraries on whose version a result may depend.
_LIBRARIES = ("polars", "rapidfuzz", "pydantic", "python-calamine", "xlsxwriter")


def lines() -> Iterator[str]:
    """Yield loubao's version, those of what matters to its results, and where rules come from."""
    yield f"loubao {__version__}"
    yield f"Python {platform.python_version()}（{sys.platform} {platform.machine()}）"
    yield "、".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    yield f"SQLite {_sqlite()}"
    yield f"规则：{'当前目录的 rules' if Path('rules').is_dir() else '自带规则'}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "未知"


def _sqlite() -> str:
    try:
        from _sqlite3 import sqlite_version
    except ImportError:
        return "没有"
    return sqlite_version


def write_trace(error: BaseException) -> Path | None:
    """Write where `error` came from to a private file; return its path, None on a full disk.

    The text of an exception may quote a cell, so it is left out: only the chain of types and the
    places in the code are written.
    """
    lines = [f"loubao {__version__}  Python {platform.python_version()}"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(cause.__traceback__)
        ]
        cause = cause.__cause__ or cause.__context__
    name = f"loubao-{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.trace"
    try:
        path = Path(tempfile.gettempdir()) / name
        path.touch(mode=0o600, exist_ok=False)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return None
    return path
