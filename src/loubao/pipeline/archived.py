"""Where in an archive each file behind a posting lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from loubao.ledger.history import PastDocument
from loubao.rules.archive import Archive

#: What some system does not take in the name of a file.
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*\\]')


def paths_of(
    documents: Iterable[PastDocument], months: Mapping[int, str], words: Archive
) -> Iterator[tuple[PastDocument, str]]:
    """Give each file of each month once, and its path in the archive, "/" between folders.

    `months`: the month of each posting. A file that was used with other content under the same
    name before, or whose name differs in nothing that every system tells apart, goes to a folder
    of its own.
    """
    seen: set[tuple[str, str, str, str]] = set()
    taken: set[str] = set()
    for document in documents:
        month = months[document.posting_id]
        same = (document.role, month, document.name, document.sha256)
        if same in seen:
            continue
        seen.add(same)
        folder = f"{words.materials[document.role].folder}/{month}"  # type: ignore[index]
        name = safe(document.name)
        path, number = f"{folder}/{name}", 1
        while path.casefold() in taken:
            number += 1
            path = f"{folder}/{words.again.format(number=number)}/{name}"
        taken.add(path.casefold())
        yield document, path


def safe(name: str) -> str:
    """Return the relative path `name` as every system takes it, never leaving its folder.

    >>> safe("核查表/洛阳镇/上浦村.xlsx"), safe("../a:b/./c"), safe("/")
    ('核查表/洛阳镇/上浦村.xlsx', '_/a_b/c', '_')
    """
    parts = (_FORBIDDEN.sub("_", part).rstrip(". ") for part in PurePosixPath(name).parts)
    return "/".join(part or "_" for part in parts if part != "/") or "_"
