"""All figures → report.html, one text without anything outside of it.

The page may run its own two scripts and no others, and may ask for nothing: its policy
(Content-Security-Policy) names the scripts by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import polars as pl

from loubao.core.dates import day_text
from loubao.report import charts as quality_charts
from loubao.report import (
    figures,
    flow_chart,
    linkage_figures,
    people_charts,
    quality_tables,
    tables,
)
from loubao.report.suppression import Shown
from loubao.report.tables import counted, plain
from loubao.rules import Rules
from loubao.screening.cases import Screened
from loubao.screening.coverage import STATUSES
from loubao.screening.expected_cost import Expected, sentences

_PAGE = files("loubao.report") / "page"
#: Sections in their order; the page has one of each.
_SECTIONS = ("flow", "places", "overlap", "ages", "quality", "weights", "method")


@dataclass(frozen=True)
class Run:
    """What the page tells of the run itself.

    `inputs`, `rules`, `seconds` and `started` as in run.json; `software` names what it ran on;
    `prior` (log2 odds of a pair drawn at random) and `learnt` are the model's.
    """

    version: str
    software: str
    started: str
    inputs: Sequence[dict[str, Any]]
    rules: Mapping[str, str]
    seconds: Mapping[str, float]
    prior: float
    learnt: bool


def report_page(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    screened: Screened,
    issues: pl.DataFrame,
    expected: Expected | None,
    run: Run,
    rules: Rules,
    period: str,
    as_of: date,
    previous: pl.DataFrame | None = None,
) -> str:
    """Return the page; `previous` are `quality.FAULTS` of the month before.

    The same input gives the same text but for the lines that tell when and how long it ran.
    """
    from jinja2 import Environment, StrictUndefined  # not needed to load the other commands

    words, summary = rules.report, rules.sheets.summary
    head = figures.headline(screened.outcomes, screened.cases)
    flow = figures.flow(screened.outcomes, rules)
    places = figures.places(screened.details, rules)
    ages = figures.ages(screened.details, words)
    overlap = figures.overlap(screened.outcomes, rules)
    faults = linkage_figures.faults(issues, records)
    kinds = quality_tables.kinds(faults, previous, rules)
    marked = _marked(run.prior, rules)
    pairs = linkage_figures.histogram(
        decisions, words.weights.bin, [weight for _, weight in marked]
    )
    villages = tables.villages(places, rules)
    labels = {name: rules.lists[name].sheet_label for name in rules.screening.coverage}
    drawn = {
        "flow": flow_chart.flow(flow, words, {str(k): v for k, v in summary.colors.items()}),
        "towns": people_charts.towns(places, words, summary),
        "villages": people_charts.villages(places, words),
        "overlap": people_charts.overlap(overlap, labels, words) if overlap.combinations else None,
        "ages": people_charts.ages(ages, words),
        "kinds": quality_charts.kinds(
            [row[0].text for row in kinds.rows[: words.quality.top]],
            [int(row[1].sort or 0) for row in kinds.rows[: words.quality.top]],
            words,
        ),
        "weights": quality_charts.weights(pairs, marked, words),
    }
    made = {
        "flow": tables.flow(flow, words),
        "towns": tables.towns(places, rules),
        "villages": villages,
        "overlap": tables.overlap(overlap, rules),
        "ages": tables.ages(ages, words),
        "kinds": kinds,
        "trend": quality_tables.trend(faults, previous, rules),
        "files": quality_tables.files(_files(issues, records, run), rules),
        "weights": quality_tables.weights(pairs, words),
        "tiers": quality_tables.tiers(linkage_figures.tiers(decisions, rules.matching), words),
        "costs": tables.costs(expected.table, rules) if expected else None,
        "inputs": quality_tables.inputs(run.inputs, rules),
        "completeness": quality_tables.completeness(_completeness(records, rules), rules),
        "coverage": quality_tables.coverage(rules),
        "rules": plain(
            "rules",
            [words.method.rules_headers[name] for name in ("file", "sha256")],
            run.rules.items(),
            texts=2,
        ),
    }
    library, script = _text("charts.min.js"), _text("page.js")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    drawings = {name: option for name, option in drawn.items() if option is not None}
    top = min(words.places.top, len(drawings["villages"]["yAxis"]["data"]))
    costs_words = summary.expectation
    context = {
        "w": words,
        "title": words.title.format(period=period),
        "note": words.note.format(as_of=day_text(as_of)),
        "marks_note": words.marks_note.format(limit=words.small),
        "sections": [(key, getattr(words, key).title) for key in _SECTIONS],
        "hashes": f"{_hash(library)} {_hash(script)}",
        "cards": _cards(head, records, issues, run, rules),
        "told": _told(head, places, rules),
        "charts": drawings,
        "tables": made,
        "towns": places.towns.rows,
        "villages_title": words.places.villages.format(count=top),
        "found": words.places.found.format(count=len(villages.rows)),
        "overlap_people": overlap.people,
        "overlap_note": words.overlap.note.format(people=f"{overlap.people:,}"),
        "ages_note": _not_drawn(ages, rules),
        "kinds_title": words.quality.kinds.format(count=min(words.quality.top, len(kinds.rows))),
        "costs": _costs(expected, rules),
        "costs_before": costs_words.before,
        "costs_notes": costs_words.notes,
        "facts": _facts(records, decisions, run, rules, as_of),
        "exclusions": _exclusions(rules),
    }
    trusted = {
        "charts_json": _json(drawings),
        "library": library,
        "script": script,
        "style": _text("page.css"),
    }
    return environment.from_string(_text("template.html")).render(context | trusted)


def _files(issues: pl.DataFrame, records: pl.DataFrame, run: Run) -> pl.DataFrame:
    return linkage_figures.files(
        issues, records, [export["file"] for export in run.inputs if not export["ignored"]]
    )


def _completeness(records: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    there = set(records["list"].unique())
    names = [*rules.screening.coverage, *rules.of_role("roll"), *rules.of_role("exclusion")]
    return linkage_figures.completeness(records, [name for name in names if name in there])


def _cards(
    head: Mapping[str, int],
    records: pl.DataFrame,
    issues: pl.DataFrame,
    run: Run,
    rules: Rules,
) -> list[dict[str, str]]:
    words = rules.report
    notes = words.headline.notes
    named = records.filter((pl.col("role") == "source") & pl.col("qualifies")).height
    read = sum(not export["ignored"] for export in run.inputs)
    small = {
        "named": notes.named.format(rows=f"{named:,}"),
        "covered": notes.covered,
        "excluded": notes.excluded,
        "visited": notes.visited.format(households=f"{head['households']:,}"),
        "issues": notes.issues.format(files=read),
    }
    counts = {**head, "issues": issues.height}
    return [
        {
            "figure": name,
            "label": label,
            "text": f"{counts[name]:,}",
            "unit": words.headline.places if name == "issues" else words.people,
            "note": small[name],
        }
        for name, label in words.headline.cards.items()
    ]


def _told(head: Mapping[str, int], places: figures.Places, rules: Rules) -> list[str]:
    """What the figures say in a sentence: the statuses, the town with most people."""
    words, shown = rules.report, places.towns
    statuses = "，".join(
        f"{rules.sheets.summary.outcomes[status]} {cell.text} {words.people}"
        for column, status in enumerate(STATUSES)
        if (cell := counted(shown, -1, column, words))
    )
    lines = [f"{words.headline.cards['visited']}：{statuses}。"] if shown.rows else []
    most, whole = (shown.told(0, -1), shown.told(-1, -1)) if shown.rows else (None, None)
    if most and whole:
        lines.append(
            words.headline.largest.format(
                town=shown.rows[0], people=f"{most:,}", percent=round(100 * most / whole)
            )
        )
    if head["answered"]:
        lines.append(words.headline.answered.format(people=f"{head['answered']:,}"))
    return lines


def _not_drawn(ages: Shown, rules: Rules) -> str:
    """Who is not in the pyramid, if it can be told."""
    drawn = range(len(ages.rows) - 1)
    told = [ages.told(row, side) for row in drawn for side in (0, 1)]
    whole = ages.told(-1, -1)
    if whole is None or None in told:
        return ""
    rest = whole - sum(count or 0 for count in told)
    return rules.report.ages.not_drawn.format(people=f"{rest:,}") if rest else ""


def _marked(prior: float, rules: Rules) -> list[tuple[str, float]]:
    words = rules.report.weights
    least = rules.matching.least_probability_monthly
    marks = [
        (words.least.format(percent=f"{100 * least:g}"), linkage_figures.weight_at(least, prior))
    ]
    marks += [
        (words.at.format(percent=f"{100 * share:g}"), linkage_figures.weight_at(share, prior))
        for share in words.marks
    ]
    return marks


def _costs(expected: Expected | None, rules: Rules) -> list[str]:
    if expected is None:
        return []
    return list(sentences(expected, rules.sheets.summary.expectation))


def _facts(
    records: pl.DataFrame, decisions: pl.DataFrame, run: Run, rules: Rules, as_of: date
) -> list[tuple[str, str, str]]:
    """(key, name, value) of what a linker discloses."""
    words = rules.report.method
    told = words.facts_words
    links = decisions.filter(pl.col("decision") == "link").height
    named = records.filter((pl.col("role") == "source") & pl.col("qualifies")).height
    values = {
        "version": run.version,
        "software": run.software,
        "started": run.started,
        "as_of": day_text(as_of),
        "records": f"{records.height:,}",
        "qualifying": f"{named:,}",
        "keys": told["keys"].format(count=len(rules.matching.blocking)),
        "pairs": f"{links:,}／{decisions.height - links:,}",
        "learnt": told.learnt if run.learnt else told.shipped,
        "prior": told.prior.format(odds=f"{2.0**-run.prior:,.0f}"),
        "least": f"{100 * rules.matching.least_probability_monthly:g}%",
        "seconds": f"{sum(run.seconds.values()):.1f}",
    }
    return [(key, text, values[key]) for key, text in words.facts.items()]


def _exclusions(rules: Rules) -> str:
    reasons = [
        each.reason for each in rules.screening.exclusions.values() if each.effect == "exclude"
    ]
    if not reasons:
        return ""
    return rules.report.method.exclusions.format(reasons="、".join(reasons))


def _json(value: object) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _text(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")
