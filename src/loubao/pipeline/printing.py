"""What supervision prints: the workbook of progress, the draft of the circular."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from loubao.casework import paper
from loubao.casework import progress as counting
from loubao.casework.circular import circular
from loubao.casework.progress_book import Table, progress_book
from loubao.casework.quality import Quality
from loubao.casework.quality_page import quality_page
from loubao.faults import RuleFault
from loubao.pipeline.settings import refuse_output
from loubao.pipeline.supervising import Progress, Scope
from loubao.rules import yaml_file
from loubao.rules.follow_up import FollowUp
from loubao.rules.sheets import Sheets
from loubao.rules.supervision import Supervision, tier_wordings
from loubao.workbook.letter import UnfitTemplate, fill
from loubao.workbook.writing import workbook_bytes
from loubao.workspace import replace_file


def print_progress(
    known: Progress,
    quality: Quality | None,
    out: Path,
    rules: Path,
    words: Supervision,
    policy: FollowUp,
    as_of: date,
    labels: Mapping[str, str],
) -> list[str]:
    """Write 进度.xlsx and 通报.docx into `out` and return their paths; raises a `Fault`."""
    refuse_output(out)
    fonts = yaml_file.load(rules / "sheets.yaml", Sheets).fonts
    period = paper.month(known.month)
    due = "至".join(paper.day(date.fromisoformat(day)) for day in known.due) or words.blank
    ranked = counting.ranking(known.this_month.villages)
    named = counting.slowest(ranked, policy.slowest, words.unplaced)
    pages = []
    if quality is not None:
        tiers = tier_wordings(rules)
        pages.append(quality_page(quality, words, labels, tiers, fonts, period))
    book = progress_book(
        _table(known.this_month, labels),
        _table(known.campaign, labels),
        ranked,
        named,
        words,
        policy.slowest,
        fonts,
        known.months,
        period,
        due,
        as_of,
        pages,
    )
    letter = circular(
        known.this_month.total,
        known.campaign.total,
        counting.ranking(counting.by_town(known.this_month.villages)),
        named,
        words,
        period,
        paper.day(date.fromisoformat(known.due[-1])) if known.due else words.blank,
        as_of,
        {
            "people": str(policy.slowest.people),
            "verified_below": f"{policy.slowest.verified_below:g}",
        },
    )
    template = rules / words.circular.template
    try:
        document = fill(template.read_bytes(), letter.values, letter.tables)
    except OSError:
        raise RuleFault(
            f"缺少通报模板 {rules.name}/{template.name}，可从自带规则复制，"
            "或在 supervision.yaml 的 circular.template 改名"
        ) from None
    except UnfitTemplate as error:
        reason = f"里的 {{{error.name}}} 不认识" if error.name else "不是 Word 文档（docx）"
        raise RuleFault(f"通报模板 {rules.name}/{template.name} {reason}，请改好模板") from None
    files = {book.path: workbook_bytes(book), words.circular.path: document}
    return [str(_replace(out / name, content)) for name, content in files.items()]


def _table(scope: Scope, labels: Mapping[str, str]) -> Table:
    named = {labels.get(name, name): count for name, count in sorted(scope.lists.items())}
    return Table(scope.villages, named)


def _replace(target: Path, content: bytes) -> Path:
    """Put a file in its place, whole and readable by its owner only; raises `Usage`."""

    def write(partial: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as stream:
            stream.write(content)

    return replace_file(target, write)
