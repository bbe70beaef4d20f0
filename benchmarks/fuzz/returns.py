"""Village sheets as villages return them, with the truth of which answer belongs to whom.

A trial fills in the sheets of a month (each answer with a token in 备注), does to them what
villages do, collects them into a copy of the ledger and looks for the tokens there: under the right
case, with the right result, once; or told in 回收问题.xlsx. The ledger is read as any SQLite file.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import exports
import openpyxl
from trial import RULES, Failure, crashed
from village_habits import HABITS, Habit, load
from warm import cold

from pages import RESULTS, Answer, Page

TEMPLATES: dict[int, Path] = {}


def template(number: int) -> Path:
    """A month matched twice with a ledger: `out1` and, after three more people, `out2`."""
    if number not in TEMPLATES:
        base = Path(tempfile.mkdtemp(prefix="fuzz-returns-"))
        month = exports.clean(9000 + number)
        month.save(base)
        match(base, "out1")
        kind = next(kind for kind in month.books if kind in exports.COVERED_BY)
        for _ in range(3):
            exports.add(
                month, kind, month.crowd.draw(3, 16) if kind == "children" else month.crowd.draw()
            )
        shutil.rmtree(base / "2022-06")
        month.save(base)
        match(base, "out2")
        TEMPLATES[number] = base
    return TEMPLATES[number]


def match(base: Path, out: str) -> None:
    """The monthly run of a template."""
    result = cold(
        "match",
        base / "2022-06",
        "--rules",
        RULES,
        "--out",
        base / out,
        "--ledger",
        base / "loubao.db",
    )
    assert result.returncode == 0, result.stderr + result.stdout


def trial(seed: int, only: str, base: Path, run: Any = cold) -> tuple[str, str, list[Failure], int]:
    """One set of returned sheets."""
    rng = random.Random(seed)
    load()
    made = template(seed % 3)
    kind = only or rng.choice(sorted(HABITS))
    habit = HABITS[kind]
    ledger = base / "loubao.db"
    shutil.copy(made / "loubao.db", ledger)
    pages = []
    for number, path in enumerate(sorted((made / "out2" / "核查表").rglob("*.xlsx"))):
        page = Page.read(path, made / "out2" / "核查表")
        page.fill(rng, 1000 * number)
        pages.append(page)
    rng.shuffle(pages)
    pages = pages[:4]
    detail = habit.apply(pages, rng) or ""
    failures, code = [], 0
    for round_number in (1, 2):
        folder = base / "returned"
        for page in pages if round_number == 1 else ():
            page.save(folder)
        result = run(
            "collect",
            folder,
            "--ledger",
            ledger,
            "--rules",
            RULES,
            "--as-of",
            "2022-07-20",
            "--out",
            base / f"collected{round_number}",
            "--json",
        )
        code = result.returncode
        if crashed(result):
            return kind, detail, [Failure("crash", (result.stderr or result.stdout)[-400:])], code
        if code:
            grade = (
                "refused"
                if any(Path(page.file).name in result.stderr + result.stdout for page in pages)
                else "unnamed"
            )
            failures.append(Failure(grade, f"exit {code} {(result.stderr + result.stdout)[-300:]}"))
            return kind, detail, failures, code
        events = tokens(ledger)
        if round_number == 1:
            first = events
            failures += judge(
                pages, habit, events, told_rows(base / "collected1" / "回收问题.xlsx"), ledger
            )
        elif events != first:
            failures.append(
                Failure(
                    "posted twice",
                    f"second collect: {sorted(set(map(str, events)) ^ set(map(str, first)))[:5]}",
                )
            )
    return kind, detail, failures, code


def tokens(ledger: Path) -> list[tuple[str, str, str]]:
    """(case number, kind of event, detail) of all that was posted of answers."""
    with sqlite3.connect(ledger) as connection:
        return connection.execute(
            "SELECT case_no, event.kind, detail FROM event JOIN cases USING (case_id) "
            "WHERE detail LIKE '%答%' ORDER BY event_id"
        ).fetchall()


def told_rows(path: Path) -> set[tuple[str, int | None]]:
    """(file, row) of each thing told; None for a whole file."""
    told: set[tuple[str, int | None]] = set()
    workbook = openpyxl.load_workbook(path)
    for line in workbook.worksheets[-1].iter_rows(min_row=3, values_only=True):
        if line[0] is None:
            continue
        rows: list[int] = []
        for part in re.findall(r"[0-9]+(?:-[0-9]+)?", str(line[2])):
            first, _, last = part.partition("-")
            rows += range(int(first), int(last or first) + 1)
        told |= {(str(line[0]), row) for row in rows} or {(str(line[0]), None)}
    return told


def judge(
    pages: list[Page],
    habit: Habit,
    events: list[tuple[str, str, str]],
    told: set[tuple[str, int | None]],
    ledger: Path,
) -> Iterator[Failure]:
    """Each answer: under its own case once with its own result, or told."""
    seen: set[str] = set()
    for page in pages:
        for row in page.answered():
            answer = page.answers[row]
            assert answer is not None
            # a row that some printed page shows further down is told by its row there
            said = (page.file, row + 1) in told or (page.file, None) in told
            yield from one(
                answer, habit, events, said or answer.token in seen, f"{page.file} row {row + 1}"
            )
            seen.add(answer.token)
    known = {name for page in pages for name in page.extra["names"]}
    for case, name in opened(ledger):
        if name in known:
            yield Failure("doubled", f"a new case {case} for {name}, who has one")


def opened(ledger: Path) -> list[tuple[str, str]]:
    """(case number, name) of the people that a village added."""
    with sqlite3.connect(ledger) as connection:
        return connection.execute(
            "SELECT case_no, name FROM sighting JOIN cases USING (case_id) "
            "WHERE list = 'village_report'"
        ).fetchall()


def posted(detail: str) -> str:
    """The result that an event says was answered."""
    return RESULTS.get(json.loads(detail).get("answers", {}).get("result", ""), "")


def one(
    answer: Answer, habit: Habit, events: list[tuple[str, str, str]], said: bool, where: str
) -> Iterator[Failure]:
    """The fate of one answer."""
    mine = [event for event in events if answer.token in event[2] and event[1] != "corrected"]
    line = f"{where} {answer.case} {answer.name} {answer.word!r}"
    for case, kind, detail in mine:
        if answer.case and case != answer.case and kind != "opened" and not said:
            yield Failure("misgiven", f"{line}: posted under {case}: {detail[:200]}")
        elif kind != "opened" and answer.result and posted(detail) != answer.result:
            yield Failure("other result", f"{line}: {detail[:200]}")
        elif kind == "opened" and answer.case and not said:
            yield Failure("other person", f"{line}: a new case {case} was opened: {detail[:200]}")
    if len([event for event in mine if event[1] != "opened"]) > 1:
        yield Failure("posted twice", f"{line}: {mine}")
    if not mine and not said:
        yield Failure("lost", line)
    if not mine and said and habit.must and answer.must:
        yield Failure("told only", line)
