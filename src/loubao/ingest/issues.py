"""Every cell that was not taken as it stood, as issue rows.

A finding names a field; `as_issues` puts the header that the export has for it. Details are short,
state what to do, and hold no name and no number. Their sentences are `details` of sheets.yaml
(`words`). The readers of files and the linkage have no sentences: they give values, and `in_words`
makes the sentences.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import polars as pl

from loubao.core.frames import ISSUES, PROVEN_STATUSES, Schema, conform
from loubao.core.notation import filled
from loubao.ingest.fields.typed import alternative, bad
from loubao.ingest.raw_cells import raw
from loubao.rules.lists import ListRule
from loubao.rules.wording import Wording

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
#: What is wrong with a number → its code.
ID_CODES = {
    "mangled": "ID_MANGLED",
    "masked": "ID_MASKED",
    "wrong_check_digit": "ID_CHECK_DIGIT",
    "wrong_length": "ID_LENGTH",
    "wrong_date": "ID_DATE",
    "other_document": "ID_OTHER_DOCUMENT",
    "missing": "ID_MISSING",
    "lifted": "ID_LIFTED",
}
_PLACE_CODES = {
    "TOWN_UNKNOWN": "town",
    **dict.fromkeys(("VILLAGE_UNKNOWN", "VILLAGE_SEVERAL", "VILLAGE_MISSING"), "village"),
}
_ILLEGIBLE = dict.fromkeys(("number", "integer"), "NUMBER_UNREADABLE") | {"date": "DATE_UNREADABLE"}
_REPEATED_SHARE = 0.3
_REPEATED_LEAST = 3

_OF_HEAD, _OF_PARENT = pl.col("of_other") == "head", pl.col("of_other") == "parent"
_SHARED = pl.col("shared") & pl.col("of_other").is_null()
_NO_EXCLUSION = pl.col("role") != "exclusion"
#: What is asked of every row: where it holds, the field, the code.
_OF_A_PERSON: tuple[tuple[pl.Expr, str, str], ...] = (
    *((pl.col("id_status") == status, "id_number", code) for status, code in ID_CODES.items()),
    (_OF_HEAD, "id_number", "ID_OF_HEAD"),
    (_OF_PARENT, "id_number", "ID_OF_PARENT"),
    (pl.col("of_other") == "adult", "id_number", "ID_OF_ADULT"),
    (_SHARED, "id_number", "ID_SHARED"),
    (pl.col("name").is_null(), "name", "NAME_MISSING"),
    (pl.col("name_mask"), "name", "NAME_MASKED"),
    (pl.col("name_kind") == "other", "name", "NAME_ODD"),
    (pl.col("deceased") & _NO_EXCLUSION, "name", "DECEASED_NOTE"),
    (pl.col("relative"), "name", "NAME_OF_RELATIVE"),
    (pl.col("stopped") & _NO_EXCLUSION, "name", "STOPPED_NOTE"),
    (pl.col("birth_conflict"), "birth_date", "BIRTH_CONFLICT"),
    (pl.col("sex_conflict"), "sex", "SEX_CONFLICT"),
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


def in_words(issues: pl.DataFrame, words: Wording) -> pl.DataFrame:
    """Return ISSUES in words: each `detail` is the JSON of the values of its sentence, or "".

    >>> from loubao.core.frames import issue_rows
    >>> short = issue_rows([("低保.csv", "", 3, "", "ROW_SHORT", '{"cells": 2}')])
    >>> in_words(short, Wording({"ROW_SHORT": "少 {cells} 格"}))["detail"].item()
    '少 2 格'
    """
    found = issues.select("code", "detail").unique()
    sentences = found.with_columns(
        sentence=pl.Series(
            [
                words[code].format(**json.loads(values)) if values else words[code]
                for code, values in found.iter_rows()
            ],
            dtype=pl.String,
        )
    )
    return issues.join(sentences, on=["code", "detail"], how="left", maintain_order="left").select(
        pl.col("sentence").alias("detail") if c == "detail" else c for c in issues.columns
    )


def of_people(
    rows: pl.DataFrame, swapped: pl.Series, lists: Mapping[str, ListRule], words: Wording
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
    findings = [Finding(rows, *each, words[each[-1]]) for each in _OF_A_PERSON]
    findings += [
        Finding(rows, repaired, "id_number", "ID_REPAIRED", _repaired(words)),
        Finding(rows, swapped, "name", "NAME_ID_SWAPPED", words.NAME_ID_SWAPPED),
    ]
    if "id_from_certificate" in rows.columns:
        taken = pl.col("id_from_certificate") & pl.col(raw("id_number")).is_not_null()
        detail = words.ID_FROM_CERTIFICATE
        findings.append(Finding(rows, taken, "id_number", "ID_FROM_CERTIFICATE", detail))
    if "id_conflict" in rows.columns:
        conflict, detail = pl.col("id_conflict"), words.CERTIFICATE_CONFLICT_NUMBER
        findings.append(Finding(rows, conflict, "certificate_no", "CERTIFICATE_CONFLICT", detail))
    return findings


def _repaired(words: Wording) -> pl.Expr:
    """Say what was repaired of a number.

    >>> rows = pl.DataFrame({"id_repair": ["full_width,letter_x"]})
    >>> repairs = Wording({"full_width": "全角字符", "letter_x": "X的写法"})
    >>> words = Wording({"ID_REPAIRED": "已修正：{repairs}", "repairs": repairs})
    >>> rows.select(_repaired(words)).item()
    '已修正：全角字符、X的写法'
    """
    name = pl.element().replace_strict(dict(words.repairs), default=pl.element())
    names = pl.col("id_repair").str.split(",").list.eval(name)
    return filled(words.ID_REPAIRED, lambda name, form: names.list.join("、"))


def of_places(rows: pl.DataFrame, words: Wording) -> list[Finding]:
    """Return the places that the table of villages does not have."""
    problem, around = pl.col("place_problem"), pl.col("conflict_around")
    named = [
        Finding(rows, problem == code, field, code, words[code])
        for code, field in _PLACE_CODES.items()
    ]
    conflict = "TOWN_CONFLICT"
    return [
        *named,
        Finding(rows, (problem == conflict) & ~around, "town", conflict, words.TOWN_CONFLICT),
        Finding(rows, (problem == conflict) & around, "town", conflict, words.TOWN_CONFLICT_AROUND),
    ]


def of_values(rows: pl.DataFrame, lists: Mapping[str, ListRule], words: Wording) -> list[Finding]:
    """Return the dates, numbers and words that could not be read."""
    findings: list[Finding] = []
    types = {field: spec.type for rule in lists.values() for field, spec in rule.fields.items()}
    for field, kind in sorted(types.items()):
        if bad(field) not in rows.columns:
            continue
        code = _ILLEGIBLE.get(kind, "VALUE_UNKNOWN")
        findings.append(Finding(rows, pl.col(bad(field)), field, code, words[code]))
        other = alternative(field)
        if other in rows.columns:
            conflict, detail = pl.col(other).is_not_null(), words.CERTIFICATE_CONFLICT
            findings.append(Finding(rows, conflict, field, "CERTIFICATE_CONFLICT", detail))
    return findings


def of_repeats(
    rows: pl.DataFrame, words: Wording
) -> tuple[list[Finding], list[tuple[int, int, int]]]:
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

    def first(name: str, form: str) -> pl.Expr:
        return pl.col(f"first_{name}").cast(pl.String)

    detail = (
        pl.when("same_sheet")
        .then(filled(words.DUPLICATE_ROW, first))
        .when("same_file")
        .then(filled(words.DUPLICATE_ROW_SHEET, first))
        .otherwise(filled(words.DUPLICATE_ROW_FILE, first))
    )
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
