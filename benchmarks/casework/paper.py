"""The village sheets on paper: pages, people a page, cut text, broken tokens, sizes of print.

    python benchmarks/casework/paper.py --people 868 --villages 44 --work DIR

Everybody of an invented county is on a sheet in the second month, many with long names, addresses,
doubts and clues. LibreOffice prints the sheets in the fonts that are installed. A cell is cut where
its text, line by line, does not stand whole within its row; a token (number, telephone, date, sum)
is broken where no line has it whole. Three pages are kept as pictures in DIR/pages.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import random
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from cast import Clue, Person, Stay
from world import World

from desk import Desk, columns_of, read_sheet
from lists import Lists, month_name

LONG_NAMES = (
    "买买提吐尔逊·阿卜杜热合曼",
    "古丽娜尔·吐鲁甫",
    "司马相如玉",
    "阿卜杜勒·阿齐兹·穆罕默德",
)
TOKENS = re.compile(
    r"\d{3}-\d{4}-\d{5}|\d{6}\*{8}\d{3}[\dX]|\d{4}年\d{1,2}月(?:\d{1,2}日)?|\d{4}-\d{2}-\d{2}"
    r"|(?<!\d)\d{11}(?!\d)|0\d{3}-\d{7,8}|\d+\.\d+(?=元)|(?<=尾号)[\dX]{4}"
)
MOST_PAGES, LEAST_PEOPLE = 100, 10.0


@dataclass
class Word:
    """A word on a page: where and what."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class LongLists(Lists):
    """Lists with long addresses and telephones."""

    def _address(self, one: Person, month: int) -> str:
        rng = random.Random(f"address {one.pid}")
        tail = rng.choice(
            [
                "",
                "",
                "埔头自然村东大路北侧安置小区3期12幢1504室",
                "后曾祠堂西侧老宅旁（原供销社宿舍楼二单元302室）",
                "新街125号",
                "湖边角落沿河路63-2号旁边搭盖",
            ]
        )
        town, village = one.place_in(month)
        return f"{town}{village}{one.group}组{one.door}号{tail}"


def long_world(seed: int, people: int, villages: list[tuple[str, str]]) -> World:
    """A county in which everybody is on a sheet, and much is written about many."""
    world = World(seed, 0, villages, 2)
    world.cast.people.clear()
    rng = world.rng
    for at in range(people):
        one = world.cast.person("paper")
        one.town, one.village = villages[at % len(villages)]
        if rng.random() < 0.04:
            one.name = rng.choice(LONG_NAMES)
        if rng.random() < 0.15:
            one.phone = f"{one.phone}、0595-8700{one.pid:04}"
        lists = rng.sample(["medical", "monitored"], 1 if rng.random() < 0.6 else 2)
        one.clues = [Clue(which, 0) for which in lists]
        draw = rng.random()
        if draw < 0.25:
            one.stays.append(Stay("dibao", 0))
            one.styles["dibao"] = (
                rng.choice(["plain", "sound"]),
                rng.choice(["one_wrong", "masked", "mangled", "missing"]),
            )
        elif draw < 0.4:
            one.stays.append(Stay("edge", 0))
        elif draw < 0.55:
            for _ in range(rng.randrange(1, 4)):
                other = world.cast.person("namesake")
                other.name, other.town, other.village = one.name, one.town, one.village
                other.birth = one.birth
                other.stays.append(Stay(rng.choice(["dibao", "tekun"]), 0))
                other.styles["dibao"] = other.styles["tekun"] = (
                    "plain",
                    rng.choice(["missing", "masked"]),
                )
    return world


def words_of(pdf: Path) -> list[list[Word]]:
    """The words of each page."""
    said = subprocess.run(
        ["pdftotext", "-bbox", str(pdf), "-"], text=True, check=True, capture_output=True
    ).stdout
    pages = []
    for page in said.split("<page ")[1:]:
        found = re.findall(
            r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', page
        )
        pages.append(
            [
                Word(float(left), float(top), float(right), float(bottom), html.unescape(text))
                for left, top, right, bottom, text in found
            ]
        )
    return pages


def lines_of(words: list[Word]) -> list[str]:
    """The words, put together to lines."""
    lines: list[tuple[float, list[Word]]] = []
    for word in sorted(words, key=lambda w: w.top):
        if lines and abs(lines[-1][0] - word.middle[1]) < 3:
            lines[-1][1].append(word)
        else:
            lines.append((word.middle[1], [word]))
    return ["".join(w.text for w in sorted(line, key=lambda w: w.left)) for _, line in lines]


def em_sizes(words: list[Word]) -> list[float]:
    """The sizes of words of full-width characters only, in points."""
    full = "[一-鿿，。、；：（）]{2,}"
    return [(w.right - w.left) / len(w.text) for w in words if re.fullmatch(full, w.text)]


class Paper:
    """Measures the sheets of a month."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.counts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.sizes: dict[str, float] = {"table": 99.0, "instructions": 99.0}
        self.log = (work / "failures.jsonl").open("w", encoding="utf-8")

    def fail(self, kind: str, text: str) -> None:
        """Keep a failure."""
        self.failures[kind] += 1
        self.log.write(json.dumps({"kind": kind, "text": text}, ensure_ascii=False) + "\n")
        self.log.flush()

    def sheet(self, book: Path, pdf: Path) -> None:
        """Measure one village's sheet."""
        opened = openpyxl.load_workbook(book).worksheets[0]
        rows = {r.case_no: r for r in read_sheet(book)}
        pages = words_of(pdf)
        self.counts["pages"] += len(pages)
        self.counts["people"] += len(rows)
        seen: set[str] = set()
        for number, words in enumerate(pages, 1):
            here = {w.text: w for w in words if w.text in rows}
            if not here:
                self.fail("a page without a person", f"{book.stem} page {number}")
                continue
            spans, scale = self._columns(opened, words, f"{book.stem} page {number}")
            for case_no, word in here.items():
                seen.add(case_no)
                height = (opened.row_dimensions[rows[case_no].row].height or 15) * scale
                self._person(opened, rows[case_no], words, spans, word.middle[1], height)
        for case_no in set(rows) - seen:
            self.fail("a person whose number is on no page, whole", f"{book.stem} {case_no}")

    def _columns(
        self, opened: Any, words: list[Word], where: str
    ) -> tuple[dict[str, tuple[float, float]], float]:
        """Left and right of each visible column on the page, and the scale of the print."""
        at, starts = 0.0, {}
        widths = self._widths(opened)
        for key, width in widths.items():
            starts[key] = (at, at + width)
            at += width
        middles = {w.text: w.middle[0] for w in words}
        first, last = middles["编号"], middles["备注"]
        a, b = sum(starts["case_no"]) / 2, sum(starts["remark"]) / 2
        per = (last - first) / (b - a)
        zero = first - a * per
        head = next(w.top for w in words if w.text == "编号")
        size = min(em_sizes([w for w in words if w.top > head]) or [99])
        self.sizes["table"] = min(self.sizes["table"], size)
        above = em_sizes([w for w in words if w.top < head - 25])
        if above:
            self.sizes["instructions"] = min(self.sizes["instructions"], *above)
        return {
            key: (zero + left * per, zero + right * per) for key, (left, right) in starts.items()
        }, size / 8

    @staticmethod
    def _widths(opened: Any) -> dict[str, float]:
        widths: dict[int, tuple[float, bool]] = {}
        for dimension in opened.column_dimensions.values():
            for column in range(dimension.min, dimension.max + 1):
                widths[column] = (dimension.width, dimension.hidden)
        keys = {column: key for key, column in columns_of(opened).items()}
        return {keys[c]: w for c, (w, hidden) in sorted(widths.items()) if c in keys and not hidden}

    def _person(
        self,
        opened: Any,
        row: Any,
        words: list[Word],
        spans: dict[str, tuple[float, float]],
        middle: float,
        height: float,
    ) -> None:
        for key in spans:
            text = re.sub(r"\s", "", row[key])
            if not text:
                continue
            left, right = spans[key]
            column = [w for w in words if left - 1 <= w.middle[0] <= right + 1]
            mine = [w for w in column if abs(w.middle[1] - middle) <= height / 2]
            lines = lines_of(mine)
            self.counts["cells"] += 1
            where = f"{row.path.stem} {row.case_no} {key}"
            if "".join(lines) != text:
                near = [w for w in column if abs(w.middle[1] - middle) <= height / 2 + 12]
                kind = (
                    "text runs out of its row"
                    if text in "".join(lines_of(near))
                    else "text is not on paper whole"
                )
                self.fail(f"{kind}: {key}", f"{where} {text!r} printed {lines}")
            for token in TOKENS.findall(row[key]):
                if not any(token in line for line in lines):
                    self.fail(f"broken token: {key}", f"{where} {token!r} in {lines}")
            over = [w.text for w in mine if w.left < left - 1.5 or w.right > right + 1.5]
            out = [
                w.text
                for w in mine
                if w.top < middle - height / 2 - 1 or w.bottom > middle + height / 2 + 1.5
            ]
            if over or out:
                self.fail(
                    f"printed over the edge of its cell: {key}",
                    f"{where} {over or out} of {text!r}",
                )


def main() -> int:
    """Print and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=868)
    parser.add_argument("--villages", type=int, default=44)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="a folder that is not there yet")
    chosen = parser.parse_args()
    work = chosen.work.resolve()
    desk = Desk(work / "office")
    with (desk.folder / "rules/villages.csv").open(encoding="utf-8") as stream:
        places = [
            (r["town"], r["village"]) for r in csv.DictReader(stream) if r["town"].endswith("镇")
        ]
    world = long_world(chosen.seed, chosen.people, places[: chosen.villages])
    for month in (0, 1):
        LongLists(world).write(desk.folder / month_name(month), month)
        desk.match(month_name(month))
    books = sorted((desk.folder / f"out/{month_name(1)}/核查表").glob("*/*.xlsx"))
    paper = Paper(work)
    (work / "pages").mkdir(exist_ok=True)
    for town in sorted({book.parent for book in books}):
        out = work / "pdf" / town.name
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(out)]
        of_town = [book for book in books if book.parent == town]
        subprocess.run([*command, *map(str, of_town)], check=True, capture_output=True)
        for book in of_town:
            paper.sheet(book, out / f"{book.stem}.pdf")
    for at, book in enumerate(books[:: max(1, len(books) // 3)][:3]):
        pdf = work / "pdf" / book.parent.name / f"{book.stem}.pdf"
        subprocess.run(
            ["pdftoppm", "-r", "70", "-l", "1", "-png", str(pdf), str(work / f"pages/{at}")],
            check=True,
        )
    people, pages = paper.counts["people"], paper.counts["pages"]
    if pages > MOST_PAGES * people / 868:
        paper.fail("too many pages", f"{pages}")
    if people / max(pages, 1) < LEAST_PEOPLE:
        paper.fail("too few people a page", f"{people / pages:.1f}")
    figures = {
        "counts": paper.counts,
        "people a page": round(people / max(pages, 1), 2),
        "smallest print (pt)": {k: round(v, 2) for k, v in paper.sizes.items()},
        "failures": paper.failures,
    }
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return int(bool(paper.failures))


if __name__ == "__main__":
    sys.exit(main())
