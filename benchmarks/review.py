"""The June sample's doubtful pairs, decided by truth through the page and its keys.

    python benchmarks/review.py [WORK]

Makes the sample, matches May, collects, matches June; opens `loubao review` in a headless Chromium
and answers every question as the truth says, by keys alone; matches June again. Prints the time
from a key to the next person painted, whether each verdict is honoured, how many visits are saved,
and who in need has left the sheets (nobody may). Needs the extras `review` and `test`.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser import Browser, browser

from loubao.ledger.connection import reading
from loubao.ledger.editions import all_editions
from loubao.ledger.lookup import newest_editions, sheet_rows
from loubao.ledger.status import rows_asked

ROOT = Path(__file__).resolve().parents[1]
_PLACE = re.compile(r"([^；\n]+?)(?: “([^”]+)”)?第(\d+)行")
_CANDIDATES = (
    "[...document.querySelectorAll('tr.sum:last-of-type td small:last-child')]"
    ".map(e => e.innerText)"
)
#: Milliseconds until the decision was on the disk and its answer back in the browser.
_KEPT = (
    "(e => e.redirectEnd - e.redirectStart)"
    "(performance.getEntriesByType('resource').filter(e => e.initiatorType === 'fetch').at(-1))"
)
_LOUBAO = (sys.executable, "-m", "loubao")


def main() -> int:
    """Sit through June; return 1 where a verdict is not honoured or somebody in need is lost."""
    work = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()) / "sample"
    _run(work.parent, "init", str(work), "--sample")
    for step in (
        ["match", "2022-05"],
        ["collect", "returned-2022-05", "--as-of", "2022-06-20"],
        ["match", "2022-06"],
    ):
        _run(work, *step)
    out = work / "out" / "2022-06"
    before = _frames(out)
    truth = Truth(before)
    seconds, commits, answers = sit(work, truth)
    _run(work, "match", "2022-06")
    after = _frames(out)
    kept, others = _honoured(work / "loubao.db")
    gone = truth.on_sheets(before) - truth.on_sheets(after)
    lost = gone & truth.must
    one = sum(choice == "same" for choice in answers.values())
    print(f"questions            {len(answers)}, of them one person {one}")
    for what, each in (("key to next person", seconds), ("of that to be kept", commits)):
        times = f"median {1000 * statistics.median(each):.0f} ms, most {1000 * max(each):.0f} ms"
        print(f"{what:20} {times}; load {os.getloadavg()[0]:.1f}")
    print(f"verdicts honoured    {sum(kept)} of {len(kept)}; of {others} people another candidate"
          " is asked about now")  # fmt: skip
    print(f"people on sheets     {len(truth.on_sheets(before))} -> {len(truth.on_sheets(after))}")
    print(f"in need and gone     {len(lost)}")
    return int(bool(lost) or not all(kept))


class Truth:
    """Who stands in which row, and who must be visited, as the sample's truth says."""

    def __init__(self, frames: dict[str, pl.DataFrame]) -> None:
        folder = ROOT / "sample_data" / "truth"
        rows = pl.read_csv(folder / "2022-06.csv", infer_schema=False).with_columns(
            pl.col("sheet").fill_null("")
        )
        self.at: dict[tuple[str, str, int], set[str]] = {}
        for file, sheet, row, person in rows.select("file", "sheet", "row", "person").iter_rows():
            self.at.setdefault((file, sheet, int(row)), set()).add(person)
            self.at.setdefault((file, "", int(row)), set()).add(person)
        self._member = {
            (file, sheet, int(row), int(member)): person
            for file, sheet, row, member, person in rows.select(
                "file", "sheet", "row", "member", "person"
            ).iter_rows()
        }
        people = pl.read_csv(folder / "people-2022-06.csv", infer_schema=False)
        self.must = set(people.filter(pl.col("expected") == "uncovered")["person"])
        self.case = self._cases(frames)

    def _cases(self, frames: dict[str, pl.DataFrame]) -> dict[str, str]:
        place = frames["records"].select("record_id", "file", "sheet", "row", "member")
        by_id = {each[0]: self._member.get(each[1:]) for each in place.iter_rows()}
        return {
            case_no: person
            for case_no, ids in frames["cases"].select("case_no", "record_ids").iter_rows()
            if (person := next((by_id.get(i) for i in ids if by_id.get(i)), None))
        }

    def on_sheets(self, frames: dict[str, pl.DataFrame]) -> set[str]:
        """The people of the cases on the sheets."""
        return {person for person in self._cases(frames).values() if person}


def sit(work: Path, truth: Truth) -> tuple[list[float], list[float], dict[str, str]]:
    """Answer every question by keys; return the seconds of each, those in which it was kept, and
    the choice of each case.
    """
    server = subprocess.Popen(
        [*_LOUBAO, "review", "--reader", "甲", "--no-browser"],
        cwd=work,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    address = server.stdout.readline().split("：", 1)[1].strip()
    seconds: list[float] = []
    kept: list[float] = []
    answers: dict[str, str] = {}
    with browser(work / "profile") as page:
        page.open(address)
        while page.ask("!!document.getElementById('answer')"):
            case_no, place = _asked(page, truth)
            if place is not None:
                page.type(str(place + 1))
            seconds.append(page.press("n" if place is None else "y"))
            kept.append(page.ask(_KEPT) / 1000)
            answers[case_no] = "different" if place is None else "same"
        page.ask("document.querySelector('form[action$=end] button').click()")
        time.sleep(1)
    server.wait(20)
    return seconds, kept, answers


def _asked(page: Browser, truth: Truth) -> tuple[str, int | None]:
    """The case that is asked about, and which candidate is its person."""
    case_no = str(page.ask("document.querySelector('h2 small').innerText")).split()[0]
    person = truth.case.get(case_no)
    for place, text in enumerate(page.ask(_CANDIDATES)):
        found = {
            (file.strip().splitlines()[-1], sheet or "", int(row))
            for file, sheet, row in _PLACE.findall(text)
        }
        if any(person in truth.at.get(spot, ()) for spot in found):
            return case_no, place
    return case_no, None


def _honoured(ledger: Path) -> tuple[list[bool], int]:
    """Whether the sheets in force ask no more about each pair that was decided; and how many of
    the people are asked about another candidate now.
    """
    with reading(ledger) as connection:
        decided = connection.execute("SELECT DISTINCT case_id, other FROM judgement").fetchall()
        newest = newest_editions(connection, {case for case, _ in decided})
        lines = sheet_rows(connection, ((edition, case) for case, edition in newest.items()))
        editions = all_editions(connection)
        month = max(each.month for each in editions.values())
    asked = {
        case: set(rows_asked(candidate))
        for (edition, case), (_, candidate) in lines.items()
        if candidate and editions[edition].month == month and not editions[edition].superseded
    }
    kept = [other not in asked.get(case, ()) for case, other in decided]
    return kept, len({case for case, _ in decided} & asked.keys())


def _frames(out: Path) -> dict[str, pl.DataFrame]:
    return {
        name: pl.read_parquet(out / "data" / f"{name}.parquet")
        for name in ("records", "decisions", "cases")
    }


def _run(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [*_LOUBAO, *arguments, "--json"], cwd=folder, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(json.dumps(done.stdout[-500:]))


if __name__ == "__main__":
    sys.exit(main())
