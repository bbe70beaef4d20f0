"""No cell of any field ends a run: odd cells in every field of every list, and what is told of some.

benchmarks/hostile/cells.py has a month of them.
"""

from __future__ import annotations

import polars as pl
import pytest

from loubao.rules.folder import Rules
from tests.ingest.tables import codes, sheet, tidied
from tests.people import number

ODD = (
    *("990101196003050119", "6217001234567890123", "9223372036854775807", "18446744073709551615"),
    *("9" * 4000, "1e999", "inf", "nan", "92233720368547758.07", "99999999999999万元", "²", "٣٤٥"),
    *(
        "9999-12-31T16:00:00Z",
        "0000-01-01T00:00:00Z",
        "80000",
        "2958466",
        "0001-01-01",
        "31/31/2021",
    ),
    *("\x1b[31m", "\u202e张三", "😀" * 50, "(" * 300, "张三、" * 300, "合计52000元", "制表人："),
)
NAMES = [
    *("children", "death", "dibao", "dibao_edge", "disability", "disability_subsidy", "medical"),
    *("monitored", "moved_out", "orphan", "rigid_expense", "tekun", "temporary_aid", "unattended"),
]


@pytest.mark.parametrize("name", NAMES)
def test_any_cell_of_any_field(rules: Rules, name: str) -> None:
    rule = rules.lists[name]
    fields = [field for field, spec in rule.fields.items() if spec.headers]
    rows = [_row(fields, field, odd, i) for field in fields for i, odd in enumerate(ODD)]
    header = tuple(rule.fields[field].headers[0] for field in fields)
    file = f"{max(rule.claim.words, key=len)}.csv"
    people, issues = tidied(rules, sheet(file, header, *rows))
    people.write_ndjson()  # every value can be written
    left_out = issues.filter(pl.col("code").is_in(["ROW_WITHOUT_PERSON", "ROW_DOUBTFUL"]))
    assert set(range(2, 2 + len(rows))) == set(people["row"]) | set(left_out["row"])


def _row(fields: list[str], field: str, odd: str, place: int) -> tuple[str | None, ...]:
    person = {"name": "张三", "id_number": number("19600305", place + 1), field: odd}
    return tuple(person.get(each) for each in fields)


@pytest.mark.parametrize(
    "cell", ["6217001234567890123", "990101196003050119", "13805981234", "9" * 400, "100000万元"]
)
def test_a_card_number_is_no_sum_of_money(rules: Rules, cell: str) -> None:
    header = ("姓名", "身份证号", "个人自付费用")
    table = sheet("医疗费用.csv", header, ("张三", number("19600305", 11), cell))
    people, issues = tidied(rules, table)
    assert people.select("self_paid", "self_paid_raw", "qualifies").row(0) == (None, cell, True)
    assert (2, "个人自付费用", "NUMBER_UNREADABLE") in codes(issues)


def test_the_largest_sums_of_a_month_can_be_added(rules: Rules) -> None:
    header = ("姓名", "身份证号", "个人自付费用", "结算日期")
    rows = [
        ("张三", number("19600305", 11), "999999999.99", f"2021-03-{i:02}") for i in range(1, 29)
    ]
    people, _ = tidied(rules, sheet("医疗费用.csv", header, *rows))
    assert people["self_paid"].to_list() == pytest.approx([999999999.99 * 28] * 28)
