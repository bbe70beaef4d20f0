from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from loubao.core.frames import Sheet
from loubao.ingest.sheets.account import accounts_of
from loubao.ingest.sheets.doubted_names import sign
from loubao.ingest.sheets.identify import claim
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, codes, parts, sheet, tidied
from tests.people import number

NAME = ("姓名", "身份证号")
PERSON = ("张三", number("19600305", 11))
MEDICAL = (*NAME, "个人自付费用")
HOUSEHOLD = ("村居", "户主姓名", "户主身份证号", "保障人口", "家庭成员1姓名", "家庭成员1身份证号")
IDS = [number("19600305", order) for order in (11, 13, 15, 17, 12, 14)]
NARROW = ("姓名", "身份证号", "村", "个人自付费用")
WIDE = ("姓名", "性别", "身份证号", "村", "个人自付费用")
FILE = "医疗费用.xlsx"


def lists_of(rules: Rules, *sheets: Sheet) -> set[str]:
    claimed, faults = claim(sheets, rules)
    assert faults == []
    return {each.list_name for each in claimed}


# --- which list ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "header", "expected"),
    [
        ("附件2：2021年度个人自付医疗费用超4万元人员名单（洛阳片区）.xlsx", MEDICAL, "medical"),
        ("6月低保在册.xlsx", NAME, "dibao"),
        ("低保边缘家庭.csv", NAME, "dibao_edge"),
        ("6月/低保/洛阳镇.xlsx", NAME, "dibao"),
        ("防返贫监测对象名单.csv", (*NAME, "户类型", "是否低保"), "monitored"),
        ("新增重度残疾人.xls", (*NAME, "残疾类别", "残疾等级", "是否低保"), "disability"),
        (
            "残疾人两项补贴发放表.xls",
            (*NAME, "残疾类别", "残疾等级", "护理补贴"),
            "disability_subsidy",
        ),
        ("服刑在押强制戒毒人员未成年子女信息.xlsx", ("服刑人员姓名", "子女姓名"), "children"),
        ("孤儿.xlsx", NAME, "orphan"),
        ("事实无人抚养儿童.xlsx", NAME, "unattended"),
        ("殡葬火化死亡名单.xls", NAME, "death"),
        ("低保对象死亡名单.xls", NAME, "death"),
        ("户籍迁出.xls", NAME, "moved_out"),
        ("临时救助台账.csv", NAME, "temporary_aid"),
        ("刚性支出困难家庭.csv", (*NAME, "个人自付医疗费用"), "rigid_expense"),
        ("特困供养人员.csv", NAME, "tekun"),
        ("6月低保.xls", HOUSEHOLD, "dibao"),
        ("6月特困.xls", HOUSEHOLD, "tekun"),
        ("导出(3).xls", (*NAME, "是否保障对象"), "dibao"),
        ("导出(3).xls", (*NAME, "供养方式"), "tekun"),
        ("导出(3).xls", (*NAME, "残疾类别", "残疾等级"), "disability"),
        ("导出(3).xls", (*NAME, "死亡日期"), "death"),
        ("导出(3).xls", MEDICAL, "medical"),
    ],
)
def test_file_is_one_list(rules: Rules, file: str, header: tuple[str, ...], expected: str) -> None:
    assert lists_of(rules, sheet(file, header, PERSON)) == {expected}


def test_title_tells_what_the_file_name_does_not(rules: Rules) -> None:
    title = ("洛阳镇特困供养人员名册",)
    assert lists_of(rules, sheet("导出(3).xls", title, HOUSEHOLD, PERSON)) == {"tekun"}
    assert lists_of(rules, sheet("导出(3).xls", NAME, PERSON, name="孤儿")) == {"orphan"}


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ([sheet("名单.xlsx", NAME, PERSON)], ("看不出是哪份名单", "请改文件名")),
        ([sheet("导出.xlsx", HOUSEHOLD, PERSON)], ("看不出是哪份名单",)),
        ([sheet("低保停保名单.xlsx", NAME, PERSON)], ("文件名里有“停保”", "ignore")),
        ([sheet("低保和孤儿.xlsx", NAME, PERSON)], ("最低生活保障对象", "孤儿", "分不清")),
        ([sheet("医疗费用.xlsx", (*NAME, "个人自费"), PERSON)], ("缺少表头：个人自付医疗费用",)),
        ([sheet("低保.xlsx", ("姓名", "村居"), ("张三", "上浦村"))], ("缺少表头：身份证号",)),
        ([sheet("低保.xlsx", PERSON, PERSON)], ("没有找到表头",)),
        ([sheet("低保.xlsx")], ("没有内容",)),
    ],
)
def test_file_that_cannot_be_told(
    rules: Rules, sheets: list[Sheet], words: tuple[str, ...]
) -> None:
    claimed, faults = claim(sheets, rules)
    assert claimed == []
    assert len(faults) == 1
    for word in (sheets[0].file, *words):
        assert word in faults[0]


# --- tables of a sheet ---------------------------------------------------------------------------


def narrow(name: str, order: int) -> tuple[Cell, ...]:
    return (name, IDS[order], "上浦", "50000")


def wide(name: str, order: int) -> tuple[Cell, ...]:
    return (name, "男", IDS[order], "上浦", "60000")


def numbers(rules: Rules, *sheets: Sheet) -> list[tuple[str, str | None, float | None]]:
    rows, _ = tidied(rules, *sheets)
    return rows.select("name", "id_number", "self_paid").rows()


def skipped(rules: Rules, made: Sheet) -> dict[int, str]:
    """Row → kind of the rows that are no record; the account must add up to the sheet."""
    (account,) = accounts_of(parts(rules, made))
    rows = {row: kind for kind, found in account.skipped.items() for row in found}
    assert account.counts["rows"] == made.cells.height == len(rows) + account.counts["records"]
    assert all(len(found) == account.counts[kind] for kind, found in account.skipped.items())
    assert account.counts["blank"] == made.blank_rows
    return dict(sorted(rows.items()))


@pytest.mark.parametrize("richer_first", [False, True])
def test_two_tables_each_by_its_own_header(rules: Rules, richer_first: bool) -> None:
    first = [("上浦村名单",), NARROW, narrow("张三", 0), narrow("李四", 1)]
    second = [("云庄村名单",), WIDE, wide("王五", 2), wide("赵六", 3)]
    tables = [*second, (), *first] if richer_first else [*first, (), *second]
    made = sheet(FILE, *tables)
    assert sorted(numbers(rules, made)) == sorted(
        [
            ("张三", IDS[0], 50000.0),
            ("李四", IDS[1], 50000.0),
            ("王五", IDS[2], 60000.0),
            ("赵六", IDS[3], 60000.0),
        ]
    )
    assert skipped(rules, made) == {1: "title", 2: "header", 6: "title", 7: "header"}
    (account,) = accounts_of(parts(rules, made))
    assert account.header_rows == (2, 7)
    assert dict(account.columns) == {
        "姓名": "name",
        "性别": "sex",
        "身份证号": "id_number",
        "村": "village",
        "个人自付费用": "self_paid",
    }


def test_the_same_header_again_is_no_new_table(rules: Rules) -> None:
    made = sheet(FILE, WIDE, wide("张三", 0), WIDE, wide("李四", 1), (*WIDE[:3], None, WIDE[4]))
    assert len(parts(rules, made)) == 1
    assert skipped(rules, made) == {1: "header", 3: "header", 5: "header"}


@pytest.mark.parametrize(
    ("title", "list_name"),
    [
        ("低保边缘家庭", "dibao_edge"),
        ("刚性支出困难家庭6月", "rigid_expense"),
        ("二、特困供养人员", "tekun"),
        ("城市低保", None),
        ("上浦村", None),
        ("低保户6月", None),
    ],
)
@pytest.mark.parametrize("header", [(*NAME, "村居"), ("村居", *NAME)])
def test_a_title_between_two_tables_names_another_list(
    rules: Rules, title: str, list_name: str | None, header: tuple[str, ...]
) -> None:
    """The same header or another one: by it alone the people below would be of the list above."""
    first = ("姓名", "身份证号", "村居")
    below = dict(zip(NAME, ("李四", IDS[1]), strict=True)) | {"村居": "上浦"}
    made = sheet(
        "6月低保在册.xlsx",
        first,
        ("张三", IDS[0], "上浦"),
        (),
        (title,),
        header,
        tuple(below[each] for each in header),
    )
    claimed, faults = claim([made], rules)
    if list_name is None:
        assert faults == []
        assert {each.list_name for each in claimed} == {"dibao"}
    else:
        assert claimed == []
        (fault,) = faults
        assert f"第5行起是“{rules.lists[list_name].title}”的表头" in fault


def test_a_person_without_a_number_between_two_tables_stays(rules: Rules) -> None:
    made = sheet(
        FILE, NARROW, narrow("张三", 0), ("李四", None, "上浦", "1"), WIDE, wide("王五", 2)
    )
    assert [name for name, *_ in numbers(rules, made)] == ["张三", "李四", "王五"]
    assert skipped(rules, made) == {1: "header", 4: "header"}


def test_a_later_table_may_lack_a_column(rules: Rules) -> None:
    made = sheet(
        FILE,
        WIDE,
        wide("张三", 0),
        ("身份证号", "姓名"),
        (IDS[1], "李四"),
        ("村", "姓名", "个人自付费用"),
        ("上浦", "王五", "70000"),
    )
    rows, issues = tidied(rules, made)
    assert rows.select("name", "id_number", "self_paid", "qualifies").rows() == [
        ("张三", IDS[0], 60000.0, True),
        ("李四", IDS[1], None, True),
        ("王五", None, 70000.0, True),
    ]
    assert (4, "", "CONDITION_UNKNOWN") in codes(issues)
    assert skipped(rules, made) == {1: "header", 3: "header", 5: "header"}


def test_two_header_rows_further_down(rules: Rules) -> None:
    made = sheet(
        "服刑人员子女.xlsx",
        ("服刑人员姓名", "子女姓名", "子女身份证号"),
        ("张三", "张小", number("20100305", 11)),
        ("服刑人员", "服刑人员", "子女", "子女"),
        ("姓名", "身份证号", "姓名", "身份证号"),
        ("李四", IDS[0], "李小", number("20100305", 13)),
    )
    rows, _ = tidied(rules, made)
    assert rows.select("name", "id_number", "parent_name", "parent_id").rows() == [
        ("张小", number("20100305", 11), "张三", None),
        ("李小", number("20100305", 13), "李四", IDS[0]),
    ]
    assert skipped(rules, made) == {1: "header", 3: "header", 4: "header"}


def test_a_household_row_that_reads_like_headers_is_a_person(rules: Rules) -> None:
    header = ("姓名", "与户主关系", "证件类型", "身份证号", "村居")
    made = sheet(
        "低保.xlsx",
        header,
        ("张三", "户主", "身份证", IDS[0], "上浦村"),
        ("李四", "户主", "身份证", None, "上浦村"),
    )
    assert [name for name, *_ in numbers(rules, made)] == ["张三", "李四"]


def test_repeats_across_tables_of_a_sheet_name_the_row(rules: Rules) -> None:
    made = sheet(FILE, NARROW, narrow("张三", 0), WIDE, *[wide("张三", 0)] * 4)
    _, issues = tidied(rules, made)
    found = issues.filter(pl.col("code") == "DUPLICATE_ROW")
    assert found["detail"].unique().to_list() == ["与第2行是同一人"]
    assert found["row"].to_list() == [4, 5, 6, 7]
    assert "FILE_REPEATED" not in set(issues["code"])


def test_what_the_reader_said_goes_with_its_table(rules: Rules) -> None:
    made = sheet(FILE, NARROW, narrow("张三", 0), WIDE, wide("李四", 1))
    said = pl.DataFrame(
        [(FILE, "", None, "", "HIDDEN_ROWS", ""), (FILE, "", 4, "C", "ERROR_CELL", "")],
        schema=made.issues.schema,
        orient="row",
    )
    made = Sheet(made.file, made.name, made.cells, made.blank_rows, (4,), said)
    _, issues = tidied(rules, made)
    assert {(4, "身份证号", "ERROR_CELL"), (None, "", "HIDDEN_ROWS")} <= codes(issues)


# --- names that leave it in doubt ----------------------------------------------------------------

DOUBTED = (
    *("低保变动表（减）", "低保户外出", "低保比对结果", "低保车辆比对", "低保有车人员", "低保公司法人"),
    *("低保咨询", "低保空表", "低保（错）", "低保（删）", "低保回收", "低保封存", "低保故", "低保亡"),
    *("低保家庭子女", "低保户监护人", "低保联系人", "低保黑名单", "低保老数据", "低保上月", "低保问题户"),
)  # fmt: skip
PLAIN = (
    "低保动态管理6月",
    "低保（已核对）",
    "城乡低保",
    "低保家庭（含未成年子女家庭）",
    "低保调整后",
)


def test_names_of_files_that_list_other_people(rules: Rules) -> None:
    for name in (*DOUBTED, *PLAIN):
        shown = rules.discretion.text(name)  # what looks like a person's name is hidden before
        assert bool(sign([plain(shown)], "dibao", rules)) is (name in DOUBTED), name


def test_a_sheet_that_the_rules_say_is_not_read(rules: Rules) -> None:
    ignore = (*rules.reading.ignore, "低保*.xlsx#旧册*")
    rules = replace(rules, reading=rules.reading.model_copy(update={"ignore": ignore}))
    sheets = [sheet("低保6月.xlsx", NAME, PERSON, name=name) for name in ("在册", "旧册2")]
    claimed, faults = claim(sheets, rules)
    assert faults == []
    assert [(each.sheet.name, each.fit is None, each.barred) for each in claimed] == [
        ("在册", False, False),
        ("旧册2", True, True),
    ]
    assert claim(sheets[1:], rules)[1] != []
