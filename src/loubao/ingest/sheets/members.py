r"""The people that one row names: a household's members in one cell, a name with its number.

A list may pack a household into one cell (张保、李一、张小), its numbers into another, or names,
relations and numbers into one: `李一（妻，号码）`. cell_people.py reads one cell; here names and
numbers are put together, and a row becomes its people.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> from loubao.ingest.sheets.cell_words import cell_words
>>> words = cell_words(rules.lists["dibao"], rules.reading)
>>> A, B, C = "990101196001010015", "990101196102020028", "990101198503030031"
>>> def people(names, numbers=None, head=Head()):
...     read = people_of(names, numbers, head, words)
...     return read and [person[:3] for person in read.people]
>>> people("张保，李 一，张小", f"{A}，{B}，{C}") == [
...     ("张保", A, None), ("李 一", B, None), ("张小", C, None)]
True
>>> people(f"李一（妻，{B}）\n长子：张小 {C}") == [("李一", B, "妻"), ("张小", C, "长子")]
True

>>> people("张保 99010119960101001X21")  # a disability certificate
[('张保', '99010119960101001X21', None)]

A number is somebody's by its position only where there are as many numbers as names, the head left
out of both where one side leaves him out. Else names and numbers stand each for themselves.

>>> people("李一、张小", f"{A}、{B}、{C}", Head("张保", A)) == [
...     ("李一", B, None), ("张小", C, None), (None, A, None)]
True
>>> read = people_of("张保、李一、张小", f"{A}、{C}", Head(), words)
>>> [person.name for person in read.people], read.paired, read.count
(['张保', '李一', '张小', None, None], False, 3)

What names one person only, or is no list of people, is left as it is.

>>> people("张 三", A), people("王小明(户主)"), people("张三等三人，均为低保户家庭成员")
(None, None, None)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from loubao.core.characters import folded
from loubao.ingest.sheets.cell_people import NUMBER, Person, numbers_in, people_in
from loubao.ingest.sheets.cell_words import CellWords, flat

_BRACKETED: Final = re.compile(r"\([^()]*(?:\)|$)")
_SHORT_LENGTH: Final = 15
_FULL_LENGTH: Final = 18
_HIDDEN: Final = "*"


#: Where among the names and among the numbers the head stands.
Found: TypeAlias = tuple[int | None, int | None]


class Head(NamedTuple):
    """The head of the household as the row names him elsewhere."""

    name: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class CellPeople:
    """The people of a cell; `paired`: it is known whose each number is; `count` of the people."""

    people: tuple[Person, ...]
    paired: bool
    count: int


def people_of(
    names: str | None,
    numbers: str | None,
    head: Head,
    words: CellWords,
    member_cell: bool = False,
) -> CellPeople | None:
    """Return the people that a cell of names and a cell of numbers name together.

    None where they are one person written as usual, or no people at all. `head`: the household's,
    if the row has one. `member_cell`: the cell is there for several people, so that blanks part
    them (李一 张小) and a relation beside the only name is one to the head.
    """
    if names is None or names.strip() in words.blanks:
        names = None
    if numbers is None or numbers.strip() in words.blanks or numbers == names:
        numbers = None
    listed = numbers_in(numbers, words) if numbers is not None else []
    entries = people_in(names, len(listed), member_cell, words) if names is not None else []
    if entries is None:
        return None
    nameless = bool(entries) and not any(entry.name for entry in entries)
    if nameless and numbers is not None and NUMBER.search(flat(numbers)) is None:
        return None  # filled in the wrong way round: see swapped_cells.py
    entries = [_with_note(entry, head, words) for entry in entries]
    single = len(entries) <= 1 and len(listed) <= 1
    if single and not member_cell and not _changed(entries, listed, numbers):
        return None
    if not entries and not listed:
        return None
    if any(entry.number for entry in entries):
        read = _beside(entries, listed)
    else:
        read = _paired(entries, listed, head)
    if single and read.people == (Person(names, numbers),):
        return None
    return read


def _changed(entries: Sequence[Person], listed: Sequence[str | None], numbers: str | None) -> bool:
    """Return whether a single person's number stands with the name, or beside another text."""
    with_name = any(entry.number for entry in entries)
    return with_name or (bool(listed) and listed[0] is not None and listed[0] != numbers)


def _with_note(person: Person, head: Head, words: CellWords) -> Person:
    """Leave 之妻 beside the name of the head himself to the name: 张保（之妻） is not 张保."""
    relation = person.relation
    if relation and relation not in words.heads and same_name(person.name, head.name):
        return person._replace(name=f"{person.name}({relation})")
    return person


def _beside(entries: Sequence[Person], listed: Sequence[str | None]) -> CellPeople:
    """People with numbers of their own, and the numbers of another cell that are none of theirs."""
    others = [
        Person(None, number)
        for number in listed
        if number is not None and not any(same_number(number, e.number) for e in entries)
    ]
    missing = [i for i, entry in enumerate(entries) if entry.number is None]
    if len(others) == len(missing) == 1:
        (at,) = missing
        entries = [*entries[:at], entries[at]._replace(number=others[0].number), *entries[at + 1 :]]
        others = []
    people = (*entries, *others)
    nameless = sum(person.name is None for person in people)
    numberless = sum(person.number is None for person in people)
    paired = not (nameless and numberless)
    return CellPeople(people, paired, len(people) - (0 if paired else min(nameless, numberless)))


def _paired(entries: Sequence[Person], listed: Sequence[str | None], head: Head) -> CellPeople:
    """Names and numbers by position, as far as their counts agree."""
    if not listed:
        return CellPeople(tuple(entries), True, len(entries))
    named = next((i for i, e in enumerate(entries) if same_name(e.name, head.name)), None)
    numbered = next((i for i, n in enumerate(listed) if same_number(n, head.number)), None)
    if len(entries) == len(listed) and _agree(entries, listed, (named, numbered), head):
        return CellPeople(_zipped(entries, listed), True, len(entries))
    others = [entry for i, entry in enumerate(entries) if i != named]
    rest = [number for i, number in enumerate(listed) if i != numbered]
    known = []
    if named is not None:
        known = [entries[named]._replace(number=listed[numbered] if numbered is not None else None)]
    elif numbered is not None:
        known = [Person(None, listed[numbered])]
    if len(others) == len(rest) and (named is None) != (numbered is None):
        people = (*_zipped(others, rest), *known)
        return CellPeople(people, True, len(people))
    alone = [Person(None, number) for number in rest if number is not None]
    paired = not (others and alone)
    count = len(known) + max(len(others), len(rest))
    return CellPeople((*known, *others, *alone), paired, count)


def _agree(
    entries: Sequence[Person], listed: Sequence[str | None], found: Found, head: Head
) -> bool:
    """Return whether the head's name and number stand in one place, as far as they are there.

    Where the row writes one of them with a slip, the other one tells the place.
    """
    named, numbered = found
    if named is not None and numbered is None:
        number = listed[named]
        return number is None or head.number is None or _slipped(number, head.number)
    if numbered is not None and named is None and head.name is not None:
        return _slipped(_bare(entries[numbered].name or ""), _bare(head.name))
    return named == numbered or head.name is None


def _slipped(one: str, other: str) -> bool:
    """Return whether two numbers or names differ by one sign, or one is not written in full.

    >>> _slipped("张宝", "张保"), _slipped("张小", "李保")
    (True, False)
    >>> _slipped("99010119600101001", "990101196001010015"), _slipped("不详", "990101196001010015")
    (True, True)
    >>> _slipped("990101196102020028", "990101196001010015")
    False
    """
    if not same_number(one, one) and NUMBER.fullmatch(flat(other)):
        return True
    differ = sum(a != b for a, b in zip(one, other, strict=False))
    return len(one) == len(other) and differ <= 1


def _zipped(entries: Sequence[Person], numbers: Sequence[str | None]) -> tuple[Person, ...]:
    return tuple(
        entry._replace(number=number) for entry, number in zip(entries, numbers, strict=True)
    )


def same_name(one: str | None, other: str | None) -> bool:
    """Return whether two names as found are the same but for blanks, width and notes in brackets.

    >>> same_name("张 保（户主）", "张保"), same_name("张保", "张宝"), same_name(None, None)
    (True, False, False)
    """
    return one is not None and other is not None and _bare(one) == _bare(other) != ""


def same_number(one: str | None, other: str | None) -> bool:
    """Return whether two numbers as found are the same; one of 15 digits or starred, the other not.

    >>> same_number("99010119600101001x", " 99010119600101001X"), same_number("无", "无")
    (True, False)
    >>> same_number("990101600101001", "990101196001010015")
    True
    >>> masked = "990101********0015"
    >>> same_number(masked, "990101196001010015"), same_number(masked, masked)
    (True, False)
    """
    if one is None or other is None:
        return False
    signs = _signs(one), _signs(other)
    if None in signs or all(_HIDDEN in each for each in (one, other)):
        return False
    return all(a == b or _HIDDEN in (a, b) for a, b in zip(*map(str, signs), strict=True))


def _signs(number: str) -> str | None:
    """Return the 18 signs of a number, `*` for each that is not there; None for another length.

    >>> _signs("990101600101001"), _signs("9901011960")
    ('990101**600101001*', None)
    """
    signs = re.sub(r"[^0-9X*]", "", flat(number).upper())
    if len(signs) == _SHORT_LENGTH:
        signs = f"{signs[:6]}{_HIDDEN * 2}{signs[6:]}{_HIDDEN}"
    return signs if len(signs) == _FULL_LENGTH else None


def _bare(name: str) -> str:
    return folded("".join(_BRACKETED.sub("", unicodedata.normalize("NFKC", flat(name))).split()))
