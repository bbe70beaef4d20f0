"""Lines that stand alone in a roll above people: who is still covered."""

from __future__ import annotations

import polars as pl
import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, codes, sheet, tidied
from tests.people import number

HEAD = ["序号", "姓名", "身份证号", "备注"]
ID = {each: number(f"196{n}0305", 11) for n, each in enumerate("甲乙丙丁")}
OVER = ["本月减少人员", "停保：", "减少：", "退出", "二、减少", "（二）停发", "2.核减对象", "死亡", "以下人员已停保", "停保人员",
        "【减少】", "三、本月取消（3户）", "停", "已停：", "迁出人员", "清退", "拟新增", "待审批对象", "减员2人", "不再享受的"]  # fmt: skip
UNCLEAR = ["本月变动人员", "其他", "三、待定", "调整"]
BESIDE = ["洛阳镇", "上浦村：", "3组", "第一批", "A类", "农村低保", "分散供养", "（续表）", "二、城市", "第2页", "小计", "张三",
          "补充名单"]  # fmt: skip
ON = ["新增", "一、在保人员", "本月新增：", "续保", "现有在册人员"]


def roll(*lines: str | list[Cell], head: list[str] = HEAD) -> list[list[Cell]]:
    """Rows of a roll: a one-letter text is that person, any other a line of its own."""
    rows: list[list[Cell]] = [list(head)]
    for line in lines:
        if isinstance(line, str) and line in ID:
            rows.append(["1", f"周{line}平", ID[line]])
        else:
            rows.append([line] if isinstance(line, str) else line)
    return rows


def covered(rules: Rules, *lines: str | list[Cell], file: str = "低保8月.xls") -> str:
    """Those of 甲乙丙丁 who are covered."""
    rows, _ = tidied(rules, sheet(file, ["低保花名册"], *roll(*lines)))
    on_roll = rows.filter("qualifies")["id_number"].to_list()
    assert set(ID.values()) >= set(on_roll)
    return "".join(each for each in ID if ID[each] in on_roll)


@pytest.mark.parametrize("line", [*OVER, *UNCLEAR])
@pytest.mark.parametrize("file", ["低保8月.xls", "特困8月.xls"])
def test_nobody_below_counts_as_covered(rules: Rules, line: str, file: str) -> None:
    assert covered(rules, "甲", line, "乙", "丙", "在保人员：", "丁", file=file) == "甲丁"
    merged: list[Cell] = [line] * 4
    assert covered(rules, "甲", merged, "乙", "丙", "新增", "丁", file=file) == "甲丁"


@pytest.mark.parametrize(
    ("line", "place"),
    [
        *[
            (line, n)
            for line in ("二、核减对象（3户）", "（二）停发", "3、调整")
            for n in (1, 2, 3)
        ],
        ("取消待遇", 2),
        ("停保人员", 2),
        ("减少人员", 2),
    ],
)
def test_a_line_may_stand_in_the_middle(rules: Rules, line: str, place: int) -> None:
    """Numbered, or with a word of an end; a text file edited by hand has it behind a comma."""
    cells: list[Cell] = [None] * place + [line]
    lines = roll("甲", cells, "乙", "丙", "在保人员：", "丁")
    rows, _ = tidied(rules, sheet("低保8月.xls", ["低保花名册"], *lines))
    on_roll = set(rows.filter("qualifies")["id_number"])
    assert [each for each in ID if ID[each] in on_roll] == ["甲", "丁"]


def test_a_remark_in_a_row_of_its_own_is_no_line(rules: Rules) -> None:
    assert covered(rules, "甲", [None, None, None, "停发"], "乙", "丙", "丁") == "甲乙丙丁"


@pytest.mark.parametrize("line", [*BESIDE, *ON, "本月无减少人员", "以上为洛阳镇人员"])
def test_other_lines_leave_cover_as_it_is(rules: Rules, line: str) -> None:
    assert covered(rules, "甲", line, "乙", line, "丙", "丁") == "甲乙丙丁"


@pytest.mark.parametrize("line", [*BESIDE, "低保花名册", "制表人：李四"])
def test_they_do_not_end_the_line_above(rules: Rules, line: str) -> None:
    assert covered(rules, "甲", "减少：", line, "乙", line, "丙", "丁") == "甲"


def test_a_place_above_holds_the_lines_within_it(rules: Rules) -> None:
    lines = ("洛阳镇", "甲", "减少：", "乙", "东园镇", "丙", "减少：", "丁")
    assert covered(rules, *lines) == "甲丙"
    assert (
        covered(rules, "洛阳镇", "甲", "减少：", "上浦村", "乙", "霞浦村", "丙", "新增", "丁")
        == "甲丁"
    )


def test_a_person_by_name_alone_does_not_end_it(rules: Rules) -> None:
    alone: list[Cell] = [None, "张三"]
    rows, _ = tidied(rules, sheet("低保8月.xls", *roll("甲", "停保：", "乙", alone, "丙")))
    assert rows.filter("qualifies")["name"].to_list() == ["周甲平"]
    assert "张三" in rows["name"].to_list()


def test_a_line_may_speak_of_those_above(rules: Rules) -> None:
    assert covered(rules, "甲", "新增", "乙", "丙", "以上人员已停保", "丁") == "甲丁"


def test_it_holds_in_the_next_table_and_the_next_block(rules: Rules) -> None:
    rows = roll("甲", "停保人员", ["姓名", "身份证号", "村"], ["周乙平", ID["乙"], "上浦村"])
    found, _ = tidied(rules, sheet("低保8月.xls", *rows))
    assert found.filter("qualifies")["name"].to_list() == ["周甲平"]
    head: list[Cell] = ["姓名", "身份证号"] * 2
    person = {each: [f"周{each}平", ID[each]] for each in ID}
    blocks = [head, [*person["甲"], *person["丙"]], ["停保：", None, "新增", None]]
    blocks.append([*person["乙"], *person["丁"]])
    found, _ = tidied(rules, sheet("低保8月.xls", *blocks))
    names = set(found.filter("qualifies")["name"])
    assert names & {"周甲平", "周丁平", "周乙平"} == {"周甲平", "周丁平"}


def test_the_line_is_shown(rules: Rules) -> None:
    rows, issues = tidied(rules, sheet("低保8月.xls", *roll("甲", "二、减少：", "乙")))
    assert rows["cover_doubt"].to_list() == [None, "排在“二、减少：”一行之后"]
    assert "COVER_UNSURE" in set(issues["code"])


def test_people_of_one_cell_below_a_line_are_there_once(rules: Rules) -> None:
    """Two members in one cell share their row and slot."""
    packed: list[Cell] = ["2", "周乙平、周丙平", f"{ID['乙']}、{ID['丙']}"]
    rows, _ = tidied(rules, sheet("低保8月.xls", *roll("甲", "以下人员停保", packed, "丁")))
    assert sorted(rows["name"]) == sorted(["周甲平", "周乙平", "周丙平", "周丁平"])
    assert rows.filter("qualifies")["name"].to_list() == ["周甲平"]


@pytest.mark.parametrize(
    "line", ["外嫁", "收入超标", "未通过", "低保边缘", "赡养人名单", "非保障对象", "以上为在保人员"]
)
def test_a_line_in_the_column_of_names_is_no_person(rules: Rules, line: str) -> None:
    rows, _ = tidied(rules, sheet("低保8月.xls", *roll("甲", "乙", [None, line], "丙", "丁")))
    on_roll = rows.filter("qualifies", pl.col("id_number").is_not_null())["id_number"].to_list()
    assert on_roll == [ID["甲"], ID["乙"]]


@pytest.mark.parametrize("name", ["张三", "佘小花", "欧阳娜（户主）", "阿依古丽·买买提"])
def test_a_name_alone_on_its_line_is_a_person_that_is_told(rules: Rules, name: str) -> None:
    lines = ("甲", "乙", [None, name], "丙", "丁")
    rows, issues = tidied(rules, sheet("低保8月.xls", *roll(*lines)))
    assert rows["qualifies"].all() and rows.height == 5
    assert (4, "身份证号", "ID_MISSING") in codes(issues)
