from __future__ import annotations

import polars as pl
import pytest

from loubao.ingest.fields.place import locate
from loubao.ingest.gazetteer import gazetteer
from loubao.rules.folder import Rules
from loubao.rules.reading import Village

Place = tuple[str | None, str | None, str | None]


def located(rules: Rules, *places: Place) -> list[tuple[str | None, ...]]:
    frame = pl.DataFrame(
        list(places), schema=dict.fromkeys(("town", "village", "address"), pl.String), orient="row"
    )
    found = locate(frame, gazetteer(rules.villages, rules.reading))
    return found.select("town", "village", "place_problem").rows()


@pytest.mark.parametrize(
    ("place", "town", "village"),
    [
        (("洛阳镇", "上浦村", None), "洛阳镇", "上浦村"),
        (("洛阳镇", "上浦", None), "洛阳镇", "上浦村"),
        (("洛阳", "上浦村委会", None), "洛阳镇", "上浦村"),
        ((None, "上浦村民委员会", None), "洛阳镇", "上浦村"),
        ((None, " 上 浦 村 ", None), "洛阳镇", "上浦村"),
        ((None, "上浦村（3组）", None), "洛阳镇", "上浦村"),
        ((None, "洛阳镇上浦村", None), "洛阳镇", "上浦村"),
        (("洛阳镇上浦村", None, None), "洛阳镇", "上浦村"),
        (("惠安县洛阳镇", "上浦", None), "洛阳镇", "上浦村"),
        ((None, None, "福建省泉州市惠安县洛阳镇上浦村下厝12号"), "洛阳镇", "上浦村"),
        ((None, None, "泉州台商投资区洛阳镇上浦12号"), "洛阳镇", "上浦村"),
        ((None, None, "上浦村第三组"), "洛阳镇", "上浦村"),
        (("洛阳镇", "洛阳村", None), "洛阳镇", "洛阳村"),
        (("洛阳镇", "洛阳", None), "洛阳镇", "洛阳村"),
        ((None, None, "洛阳镇洛阳村5号"), "洛阳镇", "洛阳村"),
        (("东园镇", "东园村", None), "东园镇", "东园社区"),
        (("东园镇", "东园社区居委会", None), "东园镇", "东园社区"),
        (("东园镇", "锦峯村委会", None), "东园镇", "锦峰社区"),
        (("東園鎮", "崙山村", None), None, None),
        (("东园镇", "崙山", None), "东园镇", "仑山社区"),
        (("东园镇", "秀涂", None), "东园镇", "秀土村"),
        (("张坂镇", "崧山村", None), "张坂镇", "松山村"),
        (("张坂镇", "后见", None), "张坂镇", "后见村"),
        (("张坂镇", "前见", None), "张坂镇", "前见村"),
        (("百崎乡", "白奇", None), "百崎回族乡", "白奇村"),
        ((None, None, "百崎回族乡白奇村"), "百崎回族乡", "白奇村"),
        ((None, "白沙一村", None), "洛阳镇", "白沙一村"),
    ],
)
def test_place_is_a_village(
    rules: Rules, place: Place, town: str | None, village: str | None
) -> None:
    if town is None:
        town, village = "东园镇", "仑山社区"
    assert located(rules, place) == [(town, village, None)]


@pytest.mark.parametrize(
    ("place", "town", "problem"),
    [
        (("张坂镇", "上浦头", None), "张坂镇", "VILLAGE_UNKNOWN"),
        (("洛阳镇", "上曾、下曾", None), "洛阳镇", "VILLAGE_SEVERAL"),
        (("洛阳镇", "上浦村后亭村", "洛阳镇上浦村3号"), "洛阳镇", "VILLAGE_SEVERAL"),
        ((None, None, "洛阳镇上浦村、后亭村"), "洛阳镇", "VILLAGE_SEVERAL"),
        (("洛阳镇上浦村/后亭村", None, None), "洛阳镇", "VILLAGE_SEVERAL"),
        ((None, "白沙一组", None), None, "VILLAGE_UNKNOWN"),
        ((None, None, "洛阳镇后厝12号"), "洛阳镇", "VILLAGE_UNKNOWN"),
        ((None, None, "河南省洛阳市老城区"), None, "VILLAGE_UNKNOWN"),
        ((None, None, "南安市洛阳镇上浦村"), None, "VILLAGE_UNKNOWN"),
        (("洛阳镇", None, None), "洛阳镇", "VILLAGE_MISSING"),
        ((None, None, None), None, "VILLAGE_MISSING"),
        (("洛江区", "某村", None), None, "TOWN_UNKNOWN"),
        (("诸佛庵镇", "上浦村", None), None, "TOWN_UNKNOWN"),
        (("霍山县诸佛庵镇", "上浦", "上浦村3号"), None, "TOWN_UNKNOWN"),
    ],
)
def test_place_that_is_not_known(
    rules: Rules, place: Place, town: str | None, problem: str
) -> None:
    assert located(rules, place) == [(town, None, problem)]


def test_a_slip_in_the_town_is_no_other_town(rules: Rules) -> None:
    for town in ("洛旸镇", "洛阳乡", None, "惠安县"):
        assert located(rules, (town, "上浦村", None))[0][:2] == ("洛阳镇", "上浦村")
    # a village in the column of towns
    assert located(rules, ("上浦村", None, None)) == [("洛阳镇", "上浦村", None)]


def test_village_of_one_town_wins_over_the_town_column(rules: Rules) -> None:
    assert located(rules, ("张坂镇", "上浦村", None)) == [("洛阳镇", "上浦村", "TOWN_CONFLICT")]
    # the text itself names another town: neither is believed
    assert located(rules, (None, "张坂镇上浦村", None)) == [("张坂镇", None, "VILLAGE_UNKNOWN")]


def test_every_official_name_is_found_and_no_neighbour_is(rules: Rules) -> None:
    for suffix in ("", "12号"):
        places: list[Place] = [(None, None, f"{v.town}{v.village}{suffix}") for v in rules.villages]
        assert [row[1] for row in located(rules, *places)] == [v.village for v in rules.villages]
    assert len(rules.villages) == 78


def test_rows_keep_their_order(rules: Rules) -> None:
    places: list[Place] = [(None, "上浦", None), (None, "外村", None), (None, "上浦", None)]
    assert [row[1] for row in located(rules, *places)] == ["上浦村", None, "上浦村"]


# --- villages of a county as the table of the nation has them -------------------------------------

COUNTY = {
    "芦村镇": ("芦村", "路洼村", "城东新村", "新村", "太平村", "太平社区", "第三村"),
    "城东镇": ("新村", "城东新村", "东村", "东村头村", "宋家街村", "七连生活区"),
    "中山街道": ("中山路社区", "南湖社区", "太平社区", "中山社区"),
    "白山满族乡": ("达日罕嘎查", "达日罕社区", "牧业村", "隆阜（1）社区", "隆阜（3）社区"),
}


def nation(rules: Rules) -> list[Village]:
    return [
        Village(f"99010100{t}", town, (town,), f"99010100{t}{v:03d}", name, (name,))
        for t, (town, names) in enumerate(COUNTY.items())
        for v, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("place", "found"),
    [
        # what a county writes daily
        (("芦村镇", "路洼村委会", None), "芦村镇路洼村"),
        (("芦村", "路洼社区居委会", None), "芦村镇路洼村"),
        (("芦村镇人民政府", "路洼行政村", None), "芦村镇路洼村"),
        (("中山街道办事处", "南湖居民委员会", None), "中山街道南湖社区"),
        (("中山街道办", "南湖村", None), "中山街道南湖社区"),
        (("白山乡", "隆阜(3)居委会", None), "白山满族乡隆阜（3）社区"),
        (("芦村镇", "第3村村委会", None), "芦村镇第三村"),
        (("白山满族乡", "牧业行政村", None), "白山满族乡牧业村"),
        (("城东镇", "七连生活区", None), "城东镇七连生活区"),
        (("城東鎮", "東村頭村民委員會", None), "城东镇东村头村"),
        # a town's name is no village, though it begins like one
        ((None, None, "芦村镇路洼村3组"), "芦村镇路洼村"),
        (("芦村", None, "芦村镇路洼村委会12号"), "芦村镇路洼村"),
        (("芦村镇路洼村", None, None), "芦村镇路洼村"),
        (("芦村镇", "芦村", None), "芦村镇芦村"),
        # a longer name is another village
        (("城东镇", "东村头", None), "城东镇东村头村"),
        (("城东镇", "东村下厝", None), "城东镇东村"),
        (("城东镇", "东村头厝", None), None),
        (("芦村镇", "新村庄村", None), None),
        # 城东新村 may be the village, or 新村 of 城东镇
        (("芦村镇", "城东新村", None), "芦村镇城东新村"),
        (("城东镇", "城东新村", None), "城东镇城东新村"),
        ((None, "城东新村", None), None),
        ((None, "城东镇新村", None), "城东镇新村"),
        (("城东镇", "芦村新村", None), "芦村镇新村"),
        # two of one town
        (("芦村镇", "太平社区居委会", None), "芦村镇太平社区"),
        (("芦村镇", "太平村村委会", None), "芦村镇太平村"),
        (("芦村镇", "太平", None), None),
        (("芦村镇", "太平村（居）", None), None),
        (("中山街道", "太平", None), "中山街道太平社区"),
        (("白山满族乡", "达日罕", None), None),
        (("白山满族乡", "达日罕嘎查村委会", None), "白山满族乡达日罕嘎查"),
        (("白山满族乡", "隆阜社区", None), None),
        # two of the county, without a town
        ((None, "新村", None), None),
        ((None, "太平社区", None), None),
        ((None, "路洼", None), "芦村镇路洼村"),
        # against a town column only by a name of its own kind
        (("中山街道", "路洼村", None), "芦村镇路洼村"),
        (("中山街道", "路洼", None), None),
        # a road is no community; a village that is called a street is no road
        (("中山街道", "中山路", None), "中山街道中山路社区"),
        (("中山街道", "中山路3组", None), "中山街道中山路社区"),
        (("中山街道", "中山路120号", None), None),
        (("中山街道", None, "中山路120号"), None),
        (("中山街道", None, "中山街道中山路社区120号"), "中山街道中山路社区"),
        ((None, None, "城东镇宋家街12号"), "城东镇宋家街村"),
        ((None, None, "中山街道中山二组"), "中山街道中山社区"),
    ],
)
def test_places_of_any_county(rules: Rules, place: Place, found: str | None) -> None:
    frame = pl.DataFrame(
        [place], dict.fromkeys(("town", "village", "address"), pl.String), orient="row"
    )
    names = gazetteer(nation(rules), rules.reading)
    code = locate(frame, names)["village_code"][0]
    town = names.official.get(names.town_of.get(code or "", ""), "")
    assert (town + names.official[code] if code else None) == found
