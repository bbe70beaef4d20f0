"""Households in every layout: small months, and who is still to be visited."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from loubao.core.frames import ISSUES, empty
from loubao.ingest.records import Tidied, tidy
from loubao.rules.folder import Rules
from tests.commands import office
from tests.ingest.tables import Cell, sheet
from tests.people import number

AS_OF = date(2022, 8, 31)
ZHANG = number("19600101", 1, "990101")
LI = number("19610202", 2, "990101")
XIAO = number("19850303", 3, "990101")
WANG = number("19640505", 5, "990101")
OTHER = number("19630404", 7, "990101")
PEOPLE = {"张保": ZHANG, "李一": LI, "张小": XIAO, "王五": WANG, "李三": OTHER}
TEKUN = (
    ("姓名", "身份证号", "乡镇", "村"),
    ("赵特", number("19400101", 9, "990101"), "洛阳镇", "上浦村"),
)
SOURCE = (
    ("姓名", "残疾人证号", "残疾类别", "残疾等级", "乡镇", "村", "发证日期"),
    *((n, f"{i}41", "肢体", "一级", "洛阳镇", "上浦村", "2022-01-01") for n, i in PEOPLE.items()),
)
Rows = Sequence[Sequence[Cell]]


def roll(rules: Rules, **files: Rows) -> Tidied:
    """What is read of the files of a roll (file name → rows) beside the other lists."""
    sheets = [sheet(f"{name}.csv", *rows) for name, rows in files.items()]
    sheets += [sheet("残疾人名单.csv", *SOURCE), sheet("特困8月.csv", *TEKUN)]
    found = tidy(sheets, rules, AS_OF)
    for account in found.accounts:
        rest = {k: v for k, v in account.counts.items() if k not in {"rows", "people", "blank"}}
        assert account.counts["rows"] == sum(rest.values()), account
    here = found.records.filter(pl.col("list") == "dibao")
    places = here.select("file", "sheet", "row", "member")
    assert not places.is_duplicated().any()
    return found


def people(found: Tidied) -> list[tuple[str | None, str | None, bool]]:
    """Name, number, and whether it is cover, of the 低保 roll."""
    rows = found.records.filter(pl.col("list") == "dibao")
    return rows.select("name", "id_number", "qualifies").rows()


def codes(found: Tidied) -> set[str]:
    return set(found.issues["code"])


FAMILY = (
    "户主姓名",
    "户主身份证号",
    "保障人口",
    "所属街道",
    "所属社区",
    "家庭成员姓名",
    "家庭成员身份证号",
)
ALL = [("张保", ZHANG, True), ("李一", LI, True), ("张小", XIAO, True)]


@pytest.mark.parametrize(
    "between", ["、", "，", ",", ";", "；", "/", "|", "\n", " ", "\r\n", "、 "]
)
def test_names_and_numbers_packed(rules: Rules, between: str) -> None:
    names, numbers = between.join(("张保", "李一", "张小")), between.join((ZHANG, LI, XIAO))
    row = ("张保", ZHANG, "3", "洛阳镇", "上浦村", names, numbers)
    single = ("王五", WANG, "1", "洛阳镇", "上浦村", "王五", WANG)
    found = roll(rules, 低保8月=(FAMILY, row, single))
    assert people(found) == [*ALL, ("王五", WANG, True)]
    assert set(found.records.filter(pl.col("list") == "dibao")["village"]) == {"上浦村"}
    assert codes(found) == {"ID_REPAIRED"} & codes(found)


@pytest.mark.parametrize(
    ("names", "numbers", "count", "expected"),
    [
        # the head is left out of the names, or of both
        ("李一、张小", f"{ZHANG}、{LI}、{XIAO}", "3", ALL),
        ("李一、张小", f"{LI}、{XIAO}", "3", ALL),
        ("张保、李一、张小", f"{LI}、{XIAO}", "3", ALL),
        # fewer protected than named: nobody's cover is sure
        ("张保、李一、张小", f"{ZHANG}、{LI}、{XIAO}", "2", [(n, i, False) for n, i, _ in ALL]),
        ("张保、李一、张小", f"{ZHANG}、{LI}、{XIAO}", None, [(n, i, False) for n, i, _ in ALL]),
        # a place without a number keeps the others in theirs
        ("张保、李一、张小", f"{ZHANG}、无、{XIAO}", "3", [ALL[0], ("李一", None, True), ALL[2]]),
        ("张 保、李 一、张 小", f"{ZHANG}、{LI}、{XIAO}", "3", ALL),
        ("张保（户主）、妻子李一、长子：张小", f"{ZHANG}、{LI}、{XIAO}", "3", ALL),
        ("张保李一（妻）", None, "3", None),
    ],
)
def test_whose_number_is_which(
    rules: Rules,
    names: str,
    numbers: str | None,
    count: str | None,
    expected: list[tuple[str | None, str | None, bool]] | None,
) -> None:
    row = ("张保", ZHANG, count, "洛阳镇", "上浦村", names, numbers)
    packed = ("王五", WANG, "2", "洛阳镇", "上浦村", "王五、李三", f"{WANG}、{OTHER}")
    found = roll(rules, 低保8月=(FAMILY, row, packed))
    if expected is not None:
        assert people(found)[: len(expected)] == expected
        assert "MEMBERS_UNPAIRED" not in codes(found)


@pytest.mark.parametrize(
    "numbers", [f"{ZHANG}、{XIAO}", f"{LI}、{ZHANG}、{XIAO}", f"{ZHANG}、{XIAO}、"]
)
def test_numbers_that_are_nobodys_prove_nobody(rules: Rules, numbers: str) -> None:
    row = ("张保", ZHANG, "3", "洛阳镇", "上浦村", "张保、李一、张小", numbers)
    found = roll(rules, 低保8月=(FAMILY, row))
    rows = people(found)
    assert ("张保", ZHANG, True) in rows
    assert {(name, given) for name, given, _ in rows if name in {"李一", "张小"}} == {
        ("李一", None),
        ("张小", None),
    }
    assert (None, XIAO, True) in rows
    assert "MEMBERS_UNPAIRED" in codes(found)


CELL = ("户主姓名", "户主身份证号", "乡镇", "村", "家庭成员")


@pytest.mark.parametrize(
    "cell",
    [
        f"李一（妻，{LI}）\n张小（子，{XIAO}）",
        f"李一（妻，{LI}）、张小（子，{XIAO}）",
        f"李一 妻 {LI}；张小 子 {XIAO}",
        f"妻子李一{LI}，长子张小{XIAO}",
        f"张保 {ZHANG}、李一 {LI}、张小 {XIAO}",
        f"李一（女，61岁，妻，{LI}，13800000000）\n张小（{XIAO}）",
        f"李一：{LI}/张小：{XIAO}",
        f"1.李一{LI} 2.张小{XIAO}",
    ],
)
def test_names_relations_and_numbers_in_one_cell(rules: Rules, cell: str) -> None:
    found = roll(rules, 低保8月=(CELL, ("张保", ZHANG, "洛阳镇", "上浦村", cell)))
    assert people(found) == ALL
    assert "UNKNOWN_COLUMN" not in codes(found)


@pytest.mark.parametrize(
    "header", ["姓名及身份证号", "姓名、身份证号码", "姓名（身份证号）", "姓名身份证号"]
)
@pytest.mark.parametrize(
    "cell", [f"李一 {LI}", f"李一{LI}", f"李一（{LI}）", f"{LI} 李一", f"李一\n{LI}"]
)
def test_name_and_number_in_one_cell(rules: Rules, header: str, cell: str) -> None:
    found = roll(rules, 低保8月=((header, "乡镇", "村"), (cell, "洛阳镇", "上浦村")))
    assert people(found) == [("李一", LI, True)]


UNDER = (
    "序号",
    "户主姓名",
    "户主身份证号",
    "姓名",
    "身份证号",
    "与户主关系",
    "乡镇",
    "村",
    "低保证号",
    "保障人口",
)


@pytest.mark.parametrize("count", ["3", "2"])
def test_members_under_their_head(rules: Rules, count: str) -> None:
    rows = (
        UNDER,
        ("1", "张保", ZHANG, "张保", ZHANG, "本人", "洛阳镇", "上浦村", "D1", count),
        (None, None, None, "李一", LI, "妻", None, None, None, None),
        (None, None, None, "张小", XIAO, "子", None, "后亭村", None, None),
        ("2", "王五", WANG, "王五", WANG, "本人", "洛阳镇", None, "D2", "1"),
        (None, None, None, None, None, None, None, None, None, "合计"),
    )
    found = roll(rules, 低保8月=rows)
    here = found.records.filter(pl.col("list") == "dibao")
    assert here.select("name", "village", "head_name", "dibao_no").rows() == [
        ("张保", "上浦村", "张保", "D1"),
        ("李一", "上浦村", "张保", "D1"),
        ("张小", "后亭村", "张保", "D1"),
        ("王五", None, "王五", "D2"),
    ]
    assert here["qualifies"].to_list() == [*[count == "3"] * 3, True]


def test_a_household_without_a_head_is_not_given_another_s(rules: Rules) -> None:
    rows = (
        UNDER,
        ("1", "张保", ZHANG, "张保", ZHANG, None, "洛阳镇", "上浦村", "D1", "2"),
        (None, None, None, "李一", LI, None, None, None, None, None),
        ("2", None, None, "王五", WANG, None, None, None, None, None),
        (None, None, None, "李三", OTHER, None, None, None, None, None),
    )
    here = roll(rules, 低保8月=rows).records.filter(pl.col("list") == "dibao")
    assert here.select("name", "village", "head_name").rows() == [
        ("张保", "上浦村", "张保"),
        ("李一", "上浦村", "张保"),
        ("王五", None, None),
        ("李三", None, None),
    ]


def test_members_below_a_head_who_is_not_among_them(rules: Rules) -> None:
    header = ("户主姓名", "户主身份证号", "保障人口", "村", "成员姓名", "成员身份证号")
    rows = (
        header,
        ("张保", ZHANG, "3", "上浦村", "李一", LI),
        (None, None, None, None, "张小", XIAO),
    )
    found = roll(rules, 低保8月=rows)
    assert people(found) == ALL
    assert set(found.records.filter(pl.col("list") == "dibao")["village"]) == {"上浦村"}


PLATFORM = (
    "户主姓名",
    "户主身份证号",
    "家庭人口数",
    "保障人口数",
    "户月保障金额（元）",
    "所属街道",
    "所属社区",
    "低保证号",
    "家庭成员姓名",
    "家庭成员身份证号",
)
PERSONS = ("姓名", "身份证号", "户主身份证号", "与户主关系", "救助类型", "户月保障金额（元）")


def platform(count: str = "3") -> Rows:
    members = ("张保、李一、张小", f"{ZHANG}、{LI}、{XIAO}")
    return (PLATFORM, ("张保", ZHANG, "3", count, "1200", "洛阳镇", "上浦村", "D1", *members))


def persons(*names: str) -> Rows:
    return (PERSONS, *((n, PEOPLE[n], ZHANG, None, "农村低保", "1200") for n in names))


def test_families_and_persons_are_one_roll(rules: Rules) -> None:
    found = roll(
        rules, 农村低保家庭查询=platform(), 农村低保人员查询=persons("张保", "李一", "张小")
    )
    assert people(found) == ALL
    here = found.records.filter(pl.col("list") == "dibao")
    assert set(here.select("town", "village", "dibao_no", "head_name").rows()) == {
        ("洛阳镇", "上浦村", "D1", "张保")
    }
    assert not codes(found) & {"DUPLICATE_ROW", "FILE_REPEATED", "NAME_ODD", "ID_LENGTH"}


def test_who_is_in_the_family_file_alone(rules: Rules) -> None:
    found = roll(rules, 农村低保家庭查询=platform(), 农村低保人员查询=persons("张保", "李一"))
    assert sorted(people(found)) == sorted(ALL)
    assert "MEMBER_OF_FAMILY_FILE" in codes(found)


def test_fewer_protected_than_persons_in_the_pair(rules: Rules) -> None:
    pair = {"农村低保家庭查询": platform("2"), "农村低保人员查询": persons("张保", "李一", "张小")}
    assert people(roll(rules, **pair)) == [(n, i, False) for n, i, _ in ALL]


def test_the_persons_are_the_protected_where_they_are_as_many(rules: Rules) -> None:
    """A head who is not protected stands in the family file alone; so does a slip of a number."""
    for members in ("李一、张小", f"{LI}、{XIAO}"), ("李一、张小", f"{LI}、{XIAO[:-2]}"):
        family = (PLATFORM, ("张保", ZHANG, "3", "2", "1200", "洛阳镇", "上浦村", "D1", *members))
        pair = {"农村低保家庭查询": family, "农村低保人员查询": persons("李一", "张小")}
        covered = {(name, number) for name, number, covers in people(roll(rules, **pair)) if covers}
        assert covered == {("李一", LI), ("张小", XIAO)}


@pytest.mark.parametrize("as_person", [("李一", None), ("李一", "9.90101E+17"), ("李二丫", LI)])
def test_what_the_family_file_alone_knows_of_a_person(
    rules: Rules, as_person: tuple[str, str | None]
) -> None:
    """A number that the person file lost, another name beside it: both spellings are read."""
    listed = (*persons("张保", "张小"), (*as_person, ZHANG, None, "农村低保", "1200"))
    found = roll(rules, 农村低保家庭查询=platform(), 农村低保人员查询=listed)
    assert ("李一", LI, True) in people(found)
    assert "MEMBER_OF_FAMILY_FILE" in codes(found)


@pytest.mark.parametrize("file", ["农村低保家庭查询", "农村低保人员查询"])
def test_either_file_alone(rules: Rules, file: str) -> None:
    rows = platform() if "家庭" in file else persons("张保", "李一", "张小")
    assert people(roll(rules, **{file: rows})) == ALL


def test_families_and_members_joined_by_the_name_of_the_head(rules: Rules) -> None:
    family = (
        (
            "地区",
            "户主姓名",
            "身份证号",
            "低保证号",
            "家庭人口数",
            "保障人口数",
            "保障金额（元）",
            "家庭住址",
        ),
        ("洛阳镇", "张保", ZHANG, "D1", "3", "2", "1200", "洛阳镇上浦村"),
    )
    members = (
        ("地区", "姓名", "身份证号", "性别", "户主姓名", "是否保障对象", "与户主关系"),
        ("洛阳镇", "张保", ZHANG, "男", "张保", "是", "户主"),
        ("洛阳镇", "李一", LI, "女", "张保", "是", "配偶"),
        ("洛阳镇", "张小", XIAO, "男", "张保", "否", "之子"),
    )
    found = roll(rules, 农村低保家庭查询报表=family, 农村低保人员查询报表=members)
    assert people(found) == [*ALL[:2], ("张小", XIAO, False)]
    assert not codes(found) & {"DUPLICATE_ROW", "FILE_REPEATED"}


def text(rows: Rows) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize(
    ("files", "visited"),
    [
        ({"低保8月.csv": platform()}, {"王五", "李三"}),
        (
            {
                "农村低保家庭查询_20220831.csv": platform(),
                "农村低保人员查询_20220831.csv": persons("张保", "李一", "张小"),
            },
            {"王五", "李三"},
        ),
        ({"低保8月.csv": platform("2")}, {"张保", "李一", "张小", "王五", "李三"}),
        (
            {"低保8月.csv": (CELL, ("张保", ZHANG, "洛阳镇", "上浦村", f"李一（妻，{LI}）"))},
            {"张小", "王五", "李三"},
        ),
        (
            {"低保8月.csv": (("姓名及身份证号", "村"), (f"李一 {LI}", "上浦村"))},
            {"张保", "张小", "王五", "李三"},
        ),
    ],
)
def test_who_is_visited(tmp_path: Path, files: dict[str, Rows], visited: set[str]) -> None:
    month = {name: text(rows) for name, rows in files.items()}
    month |= {"残疾人名单.csv": text(SOURCE), "特困8月.csv": text(TEKUN)}
    office.fill(tmp_path / "2022-08", month)
    run = office.loubao("match", "2022-08", "--out", "out", cwd=tmp_path)
    assert run.code == 0, run.err
    data = tmp_path / "out" / "data"
    cases = pl.read_parquet(data / "cases.parquet").explode("record_ids")
    records = pl.read_parquet(data / "records.parquet")
    on_sheets = cases.join(records, left_on="record_ids", right_on="record_id")
    assert set(on_sheets["name"]) == visited
    assert pl.read_parquet(data / "issues.parquet").columns == empty(ISSUES).columns
