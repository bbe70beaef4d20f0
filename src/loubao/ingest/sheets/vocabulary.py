"""How a header is spelt, and the headers that lists have: the same for `match` and for `link`.

Two headers are compared by `plain`; where a table may come from anywhere (`link`), by `loose`, for
which Latin letters are alike without case, spaces, underscores, hyphens and dots. Nothing is fuzzy:
a text that no rule spells is not a field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from loubao.core.characters import BLANK, UNSEEN, folded
from loubao.rules.lists import ListRule
from loubao.rules.reading import Reading

LONGEST_HEADER = 60
_DROPPED = re.compile(f"[*:{BLANK}{UNSEEN}]+")
_LOOSE = re.compile(r"[\s_.\-]+")
_NUMERIC = re.compile(r"[0-9Xx.\-/]+")
_NUMERAL = re.compile("[0-9]+|[一二三四五六七八九十]+")
_NUMERALS = "〇一二三四五六七八九"
_LONGEST_NUMERAL = 3
#: What a household row has of each member.
MEMBER_PARTS = ("name", "id_number", "relation")
#: The number under which a cell of several members stands among the member columns.
CELL = 0


# --- how a header is spelt ------------------------------------------------------------------------


def flat(text: str) -> str:
    """Return a name of a file or sheet as it is compared: half-width and simplified."""
    return folded(unicodedata.normalize("NFKC", text))


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    r"""Return a header as it is compared: NFKC, simplified, without white space, asterisks, colons.

    >>> plain(" *身份证\n号码（必填）：")
    '身份证号码(必填)'
    >>> plain("性　别"), plain("家庭成员②姓名"), plain("Given Name")
    ('性别', '家庭成员2姓名', 'GivenName')
    >>> plain("身份證號碼")
    '身份证号码'
    """
    return folded(_DROPPED.sub("", unicodedata.normalize("NFKC", text)))


@lru_cache(maxsize=20_000)
def loose(text: str) -> str:
    """Return a header as `link` compares it: `plain`, and Latin letters by themselves alone.

    >>> loose("Given_Name"), loose("SOC. SEC-ID"), loose("ＩＤ")
    ('givenname', 'socsecid', 'id')
    >>> loose("身份证 号码"), loose("ID号码")  # only where nothing but Latin letters stands there
    ('身份证号码', 'ID号码')
    """
    short = plain(text)
    return _LOOSE.sub("", short).lower() if short.isascii() else short


def without_notes(text: str, notes: tuple[str, ...]) -> str:
    """Return a plain header without notes, such as 必填, that are not part of the name.

    `notes`: regular expressions, `header_notes` of reading.yaml.

    >>> without_notes("身份证号码(必填)(18位)", (r"[(](必填|18位)[)]$",))
    '身份证号码'
    """
    pattern = any_of(notes)
    before = None
    while before != text:
        before, text = text, pattern.sub("", text)
    return text


def numbered(text: str) -> list[tuple[str, str]]:
    """Return (header with {n} for a number in it, the number), once for each number in it.

    >>> numbered("家庭成员12姓名"), numbered("姓名"), numbered("2021年")
    ([('家庭成员{n}姓名', '12')], [], [])
    >>> numbered("1孩二姓名")
    [('{n}孩二姓名', '1'), ('1孩{n}姓名', '二')]
    """
    return [
        (text[: found.start()] + "{n}" + text[found.end() :], found[0])
        for found in _NUMERAL.finditer(text)
        if len(found[0]) <= (_LONGEST_NUMERAL - found[0].isascii())
    ]


def numeral_value(numeral: str) -> int:
    """Return the value of a numeral up to 99.

    >>> [numeral_value(numeral) for numeral in ("7", "12", "七", "十", "十二", "二十", "二十三")]
    [7, 12, 7, 10, 12, 20, 23]
    """
    if numeral.isascii():
        return int(numeral)
    tens, _, units = numeral.rpartition("十")
    if "十" not in numeral:
        return _NUMERALS.index(numeral[-1])
    return (_NUMERALS.index(tens) if tens else 1) * 10 + (_NUMERALS.index(units) if units else 0)


@lru_cache(maxsize=16)
def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return one regular expression for several; of none, one that matches nothing.

    >>> bool(any_of(("^合计", "^小计")).search("小计")), bool(any_of(()).search("小计"))
    (True, False)
    """
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"\b\B")


# --- the headers that lists have ------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The headers of one list, ready to be looked up.

    `spellings`: header → (field, its place among the headers of the field), of every such field.
    `slots`: header of a household member with {n} for the number → name, id_number or relation.
    `cells`: headers of a cell that names a whole household; `members`: these, and the headers of
    names that are those of a household's members. `joint`: how a header of name and
    number is written. `loose`: whether headers are compared by `loose`.
    """

    rule: ListRule
    spellings: dict[str, tuple[tuple[str, int], ...]]
    slots: dict[str, str]
    ignored: frozenset[str]
    cells: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    joint: tuple[re.Pattern[str], ...] = ()
    loose: bool = False

    def name_and_number(self, text: str) -> str | None:
        """Return the header of the name in a header of name and number, None for any other.

        >>> from loubao.rules import shipped_rules
        >>> from loubao.rules.folder import load_rules
        >>> rules = load_rules(shipped_rules())
        >>> words = vocabulary(rules.lists["dibao"], rules.reading)
        >>> words.name_and_number("户主姓名及身份证号"), words.name_and_number("姓名(身份证号码)")
        ('户主姓名', '姓名')
        >>> words.name_and_number("姓名及电话"), words.name_and_number("户主身份证号")
        (None, None)
        """
        if text in self.spellings:
            return None
        for pattern in self.joint:
            found = pattern.search(text)
            if found and found["number"] in self._by_type["id_number"]:
                name = found["name"]
                slots = any(self.slots.get(slot) == "name" for slot, _ in numbered(name))
                if slots or name in self.cells or name in self._by_type["name"]:
                    return name
        return None

    @cached_property
    def _by_type(self) -> dict[str, set[str]]:
        """Type of a field → the headers of all fields of that type."""
        found: dict[str, set[str]] = {"name": set(), "id_number": set()}
        for text, fields in self.spellings.items():
            for field, _ in fields:
                found.setdefault(self.rule.fields[field].type, set()).add(text)
        return found


def vocabulary(rule: ListRule, reading: Reading, loosely: bool = False) -> Vocabulary:
    """Return the headers of a list; `loosely` for a table that may come from anywhere."""
    spellings: dict[str, list[tuple[str, int]]] = {}
    for field, spec in rule.fields.items():
        for rank, header in enumerate(dict.fromkeys(map(plain, spec.headers))):
            spellings.setdefault(header, []).append((field, rank))
    slots: dict[str, str] = {}
    if rule.household_rows is not None:
        for part in MEMBER_PARTS:
            for header in getattr(rule.household_rows, part):
                slots.setdefault(plain(header), part)
    members = member_headers(rule, reading)
    cells = members & set(map(plain, reading.member_cells)) - spellings.keys()
    compare = loose if loosely else plain
    return Vocabulary(
        rule=rule,
        # of several that are the same loosely (`ID`, `id`) the rank of the last
        spellings={compare(text): tuple(fields) for text, fields in spellings.items()},
        slots=slots,
        ignored=frozenset(map(plain, (*rule.ignore, *reading.ignore_headers))),
        cells=cells,
        members=members,
        joint=() if loosely else tuple(map(re.compile, reading.name_with_number)),
        loose=loosely,
    )


def member_headers(rule: ListRule, reading: Reading) -> frozenset[str]:
    """Return the headers of names that are those of a household's members; of one or of several.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> headers = member_headers(rules.lists["dibao"], rules.reading)
    >>> {"家庭成员", "成员姓名"} <= headers, "保障对象姓名" in headers
    (True, False)
    """
    if rule.household_rows is None:
        return frozenset()
    numbered = (header.replace("{n}", "") for header in rule.household_rows.name)
    return frozenset(map(plain, (*reading.member_cells, *numbered)))


@dataclass(frozen=True)
class Lexicon:
    """The headers of all lists together: a text that is none of them is passed over quickly.

    `notes`: `header_notes` of reading.yaml; `units`: its `header_units`, each with its factor.
    """

    texts: frozenset[str]
    ignored: frozenset[str]
    slots: frozenset[str]
    notes: tuple[str, ...]
    units: tuple[tuple[re.Pattern[str], float], ...]
    loose: bool
    #: the lists that know headers of name and number
    joint: tuple[Vocabulary, ...] = ()

    def compared(self, text: str) -> str:
        """Return a header as the lists compare it."""
        return loose(text) if self.loose else plain(text)

    def has(self, text: str) -> bool:
        """Return whether a cell by itself is the header of a field; a number is none.

        >>> names = Lexicon(frozenset({"姓名"}), frozenset(), frozenset({"成员{n}"}), (), (), False)
        >>> [names.has(text) for text in ("姓　名：", "成员3", "张三", "35")]
        [True, True, False, False]
        """
        if len(text) > LONGEST_HEADER or _NUMERIC.fullmatch(text):
            return False
        short = self.compared(text)
        return short in self.texts or self._is_field(without_notes(short, self.notes))

    def ways(self, text: str) -> tuple[tuple[str, float], ...]:
        """Return what a header can be looked up by, with the factor of its unit; best first.

        As it stands, without notes, and without a unit. `text` is as the lists compare it; a way
        that no list has is left out.

        >>> units = ((re.compile(r"[(]万元[)]$"), 10_000.0),)
        >>> headers, none = frozenset({"自付"}), frozenset()
        >>> paid = Lexicon(headers, none, none, ("^2021年",), units, False)
        >>> paid.ways("自付"), paid.ways("2021年自付(万元)"), paid.ways("自费")
        ((('自付', 1.0),), (('自付', 10000.0),), ())
        """
        if not text or len(text) > LONGEST_HEADER:
            return ()
        ways = [(text, 1.0), (without_notes(text, self.notes), 1.0)]
        for unit, factor in self.units:
            cut = unit.sub("", text)
            if cut != text:
                ways += [(cut, factor), (without_notes(cut, self.notes), factor)]
        return tuple(
            (way, factor)
            for way, factor in dict.fromkeys(ways)
            if way and (way in self.ignored or self._is_field(way))
        )

    def _is_field(self, text: str) -> bool:
        if text in self.texts or any(slot in self.slots for slot, _ in numbered(text)):
            return True
        return any(each.name_and_number(text) is not None for each in self.joint)


def lexicon(vocabularies: Sequence[Vocabulary], reading: Reading) -> Lexicon:
    """Return the headers of all `vocabularies` together."""
    return _lexicon(tuple(vocabularies), reading.header_notes, tuple(reading.header_units.items()))


@lru_cache(maxsize=64)
def _lexicon(
    vocabularies: tuple[Vocabulary, ...],
    notes: tuple[str, ...],
    units: tuple[tuple[str, float], ...],
) -> Lexicon:
    cells = frozenset[str]().union(*(v.cells for v in vocabularies))
    return Lexicon(
        texts=cells.union(*(v.spellings for v in vocabularies)),
        ignored=frozenset[str]().union(*(v.ignored for v in vocabularies)),
        slots=frozenset[str]().union(*(v.slots for v in vocabularies)),
        notes=notes,
        units=tuple((re.compile(unit), factor) for unit, factor in units),
        loose=any(v.loose for v in vocabularies),
        joint=tuple(v for v in vocabularies if v.joint),
    )
