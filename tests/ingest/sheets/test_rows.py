from __future__ import annotations

import polars as pl
import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, codes, parts, sheet, tidied
from tests.people import number

HEADER = ("序号", "村居", "姓名", "身份证号")
ID = number("19600305", 11)


def kinds(
    rules: Rules, *rows: tuple[Cell, ...], header: tuple[str, ...] = HEADER
) -> dict[int, str]:
    """Row number → kind, of the rows below the header; a record is `record`."""
    (part,) = parts(rules, sheet("6月低保在册.csv", header, *rows))
    skipped = {row: kind for kind, found in part.account.skipped.items() for row in found}
    assert part.extract is not None
    people = dict.fromkeys(part.extract.rows["row"].to_list(), "record")
    assert not set(skipped) & set(people)
    counts = part.account.counts
    assert counts["rows"] == len(skipped) + len(people)
    return {row: kind for row, kind in sorted((skipped | people).items()) if row > 1}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (("1", "上浦村", "张三", ID), "record"),
        (("1", "上浦村", "张三", None), "record"),
        (("1", "上浦村", None, ID), "record"),
        (("1", "上浦村", "张三", "无"), "record"),
        (("1", "上浦村", None, None), "without_person"),
        (("1", "上浦村", "/", "—"), "without_person"),
        (("1", "2", "3", "4"), "header"),
        ((None, None, "王九小计", None), "record"),
        (("合计", None, None, None), "total"),
        ((None, None, "合 计", None), "total"),
        ((None, "小　计", "35人", None), "total"),
        (("总计：35人", None, None, "125000"), "total"),
        (("1", "上浦村", "合计", ID), "record"),
        (("合", "上浦村", "计三", ID), "record"),
        (("合计", "上浦村", "张三", ID), "record"),
        (("1", "上浦村", "合小明", None), "record"),
        (("制表人：某某", None, None, None), "footer"),
        (("制表人：", "某某", "审核人：", "2022-06-30"), "footer"),
        (("填表日期：2022年6月30日",) * 4, "footer"),
        (("注：以上数据截至6月底", None, None, None), "footer"),
        (("说明：", "见附件", None, None), "footer"),
        (("村主要负责人签字：", None, None, None), "footer"),
        (HEADER, "header"),
        (("序 号", "村居", "姓　名", "身份证号："), "header"),
        (("东园镇低保名单（续）",) * 4, "title"),
        (("以上为洛阳镇",) * 4, "without_person"),
    ],
)
def test_every_row_has_a_kind(rules: Rules, row: tuple[Cell, ...], kind: str) -> None:
    before, after = ("1", "上浦村", "李四", ID), ("2", "上浦村", "王五", None)
    assert kinds(rules, before, row, after) == {2: "record", 3: kind, 4: "record"}


REMARKED = ("备注", "村居", "姓名", "身份证号", "出生日期")


@pytest.mark.parametrize(
    ("row", "kind", "doubt"),
    [
        # the words of a total or of a footer, and somebody's name: a person, and told
        (("合计自付52000元", "上浦村", "张三", None, None), "record", True),
        (("共计住院3次", "上浦村", "张三", None, None), "record", True),
        (("上浦村", "共计3次", "阿依古丽·买买提江", None, None), "record", True),
        (("备注：独居", "上浦村", "张三", None, None), "record", True),
        (("日期：6月", None, "張 三（户主）", None, None), "record", True),
        (("注：Nguyen", "上浦村", "Nguyen Thi Hoa", None, None), "record", True),
        (("合计", "上浦村", "张*三", None, None), "record", True),
        (("小计", "上浦村", "张三", "张三", None), "record", True),
        (("备注", "村居", "张三", None, None), "record", True),
        (("上浦村", "上浦村", "张三", "张三", None), "record", True),
        # it may be one: left out, and told
        (("合计", None, "张三等2人", None, None), "total", True),
        (("合计", None, None, None, "1960-03-05"), "total", True),
        (("制表人：", None, "张三", None, None), "footer", True),
        (("审核人", None, "张三", None, "2022-06-30"), "footer", True),
        ((None, None, "王明细", None, None), "title", True),
        # nothing in it could be one
        (("合计", None, "35人", None, None), "total", False),
        (("合计", None, "三十五人", None, None), "total", False),
        (("合计", "共35户", "12,500元", None, None), "total", False),
        (("合计", None, "/", None, None), "total", False),
        (("制表人：张三", None, "审核人：李四", None, None), "footer", False),
        (("备注", "村居", "人员姓名", "身份证号", "出生日期"), "header", False),
    ],
)
def test_a_row_with_a_name_is_a_person(
    rules: Rules, row: tuple[Cell, ...], kind: str, doubt: bool
) -> None:
    before, after = (None, "上浦村", "李四", ID, None), ("2", "上浦村", "王五", None, None)
    assert kinds(rules, before, row, after, header=REMARKED) == {2: "record", 3: kind, 4: "record"}
    (part,) = parts(rules, sheet("6月低保在册.csv", REMARKED, before, row, after))
    told = [(issue[2], issue[3]) for issue in part.issues if issue[4] == "ROW_DOUBTFUL"]
    assert told == ([(3, "姓名")] if doubt else [])


OF_COSTS = ("序号", "姓名", "身份证号码", "性别", "乡镇", "村", "个人自付费用", "联系电话")


@pytest.mark.parametrize(
    "label",
    [
        "（盖章）",
        "第1页",
        "以下空白",
        "制表人：",
        "注：",
        "说明：",
        "日期：",
        "审核人",
        "合计",
        "备注：见附件",
    ],
)
@pytest.mark.parametrize(
    ("more", "kind"),
    [
        (("男", "洛阳镇", "上浦村", "60000", "13800001111"), "record"),
        ((None, None, None, "60000", None), "record"),
        ((None, None, "上浦村", None, None), "record"),
        ((None, None, None, None, None), "footer"),
        ((None, "审核人：", "李四", None, "2022-06-30"), "footer"),
        (("13800001111", None, "2022-06-30", "13800001111", None), "footer"),
    ],
)
def test_a_person_behind_a_label_has_more_than_a_name(
    rules: Rules, label: str, more: tuple[Cell, ...], kind: str
) -> None:
    before = ("1", "吴方", ID, "男", "洛阳镇", "上浦村", "50000", None)
    row = (label, "周圆圆", None, *more)
    (part,) = parts(rules, sheet("医疗费用.csv", OF_COSTS, before, row))
    assert part.extract is not None
    read = part.extract.rows["row"].to_list()
    free = label in {"合计", "备注：见附件"}  # nothing that names who made the table
    assert read == ([2, 3] if kind == "record" or free else [2])
    assert [i[2] for i in part.issues if i[4] == "ROW_DOUBTFUL"] == [3]


def test_the_total_of_somebody_who_stands_above(rules: Rules) -> None:
    rows = [
        ("1", "上浦村", "张三", ID),
        (None, None, "张三 小计", None),
        (None, None, "张三合计", ID),
    ]
    assert kinds(rules, *rows) == {2: "record", 3: "total", 4: "record"}


def test_a_household_without_numbers_under_words_of_a_total_is_read(rules: Rules) -> None:
    header = ("备注", "村居", "户主姓名", "户主身份证号", "家庭成员1姓名", "家庭成员1身份证号")
    rows = [
        ("合计2人", "上浦村", "张三", None, "李四", None),
        ("合计", None, "1户", None, None, None),
    ]
    people, issues = tidied(rules, sheet("6月低保在册.csv", header, *rows))
    assert people["name"].to_list() == ["张三", "李四"]
    assert (2, "户主姓名", "ROW_DOUBTFUL") in codes(issues)


def test_titles_and_two_header_rows(rules: Rules) -> None:
    table = sheet(
        "6月低保在册.xlsx",
        ("洛阳镇低保花名册",) * 4,
        ("单位：元", None, None, None),
        (None, None, None, None),
        ("村居", "户主", "家庭成员1", None),
        ("村居", "姓名", "姓名", "身份证号"),
        ("上浦村", "张三", "张四", ID),
    )
    (part,) = parts(rules, table)
    assert part.account.header_rows == (4, 5)
    assert part.account.skipped["title"] == (1, 2)
    assert part.account.counts["blank"] == 1
    assert dict(part.account.columns)["家庭成员1姓名"] == "member1.name"


def test_without_person_is_an_issue(rules: Rules) -> None:
    _, issues = tidied(
        rules, sheet("低保.csv", HEADER, ("1", "上浦村", None, None), ("2", None, "张三", ID))
    )
    assert (2, "", "ROW_WITHOUT_PERSON") in codes(issues)


HOUSEHOLD = (
    "村居",
    "户主姓名",
    "户主身份证号",
    "保障人口",
    "家庭成员1姓名",
    "家庭成员1身份证号",
    "家庭成员2姓名",
    "家庭成员2身份证号",
)
HEAD, WIFE, SON = ID, number("19620305", 22), number("19900305", 13)


@pytest.mark.parametrize(
    ("row", "people", "qualifies"),
    [
        (("上浦村", "张三", HEAD, "2", "李四", WIFE, None, None), ["张三", "李四"], True),
        (("上浦村", "张三", HEAD, "3", "李四", WIFE, "张小", SON), ["张三", "李四", "张小"], True),
        (("上浦村", "张三", HEAD, "1", "李四", WIFE, "张小", SON), ["张三", "李四", "张小"], False),
        # not known how many are protected: it covers nobody
        (("上浦村", "张三", HEAD, None, "李四", WIFE, "", ""), ["张三", "李四"], False),
        (("上浦村", "张三", HEAD, "2", None, "无", "张小", SON), ["张三", "张小"], True),
        # the head again among the members is a record, but still one person
        (("上浦村", "张三", HEAD, "2", "张三", HEAD, "李四", WIFE), ["张三", "张三", "李四"], True),
        (("上浦村", "张三", HEAD, "2", "张三", None, "李四", WIFE), ["张三", "张三", "李四"], True),
        (("上浦村", None, None, "1", "李四", WIFE, None, None), ["李四"], True),
    ],
)
def test_household_row_is_its_people(
    rules: Rules, row: tuple[Cell, ...], people: list[str], qualifies: bool
) -> None:
    rows, _ = tidied(rules, sheet("6月低保在册.csv", HOUSEHOLD, row))
    assert rows["name"].to_list() == people
    assert rows["member"].to_list() == list(range(len(people)))
    assert set(rows["qualifies"]) == {qualifies}
    assert set(rows["village"]) == {"上浦村"}
    assert rows["head_name"].unique().to_list() == [row[1]]


def test_household_members_come_by_number_not_by_column(rules: Rules) -> None:
    header = ("户主姓名", "户主身份证号", "家庭成员2姓名", "家庭成员1姓名", "家庭成员十姓名")
    rows, _ = tidied(rules, sheet("特困.csv", header, ("甲某", HEAD, "丙丁", "乙丙", "丁戊")))
    assert rows["name"].to_list() == ["甲某", "乙丙", "丙丁", "丁戊"]


def test_head_alone_is_a_household(rules: Rules) -> None:
    header = ("村居", "户主姓名", "户主身份证号", "性别", "保障人口")
    rows, _ = tidied(rules, sheet("低保.csv", header, ("上浦村", "张三", HEAD, "男", "1")))
    assert rows.select("name", "head_id", "sex", "qualifies").rows() == [("张三", HEAD, "男", True)]


def test_columns_twice_and_unknown_are_told(rules: Rules) -> None:
    table = sheet(
        "低保.csv",
        ("姓名", "身份证号", "证件号码", "没见过", "空列", "备注"),
        ("张三", None, ID, "x", None, "y"),
        ("李四", WIFE, ID, "x", None, "y"),
    )
    rows, issues = tidied(rules, table)
    assert rows["id_number"].to_list() == [ID, WIFE]
    assert codes(issues) >= {(None, "证件号码", "COLUMN_TWICE"), (None, "没见过", "UNKNOWN_COLUMN")}
    assert not {"空列", "备注"} & set(issues["column"])


def test_sheets_that_are_not_the_list_are_skipped_with_a_word(rules: Rules) -> None:
    found = parts(
        rules,
        sheet("低保.xlsx", HEADER, ("1", "上浦村", "张三", ID), name="在册"),
        sheet("低保.xlsx", HEADER, ("1", "上浦村", "李四", WIFE), name="停保"),
        sheet("低保.xlsx", ("填表说明",), ("一、…",), name="说明"),
        sheet("低保.xlsx", name="空"),
    )
    assert [part.account.counts.get("skipped_sheet", 0) for part in found] == [0, 2, 2, 0]
    assert [[issue[4] for issue in part.issues] for part in found] == [
        [],
        ["SHEET_SKIPPED"],
        ["SHEET_SKIPPED"],
        [],
    ]


def test_hundreds_of_columns(rules: Rules) -> None:
    more = tuple(f"指标{i}" for i in range(400))
    table = sheet("低保.csv", (*more, "姓名", "身份证号"), (*more, "张三", ID))
    rows, issues = tidied(rules, table)
    assert rows.height == 1
    assert issues.filter(pl.col("code") == "UNKNOWN_COLUMN").height == 400
