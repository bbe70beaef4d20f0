"""The divisions of the nation: provinces, cities, counties, towns, villages, as a table shipped.

`tables/divisions.parquet` has the statistical division codes of the National Bureau of Statistics
for 2023; `tools/build_divisions.py` builds it, `tables/README.md` names source and licence. From it
`loubao init --county` writes the villages of a county, and what stands before them in an address.

>>> county = find("惠安县")
>>> county.code, county.full
('350521', '福建省泉州市惠安县')
>>> from loubao.rules import shipped_rules
>>> from loubao.rules.reading import load_reading
>>> reading = load_reading(shipped_rules() / "reading.yaml")
>>> towns(county, reading)["350521104"], len(villages(county, reading))
('洛阳镇', 300)
>>> [row["village"] for row in villages(find("420111"), reading) if "春和" in row["village"]]
['春和社区', '春和村']
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from loubao.core.faults import Usage
from loubao.rules import shipped_rules
from loubao.rules.place_names import Endings, compact, official_name, spellings, stem_of
from loubao.rules.reading import COLUMNS, Reading, load_reading

_PROVINCE, _CITY, _COUNTY, _TOWN, _VILLAGE = 2, 4, 6, 9, 12
#: Levels of the codes that are no place: 市辖区, 省直辖县级行政区划.
_HEADING = re.compile("^(?:市辖区|县|.*直辖县级行政区划)$")
_LARGER = (
    "(?:特别行政区|自治区|自治州|自治县|自治旗|林区|特区|新区|矿区|地区|省|市|盟|州|县|区|旗)$"
)
_SHORTEST = 2
_SHOWN = 8  # names that are told where none fits


@dataclass(frozen=True)
class County:
    """A county, and where it is; `city` is empty where it belongs to the province itself."""

    code: str
    name: str
    province: str
    city: str

    @property
    def full(self) -> str:
        """The name with province and city."""
        return self.province + self.city + self.name


@cache
def _divisions() -> pl.DataFrame:
    source = files("loubao") / "tables" / "divisions.parquet"
    return pl.read_parquet(source.read_bytes())


def _level(digits: int, below: str = "") -> list[tuple[str, str]]:
    """Code and name of the divisions with so many digits, of those that begin with `below`."""
    least = int(below.ljust(digits, "0")) if below else 10 ** (digits - 1)
    most = int(below.ljust(digits, "9")) if below else 10**digits - 1
    rows = _divisions().filter(pl.col("code").is_between(least, most))
    return [(str(code), name) for code, name in rows.iter_rows()]


@cache
def counties() -> tuple[County, ...]:
    """Return all counties, in the order of their codes."""
    above = dict(_level(_PROVINCE)) | dict(_level(_CITY))
    found = []
    for code, name in _level(_COUNTY):
        city = above[code[:_CITY]]
        # a city without counties is its own: 东莞市
        heading = _HEADING.match(city) or city == name
        found.append(County(code, name, above[code[:_PROVINCE]], "" if heading else city))
    return tuple(found)


def find(text: str) -> County:
    """Return the county of a code or a name, which may have city and province before it.

    Raises `Usage` where there is none, or several, which are listed.

    >>> find("350521").name, find("泉州惠安").name, find("江苏省南京市鼓楼区").code
    ('惠安县', '惠安县', '320106')
    >>> find("峨山").name
    '峨山彝族自治县'
    """
    asked = re.sub(r"\s", "", text)
    meant = [each for each in counties() if asked == each.code or asked in _names(each)]
    exact = [each for each in meant if asked.endswith(each.name)]
    meant = exact if len(exact) == 1 else meant
    if len(meant) == 1:
        return meant[0]
    if meant:
        listed = "；".join(f"{each.code} {each.full}" for each in meant)
        raise Usage(f"叫“{asked}”的有 {len(meant)} 个，请写代码：{listed}")
    near = [each for each in counties() if asked and asked[:_SHORTEST] in each.full]
    listed = "；".join(f"{each.code} {each.full}" for each in near[:_SHOWN])
    hint = f"。相近的：{listed}" + ("……" if len(near) > _SHOWN else "") if near else ""
    raise Usage(f"没有找到县（市、区）“{asked}”，请写 6 位代码或全名，如 350521、惠安县{hint}")


def _names(county: County) -> set[str]:
    """What a county is called: itself, with its city, with its province; each with its end or not.

    >>> sorted(_names(County("350521", "惠安县", "福建省", "泉州市")))[:3]
    ['惠安', '惠安县', '泉州市惠安']
    """
    whole = {""}
    for larger in (county.province, county.city):
        whole |= {before + name for before in whole for name in _short_and_long(larger)}
    return {before + name for before in whole for name in _short_and_long(county.name)}


def _short_and_long(name: str) -> set[str]:
    """A name, and without what kind of a place it is, where at least two characters are left.

    >>> sorted(_short_and_long("惠安县")), sorted(_short_and_long("涉县")), _short_and_long("")
    (['惠安', '惠安县'], ['涉县'], set())
    """
    short = re.sub(_LARGER, "", name)
    bare = re.sub(f"(?:{_peoples()})+$", "", short) if "自治" in name else short
    return {name, *(each for each in (short, bare) if len(each) >= _SHORTEST)} - {""}


@cache
def _peoples() -> str:
    return load_reading(shipped_rules() / "reading.yaml").peoples


def prefixes(county: County, reading: Reading) -> list[str]:
    """Return regular expressions on what may stand before a town, the larger first.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.reading import load_reading
    >>> reading = load_reading(shipped_rules() / "reading.yaml")
    >>> prefixes(find("350521"), reading)
    ['福建(?:省)?', '泉州(?:市)?', '惠安(?:县)?']
    >>> prefixes(find("222401"), reading)
    ['吉林(?:省)?', '延边(?:朝鲜族自治州|州)?', '延吉(?:市)?']
    >>> prefixes(find("530426"), reading)[-1], prefixes(find("130426"), reading)[-1]
    ('峨山(?:彝族自治县|县)?', '涉县')
    """
    found = []
    for name in filter(None, (county.province, county.city, county.name)):
        stem = re.sub(_LARGER, "", name)
        short = re.sub(f"(?:{reading.peoples})+$", "", stem) if "自治" in name else stem
        if len(short) < _SHORTEST:
            found.append(re.escape(name))
            continue
        whole = name.removeprefix(short)
        ends = [whole, whole[-1:]] if "自治" in name and whole[-1] != "区" else [whole]
        found.append(f"{short}(?:{'|'.join(dict.fromkeys(ends))})?" if whole else short)
    return found


def towns(county: County, reading: Reading) -> dict[str, str]:
    """Return code → official name of the towns: 漓东街道办事处 is 漓东街道."""
    rows = _level(_TOWN, county.code)
    endings = Endings(reading.town_endings, reading.own_endings)
    short = {code: official_name(name, endings) if "街道" in name else name for code, name in rows}
    taken = Counter(short.values())
    return {code: short[code] if taken[short[code]] == 1 else name for code, name in rows}


def villages(county: County, reading: Reading) -> list[dict[str, str]]:
    """Return the rows of villages.csv; two that would be one keep their statistical names.

    A village's name is without that of its town (花山街道春和社区居委会). The statistical name of
    a town is an alias where no rule gives it: 东湖风景区街道（洪山）.
    """
    names, statistical = towns(county, reading), dict(_level(_TOWN, county.code))
    endings = Endings(reading.village_endings, reading.own_endings)
    town_endings = Endings(reading.town_endings, reading.own_endings)
    aliases = {
        code: statistical[code]
        for code, name in names.items()
        if compact(statistical[code]) not in spellings(name, town_endings, reading.peoples)
    }
    rows = []
    for code, name in _level(_VILLAGE, county.code):
        short = name.removeprefix(statistical[code[:_TOWN]])
        named = stem_of(short, endings)[1] is not None or len(short) > _SHORTEST + 1
        short = short if named else name
        rows.append((code, name, official_name(short, endings)))
    taken = Counter((code[:_TOWN], short) for code, _, short in rows)
    return [
        {
            "town_code": code[:_TOWN],
            "town": names[code[:_TOWN]],
            "town_aliases": aliases.get(code[:_TOWN], ""),
            "code": code,
            "village": short if taken[code[:_TOWN], short] == 1 else name,
            "aliases": "",
        }
        for code, name, short in rows
    ]


def villages_csv(county: County, reading: Reading) -> str:
    """Return the villages.csv of a county."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(villages(county, reading))
    return text.getvalue()
