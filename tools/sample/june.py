"""The table of files for June: other names, headers and formats for the same lists.

低保 goes from one row a household to one row a person, 特困 the other way.
"""

from __future__ import annotations

from sample.exportfile import HOUSEHOLD_MEMBER, MEDICAL_TITLE, TOWNS, ExportFile

JUNE: tuple[ExportFile, ...] = (
    ExportFile(
        "medical",
        "2021年度个人自付医疗费用超4万元人员名单.xlsx",
        "xlsx",
        "序号=serial 乡镇=town 村（社区）=village 姓名=name 公民身份号码=number 性别=sex "
        "医疗总费用（元）=total 个人自费（元）=own 个人自付费用（元）=self_paid",
        titles=(MEDICAL_TITLE,),
        towns=TOWNS[:2],
        totals=("total", "own", "self_paid"),
        villages="bare",
        blank_every=50,
        footer="制表时间：2022年6月15日",
    ),
    ExportFile(
        "medical",
        "2021年度个人自付医疗费用超4万元人员名单（1）.xlsx",
        "xlsx",
        "序号=serial 乡镇=town 村（社区）=village 姓名=name 公民身份号码=number 性别=sex "
        "医疗总费用（元）=total 个人自费（元）=own 个人自付费用（元）=self_paid",
        titles=(MEDICAL_TITLE,),
        towns=TOWNS[2:],
        totals=("total", "own", "self_paid"),
        villages="bare",
        hidden_every=30,
    ),
    ExportFile(
        "disability",
        "新增重度残疾人（含智力精神三级）6月.xls",
        "xls",
        "姓名=name 证件号码=certificate 残疾类别=category 残疾等级=level 初次申领日期=issued "
        "乡镇=town 村=village 联系电话=phone",
        codes="long",
        dates="dots",
    ),
    ExportFile(
        "monitored",
        "6月监测户名单.csv",
        "csv",
        "县=county 乡（镇）=town 行政村=village 户编号=household_no 姓名=name 证件号码=number "
        "与户主关系=relation 人数=people 户类型=category 风险是否消除=eliminated 识别时间=since",
        encoding="gb18030",
        dates="year_month",
    ),
    ExportFile(
        "children",
        "服刑（戒毒）人员未成年子女6月.xlsx",
        "xlsx",
        "序号=serial 服刑（戒毒）人员>姓名=parent 服刑（戒毒）人员>身份证号=parent_number "
        "服刑（戒毒）人员>人员状态=state 子女>姓名=name 子女>身份证号=number 子女>出生年月=birth "
        "监护人=guardian 户籍地址=village",
        titles=("附件3", "服刑在押、强制戒毒等人员未成年子女信息核实表"),
        dates="han",
        villages="zone_village",
        merged="parent",
    ),
    ExportFile(
        "dibao",
        "6月低保在册.xlsx",
        "xlsx",
        "序号=serial 乡镇=town 行政村=village 低保证号=booklet_no 户主姓名=head_name "
        "保障对象姓名=name 身份证␤号=number 与户主关系=relation 是否保障对象=protected "
        "施保类别=support 保障人口=size 月补助金额=amount 起始保障年月=since",
        titles=("2022年6月城乡低保在册人员",),
        sheets="town",
        totals=("amount",),
        dates="year_month",
        hidden_every=150,
        footer="制表人：林某    制表时间：2022年6月8日",
    ),
    ExportFile(
        "tekun",
        "6月特困供养.xls",
        "html",
        "村居=village 户主姓名=name 户主身份证号=number 保障人口=size 月保障金额=amount "
        "供养方式=supply 护理等级=care",
        members=HOUSEHOLD_MEMBER,
        pairs=2,
        titles=("2022年6月特困供养人员",),
        encoding="utf-8",
        totals=("size", "amount"),
        villages="town_village",
    ),
    ExportFile(
        "orphan",
        "孤儿6月.xlsx",
        "xlsx",
        "序号=serial 地区=village 儿童编号=child_no 儿童姓名=name 性别=sex 身份证号=number "
        "监护人=guardian 发放金额（元）=amount",
        titles=("孤儿基本生活费发放表（6月）",),
        totals=("amount",),
        villages="town_village",
    ),
    ExportFile(
        "unattended",
        "事实无人抚养儿童6月.xls",
        "tsv",
        "地区=village 儿童编号=child_no 儿童姓名=name 性别=sex 身份证号=number 监护人=guardian "
        "发放金额（元）=amount",
        encoding="gb18030",
        delimiter="\t",
        villages="town_village",
    ),
    ExportFile(
        "dibao_edge",
        "6月低保边缘.ods",
        "ods",
        "姓名=name 身份证号码=number 镇=town 村（居）=village",
        merged="town",
    ),
    ExportFile(
        "rigid_expense",
        "刚性支出困难家庭6月.csv",
        "csv",
        "姓名=name 身份证号码=number 乡镇=town 村（居）=village 认定时间=since",
        encoding="utf-8",
        dates="iso",
    ),
    ExportFile(
        "disability_subsidy",
        "6月残疾人两项补贴.txt",
        "csv",
        "姓名=name 残疾人证号=certificate 乡镇=town 村居=village 残疾类别=category "
        "残疾等级=level 补贴类型=kind 发放金额=amount",
        encoding="gb18030",
        delimiter="\t",
    ),
    ExportFile(
        "temporary_aid",
        "临时救助2022年1-6月.csv",
        "csv",
        "姓名=name 身份证号码=number 乡镇=town 村（社区）=village 救助类型=cause 救助金额=amount "
        "救助时间=day",
        encoding="utf-8-sig",
        dates="iso",
        titles=("临时救助发放台账",),
    ),
    ExportFile(
        "death",
        "死亡人员6月.csv",
        "csv",
        "姓名=name 性别=sex 身份证件号=number 镇=town 村（居）=village 死亡日期=day "
        "火化日期=cremated",
        encoding="utf-16",
        delimiter=",",
        dates="compact",
    ),
    ExportFile(
        "moved_out",
        "6月迁出.et",
        "et",
        "姓名=name 性别=sex 身份证号码=number 镇=town 村（居）=village 迁出日期=day 迁往地=to",
        dates="serial",
        villages="bare",
    ),
)
