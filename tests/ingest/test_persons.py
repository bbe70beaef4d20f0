from __future__ import annotations

import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, sheet, tidied
from tests.people import number

MAN, WOMAN = number("19600305", 11), number("19600305", 22)
BOY = number("20120305", 11)


def read(
    rules: Rules, file: str, name: str, *, id_number: Cell = MAN
) -> tuple[dict[str, object], set[str]]:
    header = ("姓名", "身份证号", "村", "个人自付费用" if "医疗" in file else "备注")
    rows, issues = tidied(rules, sheet(file, header, (name, id_number, "上浦", "50000")))
    return rows.row(0, named=True), set(issues["code"])


SURE = [
    ("王丁四（之子）", "王丁四", "之子"),
    ("王甲一（妻）", "王甲一", "妻"),
    ("户主王五之女", "王五", "户主；之女"),
    ("王五的女儿", "王五", "的女儿"),
    ("王五之长子", "王五", "之长子"),
    ("李四 之女", "李四", "之女"),
    ("王五（儿子代领）", "王五", "儿子代领"),
    ("王五（监护人李六）", "王五", "监护人李六"),
    ("王五（妻）已故", "王五", "已故；妻"),
    ("王五（女）", "王五", "女"),
]
IN_DOUBT = [
    ("李四配偶", "李四", "配偶"),
    ("王五-父亲", "王五", "父亲"),
    ("王五（子）", "王五", "子"),
    ("王五（长子）", "王五", "长子"),
]


@pytest.mark.parametrize("file", ["低保.csv", "死亡名单.csv", "医疗费用.csv"])
@pytest.mark.parametrize(("seen", "name", "note"), [*SURE, *IN_DOUBT])
def test_a_relatives_name_links_nobody(
    rules: Rules, file: str, seen: str, name: str, note: str
) -> None:
    row, found = read(rules, file, seen)
    assert (row["name"], row["name_note"]) == (name, note)
    assert "NAME_OF_RELATIVE" in found
    # in doubt, a source row still finds its candidates
    kept = file == "医疗费用.csv" and (seen, name, note) in IN_DOUBT
    assert row["name_key"] == (name if kept else None)


@pytest.mark.parametrize(
    "seen",
    [
        "王五（户主）",
        "王五（本人）",
        "王五（男）",
        "王五（大）",
        "王五（小）",
        "王五1",
        "王五A",
        "王五（曾用名王父子）",
    ],
)
def test_other_notes_keep_the_key(rules: Rules, seen: str) -> None:
    row, found = read(rules, "低保.csv", seen)
    assert (row["name_key"], row["qualifies"]) == ("王五", True)
    assert not {"NAME_OF_RELATIVE", "STOPPED_NOTE"} & found


@pytest.mark.parametrize(
    ("id_number", "key"), [(WOMAN, "王五"), (MAN, None), (None, None)], ids=["her", "his", "none"]
)
def test_woman_beside_a_womans_name_is_her_sex(
    rules: Rules, id_number: Cell, key: str | None
) -> None:
    row, _ = read(rules, "低保.csv", "王五（女）", id_number=id_number)
    assert row["name_key"] == key


@pytest.mark.parametrize(
    ("file", "id_number", "key", "told"),
    [
        ("低保.csv", MAN, None, True),
        ("低保.csv", None, None, True),
        ("低保.csv", BOY, "王小", False),
        ("孤儿.csv", BOY, "王小", False),
        ("医疗费用.csv", MAN, "王小", True),
    ],
)
def test_birth_order_in_doubt(
    rules: Rules, file: str, id_number: Cell, key: str | None, told: bool
) -> None:
    row, found = read(rules, file, "王小（长子）", id_number=id_number)
    assert row["name_key"] == key
    assert ("NAME_OF_RELATIVE" in found) is told


@pytest.mark.parametrize(
    ("member", "key", "told"),
    [
        ("王丁（长子）", "王丁", False),
        ("李四（配偶）", "李四", False),
        ("王五（长子）", None, True),
        ("王丁（之子）", None, True),
    ],
)
def test_a_members_note_says_what_he_is_to_the_head(
    rules: Rules, member: str, key: str | None, told: bool
) -> None:
    header = ("村", "户主姓名", "户主身份证号", "家庭成员1姓名", "家庭成员1身份证号")
    cells = ("上浦", "王五", MAN, member, number("19900305", 13))
    rows, issues = tidied(rules, sheet("低保.csv", header, cells))
    assert rows["name_key"].to_list() == ["王五", key]
    assert ("NAME_OF_RELATIVE" in set(issues["code"])) is told


def test_a_note_under_the_heads_number_is_in_doubt(rules: Rules) -> None:
    header = ("姓名", "身份证号", "户主姓名", "户主身份证号")
    rows, _ = tidied(rules, sheet("低保.csv", header, ("王丁（长子）", MAN, "王五", MAN)))
    assert rows["name_key"].to_list() == [None]


def test_a_fathers_number_does_not_make_the_child_an_adult(rules: Rules) -> None:
    header = ("服刑人员姓名", "子女姓名", "子女身份证号")
    rows, issues = tidied(rules, sheet("服刑人员子女.csv", header, ("王五", "王五（之子）", MAN)))
    assert rows["qualifies"].to_list() == [True]
    assert {"NAME_OF_RELATIVE", "CONDITION_UNKNOWN"} <= set(issues["code"])


def test_a_row_with_a_note_does_not_repeat_the_one_named(rules: Rules) -> None:
    table = sheet("低保.csv", ("姓名", "身份证号"), ("王五", MAN), ("王五（之子）", MAN))
    rows, issues = tidied(rules, table)
    assert rows["name_key"].to_list() == ["王五", None]
    assert "DUPLICATE_ROW" not in set(issues["code"])


@pytest.mark.parametrize(
    "seen",
    [
        "王五（停发）",
        "王五停保",
        "王五 已退出",
        "王五（已注销）",
        "王五（2022年5月起停发）",
        "王五（取消）",
    ],
)
def test_support_that_has_ended(rules: Rules, seen: str) -> None:
    row, found = read(rules, "低保.csv", seen)
    assert (row["name_key"], row["qualifies"]) == ("王五", False)
    assert row["failed_condition"] == "姓名旁注明已停发、去世等"
    assert "STOPPED_NOTE" in found
    row, found = read(rules, "医疗费用.csv", seen)
    assert row["qualifies"] is True
    assert "STOPPED_NOTE" in found
    assert "STOPPED_NOTE" not in read(rules, "死亡名单.csv", seen)[1]


def test_death_is_seen_beside_another_note(rules: Rules) -> None:
    assert "DECEASED_NOTE" in read(rules, "低保.csv", "王五（户主）已故")[1]
