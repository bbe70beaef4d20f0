"""What is read of a rules folder: the rules of a month's work (`loubao link`: linking.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from loubao.core.faults import RuleFault
from loubao.core.masking import Discretion
from loubao.rules import REGISTER, yaml_file
from loubao.rules.lists import (
    DTYPES,
    FieldType,
    ListRule,
    load_fields,
    load_list,
)
from loubao.rules.matching import Matching
from loubao.rules.reading import Reading, Village, load_reading, load_villages
from loubao.rules.yaml_file import digests, refuse_missing

if TYPE_CHECKING:  # `loubao link` does not wait for the models of the month's work
    from loubao.rules.holding import Holding
    from loubao.rules.plausible import Plausibility
    from loubao.rules.returns import Returns
    from loubao.rules.screening import Screening
    from loubao.rules.standard_rates import Standards
    from loubao.rules.wording import Wording

# -- a month's work --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rules:
    """All rules of one folder."""

    folder: Path
    lists: dict[str, ListRule]
    reading: Reading
    holding: Holding
    matching: Matching
    screening: Screening
    sheets: Wording
    report: Wording
    #: None where the folder has no standards.yaml
    standards: Standards | None
    villages: tuple[Village, ...]
    plausibility: Plausibility
    #: `--yes`: an implausible month goes on
    accept_all: bool = False

    def of_role(self, role: str) -> list[str]:
        """Return the names of the lists of one role, in alphabetical order."""
        return sorted(name for name, rule in self.lists.items() if rule.role == role)

    @cached_property
    def of_exports(self) -> Rules:
        """The same with the lists alone that a file of DATA may be."""
        return replace(self, lists={n: rule for n, rule in self.lists.items() if n != REGISTER})

    @cached_property
    def discretion(self) -> Discretion:
        """What may be shown of the names of files, sheets and columns."""
        told = self.holding.versions.words
        return discretion_of(self.lists.values(), self.reading, self.villages, told)

    @property
    def output_paths(self) -> tuple[str, ...]:
        """The files of an output folder beside the village sheets; `data` stands for its folder."""
        from loubao.rules.output_paths import OUTPUT

        printed = (self.sheets.summary.path, self.sheets.problems.path, self.report.path)
        return (*OUTPUT, *printed)

    @cached_property
    def covering(self) -> frozenset[str]:
        """The rolls that cover the people of some source list in full."""
        every = self.screening.coverage.values()
        return frozenset(cover.list for source in every for cover in source.covered_by)

    @property
    def labels(self) -> dict[str, str]:
        """The name of each list on a page that leaves the office."""
        return {name: rule.sheet_label for name, rule in self.lists.items()}

    @cached_property
    def returns(self) -> Returns:
        """`returns.yaml`, read when it is asked for; raises `RuleFault`."""
        from loubao.rules.returns import load_returns

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
    from loubao.rules.holding import load_holding
    from loubao.rules.output_paths import OUTPUT, refuse_same
    from loubao.rules.plausible import load_plausibility
    from loubao.rules.screening import load_screening
    from loubao.rules.sheets import load_printed
    from loubao.rules.standard_rates import FILE, load_standards

    refuse_missing(folder)
    fields = load_fields(folder / "fields.yaml")
    paths = sorted((folder / "lists").glob("*.yaml"))
    if not paths:
        raise RuleFault(f"{folder.name}/lists 里没有名单规则，可用 loubao init 复制一份")
    lists = {path.stem: load_list(path, fields) for path in paths}
    _same_types(lists, folder)
    sheets, report = load_printed(folder, "sheets"), load_printed(folder, "report")
    others = (*OUTPUT, sheets.summary.path, sheets.problems.path)
    refuse_same(folder / "report.yaml", report, [("path",)], others)
    rules = Rules(
        folder=folder,
        lists=lists,
        reading=load_reading(folder / "reading.yaml"),
        holding=load_holding(folder),
        matching=yaml_file.load(folder / "matching.yaml", Matching),
        screening=load_screening(folder, lists),
        sheets=sheets,
        report=report,
        standards=load_standards(folder, lists) if (folder / FILE).is_file() else None,
        villages=load_villages(folder / "villages.csv"),
        plausibility=load_plausibility(folder),
    )
    return replace(rules, sheets=_instructed(rules))


def _instructed(rules: Rules) -> Wording:
    """`sheets` with the rolls that cover people, and those that do not, in the instructions."""
    rolls = rules.of_exports.of_role("roll")
    parts = (
        [n for n in rolls if n in rules.covering],
        [n for n in rolls if n not in rules.covering],
    )
    covering, others = ("、".join(rules.lists[name].sheet_label for name in part) for part in parts)
    village = rules.sheets.village
    lines = tuple(
        line.replace("{covering}", covering).replace("{not_covering}", others)
        for line in village.instructions.lines
    )
    filled = village.replaced(instructions=village.instructions.replaced(lines=lines))
    return rules.sheets.replaced(village=filled)


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


def discretion_of(
    lists: Iterable[ListRule],
    reading: Reading,
    villages: Iterable[Village],
    also: Iterable[str] = (),
) -> Discretion:
    """What may be shown, where the words of the rules, and `also` those, are nobody's name."""
    words = [*also, *reading.ignore_headers, *reading.member_cells, *reading.household_numbers]
    words += [
        *reading.latin_words,
        *reading.group_words,
        *reading.relation_words,
        *reading.placeholders,
    ]
    for rule in lists:
        words += [rule.title, rule.sheet_label, *rule.claim.words, *rule.claim.without]
        words += rule.ignore
        for spec in rule.fields.values():
            words += [spec.label, *spec.headers, *spec.values, *spec.yes, *spec.no]
            words += [text for spellings in spec.values.values() for text in spellings]
    places: list[str] = []
    for village in villages:
        places += [village.town, village.village, *village.town_aliases, *village.aliases]
    words += places
    endings = (*reading.village_endings, *reading.town_endings, *reading.own_endings)
    for ending in sorted({text for texts in endings for text in texts}):
        words += [
            w.removesuffix(ending)
            for w in places
            if len(w) >= len(ending) + 2 and w.endswith(ending)
        ]
    return Discretion(frozenset(words))
