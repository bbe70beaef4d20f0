"""ROOM 1: cells → records. `tidy` turns the sheets of all exports into one row a person.

    claiming.py    which list is this file?            headers.py   which column is which field?
    layout.py      rows of people, titles, totals      fields.py    text → type, a column at a time
    persons.py     birth, sex, whose number            village.py   place name → official village
    conditions.py  does the row pass its list?         findings.py  what was not taken as it stood
    id_number.py · name.py · date.py · amount.py       one kind of cell each

Every row of every sheet ends as a record, a declared skip or an issue; `SheetAccount` adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
import datetime

import polars as pl

from loubao.faults import UntrustedInput
from loubao.frames import ISSUES, RECORDS, Sheet, conform, issue_rows, merge_issues
from loubao.rules import Rules
from loubao.tidy import findings
from loubao.tidy.claiming import Claimed, claim
from loubao.tidy.conditions import judge
from loubao.tidy.fields import typed
from loubao.tidy.headers import Column, Fit
from loubao.tidy.layout import Extract, extract, fills, raw, spare_columns
from loubao.tidy.persons import unswap, with_births
from loubao.tidy.village import locate

__all__ = ["SheetAccount", "Tidied", "tidy"]

_ID_IN_CELL = r"^\s*['`]?[0-9]{17}[0-9xX]\s*$"
IssueRow = tuple[str, str, int | None, str, str, str]


@dataclass(frozen=True)
class SheetAccount:
    """What became of one sheet.

    `counts`: rows (not blank) = records + title + header + total + footer + without_person, or
    skipped_sheet for a sheet that was not read; people (a household row has several); blank.
    `skipped`: kind → row numbers. `columns`: (header as seen, field | ignored | unknown).
    """

    file: str
    sheet: str
    list: str
    header_rows: tuple[int, ...]
    columns: tuple[tuple[str, str], ...]
    counts: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Tidied:
    """Records (RECORDS and what the lists add), issues (ISSUES), one account a sheet."""

    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: tuple[SheetAccount, ...]


@dataclass(frozen=True)
class _Part:
    """One sheet on its way."""

    claimed: Claimed
    extract: Extract | None
    account: SheetAccount
    issues: list[IssueRow]


def tidy(sheets: Sequence[Sheet], rules: Rules, as_of: datetime.date) -> Tidied:
    """Return everybody the sheets name, typed and placed, with all that is to be said of the cells.

    Raises `UntrustedInput`, one line a file or list: a file that no list or two lists claim, a
    required list or any source list missing, row counts outside a list's bounds.
    """
    claimed, faults = claim(sheets, rules)
    claimed.sort(key=lambda c: (c.list, c.sheet.file, c.position))
    parts = [_part(each, rules) for each in claimed]
    faults += _sheets_without_header(claimed, rules)
    faults += _lists_missing(claimed, rules)
    faults += _counts_out_of_bounds(parts, rules)
    if faults:
        raise UntrustedInput("\n".join(faults))
    records, issues = _records(parts, rules, as_of)
    return Tidied(records, issues, tuple(part.account for part in parts))


def _part(claimed: Claimed, rules: Rules) -> _Part:
    sheet, fit = claimed.sheet, claimed.fit
    rule = rules.lists[claimed.list]
    issues: list[IssueRow] = []
    if fit is None:
        counts = {"rows": sheet.cells.height, "blank": sheet.blank_rows}
        skipped = {"skipped_sheet": tuple(sheet.cells["row"].to_list())}
        if not sheet.cells.is_empty():
            counts["skipped_sheet"] = sheet.cells.height
            detail = f"没有“{rule.title}”的表头，或写明不属于它，未读取（{sheet.cells.height}行）"
            issues.append((sheet.file, sheet.name, None, "", "SHEET_SKIPPED", detail))
        account = SheetAccount(sheet.file, sheet.name, claimed.list, (), (), counts, skipped)
        return _Part(claimed, None, account, issues)
    found = extract(sheet, fit, rule, rules.reading)
    issues += _column_issues(sheet, fit, claimed, rules)
    detail = "没有姓名和证件号码，未作为人员读取"
    kinds = {
        str(kind): tuple(rows)
        for kind, rows in found.kinds.sort("row").group_by("kind").agg("row").rows()
    }
    issues += [
        (sheet.file, sheet.name, row, "", "ROW_WITHOUT_PERSON", detail)
        for row in kinds.get("without_person", ())
    ]
    return _Part(claimed, found, _account(claimed, fit, found, kinds), issues)


def _account(
    claimed: Claimed, fit: Fit, found: Extract, kinds: dict[str, tuple[int, ...]]
) -> SheetAccount:
    sheet = claimed.sheet
    numbers = sheet.cells["row"]
    titles = tuple(numbers.head(fit.start).to_list())
    header = tuple(numbers.slice(fit.start, fit.depth).to_list())
    skipped = kinds | {
        "title": (*titles, *kinds.get("title", ())),
        "header": (*header, *kinds.get("header", ())),
    }
    skipped = {kind: skipped.get(kind, ()) for kind in ("title", "header", "total", "footer", "without_person")}
    counts = {kind: len(rows) for kind, rows in skipped.items()}
    counts |= {
        "rows": sheet.cells.height,
        "records": found.rows["row"].n_unique(),
        "people": found.rows.height,
        "blank": sheet.blank_rows,
    }
    columns = tuple((c.header, _meaning(c)) for c in fit.columns)
    return SheetAccount(
        sheet.file, sheet.name, claimed.list, header, columns, counts, skipped
    )


def _meaning(column: Column) -> str:
    if column.field is None:
        return "ignored" if column.ignored else "unknown"
    return column.field if column.slot is None else f"member{column.slot}.{column.field}"


def _column_issues(sheet: Sheet, fit: Fit, claimed: Claimed, rules: Rules) -> list[IssueRow]:
    """Columns that no rule reads, and columns that say the same thing."""
    issues: list[IssueRow] = []
    filled = {c for c in sheet.cells.columns if sheet.cells[c].slice(fit.start + fit.depth).count()}
    for column in fit.columns:
        if column.field is None and not column.ignored and column.index in filled:
            detail = "该列没有规则，未读取"
            issues.append((sheet.file, sheet.name, None, column.header, "UNKNOWN_COLUMN", detail))
    for other, first in spare_columns(fit, rules.lists[claimed.list]):
        use = "只用来补空白" if fills(other, first) else "未读取"
        detail = f"与“{first.header}”是同一项，以那一列为准，本列{use}"
        issues.append((sheet.file, sheet.name, None, other.header, "COLUMN_TWICE", detail))
    return issues


def _sheets_without_header(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """A sheet of a source file with numbers of people but no header would drop them in silence."""
    faults: list[str] = []
    for each in claimed:
        if each.fit is not None or rules.lists[each.list].role != "source":
            continue
        cells = each.sheet.cells.drop("row")
        has_people = cells.select(
            pl.any_horizontal(pl.all().str.contains(_ID_IN_CELL).any())
        ).to_series()
        if has_people.any():
            faults.append(
                f"{each.sheet.file}：工作表“{each.sheet.name}”里有证件号码，但没有"
                f"“{rules.lists[each.list].title}”的表头，请补上表头，或删去这张工作表"
            )
    return faults


def _lists_missing(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    present = {each.list for each in claimed}
    faults = [
        f"缺少必需的名单：{rule.title}（没有一个文件被认作它）"
        for name, rule in sorted(rules.lists.items())
        if rule.required and name not in present
    ]
    sources = rules.of_role("source")
    if not present & set(sources):
        titles = "、".join(rules.lists[name].title for name in sources)
        faults.append(f"没有来源名单，至少要有一份：{titles}")
    return faults


def _counts_out_of_bounds(parts: Sequence[_Part], rules: Rules) -> list[str]:
    people: dict[str, int] = {}
    files: dict[str, list[str]] = {}
    for part in parts:
        name = part.claimed.list
        people[name] = people.get(name, 0) + part.account.counts.get("people", 0)
        if part.claimed.sheet.file not in files.setdefault(name, []):
            files[name].append(part.claimed.sheet.file)
    faults: list[str] = []
    for name, count in people.items():
        rule = rules.lists[name]
        if not rule.rows.least <= count <= rule.rows.most:
            faults.append(
                f"{'、'.join(files[name])}：“{rule.title}”读到{count}人，"
                f"应在{rule.rows.least}到{rule.rows.most}之间，请核对文件或名单规则 rows"
            )
    return faults


def _records(
    parts: Sequence[_Part], rules: Rules, as_of: datetime.date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, swapped = unswap(_together(parts, rules))
    rows = typed(rows, rules.lists, rules.reading)
    places = rows.select("town", "village", "address")
    located = locate(places, rules.villages, rules.reading.place_prefixes)
    rows = rows.with_columns(located)
    rows = with_births(rows, as_of)
    rows, unknown = _judged(rows, rules)
    headers, sheets = _headers(parts), _sheets(parts)
    certificates = [n for n, r in rules.lists.items() if any(f.from_certificate for f in r.fields.values())]
    repeats, repeated_sheets = findings.of_repeats(rows)
    issues = findings.as_issues(
        [
            *findings.of_numbers(rows, certificates),
            *findings.of_names(rows, rules.reading.deceased_notes),
            *findings.of_people(rows, swapped),
            *findings.of_places(_with_place_columns(rows, headers)),
            *findings.of_values(rows, rules.lists),
            *repeats,
            *unknown,
        ],
        headers,
        sheets,
    )
    said = [row for part in parts for row in part.issues]
    said += _repeated(repeated_sheets, parts)
    said += _without_place_columns(parts, rules)
    issues = merge_issues([issues, issue_rows(said), *[_as_headers(p.claimed) for p in parts]])
    return _finished(rows, rules), issues


def _together(parts: Sequence[_Part], rules: Rules) -> pl.DataFrame:
    """The people of all sheets under each other, in the order of the records."""
    frames: list[pl.DataFrame] = []
    for number, part in enumerate(parts):
        if part.extract is None or part.claimed.fit is None:
            continue
        rule, sheet = rules.lists[part.claimed.list], part.claimed.sheet
        seen = {c.field for c in part.claimed.fit.columns}
        absent = {
            f"absent:{name}": pl.lit(spec.absent)
            for name, spec in rule.fields.items()
            if spec.absent is not None and name not in seen
        }
        factors = {
            f"factor:{c.field}": pl.lit(c.factor)
            for c in part.claimed.fit.columns
            if c.factor != 1.0
        }
        frames.append(
            part.extract.rows.with_columns(
                sheet_no=pl.lit(number, pl.UInt32),
                list=pl.lit(rule.name),
                role=pl.lit(rule.role),
                file=pl.lit(sheet.file),
                sheet=pl.lit(sheet.name),
                **absent,
                **factors,
            )
        )
    rows = pl.concat(frames, how="diagonal")
    missing = [raw(f) for f in ("name", "id_number") if raw(f) not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(column) for column in missing)


def _judged(rows: pl.DataFrame, rules: Rules) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    judged: list[pl.DataFrame] = []
    unknown: list[pl.DataFrame] = []
    for (name,), part in rows.group_by("list", maintain_order=True):
        rule = rules.lists[str(name)]
        outcome, untold = judge(part, rule)
        judged.append(outcome)
        keeps = "暂按符合条件处理" if rule.role == "source" else "暂按不在保处理"
        for mask, field_name in untold:
            detail = f"不能判断是否符合名单条件，{keeps}，请补全或核实"
            unknown.append(findings.found(part, mask, field_name, "CONDITION_UNKNOWN", detail))
    return pl.concat([rows, pl.concat(judged)], how="horizontal"), unknown


def _headers(parts: Sequence[_Part]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (number, slot, name, header)
            for number, part in enumerate(parts)
            if part.extract is not None
            for (name, slot), header in part.extract.headers.items()
        ],
        schema={"sheet_no": pl.UInt32, "slot": pl.UInt32, "field": pl.String, "header": pl.String},
        orient="row",
    )


def _sheets(parts: Sequence[_Part]) -> pl.DataFrame:
    return pl.DataFrame(
        [(n, p.claimed.sheet.file, p.claimed.sheet.name) for n, p in enumerate(parts)],
        schema={"sheet_no": pl.UInt32, "file": pl.String, "sheet": pl.String},
        orient="row",
    )


_PLACE_FIELDS = ("village", "town", "address")


def _with_place_columns(rows: pl.DataFrame, headers: pl.DataFrame) -> pl.DataFrame:
    """Rows of sheets that have a column for the place at all."""
    placed = headers.filter(pl.col("field").is_in(_PLACE_FIELDS))["sheet_no"].unique()
    return rows.filter(pl.col("sheet_no").is_in(placed.implode()))


def _without_place_columns(parts: Sequence[_Part], rules: Rules) -> list[IssueRow]:
    """A source list that says nothing of places: its people come to nobody's sheet but the last."""
    issues: list[IssueRow] = []
    for part in parts:
        source = rules.lists[part.claimed.list].role == "source"
        if part.extract is None or not source:
            continue
        if not any((name, 0) in part.extract.headers for name in _PLACE_FIELDS):
            sheet = part.claimed.sheet
            detail = "没有乡镇、村居、住址列，人员无法分到村"
            issues.append((sheet.file, sheet.name, None, "", "VILLAGE_MISSING", detail))
    return issues


def _repeated(sheets: Sequence[tuple[int, int, int]], parts: Sequence[_Part]) -> list[IssueRow]:
    issues: list[IssueRow] = []
    for number, first, count in sheets:
        here, there = parts[number].claimed.sheet, parts[first].claimed.sheet
        other = f"工作表“{there.name}”" if here.file == there.file else f"“{there.file}”"
        detail = f"有{count}行与{other}重复，请确认是否误放了两份"
        issues.append((here.file, here.name, None, "", "FILE_REPEATED", detail))
    return issues


def _as_headers(claimed: Claimed) -> pl.DataFrame:
    """The reader's issues, their column letters replaced by the headers as seen."""
    issues = claimed.sheet.issues
    if claimed.fit is None or issues.is_empty():
        return conform(issues, ISSUES)
    headers = {_letters(int(c.index)): c.header for c in claimed.fit.columns}
    return issues.with_columns(pl.col("column").replace(headers)).select(list(ISSUES))


def _letters(index: int) -> str:
    """Return the spreadsheet's name of a column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _finished(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The records' columns, then what the lists add, raw values beside what was interpreted."""
    extras: dict[str, pl.Expr] = {"address": pl.col("address"), "town_raw": _raw("town", rows)}
    for rule in rules.lists.values():
        for name, spec in rule.extras.items():
            extras[name] = pl.col(name)
            if spec.type not in {"text", "place"}:
                extras[f"{name}_raw"] = _raw(name, rows)
    return conform(
        rows.with_columns(
            record_id=pl.int_range(1, pl.len() + 1, dtype=pl.UInt64),
            **{
                f"{name}_raw": _raw(name, rows)
                for name in ("name", "id_number", "birth_date", "sex", "village")
            },
        ).select(*RECORDS, **dict(sorted(extras.items()))),
        RECORDS,
        extra=True,
    )


def _raw(name: str, rows: pl.DataFrame) -> pl.Expr:
    column = raw(name)
    return pl.col(column) if column in rows.columns else pl.lit(None, pl.String)
