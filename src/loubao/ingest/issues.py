"""Every cell that was not taken as it stood, as issue rows.

A finding names a field; `as_issues` puts the header that the export has for it. Details are short,
state what to do, and hold no name and no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from loubao.core.frames import ISSUES, PROVEN_STATUSES, Schema, conform
from loubao.ingest.fields.typed import alternative, bad
from loubao.ingest.sheets.rows import raw
from loubao.rules.lists import ListRule

#: Issues by list and code; `list` is null for a file that is none.
FAULTS: Schema = {"list": pl.String, "code": pl.String, "count": pl.Int64}
#: Where a row stands.
_PLACE = {
    "sheet_no": pl.UInt32,
    "slot": pl.UInt32,
    "file": pl.String,
    "sheet": pl.String,
    "row": pl.UInt32,
}
_FINDING = {**_PLACE, **dict.fromkeys(("field", "code", "detail"), pl.String)}
_ID_CODES = {
    "mangled": ("ID_MANGLED", "号码被表格软件存成数字，末几位已丢失，请按证件重新填写为文本"),
    "masked": ("ID_MASKED", "号码有遮挡，请补全"),
    "wrong_check_digit": ("ID_CHECK_DIGIT", "校验码不符，至少一位有误，请核对证件"),
    "wrong_length": ("ID_LENGTH", "位数不对，请核对证件"),
    "wrong_date": ("ID_DATE", "号码中的出生日期不存在，请核对证件"),
    "other_document": ("ID_OTHER_DOCUMENT", "不是居民身份证号码，按原文比对"),
    "missing": ("ID_MISSING", "没有证件号码，只能按姓名等查找，请补全"),
    "lifted": ("ID_LIFTED", "15位旧号码，已换算为18位"),
}
_REPAIRS = {
    "full_width": "全角字符",
    "label": "号码前的文字",
    "prefix_g": "号码前的G",
    "letter_x": "X的写法",
    "letter_o": "字母O当作0",
    "letter_l": "字母l当作1",
    "separators": "分隔符号",
    "trailing_text": "号码后的文字",
    "certificate": "取自残疾人证号",
    "fifteen_digits": "15位换算",
}
_PLACE_CODES = {
    "TOWN_CONFLICT": ("town", "乡镇与村不一致，已按村所在的乡镇"),
    "VILLAGE_UNKNOWN": ("village", "村名不在村居表中，请核对；如为别名，请加入 villages.csv"),
    "VILLAGE_MISSING": ("village", "没有写村居，请补全"),
    "TOWN_UNKNOWN": ("town", "乡镇名不在村居表中，请核对；如为别名，请加入 villages.csv"),
}
_UNREADABLE = {
    "date": ("DATE_UNREADABLE", "日期看不懂，请写成2022-06-30的样子"),
    "number": ("NUMBER_UNREADABLE", "数字看不懂，请只写数字"),
    "integer": ("NUMBER_UNREADABLE", "数字看不懂，请只写数字"),
}
_UNKNOWN_VALUE = ("VALUE_UNKNOWN", "不是规则里的写法，请核对；如为新写法，请加入名单规则")
_REPEATED_SHARE = 0.3
_REPEATED_LEAST = 3

_OF_HEAD, _OF_PARENT = pl.col("of_other") == "head", pl.col("of_other") == "parent"
_SHARED = pl.col("shared") & pl.col("of_other").is_null()
_DECEASED, _STOPPED = (
    pl.col(note) & (pl.col("role") != "exclusion") for note in ("deceased", "stopped")
)
#: What is asked of every row: where it holds, the field, the code, what to do.
_OF_A_PERSON: tuple[tuple[pl.Expr, str, str, str], ...] = (
    *((pl.col("id_status") == status, "id_number", *words) for status, words in _ID_CODES.items()),
    (_OF_HEAD, "id_number", "ID_OF_HEAD", "与户主同一号码而姓名不同，请填写本人号码"),
    (_OF_PARENT, "id_number", "ID_OF_PARENT", "与家长同一号码，请填写子女本人号码"),
    (_SHARED, "id_number", "ID_SHARED", "同一名单内不同姓名用同一号码，请核对"),
    (pl.col("name").is_null(), "name", "NAME_MISSING", "没有姓名，请补全"),
    (pl.col("name_mask"), "name", "NAME_MASKED", "姓名有遮挡或缺字，请补全"),
    (pl.col("name_kind") == "other", "name", "NAME_ODD", "不像姓名，请核对"),
    (_DECEASED, "name", "DECEASED_NOTE", "姓名后注明已去世，请核实"),
    (pl.col("relative"), "name", "NAME_OF_RELATIVE", "姓名旁注明是亲属，请填本人姓名"),
    (_STOPPED, "name", "STOPPED_NOTE", "姓名旁注明已停发、退出等，请核实后更新名单"),
    (
        pl.col("birth_conflict"),
        "birth_date",
        "BIRTH_CONFLICT",
        "与证件号码中的出生日期不同，已用证件号码",
    ),
    (pl.col("sex_conflict"), "sex", "SEX_CONFLICT", "与证件号码中的性别不同，已用证件号码"),
)


class Finding(NamedTuple):
    """The rows of `rows` where `mask` holds, what is wrong there, and with which field."""

    rows: pl.DataFrame
    mask: pl.Series | pl.Expr
    field: str
    code: str
    detail: str | pl.Expr


def _found(findings: Iterable[Finding]) -> pl.DataFrame:
    """Return one row (_FINDING) for each row of each finding."""
    frames = [pl.DataFrame(schema=_FINDING)]
    by_rows: dict[int, list[Finding]] = {}
    for finding in findings:
        by_rows.setdefault(id(finding.rows), []).append(finding)
    for same in by_rows.values():
        rows = same[0].rows
        # all masks in one pass: most findings are about no row at all
        masks = rows.select(*_PLACE, **{str(i): each.mask for i, each in enumerate(same)})
        for i, (_, _, field, code, detail) in enumerate(same):
            if not masks[str(i)].any():
                continue
            if isinstance(detail, str):
                here, text = masks.filter(pl.col(str(i))), pl.lit(detail)
            else:
                here, text = rows.filter(masks[str(i)]), detail
            words = {"field": pl.lit(field), "code": pl.lit(code), "detail": text.cast(pl.String)}
            frames.append(here.select(*_PLACE, **words))
    return pl.concat(frames)


def as_issues(findings: Iterable[Finding], headers: pl.DataFrame) -> pl.DataFrame:
    """Return ISSUES rows; `headers`: sheet_no, slot, field, header as seen.

    >>> place = {"sheet_no": 0, "slot": 0, "file": "低保.xls", "sheet": "在册"}
    >>> rows = pl.DataFrame({**place, "row": [2, 3], "name": ["张三", None]})
    >>> rows = rows.cast(_PLACE)
    >>> missing = Finding(rows, pl.col("name").is_null(), "name", "NAME_MISSING", "没有姓名")
    >>> headers = rows.select("sheet_no", "slot").head(1)
    >>> headers = headers.with_columns(field=pl.lit("name"), header=pl.lit("保障对象姓名"))
    >>> as_issues([missing], headers).rows()
    [('低保.xls', '在册', 3, '保障对象姓名', 'NAME_MISSING', '没有姓名')]
    """
    whole = headers.filter(pl.col("slot") == 0).select("sheet_no", "field", whole="header")
    issues = (
        _found(findings)
        .join(headers, on=["sheet_no", "slot", "field"], how="left")
        .join(whole, on=["sheet_no", "field"], how="left")
        .with_columns(column=pl.coalesce("header", "whole", pl.lit("")))
    )
    return conform(issues.select(list(ISSUES)).unique(), ISSUES)


def of_people(
    rows: pl.DataFrame, swapped: pl.Series, lists: Mapping[str, ListRule]
) -> list[Finding]:
    """Return what is wrong with numbers, names, and cells that contradict each other.

    `swapped` marks the rows in which name and number stood in each other's cell.
    """
    of_certificate = [
        name
        for name, rule in lists.items()
        if any(spec.from_certificate for spec in rule.fields.values())
    ]
    expected = pl.col("list").is_in(of_certificate) & (pl.col("id_repair") == "certificate")
    repaired = (pl.col("id_status") == "repaired") & ~expected
    findings = [Finding(rows, *each) for each in _OF_A_PERSON]
    findings += [
        Finding(rows, repaired, "id_number", "ID_REPAIRED", _repaired()),
        Finding(rows, swapped, "name", "NAME_ID_SWAPPED", "姓名与证件号码填反，已对调"),
    ]
    if "id_from_certificate" in rows.columns:
        taken = pl.col("id_from_certificate") & pl.col(raw("id_number")).is_not_null()
        detail = "证件号码有误，已改用残疾人证号中的号码"
        findings.append(Finding(rows, taken, "id_number", "ID_FROM_CERTIFICATE", detail))
    if "id_conflict" in rows.columns:
        detail = "残疾人证号中的身份证号与证件号码不同，已用证件号码，请核对"
        conflict = pl.col("id_conflict")
        findings.append(Finding(rows, conflict, "certificate_no", "CERTIFICATE_CONFLICT", detail))
    return findings


def _repaired() -> pl.Expr:
    """Say what was repaired of a number.

    >>> rows = pl.DataFrame({"id_repair": ["full_width,letter_x"]})
    >>> rows.select(_repaired()).item()
    '已修正：全角字符、X的写法'
    """
    names = (
        pl.col("id_repair")
        .str.split(",")
        .list.eval(pl.element().replace_strict(_REPAIRS, default=pl.element()))
    )
    return pl.concat_str(pl.lit("已修正："), names.list.join("、"))


def of_places(rows: pl.DataFrame) -> list[Finding]:
    """Return the places that the table of villages does not have."""
    return [
        Finding(rows, pl.col("place_problem") == code, field, code, detail)
        for code, (field, detail) in _PLACE_CODES.items()
    ]


def of_values(rows: pl.DataFrame, lists: Mapping[str, ListRule]) -> list[Finding]:
    """Return the dates, numbers and words that could not be read."""
    findings: list[Finding] = []
    types = {field: spec.type for rule in lists.values() for field, spec in rule.fields.items()}
    for field, kind in sorted(types.items()):
        if bad(field) not in rows.columns:
            continue
        code, detail = _UNREADABLE.get(kind, _UNKNOWN_VALUE)
        findings.append(Finding(rows, pl.col(bad(field)), field, code, detail))
        other = alternative(field)
        if other in rows.columns:
            detail = "与残疾人证号中的不同，已用本列，请核对"
            conflict = pl.col(other).is_not_null()
            findings.append(Finding(rows, conflict, field, "CERTIFICATE_CONFLICT", detail))
    return findings


def of_repeats(rows: pl.DataFrame) -> tuple[list[Finding], list[tuple[int, int, int]]]:
    """Return the rows that repeat one number and name within a list.

    The second part is (sheet_no, first sheet_no, rows) for sheets that repeat another wholesale;
    their rows are not listed one by one.
    """
    key = ["list", "id_number", "name_key"]
    place = ["sheet_no", "file", "sheet", "row", "slot"]
    proven = pl.col("id_status").is_in(PROVEN_STATUSES) & pl.col("name_key").is_not_null()
    people = rows.filter(proven).select(*key, *place)
    in_sheet = people.group_by("sheet_no").agg(in_sheet=pl.len())
    again = (
        people.filter(people.select(key).is_duplicated())
        .with_columns(pl.col(place).first().over(key).name.prefix("first_"))
        .filter(
            pl.any_horizontal(
                pl.col(f"first_{c}") != pl.col(c) for c in ("sheet_no", "row", "slot")
            )
        )
        .with_columns(same_file=pl.col("first_file") == pl.col("file"))
        .with_columns(same_sheet=pl.col("same_file") & (pl.col("first_sheet") == pl.col("sheet")))
    )
    wholesale = (
        again.filter(~pl.col("same_sheet"))
        .group_by("sheet_no", "first_sheet_no")
        .agg(repeated=pl.len())
        .join(in_sheet, on="sheet_no")
        .filter(
            (pl.col("repeated") >= _REPEATED_LEAST)
            & (pl.col("repeated") > _REPEATED_SHARE * pl.col("in_sheet"))
        )
        .sort("sheet_no", "first_sheet_no")
    )
    single = again.join(wholesale, on=["sheet_no", "first_sheet_no"], how="anti")
    where = (
        pl.when("same_sheet")
        .then(pl.lit(""))
        .when("same_file")
        .then(pl.format("工作表“{}”", "first_sheet"))
        .otherwise(pl.format("“{}”", "first_file"))
    )
    detail = pl.format("与{}第{}行是同一人", where, "first_row")
    repeats = [Finding(single, pl.lit(True), "id_number", "DUPLICATE_ROW", detail)]
    return repeats, wholesale.select("sheet_no", "first_sheet_no", "repeated").rows()


def faults(issues: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return FAULTS: issues (ISSUES) by list and code, to be laid beside those of another month."""
    counted = (
        issues.join(lists_of_files(records), on="file", how="left")
        .group_by("list", "code")
        .agg(count=pl.len().cast(pl.Int64))
        .sort("list", "code", nulls_last=True)
    )
    return conform(counted, FAULTS)


def lists_of_files(records: pl.DataFrame) -> pl.DataFrame:
    """Return `file`, `list`: the list that most rows (RECORDS) of a file belong to.

    >>> rows = pl.DataFrame({"file": ["a.xls"] * 3, "list": ["dibao", "tekun", "dibao"]})
    >>> lists_of_files(rows).rows()
    [('a.xls', 'dibao')]
    """
    return (
        records.group_by("file", "list")
        .agg(pl.len().alias("rows"))
        .sort("file", "rows", "list", descending=[False, True, False])
        .unique("file", keep="first", maintain_order=True)
        .select("file", "list")
    )
