"""Examine a run of the monthly job on an invented district.

    python examine.py OUT DATA [--examples FILE]

OUT is the output folder of the run, DATA the folder that was read (its truth is
in DATA-truth beside it). Exit code 1 when a bar fails, 2 when a file is missing.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from pathlib import Path

from examination.bars import Bar, bars
from examination.evidence import matched, run_of, truth_of

MOST = 10


def _wide(text: str, width: int) -> str:
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, width - taken)


def _table(found: list[Bar]) -> str:
    verdict = {True: "holds", False: "FAILS", None: ""}
    lines = [f"{'':46} {'found':34} {'bar':9} "]
    lines += [
        f"{_wide(b.name, 46)} {_wide(b.value, 34)} {b.bar:9} {verdict[b.holds]}" for b in found
    ]
    return "\n".join(line.rstrip() for line in lines)


def _examples(found: list[Bar], most: int) -> str:
    parts = []
    for bar in found:
        if bar.examples:
            parts.append(f"== {bar.name}: {bar.value}")
            parts += bar.examples[:most]
            parts.append("")
    return "\n".join(parts)


def main() -> int:
    """Read the command line, print the table; the exit code."""
    parser = argparse.ArgumentParser(description="Judge a run against the truth.")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--examples", type=Path, help="write examples of each failure here")
    parser.add_argument("--most", type=int, default=MOST, help="examples for each line")
    args = parser.parse_args()
    try:
        truth, run = truth_of(args.data), run_of(args.out)
    except FileNotFoundError as missing:
        print(f"missing: {missing.filename}", file=sys.stderr)
        return 2
    found = bars(truth, run, matched(truth, run), args.data)
    version = json.loads(run.manifest).get("version", "?")
    people, rows = len(truth.people), len(truth.mentions)
    read = f"{len(run.records)} records, {len(run.issues)} issues"
    made = f"{len(run.decisions)} decisions, {len(run.cases)} cases"
    print(f"version {version}: {rows} mentions of {people} people; {read}; {made}\n")
    print(_table(found))
    if args.examples:
        args.examples.write_text(_examples(found, args.most), encoding="utf-8")
    return int(any(bar.holds is False for bar in found))


if __name__ == "__main__":
    raise SystemExit(main())
