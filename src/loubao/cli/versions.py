"""`loubao --version`: what a report of a fault should name, without importing any of it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loubao import __version__

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
