"""Functions that spoil a number; the table of them is in ``faults``.

A wrong digit is never in the division code: no invented number wanders into a real division.
"""

from __future__ import annotations

from random import Random

from sample.cells import Cell, needs
from sample.numbers import fifteen_digits


def numeric_cell(number: str, rng: Random) -> Cell:
    """A spreadsheet keeps fifteen digits of a number; the double then holds what it can."""
    needs(number.isdigit() and len(number) >= 18)
    return float(int(number[:15] + "0" * (len(number) - 15)))


def shifted_text(number: str, rng: Random) -> Cell:
    """The same number after a program read the double and wrote all its digits out again."""
    needs(number.isdigit() and len(number) >= 18)
    return str(int(float(int(number[:15] + "0" * (len(number) - 15)))))


def scientific_text(number: str, rng: Random) -> Cell:
    """What a narrow column shows, saved as text."""
    needs(number.isdigit() and len(number) >= 18)
    return f"{float(number):.{rng.choice((5, 5, 14))}E}"


def spaced_number(number: str, rng: Random) -> Cell:
    """Spaces: after the number, or between its parts."""
    parted = f"{number[:6]} {number[6:14]} {number[14:]}"
    return rng.choice((number + " ", " " + number, number + "\u3000", parted))


def invisible(number: str, rng: Random) -> Cell:
    """A character that nobody sees: zero-width space, byte order mark, no-break space, tab."""
    return rng.choice(("\u200b{}", "{}\ufeff", "{}\u00a0", "\t{}", "\u202d{}\u202c")).format(number)


def letter_x(number: str, rng: Random) -> Cell:
    """Another sign for the last X: multiplication, Cyrillic, Roman ten, Greek."""
    needs(number.endswith("X") and len(number) == 18)
    return number[:-1] + rng.choice("×ХⅩΧ")


def lower_x(number: str, rng: Random) -> Cell:
    """The small letter."""
    needs(number.endswith("X"))
    return number.lower()


def letter_o(number: str, rng: Random) -> Cell:
    """The letter O where a 0 belongs."""
    needs("0" in number[6:17] and len(number) >= 18)
    return number[:6] + number[6:].replace("0", rng.choice("Oo"), 1)


def letter_l(number: str, rng: Random) -> Cell:
    """The letter l (or I) where a 1 belongs."""
    needs("1" in number[6:17] and len(number) >= 18)
    return number[:6] + number[6:].replace("1", rng.choice("lI"), 1)


def label(number: str, rng: Random) -> Cell:
    """A label before the number."""
    return rng.choice(("ID:", "身份证:", "身份证号码：", "二代证")) + number


def note_after_number(number: str, rng: Random) -> Cell:
    """A clerk's remark after it."""
    return number + rng.choice(("（已核实）", "(本人)", "（户口本）"))


def digit_wrong(number: str, rng: Random) -> Cell:
    """One digit is another."""
    needs(len(number) >= 18)
    at = rng.randrange(6, 17)
    return number[:at] + str((int(number[at]) + rng.randrange(1, 10)) % 10) + number[at + 1 :]


def digits_swapped(number: str, rng: Random) -> Cell:
    """Two neighbours changed places."""
    places = [at for at in range(6, min(16, len(number) - 1)) if number[at] != number[at + 1]]
    needs(len(number) >= 18 and bool(places))
    at = rng.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def digit_missing(number: str, rng: Random) -> Cell:
    """One digit is left out."""
    needs(len(number) >= 18)
    at = rng.randrange(6, 17)
    return number[:at] + number[at + 1 :]


def digit_doubled(number: str, rng: Random) -> Cell:
    """One digit is typed twice."""
    needs(len(number) >= 18)
    at = rng.randrange(6, 17)
    return number[:at] + number[at] + number[at:]


def masked_number(number: str, rng: Random) -> Cell:
    """Six digits and four, stars between: eight of them, or any number."""
    needs(len(number) == 18)
    return number[:6] + rng.choice(("*" * 8, "*" * 8, "*" * 6, "×" * 8, "＊" * 8)) + number[14:]


def old_number(number: str, rng: Random) -> Cell:
    """The fifteen digits of before 2000."""
    needs(len(number) == 18 and number[6:8] == "19" and number[:3] in ("350", "359"))
    return fifteen_digits(number)


def certificate_number(number: str, rng: Random) -> Cell:
    """The disability certificate stands in the column of the ID number."""
    needs(len(number) == 18)
    return f"{number}{rng.randrange(1, 8)}{rng.randrange(1, 5)}" + rng.choice(("", "", "B1"))
