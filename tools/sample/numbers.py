"""Resident ID numbers (GB 11643-1999) that belong to nobody.

Division (6) + birth date (8) + sequence (3, odd is male) + check character (ISO 7064 MOD 11-2).
350599 and 359901 were never assigned as division codes, so no living person has such a number.
A residence permit for Hong Kong, Macau and Taiwan begins with 81-83, a foreign permanent
resident's number with 9: here with the sequence 000 and with the province 99, neither ever issued.
"""

from __future__ import annotations

from datetime import date
from random import Random

DIVISION = "350599"
OTHER_DIVISION = "359901"
TAIWAN_PERMIT = "830000"
FOREIGN_RESIDENT = "999704"
UNASSIGNED = (DIVISION, OTHER_DIVISION, TAIWAN_PERMIT, FOREIGN_RESIDENT)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(seventeen: str) -> str:
    """The eighteenth character.

    >>> check_character("11010519491231002")
    'X'
    """
    return "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, seventeen, strict=True)) % 11]


def resident_number(division: str, birth: date, sequence: int) -> str:
    """The full number of eighteen characters."""
    seventeen = f"{division}{birth:%Y%m%d}{sequence:03d}"
    return seventeen + check_character(seventeen)


def looks_damaged(number: str) -> bool:
    """Whether a genuine number happens to look like one that went through a spreadsheet.

    One in a thousand does: it is what remains of fifteen digits once a double has held them.
    """
    if not number.isdigit():
        return False
    value = int(number)
    return int(float((value + 500) // 1000 * 1000)) == value


def issue(taken: set[str], birth: date, sex: str, rng: Random, after: str = "") -> str:
    """A number not in ``taken`` yet (and put there).

    ``after`` is a twin's number: the next free sequence of the right parity follows it.
    """
    division = OTHER_DIVISION if rng.random() < 0.04 else DIVISION
    sequence = rng.randrange(1, 900)
    if after:
        division, sequence = after[:6], int(after[14:17]) + 1
    while True:
        sequence = sequence % 998 + (sequence % 2 != (sex == "男"))
        number = resident_number(division, birth, sequence)
        if number not in taken and not looks_damaged(number):
            taken.add(number)
            return number
        sequence += 1


def fifteen_digits(number: str) -> str:
    """The number as it was before 2000: no century, no check digit."""
    return number[:6] + number[8:17]


def foreign_document(kind: str, count: int, birth: date) -> str:
    """The ``count``-th passport or permit: runs of zeros keep it away from anybody's real one.

    The two eighteen-digit kinds (Taiwan residence permit, foreign permanent resident) carry a
    sequence that is never issued.
    """
    if kind == "passport":
        return f"N000{count:04d}"
    if kind == "home_return":
        return f"H0000{count:04d}"
    if kind == "compatriot":
        return f"0000{count:04d}"
    return resident_number(
        FOREIGN_RESIDENT if kind == "foreign_resident" else TAIWAN_PERMIT, birth, 0
    )
