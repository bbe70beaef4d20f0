"""Whether progress, the circular and what villages answered say the same."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village import Case

from desk import Desk

if TYPE_CHECKING:
    from county import Run

SAID = (
    r"本月共下发核查 (\d+) 人（(\d+) 户），已回收 (\d+) 人，"
    r"已核查 (\d+) 人.*?已纳入 (\d+) 人"
)


def progress_of(desk: Desk, name: str, on: date, out: Path) -> dict[str, Any]:
    """What progress says of a month; the circular lies in `out` afterwards."""
    found = desk.run("progress", "--month", name, "--as-of", str(on), "--out", str(out))
    return {k: v for k, v in found.items() if k != "out"}


def agree(run: Run, name: str, progress: dict[str, Any], on: date) -> None:
    """Compare progress with the circular, with its villages, with what was answered."""
    people = progress["this_month"]["total"]["people"]
    households = progress["this_month"]["total"]["households"]
    with zipfile.ZipFile(run.work / "督查/通报.docx") as packed:
        text = re.sub("<[^>]+>", "", packed.read("word/document.xml").decode())
    found = re.search(SAID, text)
    keys = (people["issued"], households["issued"], *(people[k] for k in RETURNED))
    told = tuple(int(g) for g in found.groups()) if found else None
    run.same("progress and the circular", told, keys)
    by_village = run.desk.run("progress", "--month", name, "--as-of", str(on), "--by", "village")
    total = sum(r["people"]["issued"] for r in by_village["this_month"]["rows"])
    run.same("progress: villages sum to the total", total, people["issued"])
    mine = counts_of(run.cases, run.month)
    for key, result in (
        ("ineligible", "ineligible"),
        ("difficult", "difficult"),
        ("sent_back", "returned"),
    ):
        office = sum(_overtaken(case, run.month, result) for case in run.cases.values())
        run.checked["progress and what villages answered"] += 1
        if abs(people[key] - mine[result]) > office:
            told_by = f"{key}: progress {people[key]}, villages {mine[result]}, office {office}"
            run.fail("progress and what villages answered", told_by)


RETURNED = ("returned", "verified", "enrolled")


def _overtaken(case: Case, month: int, result: str) -> bool:
    """Whether the office changed this result of the month's sheet, or gave it."""
    events = [e for e in case.events if e.month == month]
    return any(e.by == "office" for e in events) and any(e.result == result for e in events)


def counts_of(cases: dict[str, Case], month: int) -> Counter[str]:
    """The last result of villages of each person on the sheets of a month, earlier months too."""
    found: Counter[str] = Counter()
    for case in cases.values():
        events = [e for e in case.events if e.month <= month and e.by == "village"]
        if events and month in case.on_sheet:
            found[events[-1].result] += 1
    return found
