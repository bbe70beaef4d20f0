"""The place that a free text names: a title, the name of a sheet, a file or a folder.

>>> from loubao.ingest.gazetteer import gazetteer
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> names, words = gazetteer(rules.villages, rules.reading), free_words(rules)
>>> def place(text):
...     found = mention(text, names, words)
...     return [names.official[code] for code in (found.town, *sorted(found.villages)) if code]
>>> place("洛阳镇个人自付医疗费用超4万元人员名单"), place("2022年8月洛阳镇上浦村低保名单")
(['洛阳镇'], ['洛阳镇', '上浦村'])
>>> place("上浦"), place("上浦村民委员会"), place("洛阳8月低保"), place("低保-洛阳")
(['洛阳镇', '上浦村'], ['洛阳镇', '上浦村'], ['洛阳镇'], ['洛阳镇'])

The text is cut where it has punctuation, numbers, dates, or words of the lists and of reading.yaml.
A town with its ending counts wherever it stands, a village at the beginning of a piece, behind its
town or alone; a bare name (洛阳, 上浦) only at the beginning of the text or behind punctuation. A
longer name is never cut, and a town of another county is another town.

>>> place("泉州台商投资区残疾人名单"), place("洛阳医院名单"), place("上浦头名单"), place("大上浦村")
([], [], [], [])
>>> place("南安市洛阳镇残疾人"), place("洛阳镇卫生院住院名单"), place("洛阳镇村级名单")
([], [], ['洛阳镇'])

Several places name none.

>>> place("洛阳镇东园镇残疾人"), place("洛阳镇等5个镇"), place("洛阳镇上浦村、后亭村")
([], [], ['洛阳镇'])
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from loubao.core.characters import folded
from loubao.ingest.gazetteer import Gazetteer, flat, village_at
from loubao.rules.folder import Rules

_EDGE, _WORD, _AND = " ", "\x1f", "\x1e"
_PIECE = re.compile(f"([{_EDGE}{_WORD}{_AND}]*)([^{_EDGE}{_WORD}{_AND}]+)")
#: What stands between the villages of a list in one cell.
LISTED = "[、，,；;&＆+＋]|[村区会][和与及或跟]"
_JOINED = re.compile(r"(?<=[村区会])[和与及或跟]|[、,;&+/|\\\s]")
_ENDS_AS_VILLAGE = re.compile("(?:村|社区|委会)$")
_ORDINAL = re.compile("[一二三四五六七八九十]+")
#: the end of the name of a province, city, county: what follows is of there
_ELSEWHERE = re.compile("[省市县区州旗盟]$")


@dataclass(frozen=True)
class FreeWords:
    """What is no part of a place's name: patterns, and whether a town is meant at all."""

    breaks: re.Pattern[str]
    words: re.Pattern[str]
    not_before: re.Pattern[str]
    several: re.Pattern[str]


class Mention(NamedTuple):
    """The place that a text names, by codes.

    `villages`: those that the name may mean, one of each town. `several_towns`,
    `several_villages`: the text names more than one, or others than the one named.
    """

    town: str | None = None
    villages: frozenset[str] = frozenset()
    several_towns: bool = False
    several_villages: bool = False


class _Piece(NamedTuple):
    """A piece of a text; `bare`: it may be a bare name; `joined`: 、 joins it to the last one."""

    text: str
    bare: bool
    joined: bool


class _Found(NamedTuple):
    """What one piece names, and what stands before and behind the name in the piece."""

    town: str | None
    villages: frozenset[str]
    before: str
    behind: str


def free_words(rules: Rules) -> FreeWords:
    """Return the words of all lists and of reading.yaml that stand beside places."""
    texts = {rule.title for rule in rules.lists.values()}
    texts |= {rule.sheet_label for rule in rules.lists.values()}
    texts |= {word for rule in rules.lists.values() for word in rule.claim.words}
    reading = rules.reading
    return _free_words(
        frozenset(texts),
        (reading.place_breaks, reading.place_words),
        (reading.place_not_before, reading.place_several),
    )


@lru_cache(maxsize=4)
def _free_words(
    texts: frozenset[str],
    parting: tuple[tuple[str, ...], ...],
    beside: tuple[tuple[str, ...], ...],
) -> FreeWords:
    breaks, words = parting
    longest_first = sorted(map(flat, texts), key=lambda text: (-len(text), text))
    lists = "|".join(map(re.escape, longest_first))
    return FreeWords(
        _either(breaks), _either((lists, *words)), _either(beside[0]), _either(beside[1])
    )


def _either(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns if p) or r"\b\B")


def mention(text: str, names: Gazetteer, words: FreeWords) -> Mention:
    """Return the place that `text` names; nothing where it names none or several."""
    towns: set[str] = set()
    villages: set[frozenset[str]] = set()
    several = False
    before: _Found | None = None
    for piece in _pieces(text, words):
        for town in re.finditer(names.full_towns, piece.text):
            towns.add(names.town_codes[town[0]])
        found = _found(piece, names)
        # 白沙一、二村: of two names that are joined one is unknown
        several |= piece.joined and (found is None) != (before is None)
        before = found
        if found is None:
            continue
        if found.villages:
            villages.add(found.villages)
            villages |= _other_villages(found.behind, found.villages, names)
        elif _is_elsewhere(found.before, names) or words.not_before.search(found.behind):
            return Mention()
        if found.town is not None:
            towns.add(found.town)
        several |= any(words.several.search(side) for side in (found.before, found.behind))
    if several or len(towns) > 1:
        return Mention(several_towns=True, several_villages=True)
    return _decided(next(iter(towns), None), villages, names)


def _decided(town: str | None, villages: set[frozenset[str]], names: Gazetteer) -> Mention:
    """The place of a text that names one town or none, and some villages."""
    if town is not None:
        villages = {
            frozenset(code for code in each if names.town_of[code] == town) for each in villages
        }
    if len(villages) > 1:
        theirs = {names.town_of[code] for each in villages for code in each}
        return Mention(theirs.pop() if len(theirs) == 1 else town, several_villages=True)
    (meant,) = villages or {frozenset()}
    if len(meant) == 1:
        (village,) = meant
        town = names.town_of[village]
    return Mention(town, meant)


def is_place(text: str, names: Gazetteer, words: FreeWords) -> bool:
    """Return whether a text is the name of one place and nothing else, with its ending.

    >>> from loubao.ingest.gazetteer import gazetteer
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> names, words = gazetteer(rules.villages, rules.reading), free_words(rules)
    >>> [is_place(text, names, words) for text in ("洛阳镇：", "一、上浦村（12人）")]
    [True, True]
    >>> [is_place(text, names, words) for text in ("以上为洛阳镇", "上浦", "低保", "李三")]
    [False, False, False, False]
    """
    pieces = [p.text for p in _pieces(text, words) if not _ORDINAL.fullmatch(p.text)]
    if not pieces:
        return False
    for piece in pieces:
        village = village_at(piece, names)
        town = re.fullmatch(f"{names.ahead}(?:{names.full_towns})", piece)
        if not town and not (village and village.ending and village.end == len(piece)):
            return False
    found = mention(text, names, words)
    return bool(found.town or found.villages)


def _pieces(text: str, words: FreeWords) -> Iterator[_Piece]:
    """Yield the pieces of a text."""
    wide = folded(unicodedata.normalize("NFKC", text))
    parted = words.words.sub(_WORD, words.breaks.sub(_EDGE, wide))
    marked = "".join(map(_mark, parted))
    before = ""
    for between, piece in _PIECE.findall(marked):
        bare = not between or _EDGE in between or _AND in between
        yield _Piece(piece, bare, joined=bool(before) and between.strip(_EDGE) == _AND)
        before = "" if _ORDINAL.fullmatch(piece) else piece


def _mark(character: str) -> str:
    """A character, or the mark of what parts two pieces."""
    if character in "、/&+":
        return _AND
    if character == _WORD:
        return character
    parts = character.isspace() or unicodedata.category(character)[0] in "PS"
    return _EDGE if parts else character


def _found(whole: _Piece, names: Gazetteer) -> _Found | None:
    """Return the place that one piece names."""
    piece, bare, _ = whole
    village = village_at(piece, names)
    if village is not None and (bare or village.ending or village.town):
        codes = names.village_codes[village.alias]
        town = names.town_codes.get(village.town or "")
        if town is not None:
            codes = {town: codes[town]} if town in codes else {}
        return _Found(town, frozenset(codes.values()), "", piece[village.end :])
    found = re.match(names.of_town, piece)
    if found is not None and (bare or found["full"]):
        kind = "full" if found["full"] else "bare"
        return _Found(
            names.town_codes[found[kind]],
            frozenset(),
            piece[: found.start(kind)],
            piece[found.end() :],
        )
    inside = re.search(names.full_towns, piece)
    if inside is None:
        return None
    before, behind = piece[: inside.start()], piece[inside.end() :]
    return _Found(names.town_codes[inside[0]], frozenset(), before, behind)


def _is_elsewhere(before: str, names: Gazetteer) -> bool:
    """Whether a town of that name is of another county, by what stands before it."""
    return bool(_ELSEWHERE.search(before)) and not re.fullmatch(names.ahead, before)


def several_villages(text: str, names: Gazetteer, in_column: bool = False) -> bool:
    """Return whether a cell names several villages, or one and in a list with it an unknown one.

    `in_column`: of a column of places, where a bare name is a village's.

    >>> from loubao.ingest.gazetteer import gazetteer
    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> names = gazetteer(rules.villages, rules.reading)
    >>> def several(*texts):
    ...     return [several_villages(text, names, in_column=True) for text in texts]
    >>> several("上浦村、后亭村", "上浦/后亭", "上浦村和后亭村", "上浦村后亭村", "上浦村、某某村")
    [True, True, True, True, True]
    >>> several("上浦村", "上浦村村委会", "上浦村、上浦村委会", "上浦村、下厝", "洛阳镇/上浦村")
    [False, False, False, False, False]
    """
    wide = folded(unicodedata.normalize("NFKC", text))
    if flat(wide) in names.village_codes:
        return False
    found: set[frozenset[str]] = set()
    for piece in filter(None, map(flat, _JOINED.split(wide))):
        here = village_at(piece, names, in_column)
        named = here is not None and (here.ending or here.town or len(piece) == here.end)
        if here is None or not named:
            unknown = in_column and found and _ENDS_AS_VILLAGE.search(piece)
            if unknown and not re.search(names.group, piece):
                return True
            continue
        found.add(frozenset(names.village_codes[here.alias].values()))
        behind = village_at(piece[here.end :], names)
        if behind is not None and behind.ending:
            found.add(frozenset(names.village_codes[behind.alias].values()))
    return len(found) > 1


def _other_villages(text: str, village: frozenset[str], names: Gazetteer) -> set[frozenset[str]]:
    """The villages that a text names, with their ending, beside `village`."""
    aliases = re.findall(names.full_villages, text)
    found = {frozenset(names.village_codes.get(alias, {}).values()) for alias in aliases}
    found.discard(frozenset())
    return found - {village}
