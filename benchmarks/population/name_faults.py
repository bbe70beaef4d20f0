"""What goes wrong with a name: kinds, their weights and their makers.

A maker of a fault returns None where the fault is impossible for the name.
"""

from __future__ import annotations

from random import Random

from population import names, words

WEIGHTS = {
    "homophone": 24.0,
    "near_homophone": 4.0,
    "surname_homophone": 2.0,
    "lookalike": 14.0,
    "other_character": 8.0,
    "character_missing": 6.0,
    "character_extra": 2.0,
    "traditional": 8.0,
    "spaces": 8.0,
    "note": 5.0,
    "masked": 6.0,
    "former_name": 2.5,
    "swapped": 4.0,
    "rare_spelt": 1.0,  # applies to nearly every faulted name with a rare character
    "dots": 1.0,  # and to nearly every faulted name with a dot
    "missing": 0.5,
}
DOTS = "•．.・‧ "
NOTES = (
    "（户主）",
    "(户主)",
    "（户主",
    "（已故）",
    "(女)",
    "（小）",
    "*",
    "（长子）",
    "（曾用名）",
    "1",
)


def _replace(text: str, at: int, by: str) -> str:
    return text[:at] + by + text[at + 1 :]


def _place(r: Random, name: str, skip: int) -> int:
    """A place in the given name."""
    return r.randrange(skip, len(name))


def _homophone(r: Random, name: str, at: int, loose: bool = False) -> str | None:
    others, weights = names.homophones(name[at], loose)
    return _replace(name, at, r.choices(others, weights)[0]) if others else None


def _by_table(r: Random, name: str, table: dict[str, list[str]], surname: float) -> str | None:
    places = [n for n in range(len(name)) if name[n] in table and (n > 0 or r.random() < surname)]
    if not places:
        return None
    at = r.choice(places)
    return _replace(name, at, r.choice(table[name[at]]))


def _masked_name(r: Random, name: str, skip: int) -> str:
    if len(name) - skip == 1:
        return name[:skip] + "*"
    if r.random() < 0.25:
        return name[:skip] + "*" * (len(name) - skip)
    return name[:skip] + r.choice("***某×") + name[-1]


def _spaced(r: Random, name: str) -> str:
    space = r.choice((" ", " ", " ", "\u3000", "\u3000", "  "))
    if len(name) == 2:
        return r.choice((name[0] + space + name[1], name[0] + "\u3000" + name[1], name + " "))
    return r.choice((name + " ", " " + name, name[0] + space + name[1:], space.join(name)))


def _traditional(r: Random, name: str) -> str | None:
    table = names.variants()
    changed = [table[c][0] if c in table and r.random() < 0.6 else c for c in name]
    spelled = "".join(changed)
    return spelled if spelled != name else _by_table(r, name, table, 1.0)


def _rare(r: Random, name: str) -> str | None:
    for at, character in enumerate(name):
        if at and character in words.RARE:
            parts = words.RARE[character]
            private = chr(0xE815 + sum(map(ord, parts)) % 80)
            return _replace(name, at, r.choices(
                (f"({parts})", f"（{parts}）", names.spelt(character),
                 names.spelt(character).upper(), private, "?", "□", "*"),
                (3, 2, 4, 2, 1.5, 1, 0.7, 1))[0])  # fmt: skip
    return None


def _other(r: Random) -> str:
    return r.choice(words.TAIL) if r.random() < 0.3 else r.choice(names.CHARACTERS)


def _han(r: Random, kind: str, name: str, former: str) -> str | None:
    """One fault of a Han name."""
    skip = 2 if len(name) > 2 and name[:2] in words.COMPOUND_SURNAMES else 1
    at = _place(r, name, skip)
    result: str | None = None
    if kind == "homophone":
        result = _homophone(r, name, at)
    elif kind == "near_homophone":
        result = _homophone(r, name, at, loose=True)
    elif kind == "surname_homophone":
        result = _homophone(r, name, 0)
    elif kind == "lookalike":
        result = _by_table(r, name, names.lookalikes(), 0.3)
    elif kind == "other_character":
        result = _replace(name, at, _other(r))
    elif kind == "character_missing":
        result = None if len(name) <= skip + 1 and r.random() < 0.8 else _replace(name, at, "")
    elif kind == "character_extra":
        extra = r.choice((name[at], _other(r)))
        result = name[: at + 1] + extra + name[at + 1 :]
    elif kind == "traditional":
        result = _traditional(r, name)
    elif kind == "spaces":
        result = _spaced(r, name)
    elif kind == "note":
        result = name + r.choice(NOTES)
    elif kind == "masked":
        result = _masked_name(r, name, skip)
    elif kind == "former_name":
        result = name[:skip] + former
    elif kind == "swapped" and len(name) > 2:
        spots = range(0 if r.random() < 0.15 else skip, len(name) - 1)
        if spots:
            n = r.choice(spots)
            result = name[:n] + name[n + 1] + name[n] + name[n + 2 :]
    return result


def _foreign(r: Random, name: str) -> tuple[str, str]:
    """One fault of a dotted or Latin name."""
    if "·" in name:
        if r.random() < 0.75:
            return name.replace("·", r.choice((*DOTS, ""))), "dots"
        if r.random() < 0.5:
            return name.split("·")[0], "character_missing"
        at = r.choice([n for n, c in enumerate(name) if c != "·"])
        return _homophone(r, name, at) or name.replace("·", ""), "homophone"
    parts = name.split(" ")
    pick = r.randrange(4)
    if pick == 0:
        return " ".join((*parts[1:], parts[0])), "latin_order"
    if pick == 1:
        return name.lower() if r.random() < 0.5 else name.title(), "latin_case"
    if pick == 2:
        at = r.choice([n for n, c in enumerate(name) if c != " "])
        letter = r.choice(("", name[at] * 2, r.choice("AEINOTHM")))
        return _replace(name, at, letter), "latin_typing"
    return f"{parts[0]} {parts[-1]}", "latin_middle_missing"


def break_name(r: Random, kind: str, name: str, former: str) -> tuple[str, str]:
    """The broken name and the kind that it became. `former` is another given name."""
    if kind == "missing":
        return "", kind
    if "·" in name or name[0].isascii():
        return _foreign(r, name)
    rare = _rare(r, name)
    if rare is not None and r.random() < 0.7:
        return rare, "rare_spelt"
    for tried in (kind, *r.choices(["homophone", "lookalike", "spaces", "traditional"], k=6)):
        broken = _han(r, tried, name, former)
        if broken is not None and broken != name:
            return broken, tried
    return name + "*", "note"
