"""What shows that a row or a sheet holds people, where no header says so.

A person's number is one wherever it stands. Of names none is sure: a column of them is people, and
so are a few names beside what is said of a person (a day, a telephone, a passport, words of the
rules). A sheet of choices or of notes has neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from loubao.core.characters import name_signs
from loubao.core.frames import Sheet
from loubao.ingest.fields.name_parts import COMMON, read
from loubao.ingest.sheets.vocabulary import any_of, plain
from loubao.rules.folder import Rules
from loubao.rules.linking import LinkRules

_SHORTEST_NUMBER = 5
#: A number of a person: 15 or 18 digits, some of them hidden, or as a spreadsheet damages them.
#: With two digits behind it, and perhaps which copy it is, a certificate's of disability.
_PERSONS_NUMBER = re.compile(
    r"(?<![0-9*])(?=[0-9*]{0,12}[0-9]{4})"
    r"(?:[0-9*]{14,17}[0-9*Xx]|[0-9*]{17}[0-9*Xx][0-9*]{2}(?:[A-Za-z][0-9]{1,2})?)(?![0-9*])"
    r"|(?<![0-9])[0-9]\.?[0-9]*[Ee]\+1[47]"
)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015_·]+")
_USUAL_NAME = re.compile(f"[{''.join(sorted(COMMON))}][\u4e00-\u9fff]{{1,2}}")
#: A passport, a permit to travel or to reside: letters, then digits.
_PERMIT = re.compile(r"[A-Z]{1,3}[0-9]{7,12}(?:\([0-9A-Z]{1,2}\))?", re.IGNORECASE)
_DAY = re.compile(r"(?:19|20)[0-9]{2}(?:[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?|[01][0-9][0-3][0-9])")
_TELEPHONE = re.compile(r"1[3-9][0-9]{9}")
_FEWEST_NAMES, _MOST_OF_A_COLUMN = 3, 0.6
_LONGEST_NAME, _LONGEST_HAN = 20, 4
#: Cells that a row alone must have, and known words in it, to be that of a person.
_FULL_ROW, _FEWEST_WORDS = 4, 2
_ALL_DIFFERENT = 0.9


def has_number(cells: Iterable[str | None]) -> bool:
    """Return whether a cell holds a person's number, whole, masked or damaged: no header does.

    >>> has_number(["姓名", "990101 19600305 0119"]), has_number(["990101********0119", None])
    (True, True)
    >>> has_number(["9.90101196003051e+17"]), has_number(["电话", "059587654321", None])
    (True, False)
    >>> has_number(["99010119600305011941"]), has_number(["6222021234567890123"])
    (True, False)
    """
    return any(
        _PERSONS_NUMBER.search(_SEPARATORS.sub("", unicodedata.normalize("NFKC", cell)))
        for cell in cells
        if cell is not None and len(cell) > _SHORTEST_NUMBER
    )


def names_people(sheet: Sheet) -> bool:
    """Return whether a sheet holds the number of any person."""
    return any(has_number(cells) for _, *cells in sheet.cells.iter_rows())


def looks_like_name(cell: str | None) -> bool:
    """Return whether a cell is two or three characters behind a common surname: most are a name.

    >>> [looks_like_name(cell) for cell in ("张三", "林 秀英", "张三（户主）", "洛阳镇", None)]
    [True, True, False, False, False]
    """
    return cell is not None and _USUAL_NAME.fullmatch(plain(cell)) is not None


def lists_people(sheet: Sheet, rules: Rules | LinkRules) -> bool:
    """Return whether a column of a sheet is one of people's names, as far as can be told.

    Most cells of it are: three different usual ones, or any that stand beside what is said of a
    person, or three different texts of whatever surname that each have a day, a telephone or a
    passport beside them.
    """
    signs = _Signs(rules)
    rows = [cells for _, *cells in sheet.cells.iter_rows()]
    for at, name in enumerate(sheet.cells.columns[1:]):
        filled = sheet.cells[name].drop_nulls()
        distinct = filled.unique().to_list()
        enough = _MOST_OF_A_COLUMN * filled.len()
        usual = [cell for cell in distinct if looks_like_name(cell)]
        if len(usual) >= _FEWEST_NAMES and filled.is_in(usual).sum() >= enough:
            return True
        named = [cell for cell in distinct if signs.may_be_name(cell)]
        if named and filled.is_in(named).sum() >= enough and signs.beside(rows, at, set(named)):
            return True
        short = [cell for cell in distinct if signs.is_short(cell)]
        if len(short) >= max(_FEWEST_NAMES, _ALL_DIFFERENT * filled.len()) and all(
            signs.of_person(row) for row in rows if row[at] in short
        ):
            return True
    return False


class _Signs:
    """What of a row may be a name, and what is said of a person, by the words of the rules."""

    def __init__(self, rules: Rules | LinkRules) -> None:
        self._words = rules.discretion.words
        self._label = any_of(rules.reading.footers)
        self._known = lru_cache(maxsize=20_000)(self._is_known)
        self.may_be_name = lru_cache(maxsize=20_000)(self._may_be_name)

    def _is_known(self, cell: str) -> bool:
        return plain(cell) in self._words

    def _may_be_name(self, cell: str) -> bool:
        """Return whether a cell may be a name: short behind any surname, with a dot, or Latin."""
        if len(cell) > _LONGEST_NAME or self._known(cell):
            return False
        found = read(cell)
        name = found.name or ""
        if found.kind == "latin":
            return " " in name
        if found.kind != "han" or self._known(name):
            return False
        return "·" in name or surnamed(name)

    def is_short(self, cell: str) -> bool:
        """Return whether a cell is two to four Chinese characters that are no word of the rules."""
        text = plain(cell)
        han = 1 < len(text) <= _LONGEST_HAN and all(sign >= "\u3400" for sign in text)
        return han and text.isalpha() and not self._known(cell)

    def of_person(self, row: Sequence[str | None]) -> bool:
        """Return whether a row has a day, a telephone number, or the number of a passport."""
        return any(
            pattern.fullmatch(plain(cell))
            for cell in row
            if cell is not None
            for pattern in (_PERMIT, _DAY, _TELEPHONE)
        )

    def beside(self, rows: Sequence[Sequence[str | None]], at: int, names: set[str]) -> bool:
        """Return whether names are of people by what stands beside them: one full row, or two.

        Who filled in the table stands behind a label and is none of its people.
        """
        told: set[str] = set()
        for row in rows:
            name = row[at]
            if name not in names or name is None or self._labelled(row, at):
                continue
            sure = self.of_person(row)
            words = sum(cell is not None and self._known(cell) for cell in row)
            full = sum(cell is not None for cell in row) >= _FULL_ROW
            if full and (sure or words >= _FEWEST_WORDS):
                return True
            if sure or words:
                told.add(name)
        return len(told) > 1

    def _labelled(self, row: Sequence[str | None], at: int) -> bool:
        before = next((cell for cell in reversed(row[:at]) if cell is not None), None)
        return before is not None and self._label.search(plain(before) + ":") is not None


def surnamed(name: str) -> bool:
    """Return whether Chinese characters are a surname and a given name, and no usual word.

    >>> [surnamed(name) for name in ("柯灿岚", "欧阳娜", "辜婉霖", "高中", "金额", "上浦村")]
    [True, True, True, False, False, False]
    """
    single, never, compound, of_three = name_signs()
    if any(sign in name for sign in never):
        return False
    if name[:2] in compound:
        return len(name) in {3, 4}
    return (name[:1] in single and len(name) in {2, 3}) or (name[:1] in of_three and len(name) == 3)
