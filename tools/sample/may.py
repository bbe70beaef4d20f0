"""The table of files for May: which list comes as what, under which name and headers."""

from __future__ import annotations

from sample.exportfile import HOUSEHOLD_MEMBER, MEDICAL_TITLE, TOWNS, ExportFile

MAY: tuple[ExportFile, ...] = (
    ExportFile(
        "medical",
        "附件2：2021年度个人自付医疗费用超4万元人员名单（洛阳片区）.xlsx",
        "xlsx",
        "序号=serial 姓␣␣名=name 身份证号码=number 性别=sex 参保地=town 村（社区）=village "
        "医疗总费用（元）=total 个人自付费用（元）=self_paid 备注=remark",
        titles=("附件2", MEDICAL_TITLE, "单位：元          截止时间：2021年12月31日"),
        towns=TOWNS[:2],
        totals=("total", "self_paid"),
        hidden_every=40,
        footer="制表人：陈某        审核人：        制表时间：2022年5月12日",
    ),
    ExportFile(
        "medical",
        "附件2：2021年度个人自付医疗费用超4万元人员名单（张坂片区）.xlsx",
        "xlsx",
        "序号=serial 姓名=name 证件号码=number 性别=sex 乡镇=town 村（社区）=village "
        "医疗总费用（元）=total 个人自费（元）=own 个人自付金额=self_paid",
        titles=(MEDICAL_TITLE,),
        towns=TOWNS[2:],
        totals=("total", "own", "self_paid"),
        villages="committee",
        blank_every=35,
    ),
    ExportFile(
        "disability",
        "2021年以来新增重度残疾人名单.xls",
        "xls",
        "序号=serial 姓名=name 残疾人证号=certificate 性别=sex 残疾类别=category 残疾等级=level "
        "发证日期=issued 所属街道=town 所属社区=village 联系电话=phone 状态=status",
        titles=("新增重度残疾人（含智力、精神三级）名单",),
        dates="real",
        hidden_every=60,
        footer="填报单位：残联    填报日期：2022年5月20日",
    ),
    ExportFile(
        "monitored",
        "监测对象信息_20220531.csv",
        "csv",
        "省=province 市=city 县=county 乡（镇）=town 行政村=village 自然村=hamlet "
        "户编号=household_no 人编号=person_no 姓名=name 证件号码=number 与户主关系=relation "
        "家庭人口=people 监测对象类别=category 风险是否已消除=eliminated 识别时间=since",
        encoding="gb18030",
        dates="compact",
    ),
    ExportFile(
        "children",
        "服刑在押、强制戒毒人员未成年子女信息表.xlsx",
        "xlsx",
        "序号=serial 服刑（戒毒）人员>服刑（戒毒）人员姓名=parent "
        "服刑（戒毒）人员>服刑（戒毒）人员身份证号=parent_number 人员状态=state "
        "未成年子女>子女姓名=name 未成年子女>子女身份证号=number 未成年子女>子女出生日期=birth "
        "监护人=guardian 户籍地址=village",
        titles=("服刑在押、强制戒毒等人员未成年子女信息表",),
        dates="dots",
        villages="address",
        footer="说明：身份证号不详的请核实后补填",
    ),
    ExportFile(
        "dibao",
        "5月城乡低保花名册（按户）.xlsx",
        "xlsx",
        "序号=serial 乡镇=town 村居=village 低保证号=booklet_no 户主姓名=name "
        "户主身份证号=number 保障人口=size 月保障金额=amount",
        members=HOUSEHOLD_MEMBER,
        pairs=8,
        titles=("2022年5月城乡最低生活保障家庭花名册",),
        sheets="低保户",
        merged="village",
        totals=("size", "amount"),
        subtotals=True,
        footer="审批人：        复核人：        经办人：        2022年5月6日",
    ),
    ExportFile(
        "tekun",
        "特困人员供养名册2022年5月.xls",
        "html",
        "序号=serial 姓名=name 性别=sex 公民身份号码=number 乡镇=town 行政村=village "
        "供养方式=supply 护理等级=care",
        titles=("特困人员救助供养名册",),
        encoding="gb18030",
        merged="town",
        footer="共计人数见上表",
    ),
    ExportFile(
        "orphan",
        "孤儿基本生活费发放表202205.xlsx",
        "xlsx",
        "地区=village 儿童编号=child_no 儿童姓名=name 性别=sex 身份证号=number 监护人=guardian "
        "发放金额（元）=amount",
        titles=("孤儿基本生活费发放表",),
        cover="封面",
        sheets="发放表",
        totals=("amount",),
        villages="town_village",
    ),
    ExportFile(
        "unattended",
        "事实无人抚养儿童发放名册202205.xlsx",
        "xlsx",
        "序号=serial 地区=village 儿童编号=child_no 儿童姓名=name 性别=sex 身份证号=number "
        "监护人=guardian 发放金额（元）=amount",
        titles=("事实无人抚养儿童基本生活补贴发放名册", "2022年5月"),
        totals=("amount",),
        villages="zone_village",
    ),
    ExportFile(
        "dibao_edge",
        "低保边缘家庭.ods",
        "ods",
        "姓名=name 身份证件号=number 镇=town 村（居）=village 认定日期=since",
        titles=("低保边缘家庭成员名单",),
        hidden_every=50,
    ),
    ExportFile(
        "rigid_expense",
        "刚性支出困难家庭名单.xlsx",
        "xlsx",
        "序号=serial 姓名=name 身份证号码=number 乡镇=town 村（居）=village 认定时间=since",
        titles=("刚性支出困难家庭人员名单",),
        dates="han",
    ),
    ExportFile(
        "disability_subsidy",
        "残疾人两项补贴5月发放.txt",
        "csv",
        "姓名=name 身份证号=number 乡镇=town 村居=village 残疾类别=category 残疾等级=level "
        "补贴类型=kind 发放金额=amount",
        encoding="utf-8",
        delimiter="\t",
        codes="long",
    ),
    ExportFile(
        "temporary_aid",
        "临时救助台账.csv",
        "csv",
        "序号=serial 姓名=name 身份证号码=number 乡镇=town 村（社区）=village 救助原因=cause "
        "救助金额（元）=amount 救助日期=day",
        encoding="utf-8-sig",
        dates="slash",
    ),
    ExportFile(
        "death",
        "死亡人员信息.csv",
        "csv",
        "姓名=name 身份证号码=number 性别=sex 镇=town 村（居）=village 死亡日期=day "
        "火化日期=cremated",
        encoding="utf-16",
        delimiter="\t",
        dates="iso",
        villages="committee",
    ),
    ExportFile(
        "moved_out",
        "户籍迁出人员.et",
        "et",
        "序号=serial 姓名=name 身份证号码=number 镇=town 村（居）=village 迁出日期=day 迁往地=to",
        dates="real",
        titles=("户籍迁出人员名单",),
    ),
)
