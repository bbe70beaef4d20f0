"""DATA on the disk: which files there are, what they hold, which are set aside."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from loubao import frames
from loubao.faults import UntrustedInput, Usage
from loubao.pipeline.progress import Progress
from loubao.rules import Rules
from loubao.workbook.reading import read_sheets


@dataclass(frozen=True)
class Export:
    """One file of DATA: its path relative to DATA, size in bytes, SHA-256, whether set aside."""

    file: str
    bytes: int
    sha256: str
    ignored: bool


def read_folder(
    data: Path, rules: Rules, passwords: Sequence[str], progress: Progress
) -> tuple[list[Export], list[frames.Sheet]]:
    """Return every file below `data` and the sheets of those that are not set aside.

    Raises `Usage` when `data` is no folder, and `UntrustedInput` naming each file that could not
    be opened or read, or saying that there is none.
    """
    if not data.is_dir():
        raise Usage(f"DATA 应为存放本月名单的文件夹：{data} 不存在或不是文件夹")
    paths = sorted(path for path in data.rglob("*") if path.is_file())
    exports: list[Export] = []
    sheets: list[frames.Sheet] = []
    refused: list[str] = []
    for done, path in enumerate(paths):
        progress("read", done, len(paths))
        file = _label(path.relative_to(data))
        try:
            content = path.read_bytes()
        except OSError:
            refused.append(f"{file}：打不开，请检查权限或是否被别的程序占用")
            continue
        ignored = any(
            fnmatch(name, pattern) for pattern in rules.reading.ignore for name in (path.name, file)
        )
        exports.append(Export(file, len(content), hashlib.sha256(content).hexdigest(), ignored))
        if not ignored:
            try:
                sheets += read_sheets(content, file, passwords)
            except UntrustedInput as fault:
                refused.append(fault.message)
    progress("read", len(paths), len(paths))
    if refused:
        raise UntrustedInput("\n".join(refused))
    if not any(not export.ignored for export in exports):
        raise UntrustedInput(f"文件夹 {data.name} 里没有名单，请把本月导出的表格放进去")
    return exports, sheets


def _label(path: Path) -> str:
    """Return what a file is called; names unpacked from a Windows archive may be GB18030."""
    name = path.as_posix()
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name
