"""A month that was matched, before it is written: its frames, its weights, its posting."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from loubao.books.village_sheet import book_paths
from loubao.core.events import Document, Posting
from loubao.followup.brought_forward import BroughtForward
from loubao.followup.month import MonthCases
from loubao.linkage.model import Model
from loubao.rules.folder import Rules
from loubao.screening.expected_cost import Expected, expected
from loubao.workspace import last_month, run_counts
from loubao.workspace.finished_month import register_files, run_digest
from loubao.workspace.input_folder import Checked
from loubao.workspace.parquet_file import model_metadata
from loubao.workspace.register import Beside


@dataclass(frozen=True)
class MatchedMonth:
    """What a run came to, before it is written.

    checked  RECORDS, ISSUES and files as read
    beside   what the register says; None without one
    model    what agreement was worth
    month    the cases
    issues   ISSUES of reading and of the linkage
    brought  what the ledger brought forward; None without one
    held     the month held against the one before
    """

    data: Path
    rules: Rules
    as_of: date
    checked: Checked
    beside: Beside | None
    model: Model
    month: MonthCases
    issues: pl.DataFrame
    brought: BroughtForward | None
    held: last_month.Held

    @cached_property
    def records(self) -> pl.DataFrame:
        """RECORDS of the month, then those of the register that are in a pair."""
        every = [self.checked.records, *([self.beside.found.records] if self.beside else [])]
        return pl.concat(every, how="diagonal")

    @cached_property
    def own_decisions(self) -> pl.DataFrame:
        """DECISIONS on the month's own records."""
        return among(self.month.decisions, self.checked.records)

    @property
    def models(self) -> dict[str, str]:
        """The weights of the month, and of the register, as metadata of the decisions."""
        return model_metadata(self.model, self.beside.model if self.beside else None)

    @cached_property
    def causes(self) -> pl.DataFrame:
        """The issues, each with its cause (ingest.causes.CAUSED)."""
        return replace(self.checked, records=self.records).causes(self.issues, self.rules)

    @cached_property
    def costs(self) -> Expected | None:
        """What the links are expected to cost; None where a probability is not known."""
        screened, words = self.month.screened, self.rules.sheets.summary.expectation
        return expected(screened.outcomes, screened.chances, words.thresholds)

    @cached_property
    def paths(self) -> dict[tuple[str, str], str]:
        """(town, village) → the path of its workbook in the output."""
        return book_paths(self.month.villages, self.rules.sheets, self.rules.output_paths)


def among(decisions: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """DECISIONS on two of these RECORDS: without those on a register."""
    ids = records.select(right_id="record_id")
    return decisions.join(ids, on="right_id", how="semi", maintain_order="left")


def posting_of(
    job: MatchedMonth,
    counts: Mapping[str, Any],
    path: Callable[[str], Path],
    late_reason: str | None,
) -> Posting:
    """The posting of the month with its digest and the files behind it.

    `counts` are those of run.json; `path` gives where a file of the output folder is written.
    """
    inputs = [
        Document("input", e.file, e.sha256, e.bytes, place=str(e.path.resolve()))
        for e in job.checked.exports
    ]
    folder = job.rules.folder
    rules = [
        Document("rule", name, digest, (folder / name).stat().st_size)
        for name, digest in job.rules.digests.items()
    ]
    posting = job.month.posting
    register = job.beside.account if job.beside else None
    assert posting is not None
    more = run_counts.for_the_ledger(job.records, job.month.decisions, job.issues)
    more |= job.held.for_the_ledger()
    return replace(
        posting,
        digest=run_digest(
            posting.as_of,
            {each.name: each.sha256 for each in inputs} | register_files(register),
            {each.name: each.sha256 for each in rules},
        ),
        counts={**counts, **more},
        late_reason=late_reason,
        documents=(
            *inputs,
            *(replace(rule, content=(folder / rule.name).read_bytes()) for rule in rules),
            *_issued_documents(job, posting, path),
        ),
    )


def _issued_documents(
    job: MatchedMonth, posting: Posting, path: Callable[[str], Path]
) -> Iterator[Document]:
    """The workbooks of the editions that are issued now, as they were written."""
    issued = {(edition.town, edition.village): edition for edition in posting.editions}
    for village in job.month.villages:
        edition = issued.get((village.town, village.place))
        if edition is not None:
            name = job.paths[village.town, village.place]
            content = path(name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            yield Document("issued", f"第{edition.number}版/{name}", digest, len(content), content)
