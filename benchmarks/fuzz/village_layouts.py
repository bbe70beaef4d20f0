"""Habits that move rows and columns, and that send other files than the one that was asked for."""

from __future__ import annotations

import random
from pathlib import Path

from village_habits import KEYS, habit
from words import WORDS

from pages import Answer, Page


@habit(must=True)
def sorted_whole(pages: list[Page], rng: random.Random) -> None:
    """All rows sorted, keys with them; blank lines come among them."""
    for page in pages:
        rows = page.cases()
        rng.shuffle(rows)
        page.order(rows)
        page.format = rng.choice(["asis", "xlsx", "xls", "csv"])


#: The columns that a village fills in.
FILLED_IN = ("核查结果", "备注", "核查日期", "核查方式", "是否健在", "拟纳入类型", "不符合原因")


@habit()
def sorted_without_keys(pages: list[Page], rng: random.Random) -> None:
    """Only the visible columns are sorted; the hidden ones stay where they were."""
    for page in pages:
        hidden = {
            word: [page.grid[row][page.column(word)] for row in page.cases()] for word in KEYS
        }
        rows = page.cases()
        places = list(rows)
        rng.shuffle(rows)
        page.order(rows)
        for word in KEYS:
            for place, value in zip(places, hidden[word], strict=True):
                page.grid[place][page.column(word)] = value


@habit()
def part_sorted(pages: list[Page], rng: random.Random) -> None:
    """Number and name are sorted, the rest not: nobody can say whose the answers are."""
    for page in pages:
        rows = page.cases()
        mixed = rows[1:] + rows[:1]
        for word in ("编号", "姓名"):
            values = [page.grid[row][page.column(word)] for row in mixed]
            for row, value in zip(rows, values, strict=True):
                page.put(row, word, value)
        for row in page.answered():
            answer = page.answers[row]
            assert answer
            answer.result = ""


@habit(must=True)
def copied_to_a_new_book(pages: list[Page], rng: random.Random) -> str:
    """The visible columns copied to a new workbook: no keys, no title perhaps."""
    said = []
    for page in pages:
        page.drop_columns(*KEYS)
        page.format = rng.choice(["xlsx", "xls", "csv", "ods", "html"])
        if rng.random() < 0.5:
            cut = page.header
            page.grid, page.answers, page.header = page.grid[cut:], page.answers[cut:], 0
        if page.format == "csv":
            page.extra["encoding"] = rng.choice(["gbk", "utf-8", "utf-16", "utf-8-sig"])
        said.append(page.format)
    return " ".join(said)


@habit()
def few_columns(pages: list[Page], rng: random.Random) -> str:
    """A list of one's own: number or not, name, result, remark."""
    drop = rng.choice(WORDS["dropped_columns"])
    for page in pages:
        keep = {
            "编号",
            "姓名",
            "身份证号",
            "核查结果",
            "拟纳入类型",
            "不符合原因",
            "备注",
            "年龄",
            "村",
            "核查日期",
        } - set(drop)
        heads = ["".join(str(cell or "").split()) for cell in page.grid[page.header]]
        page.drop_columns(*[head for head in heads if head and head not in keep])
        page.format = rng.choice(["xlsx", "csv"])
    return " ".join(drop)


@habit(must=True)
def columns_moved(pages: list[Page], rng: random.Random) -> None:
    """Columns moved about and one added, keys and all."""
    for page in pages:
        order = list(range(len(page.grid[page.header])))
        rng.shuffle(order)
        page.grid = [[line[place] for place in order] for line in page.grid]
        page.insert_column(rng.randrange(5), rng.choice(["序号", "备注2", "家庭情况", ""]))
        page.format = "xlsx"


@habit()
def headers_changed(pages: list[Page], rng: random.Random) -> str:
    """A header in other words."""
    word, new = rng.choice(WORDS["sheet_headers"])
    for page in pages:
        page.grid[page.header][page.column(word)] = new
        page.format = "xlsx"
        if new == "" and word == "核查结果":
            page.drop_columns(*KEYS)
    return f"{word} -> {new}"


@habit(must=True)
def rows_between(pages: list[Page], rng: random.Random) -> None:
    """Blank lines, notes and the header again between the rows; some rows deleted."""
    for page in pages:
        for row in sorted(page.cases(), reverse=True):
            chance = rng.random()
            if chance < 0.15:
                page.insert(row, [None] * len(page.grid[page.header]))
            elif chance < 0.25:
                page.insert(row, list(page.grid[page.header]))
            elif chance < 0.35:
                page.insert(row, [None, None, rng.choice(["以下为二组", "已核", "见上", "合计"])])
            elif chance < 0.42:
                del page.grid[row]
                del page.answers[row]
        page.format = "xlsx"


@habit()
def answers_one_row_off(pages: list[Page], rng: random.Random) -> None:
    """A cell was inserted: numbers and names slid down by one against keys and answers."""
    for page in pages:
        rows = page.cases()
        for word in ("编号", "姓名", "身份证号"):
            place = page.column(word)
            for row in reversed(rows[1:]):
                page.grid[row][place] = page.grid[row - 1][place]
        for row in page.answered():
            answer = page.answers[row]
            assert answer
            answer.result = ""


@habit()
def lines_of_another_village(pages: list[Page], rng: random.Random) -> None:
    """Lines of one village are pasted into the sheet of another, with or without the keys."""
    if len(pages) > 1:
        giver, taker = pages[0], pages[1]
        if rng.random() < 0.5:
            for page in (giver, taker):
                page.drop_columns(*KEYS)
                page.format = "xlsx"
        for row in giver.answered()[:5]:
            taker.insert(taker.cases()[-1] + 1, list(giver.grid[row]))
            place = taker.cases()[-1]
            taker.answers[place], giver.answers[row] = giver.answers[row], None
            for word in FILLED_IN:
                giver.put(row, word, None)


@habit()
def two_in_a_line(pages: list[Page], rng: random.Random) -> None:
    """One line answers for two people: both names in it."""
    for page in pages:
        rows = page.answered()
        for first, second in zip(rows[::2], rows[1::2], strict=False):
            place = page.column("姓名")
            names = [str(page.grid[row][place]) for row in (first, second)]
            page.put(first, "姓名", rng.choice(["、", "，", "/", " "]).join(names))
            page.answers[second] = None
            for word in FILLED_IN:
                page.put(second, word, None)
            if rng.random() < 0.5:
                page.grid[first][0] = f"{page.grid[first][0]}、{page.grid[second][0]}"
        if rng.random() < 0.5:
            page.drop_columns(*KEYS)
            page.format = "xlsx"


@habit(must=True)
def sent_twice(pages: list[Page], rng: random.Random) -> None:
    """The same file again under another name or in another format."""
    for page in list(pages):
        again = page.file.replace(".xlsx", rng.choice(["（1）.xlsx", "副本.xlsx", "最终.xlsx"]))
        copy = page.copy(again, rng.choice(["asis", "xlsx", "csv"]))
        pages.append(copy)


@habit()
def sent_twice_otherwise(pages: list[Page], rng: random.Random) -> None:
    """The same people again with another result and the same day: nobody knows which is right."""
    for page in list(pages):
        other = page.copy(page.file.replace(".xlsx", "2.xlsx"))
        for row in other.answered():
            answer = other.answers[row]
            assert answer
            word = "疑难" if answer.word != "疑难" else "已申请"
            token = answer.token.replace("答", "答9", 1)
            other.answers[row] = Answer(token, answer.case, answer.name, "", word)
            answer.result = ""
            other.put(row, "核查结果", word)
            other.put(row, "备注", token)
        pages.append(other)


@habit()
def paper_beside(pages: list[Page], rng: random.Random) -> str:
    """A photo, a PDF, a document or an archive instead of the sheet: told, no answer lost."""
    kind = rng.choice(WORDS["paper_kinds"])
    heads = {
        ".jpg": b"\xff\xd8\xff\xe0",
        ".pdf": b"%PDF-1.4\n",
        ".docx": b"PK\x03\x04",
        ".zip": b"PK\x03\x04",
        ".png": b"\x89PNG\r\n\x1a\n",
        ".rar": b"Rar!\x1a\x07",
    }
    for page in pages[:2]:
        page.file = page.file.replace(".xlsx", kind)
        page.instead = heads.get(kind, b"\xd0\xcf\x11\xe0") + b"\0" * 900
    return kind


@habit()
def edition_of_before(pages: list[Page], rng: random.Random) -> str:
    """The first edition is filled in, though a second was sent; keys there or not."""
    said = 0
    for page in pages:
        old = Path(str(page.source).replace("/out2/", "/out1/"))
        if old.exists():
            said += 1
            made = Page.read(old, old.parents[1])
            made.fill(rng, 50000 + 1000 * said)
            page.source, page.grid, page.header, page.answers = (
                old,
                made.grid,
                made.header,
                made.answers,
            )
            if rng.random() < 0.4:
                page.drop_columns(*KEYS)
                page.format = "xlsx"
    return f"{said} of {len(pages)}"
