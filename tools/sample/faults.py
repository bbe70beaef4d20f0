"""The table of faults: name → what happens to the cell → function.

``NUMBER_FAULTS`` and ``NAME_FAULTS`` spoil one cell and return None where the fault cannot happen
to that text (a number ending in X is never taken for a number by a spreadsheet). ``ROW_FAULTS``
need a second person: the head of the household, or whoever stands in the row above.

A wrong digit is never in the division code: no invented number wanders into a real division.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sample.characters import LOOKS_LIKE, PRIVATE_USE, RARE, SOUNDS_LIKE, TRADITIONAL
from sample.numbers import fifteen_digits

Cell = str | float | None
Spoiler = Callable[[str, Random], Cell]
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@dataclass(frozen=True)
class Fault:
    """What happens, how often compared with the others, and the function that does it."""

    says: str
    share: int
    spoil: Spoiler


class CannotHappenError(Exception):
    """The fault does not apply to this text."""


def needs(condition: bool) -> None:
    """Give up on a text to which the fault cannot happen."""
    if not condition:
        raise CannotHappenError


# Numbers -----------------------------------------------------------------------------------------


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
    return number[:at] + str((int(number[at]) + rng.randrange(1, 10)) % 10) + number[at + 1:]


def digits_swapped(number: str, rng: Random) -> Cell:
    """Two neighbours changed places."""
    places = [at for at in range(6, min(16, len(number) - 1)) if number[at] != number[at + 1]]
    needs(len(number) >= 18 and bool(places))
    at = rng.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2:]


def digit_missing(number: str, rng: Random) -> Cell:
    """One digit is left out."""
    needs(len(number) >= 18)
    at = rng.randrange(6, 17)
    return number[:at] + number[at + 1:]


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


NUMBER_FAULTS: dict[str, Fault] = {
    "numeric_cell": Fault("typed as a number: fifteen digits survive", 4, numeric_cell),
    "shifted_text": Fault("went through a double and came back as text", 2, shifted_text),
    "scientific_text": Fault("3.50599E+17", 2, scientific_text),
    "apostrophe": Fault("'350599… to force text", 2, lambda n, rng: "'" + n),
    "backtick": Fault("`350599… to force text", 2, lambda n, rng: "`" + n),
    "number_spaced": Fault("spaces inside or at the end", 2, spaced_number),
    "invisible": Fault("a zero-width or no-break character", 2, invisible),
    "full_width": Fault("full-width digits", 2, lambda n, rng: n.translate(FULL_WIDTH)),
    "letter_x": Fault("× Х Ⅹ for the last X", 2, letter_x),
    "lower_x": Fault("x for X", 2, lower_x),
    "letter_o": Fault("O for 0", 2, letter_o),
    "letter_l": Fault("l for 1", 2, letter_l),
    "prefix_g": Fault("a pupil's number: G before it", 2, lambda n, rng: "G" + n),
    "label": Fault("a label before it", 2, label),
    "note_after_number": Fault("a remark after it", 2, note_after_number),
    "digit_wrong": Fault("one digit wrong", 4, digit_wrong),
    "digits_swapped": Fault("two digits swapped", 3, digits_swapped),
    "digit_missing": Fault("one digit missing", 2, digit_missing),
    "digit_doubled": Fault("one digit doubled", 2, digit_doubled),
    "number_masked": Fault("350599********1234", 3, masked_number),
    "fifteen_digits": Fault("the number of before 2000", 3, old_number),
    "certificate": Fault("the twenty-digit disability certificate", 2, certificate_number),
    "number_missing": Fault("left empty", 2, lambda n, rng: None),
    "number_placeholder": Fault("a word for nothing", 2,
                                lambda n, rng: rng.choice(("无", "不详", "/", "暂无"))),
}

# Names -------------------------------------------------------------------------------------------


def _replaced(name: str, table: dict[str, str], rng: Random, first: int = 0) -> str:
    """One character of the name, from place ``first`` on, replaced by one of its confusions."""
    places = [at for at, char in enumerate(name) if at >= first and table.get(char)]
    needs(bool(places))
    at = rng.choice(places)
    return name[:at] + rng.choice(table[name[at]]) + name[at + 1:]


def _rare_place(name: str) -> int:
    place = next((at for at, char in enumerate(name) if char in RARE), 0)
    needs(place > 0)
    return place


def is_han(name: str) -> bool:
    """A plain Chinese name: no dots, no Latin letters."""
    return not name.isascii() and "·" not in name


def name_spaced(name: str, rng: Random) -> Cell:
    """A space so that two characters take the room of three."""
    needs(is_han(name))
    return rng.choice((" ", "  ", "\u3000")).join((name[:1], name[1:]))


def name_noted(name: str, rng: Random) -> Cell:
    """A remark after the name."""
    return name + rng.choice(("（户主）", "(户主)", "（残）", "【本人】", "(小)"))


def name_marked(name: str, rng: Random) -> Cell:
    """A mark or figure by which a clerk tells namesakes apart."""
    return name + rng.choice("*#12")


def traditional(name: str, rng: Random) -> Cell:
    """Traditional characters, as many as there are."""
    full = "".join(TRADITIONAL.get(char, char) for char in name)
    needs(full != name)
    return full


def dot_other(name: str, rng: Random) -> Cell:
    """Another sign for the dot in a minority name."""
    needs("·" in name)
    return name.replace("·", rng.choice("•．.・‧"))


def dot_missing(name: str, rng: Random) -> Cell:
    """No dot at all."""
    needs("·" in name)
    return name.replace("·", "")


def homophone(name: str, rng: Random) -> Cell:
    """A character of the same sound: 李小红 / 李晓红."""
    needs(is_han(name))
    return _replaced(name, SOUNDS_LIKE, rng, first=0 if rng.random() < 0.1 else 1)


def look_alike(name: str, rng: Random) -> Cell:
    """A character of nearly the same look: 治 / 冶."""
    needs(is_han(name))
    return _replaced(name, LOOKS_LIKE, rng, first=1)


def pinyin(name: str, rng: Random) -> Cell:
    """The sound in Latin letters for a character that the input did not know."""
    at = _rare_place(name)
    return name[:at] + RARE[name[at]][1] + name[at + 1:]


def components(name: str, rng: Random) -> Cell:
    """Its parts in brackets."""
    at = _rare_place(name)
    return name[:at] + rng.choice(("({})", "（{}）")).format(RARE[name[at]][0]) + name[at + 1:]


def private_use(name: str, rng: Random) -> Cell:
    """A private-use character of GB18030 where the rare one was."""
    at = _rare_place(name)
    return name[:at] + PRIVATE_USE[name[at]] + name[at + 1:]


def name_masked(name: str, rng: Random) -> Cell:
    """One character hidden: 张*三."""
    needs(is_han(name) and len(name) > 1)
    return name[:1] + rng.choice("**某") + name[2:]


def former_name(name: str, rng: Random) -> Cell:
    """The name of before, alone."""
    needs(is_han(name) and len(name) in (2, 3))
    return name[0] + rng.choice("阿亚乌水") + rng.choice("狗妹弟英土玉")


def former_noted(name: str, rng: Random) -> Cell:
    """The name of before, in brackets after the name."""
    return f"{name}（曾用名{former_name(name, rng)}）"


def latin_spelled(name: str, rng: Random) -> Cell:
    """A Latin name in other cases, spaces or order."""
    needs(name.isascii())
    return rng.choice((name.title(), name.replace(" ", "  "), name.lower(), name + " "))


NAME_FAULTS: dict[str, Fault] = {
    "name_spaced": Fault("spaces inside", 4, name_spaced),
    "name_noted": Fault("a remark after it", 3, name_noted),
    "name_marked": Fault("a mark after it", 1, name_marked),
    "traditional": Fault("traditional characters", 3, traditional),
    "dot_other": Fault("another dot in a minority name", 3, dot_other),
    "dot_missing": Fault("no dot in a minority name", 2, dot_missing),
    "homophone": Fault("same sound", 4, homophone),
    "look_alike": Fault("same look", 3, look_alike),
    "pinyin": Fault("pinyin for a rare character", 2, pinyin),
    "components": Fault("(石羡): parts of a rare character", 2, components),
    "private_use": Fault("private-use character of GB18030", 2, private_use),
    "name_masked": Fault("张*三", 3, name_masked),
    "former_name": Fault("a former name", 1, former_name),
    "former_noted": Fault("a former name in brackets", 1, former_noted),
    "latin_spelled": Fault("a Latin name in another case", 2, latin_spelled),
}

# Rows --------------------------------------------------------------------------------------------

ROW_FAULTS: dict[str, tuple[str, int]] = {
    "head_number": ("the household head's number on a member", 4),
    "row_above": ("the number of the row above, copied down", 1),
    "columns_swapped": ("name and number changed places", 2),
    "sex_wrong": ("the other sex", 4),
    "village_unknown": ("a place that is no village of the zone", 2),
    "village_missing": ("no village at all", 1),
}
