"""The sheets of a month → one record for each person they name, with what was found on the way."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from loubao.core.faults import UntrustedInput
from loubao.core.frames import (
    PROVEN_STATUSES,
    RECORDS,
    IssueRow,
    Sheet,
    conform,
    issue_rows,
    merge_issues,
)
from loubao.ingest import issues as findings
from loubao.ingest.aid_term import with_validity
from loubao.ingest.cover import against_cover, with_said
from loubao.ingest.fields.resident_id import FIRST_ISSUED
from loubao.ingest.fields.typed import typed
from loubao.ingest.old_sheets import of_earlier_months, without_older
from loubao.ingest.persons import with_births, with_notes
from loubao.ingest.placement import issues_of_sheets, placed
from loubao.ingest.qualifying import qualify
from loubao.ingest.raw_cells import raw
from loubao.ingest.second_readings import TEN_THOUSANDS, with_second_readings
from loubao.ingest.sections import Found, Section, below_sections
from loubao.ingest.settlements import with_row_text, with_sums, without_alternatives
from loubao.ingest.sheets.account import (
    Part,
    SheetAccount,
    accounts_of,
    odd_counts,
    part_of,
    reader_issues,
    untrusted,
)
from loubao.ingest.sheets.claim_faults import ADAPT
from loubao.ingest.sheets.identify import claim
from loubao.ingest.sheets.paired_files import joined
from loubao.ingest.sheets.surroundings import PLACE_FIELDS
from loubao.ingest.sheets.versions import holding
from loubao.ingest.swapped_cells import unswap
from loubao.ingest.two_rows import of_two_rows
from loubao.ingest.units import factors, unknown_units
from loubao.ingest.unread_cover import other_lists, unread_cover
from loubao.ingest.whither import whither
from loubao.rules.folder import Rules
from loubao.rules.lists import ListRule
from loubao.rules.wording import Wording

#: Share of the rows of a file that may stand out of line; where more do, it is its layout.
_FEW = 0.2
#: Which column to name where an export has none for the field itself.
_STANDS_FOR = {
    "village": ("address", "town"),
    "town": ("village", "address"),
    "birth_date": ("id_number",),
    "id_number": ("certificate_no",),
}


@dataclass(frozen=True)
class Tidied:
    """Records (RECORDS and what the lists add), issues (ISSUES), one account a sheet."""

    records: pl.DataFrame
    issues: pl.DataFrame
    accounts: tuple[SheetAccount, ...]


def tidy(
    sheets: Sequence[Sheet],
    rules: Rules,
    as_of: datetime.date,
    whole: bool = True,
    refused: Sequence[str] = (),
) -> Tidied:
    """Return everybody the sheets name, typed and placed, with the issues of all cells.

    Raises `UntrustedInput`, one line a file or list: the lines `refused` of files that could not be
    read, a sheet that no list or two lists claim, a required list or any source list missing, row
    counts outside a list's bounds (an issue where `accept_all`). Without `whole` any lists will do,
    if somebody is on one.
    """
    claimed, unknown = claim(sheets, rules)
    claimed.sort(key=lambda c: (c.list_name, c.sheet.file, c.position))
    parts = joined([part_of(each, rules) for each in claimed], rules)
    parts, unclear = holding(parts, rules, as_of)
    faults = [*refused, *unknown, *unclear]
    faults += [*untrusted(parts, rules, whole, faults), *unread_cover(parts, rules)]
    units = [factors(part, rules) for part in parts]
    faults += [*other_lists(parts, rules), *unknown_units(parts, units, rules)]
    if faults:
        faults += [ADAPT] if refused or unknown else []
        raise UntrustedInput("\n".join(faults))
    rows, issues = records(parts, rules, as_of, units)
    issues = merge_issues([issues, issue_rows(odd_counts(parts, rules))])
    return Tidied(rows, issues, accounts_of(parts))


def records(
    parts: Sequence[Part],
    rules: Rules,
    as_of: datetime.date,
    units: Sequence[Mapping[str, float]] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the records (RECORDS and what the lists add) and the issues of all sheets.

    `units`: the `units.factors` of each part, where they are known.
    """
    units = units or [factors(part, rules) for part in parts]
    rows = _together(parts, units, rules, as_of)
    rows, swapped = unswap(rows, rules.lists, rules.reading.placeholders)
    rows = typed(rows, rules.lists, rules.reading)
    rows = with_second_readings(rows, rules.lists, rules.reading)
    rows = placed(rows, parts, rules)
    rows = with_notes(rows, rules.reading, as_of)
    minors = [name for name, rule in rules.lists.items() if rule.of_minors]
    rows = with_births(rows, as_of, minors)
    rows, of_bills = with_sums(rows, rules.lists, rules)
    rows, undecided = _with_conditions(rows, rules)
    rows, of_remarks = against_cover(without_alternatives(rows, rules.lists), rules, as_of)
    rows, of_validity, silent = with_validity(rows, parts, rules, as_of)
    rows, of_remarks = of_two_rows(rows, parts, rules, as_of, of_remarks)
    rows, of_older = without_older(rows, parts, rules, as_of)
    headers = _headers(parts)
    # the sheets that have a column for the place at all
    with_places = headers.filter(pl.col("field").is_in(PLACE_FIELDS))["sheet_no"].unique()
    words = rules.sheets.details
    repeats, repeated_sheets = findings.of_repeats(rows.filter(pl.col("bills").is_null()), words)
    found = [
        *findings.of_people(rows, swapped, rules.lists, words),
        *findings.of_places(rows.filter(pl.col("sheet_no").is_in(with_places.implode())), words),
        *findings.of_values(rows, rules.lists, words),
        *repeats,
        *undecided,
        *of_bills,
        *of_validity,
    ]
    of_sheets = [row for part in parts for row in part.issues]
    of_sheets += issues_of_sheets(rows, parts, rules)
    of_sheets += [*_repeated(repeated_sheets, parts, words), *of_remarks, *silent]
    of_sheets += [*of_older, *of_earlier_months(parts, rules, as_of)]
    of_readers = pl.concat([reader_issues(part.claimed, rules.discretion) for part in parts])
    of_cells = findings.as_issues(found, headers)
    issues = merge_issues([of_cells, issue_rows(of_sheets), findings.in_words(of_readers, words)])
    return _finished(rows, rules), issues


def _together(
    parts: Sequence[Part],
    units: Sequence[Mapping[str, float]],
    rules: Rules,
    as_of: datetime.date,
) -> pl.DataFrame:
    """The people of all sheets under each other, in the order of the records."""
    frames: list[pl.DataFrame] = []
    last: dict[tuple[str, int], Section | None] = {}
    for number, part in enumerate(parts):
        if part.extract is None or part.claimed.fit is None:
            continue
        place = (part.claimed.sheet.file, part.claimed.position)
        below: Found | None = None
        if rules.lists[part.claimed.list_name].role == "roll":
            below = below_sections(part, rules, as_of, last.get(place))
            last[place] = below.last
        rule, sheet = rules.lists[part.claimed.list_name], part.claimed.sheet
        seen = {c.field for c in part.claimed.fit.columns}
        absent = {
            f"absent:{name}": pl.lit(spec.absent)
            for name, spec in rule.fields.items()
            if spec.absent is not None and name not in seen
        }
        of_units = {f"factor:{field}": pl.lit(f) for field, f in units[number].items()}
        frames.append(
            with_row_text(
                with_said(part.extract.rows, part, rules, as_of, below), part, rules
            ).with_columns(
                sheet_no=pl.lit(number, pl.UInt32),
                position=pl.lit(part.claimed.position, pl.UInt32),
                block=pl.lit(part.claimed.block, pl.UInt32),
                list=pl.lit(rule.name),
                role=pl.lit(rule.role),
                file=pl.lit(sheet.file),
                sheet=pl.lit(sheet.name),
                out_of_line=pl.col("row").is_in(_out_of_line(sheet)),
                **absent,
                **of_units,
            )
        )
    rows = _beside_each_other(pl.concat(frames, how="diagonal"))
    missing = [raw("name"), raw("id_number"), "cover_unread"]
    missing = [column for column in missing if column not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(column) for column in missing)


def _out_of_line(sheet: Sheet) -> list[int]:
    """The rows of a text file that have more cells than the header, where few have: a comma within
    a cell has moved those behind it.
    """
    rows = sheet.issues.filter(pl.col("code") == "ROW_LONG")["row"].drop_nulls().unique().to_list()
    return rows if len(rows) <= _FEW * sheet.cells.height else []


def _beside_each_other(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the people of a row on through its blocks, where tables stand side by side."""
    if not rows["block"].max():
        return rows.drop("position", "block")
    row = ["file", "position", "row"]
    beside = pl.col("block").max().over(row) > 0
    number = pl.struct("block", "member").rank("ordinal").over(row).cast(pl.UInt32) - 1
    member = pl.when(beside).then(number).otherwise("member")
    return rows.with_columns(member=member).drop("position", "block")


def _with_conditions(
    rows: pl.DataFrame, rules: Rules
) -> tuple[pl.DataFrame, list[findings.Finding]]:
    """Add qualifies and failed_condition; the findings are of conditions that nobody can decide."""
    outcomes: list[pl.DataFrame] = []
    undecided: list[findings.Finding] = []
    words = rules.sheets.details
    for (name,), part in rows.group_by("list", maintain_order=True):
        rule = rules.lists[str(name)]
        outcome, unknown = qualify(part, rule)
        if rule.role == "exclusion":
            outcome, doubted = _of_exclusion(part, outcome, rule, rules)
            undecided += doubted
        outcomes.append(outcome)
        kept = "_KEPT" if rule.role == "source" else ""
        for mask, field, second in unknown:
            why = "" if second is None else "_WAN" if second == TEN_THOUSANDS else "_TWICE"
            kept = "_EXCLUSION" if rule.role == "exclusion" and not why else kept
            detail = words[f"CONDITION_UNKNOWN{why}{kept}"]
            undecided.append(findings.Finding(part, mask, field, "CONDITION_UNKNOWN", detail))
    return pl.concat([rows, pl.concat(outcomes)], how="horizontal"), undecided


def _of_exclusion(
    part: pl.DataFrame, outcome: pl.DataFrame, rule: ListRule, rules: Rules
) -> tuple[pl.DataFrame, list[findings.Finding]]:
    """Take the rows off an exclusion list that cannot be of who is gone: a day before the birth or
    before there were numbers, a place that is here. `outcome`: qualifies and failed_condition; the
    findings are of the doubts.
    """
    words = rules.sheets.details
    doubted: list[findings.Finding] = []
    against: list[tuple[pl.Series, str]] = []
    exclusion = rules.screening.exclusions.get(rule.name)
    if exclusion and exclusion.date in part.columns:
        proven = part["id_status"].is_in(PROVEN_STATUSES)
        unborn = proven & (part[exclusion.date] < part["birth_date"]).fill_null(False)
        early = proven & ~unborn & (part[exclusion.date] < FIRST_ISSUED).fill_null(False)
        for mask, detail in (
            (unborn, words.CONDITION_UNKNOWN_UNBORN),
            (early, words.CONDITION_UNKNOWN_LONG_AGO),
        ):
            against.append((mask, detail))
            finding = findings.Finding(part, mask, exclusion.date, "CONDITION_UNKNOWN", detail)
            doubted.append(finding)
    for field, asked in whither(part, rule, rules).items():
        otherwise = next(c.otherwise for c in rule.conditions if c.fields == {field})
        detail = words.CONDITION_UNKNOWN_EXCLUSION
        unsure = asked["unsure"] & outcome["qualifies"]
        against += [(asked["here"], otherwise), (unsure, detail)]
        doubted.append(findings.Finding(part, unsure, field, "CONDITION_UNKNOWN", detail))
    for mask, why in against:
        outcome = outcome.with_columns(
            qualifies=pl.col("qualifies") & ~mask,
            failed_condition=pl.when(mask & pl.col("qualifies"))
            .then(pl.lit(why))
            .otherwise("failed_condition"),
        )
    return outcome, doubted


def _headers(parts: Sequence[Part]) -> pl.DataFrame:
    """Return sheet_no, slot, field and the header as seen."""
    rows: list[tuple[int, int, str, str]] = []
    for number, part in enumerate(parts):
        if part.extract is None:
            continue
        seen = part.extract.headers
        rows += [(number, slot, name, header) for (name, slot), header in seen.items()]
        for name, others in _STANDS_FOR.items():
            header = next((seen[other, 0] for other in others if (other, 0) in seen), None)
            if (name, 0) not in seen and header is not None:
                rows.append((number, 0, name, header))
    return pl.DataFrame(
        rows,
        schema={"sheet_no": pl.UInt32, "slot": pl.UInt32, "field": pl.String, "header": pl.String},
        orient="row",
    )


def _repeated(
    sheets: Sequence[tuple[int, int, int]], parts: Sequence[Part], words: Wording
) -> list[IssueRow]:
    issues: list[IssueRow] = []
    for number, first, count in sheets:
        here, there = parts[number].claimed.sheet, parts[first].claimed.sheet
        sentence = words.FILE_REPEATED_SHEET if here.file == there.file else words.FILE_REPEATED
        detail = sentence.format(count=count, file=there.file, sheet=there.name)
        issues.append((here.file, here.name, None, "", "FILE_REPEATED", detail))
    return issues


def _finished(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The records' columns, then what the lists add, raw values beside what was interpreted."""
    extras: dict[str, pl.Expr] = {"address": pl.col("address"), "town_raw": _raw("town", rows)}
    extras |= {
        name: pl.col(name)
        for name in ("cover_ended", "cover_doubt", "cover_until", "cover_unread", "bills")
    }
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
