"""From a minimum wage to every standard that the notice derives from it, as decimals.

Notice 洛政〔2022〕67号, 二(三), with W the minimum wage and S a 低保 standard, yuan a month:

    低保          42 % × W ≤ S ≤ 48 % × W, on average at least 45 % × W
    特困基本生活   130 % × S
    照料护理       10 %, 25 %, 50 % × W by how far a person can care for themselves
    集中供养       150 % × 分散供养, the care in the base or added (an option)
    临时救助       S - 25 % to S + 25 %

Each amount is rounded before the next is reckoned from it, by the rule in force; but the lower end
of a range and the average go up and the upper end goes down, so that what is rounded still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias

from loubao.core.faults import Usage
from loubao.rules.standard_rates import Ratios, Rounding

Column: TypeAlias = Literal["least", "average", "most", "given"]
Way: TypeAlias = Literal["half_up", "up", "down"]

_WAYS = {"half_up": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}


@dataclass(frozen=True)
class Line:
    """One standard: what it is (`key` of TariffItems), of which care level, its amounts."""

    key: str
    level: str
    amounts: dict[Column, Decimal]


@dataclass(frozen=True)
class Tariff:
    """Every standard that follows from a minimum wage.

    `least`, `average`, `most`: 42, 45 and 48 % of the wage, not rounded. `given`: the 低保 standard
    in force, if it is known.
    """

    wage: Decimal
    least: Decimal
    average: Decimal
    most: Decimal
    given: Decimal | None
    ratios: Ratios
    rounding: Rounding
    care_in_base: bool
    lines: tuple[Line, ...]

    def amount(self, key: str, column: Column, level: str = "") -> Decimal:
        """Return one amount of the table."""
        (line,) = [line for line in self.lines if (line.key, line.level) == (key, level)]
        return line.amounts[column]


def rounded(amount: Decimal, rounding: Rounding, way: Way | None = None) -> Decimal:
    """Return `amount` as a multiple of the rule's unit; `way` goes before the rule's own.

    >>> rounded(Decimal("1146.5"), Rounding(unit=1, way="half_up"))
    Decimal('1147')
    >>> rounded(Decimal("1141"), Rounding(unit=10, way="up"))
    Decimal('1150')
    """
    units = (amount / rounding.unit).quantize(Decimal(1), _WAYS[way or rounding.way])
    return units * rounding.unit


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return so many percent of an amount, not rounded."""
    return amount * percent / 100


def tariff(
    wage: Decimal,
    ratios: Ratios,
    rounding: Rounding,
    given: Decimal | None = None,
    care_in_base: bool | None = None,
) -> Tariff:
    """Return the standards for a minimum wage, and for the 低保 standard `given` if there is one.

    `care_in_base` goes before the rule's own. Raises `Usage` where no multiple of the rounding's
    unit lies in the permitted range.
    """
    in_base = ratios.institution.care_in_base if care_in_base is None else care_in_base
    least, average, most = (
        percent_of(wage, each)
        for each in (ratios.dibao.least, ratios.dibao.average, ratios.dibao.most)
    )
    levels: dict[Column, Decimal] = {
        "least": rounded(least, rounding, "up"),
        "average": rounded(average, rounding, "up"),
        "most": rounded(most, rounding, "down"),
    }
    if not levels["least"] <= levels["average"] <= levels["most"]:
        raise Usage(
            f"按 {rounding.unit} 元取整，低保标准的允许范围 {least.normalize():f} 至 "
            f"{most.normalize():f} 元里没有可用的数，请用 --rounding 换一种取整"
        )
    if given is not None:
        levels["given"] = given
    by_column = {
        column: _derived(wage, standard, ratios, rounding, in_base)
        for column, standard in levels.items()
    }
    keys = list(by_column["least"])
    lines = tuple(
        Line(key, level, {column: by_column[column][key, level] for column in levels})
        for key, level in keys
    )
    return Tariff(wage, least, average, most, given, ratios, rounding, in_base, lines)


def support(
    standard: Decimal, wage: Decimal, percent: Decimal, ratios: Ratios, rounding: Rounding
) -> tuple[Decimal, Decimal]:
    """Return basic living and care, each rounded, for a 低保 standard and a share of the wage."""
    basic = rounded(percent_of(standard, ratios.tekun.basic), rounding)
    return basic, rounded(percent_of(wage, percent), rounding)


def institutional(
    basic: Decimal, care: Decimal, ratios: Ratios, rounding: Rounding, care_in_base: bool
) -> Decimal:
    """Return institutional support: what is raised is rounded, then the care added or not."""
    base = basic + care if care_in_base else basic
    raised = rounded(percent_of(base, ratios.institution.percent), rounding)
    return raised if care_in_base else raised + care


def _derived(
    wage: Decimal, standard: Decimal, ratios: Ratios, rounding: Rounding, care_in_base: bool
) -> dict[tuple[str, str], Decimal]:
    """Every amount that follows from one 低保 standard, by key and care level."""
    within = ratios.temporary.within
    amounts = {("dibao", ""): standard}
    home: dict[tuple[str, str], Decimal] = {}
    away: dict[tuple[str, str], Decimal] = {}
    for level, percent in ratios.care.items():
        basic, care = support(standard, wage, percent, ratios, rounding)
        amounts["tekun", ""] = basic
        amounts["care", level] = care
        home["dispersed", level] = basic + care
        away["institution", level] = institutional(basic, care, ratios, rounding, care_in_base)
    amounts |= home | away
    amounts["temporary_least", ""] = rounded(percent_of(standard, 100 - within), rounding, "up")
    amounts["temporary_most", ""] = rounded(percent_of(standard, 100 + within), rounding, "down")
    return amounts
