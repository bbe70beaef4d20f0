"""What happens to a name between the person and the cell."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from invented.model import Person
from invented.names import PINYIN, RARE, split

_HOMOPHONES = [
    "伟炜玮苇", "红虹洪鸿宏", "明鸣铭", "华骅桦", "小晓筱", "英瑛", "玉钰", "琴芹", "文雯", "芳方",
    "丽莉俐", "燕雁艳", "清青卿", "辉晖", "珍真贞", "福富", "生升声", "萍平苹", "霞侠", "云芸",
    "兰蓝", "军君钧", "婷廷庭", "欣鑫馨心", "宇雨羽语", "轩萱", "涵晗", "佳嘉家", "怡宜仪", "浩皓",
    "梓子紫", "斌彬", "国帼", "志治智", "惠慧", "美梅", "金锦", "建健", "杰洁", "峰锋", "炳秉",
    "坤昆", "祥详翔", "陈程", "黄王", "张章", "肖萧", "曾增", "余于俞", "洪红", "江姜",
]  # fmt: skip
_LOOKALIKES = [
    "治冶", "己已", "未末", "晴睛", "鸣呜", "泽译", "芬芳", "娟涓", "祥详", "彬杉", "钗钦",
    "妹姝", "姗珊", "瑶谣", "晨晟", "土士", "荣菜", "炎焱", "淑椒", "凤风", "兴光", "乌鸟",
    "来未", "桂挂", "香杳", "秀季", "骆洛", "郭敦", "庄压", "苏芬", "汪江", "宇字", "宜宣",
    "恒桓", "可司",
]  # fmt: skip
_TRADITIONAL = dict(
    zip(
        "陈张黄郑刘苏杨许谢叶庄赖骆颜萧卢孙吴国华丽兰凤宝庆贤辉荣财发来伟强云东军莲银钦锋钗泽鸿鸣铭琼红纯"
        "树滨坚龙兴锦诗语颜馨恒莉",
        "陳張黃鄭劉蘇楊許謝葉莊賴駱顏蕭盧孫吳國華麗蘭鳳寶慶賢輝榮財發來偉強雲東軍蓮銀欽鋒釵澤鴻鳴銘瓊紅純"
        "樹濱堅龍興錦詩語顏馨恆莉",
        strict=True,
    )
)
_NOTES = [
    "（户主）",
    "(户主)",
    "（已故）",
    "（低保）",
    "（配偶）",
    "(女)",
    "（残）",
    "（子）",
    "【新增】",
]
_MARKS = ["*", "▲", "★", "√", ".", "#", "、", "1"]
_PRIVATE = ["\ue863", "\ue5e5", "\ue81e", "\ue7c8", "\uf8f5"]

Damage = Callable[[str, Person, Random], str | None]


def _swap_one(groups: list[str], name: str, rng: Random, surname_too: bool) -> str | None:
    family = split(name)[0]
    if not family:
        return None
    spots = [
        (k, c, group)
        for k, c in enumerate(name)
        for group in groups
        if c in group and (surname_too or k >= len(family))
    ]
    if not spots:
        return None
    k, old, group = rng.choice(spots)
    return name[:k] + rng.choice([c for c in group if c != old]) + name[k + 1 :]


def _spaces(name: str, _: Person, rng: Random) -> str | None:
    gap = rng.choice([" ", "  ", "\u3000", "\xa0", "\u2003"])
    return gap.join(name) if split(name)[0] and len(name) <= 3 else None


def _edges(name: str, _: Person, rng: Random) -> str | None:
    mark = rng.choice([" ", "\t", "\u200b", "\ufeff", "\n", "\u3000"])
    return rng.choice([name + mark, mark + name])


def _note(name: str, person: Person, rng: Random) -> str | None:
    if person.former and rng.random() < 0.5:
        return f"{name}（曾用名：{person.former}）"
    return name + rng.choice(_NOTES)


def _traditional(name: str, _: Person, __: Random) -> str | None:
    other = "".join(_TRADITIONAL.get(c, c) for c in name)
    return other if other != name else None


def _masked(name: str, _: Person, rng: Random) -> str | None:
    family, given = split(name)
    if not family:
        return None
    star = rng.choice(["*", "＊", "某", "×", "○"])
    if len(given) == 1 or rng.random() < 0.3:
        return family + star * len(given)
    return name[:1] + star + name[2:]


def _former(_: str, person: Person, __: Random) -> str | None:
    return person.former or None


def _dropped(name: str, _: Person, rng: Random) -> str | None:
    family, given = split(name)
    if not family or len(given) < 2:
        return None
    return family + rng.choice(list(given))


def _transposed(name: str, _: Person, __: Random) -> str | None:
    family, given = split(name)
    return family + given[::-1] if family and len(given) == 2 and given[0] != given[1] else None


def _numbered(name: str, _: Person, rng: Random) -> str | None:
    return name + rng.choice(["（大）", "（小）", "2", "(二)", "A"]) if split(name)[0] else None


def _rare(name: str, _: Person, rng: Random) -> str | None:
    found = [c for c in name if c in RARE]
    if not found:
        return None
    c = found[0]
    forms = [PINYIN[c], PINYIN[c].upper(), f"({RARE[c]})", f"（{RARE[c]}）", "?", "□", "*"]
    return name.replace(c, rng.choice([*forms, *rng.sample(_PRIVATE, 3)]))


def _dots(name: str, _: Person, rng: Random) -> str | None:
    return name.replace("·", rng.choice([*"•．.・‧-", "", " "])) if "·" in name else None


def _latin(name: str, _: Person, rng: Random) -> str | None:
    if not name.isascii():
        return None
    parts = name.split()
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in name)
    return rng.choice([name.title(), name.lower(), " ".join([*parts[1:], parts[0]]),
                       "".join(parts), "  ".join(parts), wide])  # fmt: skip


_TABLE: list[tuple[str, int, Damage]] = [
    ("spaces", 10, _spaces),
    ("edges", 6, _edges),
    ("note", 10, _note),
    ("mark", 4, lambda n, _, r: n + r.choice(_MARKS)),
    ("traditional", 10, _traditional),
    ("homophone", 14, lambda n, _, r: _swap_one(_HOMOPHONES, n, r, False)),
    ("homophone_surname", 1, lambda n, _, r: _swap_one(_HOMOPHONES, n, r, True)),
    ("lookalike", 7, lambda n, _, r: _swap_one(_LOOKALIKES, n, r, True)),
    ("masked", 7, _masked),
    ("former", 12, _former),
    ("dropped", 3, _dropped),
    ("transposed", 2, _transposed),
    ("numbered", 3, _numbered),
    ("blank", 1, lambda *_: ""),
]
_SPECIAL: list[tuple[str, Damage]] = [("rare", _rare), ("dots", _dots), ("latin", _latin)]


def damaged_name(person: Person, rng: Random, rate: float) -> tuple[str, str]:
    """The name as a cell has it and the fault done to it ("" for none)."""
    for label, special in _SPECIAL:
        if rng.random() < 0.45 and (other := special(person.name, person, rng)) is not None:
            return other, label
    if rng.random() >= rate:
        return person.name, ""
    for _ in range(20):
        label, _weight, damage = rng.choices(_TABLE, weights=[w for _, w, _ in _TABLE])[0]
        other = damage(person.name, person, rng)
        if other is not None and other != person.name:
            return other, label
    return person.name, ""
