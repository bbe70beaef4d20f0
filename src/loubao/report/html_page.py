"""All figures → report.html, one text without anything outside of it.

The page may run its own two scripts and no others, and may ask for nothing: its policy
(Content-Security-Policy) names the scripts by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import polars as pl

from loubao.core.notation import day_text, period_of
from loubao.ingest.issues import faults
from loubao.linkage.model import Model
from loubao.report import charts, figures, flow_chart, tables
from loubao.report.suppression import Shown
from loubao.rules.folder import Rules
from loubao.screening.cases import Screened
from loubao.screening.coverage import STATUSES
from loubao.screening.expected_cost import Expected, sentences

_PAGE = files("loubao.report") / "page"
#: Sections in their order; the page has one of each.
_SECTIONS = ("flow", "places", "overlap", "ages", "quality", "weights", "method")


@dataclass(frozen=True)
class Run:
    """What the page says of the run itself.

    `manifest` is what run.json holds; `software` names what it ran on; `prior` (log2 odds of a pair
    drawn at random) and `learnt` are the model's.
    """

    manifest: Mapping[str, Any]
    software: str
    prior: float
    learnt: bool

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The files of the run, with what became of each row of their sheets."""
        return list(self.manifest["inputs"])


@dataclass(frozen=True)
class ReportedMonth:
    """The frames of a month that the page is about, as the run made them.

    `expected` is None where a probability is missing; `previous` are FAULTS of the month before,
    None where there was none; `implausible` are the FINDINGS that the run went on with.
    """

    records: pl.DataFrame
    decisions: pl.DataFrame
    issues: pl.DataFrame
    screened: Screened
    expected: Expected | None = None
    previous: pl.DataFrame | None = None
    implausible: pl.DataFrame | None = None

    @property
    def named(self) -> int:
        """Qualifying rows of source lists."""
        return self.records.filter((pl.col("role") == "source") & pl.col("qualifies")).height


@dataclass(frozen=True)
class _Figures:
    """The figures that charts and tables both show; `marked` are labels and match weights."""

    headline: Mapping[str, int]
    flow: Shown
    places: figures.Places
    ages: Shown
    overlap: figures.Overlap
    faults: pl.DataFrame
    marked: Sequence[tuple[str, float]]
    pairs: figures.Histogram


def report(
    month: ReportedMonth, model: Model, manifest: Mapping[str, Any], rules: Rules, as_of: date
) -> bytes:
    """Return report.html; `manifest` is what run.json holds."""
    software = (
        f"Python {platform.python_version()}，polars {pl.__version__}，"
        f"rapidfuzz {version('rapidfuzz')}，{platform.system()}"
    )
    run = Run(manifest, software, model.prior, model.learnt)
    return report_page(month, run, rules, as_of).encode("utf-8")


def report_page(month: ReportedMonth, run: Run, rules: Rules, as_of: date) -> str:
    """Return the page.

    The same input gives the same text but for the lines that say when and how long it ran.
    """
    from jinja2 import Environment, StrictUndefined  # not needed to load the other commands

    shown = _figures(month, run, rules)
    made = _tables(shown, month, run, rules)
    drawn = _charts(shown, made["kinds"], rules)
    library, script = _text("charts.min.js"), _text("page.js")
    context = _context(shown, month, run, rules, as_of)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    words = rules.report
    return environment.from_string(_text("template.html")).render(
        context,
        charts=drawn,
        tables=made,
        villages_title=words.places.villages.format(
            count=min(words.places.top, len(drawn["villages"]["yAxis"]["data"]))
        ),
        found=words.places.found.format(count=len(made["villages"].rows)),
        kinds_title=words.quality.kinds.format(
            count=min(words.quality.top, len(made["kinds"].rows))
        ),
        charts_json=_json(drawn),
        hashes=f"{_hash(library)} {_hash(script)}",
        library=library,
        script=script,
        style=_text("page.css"),
    )


def _figures(month: ReportedMonth, run: Run, rules: Rules) -> _Figures:
    screened, words = month.screened, rules.report
    marked = _marked(run.prior, rules)
    return _Figures(
        headline=figures.headline(screened.outcomes, screened.details),
        flow=figures.flow(screened.outcomes, rules),
        places=figures.places(screened.details, rules),
        ages=figures.ages(screened.details, words),
        overlap=figures.overlap(screened.outcomes, rules),
        faults=faults(month.issues, month.records),
        marked=marked,
        pairs=figures.histogram(month.decisions, words.weights.bin, [at for _, at in marked]),
    )


def _charts(shown: _Figures, kinds: tables.Table, rules: Rules) -> dict[str, charts.Option]:
    """The options of each chart by its name; of no overlap there is none."""
    words, summary = rules.report, rules.sheets.summary
    drawn = {
        "flow": flow_chart.flow(shown.flow, words, summary.colors),
        "towns": charts.towns(shown.places, words, summary),
        "villages": charts.villages(shown.places, words),
        "overlap": charts.overlap(shown.overlap, rules) if shown.overlap.combinations else None,
        "ages": charts.ages(shown.ages, words),
        "kinds": charts.kinds(kinds, words),
        "weights": charts.weights(shown.pairs, shown.marked, words),
    }
    return {name: option for name, option in drawn.items() if option is not None}


def _tables(shown: _Figures, month: ReportedMonth, run: Run, rules: Rules) -> dict[str, Any]:
    """The tables by name; None where there is nothing to compare or to expect."""
    words = rules.report
    read = [export["file"] for export in run.inputs if not export["ignored"]]
    files_read = figures.files(month.issues, month.records, read)
    there = set(month.records["list"].unique())
    lists = [*rules.screening.coverage, *rules.of_role("roll"), *rules.of_role("exclusion")]
    complete = figures.completeness(month.records, [name for name in lists if name in there])
    heads, digests = words.method.rules_headers, run.manifest["rules"].items()
    return {
        "flow": tables.flow(shown.flow, words),
        "towns": tables.towns(shown.places, rules),
        "villages": tables.villages(shown.places, rules),
        "overlap": tables.overlap(shown.overlap, rules),
        "ages": tables.ages(shown.ages, words),
        "kinds": tables.kinds(shown.faults, month.previous, rules),
        "implausible": tables.implausible(month.implausible, rules),
        "trend": tables.trend(shown.faults, month.previous, rules),
        "files": tables.files(files_read, rules),
        "weights": tables.weights(shown.pairs, words),
        "tiers": tables.tiers(figures.tiers(month.decisions, rules), words),
        "costs": tables.costs(month.expected.table, rules) if month.expected else None,
        "inputs": tables.inputs(run.inputs, rules),
        "completeness": tables.completeness(complete, rules),
        "coverage": tables.coverage(rules),
        "rules": tables.plain("rules", [heads.file, heads.sha256], digests, texts=2),
    }


def _context(
    shown: _Figures, month: ReportedMonth, run: Run, rules: Rules, as_of: date
) -> dict[str, Any]:
    """The texts of the page by the names that its template has for them."""
    words, costs = rules.report, rules.sheets.summary.expectation
    return {
        "w": words,
        "title": words.title.format(period=period_of(as_of)),
        "note": words.note.format(as_of=day_text(as_of)),
        "implausible": rules.plausibility.words,
        "marks_note": words.marks_note.format(limit=words.small),
        "sections": [(key, words[key].title) for key in _SECTIONS],
        "cards": _cards(shown.headline, month, run, rules),
        "sentences": _sentences(shown.headline, shown.places, rules),
        "towns": shown.places.towns.rows,
        "overlap_people": shown.overlap.people,
        "overlap_note": words.overlap.note.format(people=f"{shown.overlap.people:,}"),
        "ages_note": _not_drawn(shown.ages, rules),
        "costs": sentences(month.expected, costs) if month.expected else (),
        "costs_before": costs.before,
        "costs_notes": costs.notes,
        "facts": _facts(month, run, rules, as_of),
        "exclusions": _exclusions(rules),
    }


def _cards(
    head: Mapping[str, int], month: ReportedMonth, run: Run, rules: Rules
) -> list[dict[str, str]]:
    words = rules.report.headline
    notes = words.notes
    read = sum(not export["ignored"] for export in run.inputs)
    small = {
        "named": notes.named.format(rows=f"{month.named:,}"),
        "covered": notes.covered,
        "excluded": notes.excluded,
        "visited": notes.visited.format(households=f"{head['households']:,}"),
        "issues": notes.issues.format(files=read),
    }
    counts = {**head, "issues": month.issues.height}
    return [
        {
            "figure": name,
            "label": label,
            "text": f"{counts[name]:,}",
            "unit": words.places if name == "issues" else rules.report.people,
            "note": small[name],
        }
        for name, label in words.cards.items()
    ]


def _sentences(head: Mapping[str, int], places: figures.Places, rules: Rules) -> list[str]:
    """What the figures say in a sentence: the statuses, the town with most people."""
    words, shown = rules.report, places.towns
    statuses = "，".join(
        f"{rules.sheets.summary.outcomes[status]} {cell.text} {words.people}"
        for column, status in enumerate(STATUSES)
        if (cell := tables.counted(shown, -1, column, words))
    )
    lines = [f"{words.headline.cards['visited']}：{statuses}。"] if shown.rows else []
    totals = [(shown.published(row, -1) or 0, town) for row, town in enumerate(shown.rows)]
    most, town = max(totals, key=lambda each: each[0], default=(0, ""))
    whole = shown.published(-1, -1) if shown.rows else None
    if most and whole:
        lines.append(
            words.headline.largest.format(
                town=town, people=f"{most:,}", percent=round(100 * most / whole)
            )
        )
    if head["answered"]:
        lines.append(words.headline.answered.format(people=f"{head['answered']:,}"))
    return lines


def _not_drawn(ages: Shown, rules: Rules) -> str:
    """How many are not in the pyramid, unless a suppressed count would follow."""
    drawn = range(len(ages.rows) - 1)
    bars = [ages.published(row, side) for row in drawn for side in (0, 1)]
    whole = ages.published(-1, -1)
    if whole is None or None in bars:
        return ""
    rest = whole - sum(count or 0 for count in bars)
    return rules.report.ages.not_drawn.format(people=f"{rest:,}") if rest else ""


def _marked(prior: float, rules: Rules) -> list[tuple[str, float]]:
    words = rules.report.weights
    least = rules.matching.least_probability_monthly
    marks = [(words.least, least), *((words.at, share) for share in words.marks)]
    return [
        (text.format(percent=f"{100 * share:g}"), figures.weight_at(share, prior))
        for text, share in marks
    ]


def _facts(month: ReportedMonth, run: Run, rules: Rules, as_of: date) -> list[tuple[str, str, str]]:
    """(key, name, value) of what a linker discloses."""
    words = rules.report.method
    facts, pairs = words.facts_words, month.decisions.height
    links = month.decisions.filter(pl.col("decision") == "link").height
    values = {
        "version": run.manifest["loubao"],
        "software": run.software,
        "started": run.manifest["started"],
        "as_of": day_text(as_of),
        "records": f"{month.records.height:,}",
        "qualifying": f"{month.named:,}",
        "keys": facts["keys"].format(count=len(rules.matching.blocking)),
        "pairs": f"{links:,}／{pairs - links:,}",
        "learnt": facts.learnt if run.learnt else facts.shipped,
        "prior": facts.prior.format(odds=f"{2.0**-run.prior:,.0f}"),
        "least": f"{100 * rules.matching.least_probability_monthly:g}%",
        "seconds": f"{sum(run.manifest['seconds'].values()):.1f}",
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
