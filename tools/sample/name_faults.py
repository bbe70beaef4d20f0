"""Functions that spoil a name; the table of them is in ``faults``."""

from __future__ import annotations

from random import Random

from sample.cells import Cell, needs
from sample.characters import LOOKS_LIKE, PRIVATE_USE, RARE, SOUNDS_LIKE, TRADITIONAL


def _replaced(name: str, table: dict[str, str], rng: Random, first: int = 0) -> str:
    """One character of the name, from place ``first`` on, replaced by one of its confusions."""
    places = [at for at, char in enumerate(name) if at >= first and table.get(char)]
    needs(bool(places))
    at = rng.choice(places)
    return name[:at] + rng.choice(table[name[at]]) + name[at + 1 :]


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
    return name[:at] + RARE[name[at]][1] + name[at + 1 :]


def components(name: str, rng: Random) -> Cell:
    """Its parts in brackets."""
    at = _rare_place(name)
    return name[:at] + rng.choice(("({})", "（{}）")).format(RARE[name[at]][0]) + name[at + 1 :]


def private_use(name: str, rng: Random) -> Cell:
    """A private-use character of GB18030 where the rare one was."""
    at = _rare_place(name)
    return name[:at] + PRIVATE_USE[name[at]] + name[at + 1 :]


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
