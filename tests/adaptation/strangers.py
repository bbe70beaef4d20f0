"""A county that nobody here had in mind: its villages, and a month of exports with own headers.

All people are invented; numbers are on a division code that was never assigned.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import zipfile
from pathlib import Path

from tests.commands.office import REPOSITORY, Row, csv_bytes, fill, xlsx
from tests.people import number

#: town, code → villages
TOWNS = {
    ("石湾镇", "469901101"): ("上坡村", "下坡村", "古井村", "新桥社区", "马家沟村"),
    ("柳河乡", "469901202"): ("柳河村", "大井村", "双庙村", "古井村", "河湾村"),
}
MONTH = "2023-06"
_SURNAMES, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "大小明秀玉国华春桂兰芳英志文德福"

MEDICAL = "6月医药自理预警表.xlsx"
DIBAO = "农村低保人员查询报表_2023-06-30.xlsx"
TEKUN = "特困供养花名册2023年6月.csv"
DISABLED = "新增重残6月.xlsx"
MONITORED = "防返贫监测对象6月.csv"
WOMEN = "困境妇女帮扶名册.xlsx"
NOTICE = "关于做好6月排查工作的通知.docx"


class People:
    """Invented people, each with a name and a number, once."""

    def __init__(self, seed: int = 14) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.made: list[tuple[str, str]] = []

    def one(self) -> tuple[str, str]:
        self.count += 1
        given = "".join(self.random.choice(_GIVEN) for _ in range(2))
        born = f"{self.random.randint(1940, 2000)}{self.random.randint(1, 12):02d}15"
        name = _SURNAMES[self.count % len(_SURNAMES)] + given
        self.made.append((name, number(born, 100 + self.count, "990101")))
        return self.made[-1]

    def place(self) -> tuple[str, str]:
        (town, _), villages = self.random.choice(list(TOWNS.items()))
        return town, self.random.choice([v for v in villages if v != "古井村"])


def stem(village: str) -> str:
    """What a village is called without the word that says what it is."""
    return village.removesuffix("村").removesuffix("社区")


def place(town: str, i: int) -> str:
    """A town as it is written, once in a character that sounds the same."""
    return "石弯镇" if i == 5 else town


def month(people: People | None = None) -> dict[str, bytes]:
    """The files of a month."""
    p = people or People()
    rows = {name: [] for name in (MEDICAL, DIBAO, TEKUN, DISABLED, MONITORED, WOMEN)}
    for i in range(40):
        town, village = p.place()
        who = p.one()
        daily = f"{stem(village)}片区" if i % 3 == 0 else village
        rows[MEDICAL].append((*who, town, "河弯村" if i == 7 else daily, 30_000 + 900 * i))
        rows[DIBAO].append((f"{town}{village}", *p.one(), "保" if i % 5 else "不保", "本人"))
        if i < 12:
            rows[TEKUN].append((*p.one(), town, village, "散居" if i % 2 else "集中"))
            rows[DISABLED].append(
                (*p.one(), town, village, "肢体残疾", "重度一级" if i % 2 else "二级", "2022-08-01")
            )
            kind = "三类户之边缘类" if i % 3 else "脱贫不稳定户"
            rows[MONITORED].append((town, village, *p.one(), kind, "未消除", "海南", f"1{i}"))
            village = "古井村" if i == 5 else village
            rows[WOMEN].append(
                (i + 1, *p.one(), place(town, i), "外县某村" if i == 3 else village, 400 + 100 * i)
            )
    heads = {
        MEDICAL: ("人员名称", "社保号码", "镇别", "村别", "年内自理金额（元）"),
        DIBAO: ("地区", "姓名", "身份证号", "享保标志", "与户主关系"),
        TEKUN: ("供养人", "社保号码", "镇别", "村别", "供养情形"),
        DISABLED: ("姓名", "社保号码", "镇别", "村别", "残别", "残级", "核发日"),
        MONITORED: (
            "乡镇",
            "行政村",
            "姓名",
            "证件号码",
            "监测户种类",
            "风险消除否",
            "籍贯",
            "工号",
        ),
        WOMEN: ("序号", "姓名", "身份证号", "乡镇", "村", "月收入"),
    }
    rows[WOMEN].append(("合计", "12人"))
    title = ("石湾县2023年6月困难群众汇总",)
    files: dict[str, bytes] = {NOTICE: docx()}
    for name, lines in rows.items():
        table: list[Row] = [heads[name], *lines]
        if name.endswith(".csv"):
            files[name] = csv_bytes(table, "gb18030")
        else:
            files[name] = xlsx([title, *table])
    return files


def docx() -> bytes:
    """A letter, as far as anybody looks into it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return stream.getvalue()


def county(folder: Path, month_name: str = MONTH) -> Path:
    """Make a working folder: the rules with the county's villages, and a month; return it."""
    shutil.copytree(REPOSITORY / "rules", folder / "rules")
    with (folder / "rules" / "villages.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["town_code", "town", "town_aliases", "code", "village", "aliases"])
        for (town, code), villages in TOWNS.items():
            for at, village in enumerate(villages):
                short = village.removesuffix("村").removesuffix("社区")
                line = (
                    code,
                    town,
                    town[:-1],
                    f"{code}{200 + at}",
                    village,
                    f"{short}|{short}村委会",
                )
                table.writerow(line)
    fill(folder / month_name, month())
    return folder
