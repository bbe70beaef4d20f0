"""Dense months: many wordings of one place in one month, one person each (`wordings.yaml`).

A group says where its words stand (a cell of a column, beside the name, a column of its own, a
line between rows, the name of a tab or of a file) and what is right: `stay`, the person is on a
sheet, or the month is refused and the word named; `leave`, the person is on no sheet, or an issue
names the row.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from exports import COLUMNS, COVERED_BY, cells
from tables import Book, Row, Table
from trial import RULES, crashed
from warm import cold

from people import Crowd, Person

GROUPS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "wordings.yaml").read_text(encoding="utf-8")
)
FILES = {
    "dibao": "6月低保在册",
    "tekun": "6月特困供养",
    "medical": "医疗自付",
    "disability": "新增残疾人",
    "monitored": "监测对象",
    "death": "6月死亡人员",
    "moved_out": "6月迁出人员",
}
MOVED = [
    *COLUMNS["death"][:4],
    ("moved_on", "迁出日期"),
    ("moved_to", "迁往地"),
    ("remark", "备注"),
]


class Dense:
    """A month in which each word of a group has one person, beside people without a word."""

    def __init__(self, group: dict[str, Any], words: list[Any], base: Path) -> None:
        self.group, self.words, self.base = group, words, base
        self.rng = random.Random(7)
        self.crowd = Crowd(self.rng)
        self.kind: str = group["list"]
        self.people = [self.crowd.draw() for _ in words]
        self.books: dict[str, Book] = {}
        source = self.kind if self.kind in COVERED_BY else group.get("source", "disability")
        for kind in dict.fromkeys(["dibao", "tekun", source, self.kind]):
            columns = MOVED if kind == "moved_out" else COLUMNS[kind]
            self.books[kind] = Book(FILES[kind], "xlsx", [Table(kind, list(columns), [])])
            for _ in range(group.get("others", 60)):
                self.add(kind, self.crowd.draw())
        if source != self.kind:
            for person in self.people:
                self.add(source, person)
            for _ in range(len(words) // 3 + 5):
                self.add(source, self.crowd.draw())

    def add(self, kind: str, person: Person) -> Row:
        """A clean row of the person in a list."""
        content = cells(person, kind, self.rng, True)
        if kind == "moved_out":
            content |= {"moved_on": "2022-05-03", "moved_to": "厦门市思明区"}
        row = Row({**content, **self.group.get("fixed", {}).get(kind, {})}, (person.key,))
        self.books[kind].tables[0].rows.append(row)
        return row

    def place(self) -> None:
        """Put each word where the group says."""
        where, book = self.group["where"], self.books[self.kind]
        table = book.tables[0]
        if where == "columns":
            self.columns(table)
        for person, word in zip(self.people, self.words, strict=True):
            if where == "cell":
                self.cell(table, person, word)
            elif where == "files":
                again = Table(self.kind, list(table.columns[:4]), [])
                self.books[word] = Book(word, "xlsx", [again])
                again.rows.append(Row(cells(person, self.kind, self.rng, True), (person.key,)))
            elif where in ("tabs", "lines"):
                number = len(book.tables)
                name = word if where == "tabs" else f"第{number}片"
                again = Table(self.kind, list(table.columns), [], sheet=name)
                book.tables.append(again)
                if where == "lines":
                    some = [Row(cells(self.crowd.draw(), self.kind, self.rng, True)) for _ in "123"]
                    again.rows += [*some, Row(raw=[word])]
                again.rows.append(Row(cells(person, self.kind, self.rng, True), (person.key,)))
        if where in ("tabs", "lines"):
            table.sheet = "6月" if where == "tabs" else "总"

    def cell(self, table: Table, person: Person, word: Any) -> None:
        """A word in a cell of the person's row; {} in it is the cell as it was."""
        key, header = self.group["column"]
        if key not in [have for have, _ in table.columns]:
            table.columns.append((key, header))
            for row in table.rows:
                row.cells.setdefault(key, self.group.get("usual"))
        row = self.add(self.kind, person)
        if isinstance(word, str) and "{}" in word:
            word = word.format(row.cells[key])
        row.cells[key] = word

    def columns(self, table: Table) -> None:
        """A column for each header of the words, its usual value for all but one person."""
        heads = {header: usual for header, usual, _ in self.words}
        table.columns += [(header, header) for header in heads]
        for row in table.rows:
            row.cells |= heads
        for person, (header, _, word) in zip(self.people, self.words, strict=True):
            self.add(self.kind, person).cells |= {**heads, header: word}

    def run(self) -> tuple[int, str, set[int]]:
        """Exit code, what was said, and the places of the words that came out wrong."""
        self.place()
        folder = self.base / "2022-06"
        folder.mkdir(parents=True)
        for book in self.books.values():
            self.rng.shuffle(book.tables[0].rows)
            book.save(folder)
        out = self.base / "out"
        ledger = self.base / "none.db"
        result = cold("match", folder, "--rules", RULES, "--out", out, "--ledger", ledger)
        if result.returncode:
            code = 1 if crashed(result) else result.returncode
            return code, result.stderr + result.stdout, set()
        return 0, "", set(self.wrong(out / "data"))

    def wrong(self, data: Path) -> Iterator[int]:
        """The places of the words whose person is where they should not be."""
        records = pl.read_parquet(data / "records.parquet")
        cases = pl.read_parquet(data / "cases.parquet").explode("record_ids")["record_ids"]
        on = set(records.filter(pl.col("record_id").is_in(cases.to_list()))["name_key"])
        issues = pl.read_parquet(data / "issues.parquet").select("file", "row").rows()
        rows = {
            row["name_key"]: (row["file"], row["row"])
            for row in records.filter(pl.col("list") == self.kind).to_dicts()
        }
        for place, person in enumerate(self.people):
            if self.group["right"] == "stay":
                if person.name not in on:
                    yield place
            elif person.name in on and rows.get(person.name) not in set(issues):
                yield place


def named(word: Any, said: str) -> bool:
    """Whether a refusal names the word: a file, a tab, the header of a column."""
    text = str(word[0] if isinstance(word, list) else word)
    text, flat = "".join(text.split()), "".join(said.split())
    return (
        any(mark + text in flat for mark in ("“", "：", "、", "错误：")) or f"xlsx{text}）" in flat
    )


def flat(group: dict[str, Any]) -> list[Any]:
    """The words of a group; [header, usual, [words]] stands for one of each word."""
    if group["where"] != "columns":
        return list(group["words"])
    return [[header, usual, word] for header, usual, words in group["words"] for word in words]


def try_group(name: str) -> tuple[int, int, list[str]]:
    """Words tried, words a month was refused for, and a line for each failure."""
    group = GROUPS[name]
    words = flat(group)
    tried, refused = len(words), 0
    for _ in range(len(words)):
        with tempfile.TemporaryDirectory() as folder:
            code, said, wrong = Dense(group, words, Path(folder)).run()
        if code == 0:
            return tried, refused, [f"{name}: {words[place]!r}" for place in sorted(wrong)]
        gone = [word for word in words if named(word, said)]
        if code == 1 or not gone:
            return tried, refused, [f"{name}: exit {code}: {said[-400:]}"]
        refused += len(gone)
        words = [word for word in words if word not in gone]
    return tried, refused, []


def trial(only: str) -> int:
    """All groups, or one; a line a failure, a table, 1 if there was any."""
    lines = ["", "| group | words | refused | wrong |", "| --- | --- | --- | --- |"]
    failed = 0
    for name in [only] if only else sorted(GROUPS):
        tried, refused, wrong = try_group(name)
        print("\n".join(wrong), flush=True)
        failed += len(wrong)
        lines.append(f"| {name} | {tried} | {refused or ''} | {len(wrong) or ''} |")
    print("\n".join(lines))
    return int(bool(failed))
