"""The account of a sheet: its people, every other row by its kind, its columns by their meaning.

No row vanishes: the counts of an account add up to the rows of the sheet. Whether the exports as a
whole can be trusted is asked here, too; each fault is one line for the clerk, naming the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import polars as pl

from loubao.core.frames import ISSUES, IssueRow, Sheet, column_letters, conform
from loubao.core.masking import Discretion
from loubao.ingest.sheets.claim_words import said
from loubao.ingest.sheets.fit import Column, Fit
from loubao.ingest.sheets.identify import Claimed
from loubao.ingest.sheets.people_signs import (
    has_number,
    lists_people,
    looks_like_name,
    names_people,
    surnamed,
)
from loubao.ingest.sheets.rows import Extract, extract, fills, spare_columns
from loubao.ingest.sheets.surroundings import subheadings
from loubao.ingest.sheets.unpacking import CELL_SLOT
from loubao.ingest.sheets.vocabulary import plain
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule
from loubao.rules.wording import Wording

#: Endings of files that may be a list, could they be read.
_TABLES = frozenset({".xls", ".xlsx", ".xlsm", ".xlsb", ".et", ".ods", ".csv", ".txt", ".xml"})
_TITLE_CELLS = 3  # that a row of titles may have
_SKIPS = ("title", "header", "total", "footer", "without_person")


@dataclass(frozen=True)
class SheetAccount:
    """What became of one sheet.

    `counts`: rows (not blank) = records + title + header + total + footer + without_person +
    joined (a family's, whose people are all in the other file of a pair), or skipped_sheet for a
    sheet that was not read; people (a household row has several); blank.
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
class Part:
    """One table of a sheet: `extract` and the claim's `fit` are None for a sheet not read.

    `subheadings`: row → text of the rows that name the place of the people below.
    """

    claimed: Claimed
    extract: Extract | None
    account: SheetAccount
    issues: list[IssueRow]
    subheadings: Mapping[int, str] = field(default_factory=dict)


def part_of(claimed: Claimed, rules: Rules) -> Part:
    """Return the people of a claimed sheet, and every other row of it by its kind."""
    sheet, fit, words = claimed.sheet, claimed.fit, rules.sheets.details
    rule = rules.lists[claimed.list_name]
    if fit is None:
        return _unread(claimed, rule, words)
    places = subheadings(sheet, fit, rules)
    found = extract(sheet, fit, rule, rules.reading, places)
    issues = _column_issues(sheet, fit, words, rules.discretion)
    nobody = words.ROW_WITHOUT_PERSON
    issues += [
        (sheet.file, sheet.name, row, "", "ROW_WITHOUT_PERSON", nobody)
        for row in found.kinds.get("without_person", ())
    ]
    of_members = found.headers.get(("name", CELL_SLOT), found.headers.get(("name", 0), ""))
    issues += [
        (sheet.file, sheet.name, row, of_members, "MEMBERS_UNPAIRED", words.MEMBERS_UNPAIRED)
        for row in found.unpaired
    ]
    issues += _doubts(sheet, found, words)
    return Part(claimed, found, _account(claimed, fit, found, rules.discretion), issues, places)


def _doubts(sheet: Sheet, found: Extract, words: Wording) -> list[IssueRow]:
    """Return the rows that have the words of a total, say, and what may be somebody's name."""
    header = found.headers.get(("name", 0), "")
    issues: list[IssueRow] = []
    for row, kind, person in found.doubts:
        sentence = words.ROW_DOUBTFUL_PERSON if person else words.ROW_DOUBTFUL
        detail = sentence.format(kind=words.row_kinds[kind])
        issues.append((sheet.file, sheet.name, row, header, "ROW_DOUBTFUL", detail))
    return issues


def _unread(claimed: Claimed, rule: ListRule, words: Wording) -> Part:
    sheet, height = claimed.sheet, claimed.sheet.cells.height
    issues: list[IssueRow] = []
    counts = {"rows": height, "blank": sheet.blank_rows}
    if height:
        counts["skipped_sheet"] = height
        detail = words.SHEET_SKIPPED.format(list=rule.title, rows=height)
        counts |= _numbers(sheet)
        issues.append((sheet.file, sheet.name, None, "", "SHEET_SKIPPED", detail))
    skipped = {"skipped_sheet": tuple(sheet.cells["row"].to_list())}
    account = SheetAccount(sheet.file, sheet.name, claimed.list_name, (), (), counts, skipped)
    return Part(claimed, None, account, issues)


def _numbers(sheet: Sheet) -> dict[str, int]:
    """How many rows of a sheet hold a number of a person; left out where there are none."""
    rows = sum(has_number(cells) for _, *cells in sheet.cells.iter_rows())
    return {"numbers": rows} if rows else {}


def _account(claimed: Claimed, fit: Fit, found: Extract, discretion: Discretion) -> SheetAccount:
    sheet = claimed.sheet
    numbers = sheet.cells["row"]
    titles = tuple(numbers.head(fit.start).to_list())
    header = tuple(numbers.slice(fit.start, fit.depth).to_list())
    above = {"title": titles, "header": header}
    skipped = {kind: (*above.get(kind, ()), *found.kinds.get(kind, ())) for kind in _SKIPS}
    counts = {kind: len(rows) for kind, rows in skipped.items()}
    counts |= {
        "rows": sheet.cells.height,
        "records": found.rows["row"].n_unique(),
        "people": found.rows.height,
        "blank": sheet.blank_rows,
    }
    columns = tuple((shown(c, discretion), _meaning(c)) for c in fit.columns)
    return SheetAccount(sheet.file, sheet.name, claimed.list_name, header, columns, counts, skipped)


def shown(column: Column, discretion: Discretion) -> str:
    """Return the header of a column as it may be shown."""
    known = column.field is not None or column.ignored
    return discretion.header(column.header, int(column.place), known)


def _meaning(column: Column) -> str:
    """Return what a column was taken for.

    >>> _meaning(Column("0", "村", "village")), _meaning(Column("1", "成员1姓名", "name", slot=1))
    ('village', 'member1.name')
    >>> _meaning(Column("2", "备注", ignored=True)), _meaning(Column("3", "星座"))
    ('ignored', 'unknown')
    """
    if column.field is None:
        return "ignored" if column.ignored else "unknown"
    return column.field if column.slot is None else f"member{column.slot}.{column.field}"


def accounts_of(parts: Sequence[Part]) -> tuple[SheetAccount, ...]:
    """Return one account a sheet: those of its tables together."""
    sheets: dict[tuple[str, int], list[Part]] = {}
    for part in parts:
        sheets.setdefault((part.claimed.sheet.file, part.claimed.position), []).append(part)
    return tuple(_account_of_tables(tables) for tables in sheets.values())


def _account_of_tables(tables: Sequence[Part]) -> SheetAccount:
    """Return the account of a sheet; a row of tables side by side is counted once."""
    first, *others = [part.account for part in tables]
    if not others:
        return first
    every = [first, *others]
    counts, skipped = Counter(first.counts), dict(first.skipped)
    for account in others:
        counts.update(account.counts)  # adds them up
        for kind, rows in account.skipped.items():
            skipped[kind] = (*skipped.get(kind, ()), *rows)
    if any(part.claimed.block for part in tables):
        found = [part.extract.rows["row"] for part in tables if part.extract is not None]
        seen = {row for rows in found for row in rows}
        counts["records"] = len(seen)
        for kind, numbers in skipped.items():
            skipped[kind] = tuple(sorted({*numbers} - seen))
            counts[kind] = len(skipped[kind])
            seen |= {*numbers}
        counts["rows"] = len(seen)
    return replace(
        first,
        header_rows=tuple(dict.fromkeys(row for each in every for row in each.header_rows)),
        columns=tuple(dict.fromkeys(column for each in every for column in each.columns)),
        counts=dict(counts),
        skipped=skipped,
    )


def _column_issues(
    sheet: Sheet, fit: Fit, words: Wording, discretion: Discretion
) -> list[IssueRow]:
    """Return the columns that no rule reads, and the second columns of a field."""
    issues: list[IssueRow] = []
    counts = sheet.cells.slice(fit.start + fit.depth).count().row(0, named=True)
    for column in fit.columns:
        if column.field is None and not column.ignored and counts[column.place]:
            detail = words.UNKNOWN_COLUMN
            header = shown(column, discretion)
            issues.append((sheet.file, sheet.name, None, header, "UNKNOWN_COLUMN", detail))
    for other, first in spare_columns(fit):
        sentence = words.COLUMN_TWICE_FILLING if fills(other, first) else words.COLUMN_TWICE
        detail = sentence.format(column=first.header)
        issues.append((sheet.file, sheet.name, None, other.header, "COLUMN_TWICE", detail))
    return issues


def reader_issues(claimed: Claimed, discretion: Discretion) -> pl.DataFrame:
    """Return the reader's issues (ISSUES), their column letters replaced by the headers as seen."""
    issues = claimed.sheet.issues
    if claimed.fit is None:
        return conform(issues, ISSUES)
    columns = claimed.fit.columns
    headers = {column_letters(int(c.place)): shown(c, discretion) for c in columns}
    return issues.with_columns(pl.col("column").replace(headers)).select(list(ISSUES))


# --- can the exports be trusted? -----------------------------------------------------------------


def untrusted(
    parts: Sequence[Part], rules: Rules, whole: bool, told: Sequence[str] = ()
) -> list[str]:
    """Return why the sheets cannot be trusted, one message each; `whole`: all lists of a month.

    `told`: messages on files that could not be read or claimed. A list that one of them is named as
    is not missing.
    """
    claimed = [part.claimed for part in parts]
    faults = [*_sheets_without_header(claimed, rules), *_people_above_header(claimed, rules)]
    if whole:
        faults += _lists_missing(claimed, rules, told)
    elif not told and not any(part.extract for part in parts):
        faults.append("没有读到任何名单，请检查表头")
    if not rules.accept_all:
        faults += [
            f"{'、'.join(files)}：{_count_words(rule, count, rules)}，请核对文件或名单规则 rows；"
            "确实如此的，加 --yes 再运行一次"
            for files, rule, count in _counts_out_of_bounds(parts, rules)
        ]
    return faults


def _sheets_without_header(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """Return the sheets with numbers or names of people that no list reads, unless their name says
    why.

    Passed over, they would drop these people in silence.
    """
    faults: list[str] = []
    for each in claimed:
        if each.fit is not None or each.barred:
            continue
        numbers = names_people(each.sheet)
        if numbers or lists_people(each.sheet, rules):
            what = "有证件号码" if numbers else "有一列像姓名"
            faults.append(
                f"{each.sheet.file}：工作表“{each.sheet.name}”里{what}，但没有"
                f"“{rules.lists[each.list_name].title}”的表头，请补上表头，或删去这张工作表"
            )
    return faults


def _people_above_header(claimed: Sequence[Claimed], rules: Rules) -> list[str]:
    """Return the sheets with people above the header, where only titles stand.

    Somebody's number is one, and so is a name in a row as full as those of people are.
    """
    faults: list[str] = []
    for each in claimed:
        if each.fit is None:
            continue
        numbers, names = _people_in(each.sheet.cells.head(each.fit.start), each.fit)
        rows = sorted(numbers + names)
        if rows:
            sheet = f"工作表“{each.sheet.name}”" if each.sheet.name else ""
            what = "有证件号码" if numbers else "像是人"
            faults.append(
                f"{each.sheet.file}：{sheet}第{'、'.join(map(str, rows))}行{what}，但上面没有"
                f"“{rules.lists[each.list_name].title}”的表头，请在这几行上面补上完整的表头"
            )
    return faults


def _people_in(above: pl.DataFrame, fit: Fit) -> tuple[list[int], list[int]]:
    """Return the rows with a number, and those with a name that are as full as a person's row."""
    least = max(_TITLE_CELLS, (len(fit.columns) + 1) // 2)
    own = [c.place for c in fit.columns if c.field in ("name", "head_name")]
    numbers: list[int] = []
    names: list[int] = []
    for cells in above.iter_rows(named=True):
        row = cells.pop("row")
        if has_number(cells.values()):
            numbers.append(row)
        elif sum(cell is not None for cell in cells.values()) > least:
            names += [row] if any(_may_be_name(cells[place]) for place in own) else []
    return numbers, names


def _may_be_name(cell: str | None) -> bool:
    return cell is not None and (looks_like_name(cell) or surnamed(plain(cell)))


def _lists_missing(claimed: Sequence[Claimed], rules: Rules, told: Sequence[str]) -> list[str]:
    """Return the required lists that no file is, and whether there is no source list at all."""
    present = {each.list_name for each in claimed}
    for message in told:
        file = PurePosixPath(message.partition("：")[0])
        if file.suffix.lower() in _TABLES:  # a letter about a list is not that list
            present |= said(plain(file.stem), rules.lists).lists
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


def odd_counts(parts: Sequence[Part], rules: Rules) -> list[IssueRow]:
    """Return an issue for each file of a list with fewer or more people than its rules allow.

    Such a list stops the run (`untrusted`) unless somebody has said that it is so.
    """
    return [
        (file, "", None, "", "LIST_COUNT_ODD", _count_words(rule, count, rules))
        for files, rule, count in _counts_out_of_bounds(parts, rules)
        for file in files
    ]


def _count_words(rule: ListRule, count: int, rules: Rules) -> str:
    words, bounds = rules.sheets.details.LIST_COUNT_ODD, rule.rows
    sentence = words.format(list=rule.title, count=count, least=bounds.least, most=bounds.most)
    return str(sentence)


def _counts_out_of_bounds(
    parts: Sequence[Part], rules: Rules
) -> Iterator[tuple[list[str], ListRule, int]]:
    """Give the files of each list with fewer or more people than its rules call plausible."""
    people: dict[str, int] = {}
    files: dict[str, list[str]] = {}
    for part in parts:
        name = part.claimed.list_name
        people[name] = people.get(name, 0) + part.account.counts.get("people", 0)
        if part.claimed.sheet.file not in files.setdefault(name, []):
            files[name].append(part.claimed.sheet.file)
    for name, count in people.items():
        rule = rules.lists[name]
        if not rule.rows.least <= count <= rule.rows.most:
            yield files[name], rule, count
