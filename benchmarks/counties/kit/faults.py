"""Faults of numbers and names as they occur in offices; mild ones can be undone exactly."""

from __future__ import annotations

import random
from collections import Counter

from counties.kit.people import Person

MILD = {"", "apostrophe", "spaces", "invisible", "full-width", "cross", "label", "gap", "note"}
NUMBER = (
    "float",
    "text E+17",
    "apostrophe",
    "spaces",
    "invisible",
    "full-width",
    "cross",
    "letters",
    "wrong digit",
    "swapped digits",
    "missing digit",
    "doubled digit",
    "fifteen digits",
    "masked number",
    "head's number",
    "label",
    "blank number",
)
NAME = ("gap", "note", "traditional", "homophone", "look-alike", "masked name", "pinyin", "former")
TRADITIONAL = str.maketrans(
    "国强军华龙东兰凤丽艳红刘陈张杨赵黄吴孙马罗", "國強軍華龍東蘭鳳麗艷紅劉陳張楊趙黃吳孫馬羅"
)
HOMOPHONE = str.maketrans("晓小芳英玲红志明伟静军福", "小晓方颖铃虹智铭炜婧君富")
ALIKE = str.maketrans("才金王田玉贵未日冯", "オ全玊由王责末曰马")
PINYIN = {"䶮": "yan", "㛃": "jie", "喆": "zhe", "昇": "sheng", "堃": "kun", "淼": "miao"}
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def fault_number(number: str, kind: str, head: str, rng: random.Random) -> str | float:
    """The number as the fault leaves it; unchanged where the fault does not apply."""
    at = rng.randrange(7, 16)
    if kind == "float":
        return float(number[:15] + "000")
    if kind == "letters":
        return number[:6] + number[6:].replace("0", "O", 1).replace("1", "l", 1)
    if kind == "wrong digit":
        return number[:at] + str((int(number[at]) + rng.randrange(1, 9)) % 10) + number[at + 1 :]
    if kind == "swapped digits":
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    plain = {
        "text E+17": f"{number[0]}.{number[1:6]}E+17",
        "apostrophe": "'" + number,
        "spaces": f"{number[:6]} {number[6:14]} {number[14:]}",
        "invisible": "\u200b" + number + "\u00a0",
        "full-width": number.translate(FULL_WIDTH),
        "cross": number.replace("X", rng.choice("x×Х")),
        "missing digit": number[:at] + number[at + 1 :],
        "doubled digit": number[:at] + number[at] + number[at:],
        "fifteen digits": number[:6] + number[8:17] if number[6:8] == "19" else number,
        "masked number": number[:6] + "********" + number[14:],
        "head's number": head or number,
        "label": "身份证:" + number,
        "blank number": "",
    }
    return plain[kind]


def fault_name(name: str, kind: str, rng: random.Random) -> str:
    """The name as the fault leaves it; unchanged where the fault does not apply."""
    if kind == "gap":
        return name[0] + "　" + name[1:]
    if kind == "note":
        return name + rng.choice(("（户主）", "*", "(已核)"))
    if kind == "masked name":
        return name[0] + "*" + name[2:]
    if kind == "pinyin":
        return "".join(PINYIN.get(c, c) for c in name)
    if kind == "former":
        return name[0] + rng.choice(("狗娃", "二丫", "石头", "招弟"))
    table = {"traditional": TRADITIONAL, "homophone": HOMOPHONE, "look-alike": ALIKE}[kind]
    return name.translate(table)


class Pen:
    """Writes a person's name and number, faulty at a rate; the same ones from month to month.

    What is drawn depends on the person and on how often this pen has written them before.
    """

    def __init__(self, seed: str, rate: float = 0.09) -> None:
        self.seed, self.rate = seed, rate
        self.written: Counter[int] = Counter()

    def write(self, person: Person, head: Person | None = None) -> tuple[str, str | float, str]:
        """(name, number, faults) as a row bears them."""
        name: str = person.name
        number: str | float = person.number
        self.written[person.pid] += 1
        rng = random.Random(f"{self.seed} {person.pid} {self.written[person.pid]}")
        if rng.random() >= self.rate:
            return name, number, ""
        found = []
        draw = rng.random()
        if draw < 0.7:
            kind = rng.choice(NUMBER)
            number = fault_number(person.number, kind, head.number if head else "", rng)
            if number == person.number:
                number = fault_number(person.number, "wrong digit", "", rng)
                kind = "wrong digit"
            found.append(kind)
        if draw > 0.6:
            for kind in rng.sample(NAME, len(NAME)):
                name = fault_name(person.name, kind, rng)
                if name != person.name:
                    found.append(kind)
                    break
        if found and rng.random() < 0.02 and isinstance(number, str):
            return number, name, "columns swapped"
        return name, number, ";".join(found)


def is_dirty(faults: str) -> bool:
    """Whether a careful reader might not recognise the person."""
    return any(kind not in MILD for kind in faults.split(";"))
