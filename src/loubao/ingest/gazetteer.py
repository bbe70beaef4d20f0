"""The official towns and villages of a rules folder, as tables and patterns of their names.

Nothing is fuzzy: of the zone's names 146 pairs differ in one character (上曾 / 下曾). A text names
a village where it begins, behind optional province, city, county and town, with an alias that ends
there. An alias that says 村 or 社区 ends by itself; a bare stem only before a house or group number
or the end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from loubao.core.characters import BLANK, UNSEEN
from loubao.rules.reading import Reading, Village

NOISE = rf"[\p{{P}}\p{{S}}{BLANK}{UNSEEN}]+"
_TOWN_ENDING = ("镇", "乡", "街道")
_SELF_ENDING = ("村", "社区", "委会", "居委", "村委", "委员会")
_NUMERALS = "一二三四五六七八九十"
_LONGEST_GROUP = 8  # characters of a group's name, as 下厝


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """The villages as tables (String) and patterns, which polars and Python both read.

    `names`: village_code → town_code, official_town, official_village; `towns`: alias → town_code,
    official_town; `villages`: town_code, alias → village_code, and alias_towns, how many towns have
    the alias. `in_village_column` and `elsewhere`: patterns with the groups town, ending, stem, of
    a text that names a village; `of_town`: with full and bare, of one that names a town. `ahead`:
    what may stand before a town; `full_towns`, `full_villages`: any with its ending. `group`: the
    number or name of a village's group, to its end; `group_alone`: a number and the word.
    `town_codes`: alias → code; `village_codes`: alias → town code → village code; `town_of`:
    village code → town code; `official`: code → official name.
    """

    names: pl.DataFrame
    towns: pl.DataFrame
    villages: pl.DataFrame
    in_village_column: str
    elsewhere: str
    of_town: str
    ahead: str
    full_towns: str
    full_villages: str
    group: str
    group_alone: str
    town_codes: Mapping[str, str]
    village_codes: Mapping[str, Mapping[str, str]]
    town_of: Mapping[str, str]
    official: Mapping[str, str]


def gazetteer(villages: Sequence[Village], reading: Reading) -> Gazetteer:
    """Return the names of `villages`, with the prefixes and group words of `reading`."""
    return _gazetteer(tuple(villages), reading.place_prefixes, reading.group_words)


@lru_cache(maxsize=4)
def _gazetteer(
    villages: tuple[Village, ...], prefixes: tuple[str, ...], group_words: tuple[str, ...]
) -> Gazetteer:
    towns = {flat(name): (v.town_code, v.town) for v in villages for name in v.town_aliases}
    aliases = {(v.town_code, flat(name)): v.code for v in villages for name in v.aliases}
    stems = {alias for _, alias in aliases}
    ahead = "".join(f"(?:{prefix})?" for prefix in prefixes)
    town = f"(?P<town>{_either(towns)})"
    groups = _either(group_words)
    full = [name for name in towns if name.endswith(_TOWN_ENDING)]
    bare = [name for name in towns if not name.endswith(_TOWN_ENDING)]
    codes: dict[str, dict[str, str]] = {}
    for (town_code, alias), code in aliases.items():
        codes.setdefault(alias, {})[town_code] = code
    return Gazetteer(
        names=_table(
            ("village_code", "town_code", "official_town", "official_village"),
            [(v.code, v.town_code, v.town, v.village) for v in villages],
        ),
        towns=_table(
            ("alias", "town_code", "official_town"),
            [(alias, code, name) for alias, (code, name) in towns.items()],
        ),
        villages=_table(
            ("town_code", "alias", "village_code"),
            [(town_code, alias, code) for (town_code, alias), code in aliases.items()],
        ).with_columns(alias_towns=pl.len().over("alias")),
        in_village_column=f"^{ahead}(?:{town})?{_alias(stems, groups)}",
        elsewhere=f"^{ahead}(?:{town})?{_alias(stems - set(towns), groups)}",
        of_town=f"^{ahead}(?:(?P<full>{_either(full)})|(?P<bare>{_either(bare)})$)",
        ahead=ahead,
        full_towns=_either(full),
        full_villages=_either(alias for alias in stems if alias.endswith(_SELF_ENDING)),
        group_alone=f"^第?[0-9{_NUMERALS}]+(?:{groups})$",
        town_codes={alias: code for alias, (code, _) in towns.items()},
        village_codes=codes,
        town_of={v.code: v.town_code for v in villages},
        official={v.town_code: v.town for v in villages} | {v.code: v.village for v in villages},
        group=f"^(?P<group>.{{1,{_LONGEST_GROUP}}}?(?:{groups}))(?:[^区]|$)",
    )


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _alias(aliases: Iterable[str], groups: str = r"\b\B") -> str:
    """One pattern of all aliases: group `ending` or, before what may follow it, group `stem`.

    `groups`: the words for a village's groups. 上浦一村 is another village than 上浦村.

    >>> pattern = re.compile(_alias(["上浦村", "上浦"], "组|社"))
    >>> [bool(pattern.match(text)) for text in ("上浦村下厝", "上浦12号", "上浦头")]
    [True, True, False]
    >>> [bool(pattern.match(text)) for text in ("上浦二社", "上浦3", "上浦二社区", "上浦1村")]
    [True, True, False, False]
    """
    ending = [a for a in aliases if a.endswith(_SELF_ENDING)]
    stems = [a for a in aliases if not a.endswith(_SELF_ENDING)]
    grouped = f"第?[{_NUMERALS}]{{1,3}}(?:(?:{groups})(?:[^区]|$)|号)"
    numbered = "第?[0-9]+(?:[^0-9村社]|社[^区]|社?$)"
    behind = f"(?:$|{numbered}|{grouped})"
    return f"(?:(?P<ending>{_either(ending)})|(?P<stem>{_either(stems)}){behind})"


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
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c)[0] not in "PS")


def plain(text: pl.Expr) -> pl.Expr:
    """A cell as it is compared, the same way as `flat`."""
    return text.str.normalize("NFKC").str.replace_all(NOISE, "")


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
    village = re.match(names.in_village_column, short)
    end = 0
    if village is not None:
        end = village.end("ending") if village["ending"] is not None else village.end("stem")
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
    if re.match(names.in_village_column, flat(text)):
        return group_behind(text, names)
    return unicodedata.normalize("NFKC", text).strip()
