"""What may stand in a condition (`that`, `paid`) and in a sentence with fields of a list.

A condition is SQL, of which a small part is enough: comparisons, AND, OR, NOT, IN, IS NULL,
BETWEEN, LIKE, sums and products, and a few functions. All else (casts, subqueries, what makes one
row of several or several of one) is refused where it is read: on the rows of a month it would
fail, or change how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from string import Formatter

import polars as pl

from loubao.rules.yaml_file import RuleFile, Trail

_WORDS = frozenset({"AND", "OR", "NOT", "IN", "IS", "NULL", "BETWEEN", "LIKE", "TRUE", "FALSE"})
_FUNCTIONS = frozenset({"regexp_like", "coalesce", "starts_with", "ends_with", "length", "abs"})
_REFUSED = frozenset({"SELECT", "FROM", "CASE", "OVER", "DISTINCT", "INTERVAL", "EXISTS", "ANY"})
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<number>[0-9]+(?:\.[0-9]+)?)(?![\w.])
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><>|<=|>=|!=|[=<>+\-*/])
      | (?P<bracket>[(),])
    )""",
    re.VERBOSE,
)
#: Bounds that nobody's condition reaches; beyond them a parser may fail, or take for ever.
_LONGEST, _DEEPEST, _MOST_WORDS, _MOST_DIGITS = 10_000, 20, 100, 12
#: How a date may be printed: `%Y年`, `%Y-%m-%d`, `%-m月`.
_DATE_FORM = re.compile(r"(?:%-?[Ymdyj]|[^%{}])+")


def check_condition(
    that: str,
    columns: Mapping[str, type[pl.DataType]],
    file: RuleFile,
    trail: Trail,
    example: str = "self_paid > 40000",
) -> None:
    """Raise `RuleFault` where a SQL condition does not hold.

    It parses, names only `columns`, compares like with like, and is yes or no, for each row alone.

    >>> from pathlib import Path
    >>> file = RuleFile(Path("lists/medical.yaml"), {}, {})
    >>> columns = {"self_paid": pl.Float64}
    >>> check_condition("self_paid > 40000", columns, file, ("that",))
    >>> check_condition("self_paid + 1", columns, file, ("that",))
    Traceback (most recent call last):
    loubao.core.faults.RuleFault: 规则文件有误 lists/medical.yaml:1:1  that：条件的结果应为是或否
    """
    wrong = _written_wrong(that)
    if wrong:
        raise file.fault(trail, f"{wrong}，例如 {example}")
    try:
        condition = pl.sql_expr(that)
        fields = condition.meta.root_names()
    except pl.exceptions.PolarsError:
        raise file.fault(trail, f"条件写法不对，例如 {example}") from None
    for field in sorted(fields):
        if field not in columns:
            expected = f"没有字段“{field[:40]}”，可用：{'、'.join(sorted(columns))}"
            raise file.fault(trail, expected)
    try:
        outcome = _blank_row(tuple(columns.items())).select(condition).to_series()
    except pl.exceptions.PolarsError:
        raise file.fault(
            trail, "条件两边的类型不同（文字、数字、日期），或正则表达式写得不对"
        ) from None
    if outcome.dtype != pl.Boolean:
        raise file.fault(trail, "条件的结果应为是或否")


@lru_cache(maxsize=64)
def _blank_row(columns: tuple[tuple[str, type[pl.DataType]], ...]) -> pl.DataFrame:
    return pl.DataFrame([[None]] * len(columns), schema=dict(columns))


def _written_wrong(that: str) -> str:
    """Return what a condition has that none may have; "" where it has nothing of the kind.

    >>> _written_wrong("age >= 18 AND NOT REGEXP_LIKE(village, '甲') OR since < DATE '2022-01-01'")
    ''
    >>> for that in ("CAST(name AS INT) > 1", "age::int > 1", "unnest(name) = 'a'", "age > 1e999"):
    ...     print(_written_wrong(that))
    条件里不能用 CAST
    条件里不能用 ::int > 1
    条件里不能用 unnest
    条件里不能用 1e999
    >>> _written_wrong("since < DATE '2022-13-01'"), _written_wrong("(" * 21)
    ('日期应写作 2022-04-01', '条件太长或括号太多')
    """
    at, depth, words = 0, 0, 0
    before = ""
    end = len(that.rstrip())
    if end > _LONGEST:
        return "条件太长或括号太多"
    while at < end:
        token = _TOKEN.match(that, at)
        if token is None:
            return f"条件里不能用 {that[at:].strip()[:12]}"
        at, kind, text = token.end(), token.lastgroup, token[0].strip()
        depth += (text == "(") - (text == ")")
        words += kind == "sign" or text.upper() in _WORDS
        if depth > _DEEPEST or words > _MOST_WORDS:
            return "条件太长或括号太多"
        if kind == "number" and len(text) > _MOST_DIGITS:
            return f"数字 {text[:_MOST_DIGITS]}… 太大"
        if before == "DATE" and not (kind == "text" and _is_date(text[1:-1])):
            return "日期应写作 2022-04-01"
        called = that[at:end].lstrip().startswith("(")
        upper = text.upper()
        odd = upper in _REFUSED or (
            called and upper not in _WORDS and text.lower() not in _FUNCTIONS
        )
        if kind == "word" and odd:
            return f"条件里不能用 {text[:40]}"
        before = text.upper() if kind == "word" else ""
    return ""


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def check_sentence(
    sentence: str, columns: Mapping[str, type[pl.DataType]], file: RuleFile, trail: Trail
) -> None:
    """Raise `RuleFault` where a sentence names something else than fields, or has a form for one.

    `{field}` is filled in, `{field:%Y年}` for a date.

    >>> from pathlib import Path
    >>> file = RuleFile(Path("lists/medical.yaml"), {}, {})
    >>> columns = {"self_paid": pl.Float64, "died_on": pl.Date}
    >>> check_sentence("个人自付{self_paid}元[，{died_on:%Y年}死亡]", columns, file, ("wording",))
    >>> check_sentence("个人自付{self_paid:d}元", columns, file, ("wording",))
    Traceback (most recent call last):
    loubao.core.faults.RuleFault: ...只有日期可以写格式，如 {died_on:%Y年}；不能写 {self_paid:d}
    """
    try:
        parts = list(Formatter().parse(sentence))
    except ValueError:
        raise file.fault(trail, "花括号没有成对") from None
    for _, field, form, conversion in parts:
        if field is None:
            continue
        if field not in columns:
            raise file.fault(trail, f"没有字段“{field[:40]}”")
        dated = columns[field] == pl.Date and _DATE_FORM.fullmatch(form or "%Y")
        if conversion or (form and not dated):
            written = (
                f"{field}{f'!{conversion}' if conversion else ''}{f':{form[:20]}' if form else ''}"
            )
            expected = f"只有日期可以写格式，如 {{died_on:%Y年}}；不能写 {{{written}}}"
            raise file.fault(trail, expected)
