"""Tables that stand side by side below one header: whose each column is, and the account."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

import polars as pl
import pytest

from loubao.ingest.sheets.account import accounts_of
from loubao.ingest.sheets.identify import claim
from loubao.rules.folder import Rules
from tests.ingest.tables import Cell, codes, parts, sheet, tidied
from tests.people import number

NAMES = ("张保", "李一", "王二", "赵三", "钱四", "孙五", "周六")
ID = {name: number(f"196{n}0305", 11) for n, name in enumerate(NAMES)}


def printed(count: int, header: Sequence[Cell], *, gap: bool = False) -> list[list[Cell]]:
    """A roll in `count` blocks, filled row by row: number, name, ID number, village."""
    between: list[Cell] = [None] if gap else []
    people = [[str(n), name, ID[name], "上浦村"] for n, name in enumerate(NAMES, 1)]
    beside = zip_longest(*[iter(people)] * count, fillvalue=[None] * 4)
    rows = [[cell for block in row for cell in [*block, *between]] for row in beside]
    return [[cell for _ in range(count) for cell in [*header, *between]], *rows]


def people(rows: pl.DataFrame) -> set[tuple[str, str]]:
    return set(rows.select("name", "id_number").rows())


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("file", ["特困8月.xls", "低保8月.xls"])
def test_everybody_of_each_block(rules: Rules, file: str, count: int, gap: bool) -> None:
    cells = printed(count, ("序号", "姓名", "身份证号", "村"), gap=gap)
    rows, issues = tidied(rules, sheet(file, ["洛阳镇名册"], *cells, first=1))
    assert people(rows) == set(ID.items())
    assert set(rows["village"]) == {"上浦村"}
    places = rows.select("row", "member").rows()
    assert len(set(places)) == len(NAMES)
    assert rows.filter(row=3).sort("member")["name"].to_list() == list(NAMES[:count])
    assert not {code for *_, code in codes(issues)} & {"COLUMN_TWICE", "ROW_WITHOUT_PERSON"}


def test_the_account_adds_up(rules: Rules) -> None:
    cells = printed(2, ("序号", "姓名", "身份证号", "村"))
    cells[3][0] = "3"
    rows = [["特困名册"], *cells, ["合计", "7人"], ["制表人：", "王二"]]
    (account,) = accounts_of(parts(rules, sheet("特困8月.xls", *rows)))
    kinds = ("title", "header", "total", "footer", "without_person", "records")
    counts = account.counts
    assert [counts[kind] for kind in kinds] == [1, 1, 1, 1, 0, 4]
    assert (counts["rows"], counts["people"]) == (8, 7)
    assert account.skipped["footer"] == (8,)
    assert account.header_rows == (2,)


@pytest.mark.parametrize(
    "header",
    [
        ["姓名", "身份证号", "姓名", "身份证号"],
        ["姓 名", "身份证号", "姓名", "身份证号"],
        ["姓名", "身份证号", "姓名.1", "身份证号.1"],
        ["姓名", "身份证号", "姓名2", "身份证号2"],
        ["姓名", "身份证号", "姓名（二）", "身份证号（二）"],
        ["身份证号", "姓名", "身份证号", "姓名"],
        ["村", "姓名", "身份证号", "姓名", "身份证号"],
        ["姓名", "身份证号", "姓名", "身份证号", "村"],
    ],
)
def test_headers_of_two_blocks(rules: Rules, header: list[str]) -> None:
    def row(*names: str) -> list[str]:
        of_kind = {"姓": iter(names), "身": iter(ID[name] for name in names)}
        return [next(of_kind[h[0]]) if h[0] in of_kind else "上浦村" for h in header]

    rows, _ = tidied(rules, sheet("特困8月.xls", header, row("张保", "李一"), row("王二", "赵三")))
    assert people(rows) == set(list(ID.items())[:4])
    assert set(rows["village"]) == ({"上浦村"} if "村" in header else {None})


def test_a_place_alone_in_its_row_is_for_every_block(rules: Rules) -> None:
    rows = [
        ["姓名", "身份证号", "姓名", "身份证号"],
        ["洛阳镇上浦村"],
        ["张保", ID["张保"], "李一", ID["李一"]],
    ]
    found, _ = tidied(rules, sheet("特困8月.xls", *rows))
    assert set(found["village"]) == {"上浦村"}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        # the second name is not clearly another block's, and is another person's
        (["姓名", "身份证号", "村", "姓名"], ["张保", ID["张保"], "上浦村", "李一"]),
        (
            ["姓名", "身份证号", "开户行", "姓名", "账号"],
            ["张保", ID["张保"], "某行", "李一", "62"],
        ),
        (
            ["姓名", "身份证号", "保障人口", "姓名", "身份证号"],
            ["张保", ID["张保"], "1", "李一", ID["李一"]],
        ),
        (
            ["姓名", "身份证号", "与户主关系", "姓名", "身份证号"],
            ["张保", ID["张保"], "妻", "李一", ID["李一"]],
        ),
    ],
)
def test_what_is_not_clear_stops(rules: Rules, header: list[str], row: list[str]) -> None:
    claimed, faults = claim([sheet("低保8月.xls", header, row)], rules)
    assert claimed == []
    assert len(faults) == 1
    assert "左右并排" in faults[0]
    assert "监护人" in faults[0]
    assert "李一" not in faults[0]


def test_two_months_side_by_side_stop(rules: Rules) -> None:
    header = ["姓名", "身份证号", "姓名", "身份证号"]
    rows = [[name, ID[name], name, ID[name]] for name in NAMES[:4]]
    rows[3][2:] = ["孙五", ID["孙五"]]
    _, faults = claim([sheet("低保8月.xls", header, *rows)], rules)
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("file", "header", "row", "names"),
    [
        (
            "低保8月.xls",
            ["姓名", "身份证号", "姓名", "身份证号"],
            ["张保", ID["张保"], "张保", ID["张保"]],
            {"张保"},
        ),
        ("低保8月.xls", ["姓名", "身份证号", "姓名"], ["张保", ID["张保"], "张*"], {"张保"}),
        ("低保8月.xls", ["姓名", "身份证号", "姓名"], ["张保", ID["张保"], "无"], {"张保"}),
        (
            "低保8月.xls",
            ["户主姓名", "户主身份证号", "姓名", "身份证号"],
            ["张保", ID["张保"], "李一", ID["李一"]],
            {"李一"},
        ),
        (
            "低保8月.xls",
            [
                "户主姓名",
                "户主身份证号",
                "成员1姓名",
                "成员1身份证号",
                "成员2姓名",
                "成员2身份证号",
            ],
            ["张保", ID["张保"], "李一", ID["李一"], "王二", ID["王二"]],
            {"张保", "李一", "王二"},
        ),
        (
            "孤儿8月.xls",
            ["姓名", "身份证号", "监护人姓名", "监护人身份证号"],
            ["李一", ID["李一"], "张保", ID["张保"]],
            {"李一"},
        ),
    ],
)
def test_a_column_that_is_of_the_row_stays(
    rules: Rules, file: str, header: list[str], row: list[str], names: set[str]
) -> None:
    rows, _ = tidied(rules, sheet(file, header, row))
    assert set(rows["name"]) == names
