"""How clerks write a village and a town, from public knowledge; written before the rules were.

Nothing here is taken from loubao. A village of the national table is taken apart by what it is
called there, and written again as it is met in exports: with or without the committee, as a village
or as the community that it has become, with the town, the county or the group around it, in
traditional characters, with blanks inside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

#: What is written in traditional characters where a list comes from an old system.
TRADITIONAL = str.maketrans(
    "东门龙阳头园后湾庄岭沟桥张陈刘马黄万兴华关岗边云长乡镇区会员双丰乐义广树坝滩图罗卫红联团结",
    "東門龍陽頭園後灣莊嶺溝橋張陳劉馬黃萬興華關崗邊雲長鄉鎮區會員雙豐樂義廣樹壩灘圖羅衛紅聯團結",
)
_PEOPLES = "蒙古|回|藏|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|傣|傈僳|畲|水|纳西"
_PEOPLES += "|仡佬|仫佬|羌|锡伯|达斡尔"
_BANNER = re.compile("^(.+?)嘎查(?:委员会|委会|村委会|村民委员会)?$")
_VILLAGE = re.compile("^(.+?)(?:村?(?:村民|村)(?:委员会|委会)|村)$")
_COMMUNITY = re.compile("^(.+?)(?:社区居民委员会|社区居委会|居民委员会|居委会|社区居委|社区)$")
_TOWN = re.compile("^(.+?)(?:街道办事处|街道|镇|乡)$")
_PEOPLE = re.compile(f"^(.{{2,}}?)(?:(?:{_PEOPLES})族)+(?:民族)?乡$")


@dataclass(frozen=True)
class Place:
    """A village of the table and what is around it."""

    province: str
    city: str
    county: str
    town: str
    village: str
    code: str


def taken_apart(village: str) -> tuple[str, str] | None:
    """The name without its ending, and whether it is a village (村) or a community (社区)."""
    village = re.sub("（[^（）]*）$", "", village)
    for kind, pattern in (("社区", _COMMUNITY), ("嘎查", _BANNER), ("村", _VILLAGE)):
        found = pattern.match(village)
        if found and len(found[1]) > 1 and not re.search("社区|村$|[（）]", found[1]):
            return found[1], kind
    return None


_OWN = {
    "村": ["村", "村委会", "村民委员会", "村村委会", "村委", "行政村", "村村民委员会"],
    "社区": ["社区", "社区居委会", "居委会", "社区居民委员会", "居委", "居民委员会"],
    "嘎查": ["嘎查", "嘎查委员会", "嘎查村委会"],
}
_OTHER = {
    "村": ["", "社区", "社区居委会", "村（居）", "村（社区）"],
    "社区": ["", "村", "村委会", "社区（村）", "村（居）", "村（社区）"],
    "嘎查": ["", "村", "村委会"],
}


def own_spellings(village: str) -> list[str]:
    """The daily spellings that say what the village is; the one of the table first."""
    parts = taken_apart(village)
    return [village, *(parts[0] + ending for ending in _OWN[parts[1]])] if parts else [village]


def village_spellings(village: str) -> list[str]:
    """Every daily spelling of a village, without what is around it; the official one first."""
    parts = taken_apart(village)
    others = [parts[0] + ending for ending in _OTHER[parts[1]]] if parts else []
    return own_spellings(village) + others


def town_spellings(town: str) -> list[str]:
    """Every daily spelling of a town, the official one first."""
    found = _PEOPLE.match(town)
    if found:
        return [town, found[1] + "乡", found[1], found[1] + "民族乡"]
    found = _TOWN.match(town)
    if not found or len(found[1]) < 2:
        return [town]
    stem = found[1]
    if "街道" in town[len(stem) :]:
        return [town, stem + "街道", stem + "街道办事处", stem + "街道办", stem + "办事处", stem]
    return [town, stem, stem + "镇人民政府" if town.endswith("镇") else stem + "乡人民政府"]


def written(
    place: Place, spelled: list[str], rng: Random
) -> tuple[str | None, str | None, str | None]:
    """Town, village and address of one row, as an office may have it."""
    village = rng.choice(spelled)
    town = rng.choice(town_spellings(place.town))
    official = rng.choice([*town_spellings(place.town)[:1], place.town])
    way = rng.randrange(12)
    if way == 0:
        return town, village.translate(TRADITIONAL), None
    if way == 1:
        return None, official + village, None
    if way == 2:
        return None, f"{place.county}{official}{village}", None
    if way == 3:
        return f"{place.county}{town}", village, None
    if way == 4:
        return None, None, _address(place, official, village, rng)
    if way == 5:
        return town, None, _address(place, official, village, rng)
    if way == 6:
        return town, village + rng.choice(["3组", "（5组）", "第三村民小组", "二组", "12号"]), None
    if way == 7:
        return town, " ".join(village), None
    if way == 8:
        return f"{official}{village}", None, None
    if way == 9:
        return None, f"{official}-{village}", None
    return town, village, None


def _address(place: Place, town: str, village: str, rng: Random) -> str:
    """The address as it stands on an identity card, or shorter."""
    whole = "" if place.city.startswith(("市辖区", "县", "省直", "自治区")) else place.city
    whole = "" if whole == place.county else whole
    before = rng.choice([place.province + whole + place.county, whole + place.county, ""])
    behind = rng.choice(["", "12号", "3组", "3组5号", "第二村民小组7号", "二组18号"])
    return before + town + village + behind
