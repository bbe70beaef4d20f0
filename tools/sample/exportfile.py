"""An export as a township office gets it: name, format, headers, layout (tables: may, june).

``columns`` reads ``header=field``; ``group>header=field`` makes a header of two rows; ``␣`` is a
space and ``␤`` a line break inside a header. ``members`` are the columns of one further person of
a household row, ``{n}`` counting from 1. The fields are those of ``lists.entry``.
"""

from __future__ import annotations

from dataclasses import dataclass

HOUSEHOLD_MEMBER = "家庭成员{n}姓名=name 家庭成员{n}身份证号=number"
MEDICAL_TITLE = "2021年度个人自付医疗费用超过4万元人员名单"
TOWNS = ("洛阳镇", "东园镇", "张坂镇", "百崎回族乡")


@dataclass(frozen=True)
class Column:
    """One column: the header's group ("" without), the header, the field printed under it."""

    group: str
    header: str
    field: str


@dataclass(frozen=True)
class ExportFile:
    """One file of a month. Formats: xlsx, xls (BIFF), et (BIFF), ods, html, csv, tsv."""

    listed: str
    name: str
    format: str
    columns: str
    members: str = ""  # household rows: the columns of one more person
    pairs: int = 0  # how many such pairs the header offers
    titles: tuple[str, ...] = ()
    footer: str = ""
    sheets: str = "Sheet1"  # name of the sheet; "town": one for each town
    cover: str = ""  # name of a first sheet without data
    towns: tuple[str, ...] = TOWNS  # a declared part holds some towns only
    totals: tuple[str, ...] = ()  # fields summed up in the total row
    subtotals: bool = False  # a 小计 row after each town
    merged: str = ""  # a field whose equal neighbours are merged downwards
    blank_every: int = 0  # a blank row after so many
    hidden_every: int = 0  # every so many-th row is hidden
    dates: str = "iso"  # lists.spelled_date
    codes: str = "short"  # 肢体/二级, "long": 肢体残疾/2级, "digits": 4/2
    villages: str = "village"  # villages.STYLES
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def layout(self) -> tuple[Column, ...]:
        """The columns of the first person, in order."""
        return _columns(self.columns)

    @property
    def member_layout(self) -> tuple[Column, ...]:
        """The columns of all further people of a household row, in order."""
        return tuple(
            column
            for n in range(1, self.pairs + 1)
            for column in _columns(self.members.format(n=n))
        )

    @property
    def number_field(self) -> str:
        """``certificate`` where the list goes by disability certificates, else ``number``."""
        return "certificate" if "=certificate" in self.columns else "number"

    def prints(self, field: str) -> bool:
        """Whether a person's field is to be seen in the file."""
        return any(column.field == field for column in self.layout)


def _columns(text: str) -> tuple[Column, ...]:
    found = []
    for word in text.split():
        header, _, field = word.replace("␣", " ").replace("␤", "\n").partition("=")
        group, _, header = header.rpartition(">")
        found.append(Column(group, header, field))
    return tuple(found)
