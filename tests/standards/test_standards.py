"""The standards of the notice: worked by hand, then the rolls held against them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core.faults import Usage
from loubao.rules.folder import load_rules
from loubao.rules.standard_rates import Rounding
from loubao.standards import payments
from loubao.standards.audit import Audited, audited, average, month_averages
from loubao.standards.findings import of_standards
from loubao.standards.tariff import Tariff, rounded, tariff
from tests.standards.rolls import AS_OF, house, roll

SHIPPED = Path(__file__).parents[2] / "rules"
WAGE = Decimal(1960)


POLICY = load_rules(SHIPPED).standards


def known(standard: str | None = None, rounding: str = "元", care_in_base: bool = False) -> Tariff:
    given = None if standard is None else Decimal(standard)
    return tariff(WAGE, POLICY.ratios, POLICY.roundings[rounding], given, care_in_base)


def find(records: pl.DataFrame, tariff: Tariff | None = None) -> list[tuple[str, int | None, str]]:
    """Kind, row and detail of every finding of a month."""
    found = audited(records, POLICY, tariff or known(), AS_OF).findings
    return found.select("kind", "row", "detail").rows()


def kinds(records: pl.DataFrame, tariff: Tariff | None = None) -> list[str]:
    return [kind for kind, _, _ in find(records, tariff)]


# ---------------------------------------------------------------- worked by hand, a clause a line


@pytest.mark.parametrize(
    ("wage", "rounding", "key", "level", "column", "amount"),
    [
        # 二（三） 低保: 42 %, 45 %, 48 % of 1960 are 823.2, 882, 940.8
        ("1960", "元", "dibao", "", "least", "824"),
        ("1960", "元", "dibao", "", "average", "882"),
        ("1960", "元", "dibao", "", "most", "940"),
        ("1960", "十元", "dibao", "", "least", "830"),
        ("1960", "十元", "dibao", "", "average", "890"),
        ("1960", "十元", "dibao", "", "most", "940"),
        ("1960", "分", "dibao", "", "least", "823.2"),
        ("1960", "分", "dibao", "", "most", "940.8"),
        # 697.2, 747, 796.8 of 1660
        ("1660", "元", "dibao", "", "least", "698"),
        ("1660", "元", "dibao", "", "average", "747"),
        ("1660", "元", "dibao", "", "most", "796"),
        # 特困 basic living: 882 × 1.3 = 1146.6; 890 × 1.3 = 1157; 814.5 × 1.3 = 1058.85
        ("1960", "元", "tekun", "", "average", "1147"),
        ("1960", "十元", "tekun", "", "average", "1160"),
        ("1810", "分", "tekun", "", "average", "1058.85"),
        # 照料护理: 10 %, 25 %, 50 %; half a yuan goes up, not to the even yuan
        ("1960", "元", "care", "全自理", "average", "196"),
        ("1960", "元", "care", "半护理", "average", "490"),
        ("1960", "元", "care", "全护理", "average", "980"),
        ("1960", "十元", "care", "全自理", "average", "200"),
        ("1810", "元", "care", "半护理", "average", "453"),
        ("1810", "分", "care", "半护理", "average", "452.5"),
        # at home: 1147 + 490
        ("1960", "元", "dispersed", "半护理", "average", "1637"),
        # institutions: 1147 × 1.5 = 1720.5 → 1721, + 196; 1160 × 1.5 = 1740, + 200
        ("1960", "元", "institution", "全自理", "average", "1917"),
        ("1960", "十元", "institution", "全自理", "average", "1940"),
        # 1058.85 × 1.5 = 1588.275 → 1588.28, + 452.5
        ("1810", "分", "institution", "半护理", "average", "2040.78"),
        # 临时救助: 882 ± 25 % are 661.5 and 1102.5; 890 ± 25 % are 667.5 and 1112.5
        ("1960", "元", "temporary_least", "", "average", "662"),
        ("1960", "元", "temporary_most", "", "average", "1102"),
        ("1960", "十元", "temporary_least", "", "average", "670"),
        ("1960", "十元", "temporary_most", "", "average", "1110"),
    ],
)
def test_worked_examples(
    wage: str, rounding: str, key: str, level: str, column: Any, amount: str
) -> None:
    found = tariff(Decimal(wage), POLICY.ratios, POLICY.roundings[rounding])
    assert found.amount(key, column, level) == Decimal(amount)


@pytest.mark.parametrize(
    ("rounding", "level", "amount"),
    [
        ("元", "全自理", "2015"),  # (1147 + 196) × 1.5 = 2014.5
        ("元", "全护理", "3191"),  # (1147 + 980) × 1.5 = 3190.5
        ("十元", "全自理", "2040"),  # (1160 + 200) × 1.5
        ("分", "半护理", "2454.9"),  # (1146.6 + 490) × 1.5
    ],
)
def test_institutions_with_the_care_in_the_base(rounding: str, level: str, amount: str) -> None:
    found = known(rounding=rounding, care_in_base=True)
    assert found.amount("institution", "average", level) == Decimal(amount)


def test_what_follows_from_the_standard_in_force() -> None:
    found = known("900")
    told = [found.amount(key, "given") for key in ("dibao", "tekun", "temporary_least")]
    assert told == [Decimal(900), Decimal(1170), Decimal(675)]
    assert known().given is None


@pytest.mark.parametrize(
    ("amount", "unit", "way", "outcome"),
    [
        ("452.5", "1", "half_up", "453"),
        ("451.5", "1", "half_up", "452"),
        ("452.49", "1", "half_up", "452"),
        ("452.01", "1", "up", "453"),
        ("452.99", "1", "down", "452"),
        ("450", "10", "up", "450"),
        ("450.01", "10", "up", "460"),
        ("455", "10", "half_up", "460"),
        ("0.005", "0.01", "half_up", "0.01"),
    ],
)
def test_rounding(amount: str, unit: str, way: Any, outcome: str) -> None:
    assert rounded(Decimal(amount), Rounding(unit=unit, way=way)) == Decimal(outcome)  # type: ignore[arg-type]


def test_a_rounding_that_leaves_nothing_in_the_range() -> None:
    coarse = Rounding(unit=Decimal(500), way="up")
    with pytest.raises(Usage, match="没有可用的数"):
        tariff(WAGE, POLICY.ratios, coarse)


# ---------------------------------------------------------------- 低保


@pytest.mark.parametrize(
    ("standard", "wrong"),
    [(823.2, False), (823.19, True), (940.8, False), (940.81, True), (882, False), (None, False)],
)
def test_edges_of_the_permitted_range(standard: float | None, wrong: bool) -> None:
    records = roll("dibao", *house("A", 300.0, standard=standard))
    expected = ["standard"] if wrong else []
    assert [kind for kind in kinds(records) if kind != "average"] == expected


def test_a_standard_out_of_range_is_told_once_a_sheet_and_town() -> None:
    records = pl.concat(
        [
            roll("dibao", *house("A", 300.0, 300.0), *house("B", 200.0), standard=700.0),
            roll("dibao", *house("C", 300.0), standard=950.0, town="张坂镇", sheet="T"),
        ]
    )
    wrong = [each for each in find(records) if each[0] == "standard"]
    assert wrong == [
        ("standard", 2, "低保标准 950 元，应为 823.20 至 940.80 元（共 1 户）"),
        ("standard", 2, "低保标准 700 元，应为 823.20 至 940.80 元（共 2 户）"),
    ]


def test_the_standard_in_force_is_held_against_the_range() -> None:
    houses = payments.households(roll("dibao", *house("A", 1.0)), POLICY, Decimal(1), AS_OF)
    assert of_standards(houses, known("823")).select("file", "row", "amount").rows() == [
        ("", None, 82300)
    ]
    assert of_standards(houses, known("824")).is_empty()


@pytest.mark.parametrize(
    ("rows", "standard", "most"),
    [
        (house("A", 882.0, 882.0), "882", None),  # just standard × people
        (house("A", 882.0, 882.99), "882", None),  # within the rounding
        (house("A", 882.0, 883.0), "882", "1764"),
        (house("A", 940.8), None, None),  # the standard is not known: any permitted one
        (house("A", 942.0), None, "940.80"),
        (house("A", 1700.0, None), "882", None),  # only the head's row has the amount
        (house("A", 1800.0, None), "882", "1764"),
        (house("A", 900.0, standard=890.0), None, "890"),  # the roll's own standard
        (house("A", 900.0, 0.0, protected=False), "882", None),  # nobody is protected
        (house("A", 2000.0, protected_count=3), "882", None),  # one row for three
        ([*house("A", 882.0), *house("A", 500.0, protected=False)], "882", None),
        (house("A", 2000.0, aid_status="停保"), "882", None),
        (house("A", 2000.0, since=date(2022, 7, 1)), "882", None),
        ([{"row_people": 4, "protected_count": 2, "amount": 1766.0}], "882", "1764"),
        ([{"row_people": 4, "amount": 1766.0, "protected_count": None}], "882", None),
    ],
)
def test_households(rows: list[dict[str, Any]], standard: str | None, most: str | None) -> None:
    found = [each for each in find(roll("dibao", *rows), known(standard)) if each[0] == "household"]
    assert [detail.endswith(f"为 {most} 元") for _, _, detail in found] == [True] * bool(most)


def test_an_amount_told_on_every_row_is_the_households() -> None:
    """Most rows are above what one person may get: so each says what the household gets."""
    houses = [*house("A", 1700.0, 1700.0), *house("B", 2600.0, 2600.0, 2600.0), *house("C", 882.0)]
    records = roll("dibao", *houses)
    found = audited(records, POLICY, known("882"), AS_OF)
    assert found.findings.is_empty()
    assert any("按“每户”理解" in note for note in found.notes)
    table = payments.households(records, POLICY, Decimal("940.8"), AS_OF)
    assert table.select("row", "people", "amount").rows() == [
        (2, 2, 170_000),
        (4, 3, 260_000),
        (7, 1, 88_200),
    ]


def test_households_of_two_files_are_two() -> None:
    records = pl.concat(
        [roll("dibao", *house("A", 800.0)), roll("dibao", *house("A", 800.0), file="copy.xlsx")]
    )
    assert kinds(records, known("882")) == []


# ---------------------------------------------------------------- 特困


def person(
    amount: float | None, level: str | None = "半护理", mode: str = "分散", **more: Any
) -> dict[str, Any]:
    return {"amount": amount, "care_level": level, "care_mode": mode, **more}


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        # S = 882: basic 1147; with care 1343, 1637, 2127
        (person(1147.0), None, ""),
        (person(1146.01), None, ""),
        (person(1146.0), "amount", "应为 1147 元，含照料护理的 1637 元"),
        (person(1637.0), None, ""),
        (person(1343.0), "care", "半护理，1343 元是全自理的金额，应为 1637 元"),
        (person(2127.0), "care", "是全护理的金额"),
        (person(1343.0, None), None, ""),  # the level is not known: any may be right
        (person(1343.0, "失能"), None, ""),
        (person(1500.0), "amount", "每人 1500 元"),
        # institutions: basic 1721; with care 1917, 2211, 2701
        (person(1721.0, mode="集中"), None, ""),
        (person(2211.0, mode="集中"), None, ""),
        (person(1147.0, mode="集中"), "institution", "应为 1721 元"),
        (person(1637.0, mode="集中"), "institution", "与分散供养相同"),
        (person(1917.0, mode="集中"), "care", "是全自理的金额，应为 2211 元"),
        (person(1721.0), "amount", "每人 1721 元"),
        # the care in a column of its own
        (person(1147.0, care_amount=490.0), None, ""),
        (person(1147.0, care_amount=490.99), None, ""),
        (person(1147.0, care_amount=491.0), "care", "491 元不是任何一档的金额，应为 490 元"),
        (person(1147.0, care_amount=980.0), "care", "980 元是全护理的金额"),
        (person(None, care_amount=196.0), "care", "半护理，196 元是全自理的金额，应为 490 元"),
        (person(None, None, care_amount=196.0), None, ""),
        (person(None), None, ""),
        # one row for a household of two
        (person(2294.0, row_people=2, protected_count=2), None, ""),
        (person(2296.0, row_people=2, protected_count=2), "amount", "每人 1148 元"),
        (person(1500.0, aid_status="停保"), None, ""),
    ],
)
def test_supported_people(row: dict[str, Any], kind: str | None, said: str) -> None:
    found = find(roll("tekun", row), known("882"))
    assert [each for each, _, _ in found] == ([kind] if kind else [])
    assert all(said in detail for _, _, detail in found)


@pytest.mark.parametrize(
    ("amount", "care", "kind", "said"),
    [
        # all care (全护理): 980, raised 1470; basic 1147, raised 1721; both together 3191
        (3191.0, None, None, ""),
        (1721.0, None, None, ""),  # the care may be elsewhere: the roll does not say
        (1721.0, 1470.0, None, ""),
        (2211.0, 980.0, None, ""),
        (3191.0, 980.0, None, ""),  # the amount is of all
        (1721.0, 980.0, "amount", "每人 2701 元，应为 1721 元，含照料护理的 3191 元"),
        (1147.0, 1470.0, "amount", "每人 2617 元"),
        (1147.0, 980.0, "institution", "集中供养每人 2127 元，与分散供养相同，应为 3191 元"),
        (1147.0, None, "institution", "应为 1721 元"),
        (1721.0, 490.0, "care", "全护理，490 元是半护理的金额，应为 980 元"),
        (None, 1470.0, None, ""),
        (None, 735.0, "care", "735 元是半护理的金额"),
    ],
)
def test_institutions_that_are_paid_more_for_the_care_too(
    amount: float | None, care: float | None, kind: str | None, said: str
) -> None:
    row = person(amount, "全护理", "集中", care_amount=care)
    found = find(roll("tekun", row), known("882", care_in_base=True))
    assert [each for each, _, _ in found] == ([kind] if kind else [])
    assert all(said in detail for _, _, detail in found)


@pytest.mark.parametrize(
    ("amount", "wrong"),
    # 130 % of 823.2 to 940.8 is 1070.16 to 1223.04, and a yuan of rounding
    [(1069.17, False), (1069.16, True), (1224.03, False), (1224.04, True)],
)
def test_without_a_standard_every_permitted_one_is_allowed_for(amount: float, wrong: bool) -> None:
    assert kinds(roll("tekun", person(amount))) == ["amount"] * wrong


@given(
    wage=st.integers(1200, 4000),
    share=st.decimals("0.42", "0.48", places=3),
    level=st.sampled_from(["全自理", "半护理", "全护理"]),
    away=st.booleans(),
    care_in_base=st.booleans(),
    apart=st.booleans(),
    rounding=st.sampled_from(["元", "十元", "分"]),
)
@settings(max_examples=15, deadline=None)
def test_what_the_tariff_says_is_never_found(
    wage: int,
    share: Decimal,
    level: str,
    away: bool,
    care_in_base: bool,
    apart: bool,
    rounding: str,
) -> None:
    standard = rounded(wage * share, Rounding(unit=Decimal("0.01"), way="half_up"))
    standard = min(max(standard, wage * Decimal("0.42")), wage * Decimal("0.48"))
    rule = POLICY.roundings[rounding]
    found = tariff(Decimal(wage), POLICY.ratios, rule, standard, care_in_base)
    assert found.least <= found.amount("dibao", "least") <= found.amount("dibao", "most")
    assert found.amount("dibao", "most") <= found.most
    assert found.amount("dibao", "average") >= found.average
    paid = found.amount("institution" if away else "dispersed", "given", level)
    care = found.amount("care", "given", level) if apart else None
    row = person(float(paid - (care or 0)), level, "集中" if away else "分散")
    records = roll("tekun", row | ({} if care is None else {"care_amount": float(care)}))
    assert kinds(records, found) == []


# ---------------------------------------------------------------- 临时救助, averages, growth


@pytest.mark.parametrize(
    ("amount", "day", "wrong"),
    [
        (661.5, date(2022, 5, 1), False),
        (660.51, date(2022, 5, 1), False),
        (660.5, date(2022, 5, 1), True),
        (100.0, date(2022, 1, 1), True),
        (100.0, date(2021, 12, 31), False),  # last year's
        (100.0, date(2022, 7, 1), False),
        (5000.0, date(2022, 5, 1), False),  # may be for several people or months
    ],
)
def test_awards(amount: float, day: date, wrong: bool) -> None:
    records = roll("temporary_aid", {"amount": amount}, approved_on=day)
    assert kinds(records, known("882")) == ["temporary"] * wrong


def test_awards_above_the_most_are_counted_not_judged() -> None:
    records = roll("temporary_aid", {"amount": 1102.5}, {"amount": 1104.0}, {"amount": 9000.0})
    notes = audited(records, POLICY, known("882"), AS_OF).notes
    assert any(note.startswith("临时救助有 2 笔高于上限 1102.50 元") for note in notes)


@pytest.mark.parametrize(
    ("standards", "found"),
    [
        ((882.0,), []),
        ((881.99,), ["低保平均标准 881.99 元，应不低于 882 元"]),
        ((830.0, 934.0), []),  # 45 % on average
        ((830.0, 933.0), ["低保平均标准 881.50 元，应不低于 882 元"]),
    ],
)
def test_the_average_standard(standards: tuple[float, ...], found: list[str]) -> None:
    rows = [row for i, each in enumerate(standards) for row in house(f"{i}", 300.0, standard=each)]
    told = [detail for kind, _, detail in find(roll("dibao", *rows)) if kind == "average"]
    assert [detail[-len(said) :] for detail, said in zip(told, found, strict=True)] == found


def test_averages_are_weighted_by_people() -> None:
    records = pl.concat(
        [
            roll("dibao", *house("A", 400.0, 400.0, 400.0), *house("B", 800.0)),
            roll("dibao", *house("C", 100.0), town="张坂镇"),
            roll("tekun", person(1147.0), person(2294.0, row_people=2, protected_count=2)),
            roll("temporary_aid", {"amount": 1000.0}, {"amount": 500.0}),
        ]
    )
    table = month_averages(records, POLICY, known(), AS_OF)
    told = [(m, town, u, str(average(t, u))) for m, town, u, t in table.iter_rows()]
    assert told == [
        ("dibao_amount", None, 5, "420.00"),
        ("dibao_amount", "张坂镇", 1, "100.00"),
        ("dibao_amount", "洛阳镇", 4, "500.00"),
        ("tekun_amount", None, 3, "1147.00"),
        ("tekun_amount", "洛阳镇", 3, "1147.00"),
        ("temporary_amount", None, 2, "750.00"),
        ("temporary_amount", "洛阳镇", 2, "750.00"),
    ]


def compared(now: pl.DataFrame, then: pl.DataFrame) -> Audited:
    last = month_averages(then, POLICY, known(), date(2021, 6, 30))
    return audited(now, POLICY, known(), AS_OF, ("2021年6月", last))


@pytest.mark.parametrize(
    ("then", "now", "percent", "met"),
    [
        (1000.0, 1050.0, "5.0", True),
        (1000.0, 1049.99, "4.9", False),
        (1000.0, 1000.0, "0.0", False),
        (1000.0, 900.0, "-10.0", False),
        (800.0, 882.0, "10.2", True),
    ],
)
def test_growth(then: float, now: float, percent: str, met: bool) -> None:
    found = compared(roll("tekun", person(now)), roll("tekun", person(then)))
    (grown,) = found.growth
    assert (str(grown.percent), grown.enough) == (percent, met)
    wrong = found.findings.filter(kind="growth")
    assert wrong["clause"].to_list() == ([] if met else ["一"])
    assert wrong["row"].null_count() == wrong.height


def test_growth_of_standards_gives_way_to_amounts() -> None:
    old = roll("dibao", *house("A", 500.0))
    with_standard = roll("dibao", *house("A", 550.0, standard=900.0))
    assert [each.measure for each in compared(with_standard, old).growth] == ["dibao_amount"]
    both = compared(with_standard, roll("dibao", *house("A", 500.0, standard=850.0)))
    assert [each.measure for each in both.growth] == ["dibao_standard"]
    notes = compared(with_standard, old).notes
    assert "特困人均供养：两年的名册不都有金额，同比未核查。" in notes


# ---------------------------------------------------------------- what is said


def test_a_roll_that_is_not_there_is_said() -> None:
    notes = audited(roll("tekun", person(None)), POLICY, known(), AS_OF).notes
    assert "没有低保名册，未核查。" in notes
    assert "没有临时救助名册，未核查。" in notes
    assert "特困供养：1 户（人）没有金额，未核查。" in notes


def test_every_finding_names_its_clause_and_row() -> None:
    records = pl.concat(
        [
            roll("dibao", *house("A", 5000.0, standard=100.0)),
            roll("tekun", person(1.0), person(1147.0, mode="集中"), person(1343.0), town=None),
            roll("temporary_aid", {"amount": 1.0}),
        ]
    )
    found = audited(records, POLICY, known("882"), AS_OF, unknown_town="未识别乡镇").findings
    assert found["kind"].unique(maintain_order=True).to_list() == [
        *("standard", "household", "care", "institution", "amount", "temporary")
    ]
    assert set(found["clause"]) == {"二（三）"}
    assert found["row"].null_count() == 0
    assert found.filter(programme="特困供养")["town"].unique().to_list() == ["未识别乡镇"]
    assert not found["detail"].str.contains(r"[{}]|None").any()
