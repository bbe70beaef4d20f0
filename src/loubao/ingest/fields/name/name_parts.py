"""One name at a time: marks, numbers and notes off its ends, then place by place.

For the few names that `name_shapes` does not know; what a name becomes is said in `name`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from loubao.core.characters import (
    compound_surnames,
    folding,
    spelled_by_components,
)
from loubao.core.readings import sounds, syllables
from loubao.ingest.fields.name.name_words import (
    BRACKETS,
    COMMON,
    GLUED,
    HAN,
    HIDDEN,
    INVISIBLE,
    LATIN,
    LETTERS,
    NOTE,
    PLACEHOLDER,
    PRIVATE,
    SPACE,
    H,
)

_ONE_BRACKET = str.maketrans(BRACKETS)
_PLAIN_LETTER = str.maketrans(LETTERS)
_MARKS = "#☆★√✓✔△▲※◎◆◇*"
_EDGE = r"#☆★√✓✔△▲※◎◆◇\s、,，;:|~`'\"‘’“”^!&+=/\\·•・‧\-—–─_.。"
_LABEL = re.compile(r"姓名\s*:")

# Classes of 100,000 characters take long to compile: what turns on a character being Chinese at
# all is looked for in the shape of a text, where each of them is a 字 (`_shape`).
_CHINESE = re.compile(H)
_UNKNOWN = re.compile(f"[{PRIVATE}]")
_LEADING = re.compile(rf"[{_EDGE})]+|\(?[0-9]{{1,6}}[\s.、,:)\-]*(?=字)|\(\s*\)|\*(?=字字)")
_TRAILING = re.compile(rf"(?:[{_EDGE}(]+|\(\s*\)|(?<=字字)\*)$")
# Each pattern finds what to take out (`cut`) and what of it is worth keeping (`note`).
_CUTS_OF_SHAPE = (
    re.compile(r"(?<=[字)])(?P<cut>\s*(?P<note>[0-9][0-9\-]*[Xx]?))$"),
    re.compile(r"(?<=字字)(?P<cut>\s*(?P<note>[A-WYZa-wyz]))$"),
)
_CUTS_OF_WORDS = (
    re.compile(
        rf"(?<=[{HAN}{PRIVATE})*A-Za-z])"
        rf"(?P<cut>(?:\s+(?=\S\S)|\s*[\-—–─_/:,;、]\s*)(?P<note>(?:{NOTE})[0-9A-Za-z]?))$"
    ),
    re.compile(rf"(?<={H}{{2}})(?P<cut>(?P<note>{GLUED}))$"),
    re.compile(rf"^(?P<cut>(?P<note>户主|已故)\s*:?\s*)(?={H})"),
    re.compile(rf"^(?P<cut>\((?P<note>{NOTE}|[0-9]+)\)\s*)"),
)
_BRACKETED = re.compile(r"(?<=.)(?P<cut>\s*\((?P<note>[^()]*)(?:\)\s*(?=字|\(|$)|$))")
_GAP = re.compile(rf"(?<=[字{HIDDEN}·()]) (?=[字{HIDDEN}·()])")
_DOT = re.compile(
    r"(?<=字) ?[·•.・‧∙⋅▪◦⦁｡] ?(?=字)"
    r"|(?<=字字) ?[●。\-—–─_] ?(?=字字字)|(?<=字字字) ?[●。\-—–─_] ?(?=字字)"
)
_LETTER_MASK = re.compile(r"(?<=字)[xX]{1,2}(?=字|$)|^[xX](?=字)|(?<=字)[oO](?=字)")
_PLACE = re.compile(rf"\((?P<spelt>[^()]+)\)|(?P<latin>[{LATIN}]+)|(?P<char>.)", re.DOTALL)
_ONE_PLACE = re.compile(rf"字|[{HIDDEN}]|\([^()]*\)|[{LATIN}]+")
_COMPONENTS = re.compile(r"[左上外]?([^+])[+右下内里]?([^+]{1,2})$")


class Parts(NamedTuple):
    """One distinct name, read."""

    name: str | None = None
    key: str | None = None
    note: str | None = None
    mask: bool = False
    kind: str | None = None


def read(raw: str) -> Parts:
    r"""Read one raw name.

    >>> read("12、张*三 已故")
    Parts(name='张*三', key='张?三', note='已故', mask=True, kind='han')
    """
    name, note = _strip(raw)
    if not name or re.fullmatch(PLACEHOLDER, _simple(name).lower()):
        return Parts(note=note if re.search(r"\w", note or "") else None)
    if _is_latin(name):
        return Parts(name, _latin_key(name), note, False, "latin")
    masked = _replaced(_LETTER_MASK, name, lambda found: "*" * len(found[0])).replace("·", "")
    places = _places(masked.replace(" ", ""))
    if places is not None:
        kind = "mixed" if any(map(str.islower, places)) else "han"
        hidden = any(char in HIDDEN for char in masked)
        return Parts(name, _simple("".join(map(_key_of, places))), note, hidden, kind)
    both = _CHINESE.search(name) and re.search(f"[{LATIN}]", name)
    key = _simple(_unaccented(name).upper())
    return Parts(name, key, note, False, "mixed" if both else "other")


def _strip(raw: str) -> tuple[str, str | None]:
    """Cut marks, numbers and notes off until nothing more comes off: the name, the notes."""
    text, before = raw, None
    front: list[str] = []
    back: list[str] = []
    while text != before:
        before = text
        text = _edges(_flat(text), front, back)
        found = _note_in(_simple(text))
        if found is None:
            text = _replaced(_GAP, text, lambda _: "")
            text = _replaced(_DOT, text, lambda _: "·")
        else:
            at, to = found.span("cut")
            (front if at == 0 else back).append(text[slice(*found.span("note"))].strip())
            text = text[:at] + text[to:]
    return text, "；".join(note for note in [*front, *reversed(back)] if note) or None


def _flat(text: str) -> str:
    """NFKC, one kind of bracket, no invisible characters, single spaces."""
    text = unicodedata.normalize("NFKC", re.sub(INVISIBLE, "", text).replace("˙", "·"))
    return re.sub(SPACE, " ", text.translate(_ONE_BRACKET))


def _shape(text: str) -> str:
    """Put 字 for every Chinese character, one for one, so that positions hold.

    >>> _shape("张x三 (户主)")
    '字x字 (字字)'
    """
    return _CHINESE.sub("字", text)


def _replaced(pattern: re.Pattern[str], text: str, by: Callable[[re.Match[str]], str]) -> str:
    """Replace in `text` what `pattern` finds in its shape."""
    pieces, at = [], 0
    for found in pattern.finditer(_shape(text)):
        pieces += [text[at : found.start()], by(found)]
        at = found.end()
    return "".join([*pieces, text[at:]])


def _edges(text: str, front: list[str], back: list[str]) -> str:
    """Take punctuation, row numbers and footnote marks off both ends; marks are noted."""
    found = _LEADING.match(_shape(text)) or _LABEL.match(text)
    if found and not (found[0] == "*" and text[1] not in COMMON):
        front.append("".join(c for c in found[0] if c in _MARKS))
        text = text[found.end() :]
    if (found := _TRAILING.search(_shape(text))) and _simple(text[:-1]) not in compound_surnames():
        back.append("".join(c for c in found[0] if c in _MARKS))
        text = text[: found.start()]
    return text


def _note_in(simple: str) -> re.Match[str] | None:
    """Find the next note to cut in a text already folded to simplified characters."""
    shape = _shape(simple)
    for cuts, text in ((_CUTS_OF_SHAPE, shape), (_CUTS_OF_WORDS, simple)):
        for cut in cuts:
            if found := cut.search(text):
                return found
    for found in reversed(list(_BRACKETED.finditer(shape))):
        inside = simple[slice(*found.span("note"))].strip()
        if _is_note(simple[: found.start()], inside, simple[found.end() :]):
            return found
    return None


def _is_note(head: str, inside: str, tail: str) -> bool:
    """Is what stands in brackets after `head` a note, and not part of the name itself?"""
    if not inside or re.fullmatch(NOTE, inside):
        return True
    if syllable := _syllable(inside):
        return syllable in sounds(head[-1])  # a gloss: 喆(zhe)
    alone = len(_ONE_PLACE.findall(_shape(head))) < 2
    if _spelt(inside):
        return not tail and not alone and _component(inside) == "?"
    return not tail and not (alone and len(inside) < 4)


def _places(name: str) -> list[str] | None:
    """Split a Chinese name into characters, `?` and pinyin syllables; null if that cannot be."""
    places = []
    for found in _PLACE.finditer(name):
        if found["spelt"]:
            place = _syllable(found["spelt"]) or _component(_simple(found["spelt"]))
        elif found["latin"]:
            place = _syllable(found["latin"])
        elif found["char"] in HIDDEN:
            place = "?"
        else:
            place = found["char"] if _CHINESE.match(found["char"]) else None
        if place is None:
            return None
        places.append(place)
    return places


def _component(inside: str) -> str | None:
    """Return the character spelled by its components, `?` if no table has it, null if no spelling.

    >>> _component("石羡"), _component("左石右羡"), _component("石+羡"), _component("明")
    ('𥖄', '𥖄', '𥖄', None)
    """
    found = _spelt(inside)
    table = spelled_by_components()
    if inside in table or not found:
        return table.get(inside)
    return table.get(found[1] + found[2], "?")


def _spelt(inside: str) -> re.Match[str] | None:
    """Match a spelling by components: Chinese characters, at most one + between."""
    return _COMPONENTS.match(inside) if set(_shape(inside)) <= {"字", "+"} else None


def _syllable(text: str) -> str | None:
    """Return the toneless syllable that `text` is, if it is one of two letters or more."""
    plain = _unaccented(text.replace("ü", "v")).lower()
    return plain if len(plain) > 1 and plain in syllables() else None


def _key_of(place: str) -> str:
    return "?" if place.islower() or _UNKNOWN.match(place) else place


def _simple(text: str) -> str:
    """Fold to simplified characters, one for one, so that positions hold."""
    return text.translate(folding())


def _is_latin(name: str) -> bool:
    letters = [c for c in name if c.isalpha()]
    rest = "".join(c for c in name if not c.isalpha())
    return (
        len(letters) > 1
        and all("LATIN" in unicodedata.name(c, "") for c in letters)
        and all(c in " '’.,-·" or unicodedata.combining(c) for c in rest)
    )


def _unaccented(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN_LETTER))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def _latin_key(name: str) -> str:
    """Upper-case words without accents, apostrophes or punctuation.

    >>> _latin_key("Đỗ Thị O'Hà-Mai")
    'DO THI OHA MAI'
    """
    return re.sub(r"\W+", " ", re.sub(r"['’ʼ]", "", _unaccented(name).upper())).strip()
