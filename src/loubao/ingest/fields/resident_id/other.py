"""What stands in the place of a resident number: nothing, or a document of another kind.

The columns read here are those of `id_repair.compact`.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from loubao.ingest.fields.resident_id.damage import is_all_stars
from loubao.ingest.fields.resident_id.digits import birth_date, sex
from loubao.ingest.fields.resident_id.repair import GLYPHS, REPAIRS, repairs

_MILITARY: Final = r"^\p{Han}*字第?[0-9A-Za-z]+号?$"
_DOCUMENT: Final = r"^[0-9]{0,3}[A-Z][0-9A-Z]*$"
_ABSENT: Final = (
    *("", "无", "没有", "暂无", "不详", "未知", "不明", "未办", "未办理", "暂未办理", "待查", "空"),
    *("无证", "无身份证", "无证件", "无号码", "未上户", "未登记", "未填", "缺", "同上"),
    *("NA", "NAN", "NULL", "NONE", "NIL", "UNKNOWN", "NO"),
)


def is_absent() -> pl.Expr:
    """Whether nothing is said: blank, a word or a mark for nothing, or noughts."""
    whole, body = pl.col("whole"), pl.col("plain_body")
    letters = whole.str.replace_all(r"[\p{P}\p{S}]+", "")
    nothing = letters.str.to_uppercase().is_in(_ABSENT) & ~is_all_stars(whole)
    return whole.is_null() | nothing | body.str.contains("^0{0,5}$") | (letters == "0")


def is_military() -> pl.Expr:
    """Whether it is a paper of a soldier: 军字第1234567号."""
    return pl.col("whole").str.contains(_MILITARY)


def name_other(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Documents of other kinds, and what is no number at all."""
    body = pl.col("plain_body")
    digits = body.str.count_matches("[0-9]")
    letters_and_digits = (
        body.str.contains(_DOCUMENT)
        & ~body.str.contains("XXX")
        & body.str.len_chars().is_between(6, 15)
        & (digits >= 4)
    )
    # A permit of a Taiwan compatriot has eight digits; eight digits that are a day are a birth
    # date in the wrong column, and would make one person of all who were born that day.
    a_day = birth_date(pl.lit("000000") + body).is_not_null()
    document = letters_and_digits | (body.str.contains("^[0-9]{8}$") & ~a_day)
    misspelt = body.str.contains("^[0-9][0-9A-Z]{17}$") & (digits >= 15)
    # A label or a note is only taken off where a number comes to light.
    found = document | misspelt | body.str.contains("^[0-9]+$")
    undone = [name for name in REPAIRS if name != "full_width"]
    done = {name: pl.lit(False) if name in GLYPHS else pl.col(name) & found for name in undone}
    return rows.with_columns(**done).select(
        "at",
        id_number=pl.when(found).then(body).otherwise("whole"),
        id_status=pl.when(document)
        .then(pl.lit("other_document"))
        .when(misspelt)
        .then(pl.lit("wrong_check_digit"))
        .otherwise(pl.lit("wrong_length")),
        id_repair=repairs(),
        birth_date=pl.when(misspelt).then(birth_date(body)),
        sex=pl.when(misspelt).then(sex(body)),
    )
