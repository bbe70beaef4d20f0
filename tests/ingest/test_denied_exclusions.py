"""Rows of exclusion lists that say themselves that nobody is to be left out by them."""

import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import codes, sheet, tidied
from tests.people import number

ID = number("19600305", 1)


@pytest.mark.parametrize(
    ("remark", "excludes"),
    [
        *[
            (each, True)
            for each in ("", "病故", "疑似心梗", "死因待查", "非正常死亡", "火化", "人在家中病故")
        ],
        *[
            (each, False)
            for each in ("疑似", "疑似死亡", "同名，非本人", "与他人同名", "重名", "不是本人")
        ],
        *[
            (each, False)
            for each in (
                "死亡待核实",
                "身份未核实",
                "误报",
                "健在",
                "非死亡",
                "活",
                "×",
                "?",
                "人在",
                "查无",
                "请核实",
                "信息错误",
            )
        ],
    ],
)
def test_a_death_in_doubt_leaves_nobody_out(rules: Rules, remark: str, excludes: bool) -> None:
    header = ("姓名", "身份证号", "死亡日期", "备注")
    rows, issues = tidied(rules, sheet("死亡人员.csv", header, ("张三", ID, "2022-05-01", remark)))
    assert rows["qualifies"].item() is excludes
    told = (2, "备注", "EXCLUSION_REVOKED") in codes(issues)
    assert told is not excludes


def test_a_day_of_death_that_is_none_leaves_nobody_out(rules: Rules) -> None:
    people = [("张三", ID, "1900-01-01"), ("李四", number("19600305", 3), "2022-05-01")]
    rows, _ = tidied(rules, sheet("死亡人员.csv", ("姓名", "身份证号", "死亡日期"), *people))
    assert rows["qualifies"].to_list() == [False, True]


@pytest.mark.parametrize(
    ("place", "excludes"),
    [
        *[
            (each, True)
            for each in (
                "",
                "厦门市",
                "河南省洛阳市",
                "山西省大同市",
                "湖南省会同县",
                "外省",
                "外地",
                "外县",
            )
        ],
        *[
            (each, False)
            for each in ("本村", "同村", "迁往本镇", "邻村", "外村", "区内", "本区", "未迁")
        ],
        *[
            (each, False)
            for each in ("洛阳镇", "惠安县洛阳", "洛阳上浦村", "张坂", "百崎乡", "泉州台商区")
        ],
    ],
)
def test_who_moves_within_the_place_is_still_here(rules: Rules, place: str, excludes: bool) -> None:
    header = ("姓名", "身份证号", "迁出日期", "迁往地")
    rows, _ = tidied(rules, sheet("户籍迁出.csv", header, ("张三", ID, "2022-05-01", place)))
    assert rows["qualifies"].item() is excludes


@pytest.mark.parametrize(
    ("header", "usual", "cell", "holds"),
    [
        ("是否迁出", "是", "否", False),
        ("死亡标志", "1", "0", False),
        ("核实情况", "属实", "不属实", False),
        ("核实情况", "属实", "属实", True),
        ("死亡日期", "2022-05-01", "1922-05-01", False),
        ("死亡日期", "2022-05-01", "2022-05-02", True),
        ("死亡日期", "2022-05-01", "1975-05-03", False),
        ("备注", "", "登错", False),
        ("备注", "", "重新上户", False),
        ("备注", "", "视频见到", False),
        ("备注", "", "6月认证", False),
        ("备注", "", "其父死亡", False),
        ("备注", "", "肺癌", True),
        ("备注", "", "先别动", False),
        ("备注", "", "张冠李戴", False),
        ("备注", "", "村医没见过这家人", False),
        ("备注", "", "脑溢血抢救无效", True),
        ("备注", "", "家属5月12日来办理", True),
        ("备注", "", "村里已上报", True),
    ],
)
def test_a_row_that_may_be_wrong_excludes_nobody(
    rules: Rules, header: str, usual: str, cell: str, holds: bool
) -> None:
    others = [("周安平", number(f"195{n}0101", 1), usual) for n in range(6)]
    one = ("李安国", number("19610101", 1), cell)
    rows, issues = tidied(rules, sheet("死亡.csv", ("姓名", "身份证号", header), *others, one))
    assert dict(rows.select("name", "qualifies").rows())["李安国"] is holds
    codes = {"COVER_UNSURE", "EXCLUSION_REVOKED", "CONDITION_UNKNOWN"} & {*issues["code"]}
    assert bool(codes) is not holds


@pytest.mark.parametrize(
    ("place", "holds", "told"),
    [
        ("厦门市集美区", True, False),
        ("上浦村", False, False),
        ("浮山村委会", False, False),
        ("洛陽 鎮", False, False),
        ("惠安县", False, False),
        ("张版镇", False, True),
        ("/", False, True),
        ("", False, True),
    ],
)
def test_who_moved_to_a_village_here_has_not_left(
    rules: Rules, place: str, holds: bool, told: bool
) -> None:
    header = ("姓名", "身份证号", "迁出日期", "迁往地")
    others = [("周安平", number(f"195{n}0101", 1), "2022-05-01", "广东省深圳市") for n in range(4)]
    one = ("李安国", ID, "2022-05-01", place)
    rows, issues = tidied(rules, sheet("户籍迁出.csv", header, *others, one))
    assert dict(rows.select("name", "qualifies").rows()) == {"周安平": True, "李安国": holds}
    assert ((6, "迁往地", "CONDITION_UNKNOWN") in codes(issues)) is told


@pytest.mark.parametrize(
    ("header", "cell", "holds"),
    [
        ("是否有效", "否", False),
        ("是否死亡", "否", False),
        ("是否健在", "是", False),
        ("误报", "√", False),
        ("是否健在", "否", True),
        ("是否低保户", "是", True),
    ],
)
def test_what_some_rows_answer_is_heard(rules: Rules, header: str, cell: str, holds: bool) -> None:
    """Two of seven rows are not rare."""
    answers = [cell] * 2 + [{"是": "否", "否": "是"}.get(cell, "")] * 5
    people = [
        (f"周安{n}", number(f"195{i}0101", 1), a)
        for i, (n, a) in enumerate(zip("甲乙丙丁戊己庚", answers, strict=True))
    ]
    rows, _ = tidied(rules, sheet("死亡.csv", ("姓名", "身份证号", header), *people))
    assert rows["qualifies"].to_list() == [holds] * 2 + [True] * 5


@pytest.mark.parametrize(
    ("header", "cell", "others", "holds"),
    [
        ("封存", "√", None, False),
        ("失联", "是", "否", False),
        ("封存", "2022年6月", None, True),
        ("未成年", "1", None, True),
        ("党员", "√", None, True),
    ],
)
def test_a_tick_below_a_header_that_speaks_against_cover(
    rules: Rules, header: str, cell: str, others: str | None, holds: bool
) -> None:
    answers = [cell] * 3 + [others] * 7
    people = [("周安平", number(f"19{50 + i}0101", 1), a) for i, a in enumerate(answers)]
    rows, _ = tidied(rules, sheet("低保.csv", ("姓名", "身份证号", header), *people))
    assert rows["qualifies"].to_list() == [holds] * 3 + [True] * 7
