"""`rules/supervision.yaml`: the words of progress, of the circular and of the linkage's quality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationError, model_validator

from loubao.rules import yaml_file
from loubao.rules.rule import Rule, Texts, filled
from loubao.rules.screening import FollowUp
from loubao.rules.sheet_columns import Footer

FILE = "supervision.yaml"

Figure: TypeAlias = Literal[
    "issued",
    "returned",
    "verified",
    "verified_rate",
    "pending",
    "overdue",
    "closed",
    "eligible",
    "applied",
    "enrolled",
    "enrolled_rate",
    "ineligible",
    "difficult",
    "sent_back",
]
FIGURES: tuple[Figure, ...] = (
    *("issued", "returned", "verified", "verified_rate", "pending", "overdue", "closed"),
    *("eligible", "applied", "enrolled", "enrolled_rate", "ineligible", "difficult", "sent_back"),
)
#: The stacked parts of a chart: together they are everybody issued.
PARTS: tuple[Literal["verified", "pending", "overdue", "closed"], ...] = (
    *("verified", "pending", "overdue", "closed"),
)
PageName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")
]
FileName: TypeAlias = Annotated[str, Field(pattern=r"^[^/\\]+$")]
Colour: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]


class PlaceWords(Rule):
    """Headers of the first columns."""

    rank: str
    town: str
    village: str
    list: str


class Units(Rule):
    """What is counted."""

    people: str
    households: str


class ShownFigures(Rule):
    """The columns of a table."""

    people: Annotated[tuple[Figure, ...], Field(min_length=1)]
    households: tuple[Figure, ...]

    @model_validator(mode="after")
    def _parts_shown(self) -> ShownFigures:
        for part in PARTS:
            if part not in self.people:
                raise ValueError(f"people 里要有 {part}（图表用）")
        return self


class PeriodPage(Rule):
    """A page of the workbook of progress."""

    page: PageName
    title: Annotated[str, filled("period")]


class CampaignPage(Rule):
    """The page over all months."""

    page: PageName
    title: Annotated[str, filled("first", "last")]


class Pages(Rule):
    """The pages of the workbook of progress."""

    month: PeriodPage
    campaign: CampaignPage
    ranking: PeriodPage
    lists: PeriodPage
    quality: PeriodPage


class ChartWords(Rule):
    """The chart of the towns."""

    title: str


class ListSections(Rule):
    """Headings of the two tables by list."""

    month: str
    campaign: str


class PrintedFooter(Footer):
    """What stands at the foot of a printed page; `&P` page, `&N` pages."""

    left: Annotated[str, filled("period")] = ""
    center: Annotated[str, filled("period")] = ""
    right: Annotated[str, filled("period")] = ""


class CircularWords(Rule):
    """The draft of the circular; `template` lies in the rules folder."""

    path: FileName
    template: FileName
    named: Annotated[str, filled("count")]
    named_none: str
    rate: Annotated[str, filled("percent")]


class QualityGroups(Rule):
    """Whose links are judged."""

    links: str
    reviews: str
    cases: str


class QualityHeaders(Rule):
    """Headers of the table of judged links."""

    kind: str
    by: str
    judged: str
    right: str
    precision: str
    range: str


class QualityReasons(Rule):
    """Why a recall cannot be told."""

    no_sample: str
    no_reviews: str
    few: str
    no_counts: str


class QualityWords(Rule):
    """The linkage's quality as the field found it."""

    #: judged links from which a share is more than a number
    least: Annotated[int, Field(ge=1)]
    group: QualityGroups
    headers: QualityHeaders
    overall: str
    by_list: Annotated[str, filled("list")]
    by_tier: Annotated[str, filled("tier")]
    range: Annotated[str, filled("low", "high")]
    few: str
    recall_said: Annotated[str, filled("percent", "low", "high")]
    recall_unknown: Annotated[str, filled("why")]
    recall_list: Annotated[str, filled("list", "said")]
    why: QualityReasons
    notes: Texts


class Supervision(Rule):
    """Everything that supervision prints."""

    path: FileName
    total: str
    subtotal: Annotated[str, filled("town")]
    blank: str
    places: PlaceWords
    #: villages that no circular names: the words of `sheets.yaml: unknown`
    unplaced: Texts
    units: Units
    figures: dict[Figure, str]
    columns: ShownFigures
    footer: PrintedFooter
    pages: Pages
    note: Annotated[str, filled("as_of", "due")]
    chart: ChartWords
    list_sections: ListSections
    lists_note: str
    ranking_note: Annotated[str, filled("people", "verified_below")]
    colors: dict[Literal["verified", "pending", "overdue", "closed"], Colour]
    definitions: Texts
    circular: CircularWords
    quality: QualityWords

    @model_validator(mode="after")
    def _all_named(self) -> Supervision:
        for figure in FIGURES:
            if figure not in self.figures:
                raise ValueError(f"figures 里缺少 {figure}")
        for part in PARTS:
            if part not in self.colors:
                raise ValueError(f"colors 里缺少 {part}")
        return self


def load_supervision(folder: Path) -> Supervision:
    """Return the words of supervision; raises `RuleFault`."""
    return yaml_file.load(folder / FILE, Supervision)


def load_follow_up(folder: Path) -> FollowUp:
    """Return the part `follow_up` of `screening.yaml` alone; raises `RuleFault`."""
    path = folder / "screening.yaml"
    content, places = yaml_file.parse(path)
    key = "follow_up"
    written = content.get(key) if isinstance(content, dict) else None
    if written is None:
        raise yaml_file.fault(path, (1, 1), key, "缺少这个键")
    try:
        return FollowUp.model_validate(written)
    except ValidationError as error:
        raise yaml_file.first_fault(error, path, places, (key,)) from None


def list_labels(folder: Path) -> dict[str, str]:
    """Return the name of each list as a page that leaves the office may name it.

    Read from the list rules without checking them: that is the month's affair. Raises `RuleFault`.
    """
    labels = {}
    for path in sorted((folder / "lists").glob("*.yaml")):
        content, _ = yaml_file.parse(path)
        if isinstance(content, dict):
            label = content.get("sheet_label") or content.get("title") or path.stem
            labels[path.stem] = str(label)
    return labels


def tier_wordings(folder: Path) -> dict[str, str]:
    """Return what each tier of `matching.yaml` says, by its name; raises `RuleFault`."""
    content, _ = yaml_file.parse(folder / "matching.yaml")
    tiers = content.get("tiers") if isinstance(content, dict) else None
    return {
        str(tier["name"]): str(tier.get("wording", tier["name"]))
        for tier in tiers or ()
        if isinstance(tier, dict) and "name" in tier
    }
