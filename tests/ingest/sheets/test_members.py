"""Cells that name several people: nobody and no number is lost, and none is given to another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loubao.ingest.sheets.cell_words import CellWords, cell_words
from loubao.ingest.sheets.members import Head, Person, people_of
from loubao.rules.folder import Rules
from tests.ingest.tables import parts, sheet
from tests.people import number

NAMES = ("张保", "李一", "张小", "欧阳明", "阿卜杜拉·买买提", "张*三")
NUMBERS = tuple(number(f"19{year}0303", year, "990101") for year in range(60, 72))
BETWEEN = ("、", "，", ",", ";", "/", "|", "\n")
A, B, C = NUMBERS[:3]


def words(rules: Rules) -> CellWords:
    return cell_words(rules.lists["dibao"], rules.reading)


@pytest.mark.parametrize(
    ("names", "numbers", "people"),
    [
        ("张 三", A, None),
        ("张三（户主）", A, None),
        ("张三/低保", A, None),
        ("古丽 巴哈尔", A, None),
        ("欧阳 娜娜", None, None),
        ("洛阳镇上浦村民委员会", None, None),
        ("张三 李四", A, None),
        ("张三 李四", f"{A} {B}", [("张三", A, None), ("李四", B, None)]),
        ("张 三 李 四", f"{A} {B}", [("张 三", A, None), ("李 四", B, None)]),
        ("王小明（妻：李一 " + B + "）", A, [("王小明", A, None), ("李一", B, "妻")]),
        (
            "NGUYEN THI HOA、张小",
            f"E1234567、{B}",
            [("NGUYEN THI HOA", "E1234567", None), ("张小", B, None)],
        ),
        (f"李一 {B} 13800000000", None, [("李一", B, None)]),
        ("李一", f"{B}、13800000000", [("李一", B, None)]),
        ("孙小明、孙子孙文", None, [("孙小明", None, None), ("孙文", None, "孙子")]),
        ("张保、李一", f"{A}{B}", [("张保", A, None), ("李一", B, None)]),
        ("张保和李一", f"{A}和{B}", [("张保", A, None), ("李一", B, None)]),
        ("张保 与 李和平", f"{A} 与 {B}", [("张保", A, None), ("李和平", B, None)]),
        ("1.李一 2.张小", f"1.{A} 2.{B}", [("李一", A, None), ("张小", B, None)]),
        ("①李一②张小", f"①{A}②{B}", [("李一", A, None), ("张小", B, None)]),
        ("1、李一2、张小", None, [("李一", None, None), ("张小", None, None)]),
        (
            f"李一，女，1961年2月生，妻，{A}；张小，男，25岁，子，{B}",
            None,
            [("李一", A, "妻"), ("张小(男)", B, "子")],
        ),
        ("350599", "张三", None),
        (A, "张三", None),
    ],
)
def test_cells(
    rules: Rules, names: str, numbers: str | None, people: list[tuple[str | None, ...]] | None
) -> None:
    read = people_of(names, numbers, Head(), words(rules))
    assert (read and [person[:3] for person in read.people]) == people


def test_the_wife_by_her_husband_s_name_is_not_he(rules: Rules) -> None:
    read = people_of(f"张保（之妻，{B}）、张小 {C}", None, Head("张保", A), words(rules), True)
    assert read is not None
    assert read.people[0] == Person("张保(之妻)", B, "之妻")


def test_a_member_who_is_not_protected(rules: Rules) -> None:
    text = f"李一（妻，{A}，非保障对象）、张小（子，{B}）"
    header = ("户主姓名", "户主身份证号", "村", "家庭成员姓名")
    (part,) = parts(rules, sheet("低保.csv", header, ("张保", C, "上浦村", text)))
    assert part.extract is not None
    found = part.extract.rows.select("raw:name", "raw:protected").rows()
    assert found == [("张保", "是"), ("李一", "非保障对象"), ("张小", "是")]


@pytest.mark.parametrize(
    ("head", "numbers"),
    [
        (Head("张保", A[:6] + A[8:17]), (A, B)),
        (Head("张保", A), (A[:6] + A[8:17], B)),
        (Head("张保", A[:6] + "********" + A[-4:]), (A, B)),
        (Head("张保", A), (A[:-1], B)),
        (Head("张宝", A), (A, B)),
    ],
)
def test_a_head_who_is_written_in_another_way(
    rules: Rules, head: Head, numbers: tuple[str, str]
) -> None:
    read = people_of("张保、李一", "、".join(numbers), head, words(rules))
    assert read is not None
    assert read.paired
    assert [person.number for person in read.people] == [*numbers]


@given(
    names=st.lists(st.sampled_from(NAMES), max_size=5),
    numbers=st.lists(st.sampled_from(NUMBERS), max_size=5),
    between=st.sampled_from(BETWEEN),
    head=st.sampled_from([Head(), Head("张保", A), Head("李一", None), Head("王五", C)]),
)
def test_nobody_and_no_number_is_lost(
    rules: Rules, names: list[str], numbers: list[str], between: str, head: Head
) -> None:
    read = people_of(between.join(names), between.join(numbers), head, words(rules))
    if read is None:
        return
    assert sorted(p.name for p in read.people if p.name) == sorted(names)
    assert sorted(p.number for p in read.people if p.number) == sorted(numbers)
    together = {(p.name, p.number) for p in read.people if p.name and p.number}
    if len(names) == len(numbers):
        assert together <= set(zip(names, numbers, strict=True)) | {(head.name, head.number)} or (
            head.name in names or head.number in numbers
        )
    assert max(len(names), len(numbers)) <= read.count <= len(read.people)


@given(
    name=st.text("张李一二(（妻子、,，;/| \n0123456789X*）)：:无", max_size=40), given=st.booleans()
)
def test_no_row_vanishes(rules: Rules, name: str, given: bool) -> None:
    header = ("户主姓名", "户主身份证号", "村", "家庭成员姓名", "家庭成员身份证号")
    rows = [("张保", A, "上浦村", name, B if given else None), ("王五", C, "上浦村", "王五", C)]
    rows.append(("李一", NUMBERS[5], "上浦村", "李一、张小", f"{NUMBERS[5]}、{NUMBERS[6]}"))
    (part,) = parts(rules, sheet("低保.csv", header, *rows))
    counts = part.account.counts
    kinds = ("title", "header", "total", "footer", "without_person")
    assert counts["rows"] == counts["records"] + sum(counts[kind] for kind in kinds)
    assert part.extract is not None
    members = part.extract.rows.select("row", "member")
    assert not members.is_duplicated().any()
    if given:
        assert B in set(part.extract.rows["raw:id_number"])
