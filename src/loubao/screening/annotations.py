"""Annotations: what a sheet prints beside a case, in sentences of the rules.

Benefits that a person has already, candidates on rolls and exclusions, and other cases that may be
the same person. A sentence such as `月补助{amount}元[，{since}起]` is filled from a row (`phrase`).
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from loubao.core import frames
from loubao.core.notation import filled
from loubao.rules.folder import Rules
from loubao.screening.candidates import candidates, near
from loubao.screening.coverage import list_label, said_before

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_LIKELIEST = "match_probability"

#: A row of a case; `standing` is the status in words of a case that is not on this month's sheets.
CASE_ROW: frames.Schema = {
    "record_id": pl.UInt64,
    "person_key": pl.String,
    "case_no": pl.String,
    "standing": pl.String,
}


def phrase(template: str, schema: pl.Schema, unknown: str) -> pl.Expr:
    """Return a String expression: `template` filled from a row of `schema`.

    `{field}` is the value, `{field:%Y年}` a date in that form. A part in square brackets vanishes
    where one of its values is missing; elsewhere a missing value reads as `unknown`.

    >>> frame = pl.DataFrame({"amount": [650.0, 650.5, None], "since": ["4月", None, None]})
    >>> sentence = phrase("月补助{amount}元[，{since}起]", frame.schema, "不详")
    >>> frame.select(sentence).to_series().to_list()
    ['月补助650元，4月起', '月补助650.50元', '月补助不详元']
    >>> died = pl.DataFrame({"died_on": [date(2022, 3, 9)]})
    >>> died.select(phrase("{died_on:%Y年}死亡", died.schema, "不详")).item()
    '2022年死亡'
    """
    parts: list[pl.Expr] = []
    position = 0
    for optional in _OPTIONAL.finditer(template):
        parts.append(_filled(template[position : optional.start()], schema, unknown))
        parts.append(_filled(optional.group(1), schema).fill_null(""))
        position = optional.end()
    parts.append(_filled(template[position:], schema, unknown))
    return pl.concat_str(parts)


def _filled(text: str, schema: pl.Schema, unknown: str | None = None) -> pl.Expr:
    def value(field: str, form: str) -> pl.Expr:
        text_of_field = _text_of(field, form or "%Y-%m-%d", schema)
        return text_of_field if unknown is None else text_of_field.fill_null(unknown)

    return filled(text, value)


def _text_of(field: str, form: str, schema: pl.Schema) -> pl.Expr:
    value = pl.col(field)
    dtype = schema[field]
    if dtype.is_float():
        cents = value.round(2)
        whole = cents == cents.floor()
        units = cents.floor().cast(pl.Int64).cast(pl.String)
        pennies = ((cents - cents.floor()) * 100).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(whole).then(units).otherwise(units + "." + pennies.str.zfill(2))
    if dtype == pl.Date:
        return value.dt.to_string(form)
    return value.cast(pl.String)


def benefits(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return `person_key`, `benefits` (List[String]): a sentence for each roll row of the person.

    `rows` are source RECORDS with `person_key`; of a row that does not qualify it says so.
    """
    words = rules.screening.wording
    on_rolls = records.filter(pl.col("role") == "roll")
    benefit = pl.lit(None, pl.String)
    for name in rules.of_role("roll"):
        template = rules.lists[name].wording or rules.lists[name].sheet_label
        sentence = phrase(template, on_rolls.schema, words.unknown)
        benefit = pl.when(pl.col("list") == name).then(sentence).otherwise(benefit)
    but = phrase(words.not_qualifying, on_rolls.schema, words.unknown)
    had = on_rolls.select(
        right_id="record_id",
        list="list",
        benefit=benefit + pl.when("qualifies").then(pl.lit("")).otherwise(but),
    )
    return (
        near(rows, decisions, "link")
        .join(had, on="right_id")
        .sort("person_key", "list", "right_id")
        .group_by("person_key", maintain_order=True)
        .agg(benefits=pl.col("benefit").unique(maintain_order=True))
    )


def doubts(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """Return `person_key`, `doubts` (List[String]), `asks`: candidates on rolls and exclusions.

    A candidate is a line, the first to be asked about first (`candidates`) and with what speaks for
    it, at most `matching.candidates` of them; a last sentence counts the others. A death that only
    flags (the family may need help) comes before them. `asks`: there is a candidate.
    """
    words = rules.screening.wording
    if "said_in" not in records.columns:
        records = records.with_columns(said_in=pl.lit(None, pl.String))
    found = candidates(rows, records, decisions, rules).with_columns(
        list=pl.col("labels").list.join("、"), evidence=_words_of_evidence(rules), id_number="tail"
    )
    first = pl.col("person_key").is_first_distinct()
    named = found.with_columns(
        doubt=pl.when(~first)
        .then(phrase(words.further, found.schema, words.unknown))
        .when(pl.col("role") == "roll")
        .then(phrase(words.candidate, found.schema, words.unknown))
        .otherwise(phrase(words.exclusion_candidate, found.schema, words.unknown))
    )
    shown = pl.col("doubt").head(rules.matching.candidates)
    grouped = named.group_by("person_key", maintain_order=True).agg(
        shown=shown, count=pl.len().cast(pl.Int64) - shown.len()
    )
    more = phrase(words.more_candidates, grouped.schema, words.unknown)
    of_rolls = grouped.select(
        "person_key",
        doubts=pl.when(pl.col("count") > 0).then(pl.concat_list("shown", more)).otherwise("shown"),
        asks=pl.lit(True),
    )
    flags = _flags(rows, records, decisions, rules, as_of)
    parts = [flags, _doubtful_cover(rows, records, decisions, rules), of_rolls]
    return (
        pl.concat(parts, how="diagonal")
        .group_by("person_key", maintain_order=True)
        .agg(
            pl.col("doubts").explode(empty_as_null=True).drop_nulls(),
            asks=pl.col("asks").fill_null(False).any(),
        )
    )


def _words_of_evidence(rules: Rules) -> pl.Expr:
    """What speaks for a candidate; for one that is known from another roll, that roll."""
    words = rules.screening.wording
    elsewhere = pl.format(
        words.known_from.replace("{list}", "{}"), pl.col("known_from").list.join("、")
    )
    known = pl.col("known_from").list.len() > 0
    return pl.when(known.fill_null(False)).then(elsewhere).otherwise(_evidence(rules))


def same_person(rows: pl.DataFrame, decisions: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `person_key`, `same` (List[String]): other cases that may be the same person.

    `rows` are CASE_ROW; `doubles` states which pairs count.
    """
    of_cases = doubles(rows, decisions).with_columns(evidence=_evidence(rules))
    here = phrase(rules.screening.wording.same_person, of_cases.schema, "")
    earlier = phrase(
        rules.screening.follow_up.news.earlier_case,
        pl.Schema({**of_cases.schema, "status": pl.String()}),
        "",
    )
    sentence = pl.when(pl.col("standing").is_null()).then(here).otherwise(earlier)
    return (
        of_cases.with_columns(status="standing")
        .group_by("person_key", maintain_order=True)
        .agg(same=sentence)
    )


def doubles(rows: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the other cases that may be the same person, the likeliest first, each once.

    `person_key`, `case_no` and `standing` of the other case, and of the pair `tier`, `evidence` and
    `match_probability`. `rows` are CASE_ROW. A name that is only alike is not enough: then number
    or birth date must agree too.
    """
    cases = rows.drop_nulls("case_no")
    name, number, birth = (
        pl.col("evidence").struct.field(field) for field in ("name", "id_number", "birth_date")
    )
    agrees = (
        name.is_in(["same", "variant"])
        | ~number.is_in(["unknown", "different"])
        | birth.is_in(["same", "month"])
    )
    pairs = decisions.filter((pl.col("decision") == "review") & agrees).select(
        "left_id", "right_id", "tier", "evidence", _LIKELIEST
    )
    turned = pairs.rename({"left_id": "right_id", "right_id": "left_id"})
    both = pl.concat([pairs, turned.select(pairs.columns)])
    own = cases.select("person_key", left_id="record_id")
    other = cases.select("case_no", "standing", right_id="record_id", other="person_key")
    return (
        both.join(own, on="left_id")
        .join(other, on="right_id")
        .filter(pl.col("person_key") != pl.col("other"))
        .sort(
            *("person_key", _LIKELIEST, "case_no", "left_id"),
            descending=[False, True, False, False],
            nulls_last=True,
        )
        .unique(["person_key", "case_no"], keep="first", maintain_order=True)
        .select("person_key", "case_no", "standing", "tier", "evidence", _LIKELIEST)
    )


def _flags(
    rows: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> pl.DataFrame:
    """A sentence for each linked exclusion that does not set the person aside."""
    words = rules.screening.wording
    linked = near(rows, decisions, "link")
    parts = [pl.DataFrame(schema={"person_key": pl.String, "doubts": pl.List(pl.String)})]
    for name, exclusion in rules.screening.exclusions.items():
        of_list = pl.col("list") == name
        if exclusion.date is not None:  # a missing day counts as come
            of_list &= (pl.col(exclusion.date) <= as_of).fill_null(True)
        flag = pl.lit(exclusion.flag_wording)
        listed = records.filter(of_list).select(
            right_id="record_id", flag=said_before(words.said_before, flag, list_label(rules))
        )
        parts.append(
            linked.join(listed, on="right_id")
            .sort(pl.col("flag") != flag, maintain_order=True)
            .unique("person_key", keep="first", maintain_order=True)
            .select("person_key", doubts=pl.concat_list("flag"))
        )
    return pl.concat(parts)


def _doubtful_cover(
    rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """A sentence for each linked row of a roll that may be over: the cell that says so."""
    if "cover_doubt" not in records.columns:
        records = records.with_columns(cover_doubt=pl.lit(None, pl.String))
    doubted = records.filter(pl.col("cover_doubt").is_not_null())
    sentence = phrase(rules.holding.wording.doubt, doubted.schema, "")
    said = doubted.with_columns(list=list_label(rules)).select(right_id="record_id", doubt=sentence)
    return (
        near(rows, decisions, "link")
        .join(said, on="right_id")
        .unique(["person_key", "doubt"], keep="first", maintain_order=True)
        .group_by("person_key", maintain_order=True)
        .agg(doubts="doubt")
    )


def _evidence(rules: Rules) -> pl.Expr:
    """The evidence of a pair as a sentence: the words of its levels, joined by 、."""
    words = [
        pl.col("evidence")
        .struct.field(field)
        .replace_strict(levels, default=None, return_dtype=pl.String)
        for field, levels in rules.matching.levels.items()
    ]
    return pl.concat_str(words, separator="、", ignore_nulls=True)
