"""The words of a cell that names people: names, relations, labels, notes, and what parts them.

>>> flat("李一（妻，９９０１）")
'李一(妻,9901)'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from loubao.core.characters import compound_surnames, folded
from loubao.ingest.fields.name_parts import COMMON, LATIN, NOTE
from loubao.ingest.fields.name_writing import HAN, HIDDEN, PRIVATE
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.lists import FieldRule, ListRule
from loubao.rules.reading import Reading

_WIDE: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_BRACKETS: Final = str.maketrans("【】〔〕［］｛｝[]{}<>《》", "()" * 8)
_DOTS: Final = "·•・‧∙⋅▪"
_HAN: Final = f"{HAN}{PRIVATE}"
_WORD: Final = f"[{_HAN}{LATIN}{HIDDEN}{_DOTS}]+"
_HAN_NAME: Final = rf"[{_HAN}{HIDDEN}]{{2,4}}|[{_HAN}]{{2,8}}(?:[{_DOTS}][{_HAN}]{{1,8}})+"
_OTHER_NAME: Final = rf"[{LATIN}]{{2,}}(?: [{LATIN}]+)*|[{_HAN}]{{1,3}}[{LATIN}]{{1,8}}[{_HAN}]?"
_SPACED_NAME: Final = rf"[{_HAN}]{{1,5}}(?: [{_HAN}]{{1,5}}){{1,2}}"
_LATIN_WORD: Final = re.compile(f"[{LATIN}]+")
_POSSESSIVE: Final = ("之", "的", "其")
_LONGEST_RELATION: Final = 4
#: Characters of a given name, and of a whole name that is spaced out.
_GIVEN, _SPACED_OUT = 2, 3
#: A longer word is no single character.
_ONE = 1
_SHORTEST_FLAG = 3


@dataclass(frozen=True)
class CellWords:
    """What a cell of people is split by, and the words in it that are no names."""

    separators: tuple[re.Pattern[str], ...]  # what separates most first; the last is the blank
    relations: frozenset[str]
    heads: frozenset[str]
    labels: frozenset[str]
    blanks: frozenset[str]
    flags: frozenset[str]  # what says that a member is protected, or is not


def cell_words(rule: ListRule, reading: Reading) -> CellWords:
    """Return the words by which the cells of one list are split."""
    return _cell_words(
        tuple(header for spec in rule.fields.values() for header in (spec.label, *spec.headers)),
        reading.member_separators,
        reading.relation_words,
        reading.head_words,
        reading.placeholders,
        _flags(rule.fields.get("protected")),
    )


def _flags(protected: FieldRule | None) -> tuple[str, ...]:
    """Return the words for a protected member and for one who is not; no short ones such as 是."""
    words = (*protected.yes, *protected.no) if protected else ()
    return tuple(word for word in words if len(word) >= _SHORTEST_FLAG)


@lru_cache(maxsize=32)
def _cell_words(
    headers: tuple[str, ...],
    separators: tuple[str, ...],
    relations: tuple[str, ...],
    heads: tuple[str, ...],
    blanks: tuple[str, ...],
    flags: tuple[str, ...],
) -> CellWords:
    return CellWords(
        separators=tuple(re.compile(f"[{re.escape(each)}]+") for each in separators),
        relations=frozenset({*relations, *heads}),
        heads=frozenset(heads),
        labels=frozenset(map(plain, headers)),
        blanks=frozenset(blanks),
        flags=frozenset(flags),
    )


def flat(text: str) -> str:
    """Half-width letters, digits and punctuation, one kind of bracket; all else as it is.

    >>> flat("李一（妻，９９０１）")
    '李一(妻,9901)'
    """
    return text.translate(_WIDE).translate(_BRACKETS).strip()


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Words of a text; names in characters, spaced out, in letters. To compile them takes long."""
    words = f"{_WORD}(?: +{_WORD})*"
    return tuple(map(re.compile, (words, _HAN_NAME, _SPACED_NAME, _OTHER_NAME)))


def is_name(token: str) -> bool:
    """Return whether a token may be a person's name.

    >>> [is_name(t) for t in ("张三", "欧阳*明", "阿卜杜拉·买买提", "均为低保户家庭成员")]
    [True, True, True, False]
    """
    together = token.replace(" ", "")
    _, han, spaced, other = _patterns()
    return bool(han.fullmatch(together) or spaced.fullmatch(token) or other.fullmatch(token))


def words_of(text: str, words: CellWords) -> list[str]:
    """Return the words of a text; the characters of a name that is spaced out are one word.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = cell_words(rules.lists["dibao"], rules.reading)
    >>> words_of("妻：李 一", words), words_of("张 三 李 四", words), words_of("李 晓红 妻", words)
    (['妻', '李 一'], ['张 三', '李 四'], ['李 晓红', '妻'])
    """
    tokens: list[str] = []
    for chunk in _patterns()[0].findall(text):
        parts = chunk.split()
        at = 0
        while at < len(parts):
            size = _name_size(parts[at:], words)
            tokens.append(" ".join(parts[at : at + size]))
            at += size
    return tokens


def _name_size(parts: Sequence[str], words: CellWords) -> int:
    """Return how many of the next words, parted by blanks, are one name."""
    first = parts[0]
    if _LATIN_WORD.fullmatch(first):
        return next((i for i, p in enumerate(parts) if not _LATIN_WORD.fullmatch(p)), len(parts))
    if len(parts) > 1 and first in compound_surnames() and len(parts[1]) <= _GIVEN:
        return 2
    if len(first) > _ONE or len(parts) == 1:
        return 1
    single = next((i for i, part in enumerate(parts) if len(part) > _ONE), len(parts))
    after = parts[1]
    if folded(first) in words.relations and (first not in COMMON or after[0] in COMMON):
        return 1
    if single == 1:
        return 2 if len(after) <= _GIVEN else 1
    return single if single <= _SPACED_OUT else _GIVEN


def by_kind(tokens: Sequence[str], words: CellWords) -> tuple[list[str], list[str], list[str]]:
    """Part tokens into names, relations and notes; labels of fields are left out."""
    names: list[str] = []
    relations: list[str] = []
    notes: list[str] = []
    for token in tokens:
        bare = folded(token.replace(" ", ""))
        if bare in words.relations:
            relations.append(bare)
        elif bare in words.labels or bare in words.blanks:
            continue
        elif bare in words.flags or re.fullmatch(NOTE, bare):
            notes.append(bare)
        else:
            name, relation = _apart(token, words)
            names.append(name)
            relations += [relation] if relation else []
    return names, relations, notes


def _apart(token: str, words: CellWords) -> tuple[str, str | None]:
    """Take a relation off the front or the end of a name that it is written together with.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> words = cell_words(rules.lists["dibao"], rules.reading)
    >>> [_apart(token, words) for token in ("妻子李一", "妻李一", "李一长女", "孙小明", "张三之妻")]
    [('李一', '妻子'), ('李一', '妻'), ('李一', '长女'), ('孙小明', None), ('张三之妻', None)]
    """
    for size in range(min(_LONGEST_RELATION, len(token) - 2), 0, -1):
        front, rest = folded(token[:size]), token[size:].strip()
        written_short = size == 1 and (front in COMMON or rest[:1] not in COMMON)
        if front in words.relations and len(rest) > _ONE and not written_short:
            return rest, front
        rest, end = token[:-size].strip(), folded(token[-size:])
        another = end.startswith(_POSSESSIVE) or rest.endswith(_POSSESSIVE)
        if size > 1 and end in words.relations and len(rest) > _ONE and not another:
            return rest, end
    return token, None
