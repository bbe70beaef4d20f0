"""County bei: a northern province's platform, its pairs of files, reports with footers."""

from __future__ import annotations

from collections.abc import Callable

from counties.kit.books import Book, Cell, Line, Mention, Tab, shown
from counties.kit.faults import Pen
from counties.kit.lives import last_day, needs
from counties.kit.people import County, Person, words

CATEGORIES = ("", "视力", "听力", "言语", "肢体", "智力", "精神", "多重")
LEVELS = ("", "一级", "二级", "三级", "四级")
FAMILY = words(
    "序号 户主姓名 户主身份证号 家庭人口数 保障人口数 家庭年总收入（元） 家庭年均收入（元） "
    "户月保障金额（元） 家庭分类施保总额（元） 人员分类施保总额（元） 合计（元） 联系电话 家庭住址 "
    "所属省级 所属市级 所属区县 所属街道 所属社区 低保（特困）证号 最初享受月份 申请原因 "
    "救助金计算方式 开户银行 银行账户名称 银行帐号 家庭成员姓名 家庭成员身份证号"
)
PERSON = words(
    "序号 姓名 身份证号 户主身份证号 与户主关系 性别 出生日期 年龄 民族 是否残疾人 残疾类别 "
    "残疾等级 患病病种 劳动能力 健康状况 参保类型 最初享受月份 是否建档立卡扶贫对象 救助类型 "
    "户月保障金额（元） 家庭分类施保金额（元） 家庭地址 低保（特困）证号"
)
PAIRS = (
    ("dibao", "农村低保", "html"),
    ("urban", "城市低保", "xlsx"),
    ("edge", "低保边缘", "xls"),
    ("rigid", "刚性支出", "gbk"),
)


def address(county: County, person: Person) -> str:
    """户籍地址 with the group."""
    place = person.place
    return f"{county.name}{place.town}{place.village}{person.group}组"


def protected(county: County, roll: str, month: str) -> list[tuple[list[Person], list[Person]]]:
    """(family, protected) of every household with somebody on the roll this month."""
    found = []
    for home in county.households:
        covered = [person for person in home if person.on(roll, month)]
        if covered:
            found.append((home, covered))
    return found


class Bei:
    """Writes the books of a month."""

    def __init__(self, county: County, seed: int) -> None:
        self.county, self.seed = county, seed

    def books(self, month: str) -> list[Book]:
        """All files of the month."""
        self.month = month
        self.pen = Pen(f"bei {self.seed}")
        made: list[Book] = []
        for roll, title, kind in PAIRS:
            made += [self.family(roll, title, kind), self.persons(roll, title, kind)]
        makers: list[Callable[[], Book]] = [
            self.tekun,
            self.disabled,
            self.bills,
            self.register,
            self.orphans,
            self.jailed,
            self.deaths,
            self.moves,
        ]
        return made + [make() for make in makers]

    def stamp(self) -> str:
        """The day of the export."""
        return f"{last_day(self.month):%Y%m%d}"

    def mention(
        self, person: Person, head: Person | None = None, source: str = ""
    ) -> tuple[str, str | float, Mention]:
        """The person as the pen writes them."""
        name, number, fault = self.pen.write(person, head)
        good = not source or source in needs(person, self.month)
        return name, number, Mention(person.pid, name, shown(number), fault, good)

    def family(self, roll: str, title: str, kind: str) -> Book:
        """One row a household, the family packed in two cells."""
        lines: list[Line] = []
        for i, (home, covered) in enumerate(protected(self.county, roll, self.month)):
            head = home[0]
            packed = [self.mention(p) for p in covered]
            name, number, first = self.mention(head)
            if head not in covered:
                first.qualifies = False
            sign = "," if roll != "urban" else "、"
            income, aid = 2400 + (head.pid * 37) % 9000, 300 + (head.pid * 13) % 600
            cover = covered[0].on(roll, self.month)
            cells: list[Cell] = [i + 1, name, number, len(home), len(covered), income]
            cells += [income // len(home), aid, 0, 0, aid, head.phone]
            cells += [address(self.county, head), "北江省", "云岭市", self.county.name]
            cells += [head.place.town, head.place.village, f"BJ{head.household:07d}"]
            cells += [cover.since if cover else "", "因病", "差额", "北江农商银行", head.name]
            cells += [f"6200{head.pid:015d}"]
            cells += [sign.join(n for n, _, _ in packed)]
            cells += [sign.join(shown(d) for _, d, _ in packed)]
            lines.append(Line(cells, [first] + [m for _, _, m in packed]))
        tab = Tab("Sheet1", FAMILY, lines, [f"{title}家庭查询"] if kind == "html" else [])
        end = {"gbk": "csv", "html": "xls"}.get(kind, kind)
        return Book(f"{title}家庭查询_{self.stamp()}.{end}", kind, roll, "roll", [tab])

    def persons(self, roll: str, title: str, kind: str) -> Book:
        """One row a protected person."""
        lines: list[Line] = []
        for home, covered in protected(self.county, roll, self.month):
            for person in covered:
                name, number, mention = self.mention(person, home[0])
                found = person.disability
                cover = person.on(roll, self.month)
                cells: list[Cell] = [len(lines) + 1, name, number, home[0].number]
                cells += [person.relation, person.sex, str(person.birth)]
                cells += [person.age(last_day(self.month)), "汉族", "是" if found else "否"]
                cells += [CATEGORIES[found.category] if found else ""]
                cells += [LEVELS[found.level] if found else ""]
                cells += ["", "无" if found else "弱", "良好", "城乡居民基本医疗保险"]
                cells += [cover.since if cover else "", "否", title, 300, 0]
                cells += [address(self.county, person), f"BJ{person.household:07d}"]
                lines.append(Line(cells, [mention]))
        tab = Tab("Sheet1", PERSON, lines, [f"{title}人员查询"] if kind == "html" else [])
        end = {"gbk": "csv", "html": "xls"}.get(kind, kind)
        return Book(f"{title}人员查询_{self.stamp()}.{end}", kind, roll, "roll", [tab])

    def report(self, tab: Tab) -> Tab:
        """Inspur-like titles and footers."""
        day = last_day(self.month)
        tab.tops = [f"{self.county.name}{tab.name}", f"统计月份：{self.month}"]
        tab.foot = [["合计", "", f"{len(tab.lines)}人"], ["制表人：系统管理员", f"制表时间：{day}"]]
        return tab

    def tekun(self) -> Book:
        """A report with title and footer."""
        header = "地区 姓名 身份证号 性别 供养方式 生活自理能力 基本生活总费用（元） "
        header += "照料护理总费用（元） 照料人姓名 起始保障年月 供养机构"
        lines: list[Line] = []
        for person in self.county.people:
            cover = person.on("tekun", self.month)
            if not cover:
                continue
            name, number, mention = self.mention(person)
            place = f"{person.place.town}{person.place.village}"
            care = ("全自理", "半护理", "全护理")[person.pid % 3]
            home = "集中供养" if person.pid % 5 == 0 else "分散供养"
            cells: list[Cell] = [place, name, number, person.sex, home, care, 780, 200]
            cells += ["", cover.since, "云杉县中心敬老院" if person.pid % 5 == 0 else ""]
            lines.append(Line(cells, [mention]))
        tab = self.report(Tab("特困人员查询报表", header.split(), lines))
        name = f"特困人员查询报表_{last_day(self.month)}.xls"
        return Book(name, "xls", "tekun", "roll", [tab])

    def disabled(self) -> Book:
        """The federation's export: the certificate's number stands for the person's."""
        header = "序号 姓名 性别 残疾人证号 残疾类别 残疾等级 初次领证日期 户籍地址 "
        header += "所属乡镇 所属村 联系电话 状态"
        lines: list[Line] = []
        for person in self.county.people:
            found = person.disability
            if not found or person.listed_since > self.month:
                continue
            name, number, mention = self.mention(person, source="disability")
            if isinstance(number, str) and len(number) >= 15:
                number += f"{found.category}{found.level}"
            cells: list[Cell] = [len(lines) + 1, name, person.sex, number]
            cells += [CATEGORIES[found.category] + "残疾", LEVELS[found.level], str(found.issued)]
            cells += [address(self.county, person), person.place.town, person.place.village]
            cells += [person.phone, "有效"]
            lines.append(Line(cells, [mention]))
        name = f"持证残疾人基本信息{self.stamp()}.xlsx"
        tab = Tab("持证残疾人", header.split(), lines)
        return Book(name, "xlsx", "disability", "source", [tab])

    def bills(self) -> Book:
        """Settlements: several a person, spelt the same within a person's rows or not."""
        header = "结算流水号 参保地 姓名 证件号码 人员类别 就诊机构 结算日期 "
        header += "医疗总费用（元） 统筹支付（元） 个人自付费用（元） 个人自费（元）"
        rows = []
        for person in self.county.people:
            for bill in person.bills:
                name, number, mention = self.mention(person, source="medical")
                mention.amount = bill.own
                paid = round(bill.total - bill.own - bill.outside, 2)
                cells: list[Cell] = ["", f"{person.place.town}{person.place.village}", name, number]
                cells += ["城乡居民", "云杉县人民医院", str(bill.day), bill.total, paid, bill.own]
                cells += [bill.outside]
                rows.append((bill.day, Line(cells, [mention])))
        rows.sort(key=lambda row: row[0])
        for i, (_, line) in enumerate(rows):
            line.cells[0] = f"JS2022{i:08d}"
        tab = Tab("结算明细", header.split(), [line for _, line in rows])
        tab.tops = ["2022年度云杉县医疗费用个人自付结算明细"]
        return Book("医保个人自付结算明细2022年度.csv", "gbk", "medical", "source", [tab])

    def register(self) -> Book:
        """The national register of monitored households."""
        header = (
            "序号 县(市、区、旗) 乡(镇) 行政村 自然村 户编号 人编号 姓名 证件号码 人数 与户主关系 "
        )
        header += "户类型 易返贫致贫户(监测对象)类型 风险是否消除 首次识别时间 人均纯收入"
        lines: list[Line] = []
        for home in self.county.households:
            for k, person in enumerate(home):
                found = person.watched
                if not found:
                    continue
                name, number, mention = self.mention(person, home[0], "monitored")
                cells: list[Cell] = [len(lines) + 1, self.county.name, person.place.town]
                cells += [person.place.village, "", found.household, f"{found.household}{k:02d}"]
                cells += [name, number, len(home), "户主" if k == 0 else person.relation]
                cells += ["监测户" if found.kind else "脱贫户", found.kind]
                cells += [("是" if found.removed else "否") if found.kind else ""]
                cells += [str(found.since), 8000 + person.pid % 4000]
                lines.append(Line(cells, [mention]))
        tab = Tab("sheet0", header.split(), lines)
        return Book(f"防返贫监测对象信息_{self.stamp()}.xlsx", "xlsx", "monitored", "source", [tab])

    def orphans(self) -> Book:
        """Two children's rolls in one report file."""
        tabs = []
        for roll, title in (("orphan", "孤儿"), ("facto", "事实无人抚养儿童")):
            header = words(
                "地区 儿童编号 儿童姓名 性别 身份证号 监护人 发放金额（元） 起始保障年月"
            )
            lines: list[Line] = []
            for home in self.county.households:
                for person in home:
                    cover = person.on(roll, self.month)
                    if cover:
                        name, number, mention = self.mention(person)
                        place = person.place.town + person.place.village
                        cells: list[Cell] = [place, f"ET{person.pid:06d}", name, person.sex]
                        cells += [number, home[0].name, 1150, cover.since]
                        lines.append(Line(cells, [mention]))
            tab = self.report(Tab(title, header, lines))
            tab.list_name = roll
            tabs.append(tab)
        name = f"孤儿和事实无人抚养儿童发放报表_{last_day(self.month)}.xls"
        return Book(name, "xls", "orphan", "roll", tabs)

    def jailed(self) -> Book:
        """Children of people in prison; a third of the numbers are missing."""
        header = (
            "序号 服刑（戒毒）人员姓名 服刑（戒毒）人员身份证号 人员状态 子女姓名 子女身份证号 "
        )
        header += "子女出生日期 监护人 户籍地址"
        lines: list[Line] = []
        for person in self.county.people:
            parent = person.jailed_parent
            if not parent:
                continue
            name, number, mention = self.mention(person, source="children")
            if person.pid % 3 == 0:
                number, mention.number, mention.fault = "", "", "blank number"
            cells: list[Cell] = [len(lines) + 1, parent.name, parent.number, person.jailed_how]
            cells += [name, number, str(person.birth), "", address(self.county, person)]
            lines.append(Line(cells, [mention]))
        tab = Tab("Sheet1", header.split(), lines)
        return Book("服刑戒毒人员未成年子女.xlsx", "xlsx", "children", "source", [tab])

    def deaths(self) -> Book:
        """Cremations since January: every month tells all of them again."""
        lines: list[Line] = []
        for person in self.county.people:
            if person.died and person.death_told and person.died <= last_day(self.month):
                name, number, mention = self.mention(person)
                cells: list[Cell] = [len(lines) + 1, name, person.sex, number, str(person.died)]
                cells += [person.place.town, person.place.village]
                lines.append(Line(cells, [mention]))
        header = words("序号 姓名 性别 身份证号码 火化日期 乡镇 村")
        tab = Tab("火化", header, lines, ["2023年火化人员登记"])
        return Book("殡仪馆火化人员.ods", "ods", "death", "exclusion", [tab])

    def moves(self) -> Book:
        """Registrations moved out since January."""
        lines: list[Line] = []
        for person in self.county.people:
            if person.moved and person.moved <= last_day(self.month):
                name, number, mention = self.mention(person)
                cells: list[Cell] = [name, number, person.place.town, person.place.village]
                cells += [str(person.moved), "省外"]
                lines.append(Line(cells, [mention]))
        header = words("姓名 身份证号 镇 村（居） 迁出日期 迁往地")
        return Book("户籍迁出.csv", "utf8", "moved", "exclusion", [Tab("", header, lines)])
