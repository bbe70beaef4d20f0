"""Addresses as a village sheet prints them: without its title, the group apart, in order.

The title of a sheet says the town and the village; what is left says where in the village to go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from loubao.rules.reading import Reading

_DIGITS = {each: i for i, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_NUMBER = re.compile("[0-9]+|[零〇一二两三四五六七八九十百]+")
_MARKS = " 　,，、;；:：-"


@dataclass(frozen=True)
class Titles:
    """How the town and the village of a sheet are written in an address: rules of reading."""

    towns: tuple[str, ...]
    villages: tuple[str, ...]

    @classmethod
    def of(cls, reading: Reading) -> Titles:
        """Return the endings of towns' and villages' names, the longest first."""
        return cls(_longest(reading.town_endings), _longest(reading.village_endings))

    def without(self, address: str, town: str, village: str) -> str:
        """Return an address without the town and the village of its sheet.

        Nothing is left of an address that says nothing else; one that is elsewhere stays as it is.

        >>> titles = Titles(("镇", "乡"), ("村委会", "村", "社区"))
        >>> whole = "福建省泉州市惠安县洛阳镇上浦村6社12号"
        >>> titles.without(whole, "洛阳镇", "上浦村"), titles.without("上浦6社", "洛阳镇", "上浦村")
        ('6社12号', '6社')
        >>> [titles.without(text, "洛阳镇", "上浦村") for text in ("上浦村", "大岞村5号")]
        ['', '大岞村5号']
        """
        rest = address.strip()
        for name, endings in ((town, self.towns), (village, self.villages)):
            found = _written(name, endings).search(rest) if name else None
            # a number before it is of a house: then the name is one of a road or of a shop
            if found and not re.search("[0-9]", rest[: found.start()]):
                rest = rest[found.end() :].lstrip(_MARKS)
        return rest


def _longest(kinds: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({each for kind in kinds for each in kind}, key=len, reverse=True))


@lru_cache(maxsize=4096)
def _written(name: str, endings: tuple[str, ...]) -> re.Pattern[str]:
    """The ways to write a name: with any ending; without one where a number follows.

    A bare name may begin another one, and is taken at the beginning of the address only.
    """
    ending = next((each for each in endings if name.endswith(each)), "")
    stem = name.removesuffix(ending)
    ways = [re.escape(name)]
    if ending and len(stem) > 1:
        behind = "|".join(map(re.escape, endings))
        number = f"(?=第?(?:{_NUMBER.pattern}))"
        ways = [f"{re.escape(stem)}(?:{behind})", f"^{re.escape(stem)}{number}"]
    return re.compile("|".join(ways))


def group_of(address: str, pattern: str) -> str:
    """Return the group of the village with which an address begins, "" where there is none.

    >>> group_of("6社12号", "^[0-9]+(组|社)"), group_of("东头12号", "^[0-9]+(组|社)")
    ('6社', '')
    """
    found = re.search(pattern, address)
    return found[0] if found else ""


def without_group(address: str, group: str) -> str:
    """Return an address without the group with which it begins.

    >>> without_group("6社12号", "6社"), without_group("6社", "6社"), without_group("东头", "6社")
    ('12号', '', '东头')
    """
    return address.removeprefix(group).lstrip(_MARKS) if group else address


@lru_cache(maxsize=16384)
def in_order(text: str | None) -> tuple[bool, tuple[tuple[int, str], ...]]:
    """Return a sort key: numbers by what they count, written with digits or in Chinese.

    >>> sorted(["12组", "三组", "2组", "下厝", "十一组"], key=in_order)
    ['2组', '三组', '十一组', '12组', '下厝']
    >>> sorted([None, "3号", "12号"], key=in_order)
    ['3号', '12号', None]
    """
    parts: list[tuple[int, str]] = []
    place = 0
    for number in _NUMBER.finditer(text or ""):
        if number.start() > place:
            parts.append((1 << 62, (text or "")[place : number.start()]))
        parts.append((_count(number[0]), ""))
        place = number.end()
    if (text or "")[place:]:
        parts.append((1 << 62, (text or "")[place:]))
    return not text, tuple(parts)


def _count(number: str) -> int:
    """The number that digits or Chinese numerals write.

    >>> [_count(each) for each in ("12", "十二", "二十", "一百零五", "二〇")]
    [12, 12, 20, 105, 20]
    """
    if number.isascii():
        return int(number[:18])
    if not any(each in _UNITS for each in number):
        return int("".join(str(_DIGITS[each]) for each in number)[:18])
    total, last = 0, 0
    for each in number:
        if each in _UNITS:
            total += (last or 1) * _UNITS[each]
            last = 0
        else:
            last = _DIGITS[each]
    return total + last
