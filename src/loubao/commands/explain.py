"""`explain`: why a person is on the sheet, or what a pair of rows weighs, from what a run wrote.

Nothing is linked again: the decisions, and the weights that they were made with, are read from the
output. Without `people` a report has no names and no numbers, only places of rows and levels. A
decision is explained step by step (`linkage.model.steps`), in the words of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import polars as pl

from loubao import __version__
from loubao.core import frames
from loubao.core.faults import Usage
from loubao.core.notation import masked
from loubao.ledger.status import VERDICT_TIER
from loubao.linkage.model import Model, probability, steps
from loubao.rules import yaml_file
from loubao.rules.folder import Rules, load_rules
from loubao.rules.matching import Matching
from loubao.rules.screening import SourceCoverage
from loubao.rules.sheets import load_printed, weight_in_words
from loubao.rules.wording import Wording
from loubao.rules.yaml_file import refuse_missing
from loubao.screening.candidates import ELSEWHERE_TIER
from loubao.workspace.output_folder import newest_output, read_manifest
from loubao.workspace.parquet_file import read_model

_CASES, _DECISIONS = "data/cases.parquet", "data/decisions.parquet"
_RECORDS = "data/records.parquet"
_LINKS = "links.parquet"
_READ = ("matching.yaml", "screening.yaml", "sheets.yaml")
#: Of a candidate's number only its end is shown, as on the sheet.
_TAIL = 4
#: Steps that are only shown where they weigh something.
_EXTRA = ("rarity", "rivals")


@dataclass(frozen=True)
class Explainer:
    """By what pairs are explained: the weights of the run, the rules, their words.

    `purpose`: `pairs` of a link, or `monthly`, where tiers may decide otherwise.
    """

    model: Model
    matching: Matching
    words: Wording
    purpose: Literal["pairs", "monthly"]

    def explained(self, decisions: pl.DataFrame) -> list[dict[str, Any]]:
        """Return for each of DECISIONS, in their order, what it weighs and why.

        decision, tier and its wording, match_weight, match_probability, `alone` (the probability
        without rivals), and `steps`: step, level, words, weight, strength. A pair that only a
        person has put together weighs nothing and has no steps. Raises `Usage` where the model is
        not that of the decisions.
        """
        try:
            weighed = steps(decisions.drop_nulls("match_weight"), self.model)
        except ValueError:
            command = "loubao match" if self.purpose == "monthly" else "loubao link"
            raise Usage(f"输出里的匹配权重与结果对不上，请重新运行 {command}") from None
        of_pair = weighed.partition_by("left_id", "right_id", as_dict=True)
        nothing = weighed.clear()
        return [
            {
                "decision": row["decision"],
                "tier": row["tier"],
                "wording": self._wording(row["tier"], row["decision"]),
                "match_weight": row["match_weight"],
                "match_probability": row["match_probability"],
                "alone": None
                if row["match_weight"] is None
                else probability(self.model.prior + row["match_weight"]),
                "steps": [
                    self._step(**step)
                    for step in of_pair.get((row["left_id"], row["right_id"]), nothing)
                    .select("step", "level", "weight")
                    .iter_rows(named=True)
                    if step["step"] not in _EXTRA or step["weight"] != 0.0
                ],
            }
            for row in decisions.iter_rows(named=True)
        ]

    def _step(self, step: str, level: str | None, weight: float) -> dict[str, Any]:
        words = None
        if level is not None:
            words = level_words(step, level, self.matching, self.words)
        elif step == "rarity":
            words = self.words.rare if weight > 0 else self.words.common
        strength = None if step in {"prior", "rivals"} else weight_in_words(self.words, weight)
        return {
            "step": step,
            "level": level,
            "words": words,
            "weight": weight,
            "strength": strength,
        }

    def _wording(self, name: str, decision: str) -> str:
        """The tier's wording; where the tier links and this pair is reviewed all the same, why."""
        if name == VERDICT_TIER:
            return self.words.judged
        if name == ELSEWHERE_TIER:
            return self.words.elsewhere
        tier = next((tier for tier in self.matching.tiers if tier.name == name), None)
        if tier is None:
            return name
        if tier.decision == decision or decision == "link":
            return tier.wording
        by_weight = self.purpose == "monthly" and tier.monthly == decision
        return f"{tier.wording}；{self.words.not_by_weight if by_weight else self.words.tied}"


def level_words(field: str, level: str, matching: Matching, words: Wording) -> str:
    """Return the words of an agreement level: those of the sheets, else those of `explain`.

    >>> from types import SimpleNamespace as Part
    >>> matching = Part(levels={"name": {"homophone": "姓名同音"}})
    >>> words = Part(levels={"name": {"homophone": "同音", "equal": "姓名相同"}})
    >>> [level_words("name", level, matching, words) for level in ("homophone", "equal", "new")]
    ['姓名同音', '姓名相同', 'name=new']
    """
    for levels in (matching.levels, words.levels):
        if level in levels.get(field, {}):
            return levels[field][level]
    return f"{field}={level}"


def explain_case(case: str, out: Path | None, rules: Path, people: bool = False) -> dict[str, Any]:
    """Return why a case is on the sheet: each candidate on each list, weight by weight.

    `case` is a case number or its last part (`12`); `out` the output of a match, by default the
    newest one. Raises a `Fault`.
    """
    folder = out or newest_output(_CASES, "loubao match")
    if not (folder / _CASES).is_file():
        raise Usage(f"{folder} 不是 match 的输出，请用 --out 指明 match 的输出文件夹")
    policy = load_rules(rules)
    cases = _frame(folder / _CASES)
    found = _found(cases, case, folder)
    records = _frame(folder / _RECORDS)
    model = _model(folder / _DECISIONS, "loubao match")
    pairs = _pairs(_frame(folder / _DECISIONS), found["record_ids"], records)
    explainer = Explainer(model, policy.matching, policy.sheets.explain, "monthly")
    wanted = [*found["record_ids"], *pairs["other"]]
    rows = {
        row["record_id"]: row
        for row in records.filter(pl.col("record_id").is_in(wanted)).iter_rows(named=True)
    }
    coverage = [policy.screening.coverage[name] for name in found["lists"]]
    numbers = dict(cases.select("record_ids", "case_no").explode("record_ids").iter_rows())
    candidates = [
        {
            **_about_candidate(pair, rows, numbers, policy, coverage),
            **weighed,
            **({"person": _person(rows[pair["other"]])} if people else {}),
        }
        for pair, weighed in zip(
            pairs.iter_rows(named=True), explainer.explained(pairs), strict=True
        )
    ]
    own = [rows[i] for i in found["record_ids"]]
    with_candidate = {candidate["list"] for candidate in candidates}
    home = {"town": found["town"], "village": found["village"]}
    # the sheet prints the person as the row with a proven number does
    proven = sorted(own, key=lambda row: row["id_status"] not in frames.PROVEN_STATUSES)
    return {
        **_about(folder, out is None, model, rules),
        "case_no": found["case_no"],
        "status": found["status"],
        "reason": found["reason"],
        "carried": not own,
        "rows": [
            {"list": row["list"], "title": policy.lists[row["list"]].sheet_label, **_place(row)}
            for row in own
        ],
        "candidates": candidates,
        "nobody_on": [
            policy.lists[name].sheet_label
            for name in records["list"].unique().sort()
            if own
            and name not in with_candidate
            and _counts_as(name, coverage, policy) in {"full", "part"}
        ],
        **({"person": (_person(proven[0], whole=True) if own else {}) | home} if people else {}),
    }


def _about_candidate(
    pair: Mapping[str, Any],
    rows: Mapping[int, Mapping[str, Any]],
    numbers: Mapping[int, str],
    rules: Rules,
    coverage: Sequence[SourceCoverage],
) -> dict[str, Any]:
    """Where a candidate stands and what being on that list does for the person.

    `rows` are the records, `numbers` the case numbers, both by record.
    """
    row = rows[pair["other"]]
    return {
        "list": row["list"],
        "title": rules.lists[row["list"]].sheet_label,
        "counts_as": _counts_as(row["list"], coverage, rules),
        "case_no": numbers.get(pair["other"]) if row["role"] == "source" else None,
        "place": _place(row),
        "from_place": _place(rows[pair["own"]]),
        "also": pair["also"],
        "qualifies": row["qualifies"],
        "failed_condition": row["failed_condition"],
        "rivals": pair["rivals"],
        "taken": pair["taken"],
    }


def explain_pair(left_row: int, right_row: int, out: Path | None, rules: Path) -> dict[str, Any]:
    """Return what a pair of rows of a finished link weighs.

    `out` is the folder of the link or its parquet table, by default the newest folder. Rows
    count as the spreadsheet shows them. Raises a `Fault`.
    """
    folder = out or newest_output(_LINKS, "loubao link")
    file = folder / _LINKS if folder.is_dir() else folder
    if file.suffix != ".parquet" or not file.is_file():
        raise Usage(f"{folder} 不是 link 的输出，请用 --out 指明 link 的输出文件夹或 .parquet 文件")
    refuse_missing(rules)
    matching = yaml_file.load(rules / "matching.yaml", Matching)
    sheets = load_printed(rules, "sheets")
    model = _model(file, "loubao link")
    near = (pl.col("left_row") == left_row) | (pl.col("right_row") == right_row)
    links = _frame(file, near).rename({"left_row": "left_id", "right_row": "right_id"})
    around = _with_rivals(links.with_columns(right_list=pl.lit("")), [left_row])
    pair = around.filter((pl.col("left_id") == left_row) & (pl.col("right_id") == right_row))
    if pair.is_empty():
        others = links.filter(pl.col("left_id") == left_row)["right_id"].to_list()
        instead = (
            f"；这一行的候选在 RIGHT 第 {'、'.join(map(str, others[:5]))} 行" if others else ""
        )
        raise Usage(
            f"LEFT 第 {left_row} 行与 RIGHT 第 {right_row} 行不在结果里："
            f"没有相同之处，或可能性太低{instead}"
        )
    (weighed,) = Explainer(model, matching, sheets.explain, "pairs").explained(pair)
    inputs = read_manifest(file.parent).get("inputs", {}) if file.name == _LINKS else {}
    return {
        **_about(folder, out is None, model, rules),
        "left": {"file": inputs.get("left", {}).get("file", ""), "row": left_row},
        "right": {"file": inputs.get("right", {}).get("file", ""), "row": right_row},
        "rivals": pair["rivals"].item(),
        "taken": pair["taken"].item(),
        **weighed,
    }


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


def _frame(path: Path, keep: pl.Expr | None = None) -> pl.DataFrame:
    rows = pl.scan_parquet(path)
    try:
        return (rows if keep is None else rows.filter(keep)).collect()
    except (OSError, pl.exceptions.PolarsError):
        raise Usage(f"{path} 打不开或不完整，请重新运行") from None


def _model(path: Path, command: str) -> Model:
    model = read_model(path)
    if model is None:
        raise Usage(f"{path} 里没有匹配权重（由旧版本写成，或被改过），请重新运行 {command}")
    return model


def _found(cases: pl.DataFrame, case: str, folder: Path) -> dict[str, Any]:
    """The case of that number; a last part will do.

    >>> cases = pl.DataFrame({"case_no": ["104-2022-00012", "104-2022-00013", "105-2022-00013"]})
    >>> [_found(cases, case, Path("out"))["case_no"] for case in ("12", "105-2022-00013")]
    ['104-2022-00012', '105-2022-00013']
    >>> _found(cases, "13", Path("out"))
    Traceback (most recent call last):
    loubao.core.faults.Usage: out 里有几个编号以 13 结尾，请写全：104-2022-00013、105-2022-00013
    """
    number = pl.col("case_no")
    same = number == case
    if case.isascii() and case.isdigit():
        same = same | (number.str.split("-").list.last() == case.zfill(5))
    found = cases.filter(same)
    if found.height == 1:
        return found.row(0, named=True)
    if cases.is_empty():
        raise Usage(f"{folder} 里没有待核查的人")
    if found.height:
        numbers = "、".join(found["case_no"].sort().to_list())
        raise Usage(f"{folder} 里有几个编号以 {case} 结尾，请写全：{numbers}")
    first, *_, last = cases["case_no"].sort().to_list() * 2
    raise Usage(
        f"{folder} 里没有这个编号；编号见核查表第一栏，从 {first} 到 {last}。"
        "别的月份请用 --out 指明文件夹"
    )


def _pairs(decisions: pl.DataFrame, ids: Sequence[int], records: pl.DataFrame) -> pl.DataFrame:
    """DECISIONS of a case: rolls and exclusions first, links first, the likeliest first.

    Adds `own` and `other` (the case's row and the one it was compared with), `also` (how many more
    of the case's rows point at the other one, which is shown once), `rivals`, `taken`.
    """
    lists = records.select(right_id="record_id", right_list="list", role="role")
    of_case = pl.col("left_id").is_in(ids)
    pairs = (
        _with_rivals(decisions.join(lists, on="right_id", maintain_order="left"), ids)
        .filter(of_case | pl.col("right_id").is_in(ids))
        .with_columns(
            own=pl.when(of_case).then("left_id").otherwise("right_id"),
            other=pl.when(of_case).then("right_id").otherwise("left_id"),
        )
    )
    link = pl.col("decision") == "link"
    return (
        pairs.sort(
            *(pl.col("role") == "source", ~link, "match_probability", "own", "other"),
            descending=[False, False, True, False, False],
            nulls_last=True,
        )
        .with_columns(also=pl.len().over("other").cast(pl.Int64) - 1)
        .unique("other", keep="first", maintain_order=True)
    )


def _with_rivals(decisions: pl.DataFrame, ids: Sequence[int]) -> pl.DataFrame:
    """Add `rivals`, other candidates of the row on the list, and `taken`, linked to another row."""
    another = (pl.col("decision") == "link") & ~pl.col("left_id").is_in(ids)
    return decisions.with_columns(
        rivals=pl.len().over("left_id", "right_list").cast(pl.Int64) - 1,
        taken=another.any().over("right_id"),
    )


def _counts_as(name: str, coverage: Sequence[SourceCoverage], rules: Rules) -> str:
    """What a row of a list does for the person: `full`, `part`, `excludes`, `source`, `nothing`."""
    role = rules.lists[name].role
    if role != "roll":
        return "source" if role == "source" else "excludes"
    if any(cover.list == name for each in coverage for cover in each.covered_by):
        return "full"
    partly = any(cover.list == name for each in coverage for cover in each.partly_by)
    return "part" if partly else "nothing"


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in (*frames.PLACE, "member")}


def _person(row: Mapping[str, Any], whole: bool = False) -> dict[str, str | None]:
    """Name and masked number, or the end of the number: for the screen only."""
    number = row["id_number"] or row["id_pattern"]
    if whole:
        return {"name": row["name"], "number": masked(pl.Series([number], dtype=pl.String)).item()}
    tail = number[-_TAIL:] if number and "?" not in number[-_TAIL:] else None
    return {"name": row["name"], "tail": tail}
