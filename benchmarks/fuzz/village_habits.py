"""What villages do to a sheet before they send it back; each habit keeps the truth of the answers.

`must`: the answers are to be posted, not merely told to be wrong. A habit returns what it did.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from words import WORDS

from pages import Answer, Page


@dataclass(frozen=True)
class Habit:
    """A habit, and whether the answers must be posted all the same."""

    apply: Callable[[list[Page], random.Random], str | None]
    must: bool = False


HABITS: dict[str, Habit] = {}
KEYS = ("case_no", "person_key", "edition")


def habit(
    must: bool = False,
) -> Callable[[Callable[[list[Page], random.Random], str | None]], None]:
    """Enter a habit under the function's name."""

    def enter(function: Callable[[list[Page], random.Random], str | None]) -> None:
        HABITS[function.__name__] = Habit(function, must)

    return enter


@habit(must=True)
def nothing_odd(pages: list[Page], rng: random.Random) -> str:
    """Filled in as asked; some files in another format, keys and all."""
    for page in pages:
        page.format = rng.choice(["asis", "asis", "xlsx", "xls", "csv", "ods", "html"])
    return " ".join(page.format for page in pages)


SHORT = {"已核查符合": "符合", "已核查不符合": "不符合"}


@habit(must=True)
def ticks(pages: list[Page], rng: random.Random) -> str:
    """The printed boxes are ticked in the cell."""
    mark = rng.choice(["☑", "√", "■", "☒", "✓", "✔", "●", "V", "[√]", "√□"])
    for page in pages:
        for row in page.answered():
            answer = page.answers[row]
            assert answer
            short = SHORT.get(answer.word, answer.word)
            text = "□符合  □不符合\n□已申请  □已纳入\n□疑难  □退回"
            page.put(row, "核查结果", text.replace(f"□{short}", f"{mark}{short}", 1))
            page.put(row, "是否健在", f"{mark}是\n□否")
    return mark


@habit()
def ticks_odd(pages: list[Page], rng: random.Random) -> str:
    """Ticks in a way that leaves room for doubt: before, behind, crossed, circled, struck."""
    way = rng.choice(WORDS["tick_ways"])
    for page in pages:
        for row in page.answered():
            answer = page.answers[row]
            assert answer
            short = SHORT.get(answer.word, answer.word)
            words = ["符合", "不符合", "已申请", "已纳入", "疑难", "退回"]
            if way == "两个":
                other = rng.choice([word for word in words if word != short])
                said = "  ".join(("☑" if word in (short, other) else "□") + word for word in words)
                answer.result = "none"
            elif way == "×":
                said = "  ".join(("□" if word == short else "×") + word for word in words)
            else:
                said = "  ".join(
                    way.format(word) if word == short else f"□{word}" for word in words
                )
            page.put(row, "核查结果", said)
    return way


@habit()
def words_odd(pages: list[Page], rng: random.Random) -> str:
    """The result in words of one's own; 拟, 未 and the like say something else."""
    said = []
    for page in pages:
        for row in page.answered():
            answer = page.answers[row]
            assert answer
            word = rng.choice(WORDS["result_words"][answer.word])
            if word[0] in "拟未" and word != "未达到条件":
                answer.result = "none"
            page.put(row, "核查结果", word)
            answer.word = word
            said.append(word)
    return " ".join(said[:12])


@habit(must=True)
def dates_odd(pages: list[Page], rng: random.Random) -> str:
    """The day of the visit in all forms; the answer is posted with or without it."""
    said = []
    for page in pages:
        for row in page.answered():
            day = rng.choice(WORDS["visit_days"])
            page.put(row, "核查日期", day)
            said.append(str(day))
    return " ".join(said[:12])


@habit()
def number_mistyped(pages: list[Page], rng: random.Random) -> str:
    """The case number is that of another person, typed by hand; no keys. The name is right."""
    said = []
    for page in pages:
        page.drop_columns(*KEYS)
        page.format = "xlsx"
        rows = page.cases()
        numbers = [str(page.grid[row][0]) for row in rows]
        for row in page.answered():
            if rng.random() < 0.4:
                new = rng.choice(
                    [
                        rng.choice(numbers),
                        numbers[0][:-1] + str(rng.randint(0, 9)),
                        rng.choice(numbers).replace("-", ""),
                        f"{rng.choice(numbers)}1",
                        None,
                        rng.choice(numbers)[-5:],
                    ]
                )
                said.append(f"{page.grid[row][0]}->{new}")
                page.grid[row][0] = new
    return " ".join(said[:8])


@habit()
def name_mistyped(pages: list[Page], rng: random.Random) -> str:
    """Names typed anew with a slip, or a note beside them; no keys."""
    said = []
    for page in pages:
        page.drop_columns(*KEYS)
        page.format = "xlsx"
        for row in page.answered():
            name = str(page.grid[row][page.column("姓名")])
            new = rng.choice(
                [
                    f"{name}（户主）",
                    f"{name[0]} {name[1:]}",
                    name[:2],
                    f"{name[0]}{name[2]}{name[1]}",
                    f"{name[:2]}某",
                    f"{name}母亲",
                    f"{name}\n",
                ]
            )
            page.put(row, "姓名", new)
            said.append(new.strip())
    return " ".join(said[:8])


@habit()
def people_swapped(pages: list[Page], rng: random.Random) -> str:
    """Name and masked number of two neighbours exchanged, case numbers left; keys there or not."""
    keys = rng.random() < 0.5
    for page in pages:
        rows = page.answered()
        for first, second in zip(rows[::2], rows[1::2], strict=False):
            for word in ("姓名", "身份证号", "年龄", "性别", "线索内容"):
                place = page.column(word)
                a, b = page.grid[first], page.grid[second]
                a[place], b[place] = b[place], a[place]
            for row in (first, second):
                answer = page.answers[row]
                assert answer
                answer.case, answer.result = "", ""
        if not keys:
            page.drop_columns(*KEYS)
            page.format = "xlsx"
    return f"keys {keys}"


@habit(must=True)
def people_added(pages: list[Page], rng: random.Random) -> str:
    """New people in the blank lines, or below them, typed as villages do."""
    said = []
    for page in pages:
        last = page.cases()[-1]
        for step in range(1, rng.randint(2, 4)):
            name = (
                rng.choice(["欧阳", "司徒", "诸葛"])
                + rng.choice("甲乙丙丁戊己庚辛")
                + rng.choice("子丑寅卯辰巳午未")
            )
            token = f"答8{rng.randrange(10**6):06d}答"
            row = last + step
            page.put(row, "姓名", rng.choice([name, f"{name}（新）", f" {name}"]))
            page.put(row, "备注", token)
            if rng.random() < 0.4:
                page.put(row, "编号", rng.choice(["新增", "1", "新1", "无", "/"]))
            if rng.random() < 0.4:
                page.put(row, "核查结果", "已核查符合")
                page.put(row, "拟纳入类型", "低保")
            page.answers[row] = Answer(token, "", name, "", "新增", must=False)
            said.append(name)
    return " ".join(said)


@habit(must=True)
def ditto(pages: list[Page], rng: random.Random) -> None:
    """同上 in the columns that may, and in some that may not."""
    for page in pages:
        rows = page.answered()
        for row in rows[1:]:
            page.put(row, "核查日期", "同上")
            page.put(
                row, "核查方式", rng.choice(["同上", "〃", "上门", "打电话", "问邻居", "托人打听"])
            )
            page.put(row, "是否健在", rng.choice(["在", "健在", "√", "Y", "活", "不在了", "是"]))
            page.put(
                row, "家庭人口", rng.choice([3, "3人", "三", "3口", "独居", "3-4", "无", "300"])
            )


def load() -> None:
    """Fill the table of habits."""
    import village_layouts

    assert village_layouts
