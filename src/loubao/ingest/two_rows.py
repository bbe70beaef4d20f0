"""People whom one roll names twice, a row in force and another that is not: which of them holds.

Where the months of the sheets, the month of the end or the beginnings of cover tell that the row in
force is the newer one, it holds. Else the two contradict each other: the person stays on the sheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from loubao.core.frames import PROVEN_STATUSES, IssueRow
from loubao.ingest.raw_cells import raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.sheet_month import month_in, month_of
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule

_NAMED = ["list", "name_key"]
_HOUSEHOLD = ("household_no", "head_id", "head_name")
_CODES = frozenset({"COVER_ENDED", "COVER_UNSURE"})


class _Row(NamedTuple):
    """One row: its number in the frame, its own values, the month of its sheet."""

    nth: int
    values: dict[str, Any]
    month: tuple[int, int] | None


def of_two_rows(
    rows: pl.DataFrame, parts: Sequence[Part], rules: Rules, as_of: date, issues: list[IssueRow]
) -> tuple[pl.DataFrame, list[IssueRow]]:
    """Let no row cover that another of its person and roll contradicts.

    `rows` are those of `aid_term.with_validity`, `issues` those of what rolls say. Returns the rows
    (`cover_doubt`, `qualifies`, `failed_condition` changed) and all these issues: those of an older
    row say that a newer one holds.
    """
    doubts: dict[int, str] = {}
    newer: dict[tuple[Any, ...], str] = {}
    more: list[IssueRow] = []
    words = rules.sheets.details
    for held, rows_against in _named_alike(rows, parts, rules, as_of):
        for row in held:
            against = [each for each in rows_against if _is_one_person(row, each)]
            if not against:
                continue
            others = [each for each in against if not _is_newer(row, each, as_of)]
            if not others:
                newer |= {_place(each): _said_of_newer(row, each, rules) for each in against}
                continue
            first, file = others[0].values, row.values
            where = _where(others[0], row, rules)
            said = first["cover_ended"] or first["cover_doubt"] or first["failed_condition"]
            doubts[row.nth] = rules.holding.wording.other_row.format(
                where=where, row=first["row"], said=said
            )
            detail = words.COVER_UNSURE_TWICE.format(where=where, row=first["row"])
            column = _column(parts[file["sheet_no"]])
            more.append((*_place(row), column, "COVER_UNSURE", detail))
    if doubts:
        found = pl.DataFrame(
            {"nth": list(doubts), "twice": list(doubts.values())},
            {"nth": pl.UInt32, "twice": pl.String},
        )
        twice = pl.col("twice")
        rows = (
            rows.with_row_index("nth")
            .join(found, on="nth", how="left", maintain_order="left")
            .with_columns(
                cover_doubt=pl.coalesce("cover_doubt", twice),
                failed_condition=pl.coalesce("failed_condition", twice),
                qualifies=pl.col("qualifies") & twice.is_null(),
            )
            .drop("nth", "twice")
        )
    told = [
        (*issue[:5], newer.get(issue[:3], issue[5])) if issue[4] in _CODES else issue
        for issue in issues
    ]
    return rows, [*told, *more]


def _named_alike(
    rows: pl.DataFrame, parts: Sequence[Part], rules: Rules, as_of: date
) -> Iterator[tuple[list[_Row], list[_Row]]]:
    """Yield the rows in force of a name on a roll, and those that speak against cover."""
    rows = rows.with_row_index("nth").with_columns(
        against=pl.coalesce("cover_ended", "cover_doubt")
    )
    people = rows.filter((pl.col("role") == "roll") & pl.col("name_key").is_not_null())
    both = (pl.col("qualifies").any() & ~pl.col("qualifies").all()).over(_NAMED)
    people = people.filter(both)
    months: dict[int, tuple[int, int] | None] = {}
    for _, group in people.group_by(_NAMED, maintain_order=True):
        of_person: list[_Row] = []
        for values in group.to_dicts():
            sheet = values["sheet_no"]
            if sheet not in months:
                months[sheet] = month_of(parts[sheet], as_of)
            of_person.append(_Row(values["nth"], values, months[sheet]))
        held = [row for row in of_person if row.values["qualifies"]]
        rule = rules.lists[of_person[0].values["list"]]
        against = [row for row in of_person if _is_against(row.values, held, rule, as_of)]
        if against:
            yield held, against


def _is_one_person(one: _Row, other: _Row) -> bool:
    """Whether rows of one name are of one number; without one, of one village, they may be."""
    a, b = one.values, other.values
    if a["id_status"] in PROVEN_STATUSES and b["id_status"] in PROVEN_STATUSES:
        return bool(a["id_number"] == b["id_number"])
    return a["village_code"] is not None and a["village_code"] == b["village_code"]


def _is_against(values: dict[str, Any], held: Sequence[_Row], rule: ListRule, as_of: date) -> bool:
    """Whether a row says that its person is not covered: in words, or by a choice of its own.

    Not where its time is over: its day tells. Nor a no within another household, or a blank.
    """
    if values["qualifies"]:
        return False
    until = values["cover_until"]
    if until is not None and until < as_of:
        return False
    if values["against"] is not None:
        return True
    deciding = [
        condition
        for condition in rule.conditions
        if condition.otherwise == values["failed_condition"]
        and all(
            rule.fields[f].type in {"flag", "choice"} for f in condition.fields & {*rule.fields}
        )
        and condition.fields <= rule.fields.keys()
    ]
    said = any(values.get(raw(field)) for each in deciding for field in each.fields)
    return said and any(_is_one_household(values, row.values) for row in held)


def _is_one_household(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two rows may be of one household: nothing that both have differs."""
    pairs = [(one.get(raw(field)), other.get(raw(field))) for field in _HOUSEHOLD]
    return all(a == b for a, b in pairs if a and b)


def _is_newer(held: _Row, against: _Row, as_of: date) -> bool:
    """Whether months tell that a row in force is newer than one that is not."""
    if held.month and against.month and held.month != against.month:
        return held.month > against.month
    since, before = held.values.get("since"), against.values.get("since")
    ended, _ = month_in([against.values["against"] or ""], as_of)
    if since is None:
        return False
    if ended is not None:
        return (since.year, since.month) > ended
    return before is not None and since > before


def _place(row: _Row) -> tuple[Any, ...]:
    return row.values["file"], row.values["sheet"], row.values["row"]


def _said_of_newer(row: _Row, older: _Row, rules: Rules) -> str:
    sentence = rules.sheets.details.COVER_ENDED_NEWER
    return str(sentence.format(where=_where(row, older, rules), row=row.values["row"]))


def _column(part: Part) -> str:
    """The header of the numbers."""
    return part.extract.headers.get(("id_number", 0), "") if part.extract is not None else ""


def _where(row: _Row, beside: _Row, rules: Rules) -> str:
    """The file and the sheet of a row; "" beside one of the same sheet."""
    file, sheet, _ = _place(row)
    if _place(beside)[:2] == (file, sheet):
        return ""
    wording = rules.holding.wording
    sentence = wording.file_and_sheet if sheet else wording.file
    return str(sentence.format(file=file, sheet=sheet))
