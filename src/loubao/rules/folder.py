"""The rules of a month's work: the whole folder read, checked, and checked against itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from loubao.core.faults import RuleFault
from loubao.rules import yaml_file
from loubao.rules.lists import DTYPES, FieldType, ListRule, load_fields, load_list
from loubao.rules.matching import Matching
from loubao.rules.reading import Reading, Village, load_villages
from loubao.rules.returns import Returns, load_returns
from loubao.rules.screening import Screening, load_screening
from loubao.rules.sheets import load_printed
from loubao.rules.standard_rates import FILE, Standards, load_standards
from loubao.rules.wording import Wording
from loubao.rules.yaml_file import digests, refuse_missing


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
    return Rules(
        folder=folder,
        lists=lists,
        reading=yaml_file.load(folder / "reading.yaml", Reading),
        matching=yaml_file.load(folder / "matching.yaml", Matching),
        screening=load_screening(folder, lists),
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
