"""The policy as a table, applied to the namings: what a perfect reader of the files would know.

======================  ====================  ==============================================
source list             covered by            partly: stays on the sheet, shown
======================  ====================  ==============================================
medical (over 40,000)   dibao, tekun          dibao_edge, rigid_expense, temporary_aid (recent)
disability              dibao, tekun          in a dibao household unprotected; dibao_edge
monitored households    dibao, tekun          dibao_edge; risk eliminated
children under 18       orphan, unattended,   dibao, in the household or of the parent named
                        tekun
======================  ====================  ==============================================

The allowances for disabled people (disability_subsidy) never count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sample.circumstances import Naming
from sample.district import Person

SOURCES = ("medical", "disability", "monitored", "children")
EXCLUSIONS = ("death", "moved_out")
AS_OF = {"2022-05": date(2022, 5, 31), "2022-06": date(2022, 6, 30)}

FULL = {
    "medical": {"dibao", "tekun"},
    "disability": {"dibao", "tekun"},
    "monitored": {"dibao", "tekun"},
    "children": {"orphan", "unattended", "tekun"},
}
PART = {
    "medical": {"dibao_edge", "rigid_expense", "temporary_aid"},
    "disability": {"dibao_unprotected", "dibao_edge"},
    "monitored": {"dibao_edge"},
    "children": {"dibao", "dibao_unprotected", "dibao_parent"},
}


def years_old(birth: date, day: date) -> int:
    """Full years; the birthday itself completes one."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def qualifies(naming: Naming, month: str) -> bool:
    """Whether a source row passes its own list's conditions at the end of the month."""
    facts = naming.facts
    if naming.listed == "medical":
        return float(str(facts["self_paid"])) > 40000
    if naming.listed == "disability":
        severe = facts["level"] in (1, 2) or (facts["level"] == 3 and facts["category"] in (5, 6))
        issued = facts["issued"]
        return severe and isinstance(issued, date) and issued >= date(2021, 1, 1)
    if naming.listed == "monitored":
        return facts["category"] != ""
    return years_old(naming.person.birth, AS_OF[month]) < 18


def roll_word(naming: Naming) -> str:
    """The list, or what a row on it amounts to: ``dibao_unprotected``, ``temporary_old``."""
    if naming.listed == "dibao" and not naming.facts["protected"]:
        return "dibao_unprotected"
    day = naming.facts.get("day")
    if naming.listed == "temporary_aid" and isinstance(day, date) and day < date(2021, 1, 1):
        return "temporary_aid_old"
    return naming.listed


def expected(
    namings: Iterable[Naming], on_dibao: Collection[str], month: str
) -> tuple[tuple[str, ...], str]:
    """The rolls that name a person, and what should become of the person.

    ``not_named`` (by no qualifying source row), ``excluded`` (moved, or dead; a dead patient is
    flagged on the sheet and not excluded), ``uncovered``, ``partial``, ``covered``. With several
    source lists the least covered decides. ``on_dibao`` are the codes of the people protected on
    the dibao roll: a child whose named parent is among them counts as ``dibao_parent``.
    """
    namings = tuple(namings)
    words = {
        roll_word(n) for n in namings if n.listed not in SOURCES and n.listed not in EXCLUSIONS
    }
    parents = (n.facts.get("parent") for n in namings if n.listed == "children")
    if any(isinstance(parent, Person) and parent.code in on_dibao for parent in parents):
        words.add("dibao_parent")
    rolls = tuple(sorted(words))
    sources = [n for n in namings if n.listed in SOURCES and qualifies(n, month)]
    if not sources:
        return rolls, "not_named"
    listed = {naming.listed for naming in namings}
    if "moved_out" in listed or (
        "death" in listed and not any(n.listed == "medical" for n in sources)
    ):
        return rolls, "excluded"
    return rolls, min(
        (_cover(source, set(rolls)) for source in sources),
        key=("uncovered", "partial", "covered").index,
    )


def _cover(source: Naming, rolls: set[str]) -> str:
    if rolls & FULL[source.listed]:
        return "covered"
    if rolls & PART[source.listed] or source.facts.get("eliminated"):
        return "partial"
    return "uncovered"
