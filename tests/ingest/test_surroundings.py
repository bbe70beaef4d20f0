"""The place around a table: which text holds for which row, and which row has a place of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import codes, sheet, tidied
from tests.ingest.test_place_mention import COMMON
from tests.people import number

HEADER = ("姓名", "身份证号")


def person(place: int, *more: str) -> tuple[str, ...]:
    return (f"李{'一二三四五六七八九'[place]}", number("19610203", place + 1), *more)


def homes(
    rules: Rules, *rows: tuple[str, ...], file: str = "低保.csv", name: str = ""
) -> list[str]:
    """Town and village of each person."""
    people, _ = tidied(rules, sheet(file, *rows, name=name))
    return [
        (town or "") + (village or "") for town, village in people.select("town", "village").rows()
    ]


def test_nearer_before_farther(rules: Rules) -> None:
    rows = (HEADER, person(0))
    file, name, title = "张坂镇/洛阳镇低保.csv", "东园镇", ("百崎乡低保",)
    assert homes(rules, title, *rows, file=file, name=name) == ["百崎回族乡"]
    assert homes(rules, *rows, file=file, name=name) == ["东园镇"]
    assert homes(rules, *rows, file=file) == ["洛阳镇"]
    assert homes(rules, *rows, file="张坂镇/低保.csv") == ["张坂镇"]
    assert homes(rules, *rows, file="张坂镇/8月/低保.csv") == ["张坂镇"]


def test_several_places_end_the_search(rules: Rules) -> None:
    rows = (("洛阳镇、东园镇低保",), HEADER, person(0))
    assert homes(rules, *rows, file="张坂镇/低保.csv") == [""]


def test_village_and_town_from_different_texts(rules: Rules) -> None:
    rows = (HEADER, person(0))
    assert homes(rules, *rows, file="洛阳镇低保.xlsx", name="上浦") == ["洛阳镇上浦村"]
    # a village of another town than the nearer text says is none
    title = ("东园镇低保",)
    assert homes(rules, title, *rows, file="上浦村低保.csv") == ["东园镇"]


def test_the_row_itself_comes_first(rules: Rules) -> None:
    header = (*HEADER, "乡镇", "村", "住址")
    rows = (
        ("洛阳镇上浦村低保",),
        header,
        person(0, "东园镇", "", ""),
        person(1, "", "玉坂", ""),
        person(2, "", "", "张坂镇玉山村5号"),
        person(3, "", "", "下厝5号"),
        person(4, "", "不在表中的村", ""),
        person(5, "惠南镇", "", ""),
        person(6, "泉州台商投资区", "", ""),
        person(7, "", "三组", ""),
    )
    assert homes(rules, *rows) == [
        *("东园镇", "东园镇玉坂社区", "张坂镇玉山村", "洛阳镇上浦村", "洛阳镇", ""),
        *("洛阳镇上浦村", "洛阳镇上浦村"),
    ]
    _, issues = tidied(rules, sheet("低保.csv", *rows))
    assert codes(issues) >= {
        (4, "乡镇", "TOWN_CONFLICT"),
        (7, "村", "VILLAGE_UNKNOWN"),
        (8, "乡镇", "TOWN_UNKNOWN"),
        (None, "", "PLACE_FROM_AROUND"),
    }


def test_subheadings(rules: Rules) -> None:
    rows = (
        HEADER,
        ("一、洛阳镇",),
        person(0),
        ("上浦村：",),
        person(1),
        person(2),
        ("小计", "2"),
        person(3),
        ("东园镇", "东园镇"),
        person(4),
        ("惠南镇：",),
        person(5),
        ("张坂镇（1人）",),
        person(6),
    )
    assert homes(rules, *rows) == [
        *("洛阳镇", "洛阳镇上浦村", "洛阳镇上浦村", "", "东园镇"),
        *(
            "",
            "",
            "张坂镇",
        ),  # 惠南镇, unknown, stays somebody without a number; below it nobody knows
    ]


def test_people_above_the_first_subheading_leave_it_open(rules: Rules) -> None:
    rows = (HEADER, person(0), ("洛阳镇",), person(1), ("东园镇",))
    people, _ = tidied(rules, sheet("低保.csv", *rows))
    assert people["town"].to_list() == [None] * 4
    assert people.height == 4  # nothing is passed over


def test_a_place_alone_in_its_column_is_a_row_that_lacks_its_person(rules: Rules) -> None:
    rows = (("村", *HEADER), ("上浦村", "", ""), ("", *person(0)))
    people, issues = tidied(rules, sheet("低保.csv", *rows))
    assert people["village"].to_list() == [None]
    assert (2, "", "ROW_WITHOUT_PERSON") in codes(issues)


def test_a_title_further_down_holds_below_it(rules: Rules) -> None:
    rows = (
        *(("洛阳镇低保名单",), HEADER, person(0)),
        *(("东园镇低保名单",), HEADER, person(1)),
        *(("低保名单",), HEADER, person(2)),
    )
    assert homes(rules, *rows) == ["洛阳镇", "东园镇", ""]


def test_a_second_table_of_a_sheet_stands_below_the_title_above_it(rules: Rules) -> None:
    rows = (
        *(("洛阳镇低保名单",), HEADER, person(0)),
        *(("东园镇低保名单",), ("身份证号", "姓名", "性别"), (person(1)[1], person(1)[0], "男")),
    )
    assert sorted(homes(rules, *rows)) == ["东园镇", "洛阳镇"]


def test_namesakes_are_decided_by_the_town_wherever_it_stands(rules: Rules) -> None:
    county = replace(rules, villages=COMMON)
    header = (*HEADER, "村", "住址")
    rows = (header, person(0, "和平村", ""), person(1, "和平", "乙镇和平村5号"))
    assert homes(county, *rows, file="甲镇低保.csv") == ["甲镇和平村", "乙镇和平村"]
    assert homes(county, *rows, file="低保.csv") == ["", "乙镇和平村"]
    assert homes(county, HEADER, person(0), file="乙镇低保.xlsx", name="和平") == ["乙镇和平村"]


@pytest.mark.parametrize(
    ("header", "cell", "group"),
    [
        ("村民小组", "3", "3组"),
        ("社", "二", "二社"),
        ("自然村", "下厝", "下厝"),
        ("村组", "上浦村5组", "5组"),
        ("村组", "上浦村", None),
        ("行政村", "上浦村李厝屯", "李厝屯"),
        ("行政村", "上浦二社区", None),
    ],
)
def test_groups(rules: Rules, header: str, cell: str, group: str | None) -> None:
    paid = ("姓名", "身份证号", "个人自付金额", header)
    people, _ = tidied(rules, sheet("医保自付.csv", paid, (*person(0), "45000", cell)))
    assert people["village_group"].to_list() == [group]
