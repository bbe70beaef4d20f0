"""A folder of returned sheets on the disk → their lines; what cannot be read is an issue."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from loubao.core.events import Document
from loubao.core.faults import UntrustedInput
from loubao.core.frames import IssueRow, Sheet
from loubao.returns.page import Line, Page, Terms, holds_more, page_of
from loubao.workbook.read_sheets import read_sheets
from loubao.workspace.exports import files_below
from loubao.workspace.exports import label as label_of
from loubao.workspace.stages import Progress


@dataclass
class ReturnedSheets:
    """Everything that came back: lines in the order of files, sheets and rows; files as documents.

    `kinds` counts the rows that are no line, by kind; `ignored` are files that are not read;
    `files` and `sheets` count what was read.
    """

    lines: list[Line] = field(default_factory=list)
    issues: list[IssueRow] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    documents: list[Document] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    sheets: int = 0
    files: int = 0


def read_returns(
    folder: Path, terms: Terms, passwords: Sequence[str], progress: Progress
) -> ReturnedSheets:
    """Return every line of every village sheet below `folder`.

    Raises `UntrustedInput` when there is no village sheet at all.
    """
    paths, refused = files_below(folder)
    returned = ReturnedSheets()
    for message in refused:
        _unreadable(returned, message, terms)
    for done, path in enumerate(paths):
        progress("read", done, len(paths))
        _read(path, label_of(path.relative_to(folder)), returned, terms, passwords)
    progress("read", len(paths), len(paths))
    if not returned.sheets:
        raise UntrustedInput(f"文件夹 {folder.name} 里没有交回的核查表，请检查文件夹是否给对")
    return returned


def _read(
    path: Path, file: str, returned: ReturnedSheets, terms: Terms, passwords: Sequence[str]
) -> None:
    """Read one file; `file` is its name in messages and issues."""
    patterns, words = terms.returns.ignore, terms.words
    if any(fnmatch(name, pattern) for pattern in patterns for name in (path.name, file)):
        returned.ignored.append(file)
        returned.issues.append((file, "", None, "", "FILE_IGNORED", words.ignored))
        return
    returned.files += 1
    try:
        content = path.read_bytes()
        sheets = read_sheets(content, file, passwords)
    except UntrustedInput as fault:
        _unreadable(returned, fault.message, terms)
        return
    except OSError:
        _unreadable(returned, f"{file}：打不开，请检查权限或是否被别的程序占用", terms)
        return
    pages = [(sheet, page_of(sheet, terms)) for sheet in sheets]
    if not any(page.found for _, page in pages):
        rows = sum(sheet.cells.height for sheet in sheets)
        returned.kinds["skipped"] += rows
        detail = words.not_a_sheet.format(rows=rows)
        returned.issues.append((file, "", None, "", "FILE_NOT_RETURN", detail))
        return
    digest = hashlib.sha256(content).hexdigest()
    returned.documents.append(Document("returned", file, digest, len(content), content))
    for sheet, page in pages:
        _take(returned, sheet, page, terms)


def _take(returned: ReturnedSheets, sheet: Sheet, page: Page, terms: Terms) -> None:
    returned.kinds += page.kinds
    if not page.found:
        if holds_more(sheet, terms):
            detail = terms.words.page_not_read.format(rows=sheet.cells.height)
            returned.issues.append((sheet.file, sheet.name, None, "", "PAGE_NOT_READ", detail))
        return
    returned.sheets += 1
    returned.lines += page.lines
    returned.issues += page.issues
    unsaid = terms.returns.unsaid
    returned.issues += [row for row in sheet.issues.iter_rows() if row[4] not in unsaid]


def _unreadable(returned: ReturnedSheets, message: str, terms: Terms) -> None:
    file, _, reason = message.partition("：")
    detail = terms.words.not_read.format(reason=reason or message)
    returned.issues.append((file, "", None, "", "FILE_UNREADABLE", detail))
