"""The tables of report.html about files and pairs, and about how it was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from loubao.report.linkage_figures import Histogram, titles
from loubao.report.tables import Table, label, plain
from loubao.rules import Rules
from loubao.rules.screening import Cover
from loubao.rules.wording import Wording


def kinds(now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules) -> Table:
    """Issues by kind, the commonest first, beside those of the month before."""
    return _compared("kinds", "kind", "code", now, before, rules)


def trend(now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules) -> Table | None:
    """Issues by list beside those of the month before; None where that is not known."""
    return None if before is None else _compared("trend", "list", "list", now, before, rules)


def _compared(
    name: str, head: str, key: str, now: pl.DataFrame, before: pl.DataFrame | None, rules: Rules
) -> Table:
    words = rules.report.quality.headers
    sums = now.group_by(key).agg(pl.col("count").sum())
    heads = [words[head], words["count"]]
    if before is not None:
        was = before.group_by(key).agg(before=pl.col("count").sum())
        sums = sums.join(was, on=key, how="full", coalesce=True, nulls_equal=True)
        heads += [words["before"], words["change"]]
    else:
        sums = sums.with_columns(before=pl.lit(0))
    rows = []
    ordered = sums.with_columns(pl.col("count", "before").fill_null(0)).sort(
        "count", "before", key, descending=[True, True, False], nulls_last=True
    )
    for value, count, then in ordered.select(key, "count", "before").iter_rows():
        text = titles([value], rules)[0] if key == "code" else label(value, rules)
        change = [then, f"{count - then:+,}" if count != then else "0"]
        rows.append((text, count, *(change if before is not None else [])))
    return plain(name, heads, rows)


def files(found: pl.DataFrame, rules: Rules) -> Table:
    """Files × list, rows, issues, issues in a hundred rows, the commonest kinds."""
    words = rules.report.quality
    rows = []
    for file, name, records, count, faults in found.iter_rows():
        most = [fault["code"] for fault in faults[: words.most]]
        told = [
            f"{title} {fault['count']:,}"
            for title, fault in zip(titles(most, rules), faults, strict=False)
        ]
        text = "、".join(told)
        if len(faults) > words.most:
            text += words.more.format(count=len(faults))
        rate = f"{100 * count / records:.1f}" if records else "—"
        rows.append((file, label(name, rules), records, count, rate, text))
    names = ("file", "list", "records", "count", "rate", "most")
    return plain("files", [words.headers[name] for name in names], rows, texts=2, remark=True)


def weights(found: Histogram, report: Wording) -> Table:
    """Bins of match weight × decision."""
    words = report.weights
    rows = [
        (f"{found.first + found.width * i:g} — {found.first + found.width * (i + 1):g}", link, near)
        for i, (link, near) in enumerate(zip(found.link, found.review, strict=True))
    ]
    heads = (words.headers["weight"], words.decisions["link"], words.decisions["review"])
    return plain("weights", heads, rows)


def tiers(found: Sequence[tuple[str, str, int]], report: Wording) -> Table:
    """Tiers that were met, their decision and pairs."""
    words = report.weights
    rows = [(wording, words.decisions[decision], pairs) for wording, decision, pairs in found]
    return plain("tiers", [words.headers[n] for n in ("tier", "decision", "pairs")], rows, texts=2)


def inputs(told: Sequence[dict[str, Any]], rules: Rules) -> Table:
    """Every file: list, rows, people, rows that are none, rows without a person, SHA-256."""
    words = rules.report.method
    rows = []
    for export in told:
        counts = [sheet["counts"] for sheet in export["sheets"]]
        lists = dict.fromkeys(sheet["list"] for sheet in export["sheets"] if sheet["list"])
        people = sum(each.get("people", 0) for each in counts)
        whole = sum(each.get("rows", 0) for each in counts)
        without = sum(each.get("without_person", 0) for each in counts)
        kept = sum(each.get("records", 0) for each in counts)
        name = "、".join(label(each, rules) for each in lists)
        if export["ignored"]:
            name = words.ignored
        sums = (whole, people, whole - kept - without, without)
        rows.append((export["file"], name, *sums, export["sha256"]))
    names = ("file", "list", "rows", "people", "skipped", "without", "sha256")
    return plain("inputs", [words.files[name] for name in names], rows, texts=2, remark=True)


def completeness(found: pl.DataFrame, rules: Rules) -> Table:
    """Lists × rows and the shares of them that can be told by number, name, birth, village."""
    words = rules.report.method.fields
    rows = [
        (label(name, rules), records, qualifying, *(f"{100 * share:.1f}" for share in shares))
        for name, records, qualifying, *shares in found.iter_rows()
    ]
    return plain("completeness", [words[name] for name in words], rows)


def coverage(rules: Rules) -> Table:
    """What counts as covered and as covered in part, by source list: the policy in force."""
    words = rules.report.method

    def rolls(covers: Sequence[Cover]) -> str:
        told = []
        for cover in covers:
            name = label(cover.list, rules)
            if cover.within_months is not None:
                name = words.within.format(list=name, months=cover.within_months)
            told.append(name)
        return "、".join(dict.fromkeys(told)) or words.no_roll

    rows = [
        (
            label(source, rules),
            rolls(each.covered_by),
            _partly(rolls(each.partly_by), source, rules),
        )
        for source, each in rules.screening.coverage.items()
    ]
    names = ("list", "covered", "partly")
    return plain("coverage", [words.coverage[name] for name in names], rows, texts=3)


def _partly(rolls: str, source: str, rules: Rules) -> str:
    coverage = rules.screening.coverage[source]
    more = [*(part.because for part in coverage.partly_when)]
    more += [family.because for family in coverage.family]
    return "；".join([rolls, *more])
