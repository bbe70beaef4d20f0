"""How the name of a town or a village is spelled: by rule, from its official name.

The endings are words of `reading.yaml` (`village_endings`, `town_endings`, `own_endings`), a line a
kind, the official one first. What is left without its ending is the stem, and the stem with any
ending is the same place; those of `own_endings` are only for names that have one of their line. A
spelling has a rank; the lower one wins where two could be meant:

    NAMED  the official name, or an alias of villages.csv
    OWN    the stem with an ending of the same kind (上浦村委会 for 上浦村)
    LOOSE  the stem alone, or with the ending of another kind (上浦, 上浦社区)

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.reading import load_reading
>>> reading = load_reading(shipped_rules() / "reading.yaml")
>>> villages = Endings(reading.village_endings, reading.own_endings)
>>> spelled = spellings("上浦村", villages)
>>> [spelled.get(text) for text in ("上浦村", "上浦村村委会", "上浦", "上浦社区居委会", "浦")]
[0, 1, 2, 2, None]

A village that has become a community keeps 村 in its name, and may be called without it; a stem of
one character is no name.

>>> spelled = spellings("东周村社区", villages)
>>> [spelled.get(text) for text in ("东周村社区居委会", "东周村", "东周社区")]
[1, 2, 2]
>>> spelled = spellings("新村", villages)
>>> [spelled.get(text) for text in ("新村村委会", "新村委会", "新", "新社区")]
[1, 1, None, None]

A number is written either way; alone it would be that of a house.

>>> spelled = spellings("白沙一村", villages)
>>> [spelled.get(text) for text in ("白沙1村", "白沙一", "白沙1")]
[1, 2, None]

What a note adds may be left out.

>>> spelled = spellings("艾溪（西湖）社区居委会（省级）", villages)
>>> [spelled.get(text) for text in ("艾溪西湖社区", "艾溪西湖", "艾溪社区")]
[1, 2, 2]

A town of a people is called without it, too.

>>> spelled = spellings("百崎回族乡", Endings(reading.town_endings), reading.peoples)
>>> [spelled.get(text) for text in ("百崎乡", "百崎民族乡", "百崎", "百崎镇")]
[1, 1, 2, 2]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from loubao.core.characters import folded

NAMED, OWN, LOOSE = 0, 1, 2
#: Shortest name without its ending.
_SHORTEST = 2
_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile("[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]|[0-9]{1,2}")
_NOTE = re.compile("(?:[（(][^（）()]*[）)])+$")

Key = TypeVar("Key")
Kinds = tuple[tuple[str, ...], ...]


class Endings(NamedTuple):
    """The endings of names, a kind a line, the official one first.

    `general`: any name may be called so; `own`: only one that is of that kind.
    """

    general: Kinds
    own: Kinds = ()

    @property
    def kinds(self) -> Kinds:
        """All lines."""
        return self.general + self.own

    @property
    def words(self) -> set[str]:
        """All endings."""
        return {ending for kind in self.kinds for ending in kind}


def compact(name: str) -> str:
    """A name as it is compared: without white space and punctuation, half-width.

    >>> compact("上浦 村（３组）")
    '上浦村3组'
    """
    wide = unicodedata.normalize("NFKC", name)
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c)[0] not in "PS")


def stem_of(name: str, endings: Endings) -> tuple[str, str | None]:
    """Return a name without its ending, and the official ending of that kind; None: it has none.

    >>> kinds = Endings((("村", "村委会", "村村委会"), ("社区", "居委会")))
    >>> stem_of("上浦村村委会", kinds), stem_of("新村", kinds), stem_of("七连生活区", kinds)
    (('上浦', '村'), ('新村', '村'), ('七连生活区', None))
    """
    mixed = _mixed(endings)
    found = max(
        (
            (ending, words[0])
            for words in endings.kinds
            for ending in words
            if name.endswith(ending) and name != ending and (ending, words[0]) not in mixed
        ),
        key=lambda pair: (len(name) - len(pair[0]) >= _SHORTEST, len(pair[0])),
        default=None,
    )
    if found is None:
        return name, None
    stem = name.removesuffix(found[0])
    return (stem if len(stem) >= _SHORTEST else stem + found[1]), found[1]


@lru_cache(maxsize=16)
def _mixed(endings: Endings) -> frozenset[tuple[str, str]]:
    """The endings, each with its official one, that begin with another kind's.

    村社区 is a community whose name has 村.
    """
    officials = [words[0] for words in endings.kinds]
    return frozenset(
        (ending, words[0])
        for words in endings.kinds
        for ending in words
        if any(ending.startswith(each) for each in officials if each != words[0])
    )


def official_name(name: str, endings: Endings) -> str:
    """Return what a place is called on paper, from the name in the national table.

    >>> kinds = Endings((("村", "村委会"), ("社区", "居委会", "社区居委会")))
    >>> [official_name(name, kinds) for name in ("上浦村委会", "桥头居委会", "新村", "三连生活区")]
    ['上浦村', '桥头社区', '新村', '三连生活区']
    >>> official_name("东安居委会（含东安村村委）", kinds), official_name("隆阜（3）居委会", kinds)
    ('东安社区', '隆阜（3）社区')
    """
    short = _NOTE.sub("", name)
    stem, kind = stem_of(short, endings)
    return stem if kind is None or stem.endswith(kind) else stem + kind


def spellings(name: str, endings: Endings, peoples: str = "") -> dict[str, int]:
    """Return every spelling of a name, compact, with its rank.

    `peoples`: regular expression on what a town of a people has before its ending.
    """
    found = {compact(name): NAMED}
    kind = stem_of(compact(_NOTE.sub("", name)), endings)[1]
    mixed = _mixed(endings)
    for base, own in bases(name, endings, peoples):
        for words in endings.general + tuple(each for each in endings.own if each[0] == kind):
            for ending in words:
                certain = own and words[0] == kind and (ending, kind) not in mixed
                rank = OWN if certain else LOOSE
                for spelled in numbered(base):
                    found.setdefault(spelled + ending, rank)
                if base.endswith(words[0]):  # 新村: 新村委会 has its 村 once
                    found.setdefault(base + ending.removeprefix(words[0]), rank)
        found.setdefault(base, LOOSE)
    return found


def bases(name: str, endings: Endings, peoples: str = "") -> Iterator[tuple[str, bool]]:
    """Yield what the endings are put to, and whether it is the name's own stem.

    The stem, without a people; then what stands before an ending of its own (东周 of 东周村社区),
    and what is left without a note (艾溪 of 艾溪（西湖）社区).
    """
    stem, kind = stem_of(compact(_NOTE.sub("", name)), endings)
    yield stem, True
    if peoples:
        short = re.sub(f"(?:{peoples})+$", "", stem)
        if len(short) >= _SHORTEST and short != stem:
            yield short, True
    inner, of = stem_of(stem, endings)
    if kind is not None and of is not None and len(inner) >= _SHORTEST and inner != stem:
        yield inner, False
    if "（" in _NOTE.sub("", name):
        noteless = stem_of(compact(re.sub("（[^（）]*）", "", name)), endings)[0]
        if len(noteless) >= _SHORTEST:
            yield noteless, False


def numbered(stem: str) -> Iterator[str]:
    """Yield a stem, and with the number at its end or behind 第 written the other way.

    >>> list(numbered("白沙一")), list(numbered("第12")), list(numbered("三元"))
    (['白沙一', '白沙1'], ['第12', '第十二'], ['三元'])
    """
    yield stem
    for found in _NUMBER.finditer(stem):
        if found.end() == len(stem) or stem[: found.start()].endswith("第"):
            other = _arabic(found[0]) if found[0][0] not in "0123456789" else _chinese(found[0])
            yield stem[: found.start()] + other + stem[found.end() :]


def _arabic(number: str) -> str:
    tens, ten, ones = number.rpartition("十")
    return str((_DIGITS.index(tens) if tens else 1) * 10 * bool(ten) + _value(ones))


def _value(ones: str) -> int:
    return _DIGITS.index(ones) if ones else 0


def _chinese(number: str) -> str:
    tens, ones = divmod(int(number), 10)
    before = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
    return before + (_DIGITS[ones] if ones or not tens else "")


# -- whose a spelling is --------------------------------------------------------------------------

#: spelling, or what else it goes by → rank and code; None: two are as near
Spelled = dict[Key, tuple[int, str | None]]


def ranks_of(names: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The spellings of several names of one place, folded, each with its lowest rank."""
    ranks: dict[str, int] = {}
    for spelled in names:
        for text, rank in spelled.items():
            key = folded(text)
            ranks[key] = min(rank, ranks.get(key, rank))
    return ranks


def claim(spelled: Spelled[Key], key: Key, rank: int, code: str) -> None:
    """Let a spelling be that of `code` where it is nearer; as near to two it is nobody's.

    >>> spelled = {"太平社区": (LOOSE, "太平村")}
    >>> claim(spelled, "太平社区", NAMED, "太平社区"); claim(spelled, "太平", LOOSE, "太平村")
    >>> claim(spelled, "太平", LOOSE, "太平社区"); spelled
    {'太平社区': (0, '太平社区'), '太平': (2, None)}
    """
    best, owner = spelled.get(key, (rank, code))
    if rank < best:
        owner = code
    elif rank == best and owner != code:
        owner = None
    spelled[key] = (min(rank, best), owner)
