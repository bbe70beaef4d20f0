from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from loubao.core.faults import UntrustedInput
from loubao.ingest.records import tidy
from loubao.rules.folder import Rules
from tests.ingest.tables import AS_OF, sheet
from tests.people import number

NAME = ("姓名", "身份证号")
PERSON = ("张三", number("19600305", 11))
MEDICAL = (*NAME, "个人自付费用")
NUMBERED = list(enumerate("一二三四五", start=10))


def test_all_faults_are_told_at_once(rules: Rules) -> None:
    sheets = [sheet("甲.xlsx", NAME, PERSON), sheet("乙.xlsx", PERSON)]
    with pytest.raises(UntrustedInput) as caught:
        tidy(sheets, rules, AS_OF)
    lines = caught.value.message.splitlines()
    assert [line[:2] for line in lines] == ["乙.", "甲.", "缺少", "缺少", "没有", "认不"]
    assert not any(cell in caught.value.message for cell in PERSON)


def test_rows_outside_the_bounds_are_not_trusted(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME),
        sheet("特困.xlsx", NAME, PERSON),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000")),
    ]
    with pytest.raises(UntrustedInput, match=r"低保.xlsx：“最低生活保障对象”读到0人"):
        tidy(sheets, rules, AS_OF)
    issues = tidy(sheets, replace(rules, accept_all=True), AS_OF).issues
    assert issues.filter(code="LIST_COUNT_ODD")["file"].to_list() == ["低保.xlsx"]


def test_source_sheet_with_people_but_no_header_is_not_passed_over(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME, PERSON),
        sheet("特困.xlsx", NAME, PERSON),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000"), name="一"),
        sheet("医疗费用.xlsx", (*PERSON, "50000"), name="二"),
    ]
    with pytest.raises(UntrustedInput, match="工作表“二”里有证件号码"):
        tidy(sheets, rules, AS_OF)


def test_order_of_files_does_not_matter(rules: Rules) -> None:
    sheets = [
        sheet("低保.xlsx", NAME, PERSON),
        sheet("特困.xlsx", NAME, PERSON, name="甲"),
        sheet("特困.xlsx", NAME, PERSON, name="乙"),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000")),
        sheet("医疗费用（1）.xlsx", MEDICAL, (*PERSON, "50000")),
    ]
    one = tidy(sheets, rules, AS_OF)
    other = tidy([sheets[i] for i in (4, 1, 3, 2, 0)], rules, AS_OF)
    assert one.records.equals(other.records)
    assert one.issues.equals(other.issues)
    assert one.accounts == other.accounts
    assert one.records["record_id"].to_list() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("value", [PERSON[1], "3.50599196003051e+17", "350599********0115"])
def test_people_above_the_first_header_are_never_titles(rules: Rules, value: str) -> None:
    made = sheet("医疗费用.xlsx", ("名单",), ("张三", value, "上浦"), MEDICAL, (*PERSON, "60000"))
    rolls = [sheet(f, NAME, PERSON) for f in ("低保.xlsx", "特困.xlsx")]
    with pytest.raises(
        UntrustedInput, match=r"医疗费用.xlsx：第2行有证件号码，但上面没有"
    ) as caught:
        tidy([made, *rolls], rules, AS_OF)
    assert value not in caught.value.message


def test_people_without_numbers_above_the_header_are_never_titles(rules: Rules) -> None:
    header = ("乡镇", "村", *MEDICAL)
    person = ("洛阳镇", "上浦村", "张三", None, "60000")
    title = ("单位：洛阳镇", None, "张三", None, None)
    made = sheet("医疗费用.xlsx", title, person, header, person)
    rolls = [sheet(f, NAME, PERSON) for f in ("低保.xlsx", "特困.xlsx")]
    with pytest.raises(UntrustedInput, match=r"医疗费用.xlsx：第2行像是人，但上面没有"):
        tidy([made, *rolls], rules, AS_OF)


@pytest.mark.parametrize("number_of", [number, lambda born, n: None])
@pytest.mark.parametrize("name", ["Sheet2", "洛阳镇", "停保"])
@pytest.mark.parametrize(
    ("file", "header"),
    [
        ("6月低保在册.xlsx", NAME),
        ("医疗费用.xlsx", MEDICAL),
        ("死亡人员.xlsx", (*NAME, "死亡日期")),
    ],
)
def test_a_sheet_of_people_without_a_header_is_refused_for_every_role(
    rules: Rules,
    file: str,
    header: tuple[str, ...],
    name: str,
    number_of: Callable[..., str | None],
) -> None:
    people = [(f"张{given}", number_of("19600305", i), "2022-05-01") for i, given in NUMBERED]
    first = sheet(file, header, (*PERSON, "50000"), name="一")
    with pytest.raises(UntrustedInput, match=f"{file}：工作表“{name}”里.*没有.*的表头"):
        tidy([first, sheet(file, *people, name=name)], rules, AS_OF)


def test_a_sheet_of_choices_is_no_sheet_of_people(rules: Rules) -> None:
    choices = [("是", "脱贫户", "上浦村"), ("否", "边缘户", "张坂村"), ("无", "一般户", "洛阳村")]
    sheets = [
        sheet("低保.xlsx", NAME, PERSON),
        sheet("低保.xlsx", *choices, name="选项"),
        sheet("特困.xlsx", NAME, PERSON),
        sheet("医疗费用.xlsx", MEDICAL, (*PERSON, "50000")),
    ]
    issues = tidy(sheets, rules, AS_OF).issues
    assert issues.filter(sheet="选项")["code"].to_list() == ["SHEET_SKIPPED"]
