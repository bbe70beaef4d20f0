"""The official towns and villages of a rules folder, as tables and patterns of their names.

Nothing is fuzzy: of the zone's names 146 pairs differ in one character (上曾 / 下曾). A text names
a village where it begins, behind optional province, city, county and town, with a spelling that
ends there. One that says 村 or 社区 ends by itself; a bare stem only before a house or group number
or the end.

Spellings come of the official names by rule (`place_names`), traditional characters are read as
simplified ones. A spelling that two places of a town share is that of the one it is nearer to; one
that is as near to both names neither.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from loubao.core.characters import BLANK, UNSEEN, folded, forms_of
from loubao.rules.place_names import (
    Endings,
    Spelled,
    bases,
    claim,
    compact,
    numbered,
    ranks_of,
    spellings,
    stem_of,
)
from loubao.rules.reading import Reading, Village

NOISE = rf"[\p{{P}}\p{{S}}{BLANK}{UNSEEN}]+"
_NUMERALS = "一二三四五六七八九十"
_LONGEST_GROUP = 8  # characters of a group's name, as 下厝
#: behind a village's name: 新村庄村 is another village than 新村
LONGER_NAME = "^.(?:村|社区)"


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """The villages as tables (String) and patterns, which polars and Python both read.

    `names`: village_code → town_code, official_town, official_village; `towns`: alias → town_code,
    official_town; `villages`: town_code, alias → village_code (null: two are as near), rank, and
    alias_towns, how many towns have the alias. `named`: pattern with the groups stem, ending,
    after, behind, whole, of a text that begins with a village; `placed`: the same behind what may
    stand before, with the group town; `longest`, `any_town`: of the longest name, and the longest
    full name of a town, at the beginning of a text.
    `of_town`: with full and bare, of a text that names a town. `ahead`: what may stand before a
    town; `full_towns`: any with its ending. `roads`: names of communities that are a road's, too;
    `called_town`: every spelling of a town, also of two.
    `group`: the number or name of a village's group, to its end; `group_number`: a number and the
    word, `group_alone`: nothing else. `stems`: texts of which each name has one; `variants`:
    character → the simplified one that some name has. `town_codes`:
    alias → code; `village_codes`: alias → town code → village code; `town_of`: village code → town
    code; `official`: code → official name.
    """

    names: pl.DataFrame
    towns: pl.DataFrame
    villages: pl.DataFrame
    named: str
    placed: str
    longest: str
    any_town: str
    of_town: str
    ahead: str
    full_towns: str
    full_villages: str
    roads: frozenset[str]
    called_town: frozenset[str]
    group: str
    group_alone: str
    group_number: str
    stems: tuple[str, ...]
    variants: Mapping[str, str]
    town_codes: Mapping[str, str]
    village_codes: Mapping[str, Mapping[str, str]]
    town_of: Mapping[str, str]
    official: Mapping[str, str]


class _Words(NamedTuple):
    """What a gazetteer is made with, of reading.yaml."""

    prefixes: tuple[str, ...]
    groups: tuple[str, ...]
    villages: Endings
    towns: Endings
    peoples: str
    roads: tuple[str, ...]


def gazetteer(villages: Sequence[Village], reading: Reading) -> Gazetteer:
    """Return the names of `villages`, with the prefixes, endings and group words of `reading`."""
    words = _Words(
        reading.place_prefixes,
        reading.group_words,
        Endings(reading.village_endings, reading.own_endings),
        Endings(reading.town_endings, reading.own_endings),
        reading.peoples,
        reading.road_endings,
    )
    return _gazetteer(tuple(villages), words)


@lru_cache(maxsize=4)
def _gazetteer(villages: tuple[Village, ...], words: _Words) -> Gazetteer:
    called = _town_spellings(villages, words)
    towns = {text: code for text, (_, code) in called.items() if code is not None}
    spelled = _village_spellings(villages, words)
    official = {v.town_code: v.town for v in villages} | {v.code: v.village for v in villages}
    ahead = "".join(f"(?:{folded(prefix)})?" for prefix in words.prefixes)
    full, bare = _full_and_bare(towns, villages, words)
    shared = {alias for (_, alias), (_, code) in spelled.items() if code is None}
    codes: dict[str, dict[str, str]] = {}
    for (town_code, alias), (_, code) in spelled.items():
        if code is not None and alias not in shared:
            codes.setdefault(alias, {})[town_code] = code
    stems = _stems(villages, words)
    groups = _either(words.groups)
    name = _name(stems, words)
    return Gazetteer(
        names=_table(
            ("village_code", "town_code", "official_town", "official_village"),
            [(v.code, v.town_code, v.town, v.village) for v in villages],
        ),
        towns=_table(
            ("alias", "town_code", "official_town"),
            [(alias, code, official[code]) for alias, code in towns.items()],
        ),
        villages=_table(
            ("town_code", "alias", "village_code", "rank"),
            [(town, alias, code, str(rank)) for (town, alias), (rank, code) in spelled.items()],
        ).with_columns(pl.col("rank").cast(pl.UInt8), alias_towns=pl.len().over("alias")),
        named=f"^{name}",
        placed=f"^{ahead}(?:(?P<town>{_either(towns)}))?{name}",
        longest=f"^({_either(stems)})",
        any_town=f"^({_either(full)})",
        of_town=f"^{ahead}(?:(?P<full>{_either(full)})|(?P<bare>{_either(bare)})$)",
        ahead=ahead,
        full_towns=_either(text for text in full if _ends(text, words.towns)),
        full_villages=f"(?:{_either(stems)})(?:{_either(_endings(words.villages))})",
        roads=_roads(villages, words),
        called_town=frozenset(called),
        group_alone=f"^第?[0-9{_NUMERALS}]+(?:{groups})$",
        group_number=f"^第?[0-9{_NUMERALS}]+(?:{groups})",
        stems=tuple(sorted({*stems, *bare, *full})),
        variants=forms_of(f"{ahead}{name}{''.join(full)}"),
        town_codes=towns,
        village_codes=codes,
        town_of={v.code: v.town_code for v in villages},
        official=official,
        group=f"^(?P<group>.{{1,{_LONGEST_GROUP}}}?(?:{groups}))(?:[^区]|$)",
    )


def _town_spellings(villages: Iterable[Village], words: _Words) -> Spelled[str]:
    """Spelling → rank and code of the towns."""
    spelled: Spelled[str] = {}
    for code, names in dict.fromkeys((v.town_code, v.town_aliases) for v in villages):
        ranks = ranks_of(spellings(name, words.towns, words.peoples) for name in names)
        for text, rank in ranks.items():
            claim(spelled, text, rank, code)
    return spelled


def _village_spellings(villages: Iterable[Village], words: _Words) -> Spelled[tuple[str, str]]:
    """Code of the town and spelling → rank and code of the village."""
    spelled: Spelled[tuple[str, str]] = {}
    for village in villages:
        ranks = ranks_of(spellings(name, words.villages) for name in village.aliases)
        for text, rank in ranks.items():
            claim(spelled, (village.town_code, text), rank, village.code)
    return spelled


def _full_and_bare(
    towns: Iterable[str], villages: Iterable[Village], words: _Words
) -> tuple[list[str], list[str]]:
    """The spellings of towns that end by themselves, and those that only end with the text."""
    own = {folded(flat(v.town)) for v in villages}
    full = [text for text in towns if text in own or _ends(text, words.towns)]
    return full, [text for text in towns if text not in {*full}]


def _ends(text: str, endings: Endings) -> bool:
    return text.endswith(tuple(endings.words))


def _endings(endings: Endings) -> set[str]:
    """All endings, and each without the word that a name may end in itself (新村: 委会)."""
    bare = {ending.removeprefix(kind[0]) for kind in endings.kinds for ending in kind}
    return {*endings.words, *bare} - {""}


def _stems(villages: Iterable[Village], words: _Words) -> set[str]:
    """What the patterns know of names; each ends with its text, or has an ending behind it."""
    stems = {
        folded(each)
        for village in villages
        for name in village.aliases
        for base, _ in bases(name, words.villages)
        for each in numbered(base)
    }
    official = tuple(kind[0] for kind in words.villages.kinds)
    cut = {stem.removesuffix(end) for stem in stems for end in official if stem.endswith(end)}
    return {*stems, *cut} - {""}


def _roads(villages: Iterable[Village], words: _Words) -> frozenset[str]:
    """The bare names of communities that end as a road's; a village's is of no road."""
    bare = (
        folded(stem)
        for village in villages
        for stem, kind in (stem_of(flat(village.village), words.villages),)
        if words.villages.general and kind != words.villages.general[0][0]
    )
    return frozenset(name for name in bare if name.endswith(words.roads))


def _name(stems: Iterable[str], words: _Words) -> str:
    """The pattern of a village's name, and of what may follow it.

    上浦一村 is another village than 上浦村.

    >>> kinds = Endings((("村", "村委会"), ("社区",)))
    >>> words = _Words((), ("村民小组", "组", "社"), kinds, Endings(()), "", ())
    >>> pattern = re.compile(_name(["上浦"], words))
    >>> [bool(pattern.match(text)) for text in ("上浦村下厝", "上浦12号", "上浦头")]
    [True, True, False]
    >>> [bool(pattern.match(text)) for text in ("上浦二社", "上浦3", "上浦二社区", "上浦1村")]
    [True, True, False, False]
    >>> bool(pattern.match("上浦第3村民小组"))
    True
    """
    groups = _either(words.groups)
    grouped = f"第?[{_NUMERALS}]{{1,3}}(?:(?:{groups})(?:[^区]|$)|号)"
    counted = f"第?[0-9]+(?:(?:{groups})(?:[^区]|$)|[^0-9村社]|社[^区]|社?$)"
    ending = f"(?P<ending>{_either(_endings(words.villages))})(?P<after>.{{0,3}})"
    what = f"(?:{ending}|(?P<behind>$|{counted}|{grouped}))"
    return f"(?P<whole>(?P<stem>{_either(stems)}){what}.*)$"


def _table(columns: Sequence[str], rows: Sequence[tuple[str | None, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _either(words: Iterable[str]) -> str:
    r"""The words as alternatives, longest first; never empty.

    >>> _either(["上浦", "上浦村"]), _either([])
    ('上浦村|上浦', '\\b\\B')
    """
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(map(re.escape, ordered)) or r"\b\B"


def flat(text: str) -> str:
    """A text as it is compared: without white space and punctuation, half-width.

    >>> flat("上浦 村（３组）")
    '上浦村3组'
    """
    return compact(text)


def plain(text: pl.Expr) -> pl.Expr:
    """A cell as it is compared, the same way as `flat`."""
    return text.str.normalize("NFKC").str.replace_all(NOISE, "")


def plain_place(text: pl.Expr, names: Gazetteer) -> pl.Expr:
    """A cell as places are looked for in it: `plain`, the names' characters simplified."""
    return plain(text).str.replace_many(dict(names.variants))


class Named(NamedTuple):
    """A village's name at the beginning of a text: town (null: none), alias, and its end.

    `ending`: it says 村 or 社区, or the like.
    """

    town: str | None
    alias: str
    end: int
    ending: bool


def village_at(text: str, names: Gazetteer, in_column: bool = False) -> Named | None:
    """Return the name of a village that a flat text begins with.

    `in_column`: of a column of villages, where a village may be called as a town is.
    """
    text = folded(text)
    found = {_named(text, pattern, names, in_column) for pattern in (names.named, names.placed)}
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _named(text: str, pattern: str, names: Gazetteer, in_column: bool) -> Named | None:
    match = re.match(pattern, text)
    if match is None:
        return None
    groups = match.groupdict()
    ending = groups["ending"] or ""
    alias, end = groups["stem"] + ending, match.end("stem") + len(ending)
    longest = re.match(names.longest, groups["whole"])
    if alias not in names.village_codes or (longest and len(longest[1]) > len(alias)):
        return None
    before = groups.get("town") or ""
    town = re.match(names.any_town, before + groups["whole"])
    alone = in_column and groups["whole"] == alias  # 红旗农场 may be a village of 红旗农场
    if town and len(town[1]) > len(before + alias) - (not alone):
        return None
    if ending:
        other = bool(re.match(LONGER_NAME, groups["after"]))
    else:
        behind = groups["whole"][len(alias) :]
        numbered = bool(behind) and not re.match(names.group_number, behind)
        road = alias in names.roads and (numbered or not (behind or in_column))
        other = road or (alias in names.called_town and not in_column and not groups.get("town"))
    return None if other else Named(groups.get("town"), alias, end, bool(ending))


def group_behind(text: str, names: Gazetteer) -> str | None:
    """Return the group of a village that a village cell names behind the village.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> names = gazetteer(rules.villages, rules.reading)
    >>> [group_behind(text, names) for text in ("上浦村（3组）", "上浦3社", "洛阳镇上浦村二队")]
    ['3组', '3社', '二队']
    >>> group_behind("上浦村李厝屯", names), group_behind("第二村民小组", names)
    ('李厝屯', '第二村民小组')
    >>> group_behind("上浦村", names), group_behind("上浦社区", names), group_behind("某村", names)
    (None, None, None)
    """
    short = flat(text)
    village = village_at(short, names, in_column=True)
    end = 0
    if village is not None:
        end = village.end
    elif not re.match(f"第?[0-9{_NUMERALS}]", short):
        return None
    found = re.match(names.group, short[end:])
    return found["group"] if found is not None else None


def group_in_column(text: str, names: Gazetteer) -> str | None:
    """Return the group that a cell names in a column of groups, where a village may stand too.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> names = gazetteer(rules.villages, rules.reading)
    >>> [group_in_column(text, names) for text in ("上浦村3组", "上浦村", "下厝", "３")]
    ['3组', None, '下厝', '3']
    """
    if village_at(flat(text), names, in_column=True):
        return group_behind(text, names)
    return unicodedata.normalize("NFKC", text).strip()
