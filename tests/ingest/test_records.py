from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.frames import ISSUES, RECORDS, conform
from loubao.ingest.fields.typed import choice
from loubao.ingest.persons import age_on
from loubao.ingest.units import factors, unknown_units
from loubao.rules.folder import Rules
from loubao.rules.lists import FieldRule
from tests.ingest.tables import AS_OF, Cell, codes, parts, sheet, tidied
from tests.people import number

ID = number("19600305", 11)
OTHER = number("19620305", 22)
CHILD = number("20100305", 11)


def one(rules: Rules, file: str, **cells: Cell) -> tuple[dict[str, object], set[str]]:
    """The record and the issue codes of one row."""
    rows, issues = tidied(rules, sheet(file, tuple(cells), tuple(cells.values())))
    return rows.row(0, named=True), set(issues["code"])


def test_shapes(rules: Rules) -> None:
    rows, issues = tidied(rules, sheet("低保.csv", ("姓名", "身份证号"), ("张三", ID)))
    conform(rows, RECORDS, extra=True)
    conform(issues, ISSUES)
    extras = rows.columns[len(RECORDS) :]
    assert extras == sorted(extras)
    assert {"address", "phone", "self_paid", "self_paid_raw", "protected", "parent_id"} <= set(
        extras
    )


def test_a_locality_with_few_lists_and_fields(rules: Rules) -> None:
    rule = rules.lists["death"]
    fields = {name: rule.fields[name] for name in ("name", "id_number")}
    few = replace(rules, lists={"death": rule.model_copy(update={"fields": fields})})
    rows, issues = tidied(few, sheet("死亡.csv", ("姓名", "身份证号", "x"), ("张三", ID, "y")))
    conform(rows, RECORDS, extra=True)
    assert rows.select("name", "birth_date", "sex", "town").rows() == [
        ("张三", date(1960, 3, 5), "男", None)
    ]
    assert codes(issues) == {(None, "x", "UNKNOWN_COLUMN")}


@pytest.mark.parametrize(
    ("paid", "qualifies", "issue"),
    [
        ("40000", False, None),
        ("40000.00", False, None),
        ("40000.01", True, None),
        ("4.5万元", True, None),
        ("3.9万", False, None),
        ("0", False, None),
        ("", True, "CONDITION_UNKNOWN"),
        ("待核", True, "NUMBER_UNREADABLE"),
    ],
)
def test_unknown_stays_on_the_sheet(
    rules: Rules, paid: str, qualifies: bool, issue: str | None
) -> None:
    row, found = one(rules, "医疗费用.csv", 姓名="张三", 身份证号=ID, 村="上浦", 个人自付费用=paid)
    assert row["qualifies"] is qualifies
    assert found == (set() if issue is None else {issue, "CONDITION_UNKNOWN"})
    assert (row["failed_condition"] is None) is qualifies


def test_amounts_in_ten_thousands(rules: Rules) -> None:
    cells = {"姓名": "张三", "身份证号": ID, "村": "上浦", "个人自付费用（万元）": "4.2"}
    row, _ = one(rules, "医疗费用.csv", **cells)
    assert (row["self_paid"], row["self_paid_raw"], row["qualifies"]) == (42000.0, "4.2", True)


@pytest.mark.parametrize(
    ("file", "above", "below"),
    [
        ("医疗费用（万元）.csv", [], []),
        ("医疗费用.csv", [("医疗费用情况表（万元）",)], []),
        ("医疗费用.csv", [("医疗费用情况表", "", "", "单位：人、万元")], []),
        ("医疗费用.csv", [], [("注：金额单位为万元",)]),
    ],
)
def test_the_unit_stands_around_the_table(
    rules: Rules, file: str, above: list[tuple[Cell, ...]], below: list[tuple[Cell, ...]]
) -> None:
    head = ("姓名", "身份证号", "村", "个人自付费用")
    rows, _ = tidied(rules, sheet(file, *above, head, ("张三", ID, "上浦", "4.2"), *below))
    assert rows["self_paid"].to_list() == [42000.0]


@pytest.mark.parametrize(
    ("header", "amounts", "stops"),
    [
        ("个人自付费用", ("4.2", "5.1", "12"), True),
        ("个人自付费用（元）", ("4.2", "5.1", "12"), False),
        ("个人自付费用", ("4.2", "5.1", "41000"), False),
        ("个人自付费用", ("4.2", "5.1", ""), False),
    ],
)
def test_amounts_that_may_be_ten_thousands_stop_the_run(
    rules: Rules, header: str, amounts: tuple[str, ...], stops: bool
) -> None:
    people = [("张三", number("19600305", k), "上浦", paid) for k, paid in enumerate(amounts, 11)]
    table = sheet("医疗费用.csv", ("姓名", "身份证号", "村", header), *people)
    tables = parts(rules, table)
    units = [factors(part, rules) for part in tables]
    assert bool(unknown_units(tables, units, rules)) is stops


@pytest.mark.parametrize(
    ("category", "level", "issued", "qualifies"),
    [
        ("肢体", "一级", "2021-01-01", True),
        ("肢体残疾", "贰级", "2021年", True),
        ("肢体", "三级", "2021-05-01", False),
        ("智力", "3", "2021-05-01", True),
        ("精神", "3级", "2020-12", False),
        ("多重", "三级", "2021-05-01", False),
        ("多重（肢体、智力）", "三级", "2021-05-01", True),
        ("精神", "四级", "2021-05-01", False),
        ("", "三级", "2021-05-01", True),
        ("肢体", "", "2021-05-01", True),
        ("肢体", "一级", "", True),
        ("肢体", "一级", "不知道", True),
        ("肢体", "四级", "不知道", False),
    ],
)
def test_disability_conditions(
    rules: Rules, category: str, level: str, issued: str, qualifies: bool
) -> None:
    row, _ = one(
        rules,
        "重度残疾人.csv",
        姓名="张三",
        身份证号=ID,
        残疾类别=category,
        残疾等级=level,
        发证日期=issued,
    )
    assert row["qualifies"] is qualifies


@pytest.mark.parametrize(
    ("digits", "category", "level", "qualifies", "conflict"),
    [
        ("41", "", "", True, False),
        ("43", "", "", False, False),
        ("53", "", "", True, False),
        ("43B1", "肢体", "三级", False, False),
        ("42", "肢体", "三级", True, True),
        ("43", "肢体", "二级", True, True),
    ],
)
def test_certificate_says_category_and_level(
    rules: Rules, digits: str, category: str, level: str, qualifies: bool, conflict: bool
) -> None:
    row, found = one(
        rules,
        "重度残疾人.csv",
        姓名="张三",
        残疾人证号=ID + digits,
        残疾类别=category,
        残疾等级=level,
        发证日期="2021-05-01",
    )
    assert (row["id_number"], row["qualifies"]) == (ID, qualifies)
    assert ("CERTIFICATE_CONFLICT" in found) is conflict


def test_number_is_taken_from_the_certificate_where_it_is_poor(rules: Rules) -> None:
    poor = ID[:-1] + ("1" if ID[-1] != "1" else "2")
    cells = {"姓名": "张三", "身份证号": poor, "残疾人证号": ID + "41", "发证日期": "2021-05-01"}
    row, found = one(rules, "重度残疾人.csv", **cells)
    assert (row["id_number"], row["id_number_raw"], row["id_status"]) == (ID, poor, "repaired")
    assert "ID_FROM_CERTIFICATE" in found


@pytest.mark.parametrize(
    ("cells", "qualifies"),
    [
        ({"子女身份证号": number("20040701", 11)}, True),
        ({"子女身份证号": number("20040630", 11)}, False),
        ({"子女出生日期": "2004-06-30"}, False),
        ({"子女出生日期": "2004年7月"}, True),
        ({"子女出生日期": "2004年6月"}, False),
        ({"子女出生日期": "2004"}, True),
        ({"子女出生日期": "2003"}, False),
        ({"子女身份证号": None, "子女出生日期": None}, True),
        # the number says adult, the column says child: kept
        ({"子女身份证号": number("20030101", 11), "子女出生日期": "2013-01-01"}, True),
        ({"子女身份证号": number("20000101", 11), "子女出生日期": "2000-01-11"}, False),
        # the parent's number on the child says nothing of the child's age
        ({"子女身份证号": ID}, True),
        ({"子女身份证号": ID, "子女出生日期": "2001-01-01"}, False),
        ({"子女出生日期": "2010-01-01", "人员状态": "刑满释放"}, False),
        ({"子女出生日期": "2010-01-01", "人员状态": "社区戒毒"}, True),
    ],
)
def test_children_under_eighteen(rules: Rules, cells: dict[str, Cell], qualifies: bool) -> None:
    row, _ = one(
        rules,
        "服刑人员子女.csv",
        服刑人员姓名="张大",
        服刑人员身份证号=ID,
        子女姓名="张小",
        **cells,
    )
    assert row["qualifies"] is qualifies
    assert (row["name"], row["parent_name"], row["parent_id"]) == ("张小", "张大", ID)


def test_wrong_check_digit_does_not_settle_the_age(rules: Rules) -> None:
    poor = number("20030101", 11)[:-1] + "?"
    poor = next(poor[:-1] + d for d in "0123456789" if number("20030101", 11)[-1] != d)
    cells = {"服刑人员姓名": "张大", "子女姓名": "张小", "子女身份证号": poor}
    row, found = one(rules, "服刑人员子女.csv", **cells)
    assert row["qualifies"] is True
    assert {"ID_CHECK_DIGIT", "CONDITION_UNKNOWN"} <= found
    assert row["birth_date"] == date(2003, 1, 1)


@pytest.mark.parametrize(
    ("cells", "qualifies"),
    [
        ({}, True),
        ({"是否保障对象": "是"}, True),
        ({"是否保障对象": "否"}, False),
        ({"是否保障对象": ""}, False),
        ({"是否保障对象": "待定"}, False),
        ({"保障状态": "停发"}, False),
        ({"保障状态": "正常"}, True),
        ({"保障状态": "审核中"}, False),
        ({"起始保障年月": "2022-06"}, True),
        ({"起始保障年月": "2022-07"}, False),
        ({"起始保障年月": "长期"}, False),
        ({"保障人口": "1"}, True),
    ],
)
def test_unknown_does_not_cover(rules: Rules, cells: dict[str, Cell], qualifies: bool) -> None:
    row, _ = one(rules, "低保.csv", 姓名="张三", 身份证号=ID, **cells)
    assert row["qualifies"] is qualifies


@pytest.mark.parametrize(
    ("cells", "qualifies"),
    [
        ({"监测对象类别": "边缘易致贫户"}, True),
        ({"监测对象类别": "突发严重困难户（新）"}, True),
        ({"监测对象类别": ""}, False),
        ({"监测对象类别": "脱贫户"}, False),
        ({"监测对象类别": "其他"}, True),
        ({"户类型": "脱贫户", "监测对象类别": "脱贫不稳定户"}, True),
        ({"户类型": "脱贫户", "监测对象类别": ""}, False),
    ],
)
def test_monitored_households(rules: Rules, cells: dict[str, Cell], qualifies: bool) -> None:
    row, _ = one(rules, "监测对象.csv", 姓名="张三", 证件号码=ID, **cells)
    assert row["qualifies"] is qualifies


def test_name_and_number_exchanged(rules: Rules) -> None:
    row, found = one(rules, "低保.csv", 姓名=ID, 身份证号="张三")
    assert (row["name"], row["id_number"], row["id_status"]) == ("张三", ID, "valid")
    assert found == {"NAME_ID_SWAPPED"}


@pytest.mark.parametrize(
    ("cells", "birth", "sex", "issue"),
    [
        ({"身份证号": ID}, date(1960, 3, 5), "男", None),
        ({"身份证号": ID, "性别": "女"}, date(1960, 3, 5), "男", "SEX_CONFLICT"),
        ({"身份证号": ID, "出生日期": "1961-03-05"}, date(1960, 3, 5), "男", "BIRTH_CONFLICT"),
        ({"身份证号": ID, "出生日期": "1960-03"}, date(1960, 3, 5), "男", None),
        ({"身份证号": ID, "出生日期": "1960"}, date(1960, 3, 5), "男", None),
        ({"身份证号": ID, "出生日期": "1960-04"}, date(1960, 3, 5), "男", "BIRTH_CONFLICT"),
        (
            {"身份证号": "", "出生日期": "1960.3.5", "性别": "2"},
            date(1960, 3, 5),
            "女",
            "ID_MISSING",
        ),
        ({"身份证号": "3.5059919600305e+17"}, date(1960, 3, 5), None, "ID_MANGLED"),
    ],
)
def test_birth_and_sex(
    rules: Rules, cells: dict[str, Cell], birth: date, sex: str | None, issue: str | None
) -> None:
    row, found = one(rules, "低保.csv", 姓名="张三", **cells)
    assert (row["birth_date"], row["sex"]) == (birth, sex)
    assert found == (set() if issue is None else {issue})


def test_numbers_that_are_not_ones_own(rules: Rules) -> None:
    header = ("姓名", "身份证号", "户主姓名", "户主身份证号")
    table = sheet(
        "低保.csv",
        header,
        ("张三", ID, "张三", ID),
        ("张四", ID, "张三", ID),
        ("李五", OTHER, "李五", None),
        ("李六", OTHER, "李五", None),
        ("李　五", OTHER, "李五", None),
    )
    rows, issues = tidied(rules, table)
    assert codes(issues) == {
        (2, "身份证号", "ID_SHARED"),
        (3, "身份证号", "ID_OF_HEAD"),
        (4, "身份证号", "ID_SHARED"),
        (5, "身份证号", "ID_SHARED"),
        (6, "身份证号", "ID_SHARED"),
        (6, "身份证号", "DUPLICATE_ROW"),
    }
    assert rows["birth_date"].to_list()[:2] == [date(1960, 3, 5), None]


def test_a_file_put_in_twice_is_one_issue(rules: Rules) -> None:
    people = [(f"张{c}", number("19600305", i)) for i, c in enumerate("一二三四五六七八九", 1)]
    header = ("姓名", "身份证号")
    one_file = sheet("低保.csv", header, *people)
    again = sheet("低保（1）.csv", header, *people)
    part = sheet(
        "低保补充.csv", header, *people[:2], *[("李" + n[1], OTHER) for n, _ in people[:8]]
    )
    rows, issues = tidied(rules, one_file, again)
    assert rows.height == 18
    assert codes(issues) == {(None, "", "FILE_REPEATED")}
    assert "低保.csv" in issues["detail"][0] or "低保（1）.csv" in issues["detail"][0]
    _, issues = tidied(rules, one_file, part)
    assert issues.filter(pl.col("code") == "DUPLICATE_ROW").height == 2


@pytest.mark.parametrize(
    ("since_1904", "day"), [(False, date(2018, 3, 14)), (True, date(2022, 3, 15))]
)
def test_days_that_are_bare_numbers(rules: Rules, since_1904: bool, day: date) -> None:
    """The format of the dates was taken off; a workbook of old Macs counts from 1904."""
    table = sheet("新增重度残疾人.xls", ("姓名", "身份证号", "发证日期"), ("张三", ID, "43173"))
    rows, _ = tidied(rules, replace(table, since_1904=since_1904))
    assert rows["certificate_date"].to_list() == [day]


def test_reader_issues_get_their_header(rules: Rules) -> None:
    table = sheet("低保.csv", ("序号", "姓名", "身份证号"), ("1", "张三", ID))
    noted = pl.DataFrame(
        [
            ("低保.csv", "", 2, "C", "ERROR_CELL", '{"error": "#N/A"}'),
            ("低保.csv", "", 2, "Z", "HIDDEN_SHEET", ""),
        ],
        schema=dict(ISSUES),
        orient="row",
    )
    table = type(table)(table.file, table.name, table.cells, 0, (), noted)
    _, issues = tidied(rules, table)
    assert codes(issues) == {(2, "身份证号", "ERROR_CELL"), (2, "Z", "HIDDEN_SHEET")}
    assert issues["detail"][1].startswith("单元格是错误值 #N/A，"), "the sentence of sheets.yaml"


def test_no_personal_data_in_issues(rules: Rules) -> None:
    table = sheet(
        "服刑人员子女.csv",
        ("服刑人员姓名", "服刑人员身份证号", "子女姓名", "子女身份证号", "户籍地址"),
        ("赵钱孙", ID, "周吴郑", ID, "洛阳镇秘密村9号"),
        ("赵钱孙", ID, "周*郑(已故)", "35059919990101", "x"),
    )
    _, issues = tidied(rules, table)
    text = issues.drop("file").write_csv()
    for secret in ("赵钱孙", "周吴郑", ID, "秘密村", "350599"):
        assert secret not in text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("全自理", "全自理"),
        (" 全 自 理 ", "全自理"),
        ("不能自理", "全护理"),
        ("一档（半护理）", "半护理"),
        ("自理/半护理", None),
        ("别的", None),
        (None, None),
    ],
)
def test_choice(rules: Rules, text: str | None, value: str | None) -> None:
    spec = rules.lists["tekun"].fields["care_level"]
    closed = FieldRule.model_validate(spec.model_dump() | {"open": False})
    found = choice(pl.Series([text], dtype=pl.String), closed).row(0)
    assert found == (value, None if text is None else value is not None)
    if text is not None and value is None:
        assert choice(pl.Series([text]), spec).row(0) == (text, True)


@given(born=st.dates(date(1900, 1, 1), date(2022, 6, 30)))
@settings(deadline=None, max_examples=50)
def test_age_is_full_years(born: date) -> None:
    age = pl.DataFrame({"born": [born]}).select(age_on(pl.col("born"), AS_OF)).item()
    had_birthday = (born.month, born.day) <= (AS_OF.month, AS_OF.day)
    assert age == AS_OF.year - born.year - (not had_birthday)


CELL = st.one_of(
    st.none(),
    st.sampled_from(
        ["张三", "李 四", ID, OTHER, "合计", "制表人：某", "姓名", "上浦村", "/", "是"]
    ),
    st.text(alphabet="张三李四0123456789Xx年月-./ ：合计", max_size=12),
)


@given(table=st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=30))
@settings(deadline=None, max_examples=12)
def test_no_row_vanishes(rules: Rules, table: list[tuple[Cell, ...]]) -> None:
    from tests.ingest.tables import parts

    header = ("姓名", "身份证号", "村居", "是否保障对象")
    made = sheet("低保.csv", header, *table, ("张三", ID, "上浦", "是"))
    (part,) = parts(rules, made)
    rows, issues = tidied(rules, made)
    counts = part.account.counts
    kinds = ("records", "title", "header", "total", "footer", "without_person")
    assert sum(counts[kind] for kind in kinds) == counts["rows"] == made.cells.height
    assert rows["row"].n_unique() == counts["records"]
    assert issues.filter(pl.col("code") == "ROW_WITHOUT_PERSON").height == counts["without_person"]


def test_two_villages_in_one_cell_are_no_village(rules: Rules) -> None:
    rows = (
        ("姓名", "身份证号", "乡镇", "村"),
        ("李一", number("19610203", 1), "洛阳镇", "上浦村、后亭村"),
        ("李二", number("19610203", 2), "洛阳镇", "上浦村"),
    )
    people, issues = tidied(rules, sheet("低保.csv", *rows))
    assert people.select("town", "village", "village_raw").rows() == [
        ("洛阳镇", None, "上浦村、后亭村"),
        ("洛阳镇", "上浦村", "上浦村"),
    ]
    assert (2, "VILLAGE_SEVERAL") in issues.select("row", "code").rows()
