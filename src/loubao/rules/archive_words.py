"""`rules/archive.yaml`: folders and words of what `loubao archive` binds together."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from loubao.rules.rule import Rule, filled
from loubao.rules.sheet_columns import Footer, PageName, PeriodText, TableColumn

INDEX = ("number", "material", "month", "file", "state", "bytes", "sha256", "origin")
LACKING = ("material", "month", "name", "state", "origin", "advice")
POSTED = (
    *("posting_id", "kind", "month", "as_of", "posted_at", "late_reason", "events", "version"),
    "chain",
)

Role: TypeAlias = Literal["input", "rule", "issued", "returned"]
State: TypeAlias = Literal["kept", "missing", "changed"]
Folder: TypeAlias = Annotated[str, Field(min_length=1, pattern=r'^[^\x00-\x1f<>:"/\\|?*.~]+$')]
_Note = Annotated[str, filled("day", "files", "missing")]


class Material(Rule):
    """A kind of file: its name, and the folder of the archive it goes to."""

    title: str
    folder: Folder


class ArchivePage(Rule):
    """One page of the index."""

    page: PageName
    #: instead of an empty table
    none: str = ""
    columns: Annotated[tuple[TableColumn, ...], Field(min_length=1)]


class Archive(Rule):
    """Everything the archive is told by."""

    path: Annotated[str, Field(pattern=r"^[^/\\]+\.xlsx$")]
    title: PeriodText
    note: _Note
    #: the note where nothing is missing
    whole: _Note
    footer: Footer
    materials: dict[Role, Material]
    #: folder of a file that was used in a month with other content before, from the second on
    again: Annotated[str, filled("number"), Field(pattern=r"^[^/\\\\]+$")]
    events: str
    postings: str
    from_ledger: Annotated[str, filled("posting")]
    from_all: str
    states: dict[State, str]
    advice: dict[Literal["missing", "changed"], str]
    index: ArchivePage
    lacking: ArchivePage
    posted: ArchivePage
    kinds: dict[Literal["month", "return"], str]

    @model_validator(mode="after")
    def _all_named(self) -> Archive:
        for key, said, names in (
            ("materials", self.materials, ("input", "rule", "issued", "returned")),
            ("states", self.states, ("kept", "missing", "changed")),
            ("advice", self.advice, ("missing", "changed")),
            ("kinds", self.kinds, ("month", "return")),
        ):
            for name in names:
                if name not in said:
                    raise ValueError(f"{key} 里缺少 {name}")
        folders = [material.folder for material in self.materials.values()]
        if len(set(folders)) < len(folders):
            raise ValueError("materials 里有两类材料的 folder 相同")
        for page, known in ((self.index, INDEX), (self.lacking, LACKING), (self.posted, POSTED)):
            for column in page.columns:
                if column.key not in known:
                    raise ValueError(f"栏目 {column.key} 不认识，可用：{'、'.join(known)}")
        return self
