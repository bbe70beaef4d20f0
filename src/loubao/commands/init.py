"""`init`: a working folder for a new locality, with an empty ledger."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loubao.core.disk import make_folder, sync, sync_tree
from loubao.core.faults import Usage
from loubao.core.interruption import no_way_back, unbroken
from loubao.ledger.connection import writing
from loubao.rules import shipped_rules
from loubao.workspace.output_file import held, refusing
from loubao.workspace.settings import LEDGER, shipped_sample

if TYPE_CHECKING:  # the table of the nation is read where a county is asked for
    from loubao.rules.divisions import County

#: Two invented months, and the sheets that came back after the first.
SAMPLE = ("2022-05", "2022-06", "returned-2022-05")
#: What another county begins with: nothing of the place of the shipped rules.
ELSEWHERE: Mapping[str, Any] = {
    **{"medical_over": 40_000, "disability": "2021-01-01", "deadline_days": 15},
    **{"contact": "", "phases": "", "minimum_wage": ""},
}
_ALL = "all"
_LONGEST_CONTACT = 40


def init(
    folder: Path,
    sample: bool = False,
    county: str | None = None,
    answers: Mapping[str, str] | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Make a working folder: a copy of the shipped rules, an empty ledger, a folder for the month.

    With `county` (code or name) villages.csv has its villages, and local.yaml nothing of another
    place. `answers`: keys of ELSEWHERE as they are asked for, see `local_value`. With `sample`, the
    sample months instead of the empty one. With `key` the ledger is encrypted. Raises `Usage` when
    there are rules or sample months already, the folder cannot be written, or an answer or the
    county is not to be understood.
    """
    months: tuple[str, ...] = SAMPLE if sample else ()
    refuse_existing(folder, months)
    where = county_of(county) if county else None
    given = {**(ELSEWHERE if where else {}), **(answers or {})}
    values = {key: local_value(key, str(text)) for key, text in given.items()}
    month = months[0] if sample else f"{date.today():%Y-%m}"
    sources = {"rules": shipped_rules(), **{name: shipped_sample() / name for name in months}}
    drafts = {folder / name: folder / f".{name}.partial" for name in sources}
    with refusing(folder), held(folder):
        make_folder(folder)
        try:
            for target, draft in drafts.items():
                shutil.rmtree(draft, ignore_errors=True)
                shutil.copytree(sources[target.name], draft)
            villages = _localise(folder / ".rules.partial", where, values)
            for draft in drafts.values():
                sync_tree(draft)
            # an empty ledger: from now on `match` posts to it
            with writing(folder / LEDGER, key), no_way_back():
                for target, draft in drafts.items():
                    draft.rename(target)
                make_folder(folder / month)
                sync(folder)
        finally:
            with unbroken():
                for draft in drafts.values():
                    shutil.rmtree(draft, ignore_errors=True)
    return {
        "folder": str(folder),
        "rules": str(folder / "rules"),
        "month": month,
        "sample": list(months),
        "ledger": str(folder / LEDGER),
        "county": where.full if where else None,
        **villages,
    }


def refuse_existing(folder: Path, months: tuple[str, ...] = ()) -> None:
    """Raise `Usage` when `folder` has rules, or one of `months`."""
    for name in ("rules", *months):
        if (folder / name).exists():
            raise Usage(f"{folder} 里已有 {name}，不覆盖；请换一个文件夹或先移走它")


def county_of(text: str) -> County:
    """Return the county of a code or name; raises `Usage`."""
    from loubao.rules.divisions import find

    return find(text)


def _localise(rules: Path, county: County | None, values: dict[str, Any]) -> dict[str, Any]:
    """Write local.yaml, and with a county villages.csv, in a copy of the rules; return counts."""
    from loubao.rules.local import FILE, edited

    counts: dict[str, Any] = {}
    if county is not None:
        from loubao.rules.divisions import prefixes, towns, villages_csv
        from loubao.rules.reading import load_reading

        reading = load_reading(shipped_rules() / "reading.yaml")
        table = villages_csv(county, reading)
        (rules / "villages.csv").write_text(table, encoding="utf-8")
        names = list(towns(county, reading).values())
        counts = {"towns": len(names), "villages": table.count("\n") - 1}
        values = {
            **values,
            **{"name": county.name, "place_prefixes": prefixes(county, reading)},
            **{"within": [county.name, *names], "dibao": []},
        }
    local = rules / FILE
    local.write_text(edited(local.read_text(encoding="utf-8"), values), encoding="utf-8")
    return counts


# -- answers --------------------------------------------------------------------------------------


def local_value(key: str, text: str) -> Any:
    """Return the value that local.yaml has for an answer; raises `Usage`, saying what was expected.

    >>> local_value("medical_over", "4万"), local_value("deadline_days", "15天")
    (40000, 15)
    >>> local_value("disability", "all"), local_value("disability", "2021-01-01")
    ({'cases': 'all'}, {'cases': 'new', 'since': datetime.date(2021, 1, 1)})
    >>> local_value("minimum_wage", "1960 2022-04-01")[0]["monthly"]
    1960
    >>> local_value("phases", "部署 2022-05-01 2022-05-31；落实 2022-06-01 2022-08-31")[1]["name"]
    '落实'
    >>> local_value("phases", ""), local_value("minimum_wage", " "), local_value("contact", "")
    ([], [], '')
    """
    return _READ[key](text.strip())


def _whole(text: str, expected: str) -> int:
    amount = re.fullmatch("([0-9]+(?:[.][0-9]+)?)(万?)(?:元|天)?", text.replace(",", ""))
    number = Decimal(amount[1]) * (10_000 if amount[2] else 1) if amount else Decimal(0)
    if number < 1 or number != int(number) or number > 100_000_000:
        raise Usage(f"“{text}”看不懂，应为{expected}")
    return int(number)


def _medical_over(text: str) -> int:
    return _whole(text, "元数，如 40000")


def _deadline_days(text: str) -> int:
    days = _whole(text, "天数，如 15")
    if days > 366:
        raise Usage(f"“{text}”太多，应不大于 366 天")
    return days


def _contact(text: str) -> str:
    if len(text) > _LONGEST_CONTACT or not text.isprintable():
        raise Usage(f"“{text}”太长，应不超过 {_LONGEST_CONTACT} 个字，如 社会事务办 87000000")
    return text


def _disability(text: str) -> dict[str, Any]:
    if text in {_ALL, "全部"}:
        return {"cases": "all"}
    return {"cases": "new", "since": _day(text, "all（全部），或从哪天起算新增，如 2021-01-01")}


def _minimum_wage(text: str) -> list[dict[str, Any]]:
    if not text:
        return []
    expected = "元数和执行日期，如 1960 2022-04-01"
    amount, _, day = re.sub("[@，,]", " ", text).partition(" ")
    try:
        monthly = Decimal(amount.removesuffix("元"))
    except InvalidOperation:
        raise Usage(f"“{text}”看不懂，应为{expected}") from None
    if not (monthly.is_finite() and 0 < monthly < 1_000_000) or monthly != round(monthly, 2):
        raise Usage(f"“{text}”看不懂，应为{expected}")
    written = int(monthly) if monthly == int(monthly) else float(monthly)
    if not day.strip():
        raise Usage(f"“{text}”没有写执行日期，应为{expected}")
    since = _day(day.strip(), expected)
    return [{"from": since, "monthly": written, "source": "建立文件夹时填写", "checked": True}]


def _phases(text: str) -> list[dict[str, Any]]:
    expected = "名称、起、止，几个阶段用分号隔开，如 摸排 2022-05-01 2022-05-31"
    phases: list[dict[str, Any]] = []
    for phase in filter(None, (each.strip() for each in re.split("[;；]", text))):
        parts = phase.split()
        if len(parts) != 3:
            raise Usage(f"“{phase}”看不懂，应为{expected}")
        first, last = (_day(each, expected) for each in parts[1:])
        if first > last or (phases and phases[-1]["last"] >= first):
            raise Usage(f"“{phase}”的日期前后不对，各阶段应由早到晚、不重叠")
        phases.append({"name": parts[0], "first": first, "last": last})
    return phases


def _day(text: str, expected: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(f"“{text}”看不懂，应为{expected}") from None


_READ = {
    "medical_over": _medical_over,
    "disability": _disability,
    "deadline_days": _deadline_days,
    "contact": _contact,
    "phases": _phases,
    "minimum_wage": _minimum_wage,
}
