"""A village's sheet in the hand of a village: read, filled in, and written as villages send it."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from tables import Book, Row, Table

RESULTS = {
    "已核查符合": "eligible",
    "已核查不符合": "ineligible",
    "已申请": "applied",
    "已纳入": "enrolled",
    "疑难": "difficult",
}


@dataclass
class Answer:
    """What was answered of one person, under a token that stands in its 备注."""

    token: str
    case: str
    name: str
    result: str
    word: str
    must: bool = True


@dataclass
class Page:
    """One sheet as rows of cells; `answers[i]` belongs to row `i`, None where there is none."""

    source: Path
    grid: list[list[Any]]
    header: int
    answers: list[Answer | None]
    file: str
    format: str = "asis"
    extra: dict[str, Any] = field(default_factory=dict)
    instead: bytes | None = None

    @classmethod
    def read(cls, path: Path, folder: Path) -> Page:
        """The sheet that `match` wrote."""
        sheet = openpyxl.load_workbook(path).worksheets[0]
        grid = [list(line) for line in sheet.iter_rows(values_only=True)]
        header = next(i for i, line in enumerate(grid) if line[0] == "编号")
        file = path.relative_to(folder).as_posix()
        return cls(path, grid, header, [None] * len(grid), file)

    def column(self, word: str) -> int:
        """The place of a column, by its header without line breaks."""
        heads = ["".join(str(cell or "").split()) for cell in self.grid[self.header]]
        return heads.index(word)

    def cases(self) -> list[int]:
        """The rows of people."""
        place = self.column("case_no") if self.has("case_no") else 0
        return [
            i for i, line in enumerate(self.grid) if i > self.header and line[place] is not None
        ]

    def has(self, word: str) -> bool:
        """Whether the column is there."""
        return word in ["".join(str(cell or "").split()) for cell in self.grid[self.header]]

    def put(self, row: int, word: str, value: Any) -> None:
        """Write into a cell by its column's header."""
        self.grid[row][self.column(word)] = value

    def fill(self, rng: random.Random, count: int, share: float = 0.85) -> None:
        """Answer most of the people; tokens are numbered from `count`."""
        self.extra["names"] = [str(self.grid[row][self.column("姓名")]) for row in self.cases()]
        for row in self.cases():
            if rng.random() > share:
                continue
            word = rng.choice(list(RESULTS))
            token = f"答{count + row:05d}答"
            line = self.grid[row]
            name = str(line[self.column("姓名")])
            self.answers[row] = Answer(token, str(line[0]), name, RESULTS[word], word)
            self.put(row, "核查结果", word)
            self.put(row, "备注", token)
            self.put(row, "核查日期", f"2022-07-{rng.randint(1, 9):02d}")
            self.put(row, "核查方式", "入户")
            self.put(row, "是否健在", "是")
            if word in ("已核查符合", "已纳入"):
                self.put(row, "拟纳入类型", rng.choice(["低保", "特困", "单人保"]))
            if word == "已核查不符合":
                self.put(row, "不符合原因", "家庭收入超标")

    def copy(self, file: str, format: str = "asis") -> Page:
        """Another copy of the file."""
        return Page(
            self.source,
            deepcopy(self.grid),
            self.header,
            list(self.answers),
            file,
            format,
            dict(self.extra),
        )

    def order(self, rows: list[int]) -> None:
        """Put the rows of people into this order; each answer goes with its row."""
        where = sorted(rows)
        lines, answers = [self.grid[i] for i in rows], [self.answers[i] for i in rows]
        for place, line, answer in zip(where, lines, answers, strict=True):
            self.grid[place], self.answers[place] = line, answer

    def answered(self) -> list[int]:
        """The rows that are answered."""
        return [i for i, answer in enumerate(self.answers) if answer is not None]

    def insert(self, place: int, line: list[Any]) -> None:
        """A row between."""
        self.grid.insert(place, line)
        self.answers.insert(place, None)

    def drop_columns(self, *words: str) -> None:
        """Delete columns."""
        for word in words:
            if self.has(word):
                place = self.column(word)
                for line in self.grid:
                    if len(line) > place:
                        del line[place]

    def insert_column(self, place: int, header: str) -> None:
        """An empty column with a header."""
        for number, line in enumerate(self.grid):
            line.insert(place, header if number == self.header else None)

    def save(self, folder: Path) -> None:
        """Write the file: into the workbook that was sent, or into a new file of a format."""
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.instead is not None:  # no sheet at all
            path.write_bytes(self.instead)
            return
        if self.format == "asis":
            workbook = openpyxl.load_workbook(self.source)
            sheet = workbook.worksheets[0]
            for number, line in enumerate(self.grid, 1):
                for place, value in enumerate(line, 1):
                    cell = sheet.cell(number, place)
                    if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                        cell.value = value
            workbook.save(path)
            return
        table = Table(
            "", [], [Row(raw=list(line)) for line in self.grid], sheet="核查表", header=[]
        )
        book = Book(self.file.rsplit(".", 1)[0], self.format, [table])
        book.encoding = self.extra.get("encoding", "utf-8-sig")
        book.save(folder)
        self.file = book.file
