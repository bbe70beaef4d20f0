"""What verdicts are worth: do the intervals hold the truth, does EM begun from them do harm.

    python benchmarks/labels.py intervals [--runs 200]
    python benchmarks/labels.py learning --population FOLDER FOLDER ... [--public FOLDER ...]

`intervals` simulates a year of verdicts with known truth, as they come about: a sample of links of
the same size in every month, months of unequal size; candidates of several tiers, of which the desk
takes the likely ones first and villages answer some. It prints how often the 95 % interval of each
figure of `progress --quality` holds the truth, and that of kappa, beside kappa ± 1.96 standard
errors. A bar of 93–97 % over 200 runs is met by chance in 85 of 100 cases where the true level is
95 %: --runs 5000 shows the level itself.

`learning` links one set, lets the truth answer 100, 300 and 1,000 of the pairs, as a sample, the
desk and villages would, and links another set with EM begun from these verdicts and without. The
populations (population/make.py) are two or more, each the held-out one of the one before; a public
set (peers/public.py) is cut in two by its left rows. Means over --seeds draws of the verdicts. Exit
code 1 where F1 is lower or the calibration error higher than without, by more than one answer in a
thousand.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from loubao.core import frames
from loubao.ingest.columns import SIDES, named_columns
from loubao.ledger.judgements import Label
from loubao.ledger.posted_months import BANDS, band_of
from loubao.linkage import decide, score
from loubao.linkage.engine import Streaming
from loubao.linkage.model import Labelled
from loubao.review.kappa import agreement
from loubao.rules import shipped_rules
from loubao.rules.linking import load_linking
from loubao.supervision.estimates import Estimate
from loubao.supervision.learning import labelled_pairs
from loubao.supervision.quality import Recall, quality
from loubao.workspace.link_side import Side
from loubao.workspace.table_files import Opening, open_table
from population.examine import examine

RULES = load_linking(shipped_rules())
MARGIN = 0.001
VERDICTS = (100, 300, 1000)
MONTHS = [f"2022-{month:02}" for month in range(1, 7)]
DRAWN = 20
#: tier → share that is right, and pairs of a middling month
LINKS = {
    "same_number_same_name": (0.995, 1500),
    "same_number_same_reading": (0.96, 160),
    "slipped_number_same_name": (0.93, 60),
}
#: tier → of each of three bands (0.1, 0.65, 0.97) the share that is right, and pairs of a month
REVIEWS = {
    "number_one_edit": ((0.35, 0.75, 0.92), (30, 40, 60)),
    "name_and_birth": ((0.10, 0.50, 0.90), (40, 30, 20)),
    "name_and_village": ((0.05, 0.30, 0.80), (120, 30, 8)),
}
PROBABILITIES = (0.1, 0.65, 0.97)
#: how many of each band get an answer: the desk takes the likely ones first
ANSWERED = (0.15, 0.3, 0.7)


# -- intervals ------------------------------------------------------------------------------------


def simulated(draw: random.Random) -> tuple[list[Label], list[dict[str, Any]], dict[str, float]]:
    """Verdicts, the counts of the months, and the truth of each figure."""
    labels: list[Label] = []
    counts: list[dict[str, Any]] = []
    right_links = links = 0.0
    for place, month in enumerate(MONTHS):
        size = 0.4 + 0.3 * place
        pairs = {tier: round(size * n) for tier, (_, n) in LINKS.items()}
        pool = [tier for tier, n in pairs.items() for _ in range(n)]
        for tier in draw.sample(pool, DRAWN):
            is_right = draw.random() < LINKS[tier][0]
            labels.append(_label("sample", month, tier, 0.999, is_right))
        links += sum(pairs.values())
        right_links += sum(n * LINKS[tier][0] for tier, n in pairs.items())
        by_band = {}
        for tier, (shares, of_band) in REVIEWS.items():
            bands = [0] * (len(BANDS) + 1)
            for share, n, probability, part in zip(
                shares, of_band, PROBABILITIES, ANSWERED, strict=True
            ):
                bands[band_of(probability)] = n
                for _ in range(n):
                    if draw.random() < part:
                        is_right = draw.random() < share
                        labels.append(_label("sheet", month, tier, probability, is_right))
            by_band[tier] = bands
        counts.append(
            {
                "month": month,
                "links_by_tier": {"dibao": pairs},
                "reviews_by_tier": {"dibao": {tier: sum(n) for tier, n in by_band.items()}},
                "reviews_by_band": {"dibao": by_band},
            }
        )
    truth = {"links": right_links / links}
    of_tiers = {
        tier: (sum(p * n for p, n in zip(shares, of_band, strict=True)), sum(of_band))
        for tier, (shares, of_band) in REVIEWS.items()
    }
    truth |= {tier: right / n for tier, (right, n) in of_tiers.items()}
    right_reviews, reviews = map(sum, zip(*of_tiers.values(), strict=True))
    truth["reviews"] = right_reviews / reviews
    truth["recall"] = right_links / (right_links + len(MONTHS) * right_reviews)
    truth |= {tier: share for tier, (share, _) in LINKS.items()}
    for place, probability in enumerate(PROBABILITIES):
        right = sum(shares[place] * n[place] for shares, n in REVIEWS.values())
        truth[f"band of {probability}"] = right / sum(n[place] for _, n in REVIEWS.values())
    return labels, counts, truth


def _label(drawn: Any, month: str, tier: str, probability: float, same: bool) -> Label:
    asked = {"kind": "roll", "list": "dibao", "tier": tier, "probability": probability}
    return Label(drawn, month, asked, same)


def figures(
    labels: Iterable[Label], counts: list[dict[str, Any]]
) -> Iterator[tuple[str, Estimate | Recall]]:
    """Every figure of `progress --quality` that is shown (30 verdicts and more)."""
    found = quality(labels, counts, least=30)
    for each in found.findings:
        if each.by in ("all", "tier") and each.share.decided >= 30:
            yield (each.group if each.by == "all" else each.key), each.share
    for band in found.bands:
        for probability in PROBABILITIES:
            if band.start <= probability < band.end:
                yield f"band of {probability}", band.share
    if found.recalls[""].value is not None:
        yield "recall", found.recalls[""]


def two_readers(draw: random.Random, n: int, share: float, kappa: float) -> list[tuple[str, str]]:
    """Answers to n questions by two readers whose kappa is that; `share` of them are yes."""
    pairs = []
    for _ in range(n):
        one = draw.random() < share
        other = one if draw.random() < kappa else draw.random() < share
        pairs.append(("same" if one else "different", "same" if other else "different"))
    return pairs


def intervals(runs: int) -> bool:
    """Print how often each interval holds the truth; whether every one does in 93–97 %."""
    held, seen, width = Counter[str](), Counter[str](), dict[str, float]()
    truth: dict[str, float] = {}
    for run in range(runs):
        labels, counts, truth = simulated(random.Random(run))
        for name, share in figures(labels, counts):
            seen[name] += 1
            held[name] += share.low <= truth[name] <= share.high
            width[name] = width.get(name, 0.0) + share.high - share.low
    print(f"| figure, {runs} runs | truth | holds it | mean width |\n| --- | --- | --- | --- |")
    every = []
    for name in truth:
        if seen[name]:
            every.append(held[name] / seen[name])
            mean = width[name] / seen[name]
            print(f"| {name} | {truth[name]:.3f} | {100 * every[-1]:.1f} % | {mean:.3f} |")
    mean = sum(held.values()) / sum(seen.values())
    print(f"\nall of them together {100 * mean:.1f} %\n")
    print("| questions, share of yes, kappa | holds it | kappa ± 1.96 s. e. |\n| --- | --- | --- |")
    for n in (50, 130, 300):
        for yes, kappa in ((0.5, 0.6), (0.5, 0.9), (0.7, 0.6), (0.7, 0.9)):
            holds = of_wald = told = 0
            for run in range(runs):
                answers = two_readers(random.Random(run), n, yes, kappa)
                found = agreement(answers)
                if found is None or found.low is None or found.high is None:
                    continue
                told += 1
                holds += found.low <= kappa <= found.high
                low, high = wald(answers)
                of_wald += low <= kappa <= high
            every.append(holds / told)
            print(
                f"| {n}, {yes}, {kappa} | {100 * every[-1]:.1f} % | {100 * of_wald / told:.1f} % |"
            )
    outside = sum(not 0.93 <= each <= 0.97 for each in every)
    print(f"\n{len(every) - outside} of {len(every)} within 93–97 %\n")
    return not outside


def wald(pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Kappa ± 1.96 standard errors (Fleiss, Cohen and Everitt 1969), for two kinds of answers."""
    n = len(pairs)
    kinds = ("same", "different")
    cell = {key: count / n for key, count in Counter(pairs).items()}
    one = {a: sum(cell.get((a, b), 0.0) for b in kinds) for a in kinds}
    two = {b: sum(cell.get((a, b), 0.0) for a in kinds) for b in kinds}
    observed = sum(cell.get((a, a), 0.0) for a in kinds)
    chance = sum(one[a] * two[a] for a in kinds)
    kappa = (observed - chance) / (1 - chance)
    variance = -((observed * chance - 2 * chance + observed) ** 2)
    for (a, b), share in cell.items():
        if a == b:
            variance += share * ((1 - chance) - (one[a] + two[a]) * (1 - observed)) ** 2
        else:
            variance += share * (1 - observed) ** 2 * (two[a] + one[b]) ** 2
    reach = 1.96 * math.sqrt(max(variance, 0.0) / n) / (1 - chance) ** 2
    return kappa - reach, kappa + reach


# -- learning -------------------------------------------------------------------------------------


class Dataset:
    """Two tables (LINKABLE), and which pairs are one person."""

    def __init__(self, left: pl.DataFrame, right: pl.DataFrame, truth: pl.DataFrame) -> None:
        self.left, self.right, self.truth = left, right, truth

    @staticmethod
    def of(folder: Path) -> Dataset:
        """Read a folder of population/make.py or peers/public.py."""
        left, right = (_linkable(folder / f"{side}.parquet", side) for side in SIDES)
        return Dataset(left, right, pl.read_parquet(folder / "truth.parquet"))

    def halves(self) -> list[Dataset]:
        """The left rows of even and of odd numbers, each against the whole right table."""
        return [
            Dataset(
                self.left.filter(pl.col("record_id") % 2 == rest),
                self.right,
                self.truth.filter(pl.col("left_row") % 2 == rest),
            )
            for rest in (0, 1)
        ]

    def linked(self, labelled: Labelled) -> pl.DataFrame:
        """DECISIONS as `loubao link` makes them, with EM begun from these pairs."""
        streaming = Streaming(self.left, RULES.matching)
        streaming.add(self.right, None)
        rows, tables = streaming.rows(), streaming.tables()
        weighed, _ = score.weigh(streaming.pairs(), rows, tables, RULES.matching, labelled)
        ranked = decide.one_link(decide.rank(weighed, RULES.matching, "pairs"))
        return decide.decisions_of(decide.without_settled_reviews(ranked), rows)

    def measured(self, decisions: pl.DataFrame) -> tuple[float, float, float]:
        """F1 of the best candidates, calibration error of all pairs and of those for review."""
        pairs = decisions.rename({"left_id": "left_row", "right_id": "right_row"})
        found = examine(pairs, self.truth)
        errors = (found[name]["error"] for name in ("calibration", "calibration_of_reviews"))
        return found["best"]["f1"], *errors

    def answered(
        self, decisions: pl.DataFrame, verdicts: int, draw: random.Random
    ) -> tuple[list[Label], list[dict[str, Any]]]:
        """So many pairs answered by the truth: a quarter a sample of links (more where there are
        few candidates), the others first candidates, of which the desk takes the likely ones and
        villages answer by chance.
        """
        rows = decisions.to_dicts()
        links = [row for row in rows if row["decision"] == "link"]
        first: dict[int, dict[str, Any]] = {}
        for row in rows:
            if row["decision"] == "review":
                first.setdefault(row["left_id"], row)
        likely = sorted(first.values(), key=lambda row: (-row["match_probability"], row["left_id"]))
        of_links = max(verdicts // 4, verdicts - len(first))
        sampled = draw.sample(links, min(of_links, len(links)))
        rest = verdicts - len(sampled)
        desk, others = likely[: rest // 3], likely[rest // 3 :]
        sheets = draw.sample(others, min(rest - len(desk), len(others)))
        right = set(self.truth.select(pl.col("left_row", "right_row").cast(pl.UInt64)).rows())
        drawn: list[tuple[Any, list[dict[str, Any]]]] = [
            ("sample", sampled),
            ("desk", desk),
            ("sheet", sheets),
        ]
        labels = [
            Label(how, MONTHS[0], _asked(row), (row["left_id"], row["right_id"]) in right)
            for how, some in drawn
            for row in some
        ]
        return labels, [_counts(rows)]


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    asked = {"kind": "roll", "list": "right", "probability": row["match_probability"]}
    return {**asked, "tier": row["tier"], "evidence": row["evidence"]}


def _counts(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The counts that the ledger keeps of a month."""
    counts: dict[str, Any] = {"month": MONTHS[0]}
    for group in ("links", "reviews"):
        tiers: Counter[str] = Counter()
        bands: dict[str, list[int]] = {}
        for row in rows:
            if row["decision"] == group[:-1]:
                tiers[row["tier"]] += 1
                of_tier = bands.setdefault(row["tier"], [0] * (len(BANDS) + 1))
                of_tier[band_of(row["match_probability"])] += 1
        counts |= {f"{group}_by_tier": {"right": tiers}, f"{group}_by_band": {"right": bands}}
    return counts


def _linkable(path: Path, side: str) -> pl.DataFrame:
    named = named_columns(None, RULES.labels, RULES.discretion)
    table = open_table(path, named[side], RULES, Opening())
    return pl.concat([frames.empty(frames.LINKABLE), *Side(side, table, RULES).frames()])


def learning(populations: list[Path], public: list[Path], seeds: int) -> bool:
    """Print F1 and calibration error without and with verdicts; whether none is worse."""
    people = [Dataset.of(folder) for folder in populations]
    pairs = {
        f"{folder.name} → next": (people[place], people[(place + 1) % len(people)])
        for place, folder in enumerate(populations)
    }
    for folder in public:
        first, second = Dataset.of(folder).halves()
        pairs |= {
            f"{folder.name}, 1 → 2": (first, second),
            f"{folder.name}, 2 → 1": (second, first),
        }
    print("| from → to | verdicts | F1 | calibration error | … of reviews |")
    print("| --- | --- | --- | --- | --- |")
    worse, of_sets = 0, dict[tuple[str, int], list[Sequence[float]]]()
    for name, (asked, held_out) in pairs.items():
        decisions = asked.linked({})
        without = held_out.measured(held_out.linked({}))
        kind = "populations" if asked in people else "public sets"
        of_sets.setdefault((kind, 0), []).append(without)
        print(
            f"| {name} | none | " + " | ".join(f"{each:.4f}" for each in without) + " |", flush=True
        )
        for verdicts in VERDICTS:
            found, given = [], 0
            for seed in range(seeds):
                labels, counts = asked.answered(decisions, verdicts, random.Random(seed))
                given = len(labels)
                strength = RULES.matching.weights.strength_of_verdicts
                labelled = labelled_pairs(labels, counts, strength)
                found.append(held_out.measured(held_out.linked(labelled)))
            means = [statistics.mean(each) for each in zip(*found, strict=True)]
            of_sets.setdefault((kind, verdicts), []).append(means)
            worse += means[0] < without[0] - MARGIN or means[1] > without[1] + MARGIN
            print(
                f"| | {given} | " + " | ".join(f"{each:.4f}" for each in means) + " |", flush=True
            )
    print("\n| mean of | verdicts | F1 | calibration error | … of reviews |")
    print("| --- | --- | --- | --- | --- |")
    for (kind, verdicts), every in of_sets.items():
        means = [statistics.mean(each) for each in zip(*every, strict=True)]
        line = " | ".join(f"{each:.4f}" for each in means)
        print(f"| {len(every)} {kind} | {verdicts or 'none'} | {line} |")
    print(f"\n{worse} worse than without by more than {MARGIN}")
    return not worse


def main() -> None:
    """Read the command line, measure, exit with 1 where a bar fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["intervals", "learning"])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--population", type=Path, nargs="*", default=[])
    parser.add_argument("--public", type=Path, nargs="*", default=[])
    args = parser.parse_args()
    if args.what == "intervals":
        sys.exit(0 if intervals(args.runs) else 1)
    if len(args.population) < 2:
        parser.error("--population FOLDER FOLDER")
    sys.exit(0 if learning(args.population, args.public, args.seeds) else 1)


if __name__ == "__main__":
    main()
