"""What goes wrong with an ID number: kinds, their weights and their makers.

A maker of a fault returns None where the fault is impossible for the number.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

WEIGHTS = {
    "digit_wrong": 22.0,
    "swap": 10.0,
    "digit_missing": 8.0,
    "digit_doubled": 5.0,
    "mangled_zeros": 6.0,
    "mangled_double": 3.0,
    "scientific": 3.0,
    "scientific_short": 0.5,
    "masked": 5.0,
    "missing": 11.0,
    "fifteen": 4.0,
    "letter_for_digit": 2.5,
    "full_width": 2.0,
    "spaces": 3.0,
    "x_form": 3.0,
    "apostrophe": 2.0,
    "label": 0.7,
    "head_number": 5.0,
    "shared_number": 2.0,
    "certificate": 0.8,
    "other_document": 0.5,
}
PAIRS_ON_KEYPAD = dict(
    zip("0123456789", ("69", "247", "135", "268", "1573", "264", "3598", "418", "579", "608"),
        strict=True)
)  # fmt: skip

IdFault = Callable[[Random, str], str | None]


def _digit_wrong(r: Random, number: str) -> str | None:
    at = r.randrange(6, 18) if r.random() < 0.85 else r.randrange(18)
    had = number[at]
    if had == "X":
        return None
    choices = PAIRS_ON_KEYPAD[had] if r.random() < 0.5 else "0123456789".replace(had, "")
    return number[:at] + r.choice(choices) + number[at + 1 :]


def _swap(r: Random, number: str) -> str | None:
    places = [n for n in range(3, 16) if number[n] != number[n + 1]]
    if not places:
        return None
    at = r.choice(places)
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def _digit_missing(r: Random, number: str) -> str | None:
    at = r.randrange(3, 18)
    return number[:at] + number[at + 1 :]


def _digit_doubled(r: Random, number: str) -> str | None:
    at = r.randrange(3, 18)
    return number[: at + 1] + number[at:]


def _numeric(number: str) -> bool:
    return number.isdigit()  # a number that ends in X stays text in a spreadsheet


def _mangled_zeros(r: Random, number: str) -> str | None:
    if not _numeric(number):
        return None
    head = int(number) // 1000
    if r.random() < 0.1:  # some programs round
        head = (int(number) + 500) // 1000
    return f"{head}000"


def _mangled_double(_: Random, number: str) -> str | None:
    return str(int(float(number))) if _numeric(number) else None


def _scientific(r: Random, number: str) -> str | None:
    zeros = _mangled_zeros(r, number)
    return None if zeros is None else repr(float(zeros)).upper().replace("E+", r.choice("eE") + "+")


def _scientific_short(_: Random, number: str) -> str | None:
    return f"{float(number):.5E}" if _numeric(number) else None


def _masked(r: Random, number: str) -> str | None:
    if r.random() < 0.8:
        return number[:6] + "*" * 8 + number[14:]
    return r.choice((number[:10] + "****" + number[14:], number[:14] + "****",
                     number[:3] + "*" * 11 + number[14:]))  # fmt: skip


def _fifteen(_: Random, number: str) -> str | None:
    return number[:6] + number[8:17] if number[6:8] == "19" and number[6:10] < "1985" else None


def _letter_for_digit(r: Random, number: str) -> str | None:
    if r.random() < 0.6:
        places = [n for n, c in enumerate(number) if c == "0"]
        letter = r.choice("OOo")
    else:
        places = [n for n, c in enumerate(number) if c == "1"]
        letter = r.choice("lI")
    if not places:
        return None
    at = r.choice(places)
    return number[:at] + letter + number[at + 1 :]


def _full_width(_: Random, number: str) -> str | None:
    return "".join(chr(ord(c) + 0xFEE0) for c in number)


def _spaces(r: Random, number: str) -> str | None:
    return r.choice((f"{number} ", f" {number}", f"{number[:6]} {number[6:14]} {number[14:]}",
                     f"{number}\u00a0", f"\u200b{number}", f"{number}\t",
                     f"{number[:14]} {number[14:]}"))  # fmt: skip


def _x_form(r: Random, number: str) -> str | None:
    if number[-1] != "X":
        return None
    return number[:-1] + r.choice(("x", "x", "x", "×", "Х", "х", "Ⅹ", "*", "＊"))


def _apostrophe(r: Random, number: str) -> str | None:
    return r.choice("''‘`") + number


def _label(r: Random, number: str) -> str | None:
    return r.choice(("ID:", "身份证", "身份证号：", "G")) + number


def _certificate(r: Random, number: str) -> str | None:
    return f"{number}{r.choice('1234567')}{r.choice('1234')}{r.choice(('', '', '', 'B1'))}"


def _other_document(r: Random, _: str) -> str | None:
    return r.choice("EGPDS") + f"{r.randrange(10**8):08d}"


ID_MAKERS: dict[str, IdFault] = {
    "digit_wrong": _digit_wrong, "swap": _swap, "digit_missing": _digit_missing,
    "digit_doubled": _digit_doubled, "mangled_zeros": _mangled_zeros,
    "mangled_double": _mangled_double, "scientific": _scientific,
    "scientific_short": _scientific_short, "masked": _masked, "missing": lambda _r, _n: "",
    "fifteen": _fifteen, "letter_for_digit": _letter_for_digit, "full_width": _full_width,
    "spaces": _spaces, "x_form": _x_form, "apostrophe": _apostrophe, "label": _label,
    "certificate": _certificate, "other_document": _other_document,
}  # fmt: skip


def break_id(r: Random, kind: str, number: str, heads: str, neighbours: str) -> tuple[str, str]:
    """The broken number ("" for none) and the kind that it became."""
    if kind == "head_number" and heads != number and heads[0] == "3":
        return heads, kind
    if kind == "shared_number" and neighbours != number and neighbours[0] == "3":
        return neighbours, kind
    if number[0] != "3":  # a passport
        kind = "missing" if r.random() < 0.5 else "spaces"
        return ("" if kind == "missing" else number[:1] + " " + number[1:]), kind
    if number[-1] == "X" and r.random() < 0.25:
        kind = "x_form"
    for tried in (kind, *r.choices(["digit_wrong", "swap", "missing"], [5, 2, 2], k=6)):
        maker = ID_MAKERS.get(tried)
        broken = maker(r, number) if maker else None
        if broken is not None and broken != number:
            return broken, tried
    return "", "missing"
