"""What a large ledger costs the monthly job: `loubao match` with it and without, by turns.

    python benchmarks/ledger.py DATA [--cases 100000] [--events 1000000] [--repeat 3] [--work DIR]

DATA is a month of exports (`benchmarks/district/make.py --scale 10`: one of 90,000 people). The
ledger is begun by a match of the same files a month earlier and filled up with invented people,
most of whose cases are closed. Prints Markdown; exit code 1 when the bar fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from loubao.core.events import Event
from loubao.ledger.connection import writing
from loubao.ledger.sqlite_file import Connection, transaction
from loubao.ledger.status import standing

BAR = 2.0
BEFORE, MONTH = "2022-05", "2022-06"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红金凤梅云莲真环雪荣爱妹香月莺媛"
ENDINGS = ("ineligible",) * 12 + ("enrolled",) * 6 + ("eligible", "unverified")


def number(chance: random.Random) -> str:
    """Return an ID number on a division code that was never given out."""
    day = f"{chance.randrange(1930, 2020)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    first = f"350599{day}{chance.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    return first + "10X98765432"[rest]


def born(id_number: str) -> str:
    """Return the birth date of an ID number."""
    return f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"


def history(case: int, ending: str, length: int) -> list[Event]:
    """Return events of one case, as many as asked for or a few less."""
    told = [Event(case, "opened", f"{BEFORE}-02", {"lists": ["medical"]})]
    while len(told) < length - 2:
        told.append(Event(case, "issued", f"{BEFORE}-02", {}))
        told.append(Event(case, "verified", f"{BEFORE}-20", {"result": "difficult"}))
    told.append(Event(case, "issued", f"{BEFORE}-21", {}))
    if ending in {"ineligible", "eligible"}:
        lists = ["medical", "disability", "monitored", "children"]
        told.append(Event(case, "verified", f"{BEFORE}-28", {"result": ending, "lists": lists}))
    elif ending == "enrolled":
        told.append(Event(case, "enrolled", f"{BEFORE}-28", {"by": "roll", "list": "dibao"}))
    return told


def fill(connection: Connection, cases: int, events: int) -> tuple[int, int]:
    """Add invented people until there are `cases`; return how many cases and events there are."""
    chance = random.Random(5)
    (known,) = connection.execute("SELECT count(*) FROM cases").fetchone()
    (first,) = connection.execute("SELECT coalesce(max(event_id), 0) + 1 FROM event").fetchone()
    homes = connection.execute(
        "SELECT DISTINCT town, village, village_code FROM standing"
    ).fetchall()
    with transaction(connection):
        for case in range(known + 1, cases + 1):
            town, village, code = homes[case % len(homes)]
            told = history(case, chance.choice(ENDINGS), events // cases)
            name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
            id_number = number(chance)
            connection.execute(
                "INSERT INTO cases VALUES (?, ?, 'lead', '999', 2022, ?, 1)",
                (case, f"999-2022-{case:05}", case),
            )
            connection.execute(
                "INSERT INTO sighting (case_id, posting_id, list, name, name_key, id_number,"
                " id_status, id_pattern, birth_date, town, village, village_code)"
                " VALUES (?, 1, 'medical', ?, ?, ?, 'valid', ?, ?, ?, ?, ?)",
                (case, name, name, id_number, id_number, born(id_number), town, village, code),
            )
            connection.executemany(
                "INSERT INTO event VALUES (?, 1, ?, ?, ?, NULL, NULL, ?)",
                (
                    (first + i, case, e.kind, e.on_date, json.dumps(e.detail))
                    for i, e in enumerate(told)
                ),
            )
            state = standing(told)
            connection.execute(
                "INSERT INTO standing (case_id, status, opened_on, issued_on, answered_on,"
                " answer_event, closed_on, reason, town, village, village_code, household, lists)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[\"medical\"]')",
                (
                    *(case, state.status, state.opened_on, state.issued_on, state.answered_on),
                    first + len(told) - 1 if state.answered_on else None,
                    *(state.closed_on, state.reason, town, village, code, f"H{case:07}"),
                ),
            )
            first += len(told)
    return max(known, cases), first - 1


def match(data: Path, out: Path, as_of: str, ledger: Path | None) -> float:
    """Run the command to its end and return the seconds it took; stop where it fails."""
    command = [str(Path(sys.executable).with_name("loubao")), "match", str(data), "--quiet"]
    command += ["--out", str(out), "--as-of", as_of]
    command += ["--ledger", str(ledger)] if ledger else []
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOUBAO_")}
    start = time.perf_counter()
    done = subprocess.run(command, env=kept, capture_output=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.work or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        ledger = folder / f"ledger-{chosen.cases}.db"
        if not ledger.exists():
            match(chosen.data, folder / "before", f"{BEFORE}-28", ledger)
            with writing(ledger) as connection:
                fill(connection, chosen.cases, chosen.events)
        with writing(ledger) as connection:
            (cases,) = connection.execute("SELECT count(*) FROM cases").fetchone()
            (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
        taken: dict[str, list[float]] = {"without": [], "with": []}
        for _ in range(chosen.repeat):
            taken["without"].append(match(chosen.data, folder / "alone", f"{MONTH}-28", None))
            copy = folder / "copy.db"
            shutil.copyfile(ledger, copy)
            taken["with"].append(match(chosen.data, folder / "known", f"{MONTH}-28", copy))
            copy.unlink()
        ratio = median(taken["with"]) / median(taken["without"])
        print(
            f"A ledger of {cases:,} cases and {events:,} events, {chosen.repeat} runs by turns.\n"
        )
        print("| loubao match | seconds (median, least–most) |\n| --- | --- |")
        for name, times in taken.items():
            spread = f"{median(times):.2f} ({min(times):.2f}–{max(times):.2f})"
            print(f"| {name} the ledger | {spread} |")
        print(f"\nratio {ratio:.2f} (bar {BAR:g}): {'holds' if ratio <= BAR else 'FAILS'}")
        raise SystemExit(0 if ratio <= BAR else 1)


if __name__ == "__main__":
    main()
