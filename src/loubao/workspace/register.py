"""What a register says of the people of a month: who is covered elsewhere (`match --register`).

It is read in slices. The rows that share a blocking key with one of the people are kept, and read
once more as the sheet of any roll is (`ingest`); of these only the rows that are in a pair become
records: everybody else on the register is none of the month's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from loubao.core import frames
from loubao.followup.month import OnRegister
from loubao.ingest.habits import Habits, habits
from loubao.ingest.issues import in_words
from loubao.ingest.linkable import linkable
from loubao.ingest.records import records as records_of
from loubao.ingest.sheets.account import Part
from loubao.linkage import link_beside
from loubao.linkage.blocking import oversized_issues
from loubao.linkage.model import Model
from loubao.linkage.sieve import Sieve
from loubao.rules.folder import Rules
from loubao.rules.linking import LINK_FIELDS, LinkRules, load_linking
from loubao.workspace.register_files import SLICE, Register, RegisterFile
from loubao.workspace.stages import Timings


@dataclass(frozen=True)
class Beside:
    """What a register says of some people.

    found    RECORDS of its rows that are in a pair, DECISIONS on the people and these
    issues   ISSUES, without names or numbers
    model    what agreement was worth
    account  what run.json says
    seconds  that it took
    """

    found: OnRegister
    issues: pl.DataFrame
    model: Model
    account: dict[str, Any]
    seconds: float


def look_up(
    register: Register, people: pl.DataFrame, first_id: int, rules: Rules, as_of: date
) -> Beside:
    """Find `people` (LINKABLE) in a register; its records are numbered from `first_id` on.

    Raises `UntrustedInput` where a slice cannot be read, or a file changed in the meantime.
    """
    timings = Timings()
    with timings.stage("register"):
        sieve = Sieve(people, rules.matching, register.rows)
        kept, odd = _kept(register, sieve, rules)
        parts = [file.part(rows, rules) for file, rows in kept]
        rows, issues = frames.empty(frames.RECORDS), frames.empty(frames.ISSUES)
        if any(part.account.counts["people"] for part in parts):
            rows, issues = records_of(parts, rules, as_of)
        rows = rows.with_columns(pl.col("record_id") - 1 + first_id)
        linked = link_beside(people, rows, sieve.tables(), rules.matching)
        paired = linked.decisions.select(record_id="right_id")
        found = OnRegister(
            rows.join(paired, on="record_id", how="semi", maintain_order="left"), linked.decisions
        )
    return Beside(
        found=found,
        issues=_issues(issues, found.records, sieve, odd, rules),
        model=linked.model,
        account={
            **_account(register, kept, parts, found, odd),
            "unused_columns": register.files[0].unread(rules.discretion),
        },
        seconds=timings.seconds["register"],
    )


def _kept(
    register: Register, sieve: Sieve, rules: Rules
) -> tuple[list[tuple[RegisterFile, pl.DataFrame]], dict[str, Counter[str]]]:
    """The rows of each file that may be somebody, as texts, and its odd cells by code.

    A slice is read while the one before is cleaned and compared.
    """
    link_rules = load_linking(rules.folder)
    kept: list[tuple[RegisterFile, pl.DataFrame]] = []
    odd: dict[str, Counter[str]] = {each.file: Counter() for each in register.files}
    seen: dict[str, Habits] = {}
    register.progress("register", 0, register.rows)
    with ThreadPoolExecutor(1) as reader:
        for batch in _ahead(_batches(register), reader):
            cleaned = []
            for file, rows in batch:
                frame, found = _cleaned(file, rows, seen, link_rules)
                odd[file.file].update(found)
                cleaned.append(frame)
            places = sieve.kept(pl.concat(cleaned))
            start = 0
            for file, rows in batch:
                own = places.filter((places >= start) & (places < start + rows.height))
                kept += [(file, rows[own - start])] if own.len() else []
                start += rows.height
            register.progress("register", sieve.rows, register.rows)
    for each in register.files:
        each.refuse_changed()
    return _by_file(kept) or [(register.files[0], register.files[0].no_rows())], odd


def _batches(register: Register) -> Iterator[list[tuple[RegisterFile, pl.DataFrame]]]:
    """The rows in batches of about a slice: Spark leaves many small files."""
    batch: list[tuple[RegisterFile, pl.DataFrame]] = []
    for file in register.files:
        for rows in file.slices():
            batch.append((file, rows))
            if sum(part.height for _, part in batch) >= SLICE:
                yield batch
                batch = []
    if batch:
        yield batch


def _ahead(
    batches: Iterator[list[tuple[RegisterFile, pl.DataFrame]]], reader: ThreadPoolExecutor
) -> Iterator[list[tuple[RegisterFile, pl.DataFrame]]]:
    """The same, each read by `reader` while the one before is at work."""
    coming = reader.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = reader.submit(next, batches, None)
        yield batch


def _cleaned(
    file: RegisterFile, rows: pl.DataFrame, seen: dict[str, Habits], rules: LinkRules
) -> tuple[pl.DataFrame, dict[str, int]]:
    """LINKABLE of a slice, and its odd cells: what is enough to tell whether it may be somebody.

    All slices of a file are read as the first has shown (`seen`).
    """
    columns = tuple(c for c in file.fit.columns if c.field in LINK_FIELDS)
    fit = replace(file.fit, columns=columns)
    if file.file not in seen:
        seen[file.file] = habits(rows, fit, rules)
    return linkable(rows, fit, seen[file.file], rules, "right")


def _by_file(
    kept: Iterable[tuple[RegisterFile, pl.DataFrame]],
) -> list[tuple[RegisterFile, pl.DataFrame]]:
    found: dict[str, tuple[RegisterFile, list[pl.DataFrame]]] = {}
    for file, rows in kept:
        found.setdefault(file.file, (file, []))[1].append(rows)
    return [(file, pl.concat(parts)) for file, parts in found.values()]


# --- told -------------------------------------------------------------------------------------


def _issues(
    of_kept: pl.DataFrame,
    found: pl.DataFrame,
    sieve: Sieve,
    odd: Mapping[str, Counter[str]],
    rules: Rules,
) -> pl.DataFrame:
    """ISSUES: of the rows in a pair cell by cell, of rows that say nobody by file, of keys.

    What is odd in the row of somebody else is for those who keep the register.
    """
    place = ["file", "row"]
    of_rows = of_kept.join(found.select(place).unique(), on=place, how="semi")
    of_files = of_kept.filter(pl.col("row").is_null())
    words = rules.sheets.details
    nobody = frames.issue_rows(
        (file, "", None, "", "REGISTER_NOBODY", words.REGISTER_NOBODY.format(rows=count))
        for file, codes in odd.items()
        if (count := codes["NO_EVIDENCE"])
    )
    too_many = in_words(oversized_issues(sieve.oversized), words)
    named = too_many.with_columns(file=pl.lit(next(iter(odd))))
    return frames.merge_issues([of_rows, of_files, nobody, named])


def _account(
    register: Register,
    kept: Sequence[tuple[RegisterFile, pl.DataFrame]],
    parts: Sequence[Part],
    found: OnRegister,
    odd: Mapping[str, Counter[str]],
) -> dict[str, Any]:
    """What run.json says: of every row what became of it.

    rows = nobody (neither name nor number) + passed (no key in common with anybody) + kept, and
    kept = records (rows in a pair) + others + skipped (totals and the like).
    """
    decisions = found.decisions
    heights = {file.file: rows.height for file, rows in kept}
    of_pairs = Counter(found.records["file"].to_list())
    skipped = {p.claimed.sheet.file: p.account for p in parts}
    files = []
    for each in register.files:
        nobody, mine = odd[each.file]["NO_EVIDENCE"], heights.get(each.file, 0)
        counted = skipped[each.file].counts["records"] if each.file in skipped else 0
        files.append(
            {
                "file": each.file,
                "bytes": each.stamp[0],
                "sha256": each.sha256.result(),
                "rows": each.parquet.rows,
                "nobody": nobody,
                "passed": each.parquet.rows - nobody - mine,
                "kept": mine,
                "skipped": mine - counted,
                "records": of_pairs[each.file],
                "others": counted - of_pairs[each.file],
                "problems": dict(sorted(odd[each.file].items())),
            }
        )
    link = decisions["decision"] == "link"
    return {
        "rows": register.rows,
        **{
            name: sum(file[name] for file in files)
            for name in ("nobody", "passed", "kept", "skipped", "records", "others")
        },
        "linked": decisions.filter(link)["left_id"].n_unique(),
        "links": int(link.sum()),
        "reviews": int((~link).sum()),
        "columns": [list(pair) for pair in parts[0].account.columns],
        "files": files,
    }
