"""What each list prints about a person: a naming → values by field, in the file's own spelling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from sample.circumstances import CATEGORIES, Fact, Naming
from sample.district import District, Person
from sample.exportfile import ExportFile
from sample.truth import AS_OF, years_old
from sample.villages import STYLES, is_old_name, spelled

Value = str | int | float | date | None

_HAN = "〇一二三四五六七八九"


@dataclass(frozen=True)
class Entry:
    """A person as one row (or one place in a household row) shows them, and what is wrong there."""

    naming: Naming
    values: dict[str, Value]
    faults: tuple[str, ...] = ()


def spelled_date(day: date, style: str) -> Value:
    """A date in one of the spellings found in sheets; ``real`` is a date cell.

    >>> spelled_date(date(2021, 3, 5), "han")
    '2021年3月5日'
    """
    if style == "real":
        return day
    if style == "serial":
        return (day - date(1899, 12, 30)).days
    if style == "numerals":
        year = "".join(_HAN[int(digit)] for digit in str(day.year))
        return f"{year}年{_numeral(day.month)}月{_numeral(day.day)}日"
    patterns = {
        "iso": f"{day:%Y-%m-%d}",
        "time": f"{day:%Y-%m-%d} 00:00:00",
        "slash": f"{day.year}/{day.month}/{day.day}",
        "dots": f"{day.year}.{day.month:02d}.{day.day:02d}",
        "compact": f"{day:%Y%m%d}",
        "han": f"{day.year}年{day.month}月{day.day}日",
        "month": f"{day.year}年{day.month}月",
        "year_month": f"{day:%Y-%m}",
    }
    return patterns[style]


def _numeral(number: int) -> str:
    """1 to 31 in Chinese numerals."""
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + (_HAN[ones] if ones else "")


def spelled_amount(amount: float, rng: Random) -> tuple[Value, bool]:
    """An amount as a number or, one time in twelve, as text; whether it is text."""
    if rng.random() > 0.08:
        return (int(amount) if amount == int(amount) else amount), False
    ways = [
        f"{amount:,.2f}",
        f"¥{amount:.2f}",
        f"{amount:.2f}元",
        f"{amount:.2f}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．")),
    ]
    if amount >= 10000 and amount % 100 == 0:
        ways.append(f"{amount / 10000:g}万元")
    return rng.choice(ways), True


def _category(number: int, style: str) -> str:
    return (
        str(number)
        if style == "digits"
        else CATEGORIES[number - 1] + ("残疾" if style == "long" else "")
    )


def _level(number: int, style: str) -> str:
    return {"digits": str(number), "long": f"{number}级"}.get(style, "一二三四"[number - 1] + "级")


def _printed(field: str, fact: Fact, file: ExportFile, rng: Random) -> Value:
    """One fact of the naming in the file's spelling; an odd one out now and then."""
    style = file.codes if rng.random() > 0.06 else rng.choice(("short", "long"))
    if field == "category" and isinstance(fact, int):
        return _category(fact, style)
    if field == "level" and isinstance(fact, int):
        return _level(fact, style)
    if isinstance(fact, bool):
        return "是" if fact else "否"
    if isinstance(fact, Person):
        return fact.name
    if isinstance(fact, date):
        return spelled_date(fact, _date_style(file, rng))
    return fact


def _date_style(file: ExportFile, rng: Random) -> str:
    if file.dates in ("month", "year_month") or rng.random() > 0.07:
        return file.dates
    return rng.choice(("dots", "han", "slash", "compact", "time", "numerals"))


def entry(naming: Naming, district: District, file: ExportFile, month: str, rng: Random) -> Entry:
    """Everything the list could print about the naming; the file's columns choose from it."""
    person, facts = naming.person, naming.facts
    village = person.village
    head = district.head_of(person)
    parent = facts.get("parent")
    odd = rng.random() < 0.1
    where = spelled(village, rng.choice(STYLES) if odd else file.villages, rng)
    values: dict[str, Value] = {
        "name": person.name,
        "number": person.number,
        "sex": person.sex,
        "birth": spelled_date(person.birth, _date_style(file, rng)),
        "age": years_old(person.birth, AS_OF[month]),
        "town": village.town,
        "village": where,
        "address": spelled(village, "address", rng),
        "zone": "泉州台商投资区",
        "province": "福建省",
        "city": "泉州市",
        "county": "惠安县",
        "hamlet": rng.choice(("", "东厝", "后头角", "顶厝")),
        "phone": f"1200{int(person.code[1:]):07d}",
        "household_no": f"3500{person.household:06d}",
        "person_no": f"3500{person.household:06d}{int(person.code[1:]) % 100:02d}",
        "booklet_no": f"HA{head.household:06d}",
        "child_no": f"ET{person.code[1:]}",
        "head_name": head.name,
        "head_number": head.number,
        "relation": "本人" if person == head else person.relation,
        "people": len(district.household_of(person)),
        "status": "正常",
        "remark": None,
    }
    values |= {field: _printed(field, fact, file, rng) for field, fact in facts.items()}
    values["certificate"] = f"{person.number}{facts.get('category')}{facts.get('level')}" + str(
        facts.get("reissue", "")
    )
    faults: list[str] = []
    for field in ("self_paid", "total", "own"):
        if field in facts:
            values[field], text = spelled_amount(float(str(facts[field])), rng)
            faults += ["amount_text"] * (text and field == "self_paid")
    if isinstance(parent, Person):
        values |= {"parent": parent.name, "parent_number": parent.number}
    if is_old_name(where, village):
        faults.append("village_old_name")
    return Entry(naming, values, tuple(faults))
