"""What `link.py` prints: the bars and the tables of each set."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from match import Run, processor

OURS, JOIN, SPLINK = "loubao link", "hash_join", "splink_duckdb"
PEERS = {SPLINK: "Splink, DuckDB", "goldenmatch_": "goldenmatch", "recordlinkage_": "recordlinkage"}
TITLES = {OURS: "**loubao link**", JOIN: "read both, one hash join", **PEERS}
MOST = {SPLINK: 2_000_000, "goldenmatch_": 250_000, "recordlinkage_": 250_000}
"""Rows on the right above which a peer is not run: hours, or more memory than there is."""
LEAST_F1 = {"pseudopeople": 0.986}
USUAL_F1 = 0.996
LIBRARIES = (
    *("loubao", "polars", "splink", "duckdb", "goldenmatch", "recordlinkage", "pandas"),
    "pseudopeople",
)


@dataclass(frozen=True)
class Dataset:
    """Two files with known truth; `rows` of the right one when it is a population."""

    name: str
    title: str
    folder: Path
    rows: int = 0


@dataclass(frozen=True)
class Outcome:
    """The runs of one program on one set and what its answer is worth."""

    title: str
    runs: list[Run]
    found: dict[str, Any]

    @property
    def wall(self) -> float:
        """Median seconds on the clock."""
        return median(one.wall for one in self.runs)

    @property
    def peak(self) -> float:
        """Most resident MB of any run."""
        return max(one.peak for one in self.runs)


@dataclass(frozen=True)
class Bar:
    """A measured value (None: could not be measured) and its bound."""

    what: str
    value: float | None
    bound: float
    floor: bool = True

    @property
    def holds(self) -> bool:
        """Whether the value was measured and is on the right side."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.floor else self.value <= self.bound


# -- the bars -----------------------------------------------------------------------------------


def _accuracy(data: Dataset, found: dict[str, Any]) -> list[Bar]:
    best = found["best"]["f1"]
    if data.rows == 0:
        return [Bar("F1 of the best candidate", best, LEAST_F1.get(data.name, USUAL_F1))]
    return [
        Bar("F1 of the best candidate", best, USUAL_F1),
        Bar("`link` decisions, precision", found["link_precision"], 0.9999),
        Bar("`link` decisions, recall", found["link_recall"], 0.97),
        Bar("right candidate linked or shown", found["linked_or_shown"], 0.998),
        Bar("wrong review rows for each right one", found["wrong_reviews_per_right"], 2, False),
        Bar("expected calibration error", found["calibration"]["error"], 0.02, False),
    ]


def bars_of(data: Dataset, outcomes: dict[str, Outcome]) -> list[Bar]:
    """Return the bars that apply to a set; those of cost are for 1,000,000 rows and more."""
    ours = outcomes.get(OURS)
    if ours is None:
        return [Bar("F1 of the best candidate", None, USUAL_F1)]
    bars = _accuracy(data, ours.found)
    if data.rows == 1_000_000:
        bars.append(Bar("wall time / hash join", ours.wall / outcomes[JOIN].wall, 4, False))
        splink = outcomes.get(SPLINK)
        if splink is not None:
            bars += [
                Bar("wall time / Splink", ours.wall / splink.wall, 1 / 8, False),
                Bar("peak memory / Splink", ours.peak / splink.peak, 1, False),
            ]
    if data.rows >= 10_000_000:
        bars.append(Bar("peak memory, GiB", ours.peak / 1024, 16, False))
    return bars


def growth(measured: dict[int, Outcome]) -> list[Bar]:
    """Return how time grows where a set and one ten times as large were both measured."""
    return [
        Bar(f"wall time, {rows * 10:,} / {rows:,}", measured[rows * 10].wall / ours.wall, 12, False)
        for rows, ours in measured.items()
        if rows and rows * 10 in measured and rows >= 1_000_000
    ]


# -- the tables ---------------------------------------------------------------------------------


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def heading() -> list[str]:
    """Return the title, the date, the processor, how busy it is, and the versions."""
    return [
        "# `loubao link`, measured",
        "",
        f"{date.today()}, {processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {sys.version.split()[0]}, {', '.join(map(_version, LIBRARIES))}.",
        "",
    ]


def programs_table(outcomes: dict[str, Outcome]) -> list[str]:
    """Return cost and worth of every program on one set; ratios are to the hash join."""
    join = outcomes[JOIN]
    lines = [
        "| | wall s | fastest–slowest | × join | processor s | peak MB | × join | pairs written "
        "| F1 | precision | recall |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in outcomes.values():
        walls = [each.wall for each in one.runs]
        best = one.found["best"]
        worth = " | ".join(f"{best[key] or 0:.4f}" for key in ("f1", "precision", "recall"))
        lines.append(
            f"| {one.title} | {one.wall:.2f} | {min(walls):.2f}–{max(walls):.2f} "
            f"| {one.wall / join.wall:.1f} | {median(each.cpu for each in one.runs):.2f} "
            f"| {one.peak:.0f} | {one.peak / join.peak:.1f} | {one.found['pairs']:,} | {worth} |"
        )
    return [*lines, ""]


def bars_table(bars: list[Bar]) -> list[str]:
    """Return the bars as a table."""
    lines = ["| loubao | measured | bar | |", "|---|--:|--:|---|"]
    for bar in bars:
        value = "not measured" if bar.value is None else f"{bar.value:.5f}".rstrip("0").rstrip(".")
        verdict = "holds" if bar.holds else "**fails**"
        sign = "≥" if bar.floor else "≤"
        lines.append(f"| {bar.what} | {value} | {sign} {bar.bound:g} | {verdict} |")
    return [*lines, ""]


def calibration_table(found: dict[str, Any]) -> list[str]:
    """Return the bins of probability: how many rows, what was promised, what was right."""
    lines = ["| probability | rows | mean | right |", "|---|--:|--:|--:|"]
    lines += [
        f"| {row['bin'] / 10:.1f}–{(row['bin'] + 1) / 10:.1f} | {row['rows']:,} "
        f"| {row['mean']:.3f} | {row['right']:.3f} |"
        for row in found["calibration"]["bins"]
    ]
    return [*lines, ""]


def section(data: Dataset, outcomes: dict[str, Outcome], bars: list[Bar]) -> str:
    """Return the part of the report that is about one set."""
    truth = outcomes[JOIN].found["truth"]
    left_out = [name for peer, name in PEERS.items() if data.rows > MOST[peer]]
    lines = [f"## {data.title}", "", f"{truth:,} true pairs. F1 of the best candidate of each "]
    lines[-1] += "left row at the best threshold; the seconds of the peers are of one run."
    if left_out:
        lines[-1] += f" Not run at this size: {', '.join(left_out)}."
    lines += ["", *programs_table(outcomes), *bars_table(bars)]
    if OURS in outcomes:
        lines += calibration_table(outcomes[OURS].found)
    return "\n".join(lines)
