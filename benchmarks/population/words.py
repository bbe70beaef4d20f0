"""The word lists of words.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_TABLE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "words.toml").read_text(encoding="utf-8")
)


def _words(key: str) -> list[str]:
    text: str = _TABLE[key]
    return text.split()


def _characters(key: str) -> str:
    return "".join(_words(key))


def _by_generation(key: str, space: str = "") -> tuple[tuple[str, str], ...]:
    """For each generation the men's and the women's list."""
    return tuple(
        (space.join(age["men"][key].split()), space.join(age["women"][key].split()))
        for age in _TABLE["generations"]
    )


SURNAMES = _words("surnames")
COMPOUND_SURNAMES = _words("compound_surnames")
GENERATION_CHARACTERS = _characters("generation_characters")
TAIL = _characters("tail")
FIRST_CHARACTERS = _by_generation("first")
SECOND_CHARACTERS = _by_generation("second")
SINGLE_CHARACTERS = _by_generation("single")
WHOLE_NAMES = _by_generation("whole", " ")
RARE = {pair[0]: pair[2:] for pair in _words("rare")}
LOOKALIKES = _words("lookalikes")
TRADITIONAL = _words("traditional")
VARIANT_SURNAMES = _words("variant_surnames")
VILLAGE_HEADS = _words("village_heads")
VILLAGE_TAILS = _words("village_tails")
TOWN_HEADS = _words("town_heads")
TOWN_TAILS = _words("town_tails")
DOTTED_FIRST = _words("dotted_first")
DOTTED_LAST = _words("dotted_last")
LATIN_LAST = _words("latin_last")
LATIN_MIDDLE = _words("latin_middle")
LATIN_FIRST = _words("latin_first")
