"""Names: given names by generation and sex, special names, and tables of confusable characters."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import numpy.typing as npt
from pypinyin import Style, lazy_pinyin, pinyin

from population import words

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ERAS = (1960, 1979, 1997)  # the last year of birth of each generation but the youngest
SINGLE_SHARE = (0.09, 0.13, 0.24, 0.12)
WHOLE_SHARE = 0.22
TAIL_SHARE = 0.15


def _all_characters() -> list[str]:
    texts: list[str] = [words.GENERATION_CHARACTERS, words.TAIL, *words.RARE]
    for table in (words.FIRST_CHARACTERS, words.SECOND_CHARACTERS, words.SINGLE_CHARACTERS):
        texts += [text for pair in table for text in pair]
    texts += ["".join(text.split()) for pair in words.WHOLE_NAMES for text in pair]
    return sorted(set("".join(texts)))


CHARACTERS = _all_characters()
CODE = {character: n for n, character in enumerate(CHARACTERS)}
SURNAMES = [*words.SURNAMES, *words.COMPOUND_SURNAMES]
DOTTED = [f"{first}·{last}" for first in words.DOTTED_FIRST for last in words.DOTTED_LAST]
LATIN = [
    f"{last} {middle} {first}"
    for last in words.LATIN_LAST
    for middle in words.LATIN_MIDDLE
    for first in words.LATIN_FIRST
]
SPECIAL = [*DOTTED, *LATIN]


def codes(text: str) -> Ints:
    """The character codes of a text."""
    return np.array([CODE[character] for character in text], dtype=np.int64)


def rank_weights(count: int, shift: float, power: float) -> Floats:
    """Zipf–Mandelbrot weights of `count` ranks, adding up to 1."""
    weights = (np.arange(count) + 1.0 + shift) ** -power
    return np.asarray(weights / weights.sum())


def surname_weights() -> Floats:
    """The national skew: the commonest about 5 %; compound surnames 0.3 % together."""
    simple = rank_weights(len(words.SURNAMES), 8, 1.25) * 0.997
    compound = rank_weights(len(words.COMPOUND_SURNAMES), 1, 1.5) * 0.003
    weights = np.concatenate([simple, compound])
    return np.asarray(weights / weights.sum())


def _with_tail(text: str) -> tuple[Ints, Floats]:
    """A pool in rank order (a character named twice counts twice), thinned by the common tail."""
    own, tail = codes(text), codes(words.TAIL)
    weights = np.concatenate(
        [
            rank_weights(len(own), 4, 0.85) * (1 - TAIL_SHARE),
            np.full(len(tail), TAIL_SHARE / len(tail)),
        ]
    )
    return np.concatenate([own, tail]), weights / weights.sum()


def era_of(year: Ints) -> Ints:
    """0 to 3: the generation of a year of birth."""
    return np.searchsorted(np.array(ERAS), year, side="left").astype(np.int64)


def given_names(rng: np.random.Generator, era: Ints, male: Ints) -> tuple[Ints, Ints]:
    """Two character codes for each person; the second is -1 in a one-character given name."""
    first = np.full(len(era), -1, dtype=np.int64)
    second = np.full(len(era), -1, dtype=np.int64)
    for age in range(4):
        for woman in range(2):
            at = np.flatnonzero((era == age) & (male == 1 - woman))
            if not len(at):
                continue
            draw = rng.random(len(at))
            single = draw < SINGLE_SHARE[age]
            whole = ~single & (draw < SINGLE_SHARE[age] + WHOLE_SHARE)
            a, wa = _with_tail(words.FIRST_CHARACTERS[age][woman])
            b, wb = _with_tail(words.SECOND_CHARACTERS[age][woman])
            one = rng.choice(a, len(at), p=wa)
            two = rng.choice(b, len(at), p=wb)
            listed = words.WHOLE_NAMES[age][woman].split()
            pick = rng.choice(len(listed), int(whole.sum()), p=rank_weights(len(listed), 6, 0.9))
            pairs = codes("".join(listed)).reshape(-1, 2)
            one[whole], two[whole] = pairs[pick, 0], pairs[pick, 1]
            c, wc = _with_tail(words.SINGLE_CHARACTERS[age][woman])
            one[single] = rng.choice(c, int(single.sum()), p=wc)
            two[single] = -1
            first[at], second[at] = one, two
    return first, second


@cache
def _readings() -> dict[str, str]:
    """A reading with tone for each character that a typist meets (GB 2312, first level)."""
    plane = [
        bytes((high, low)).decode("gb2312", "ignore")
        for high in range(0xB0, 0xD8)
        for low in range(0xA1, 0xFF)
    ]
    known = sorted(set("".join(plane)) | set(CHARACTERS) | set("".join(SURNAMES)))
    readings = {character: str(pinyin(character, style=Style.TONE3)[0][0]) for character in known}
    surnames = "单=shan4 曾=zeng1 区=ou1 仇=qiu2 解=xie4 查=zha1 任=ren2 缪=miao4 佘=she2 柏=bai3"
    readings.update({pair[0]: pair[2:] for pair in surnames.split()})
    return readings


def _loose(reading: str) -> str:
    """What southern typists do not tell apart: n/l, h/f, front and back nasals, zh/z ch/c sh/s."""
    plain = reading.rstrip("012345")
    for had, becomes in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l")):
        if plain.startswith(had):
            plain = becomes + plain[len(had) :]
    for had, becomes in (("ing", "in"), ("eng", "en"), ("ang", "an")):
        if plain.endswith(had):
            plain = plain[: -len(had)] + becomes
    return plain


@cache
def _by_reading(loose: bool) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for character, reading in _readings().items():
        groups[_loose(reading) if loose else reading.rstrip("012345")].append(character)
    return groups


@cache
def homophones(character: str, loose: bool = False) -> tuple[list[str], list[float]]:
    """Characters of the same reading (or only nearly), with weights: tone and use in names."""
    reading = _readings().get(character)
    if reading is None:
        return [], []
    plain = reading.rstrip("012345")
    found: list[str] = []
    weights: list[float] = []
    for other in _by_reading(loose)[_loose(reading) if loose else plain]:
        read = _readings()[other]
        if other == character or (loose and read.rstrip("012345") == plain):
            continue
        found.append(other)
        weights.append((4.0 if read == reading else 1.0) * (10.0 if other in CODE else 1.0))
    return found, weights


@cache
def lookalikes() -> dict[str, list[str]]:
    """Each character with what it is taken for."""
    table: dict[str, list[str]] = defaultdict(list)
    for pair in words.LOOKALIKES:
        if pair[0] != pair[1]:
            table[pair[0]].append(pair[1])
            table[pair[1]].append(pair[0])
    return {character: sorted(set(others)) for character, others in table.items()}


@cache
def variants() -> dict[str, list[str]]:
    """Each character with its traditional or variant writings."""
    table: dict[str, list[str]] = defaultdict(list)
    for pair in words.TRADITIONAL:
        if pair[0] != pair[1]:
            table[pair[0]].append(pair[1])
    for pair in words.VARIANT_SURNAMES:
        table[pair[0]].append(pair[1])
        table[pair[1]].append(pair[0])
    return {character: sorted(set(others)) for character, others in table.items()}


@cache
def spelt(character: str) -> str:
    """The reading of a character in Latin letters."""
    return "".join(lazy_pinyin(character))
