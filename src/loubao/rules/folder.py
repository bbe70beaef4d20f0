"""The rules of a month's work: the whole folder read, checked, and checked against itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from loubao.core.faults import RuleFault
from loubao.rules import yaml_file
from loubao.rules.lists import DTYPES, FieldType, ListRule, check_condition, load_fields, load_list
from loubao.rules.matching import Matching
from loubao.rules.reading import Reading, Village, load_villages
from loubao.rules.returns import Returns, load_returns
from loubao.rules.screening import Screening, SourceCoverage, load_screening
from loubao.rules.sheets import load_printed
from loubao.rules.standard_rates import FILE, Standards, load_standards
from loubao.rules.wording import Wording
from loubao.rules.yaml_file import RuleFile, Trail, digests, refuse_missing


@dataclass(frozen=True)
class Rules:
    """All rules of one folder."""

    folder: Path
    lists: dict[str, ListRule]
    reading: Reading
    matching: Matching
    screening: Screening
    sheets: Wording
    report: Wording
    #: None where the folder has no standards.yaml
    standards: Standards | None
    villages: tuple[Village, ...]

    def of_role(self, role: str) -> list[str]:
        """Return the names of the lists of one role, in alphabetical order."""
        return sorted(name for name, rule in self.lists.items() if rule.role == role)

    @cached_property
    def returns(self) -> Returns:
        """`returns.yaml`, read when it is asked for; raises `RuleFault`."""
        return load_returns(self.folder, self.sheets, self.lists)

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
    lists = {path.stem: load_list(path, fields) for path in paths}
    _same_types(lists, folder)
    screening, file = load_screening(folder)
    _check_screening(screening, lists, file)
    return Rules(
        folder=folder,
        lists=lists,
        reading=yaml_file.load(folder / "reading.yaml", Reading),
        matching=yaml_file.load(folder / "matching.yaml", Matching),
        screening=screening,
        sheets=load_printed(folder, "sheets"),
        report=load_printed(folder, "report"),
        standards=load_standards(folder, lists) if (folder / FILE).is_file() else None,
        villages=load_villages(folder / "villages.csv"),
    )


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


def _check_screening(screening: Screening, lists: Mapping[str, ListRule], file: RuleFile) -> None:
    """Every list that the screening names must exist, in the role that it is given there."""
    named = _Named(lists, file)
    for source, coverage in screening.coverage.items():
        named.check_coverage(("coverage", source), source, coverage)
    for source in sorted(name for name, rule in lists.items() if rule.role == "source"):
        if source not in screening.coverage:
            raise file.fault(("coverage",), f"缺少来源名单“{source}”的保障规则")
    for name, exclusion in screening.exclusions.items():
        rule = named.list_of(("exclusions", name), name, "exclusion")
        fields = [exclusion.date] if exclusion.date else []
        named.check_fields(("exclusions", name, "date"), rule, fields)
        for source in exclusion.flag_for:
            named.list_of(("exclusions", name, "flag_for"), source, "source")


@dataclass(frozen=True)
class _Named:
    """What screening.yaml names, held against the lists; everything here raises `RuleFault`."""

    lists: Mapping[str, ListRule]
    file: RuleFile

    def list_of(self, trail: Trail, name: str, role: str) -> ListRule:
        rule = self.lists.get(name)
        if rule is None or rule.role != role:
            names = "、".join(sorted(n for n, r in self.lists.items() if r.role == role))
            raise self.file.fault(trail, f"“{name}”不是 {role} 名单，可用：{names}")
        return rule

    def check_fields(self, trail: Trail, rule: ListRule, fields: Iterable[str]) -> None:
        for field in fields:
            if field not in rule.fields:
                raise self.file.fault(trail, f"{rule.name} 没有字段“{field}”")

    def check_coverage(self, here: Trail, source: str, coverage: SourceCoverage) -> None:
        rule = self.list_of(here, source, "source")
        for key in ("covered_by", "partly_by"):
            for i, cover in enumerate(getattr(coverage, key)):
                roll = self.list_of((*here, key, i), cover.list, "roll")
                self.check_fields((*here, key, i), roll, [cover.field] if cover.field else [])
                if cover.that is not None:
                    trail = (*here, key, i, "that")
                    check_condition(cover.that, roll.condition_schema, self.file, trail)
        for i, part in enumerate(coverage.partly_when):
            trail = (*here, "partly_when", i, "that")
            check_condition(part.that, rule.condition_schema, self.file, trail)
        for i, family in enumerate(coverage.family):
            self.check_fields((*here, "family", i, "fields"), rule, family.fields)
            for name in family.partly_by:
                self.list_of((*here, "family", i, "partly_by"), name, "roll")
