"""A folder of returned sheets on the disk → its pages; what cannot be read is said, not fatal."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from loubao.core.events import Document
from loubao.core.faults import UntrustedInput
from loubao.core.frames import Sheet
from loubao.returns.page import Headers, IssueRow, Line, Page, headers, holds_more, page_of
from loubao.rules import Rules
from loubao.rules.returns import Returns
from loubao.workbook.read_sheets import read_sheets
from loubao.workspace.exports import files_below
from loubao.workspace.exports import label as label_of
from loubao.workspace.stages import Progress


@dataclass
class Came:
    """What came back: lines in the order of files, sheets and rows; files as documents.

    `kinds` counts the rows that are no line, by kind; `skipped` are files that are not read.
    """

    lines: list[Line] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    documents: list[Document] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    sheets: int = 0
    files: int = 0


def read_returns(
    folder: Path, rules: Rules, returns: Returns, passwords: Sequence[str], progress: Progress
) -> Came:
    """Return every line of every village sheet below `folder`.

    Raises `UntrustedInput` when there is no village sheet at all.
    """
    known = headers(rules.sheets)
    paths, refused = files_below(folder)
    came = Came()
    for message in refused:
        _unreadable(came, message, returns)
    for done, path in enumerate(paths):
        progress("read", done, len(paths))
        _read(path, label_of(path.relative_to(folder)), came, known, rules, returns, passwords)
    progress("read", len(paths), len(paths))
    if not came.sheets:
        raise UntrustedInput(f"文件夹 {folder.name} 里没有交回的核查表，请检查文件夹是否给对")
    return came


def _read(
    path: Path,
    file: str,
    came: Came,
    known: Headers,
    rules: Rules,
    returns: Returns,
    passwords: Sequence[str],
) -> None:
    if any(fnmatch(name, pattern) for pattern in returns.ignore for name in (path.name, file)):
        came.skipped.append(file)
        came.issues.append((file, "", None, "", "FILE_IGNORED", returns.said.ignored))
        return
    came.files += 1
    try:
        content = path.read_bytes()
        sheets = read_sheets(content, file, passwords)
    except UntrustedInput as fault:
        _unreadable(came, fault.message, returns)
        return
    except OSError:
        _unreadable(came, f"{file}：打不开，请检查权限或是否被别的程序占用", returns)
        return
    pages = [(sheet, page_of(sheet, known, returns, rules.reading)) for sheet in sheets]
    if not any(page.found for _, page in pages):
        rows = sum(sheet.cells.height for sheet in sheets)
        came.kinds["skipped"] += rows
        detail = returns.said.not_a_sheet.format(rows=rows)
        came.issues.append((file, "", None, "", "FILE_NOT_RETURN", detail))
        return
    digest = hashlib.sha256(content).hexdigest()
    came.documents.append(Document("returned", file, digest, len(content), content))
    for sheet, page in pages:
        _take(came, sheet, page, rules, returns)


def _take(came: Came, sheet: Sheet, page: Page, rules: Rules, returns: Returns) -> None:
    came.kinds += page.kinds
    if not page.found:
        if holds_more(sheet, rules.sheets, returns):
            detail = returns.said.page_not_read.format(rows=sheet.cells.height)
            came.issues.append((sheet.file, sheet.name, None, "", "PAGE_NOT_READ", detail))
        return
    came.sheets += 1
    came.lines += page.lines
    came.issues += page.issues
    came.issues += [row for row in sheet.issues.iter_rows() if row[4] not in returns.unsaid]


def _unreadable(came: Came, message: str, returns: Returns) -> None:
    file, _, reason = message.partition("：")
    detail = returns.said.not_read.format(reason=reason or message)
    came.issues.append((file, "", None, "", "FILE_UNREADABLE", detail))
