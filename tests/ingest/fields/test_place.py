from __future__ import annotations

import polars as pl
import pytest

from loubao.ingest.fields.place import locate
from loubao.ingest.gazetteer import gazetteer
from loubao.rules.folder import Rules

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
        (("洛阳镇", "上曾、下曾", None), "洛阳镇", "VILLAGE_UNKNOWN"),
        ((None, "白沙一组", None), None, "VILLAGE_UNKNOWN"),
        ((None, None, "洛阳镇后厝12号"), "洛阳镇", "VILLAGE_UNKNOWN"),
        ((None, None, "河南省洛阳市老城区"), None, "VILLAGE_UNKNOWN"),
        ((None, None, "南安市洛阳镇上浦村"), None, "VILLAGE_UNKNOWN"),
        (("洛阳镇", None, None), "洛阳镇", "VILLAGE_MISSING"),
        ((None, None, None), None, "VILLAGE_MISSING"),
        (("洛江区", "某村", None), None, "TOWN_UNKNOWN"),
    ],
)
def test_place_that_is_not_known(
    rules: Rules, place: Place, town: str | None, problem: str
) -> None:
    assert located(rules, place) == [(town, None, problem)]


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
