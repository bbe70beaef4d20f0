"""The rules of a month's work: the whole folder read, checked, and checked against itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from pydantic import ValidationError

from loubao.core.faults import RuleFault
from loubao.core.frames import RECORDS
from loubao.rules import yaml_file
from loubao.rules.dictionary import digests, load_fields, refuse_missing
from loubao.rules.lists import (
    CORE_FIELDS,
    DERIVED_FIELDS,
    DTYPES,
    Condition,
    FieldRule,
    FieldType,
    FieldUse,
    ListFile,
    ListRule,
)
from loubao.rules.matching import Matching
from loubao.rules.reading import Reading
from loubao.rules.report_words import Report
from loubao.rules.screening import Screening
from loubao.rules.sheets import Sheets
from loubao.rules.standard_rates import FILE, Standards, load_standards
from loubao.rules.villages import Village, load_villages

#: columns that the linkage and the casework lay beside those of the records
_CASEWORK = (
    *("person_key", "case_no", "left_id", "right_id", "right_list", "decision", "tier"),
    *("probability", "match_weight", "match_probability"),
    *("outcome", "outcome_because", "outcome_since", "outcome_by", "rank", "told"),
    *("label", "clue", "shown_number", "proven", "numbers", "house"),
)
#: names that no list may give a field of its own
_TAKEN = frozenset({*RECORDS, *DERIVED_FIELDS, *_CASEWORK, "town_raw"} - set(CORE_FIELDS))


@dataclass(frozen=True)
class Rules:
    """All rules of one folder."""

    folder: Path
    lists: dict[str, ListRule]
    reading: Reading
    matching: Matching
    screening: Screening
    sheets: Sheets
    report: Report
    #: None where the folder has no standards.yaml
    standards: Standards | None
    villages: tuple[Village, ...]

    def of_role(self, role: str) -> list[str]:
        """Return the names of the lists of one role, in alphabetical order."""
        return sorted(name for name, rule in self.lists.items() if rule.role == role)

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of every rule file, by its path relative to the folder."""
        return digests(
            self.folder,
            (p for p in self.folder.rglob("*") if p.is_file() and p.suffix in {".yaml", ".csv"}),
        )


def load_rules(folder: Path) -> Rules:
    """Return the checked rules of `folder`; raises `RuleFault`."""
    refuse_missing(folder)
    fields = load_fields(folder / "fields.yaml")
    paths = sorted((folder / "lists").glob("*.yaml"))
    if not paths:
        raise RuleFault(f"{folder.name}/lists 里没有名单规则，可用 loubao init 复制一份")
    lists = {path.stem: _list(path, fields) for path in paths}
    _same_types(lists, folder)
    screening = yaml_file.load(folder / "screening.yaml", Screening)
    _check_screening(screening, lists, folder / "screening.yaml")
    return Rules(
        folder=folder,
        lists=lists,
        reading=yaml_file.load(folder / "reading.yaml", Reading),
        matching=yaml_file.load(folder / "matching.yaml", Matching),
        screening=screening,
        sheets=yaml_file.load(folder / "sheets.yaml", Sheets),
        report=yaml_file.load(folder / "report.yaml", Report),
        standards=load_standards(folder, lists) if (folder / FILE).is_file() else None,
        villages=load_villages(folder / "villages.csv"),
    )


def _list(path: Path, dictionary: dict[str, FieldRule]) -> ListRule:
    content, places = yaml_file.parse(path)
    written = yaml_file.validate(content, places, path, ListFile)
    fields = {
        name: _merged(name, use, dictionary, path, places) for name, use in written.fields.items()
    }
    rule = ListRule(
        name=path.stem,
        title=written.title,
        sheet_label=written.sheet_label or written.title,
        role=written.role,
        required=written.required,
        rows=written.rows,
        claim=written.claim,
        fields=fields,
        household_rows=written.household_rows,
        ignore=written.ignore,
        conditions=written.conditions,
        wording=written.wording,
    )
    if "name" not in fields:
        raise yaml_file.fault(path, places.get(("fields",), (1, 1)), "fields", "缺少 name（姓名）")
    for number, way in enumerate(written.claim.signature):
        for field in way:
            if field not in fields:
                place = yaml_file.place_of(places, ("claim", "signature", number))
                raise yaml_file.fault(path, place, "claim.signature", f"没有字段“{field}”")
    for field in re.findall(r"\{(\w*)(?::[^{}]*)?\}", written.wording):
        if field not in fields:
            place = yaml_file.place_of(places, ("wording",))
            raise yaml_file.fault(path, place, "wording", f"没有字段“{field}”")
    for number, condition in enumerate(written.conditions):
        place = yaml_file.place_of(places, ("conditions", number, "that"))
        _check_condition(condition, rule, path, place, f"conditions.{number}.that")
    return rule


def _merged(
    name: str,
    use: FieldUse,
    dictionary: dict[str, FieldRule],
    path: Path,
    places: yaml_file.Places,
) -> FieldRule:
    merged = use.over(dictionary.get(name))
    try:
        rule = FieldRule.model_validate(merged)
    except ValidationError as error:
        detail = yaml_file.first_fault(error, path, places, ("fields", name))
        raise detail from None
    place = yaml_file.place_of(places, ("fields", name))
    core = CORE_FIELDS.get(name, rule.type)
    if rule.type != core:
        raise yaml_file.fault(path, place, f"fields.{name}.type", f"应为 {core}")
    if name in _TAKEN:
        raise yaml_file.fault(path, place, f"fields.{name}", "这个名称程序已用，请改名")
    if not rule.headers and rule.from_certificate is None:
        raise yaml_file.fault(path, place, f"fields.{name}", "要写 headers（表头的各种写法）")
    return rule


def _check_condition(
    condition: Condition, rule: ListRule, path: Path, place: yaml_file.Place, key: str
) -> None:
    """A condition parses, names only fields of its list, compares like with like, is yes or no."""
    try:
        fields = condition.fields
    except pl.exceptions.PolarsError:
        raise yaml_file.fault(path, place, key, "条件写法不对，例如 self_paid > 40000") from None
    known = rule.condition_schema
    for field in sorted(fields):
        if field not in known:
            expected = f"没有字段“{field}”，可用：{'、'.join(sorted(known))}"
            raise yaml_file.fault(path, place, key, expected)
    try:
        outcome = pl.DataFrame(schema=dict(known)).select(condition.expr).to_series()
    except pl.exceptions.PolarsError:
        raise yaml_file.fault(path, place, key, "条件两边的类型不同（文字、数字、日期）") from None
    if outcome.dtype != pl.Boolean:
        raise yaml_file.fault(path, place, key, "条件的结果应为是或否")


def _same_types(lists: dict[str, ListRule], folder: Path) -> None:
    """A field that two lists share is one column of the records: it must have one type."""
    seen: dict[str, tuple[str, FieldType]] = {}
    for name, rule in lists.items():
        for field, spec in rule.fields.items():
            first, kind = seen.setdefault(field, (name, spec.type))
            if DTYPES[kind] != spec.dtype:
                path = folder / "lists" / f"{name}.yaml"
                expected = f"与 lists/{first}.yaml 的类型 {kind} 不同，请改名或改成同一类型"
                raise yaml_file.fault(path, (1, 1), f"fields.{field}.type", expected)


def _check_screening(screening: Screening, lists: dict[str, ListRule], path: Path) -> None:
    """Every list that the screening names must exist, in the role that it is given there."""
    _, places = yaml_file.parse(path)

    def check(trail: tuple[str | int, ...], name: str, role: str) -> ListRule:
        rule = lists.get(name)
        if rule is None or rule.role != role:
            names = "、".join(sorted(n for n, r in lists.items() if r.role == role))
            place = yaml_file.place_of(places, trail)
            key = ".".join(str(part) for part in trail)
            raise yaml_file.fault(path, place, key, f"“{name}”不是 {role} 名单，可用：{names}")
        return rule

    def check_fields(trail: tuple[str | int, ...], rule: ListRule, fields: Iterable[str]) -> None:
        for field in fields:
            if field not in rule.fields:
                place = yaml_file.place_of(places, trail)
                key = ".".join(str(part) for part in trail)
                raise yaml_file.fault(path, place, key, f"{rule.name} 没有字段“{field}”")

    for source, coverage in screening.coverage.items():
        rule = check(("coverage", source), source, "source")
        here: tuple[str | int, ...] = ("coverage", source)
        for key in ("covered_by", "partly_by"):
            for i, cover in enumerate(getattr(coverage, key)):
                roll = check((*here, key, i), cover.list, "roll")
                check_fields((*here, key, i), roll, [cover.field] if cover.field else [])
                if cover.condition is not None:
                    trail = (*here, key, i, "that")
                    place = yaml_file.place_of(places, trail)
                    name = ".".join(map(str, trail))
                    _check_condition(cover.condition, roll, path, place, name)
        for i, part in enumerate(coverage.partly_when):
            trail = (*here, "partly_when", i, "that")
            place = yaml_file.place_of(places, trail)
            _check_condition(part.condition, rule, path, place, ".".join(map(str, trail)))
        for i, family in enumerate(coverage.family):
            check_fields((*here, "family", i, "fields"), rule, family.fields)
            for name in family.partly_by:
                check((*here, "family", i, "partly_by"), name, "roll")
    for source in sorted(name for name, rule in lists.items() if rule.role == "source"):
        if source not in screening.coverage:
            place = yaml_file.place_of(places, ("coverage",))
            raise yaml_file.fault(path, place, "coverage", f"缺少来源名单“{source}”的保障规则")
    for name, exclusion in screening.exclusions.items():
        rule = check(("exclusions", name), name, "exclusion")
        fields = [exclusion.date] if exclusion.date else []
        check_fields(("exclusions", name, "date"), rule, fields)
        for source in exclusion.flag_for:
            check(("exclusions", name, "flag_for"), source, "source")
