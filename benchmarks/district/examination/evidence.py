"""Load the truth and the run, and say which record is which person."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

Place = tuple[str, str, int]  # file, sheet ("" where a file has people on one sheet only), row


@dataclass(frozen=True, slots=True)
class Mention:
    """A person named in a row, in truth."""

    place: Place
    member: int
    person: str
    list: str
    role: str
    faults: str
    qualifies: bool | None


@dataclass(frozen=True, slots=True)
class Truth:
    """The district as it is."""

    mentions: list[Mention]
    people: dict[str, dict[str, str]]
    kinds: dict[Place, str]
    several: frozenset[str]  # files with people on more than one sheet

    def place(self, file: str, sheet: str, row: int) -> Place:
        """Where a row stands; the sheet counts only where a file has several with people."""
        return (file, sheet if file in self.several else "", row)


@dataclass(frozen=True, slots=True)
class Run:
    """What the run wrote; rows are dictionaries by the columns of the contract."""

    records: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    issues: list[dict[str, Any]]
    manifest: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Records joined with the truth."""

    by_record: dict[int, Mention]
    judged: list[tuple[Mention, dict[str, Any]]]
    unread: list[Mention]  # mentions without a record
    strangers: list[dict[str, Any]]  # records of what is no person's row, or of one person too many


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def truth_of(data: Path) -> Truth:
    """The truth beside DATA, in `<DATA>-truth`."""
    folder = data.parent / f"{data.name}-truth"
    raw = list(_rows(folder / "truth.csv"))
    sheets: dict[str, set[str]] = {}
    for row in raw:
        sheets.setdefault(row["file"], set()).add(row["sheet"])
    several = frozenset(file for file, names in sheets.items() if len(names) > 1)
    people = {row["person"]: row for row in _rows(folder / "people.csv")}
    truth = Truth([], people, {}, several)
    for row in raw:
        place = truth.place(row["file"], row["sheet"], int(row["row"]))
        verdict = {"true": True, "false": False}.get(row["qualifies"])
        truth.mentions.append(
            Mention(place, int(row["member"]), row["person"], row["list"], row["role"],
                    row["faults"], verdict)
        )  # fmt: skip
    for row in _rows(folder / "rows.csv"):
        file, sheet = row["file"], row["sheet"]
        if file in several or sheet in sheets[file]:  # else a sheet of notes beside the people
            truth.kinds[truth.place(file, sheet, int(row["row"]))] = row["kind"]
    return truth


def run_of(out: Path) -> Run:
    """The frames of an output folder."""

    def frame(name: str, columns: list[str]) -> list[dict[str, Any]]:
        return pl.read_parquet(out / "data" / f"{name}.parquet", columns=columns).to_dicts()

    return Run(
        frame("records", ["record_id", "file", "sheet", "row", "member", "list", "role",
                          "name_raw", "qualifies", "village_code"]),
        frame("decisions", ["left_id", "right_id", "decision", "tier"]),
        frame("cases", ["case_no", "record_ids", "status", "candidate_ids"]),
        frame("issues", ["file", "sheet", "row", "code"]),
        (out / "run.json").read_text(encoding="utf-8"),
    )  # fmt: skip


def matched(truth: Truth, run: Run) -> Matched:
    """Join records and mentions on their row, in the order of the members within it."""
    by_place: dict[Place, list[Mention]] = {}
    for mention in truth.mentions:
        by_place.setdefault(mention.place, []).append(mention)
    read: dict[Place, list[dict[str, Any]]] = {}
    for record in run.records:
        place = truth.place(record["file"], record["sheet"], record["row"])
        read.setdefault(place, []).append(record)
    found = Matched({}, [], [], [])
    for place, mentions in by_place.items():
        records = sorted(read.pop(place, []), key=lambda r: int(r["member"]))
        mentions.sort(key=lambda m: m.member)
        for mention, record in zip(mentions, records, strict=False):
            found.by_record[record["record_id"]] = mention
            found.judged.append((mention, record))
        found.unread.extend(mentions[len(records) :])
        found.strangers.extend(records[len(mentions) :])
    for records in read.values():
        found.strangers.extend(records)
    return found


def absent_inputs(data: Path, run: Run) -> list[str]:
    """Files of DATA whose SHA-256 the manifest does not hold."""
    return [
        path.name
        for path in sorted(data.iterdir())
        if hashlib.sha256(path.read_bytes()).hexdigest() not in run.manifest
    ]
