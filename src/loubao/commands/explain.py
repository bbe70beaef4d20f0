"""`explain`: why a person is on the sheet or on none, or what a pair of rows weighs.

Nothing is linked again: the decisions, and the weights that they were made with, are read from the
output of a run; what the months before decided, from the ledger if there is one. Without `people` a
report has no names and no numbers, only places of rows and levels. A name or number that is asked
for is in no message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from loubao import __version__
from loubao.core.faults import Usage
from loubao.followup.persons_asked import Search, Wanted
from loubao.followup.whereabouts import Whereabouts
from loubao.ledger.connection import reading
from loubao.linkage.model import Model
from loubao.rules import yaml_file
from loubao.rules.folder import load_rules
from loubao.rules.matching import Matching
from loubao.rules.sheets import load_printed
from loubao.rules.yaml_file import refuse_missing
from loubao.screening.explanation import Explainer, case_explained, with_rivals
from loubao.screening.inquiry import ScreenedMonth
from loubao.workspace.finished_month import finished_month, folder_of_match, frame_of, weights_of
from loubao.workspace.output_folder import newest_output, read_manifest

_LINKS = "links.parquet"
_READ = ("matching.yaml", "screening.yaml", "sheets.yaml")


@dataclass(frozen=True)
class Memory:
    """The ledger to look in, and its key."""

    path: Path
    key: str | None = None


def explain_person(
    wanted: Wanted, out: Path | None, rules: Path, memory: Memory | None, people: bool = False
) -> dict[str, Any]:
    """Return why somebody is on a sheet, or on none; of several people, what decides about each.

    `out` is the output of a match, by default the newest one. Raises a `Fault`.
    """
    folder = folder_of_match(out)
    finished = finished_month(folder, load_rules(rules))
    month, explainer = finished.month, finished.explainer
    about = _about(folder, out is None, finished.explainer.model, rules)
    case = wanted.case_no and month.numbered(wanted.case_no)
    if case:
        return {**about, **case_explained(case, month, explainer, people)}
    with _looking(memory, month) as ledger:
        search = Search(str(folder), month, ledger, explainer)
        chosen = search.chosen(wanted)
        # one of whom only a part of the name or number shows is chosen by whoever asks
        if len(chosen) > 1 or not (chosen[0].person.certain or wanted.which):
            return {**about, "several": search.several(chosen, people)}
        one = chosen[0]
        case = None if wanted.case_no else one.case_no and month.numbered(one.case_no)
        if case:
            return {**about, **case_explained(case, month, explainer, people)}
        return {**about, "whereabouts": search.whereabouts(one, people)}


@contextmanager
def _looking(memory: Memory | None, month: ScreenedMonth) -> Iterator[Whereabouts | None]:
    """Give the ledger as the month looks at it; None without one."""
    if memory is None:
        yield None
        return
    with reading(memory.path, memory.key) as connection:
        yield Whereabouts(connection, f"{month.as_of:%Y-%m}", month.rules)


def explain_pair(left: str, right: str, out: Path | None, rules: Path) -> dict[str, Any]:
    """Return what a pair of rows of a finished link weighs.

    `left`, `right`: rows as the spreadsheet shows them, `工作表!行.第几人` where several have one.
    `out` is the folder of the link or its parquet table, by default the newest folder. Raises a
    `Fault`.
    """
    folder = out or newest_output(_LINKS, "loubao link")
    file = folder / _LINKS if folder.is_dir() else folder
    if file.suffix != ".parquet" or not file.is_file():
        raise Usage(f"{folder} 不是 link 的输出，请用 --out 指明 link 的输出文件夹或 .parquet 文件")
    refuse_missing(rules)
    matching = yaml_file.load(rules / "matching.yaml", Matching)
    sheets = load_printed(rules, "sheets")
    model = weights_of(file, "loubao link")
    places = _Place.of(left, "left"), _Place.of(right, "right")
    near = (pl.col("left_row") == places[0].row) | (pl.col("right_row") == places[1].row)
    links = _with_ids(frame_of(file, near))
    own, other = (place.found(links) for place in places)
    around = with_rivals(links.with_columns(right_list=pl.lit("")), own)
    pair = around.filter(pl.col("left_id").is_in(own) & pl.col("right_id").is_in(other))
    if pair.is_empty():
        others = links.filter(pl.col("left_id").is_in(own))["right_row"].to_list()
        instead = (
            f"；这一行的候选在 RIGHT 第 {'、'.join(map(str, others[:5]))} 行" if others else ""
        )
        raise Usage(
            f"LEFT 第 {left} 行与 RIGHT 第 {right} 行不在结果里："
            f"没有相同之处，或可能性太低{instead}"
        )
    if pair.height > 1:
        raise Usage(
            f"LEFT 第 {left} 行与 RIGHT 第 {right} 行有 {pair.height} 对，请写明工作表和行内第几人"
            "（从 1 数起），如 --pair 表2!12.1 15"
        )
    (weighed,) = Explainer(model, matching, sheets.explain, "pairs").explained(pair)
    inputs = read_manifest(file.parent).get("inputs", {}) if file.name == _LINKS else {}
    return {
        **_about(folder, out is None, model, rules),
        "left": {"file": inputs.get("left", {}).get("file", ""), "row": places[0].row},
        "right": {"file": inputs.get("right", {}).get("file", ""), "row": places[1].row},
        "rivals": pair["rivals"].item(),
        "taken": pair["taken"].item(),
        **weighed,
    }


@dataclass(frozen=True)
class _Place:
    """A person of a table as `--pair` names one; what is not said may be any."""

    side: str
    row: int
    sheet: str = ""
    member: int | None = None

    @classmethod
    def of(cls, text: str, side: str) -> _Place:
        """Read `[工作表!]行[.第几人]`; raises `Usage`.

        >>> _Place.of("表2!12.1", "left") == _Place("left", 12, "表2", 0)
        True
        >>> _Place.of("12", "left") == _Place("left", 12)
        True
        """
        sheet, _, rest = text.rpartition("!")
        row, dot, member = rest.partition(".")
        if not row.isdecimal() or (dot and not (member.isdecimal() and int(member))):
            raise Usage("--pair 要写两个行号，写法如 12、表2!12、12.1（行内第 1 人）")
        return cls(side, int(row), sheet, int(member) - 1 if dot else None)

    def found(self, links: pl.DataFrame) -> list[int]:
        """Return the ids of those in a table of links (`_with_ids`) that it may be."""
        rows = links.filter(pl.col(f"{self.side}_row") == self.row)
        if self.sheet and f"{self.side}_sheet" in links.columns:
            rows = rows.filter(pl.col(f"{self.side}_sheet") == self.sheet)
        if self.member is not None and f"{self.side}_member" in links.columns:
            rows = rows.filter(pl.col(f"{self.side}_member") == self.member)
        return rows[f"{self.side}_id"].unique().to_list()


def _with_ids(links: pl.DataFrame) -> pl.DataFrame:
    """A table of links with `left_id`, `right_id`: what stands in one place has one."""
    for side in ("left", "right"):
        places = [f"{side}_{part}" for part in ("row", "sheet", "member")]
        there = [name for name in places if name in links.columns]
        number = pl.struct(there).rank("dense").cast(pl.UInt64)
        links = links.with_columns(number.alias(f"{side}_id"))
    return links


def _about(folder: Path, chosen: bool, model: Model, rules: Path) -> dict[str, Any]:
    """Which output is explained, whether the rules are still the same, whence the weights."""
    then = read_manifest(folder if folder.is_dir() else folder.parent).get("rules")
    then = then if isinstance(then, dict) else {}
    now = yaml_file.digests(rules, (rules / name for name in _READ if (rules / name).is_file()))
    return {
        "loubao": __version__,
        "out": str(folder),
        "newest": chosen,
        "changed_rules": [name for name in _READ if name in then and then[name] != now.get(name)],
        "model": {"learnt": model.learnt, "prior": model.prior},
    }
