"""The headers of each list: one tuple of variants a column, after what offices send."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column; `keep` is how likely a file has it."""

    key: str
    headers: tuple[str, ...]
    keep: float = 1.0


_NO = Column("no", ("序号",), 0.8)
_NAME = Column("name", ("姓名",))
_SEX = Column("sex", ("性别",), 0.7)
_PHONE = Column("phone", ("联系电话",), 0.5)
_NOTE = Column("note", ("备注",), 0.4)
_ACCOUNT = Column("account", ("银行账号",), 0.4)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "medical": (
        _NO, _NAME, Column("id", ("身份证号码", "证件号码", "公民身份号码")), _SEX,
        Column("town", ("乡镇", "参保地")), Column("village", ("村（社区）",)),
        Column("spent", ("医疗总费用（元）",)), Column("own", ("个人自费（元）", "个人自费"), 0.6),
        Column("paid", ("个人自付费用（元）", "个人自付金额")), _NOTE,
    ),
    "disability": (
        _NO, _NAME, Column("certificate", ("残疾人证号", "证件号码")),
        Column("category", ("残疾类别",)), Column("level", ("残疾等级",)),
        Column("issued", ("发证日期", "初次申领日期")),
        Column("town", ("所属街道", "街道", "乡镇")),
        Column("village", ("所属社区", "居委", "村")), _PHONE, Column("status", ("状态",), 0.6),
    ),
    "monitored": (
        Column("province", ("省",), 0.8), Column("city", ("市",), 0.8),
        Column("county", ("县",), 0.8),
        Column("town", ("乡（镇）",)), Column("village", ("行政村",)),
        Column("hamlet", ("自然村",), 0.6), Column("home_no", ("户编号",)),
        Column("person_no", ("人编号",), 0.8), _NAME, Column("id", ("证件号码",)),
        Column("relation", ("与户主关系",)), Column("size", ("家庭人口", "人数")),
        Column("kind", ("监测对象类别", "户类型", "易返贫致贫户(监测对象)类型")),
        Column("resolved", ("风险是否已消除", "风险是否消除")), Column("identified", ("识别时间",)),
    ),
    "children": (
        _NO, Column("parent", ("服刑（戒毒）人员姓名",)),
        Column("parent_id", ("服刑（戒毒）人员身份证号",)), Column("state", ("人员状态",)),
        Column("name", ("子女姓名",)), Column("id", ("子女身份证号",)),
        Column("born", ("子女出生日期", "出生年月")), Column("guardian", ("监护人",)),
        Column("address", ("户籍地址",)),
    ),
    "dibao": (
        _NO, Column("town", ("乡镇", "地区")), Column("village", ("村居", "行政村")),
        Column("card", ("低保证号",)), Column("head", ("户主姓名",)),
        Column("name", ("保障对象姓名", "姓名")), Column("id", ("身份证号",)), _SEX,
        Column("relation", ("与户主关系",)), Column("protected", ("是否保障对象",)),
        Column("single", ("施保类别",), 0.8), Column("size", ("保障人口",)),
        Column("amount", ("月补助金额", "保障金额（元）")), Column("start", ("起始保障年月",)),
        _ACCOUNT,
    ),
    "tekun": (
        _NO, _NAME, _SEX, Column("id", ("公民身份号码",)), Column("town", ("乡镇",)),
        Column("village", ("行政村",)), Column("keeping", ("供养方式",)),
        Column("care", ("护理等级",)), _ACCOUNT, _NOTE,
    ),
    "tekun_household": (
        _NO, Column("town", ("乡镇",), 0.7), Column("village", ("村居",)),
        Column("head", ("户主姓名",)), Column("head_id", ("户主身份证号",)),
        Column("size", ("保障人口",)), Column("amount", ("月保障金额",)),
    ),
    "orphan": (
        Column("region", ("地区",)), Column("child_no", ("儿童编号",)),
        Column("name", ("儿童姓名",)), _SEX, Column("id", ("身份证号",)),
        Column("guardian", ("监护人",)), Column("amount", ("发放金额（元）",)), _ACCOUNT,
    ),
    "marginal": (
        _NO, _NAME, Column("id", ("身份证件号", "身份证号码")), Column("town", ("镇",)),
        Column("village", ("村（居）",)), _PHONE, _NOTE,
    ),
    "death": (
        _NO, _NAME, Column("id", ("身份证件号", "身份证号码")), _SEX, Column("town", ("镇",)),
        Column("village", ("村（居）",)), Column("day", ("死亡日期", "火化日期")), _NOTE,
    ),
    "moved": (
        _NO, _NAME, Column("id", ("身份证件号", "身份证号码")), Column("town", ("镇",)),
        Column("village", ("村（居）",)), Column("day", ("迁出日期",)), _NOTE,
    ),
    "temporary": (
        _NO, _NAME, Column("id", ("身份证号", "身份证号码")), Column("town", ("乡镇",)),
        Column("village", ("村居",)), Column("amount", ("救助金额（元）",)),
        Column("day", ("救助日期",)), _NOTE,
    ),
    "subsidy": (
        _NO, _NAME, Column("id", ("身份证号", "身份证号码")),
        Column("certificate", ("残疾人证号",), 0.5),
        Column("town", ("乡镇",)), Column("village", ("村居",)),
        Column("grant", ("补贴类型",)), Column("amount", ("补贴金额（元）",)),
    ),
}  # fmt: skip
COLUMNS["unsupported"] = COLUMNS["orphan"]

MEMBER_PAIRS = ("家庭成员{}姓名", "家庭成员{}身份证号")

TITLES: dict[str, tuple[str, ...]] = {
    "medical": ("2021年度个人自付医疗费用超过4万元人员名单", "个人自付医疗费用超4万元对象"),
    "disability": ("2021年以来新增重度残疾人名单", "新增重度残疾人（含智力、精神三级残疾）"),
    "monitored": ("脱贫不稳定人口和边缘易致贫人口名单", "防返贫监测对象名单"),
    "children": ("服刑在押、强制戒毒等人员未成年子女信息", "服刑戒毒人员未成年子女"),
    "dibao": ("城乡低保对象名单", "2022年6月低保在册人员"),
    "tekun": ("特困人员供养名单", "6月特困供养人员"),
    "orphan": ("孤儿基本生活费发放名单", "孤儿名册"),
    "unsupported": ("事实无人抚养儿童发放名单", "事实无人抚养儿童名册"),
    "marginal": ("低保边缘家庭成员名单", "低保边缘人口"),
    "death": ("死亡人员名单", "2021年7月至2022年6月死亡人员信息"),
    "moved": ("户口迁出人员名单", "迁出人员"),
    "temporary": ("临时救助发放名单", "临时救助对象"),
    "subsidy": ("残疾人两项补贴发放名单", "两项补贴对象"),
}
