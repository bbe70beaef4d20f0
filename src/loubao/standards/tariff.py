"""From a minimum wage to every standard that the notice derives from it, as decimals.

Notice 洛政〔2022〕67号, 二(三), with W the minimum wage and S a 低保 standard, yuan a month:

    低保          42 % × W ≤ S ≤ 48 % × W, on average at least 45 % × W
    特困基本生活   130 % × S
    照料护理       10 %, 25 %, 50 % × W by how far a person can care for themselves
    集中供养       150 % × 分散供养, the care in the base or added (an option)
    临时救助       S - 25 % to S + 25 %

Each amount is rounded before the next is reckoned from it, by the rule in force; but the lower end
of a range and the average go up and the upper end goes down, so that what is rounded still holds.

    >>> wage = Decimal(1960)
    >>> [percent_of(wage, Decimal(share)) for share in (42, 45, 48)]
    [Decimal('823.2'), Decimal('882'), Decimal('940.8')]
    >>> whole_yuan = Rounding(unit=1, way="half_up")
    >>> rounded(percent_of(Decimal(882), Decimal(130)), whole_yuan)  # 1146.6
    Decimal('1147')
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal, TypeAlias

from loubao.core.faults import Usage
from loubao.rules.standard_rates import Effective, Ratios, Rounding, Standards, in_force

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
    in force, if the rules have it.
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


@dataclass(frozen=True)
class Asked:
    """Which standards are asked for: those of a day; None stands for what the rules have.

    `minimum_wage` and `standard` (of 低保 in force) in yuan a month; `rounding` is one of the
    names in standards.yaml.
    """

    on: date
    district: str | None = None
    minimum_wage: Decimal | None = None
    standard: Decimal | None = None
    rounding: str | None = None
    care_in_base: bool | None = None


@dataclass(frozen=True)
class Reckoned:
    """A tariff, the district and the wage it follows from (None: given), and both in words."""

    tariff: Tariff
    district: str
    wage: Effective | None
    heading: tuple[str, ...]


def rounded(amount: Decimal, rounding: Rounding, way: Way | None = None) -> Decimal:
    """Return `amount` as a multiple of the rule's unit; `way` goes before the rule's own.

    >>> rounded(Decimal("1146.5"), Rounding(unit=1, way="half_up"))
    Decimal('1147')
    >>> rounded(Decimal("452.5"), Rounding(unit=1, way="half_up"))  # not to the even yuan
    Decimal('453')
    >>> rounded(Decimal("1141"), Rounding(unit=10, way="up"))
    Decimal('1150')
    >>> rounded(Decimal("667.5"), Rounding(unit=10, way="half_up"), way="down")
    Decimal('660')
    """
    units = (amount / rounding.unit).quantize(Decimal(1), _WAYS[way or rounding.way])
    return units * rounding.unit


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Return so many percent of an amount, not rounded.

    >>> percent_of(Decimal("814.5"), Decimal(130))
    Decimal('1058.85')
    """
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

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> standards = load_rules(shipped_rules()).standards
    >>> rates = tariff(Decimal(1960), standards.ratios, standards.roundings["元"])
    >>> [str(rates.amount("dibao", column)) for column in ("least", "average", "most")]
    ['824', '882', '940']
    >>> str(rates.amount("tekun", "average")), str(rates.amount("care", "average", "半护理"))
    ('1147', '490')
    >>> str(rates.amount("institution", "average", "半护理"))  # 1147 × 150 % → 1721, and the care
    '2211'
    >>> tariff(Decimal(1960), standards.ratios, standards.roundings["元"], Decimal(900)).given
    Decimal('900')
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
    lines = tuple(
        Line(key, level, {column: by_column[column][key, level] for column in levels})
        for key, level in by_column["least"]
    )
    return Tariff(wage, least, average, most, given, ratios, rounding, in_base, lines)


def reckon(asked: Asked, standards: Standards) -> Reckoned:
    """Return the tariff that is asked for; raises `Usage` where the rules do not have enough."""
    name = asked.district or standards.district
    district = standards.districts.get(name)
    if district is None and (asked.minimum_wage is None or asked.district is None):
        named = "、".join(standards.districts)
        raise Usage(f"standards.yaml 里没有“{name}”，可用：{named}；或再写 --minimum-wage")
    wage = None
    if asked.minimum_wage is None and district is not None:
        wage = in_force(district.minimum_wage, asked.on)
        if not district.minimum_wage:
            raise Usage(
                f"没有填{name}的最低工资，不能测算：请写进 rules/local.yaml 的 minimum_wage，"
                "或写 --minimum-wage"
            )
        if wage is None:
            first = district.minimum_wage[0].since.isoformat()
            raise Usage(
                f"规则里{name}的最低工资从 {first} 起，没有 {asked.on.isoformat()} 的；"
                "请补上，或写 --minimum-wage"
            )
    rounding_name = asked.rounding or standards.rounding
    rounding = standards.roundings.get(rounding_name)
    if rounding is None:
        raise Usage(f"没有取整“{asked.rounding}”，可用：{'、'.join(standards.roundings)}")
    given = asked.standard
    if given is None and district is not None:
        local = in_force(district.dibao, asked.on)
        given = local.monthly if local else None
    amount = asked.minimum_wage if wage is None else wage.monthly
    assert amount is not None
    rates = tariff(amount, standards.ratios, rounding, given, asked.care_in_base)
    heading = _heading(rates, name, wage, rounding_name, standards)
    return Reckoned(rates, name, wage, heading)


def year_before(asked: Asked, standards: Standards, on: date) -> Tariff:
    """Return the tariff of a day a year ago: by what was in force then.

    The wage that is asked for stands in where that of the day is not in the rules.
    """
    district = standards.districts.get(asked.district or standards.district)
    wage = None
    if district is None or in_force(district.minimum_wage, on) is None:
        wage = reckon(asked, standards).tariff.wage
    return reckon(Asked(on, asked.district, wage, rounding=asked.rounding), standards).tariff


def money(amount: Decimal) -> str:
    """Return an amount as it is written: whole yuan without places.

    >>> money(Decimal("882.00")), money(Decimal("823.2")), money(Decimal("1e3"))
    ('882', '823.20', '1000')
    """
    whole = amount == amount.to_integral_value()
    return f"{amount:.0f}" if whole else f"{amount:.2f}"


def plain(percent: Decimal) -> str:
    """Return a percentage without needless places.

    >>> plain(Decimal("42.0")), plain(Decimal("150")), plain(Decimal("4.90"))
    ('42', '150', '4.9')
    """
    return f"{percent.normalize():f}"


def _heading(
    rates: Tariff, district: str, wage: Effective | None, rounding: str, standards: Standards
) -> tuple[str, ...]:
    """What a tariff was reckoned from, in sentences."""
    words = standards.words
    if wage is None:
        first = words.given.format(wage=money(rates.wage))
    else:
        first = words.wage.format(
            district=district,
            wage=money(rates.wage),
            source=wage.source,
            **{"from": wage.since.isoformat()},
        )
    sentences = [first]
    if wage is not None and not wage.checked:
        sentences.append(words.unchecked)
    if rates.given is not None and not rates.least <= rates.given <= rates.most:
        sign, end = ("<", rates.least) if rates.given < rates.least else (">", rates.most)
        title, yuan = words.findings["standard"].title, words.exactly
        given, limit = (yuan.format(least=money(amount)) for amount in (rates.given, end))
        sentences.append(f"{title}：{given} {sign} {limit}")
    base = words.base_with if rates.care_in_base else words.base_without
    return (
        *sentences,
        words.rounding.format(name=rounding),
        base.format(percent=plain(rates.ratios.institution.percent)),
    )


def institutional(
    basic: Decimal, care: Decimal, percent: Decimal, rounding: Rounding, care_in_base: bool
) -> Decimal:
    """Return institutional support: what is raised is rounded, then the care added or not.

    With the `care_in_base` it is raised as well: (1147 + 196) × 150 % is 2014.5, else 1720.5 → 1721
    and 196.

    >>> amounts = Decimal(1147), Decimal(196), Decimal(150), Rounding(unit=1, way="half_up")
    >>> institutional(*amounts, care_in_base=True), institutional(*amounts, care_in_base=False)
    (Decimal('2015'), Decimal('1917'))
    """
    base = basic + care if care_in_base else basic
    raised = rounded(percent_of(base, percent), rounding)
    return raised if care_in_base else raised + care


def _derived(
    wage: Decimal, standard: Decimal, ratios: Ratios, rounding: Rounding, care_in_base: bool
) -> dict[tuple[str, str], Decimal]:
    """Every amount that follows from one 低保 standard, by key and care level."""
    basic = rounded(percent_of(standard, ratios.tekun.basic), rounding)
    cares = {
        level: rounded(percent_of(wage, percent), rounding)
        for level, percent in ratios.care.items()
    }
    raised, within = ratios.institution.percent, ratios.temporary.within
    return {
        ("dibao", ""): standard,
        ("tekun", ""): basic,
        **{("care", level): care for level, care in cares.items()},
        **{("dispersed", level): basic + care for level, care in cares.items()},
        **{
            ("institution", level): institutional(basic, care, raised, rounding, care_in_base)
            for level, care in cares.items()
        },
        ("temporary_least", ""): rounded(percent_of(standard, 100 - within), rounding, "up"),
        ("temporary_most", ""): rounded(percent_of(standard, 100 + within), rounding, "down"),
    }
