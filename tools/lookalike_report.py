"""How well the measures of `build_lookalikes.py` tell look-alikes from other pairs: AUC and recall.

The labelled pairs are in `lookalike_pairs.txt`. The other pairs are drawn with a fixed seed: at
random, of the same reading, of the same radical. The last two are the hard ones, and not all of
them are wrong: characters with a common phonetic part (马 玛) often do look alike.
"""

from __future__ import annotations

import random
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]


def labelled(path: Path) -> dict[str, list[str]]:
    """Read `lookalike_pairs.txt`: section → pairs."""
    sections: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            pairs = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            pairs += line.split()
    return sections


def other_pairs(
    fields: Mapping[str, Mapping[str, str]], known: Iterable[str], count: int = 3000
) -> dict[str, list[str]]:
    """Draw pairs of everyday characters: at random, of the same reading, of the same radical."""
    draw = random.Random(7)
    everyday = [c for c, f in fields.items() if 0 < int(f.get("kGB0", 0)) < 5590]
    alike = {frozenset(pair) for pair in known}
    groups: dict[str, dict[str, list[str]]] = {"random": {"": everyday}}
    for name, field in (("same reading", "kMandarin"), ("same radical", "kRSUnicode")):
        groups[name] = defaultdict(list)
        for char in everyday:
            value = fields[char][field].split()[0].partition(".")[0].rstrip("'")
            bare = unicodedata.normalize("NFD", value)
            groups[name]["".join(c for c in bare if not unicodedata.combining(c))].append(char)
    drawn: dict[str, list[str]] = {}
    for name, group in groups.items():
        several = [chars for chars in group.values() if len(chars) > 1]
        drawn[name] = []
        while len(drawn[name]) < count:
            pair = draw.sample(draw.choices(several, [len(chars) for chars in several])[0], 2)
            if frozenset(pair) not in alike:
                drawn[name].append("".join(pair))
    return drawn


def auc(alike: Matrix, others: Matrix) -> float:
    """Area under the ROC curve: how often a look-alike pair scores above another, ties by half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, alike, "left") + np.searchsorted(ordered, alike, "right")
    return float(below.mean() / 2 / len(others))


def fit(alike: Matrix, others: Matrix) -> npt.NDArray[np.float64]:
    """Logistic regression (ridge 1, Newton's method); the last weight is the intercept."""
    x = np.vstack([alike, others]).astype(np.float64)
    x = np.column_stack([x, np.ones(len(x))])
    y = np.r_[np.ones(len(alike)), np.zeros(len(others))]
    ridge = np.diag(np.r_[np.ones(x.shape[1] - 1), 0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (p - y) + ridge @ weights
        weights = weights - np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, slope)
    return weights


def report(
    chars: Sequence[str],
    fields: Mapping[str, Mapping[str, str]],
    layers: Sequence[Matrix],
    weighed: Mapping[str, float],
    truth: Mapping[str, list[str]],
    kept: set[tuple[str, ...]],
) -> None:
    """Print AUC of each measure and of all, and the share of pairs that the table holds."""
    row = {char: nth for nth, char in enumerate(chars)}

    def look(pairs: Sequence[str]) -> Matrix:
        one, two = ([row[pair[side]] for pair in pairs] for side in (0, 1))
        return np.column_stack([layer[one, two] for layer in layers])

    def held(pairs: Sequence[str]) -> str:
        return f"{100 * sum(tuple(sorted(pair)) in kept for pair in pairs) / len(pairs):.2f} %"

    others = other_pairs(fields, [pair for pairs in truth.values() for pair in pairs])
    seen = {name: look(pairs) for name, pairs in (*truth.items(), *others.items())}
    learnt = fit(seen["tuning"], seen["same radical"])
    print("learnt", dict(zip((*weighed, "intercept"), learnt.round(2).tolist(), strict=True)))
    weights = np.array([*weighed.values()], np.float32)
    for section in truth:
        for other in others:
            alone = [auc(seen[section][:, k], seen[other][:, k]) for k in range(len(weighed))]
            both = auc(seen[section] @ weights, seen[other] @ weights)
            shown = dict(zip(weighed, (f"{a:.3f}" for a in alone), strict=True))
            print(section, "against", other, shown, f"together {both:.3f}")
    for name, pairs in (*truth.items(), *others.items()):
        print("above the threshold:", name, held(pairs), "of", len(pairs))
