"""What happens to an ID number between the person and the cell."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from invented.model import Cell, Person

Damage = Callable[[str, Person, Random], Cell]
_WIDE = {ord("0") + k: 0xFF10 + k for k in range(10)} | {ord("X"): 0xFF38}


def _float(number: str, _: Person, __: Random) -> Cell:
    """What a spreadsheet keeps when the number is typed into a general cell."""
    return float(number[:15] + "000")


def _zeros(number: str, _: Person, __: Random) -> Cell:
    return number[:15] + "000"


def _scientific(number: str, _: Person, rng: Random) -> Cell:
    digits = rng.choice([5, 5, 14, 14, 14, 11])
    return f"{float(number[:15] + '000'):.{digits}E}"


def _pieces(number: str, _: Person, rng: Random) -> Cell:
    gap = rng.choice([" ", "  ", "\xa0", "\u200b", "\u3000", "\u2009", "\u00ad"])
    return rng.choice([
        gap.join([number[:6], number[6:14], number[14:]]),
        number[:10] + gap + number[10:],
        gap + number,
        number + gap,
    ])  # fmt: skip


def _edges(number: str, _: Person, rng: Random) -> Cell:
    return rng.choice([number + "\t", number + "\n", "\ufeff" + number, "\u200e" + number,
                       "\u202a" + number + "\u202c", number + "\u200b", "\t" + number])  # fmt: skip


def _letters(number: str, _: Person, rng: Random) -> Cell:
    pairs = [("0", "O"), ("0", "o"), ("1", "l"), ("1", "I"), ("0", "О")]
    old, new = rng.choice(pairs)
    spots = [k for k, c in enumerate(number) if c == old]
    if not spots:
        return None
    if rng.random() < 0.3:
        return number.replace(old, new)
    k = rng.choice(spots)
    return number[:k] + new + number[k + 1 :]


def _cross(number: str, _: Person, rng: Random) -> Cell:
    return number[:-1] + rng.choice("×ХхⅩⅹχΧ✕╳Ｘｘ") if number[-1] == "X" else None


def _label(number: str, _: Person, rng: Random) -> Cell:
    label = rng.choice(["ID:", "身份证：", "身份证号:", "身份证号码 ", "证件号：", "NO.", "sfz:"])
    return label + number


def _wrong(number: str, _: Person, rng: Random) -> Cell:
    k = rng.randrange(17)
    return number[:k] + rng.choice([d for d in "0123456789" if d != number[k]]) + number[k + 1 :]


def _swapped(number: str, _: Person, rng: Random) -> Cell:
    spots = [k for k in range(16) if number[k] != number[k + 1]]
    k = rng.choice(spots)
    return number[:k] + number[k + 1] + number[k] + number[k + 2 :]


def _missing(number: str, _: Person, rng: Random) -> Cell:
    k = rng.choice([*range(18), 17, 0])
    return number[:k] + number[k + 1 :]


def _doubled(number: str, _: Person, rng: Random) -> Cell:
    k = rng.randrange(18)
    return number[:k] + number[k] + number[k:]


def _masked(number: str, _: Person, rng: Random) -> Cell:
    star = rng.choice(["*", "*", "x", "X", "●", "＊", "#"])
    return rng.choice([number[:6] + star * 8 + number[14:], number[:6] + star * 8 + number[14:],
                       number[:10] + star * 6 + number[16:], number[:14] + star * 4])  # fmt: skip


def _fifteen(number: str, person: Person, _: Random) -> Cell:
    return number[:6] + number[8:17] if person.birth.year < 1999 else None


def _certificate(number: str, person: Person, rng: Random) -> Cell:
    return f"{number}{rng.randrange(1, 8)}{rng.randrange(1, 5)}{rng.choice(['', '', 'B1'])}"


def _pupil(number: str, person: Person, _: Random) -> Cell:
    return "G" + number if person.age() < 19 else None


def _quoted(number: str, _: Person, rng: Random) -> Cell:
    return rng.choice([f'"{number}', f"“{number}”", f"（{number}）", f'="{number}"', f"{number}."])


_TABLE: list[tuple[str, int, Damage]] = [
    ("float", 9, _float),
    ("zeros", 4, _zeros),
    ("scientific", 4, _scientific),
    ("apostrophe", 5, lambda n, _, r: r.choice(["'", "`", "’", "‘", "´"]) + n),
    ("pieces", 9, _pieces),
    ("edges", 5, _edges),
    ("fullwidth", 4, lambda n, _, __: n.translate(_WIDE)),
    ("cross", 8, _cross),
    ("letters", 6, _letters),
    ("pupil", 5, _pupil),
    ("label", 4, _label),
    ("quoted", 1, _quoted),
    ("hyphens", 2, lambda n, _, r: r.choice(["-", "－", "."]).join([n[:6], n[6:14], n[14:]])),
    ("note", 2, lambda n, _, r: n + r.choice(["（户主）", "(过期)", "户主", "（女）", "/"])),
    ("wrong_digit", 8, _wrong),
    ("swapped_digits", 5, _swapped),
    ("missing_digit", 5, _missing),
    ("doubled_digit", 5, _doubled),
    ("masked", 6, _masked),
    ("fifteen", 6, _fifteen),
    ("certificate", 4, _certificate),
    ("blank", 3, lambda *_: ""),
    ("placeholder", 2, lambda _, __, r: r.choice(["无", "/", "-", "不详", "0", "待补", "——"])),
    ("head", 6, lambda *_: None),
    ("neighbour", 2, lambda *_: None),
]


def damaged_id(
    person: Person, head: Person, neighbour: Person, rng: Random, rate: float
) -> tuple[Cell, str]:
    """The number as a cell has it and the fault done to it ("" for none).

    `neighbour` is another person of the same list: a row pasted one line too low.
    """
    number = person.id_number
    if person.document != "resident":
        return (number.lower() if rng.random() < 0.1 else number), ""
    if rng.random() >= rate:
        plain = number[:-1] + "x" if number[-1] == "X" and rng.random() < 0.1 else number
        return plain, ""
    for _ in range(20):
        label, _weight, damage = rng.choices(_TABLE, weights=[w for _, w, _ in _TABLE])[0]
        if label in ("head", "neighbour"):
            other = head if label == "head" else neighbour
            # One name and another's number cannot be told from the other person by anyone.
            if other.name != person.name and other.document == "resident":
                return other.id_number, label
            continue
        cell = damage(number, person, rng)
        if cell is not None and cell != number:
            return cell, label
    return number, ""
