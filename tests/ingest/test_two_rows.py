"""A roll that names a person twice, in force and not: months tell which row holds, or none does."""

from __future__ import annotations

import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import sheet, tidied
from tests.people import number

ID = number("19500101", 1)
HEAD = ["姓名", "身份证号", "是否保障对象", "备注", "起始保障年月", "户主姓名"]
ROW = dict(zip(("protected", "remark", "since", "head"), ("是", None, None, None), strict=True))


def row(**cells: str | None) -> list[str | None]:
    return ["周安平", ID, *{**ROW, **cells}.values()]


AGAINST = [
    row(protected="否"),
    row(protected="不属于"),
    *(row(remark=each) for each in ("停保", "死亡", "2022年5月停发", "拟停保", "退出", "低保边缘")),
    row(remark="停保", since="2021-03"),
    row(protected="否", head="周安平"),
]


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("first", [True, False])
def test_a_contradiction_covers_nobody(
    rules: Rules, against: list[str | None], first: bool
) -> None:
    both = [against, row()] if first else [row(), against]
    rows, issues = tidied(rules, sheet("低保6月.xls", HEAD, *both))
    assert rows["qualifies"].to_list() == [False, False]
    held, other = (3, 2) if first else (2, 3)
    doubt = rows["cover_doubt"].to_list()[held - 2]
    assert doubt is not None
    assert f"第{other}行" in doubt
    of_held = issues.filter((issues["row"] == held) & (issues["code"] == "COVER_UNSURE"))
    assert of_held["column"].to_list() == ["身份证号"]
    assert f"第{other}行" in of_held["detail"][0]


@pytest.mark.parametrize(
    ("held", "other"),
    [
        (row(since="2022-06"), row(remark="2022年5月停发", since="2019-01")),
        (row(since="2022-03"), row(remark="停保", since="2019-01")),
        (row(), row()),
        (row(), row(protected=None)),
        (row(head="周安平"), row(protected="否", head="周安国")),
        (row(), row(since="2022-09")),
    ],
)
def test_what_is_newer_or_no_contradiction_covers(
    rules: Rules, held: list[str | None], other: list[str | None]
) -> None:
    rows, issues = tidied(rules, sheet("低保6月.xls", HEAD, held, other))
    assert rows["qualifies"][0]
    said = issues.filter(issues["code"].is_in(["COVER_UNSURE", "COVER_ENDED"]))["detail"]
    assert all("第2行较新" in detail for detail in said)


def test_other_people_and_rolls_are_let_alone(rules: Rules) -> None:
    other = ["周安平", number("19500101", 3), "是", "停保", None, None]
    tekun = sheet("特困6月.xls", ["姓名", "身份证号", "备注"], ["周安平", ID, "停发"])
    rows, _ = tidied(rules, sheet("低保6月.xls", HEAD, row(), other), tekun)
    assert rows.filter("qualifies").select("list", "id_number").rows() == [("dibao", ID)]


@pytest.mark.parametrize(("village", "covered"), [("上浦村", False), ("后埔村", True)])
def test_without_a_number_the_name_and_the_village_will_do(
    rules: Rules, village: str, covered: bool
) -> None:
    head = ["姓名", "身份证号", "乡镇", "村", "备注"]
    held = ["周安平", ID, "洛阳镇", "上浦村", None]
    ended = ["周安平", None, "洛阳镇", village, "核减"]
    rows, _ = tidied(rules, sheet("低保6月.xls", head, held, ended))
    assert rows["qualifies"].to_list() == [covered, False]
