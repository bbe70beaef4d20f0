"""County nan: a southern county whose lists are kept by hand, beside one national export."""

from __future__ import annotations

import random
from collections.abc import Callable

from counties.kit.bei import CATEGORIES, LEVELS
from counties.kit.books import Book, Cell, Line, Mention, Tab, shown
from counties.kit.faults import Pen
from counties.kit.lives import before, last_day, month_names, needs
from counties.kit.people import County, Cover, Person, words

UNITS = ("组", "社", "队")
RURAL = (
    "村（社区） 低保编号 户主 家庭成员 公民身份证号码 与户主关系 是否保障对象 "
    "保障类别 月补助（元） 享受起始 享受状态 备注"
)
NATIONAL = (
    "序号 数据日期 县(市、区、旗) 乡(镇) 行政村 自然村 户编号 人编号 姓名 证件号码 人数 "
    "与户主关系 民族 文化程度 健康状况 劳动技能 户联系电话 户类型 易返贫致贫户(监测对象)类型 "
    "风险是否消除 风险识别时间 享受低保政策情况 享受特困供养政策情况"
)
NOTICE = """{county}民政局
关于做好{year}年{month}月低收入人口排查工作的通知
各乡镇人民政府：
请各乡镇对本月下发名单逐户核实，于月底前将核查表报送县民政局社会救助股。
姓名、身份证号等信息不得外传。
{county}民政局
"""
SHAPES = ("xlsx", "xls", "utf8", "html", "gbk", "xlsx")
ENDS = {"xlsx": "xlsx", "xls": "xls", "utf8": "csv", "html": "xls", "gbk": "csv", "ods": "ods"}


def by_town(people: list[Person]) -> dict[str, list[Person]]:
    """People under their towns."""
    found: dict[str, list[Person]] = {}
    for person in people:
        found.setdefault(person.place.town, []).append(person)
    return dict(sorted(found.items()))


class Nan:
    """Writes the books of a month."""

    def __init__(self, county: County, seed: int, months: list[str]) -> None:
        self.county, self.seed, self.months = county, seed, months

    def books(self, month: str) -> list[Book]:
        """All files of the month."""
        self.month, self.plain = month, str(int(month[5:]))
        self.pen = Pen(f"nan {self.seed}")
        makers: list[Callable[[], Book]] = [
            self.register,
            self.rural,
            self.tekun,
            self.edge,
            self.medical,
            self.welfare,
            self.jailed,
            self.deaths,
            self.moves,
            self.temporary,
            self.notice,
        ]
        return [make() for make in makers] + self.urban() + self.disabled()

    def mention(
        self, person: Person, head: Person | None = None, source: str = ""
    ) -> tuple[str, str | float, Mention]:
        """The person as the pen writes them."""
        name, number, fault = self.pen.write(person, head)
        good = not source or source in needs(person, self.month)
        return name, number, Mention(person.pid, name, shown(number), fault, good)

    def address(self, person: Person, town: bool = True) -> str:
        """An address down to the group, which is a 组, a 社 or a 队."""
        place = person.place
        unit = UNITS[int(place.code[-2:]) % 3]
        start = f"{self.county.name}{place.town}" if town else ""
        return f"{start}{place.village}{person.group}{unit}{person.pid % 90 + 1}号"

    def short(self, person: Person) -> str:
        """The village as people write it, mostly without 村."""
        return person.place.village.removesuffix("村")

    def register(self) -> Book:
        """The national export with its own word on cover, wrong now and then."""
        lines: list[Line] = []
        rng = random.Random(f"word {self.seed}")
        for home in self.county.households:
            for k, person in enumerate(home):
                found = person.watched
                if not found:
                    continue
                name, number, mention = self.mention(person, home[0], "monitored")
                low = next((r for r in ("dibao", "urban") if person.on(r, self.month)), "")
                word = {"dibao": "农村低保", "urban": "城市低保", "": "未享受"}[low]
                if rng.random() < 0.05:
                    word = "未享受" if low else "农村低保"
                cells: list[Cell] = [len(lines) + 1, last_day(self.month).strftime("%Y%m%d")]
                cells += [self.county.name, person.place.town, person.place.village]
                cells += [f"{person.group}组", found.household, f"{found.household}{k:02d}"]
                cells += [name, number, len(home), "户主" if k == 0 else person.relation, "汉族"]
                cells += ["小学", "健康", "普通劳动力", home[0].phone]
                cells += ["监测对象" if found.kind else "脱贫户", found.kind]
                cells += ["", ""] if not found.kind else ["是" if found.removed else "否", ""]
                cells[-1] = str(found.since) if found.kind else ""
                cells += [word, "享受" if person.on("tekun", self.month) else "未享受"]
                lines.append(Line(cells, [mention]))
        tab = Tab("监测对象信息", NATIONAL.split(), lines)
        name = f"防返贫监测对象导出{last_day(self.month):%Y%m%d}.xlsx"
        return Book(name, "xlsx", "monitored", "source", [tab])

    def stop_of(self, person: Person, roll: str) -> Cover | None:
        """The span of the roll that ended in one of the months told so far."""
        return next(
            (
                c
                for c in person.covers
                if c.roll == roll and c.until and not c.holds(self.month) and c.since <= self.month
            ),
            None,
        )

    def rural(self) -> Book:
        """A tab a town; family values on the head's row only; the stopped stay, with a remark."""
        tabs: dict[str, list[Line]] = {}
        for home in self.county.households:
            ever = any(p.on("dibao", self.month) or self.stop_of(p, "dibao") for p in home)
            if not ever:
                continue
            lines = tabs.setdefault(home[0].place.town, [])
            for k, person in enumerate(home):
                lines.append(self.rural_line(home, k, person))
        header = RURAL.split()
        made = [Tab(town, header, lines) for town, lines in sorted(tabs.items())]
        for tab in made:
            tab.foot = [["合计", "", "", f"{len(tab.lines)}人"]]
        name = f"农村低保花名册（{self.month[:4]}年{self.plain}月）.xlsx"
        return Book(name, "xlsx", "dibao", "roll", made)

    def rural_line(self, home: list[Person], k: int, person: Person) -> Line:
        """A member's row: status and remark say whether it still counts."""
        head = home[0]
        name, number, mention = self.mention(person, head)
        cover, stop = person.on("dibao", self.month), self.stop_of(person, "dibao")
        mention.qualifies = cover is not None
        state, remark = ("在保", "") if cover or not stop else ("停保", "")
        if stop and not cover:
            state = ("停保", "停发", "在册")[person.pid % 3]
            remark = "" if state != "在册" else f"{stop.why}（{self.plain}月）"
        listed = cover or stop
        first = k == 0
        cells: list[Cell] = [self.short(head) if first else "", f"NB{head.household:06d}"]
        cells[1] = cells[1] if first else ""
        cells += [head.name if first else "", name, number]
        cells += ["户主" if first else person.relation, "是" if listed else "否"]
        cells += ["C类" if first else "", 420 + head.pid % 300 if first else ""]
        cells += [listed.since if listed and first else "", state if listed else "", remark]
        return Line(cells, [mention])

    def urban(self) -> list[Book]:
        """One row a household, members in one cell; in the second month two versions."""
        final = self.urban_book(self.month, f"城镇低保{self.plain}月")
        if len(self.months) < 2 or self.month != self.months[1]:
            return [final]
        draft = self.urban_book(before(self.month), f"城镇低保{self.plain}月")
        draft.stale = True
        final.name = f"城镇低保{self.plain}月（最终版）.xls"
        return [draft, final]

    def urban_book(self, month: str, name: str) -> Book:
        """Households as they stood in a month."""
        lines: list[Line] = []
        for home in self.county.households:
            covered = [p for p in home if p.on("urban", month)]
            if not covered:
                continue
            head = covered[0]
            name_, number, first = self.mention(head)
            others, mentions = [], [first]
            for person in covered[1:]:
                member, digits, mention = self.mention(person)
                others.append(f"{member}（{person.relation}，{shown(digits)}）")
                mentions.append(mention)
            cells: list[Cell] = [len(lines) + 1, head.place.town, self.short(head), name_, number]
            cells += ["\n".join(others), len(covered), 520 * len(covered), head.phone]
            lines.append(Line(cells, mentions))
        header = words("序号 乡镇 村 户主姓名 户主身份证号 家庭成员 保障人口 月保障金额 联系电话")
        tab = Tab("城镇低保", header, lines, [f"{self.county.name}城镇低保对象花名册"])
        return Book(f"{name}.xls", "xls", "urban", "roll", [tab])

    def tekun(self) -> Book:
        """A tab a month since January; only the last counts."""
        tabs = []
        header = words("序号 姓名 身份证号 乡镇 村 供养方式 护理等级 月供养金 备注")
        for month in month_names("2023-01", int(self.month[5:])):
            lines: list[Line] = []
            for person in self.county.people:
                cover = person.on("tekun", month)
                stop = next((c for c in person.covers if c.roll == "tekun" and not cover), None)
                if not cover and not (stop and before(month) == stop.until):
                    continue
                name, number, mention = self.mention(person)
                mention.qualifies = cover is not None
                care = ("全自理", "半护理", "全护理")[person.pid % 3]
                cells: list[Cell] = [len(lines) + 1, name, number, person.place.town]
                cells += [self.short(person), "分散" if person.pid % 5 else "集中", care, 910]
                cells += ["" if cover or not stop else stop.why]
                lines.append(Line(cells, [mention]))
            tab = Tab(f"{int(month[5:])}月", header, lines)
            tab.stale = month != self.month
            tabs.append(tab)
        return Book("特困供养人员台账2023.xlsx", "xlsx", "tekun", "roll", tabs)

    def edge(self) -> Book:
        """One row a person, a plain csv."""
        header = words("乡镇 村 姓名 身份证件号 与户主关系 认定月份")
        lines: list[Line] = []
        for person in self.county.people:
            cover = person.on("edge", self.month)
            if cover:
                name, number, mention = self.mention(person)
                cells: list[Cell] = [person.place.town, person.place.village, name, number]
                lines.append(Line([*cells, person.relation, cover.since], [mention]))
        name = f"低保边缘人口{self.month[:4]}年{self.plain}月.csv"
        return Book(name, "gbk", "edge", "roll", [Tab("", header, lines)])

    def disabled(self) -> list[Book]:
        """A file a town: the town stands in the file's name; one town writes name and number."""
        people = [p for p in self.county.people if p.disability and p.listed_since <= self.month]
        books = []
        for i, (town, found) in enumerate(by_town(people).items()):
            kind = SHAPES[i % len(SHAPES)]
            joined = i == 3
            lines = [self.disabled_line(person, joined) for person in found]
            header = "姓名及残疾证号" if joined else "持证人姓名 残疾证号码"
            header += " 残疾类别 残疾等级 首次发证日期 村（社区）名称 联系电话"
            tab = Tab("Sheet1" if kind in ("xlsx", "xls") else "", header.split(), lines)
            name = f"{town}持证残疾人名单.{ENDS[kind]}"
            books.append(Book(name, kind, "disability", "source", [tab]))
        return books

    def disabled_line(self, person: Person, joined: bool) -> Line:
        """A certificate."""
        found = person.disability
        assert found
        name, number, mention = self.mention(person, source="disability")
        if isinstance(number, str) and len(number) >= 15:
            number += f"{found.category}{found.level}"
        cells: list[Cell] = [f"{name} {shown(number)}"] if joined else [name, number]
        cells += [CATEGORIES[found.category], LEVELS[found.level]]
        day = found.issued
        cells += [f"{day.year}.{day.month}.{day.day}", self.short(person), person.phone]
        return Line(cells, [mention])

    def medical(self) -> Book:
        """Sums of the year; the town stands in each sheet's title; names are masked after March."""
        tabs = []
        header = (
            "序号 姓名 公民身份号码 户籍地址 医疗总费用（元） 个人自付金额（元） 个人自费（元）"
        )
        people = [p for p in self.county.people if p.bills]
        for i, (town, found) in enumerate(by_town(people).items()):
            lines: list[Line] = []
            for person in found:
                name, number, mention = self.mention(person, source="medical")
                if self.month != self.months[0] and person.pid % 4 == 0:
                    name = person.name[0] + "*" * (len(person.name) - 1)
                    mention.name, mention.fault = name, (mention.fault + ";masked name").strip(";")
                own = round(sum(bill.own for bill in person.bills), 2)
                total = round(sum(bill.total for bill in person.bills), 2)
                outside = round(sum(bill.outside for bill in person.bills), 2)
                mention.amount = own
                cells: list[Cell] = [len(lines) + 1, name, number, self.address(person, False)]
                lines.append(Line([*cells, total, own, outside], [mention]))
            tab = Tab(f"Sheet{i + 1}", header.split(), lines)
            tab.tops = [f"{town}2022年度个人自付医疗费用较高人员名单"]
            tabs.append(tab)
        return Book("2022年度个人自付医疗费用名单.xlsx", "xlsx", "medical", "source", tabs)

    def welfare(self) -> Book:
        """Two children's rolls in one workbook."""
        tabs = []
        for roll, title in (("orphan", "孤儿"), ("facto", "事实无人抚养儿童")):
            lines: list[Line] = []
            for person in self.county.people:
                cover = person.on(roll, self.month)
                if cover:
                    name, number, mention = self.mention(person)
                    cells: list[Cell] = [len(lines) + 1, name, person.sex, number]
                    cells += [person.place.town, self.short(person), 1150, cover.since]
                    lines.append(Line(cells, [mention]))
            header = words("序号 姓名 性别 身份证号 乡镇 村 补贴金额 享受时间")
            tab = Tab(title, header, lines, [f"{self.county.name}{title}花名册"])
            tab.list_name = roll
            tabs.append(tab)
        return Book("儿童福利台账.xls", "xls", "orphan", "roll", tabs)

    def jailed(self) -> Book:
        """Children of people in prison; a third of the numbers are missing."""
        header = "服刑（戒毒）人员姓名 服刑（戒毒）人员身份证号 人员状态 "
        header += "子女姓名 子女身份证号 子女出生年月 户籍地址"
        lines: list[Line] = []
        for person in self.county.people:
            parent = person.jailed_parent
            if parent:
                name, number, mention = self.mention(person, source="children")
                if person.pid % 3 == 0:
                    number, mention.number, mention.fault = "", "", "blank number"
                cells: list[Cell] = [parent.name, parent.number, person.jailed_how, name, number]
                cells += [f"{person.birth:%Y年%m月}", self.address(person)]
                lines.append(Line(cells, [mention]))
        tab = Tab("Sheet1", header.split(), lines)
        return Book("服刑强戒人员未成年子女名单.xls", "html", "children", "source", [tab])

    def deaths(self) -> Book:
        """Only this month's dead: who died in March is not told again in April."""
        lines: list[Line] = []
        for person in self.county.people:
            if person.died and person.death_told and f"{person.died:%Y-%m}" == self.month:
                name, number, mention = self.mention(person)
                cells: list[Cell] = [name, number, str(person.died), person.place.town]
                lines.append(Line([*cells, self.short(person)], [mention]))
        tab = Tab("", words("姓名 身份证号 死亡时间 镇 村"), lines)
        return Book(f"{self.plain}月死亡人员.csv", "utf8", "death", "exclusion", [tab])

    def moves(self) -> Book:
        """Registrations moved out this month."""
        lines: list[Line] = []
        for person in self.county.people:
            if person.moved and f"{person.moved:%Y-%m}" == self.month:
                name, number, mention = self.mention(person)
                cells: list[Cell] = [name, number, person.place.town, person.place.village]
                lines.append(Line([*cells, str(person.moved)], [mention]))
        tab = Tab("迁出", words("姓名 身份证号码 镇 村 迁出日期"), lines)
        return Book(f"户口迁出{self.plain}月.ods", "ods", "moved", "exclusion", [tab])

    def temporary(self) -> Book:
        """Aid paid once."""
        lines: list[Line] = []
        for person in self.county.people:
            cover = person.on("temporary", self.month)
            if cover:
                name, number, mention = self.mention(person)
                cells: list[Cell] = [len(lines) + 1, name, number, self.address(person)]
                lines.append(Line([*cells, 1500, f"{cover.since}-15"], [mention]))
        header = words("序号 受助人 身份证号码 家庭住址 救助金额（元） 发放日期")
        tab = Tab("临时救助", header, lines, [f"{self.county.name}临时救助发放表"])
        return Book("临时救助发放台账.xlsx", "xlsx", "temporary", "roll", [tab])

    def notice(self) -> Book:
        """A letter that lay among the lists."""
        text = NOTICE.format(county=self.county.name, year=self.month[:4], month=self.plain)
        name = f"关于做好{self.plain}月低收入人口排查工作的通知.docx"
        return Book(name, "docx", "notice", "none", [], text)
