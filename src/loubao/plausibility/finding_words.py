"""Findings as a clerk reads them: one line each, and one table, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from loubao.rules.folder import Rules

_COLUMNS = ("grave", "list", "file", "what", "last", "now", "bound", "people")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Line:
    """One finding in words; `file` may be blank. `people` and the texts around it are counts."""

    grave: str
    list: str
    file: str
    what: str
    last: str
    now: str
    bound: str
    people: str


def in_words(findings: pl.DataFrame, rules: Rules, small: int = 1) -> list[Line]:
    """Return FINDINGS in words; numbers of people below `small` are not written out."""
    return list(_lines(findings, rules, small))


def table(findings: pl.DataFrame, rules: Rules) -> dict[str, Any]:
    """Return `title`, `heads`, `rows` (all texts) and `more` of the table of findings.

    The table has the first `most` findings of the rules; `more` says how many there are beside.
    """
    policy = rules.plausibility
    words = policy.words
    rows = [list(vars(line).values()) for line in in_words(findings.head(policy.most), rules)]
    beside = findings.height - len(rows)
    return {
        "title": words.title,
        "heads": [words.headers[key] for key in _COLUMNS],
        "rows": rows,
        "more": words.more.format(count=beside) if beside else "",
    }


def sentences(findings: pl.DataFrame, rules: Rules) -> list[str]:
    """Return each of the FINDINGS in a sentence."""
    words = rules.plausibility.words
    found = []
    for line in in_words(findings, rules):
        file = f"（{line.file}）" if line.file else ""
        found.append(words.line.format(**{**vars(line), "file": file}))
    return found


def number_text(value: float | None, unit: str, none: str) -> str:
    """Return a number of FINDINGS as a clerk reads it.

    >>> number_text(0.9312, "share", "—"), number_text(1620.0, "count", "—")
    ('93.1%', '1620')
    >>> number_text(18628.0, "date", "—"), number_text(480.5, "number", "—")
    ('2021-01-01', '480.5')
    >>> number_text(None, "share", "—")
    '—'
    """
    if value is None:
        return none
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "date":
        return (_EPOCH + timedelta(days=round(value))).isoformat()
    return f"{value:.0f}" if unit == "count" else f"{value:g}"


def _lines(findings: pl.DataFrame, rules: Rules, small: int) -> Iterator[Line]:
    words = rules.plausibility.words
    for row in findings.iter_rows(named=True):
        counted = row["unit"] == "count"
        texts = {
            key: _guarded(
                row[key], number_text(row[key], row["unit"], words.none), counted, rules, small
            )
            for key in ("last", "now", "bound")
        }
        rule = rules.lists.get(row["list"])
        people = _guarded(row["people"], str(row["people"]), True, rules, small)
        yield Line(
            grave=words.grave if row["grave"] else words.told,
            list=rule.title if rule else words.month,
            file=" ".join(filter(None, (row["file"], row["sheet"]))),
            what=words.what[row["what"]].format(field=_field_text(row, rules)),
            **texts,
            people=people,
        )


def _guarded(value: float | None, text: str, counted: bool, rules: Rules, small: int) -> str:
    """A count of people that could point at somebody is not written out."""
    if not counted or value is None or not 0 < value < small:
        return text
    return str(rules.report.marks.small.format(limit=small))


def _field_text(row: Mapping[str, Any], rules: Rules) -> str:
    """What the field of a finding is called: a list, an issue, a column, a town."""
    field, what = row["field"], row["what"]
    if what == "overlap":
        return rules.lists[field].title if field in rules.lists else field
    if what == "issue":
        issues = rules.sheets.issues
        return issues[field].title if field in issues else field
    rule = rules.lists.get(row["list"])
    if what in ("filled", "median", "one_day") and rule and field in rule.fields:
        return rule.fields[field].label
    return str(field)
