"""Which lists the names of a sheet say: of its file, its folder, the sheet itself, its titles.

Of the lists that have a word there, the one with the longest word counts: 低保边缘 is not 低保.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

from loubao.core.frames import Sheet
from loubao.ingest.sheets.fit import Fit
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.lists import ListRule


def longest_word(words: Iterable[str], text: str) -> str:
    """Return the longest of `words` that stands in `text`; "" for none.

    >>> longest_word(("低保", "低保边缘"), "6月低保边缘户"), longest_word(("停保",), "6月低保")
    ('低保边缘', '')
    """
    return max((word for word in map(plain, words) if word in text), key=len, default="")


@dataclass(frozen=True)
class Said:
    """What one text says: the lists with the longest word in it, and that word ("" for none)."""

    text: str
    lists: frozenset[str] = frozenset()
    word: str = ""


def said(text: str, lists: Mapping[str, ListRule]) -> Said:
    """Return the lists that a plain text says; a list that a word there rules out is not said.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> lists = load_rules(shipped_rules()).lists
    >>> for text in ("6月低保边缘", "低保停保名单", "低收入家庭残疾人", "导出(3)"):
    ...     found = said(text, lists)
    ...     print(sorted(found.lists), repr(found.word))
    ['dibao_edge'] '低保边缘'
    [] ''
    ['dibao_edge'] '低收入家庭'
    [] ''
    """
    words = {
        name: longest_word(rule.claim.words, text)
        for name, rule in lists.items()
        if not longest_word(rule.claim.without, text)
    }
    best = max(words.values(), key=len, default="")
    if not best:
        return Said(text)
    return Said(text, frozenset(n for n, w in words.items() if len(w) == len(best)), best)


def barred(name: str, lists: Mapping[str, ListRule], text: str) -> bool:
    """Return whether a word in the text rules a list out."""
    return bool(longest_word(lists[name].claim.without, text))


def settled(sheet: Sheet, lists: Mapping[str, ListRule]) -> list[str]:
    """Return the lists that the rules say a sheet is: `claim.files`."""
    names = [PurePosixPath(sheet.file).name, sheet.file]
    names += [f"{name}#{sheet.name}" for name in names]
    return [
        name
        for name, rule in lists.items()
        if any(fnmatch(each, pattern) for each in names for pattern in rule.claim.files)
    ]


def passed_over(file: str, sheet: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns of what is not read is of a sheet: 低保*.xlsx#说明.

    >>> passed_over("6月/低保6.xlsx", "旧册", ["低保*.xlsx#旧册"])
    True
    >>> passed_over("低保6.xlsx", "旧册", ["低保*", "低保*#说明"])
    False
    """
    names = [f"{name}#{sheet}" for name in (PurePosixPath(file).name, file)]
    sheets = [pattern for pattern in patterns if "#" in pattern]
    return any(fnmatch(name, pattern) for name in names for pattern in sheets)


def title_of(sheet: Sheet, readings: Iterable[Fit]) -> str:
    """Return everything above the header as one plain text."""
    above = min((fit.start for fit in readings if not fit.missing), default=0)
    if not above:
        return ""
    rows = sheet.first(above)
    return plain("|".join(cell for row in rows for cell in dict.fromkeys(row) if cell is not None))
