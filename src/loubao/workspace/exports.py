"""DATA on the disk → records: which files there are, which are set aside, what the others hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import polars as pl

from loubao.core import frames
from loubao.core.faults import UntrustedInput
from loubao.ingest.records import tidy
from loubao.ingest.sheets.account import SheetAccount
from loubao.rules.folder import Rules
from loubao.workbook.read_sheets import read_sheets
from loubao.workspace.stages import Progress, Timings

#: Files parsed at the same time; more would only hold more of them in memory.
_AT_ONCE = 2


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

    Raises `UntrustedInput` naming each file that could not be opened or read, or saying that there
    is none.
    """
    paths, refused = files_below(data)
    exports: list[Export] = []
    sheets: list[frames.Sheet] = []

    def read(path: Path) -> tuple[Export | None, list[frames.Sheet], str]:
        return _read(path, label(path.relative_to(data)), rules.reading.ignore, passwords)

    with ThreadPoolExecutor(_AT_ONCE) as readers:  # the parsers let go of the interpreter
        for done, (export, found, refusal) in enumerate(readers.map(read, paths)):
            progress("read", done, len(paths))
            exports += [export] if export else []
            sheets += found
            refused += [refusal] if refusal else []
    progress("read", len(paths), len(paths))
    if refused:
        raise UntrustedInput("\n".join(refused))
    if all(export.ignored for export in exports):
        raise UntrustedInput(f"文件夹 {data.name} 里没有名单，请把本月导出的表格放进去")
    return exports, sheets


def files_below(data: Path) -> tuple[list[Path], list[str]]:
    """Return every file below `data`, and a line for each place that could not be looked into.

    Linked folders are followed, each place once.
    """
    refused: list[str] = []
    seen: set[Path] = set()
    paths: list[Path] = []

    def say(error: OSError) -> None:
        place = label(Path(error.filename).relative_to(data))
        refused.append(f"{place}：文件夹打不开，请检查权限")

    for folder, below, names in os.walk(data, followlinks=True, onerror=say):
        place = Path(folder).resolve()
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        paths += [Path(folder) / name for name in names]
    return sorted(paths), refused


def _read(
    path: Path, file: str, ignore: Sequence[str], passwords: Sequence[str]
) -> tuple[Export | None, list[frames.Sheet], str]:
    """Return the file, its sheets, and why it was refused ("" where it was not)."""
    names = (PurePosixPath(file).name, file)
    ignored = any(fnmatch(name, pattern) for pattern in ignore for name in names)
    try:
        content = path.read_bytes()
    except OSError:
        if ignored:  # the owner file of a workbook that is open elsewhere cannot be read
            return Export(file, 0, "", ignored), [], ""
        return None, [], f"{file}：打不开，请检查权限或是否被别的程序占用"
    export = Export(file, len(content), hashlib.sha256(content).hexdigest(), ignored)
    if ignored:
        return export, [], ""
    try:
        return export, read_sheets(content, file, passwords), ""
    except UntrustedInput as fault:
        return export, [], fault.message


def label(path: Path) -> str:
    """Return what a file is called; names unpacked from a Windows archive may be GB18030.

    >>> label(Path("6月/低保.xlsx"))
    '6月/低保.xlsx'
    >>> label(Path(os.fsdecode("低保.xlsx".encode("gb18030"))))
    '低保.xlsx'
    """
    name = path.as_posix()
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name


@dataclass(frozen=True)
class Checked:
    """DATA read and normalised: RECORDS, ISSUES, and an account of every sheet."""

    exports: list[Export]
    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: Sequence[SheetAccount]


def read_month(
    data: Path,
    rules: Rules,
    as_of: date,
    passwords: Sequence[str],
    progress: Progress,
    timings: Timings,
    whole: bool = True,
) -> Checked:
    """Read and tidy every export below `data`; raises `UntrustedInput`.

    Without `whole` it need not have every list that a month needs.
    """
    with timings.stage("read"):
        exports, sheets = read_folder(data, rules, passwords, progress)
    with timings.stage("tidy"):
        progress("tidy", 0, 1)
        tidied = tidy(sheets, rules, as_of, whole)
        progress("tidy", 1, 1)
    aside = frames.issue_rows(
        (export.file, "", None, "", "FILE_IGNORED", "按 reading.yaml 的 ignore 未读取")
        for export in exports
        if export.ignored
    )
    issues = frames.merge_issues([tidied.issues, aside])
    return Checked(exports, tidied.records, issues, tidied.accounts)
