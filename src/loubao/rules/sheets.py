"""What is printed: sheets.yaml, report.yaml, supervision.yaml and archive.yaml, all of it wording.

The shipped files are the specification. The tables below add what they cannot show by themselves:
ranges, names of columns and figures, placeholders that a text may use beside those it shows.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from loubao.core.file_names import Taken
from loubao.rules.matching import LevelWords
from loubao.rules.output_paths import BOOK, FOLDER, LETTER, OUTPUT, PAGE, SHEETS_PATH, refuse_same
from loubao.rules.patterns import compile_all
from loubao.rules.sheet_columns import SheetColumn, fit_the_sheet
from loubao.rules.wording import Part, Parts, Wording, load_wording
from loubao.rules.yaml_file import Trail, parse

#: What the office fills in on its own list, and all that the list can print.
OFFICE_FILLED = ("back", "result", "why_not", "remark")
_OFFICE = (
    *("case_no", "village", "name", "id_number", "sex", "age", "address", "phone", "sources"),
    *("standing", "proposed", "since", "days", "rolls", "said", *OFFICE_FILLED),
)
#: The figures of progress, and the stacked parts of its chart: together everybody issued.
FIGURES = (
    *("issued", "returned", "verified", "verified_rate", "pending", "overdue", "closed"),
    *("eligible", "applied", "enrolled", "enrolled_rate", "ineligible", "difficult", "sent_back"),
)
STACKED = ("verified", "pending", "overdue", "closed")
#: What the tables of sheets.yaml and archive.yaml can print, by the key of the page.
_TABLES = {
    "summary.set_aside": (
        *("name", "id_number", "town", "village", "list", "sources", "reason", "date"),
        *("file", "sheet", "row"),
    ),
    "summary.validity": (
        *("town", "village", "name", "id_number", "list", "until", "state"),
        *("file", "sheet", "row"),
    ),
    "summary.news": (
        *("town", "village", "case_no", "name", "id_number", "news", "status", "closed", "opened"),
    ),
    "index": ("number", "material", "month", "file", "state", "bytes", "sha256", "origin"),
    "lacking": ("material", "month", "name", "state", "origin", "advice"),
    "posted": (
        *("posting_id", "kind", "month", "as_of", "posted_at", "late_reason", "events"),
        *("version", "chain"),
    ),
}
_PROBLEM_TABLES = {
    "overview": (
        *("file", "list", "column", "code", "title", "value", "near", "count", "people"),
        *("rows", "detail", "advice"),
    ),
    "details": (
        *("file", "sheet", "row", "column", "code", "title", "value", "count", "detail", "advice"),
    ),
}
#: What a workbook of doubtful pairs must have, and what it may have.
_BOOK = ("who", "left", "right", "answer", "remark")
_BOOK_MORE = ("number", "labels", "words", "rolls", "hangs", "weight", "decided")
_SILENT = 0.05  # a weight that reads 0.0

Status: TypeAlias = Literal["uncovered", "review", "partial"]
Share: TypeAlias = Annotated[float, Field(gt=0, lt=1)]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Days: TypeAlias = Annotated[int, Field(ge=0, le=3660)]


def _book_columns(columns: tuple[Wording, ...]) -> None:
    missing = [key for key in _BOOK if key not in {column.key for column in columns}]
    if missing:
        raise ValueError(f"缺少栏目 {missing[0]}")


def _groups_named(village: Wording) -> None:
    for column in village.columns:
        if column.group not in village.groups:
            raise ValueError(f"groups 里没有 {column.group}")


def _office_choices(sheets: Wording) -> None:
    results = [column for column in sheets.village.columns if column.key == "result"]
    for choice in sheets.office.choices:
        if results and choice not in results[0].choices:
            raise ValueError(f"office.choices 里的“{choice}”不是核查表上核查结果的选项")


def _colors_of_outcomes(summary: Wording) -> None:
    for outcome in summary.outcomes:
        if outcome not in summary.colors:
            raise ValueError(f"colors 里缺少 {outcome}")


def _from_weak_to_strong(strengths: tuple[Wording, ...]) -> None:
    bounds = [strength.least for strength in strengths]
    if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)):
        raise ValueError("least 从 0 开始，由小到大")


def _from_young_to_old(starts: tuple[int, ...]) -> tuple[int, ...]:
    if starts[0] != 0 or list(starts) != sorted(set(starts)):
        raise ValueError("应从 0 起，一个比一个大")
    return starts


def _one_or_several(small: int) -> int:
    if small == 2:
        raise ValueError("small 不能是 2：不到 2 人就是 1 人，等于写明了；请用 1 或 3 以上")
    return small


def _parts_shown(columns: Wording) -> None:
    for part in STACKED:
        if part not in columns.people:
            raise ValueError(f"people 里要有 {part}（图表用）")


def _folders_differ(materials: Wording) -> None:
    taken = Taken()
    for material in materials.values():
        if material.folder in taken:
            raise ValueError("materials 里有两类材料的 folder 相同")
        taken.take(material.folder)


def one_of(names: tuple[str, ...], expected: str = "栏目 {name} 不认识，可用：{names}") -> Part:
    """Return the part of a text that must be one of `names`.

    >>> one_of(("name", "sex")).check("age")
    Traceback (most recent call last):
    ValueError: 栏目 age 不认识，可用：name、sex
    """

    def check(value: str) -> None:
        if value not in names:
            raise ValueError(expected.format(name=value, names="、".join(names)))

    return Part(check=check)


def at_least_one(items: tuple[object, ...]) -> None:
    """Raise `ValueError` for an empty list."""
    if not items:
        raise ValueError("至少要有 1 项")


def problem_columns(below: str) -> Parts:
    """Return the parts of the columns of a workbook of issues that stands at the key `below`."""
    return {f"{below}{page}.columns.*.key": one_of(keys) for page, keys in _PROBLEM_TABLES.items()}


def _text(pattern: str, most: int | None = None) -> Part:
    return Part(kind=Annotated[str, Field(pattern=pattern, max_length=most)])


#: The columns of a table: at least one.
COLUMNS = Part(check=at_least_one)
_COLOR = _text(r"^#[0-9A-Fa-f]{6}$")
_FOOTER = ("town", "village", "period")
_PERIOD = Part(fills=("period",))
_SHARE = Annotated[float, Field(gt=0, lt=1)]
_BLANK = Part(kind=Annotated[int, Field(ge=0, le=50)], as_shipped=True)
_HEIGHT = Part(kind=Annotated[float, Field(ge=10, le=400)])
_SHARES = Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]

#: What every printed book is made of: pages, columns, the foot of a page (`&P` page, `&N` pages).
PRINTED: Parts = {
    "path": BOOK,
    "*.path": BOOK,
    "*.page": _text(r"^[^\[\]:*?/\\']+$", most=31),
    "*.width": Part(kind=Annotated[float, Field(ge=1, le=120)]),
    "*.footer": Part(optional={"left": "", "center": "", "right": ""}),
    **dict.fromkeys(("*.footer.left", "*.footer.center", "*.footer.right"), Part(fills=_FOOTER)),
}
SHEETS: Parts = {
    **PRINTED,
    **problem_columns("problems."),
    "problems.note": Part(fills=("overview", "causes")),
    "id_number": Part(kind=Literal["masked", "full"]),
    "fonts.size": Part(kind=Annotated[float, Field(ge=6, le=20)]),
    "fonts.digits": Part(as_shipped=True),
    "fonts.small": Part(kind=Annotated[float, Field(ge=6, le=20)], as_shipped=True),
    "fonts.title": Part(kind=Annotated[float, Field(ge=6, le=40)]),
    "village": Part(check=_groups_named),
    "village.box": Part(kind=Annotated[str, Field(min_length=1, max_length=1)], as_shipped=True),
    "village.group": Part(kind=Annotated[str, AfterValidator(compile_all)], as_shipped=True),
    "village.contact": Part(kind=str | dict[str, str], as_shipped=True),
    "village.blank_line": Part(as_shipped=True),
    "village.instructions.lines.*": Part(fills=("due", "contact", "covering", "not_covering")),
    "village.path": SHEETS_PATH,
    "village.columns": Part(kind=Annotated[tuple[SheetColumn, ...], AfterValidator(fit_the_sheet)]),
    "village.groups": Part(optional=dict.fromkeys(("person", "clue", "visit"))),
    "village.lead": Part(optional=dict.fromkeys(("uncovered", "review", "partial"))),
    "village.row_height.least": _HEIGHT,
    "village.row_height.header": _HEIGHT,
    "village.blank_rows": Part(as_shipped=True),
    "village.blank_rows.typed": _BLANK,
    "village.blank_rows.printed": _BLANK,
    "village.dates.days_before": Part(kind=Days),
    "village.dates.days_after": Part(kind=Days),
    # headings of an error box in a spreadsheet program
    "village.dates.title": Part(kind=Annotated[str, Field(max_length=32)]),
    "village.wrong.title": Part(kind=Annotated[str, Field(max_length=32)]),
    "summary": Part(check=_colors_of_outcomes),
    "summary.roles": Part(optional=dict.fromkeys(("source", "roll", "exclusion"))),
    "summary.outcomes": Part(optional=dict.fromkeys(("covered", "excluded", "not_qualifying"))),
    "summary.colors": Part(
        optional=dict.fromkeys(
            ("uncovered", "review", "partial", "covered", "excluded", "not_qualifying")
        )
    ),
    "*.colors.*": _COLOR,
    **{f"{page}.columns.*.key": one_of(keys) for page, keys in _TABLES.items()},
    # match probabilities from which a candidate would be linked
    "summary.expectation.thresholds": Part(kind=_SHARES),
    # words that older folders do not have
    **dict.fromkeys(
        ("explain.elsewhere", "explain.columns", "explain.particulars"), Part(as_shipped=True)
    ),
    "explain.levels": Part(kind=LevelWords),
    "explain.strengths": Part(check=_from_weak_to_strong),
    "explain.strengths.*.least": Part(kind=Annotated[float, Field(ge=0, le=1000)]),
    **dict.fromkeys(("review", "review.back", "review.link", "review.book"), Part(as_shipped=True)),
    "review.book.columns": Part(check=_book_columns),
    "review.book.columns.*.key": one_of((*_BOOK, *_BOOK_MORE)),
    "issues": Part(open=True),
    "summary.validity": Part(as_shipped=True),
    "details": Part(as_shipped=True),
    "": Part(check=_office_choices),
    "office": Part(as_shipped=True),
    "office.columns": COLUMNS,
    "office.columns.*.key": one_of(_OFFICE),
    "summary.office": Part(as_shipped=True),
    "summary.news.kinds": Part(optional={"unnamed": ""}),
    "summary.news.kinds.office": Part(as_shipped=True),
}
REPORT: Parts = {
    "path": PAGE,
    # a count of people below it is not printed where it could point at a person; 1 prints all
    "small": Part(kind=Annotated[Count, AfterValidator(_one_or_several)]),
    "*.top": Part(kind=Count),
    "quality.most": Part(kind=Count),
    "ages.from": Part(
        kind=Annotated[tuple[Days, ...], Field(min_length=2), AfterValidator(_from_young_to_old)]
    ),
    "weights.bin": Part(kind=Annotated[float, Field(ge=0.01, le=100)]),
    "weights.marks": Part(kind=tuple[Share, ...]),
    "*.colors.*": _COLOR,
}
SUPERVISION: Parts = {
    **PRINTED,
    "circular.path": LETTER,
    "circular.template": LETTER,
    "circular.deadline": Part(as_shipped=True),
    "circular.past": Part(as_shipped=True),
    **dict.fromkeys(("*.footer.left", "*.footer.center", "*.footer.right"), _PERIOD),
    "pages.quality.title": _PERIOD,
    "pages.office": Part(as_shipped=True),
    "office": Part(as_shipped=True),
    "columns": Part(check=_parts_shown),
    "columns.people.*": one_of(FIGURES),
    "columns.households.*": one_of(FIGURES),
    "*.colors.*": _COLOR,
    # verdicts from which a share is more than a number
    "quality.least": Part(kind=Count),
    # what links should be at least, and candidates at least to be worth showing
    "quality.targets": Part(as_shipped=True),
    **dict.fromkeys(("quality.targets.link", "quality.targets.review"), Part(kind=_SHARE)),
    "quality.bands": Part(as_shipped=True),
    **dict.fromkeys(("quality.drawn", "quality.unseen"), Part(as_shipped=True)),
    "quality.advice": Part(as_shipped=True),
    "quality.advice.*": Part(fills=("tier", "judged", "right", "low", "high", "target", "more")),
}
ARCHIVE: Parts = {
    **PRINTED,
    "whole": Part(fills=("missing",)),
    "kinds.review": Part(as_shipped=True),
    "materials": Part(check=_folders_differ),
    "*.folder": _text(r'^[^\x00-\x1f<>:"/\\|?*.~]+$'),
    # folder of a file that a month used with other content before, from the second on
    "again": FOLDER,
    **dict.fromkeys(("index", "lacking", "posted"), Part(optional={"none": ""})),
    **dict.fromkeys(("index.columns", "lacking.columns", "posted.columns"), COLUMNS),
    **{f"{page}.columns.*.key": one_of(keys) for page, keys in _TABLES.items()},
}

#: Where the paths of files of one folder stand.
_PATHS: dict[str, tuple[Trail, ...]] = {
    "sheets": (("summary", "path"), ("problems", "path"), ("office", "path")),
    "supervision": (("path",), ("circular", "path")),
}
_FILES = {"sheets": SHEETS, "report": REPORT, "supervision": SUPERVISION, "archive": ARCHIVE}


def load_printed(folder: Path, name: str) -> Wording:
    """Return the wording of `<name>.yaml` of a rules folder: sheets, report, supervision, archive.

    Raises `RuleFault`.
    """
    path = folder / f"{name}.yaml"
    words = load_wording(path, _FILES[name])
    refuse_same(path, words, _PATHS.get(name, ()), OUTPUT)
    return words


def list_labels(folder: Path) -> dict[str, str]:
    """Return the name of each list as a page that leaves the office may name it.

    Read from the list rules without checking them: that is the month's affair. Raises `RuleFault`.
    """
    labels = {}
    for path in sorted((folder / "lists").glob("*.yaml")):
        file = parse(path)
        label = file.at(("sheet_label",)) or file.at(("title",)) or path.stem
        if isinstance(file.content, dict):
            labels[path.stem] = str(label)
    return labels


def visit_window(village: Wording, issued_on: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of visits that a sheet issued on a day asks for.

    `village`: the part `village` of sheets.yaml. The sheet allows these days, and `collect` takes
    them.

    >>> village = Wording({"dates": Wording({"days_before": 31, "days_after": 366})})
    >>> [str(day) for day in visit_window(village, dt.date(2022, 6, 30))]
    ['2022-05-30', '2023-07-01']
    """
    days = village.dates
    return (
        issued_on - dt.timedelta(days=days.days_before),
        issued_on + dt.timedelta(days=days.days_after),
    )


def weight_in_words(explain: Wording, weight: float) -> str:
    """Return what a match weight says (log2): `supports` or `opposes` with its strength.

    `explain`: the part `explain` of sheets.yaml. A weight that reads 0.0 says nothing (`silent`).

    >>> from loubao.rules import shipped_rules
    >>> explain = load_printed(shipped_rules(), "sheets").explain
    >>> [weight_in_words(explain, weight) for weight in (0.04, 4.9, -9.0)]
    ['没有影响', '支持是同一人（中）', '不像同一人（很强）']
    """
    if abs(weight) < _SILENT:
        return str(explain.silent)
    word = [each.word for each in explain.strengths if each.least <= abs(weight)][-1]
    side: str = explain.supports if weight > 0 else explain.opposes
    return side.format(strength=word)
