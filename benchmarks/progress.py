"""What supervision costs: `loubao progress` on a large ledger, against `import polars` alone.

    python benchmarks/progress.py [--cases 100000] [--events 1000000] [--repeat 7] [--work FOLDER]

Prints Markdown; exit code 1 when the bar fails. The ledger is written directly, a year of months
with every history legal and every standing folded by loubao's own fold; it is kept in `--work`.
Both programs run as whole processes, by turns, after one uncounted run of each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from loubao.core.events import Event
from loubao.ledger.connection import writing
from loubao.ledger.sqlite_file import Connection, transaction
from loubao.ledger.status import standing

MONTHS = tuple(f"2022-{month:02}" for month in range(1, 13))
TOWNS = ("洛阳镇", "东园镇", "张坂镇", "百崎回族乡")
LISTS = ("medical", "disability", "monitored", "children")
VILLAGES = 84
BAR = 3.0
#: about what a line of a village sheet is as JSON
SHOWN = json.dumps({"cells": {f"column{i}": "字" * 16 for i in range(12)}}, ensure_ascii=False)


def place(village: int) -> tuple[str, str, str]:
    """Return town, village and code of a village by its number."""
    return TOWNS[village % len(TOWNS)], f"第{village}村", f"350599{village:06}"


def edition_id(month: int, village: int) -> int:
    """Return the edition of a village's sheet of a month."""
    return month * VILLAGES + village + 1


def history(case_id: int, length: int, chance: random.Random) -> list[tuple[int, Event]]:
    """Return `(posting_id, event)` of one case: months of sheets, answers that say little, an end.

    The posting of month m is 2m + 1, that of the returns to it 2m + 2.
    """
    village = case_id % VILLAGES
    first = chance.randrange(0, 6)
    told: list[tuple[int, Event]] = []

    def tell(posting: int, kind: str, detail: dict[str, object], edition: int | None) -> None:
        day = f"2022-{(posting + 1) // 2:02}-{10 if posting % 2 else 25}"
        told.append((posting, Event(case_id, kind, day, detail, edition)))  # type: ignore[arg-type]

    tell(2 * first + 1, "opened", {"lists": [LISTS[case_id % 4]]}, None)
    for month in range(first, len(MONTHS)):
        if len(told) >= length - 2:
            break
        edition = edition_id(month, village)
        tell(2 * month + 1, "issued", {}, edition)
        if chance.random() < 0.8:
            result = chance.choice(("difficult", "returned", "eligible"))
            tell(2 * month + 2, "verified", {"result": result}, edition)
    last = told[-1][0] + told[-1][0] % 2
    ending = chance.random()
    if ending < 0.3:
        tell(last, "verified", {"result": "ineligible"}, None)
    elif ending < 0.6:
        tell(last, "applied", {}, None)
        if ending < 0.5:
            tell(last, "enrolled", {"by": "sheet"}, None)
    return told


def histories(cases: int, events: int) -> Iterator[list[tuple[int, Event]]]:
    """Return the histories of all cases, about `events` events in all."""
    chance = random.Random(67)
    for case_id in range(1, cases + 1):
        yield history(case_id, events // cases + chance.randrange(-1, 4), chance)


def build(path: Path, cases: int, events: int) -> tuple[int, int]:
    """Write the ledger; return how many events and sheet lines it holds."""
    with writing(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        with transaction(connection):
            _write_frame(connection)
            count = _write_cases(connection, cases, events)
            (lines,) = connection.execute("SELECT count(*) FROM sheet_row").fetchone()
    return count, lines


def _write_frame(connection: Connection) -> None:
    """Postings and editions."""
    for month, name in enumerate(MONTHS):
        for kind, day in (("month", 10), ("return", 25)):
            connection.execute(
                "INSERT INTO posting (kind, month, as_of, posted_at, version, digest, counts,"
                " chain) VALUES (?, ?, ?, ?, '', '', '{}', '')",
                (kind, name, f"{name}-{day}", f"{name}-{day}T08:00:00"),
            )
        connection.executemany(
            "INSERT INTO edition VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, '', '{}')",
            (
                (edition_id(month, v), 2 * month + 1, name, *place(v), f"{name}-10", f"{name}-25")
                for v in range(VILLAGES)
            ),
        )


def _write_cases(connection: Connection, cases: int, events: int) -> int:
    written = 0
    lines: list[tuple[int, int]] = []
    for told in histories(cases, events):
        case_id = told[0][1].case_id
        town, village, code = place(case_id % VILLAGES)
        connection.execute(
            "INSERT INTO cases VALUES (?, ?, 'lead', '000', 2022, ?, ?)",
            (case_id, f"000-2022-{case_id}", case_id, told[0][0]),
        )
        known = []
        for posting, event in told:
            written += 1
            detail = json.dumps(dict(event.detail) | {"answers": {"remark": "字" * 20}})
            connection.execute(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, NULL, ?)",
                (written, posting, case_id, event.kind, event.on_date, event.edition_id, detail),
            )
            known.append(
                Event(
                    case_id,
                    event.kind,
                    event.on_date,
                    event.detail,
                    event.edition_id,
                    None,
                    written,
                    posting,
                )
            )
            if event.kind == "issued":
                lines.append((event.edition_id or 0, case_id))
        state = standing(known)
        connection.execute(
            "INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?, ?)",
            (
                *(case_id, state.status, state.opened_on, state.issued_on, state.edition_id),
                *(state.answered_on, state.answer_posting, state.answer_event, state.closed_on),
                *(state.reason, town, village, code, f"h{case_id // VILLAGES // 3}"),
                json.dumps([LISTS[case_id % 4]]),
            ),
        )
    connection.executemany(
        "INSERT INTO sheet_row VALUES (?, ?, ?, ?, NULL)",
        ((edition, case, i, SHOWN) for i, (edition, case) in enumerate(sorted(lines))),
    )
    return written


def seconds(command: list[str], folder: Path) -> float:
    """Run a command to its end and return the seconds it took; stop where it fails."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOUBAO_")}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace"))
    return taken


def measured(folder: Path, ledger: Path, repeat: int) -> dict[str, list[float]]:
    """Return the seconds of each program, run by turns."""
    python = sys.executable
    loubao = [str(Path(python).with_name("loubao")), "progress", "--ledger", str(ledger)]
    programs: dict[str, Callable[[], float]] = {
        "import polars": lambda: seconds([python, "-c", "import polars"], folder),
        "loubao progress": lambda: seconds(loubao, folder),
        "loubao progress --by village --json": lambda: seconds(
            [*loubao, "--by", "village", "--json"], folder
        ),
        "loubao progress --by list": lambda: seconds([*loubao, "--by", "list"], folder),
    }
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(repeat + 1):
        for name, program in programs.items():
            spent = program()
            if turn:
                taken[name].append(spent)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--work", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.work or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        ledger = folder / f"progress-{chosen.cases}-{chosen.events}.db"
        if not ledger.exists():
            partial = ledger.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            build(partial, chosen.cases, chosen.events)
            partial.rename(ledger)
        taken = measured(folder, ledger, chosen.repeat)
        report(taken, ledger)
    base = median(taken["import polars"])
    sys.exit(int(any(median(spent) > BAR * base for spent in taken.values())))


def report(taken: dict[str, list[float]], ledger: Path) -> None:
    """Print the table."""
    from loubao.ledger.connection import reading

    with reading(ledger) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("cases", "event", "sheet_row")
        ]
    base = median(taken["import polars"])
    print("# `loubao progress`, measured\n")
    print(
        "A ledger of {:,} cases, {:,} events and {:,} sheet lines ({:.0f} MB).\n".format(
            *counts, ledger.stat().st_size / 1e6
        )
    )
    print("| | s | fastest–slowest | / import polars | bar | |")
    print("|---|--:|--:|--:|--:|---|")
    for name, spent in taken.items():
        ratio = median(spent) / base
        bar = "" if name == "import polars" else f"≤ {BAR:.0f}"
        holds = "" if not bar else "holds" if ratio <= BAR else "**fails**"
        span = f"{min(spent):.2f}–{max(spent):.2f}"
        print(f"| `{name}` | {median(spent):.2f} | {span} | {ratio:.2f} | {bar} | {holds} |")


if __name__ == "__main__":
    main()
