"""Persons asked for: everybody whom a case number, a name or an ID number may mean.

Why a person is on no sheet is answered from the month's frames and the ledger together.

A name or number that is asked for is in no message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from loubao.core.characters import folded
from loubao.core.faults import Usage
from loubao.core.notation import masked
from loubao.followup.whereabouts import Whereabouts
from loubao.screening.explanation import Explainer
from loubao.screening.inquiry import Finding, Inquiry, Person, ScreenedMonth, inquiry

#: The number of a case, with a ledger or without one, or its end.
_CASE_NO = re.compile(r"[0-9]{3}-[0-9]{4}-[0-9]{5,}|[0-9]{6}-[0-9]{5,}|[0-9]{1,5}")
#: Places of rows that a message names.
_PLACES = 5
_UNREADABLE = "看不出是编号、姓名还是身份证号；编号见核查表第一栏，姓名、号码请照名单写"


@dataclass(frozen=True)
class Wanted:
    """Who is asked for: a case number or its end, a name or an ID number.

    Of several people those of a `village` (or town), and of these the one of that number in the
    list (`which`, from 1).
    """

    text: str
    village: str | None = None
    which: int | None = None

    @cached_property
    def plain(self) -> str:
        """The text without full-width characters, and without spaces at its ends."""
        return unicodedata.normalize("NFKC", self.text).strip()

    @property
    def case_no(self) -> str | None:
        """The case number, or its end; None for a name or an ID number.

        >>> Wanted("１２").case_no, Wanted("104-2022-00012").case_no, Wanted("张三").case_no
        ('12', '104-2022-00012', None)
        """
        return self.plain if _CASE_NO.fullmatch(self.plain) else None


@dataclass(frozen=True)
class Entry:
    """Somebody who may be meant: the person of the month, the cases that the ledger has, how the
    person is written, and the case on a sheet of the month (None: on none).
    """

    person: Person
    cases: tuple[int, ...]
    written: Mapping[str, Any]
    case_no: str | None


@dataclass(frozen=True)
class Search:
    """What is looked through: a month (`folder` names it) and perhaps the ledger."""

    folder: str
    month: ScreenedMonth
    ledger: Whereabouts | None
    explainer: Explainer

    def chosen(self, wanted: Wanted) -> Sequence[Entry]:
        """Return those who may be meant; raises `Usage` where there is nobody."""
        entries = self._numbered(wanted.case_no) if wanted.case_no else self._named(wanted.text)
        if wanted.village is not None:
            part = folded(unicodedata.normalize("NFKC", wanted.village).strip())
            entries = [one for one in entries if part in _home(one.written)]
            if not entries:
                raise Usage("找到的人都不在这个村（乡镇）；不写 --village 看全部")
        if wanted.which is None:
            return entries
        if not 1 <= wanted.which <= len(entries):
            raise Usage(f"--which 应在 1 至 {len(entries)} 之间；不写 --which 看全部")
        return [entries[wanted.which - 1]]

    def several(self, entries: Sequence[Entry], people: bool) -> list[dict[str, Any]]:
        """Return for each of several people what decides, shortly; the report without names."""
        return [
            {
                "certain": one.person.certain,
                "case_no": one.case_no,
                "rows": self._rows(one.person),
                "decides": self._decides(one),
                **(_shown(one.written) if people else {}),
            }
            for one in entries
        ]

    def whereabouts(self, one: Entry, people: bool) -> dict[str, Any]:
        """Return all that decides about a person; `values` and names only with `people`."""
        return {
            "certain": one.person.certain,
            "case_no": one.case_no,
            "rows": self._rows(one.person),
            "maybe_of": self.month.maybe_of(one.person),
            "findings": self._findings(one.person, people),
            "ledger": self.ledger.accounts(one.cases, people) if self.ledger else None,
            "set_aside_before": self._set_aside_before(one.person),
            **({"person": _shown(one.written)} if people else {}),
        }

    def _named(self, text: str) -> list[Entry]:
        """Everybody of a name or an ID number."""
        asked = inquiry(text)
        if asked is None:
            raise Usage(_UNREADABLE)
        entries = self._entries(asked)
        if not entries:
            raise Usage(self._nobody(asked))
        return entries

    def _numbered(self, case_no: str) -> list[Entry]:
        """The people of cases that are on no sheet of the month."""
        cases = self.ledger.numbered(case_no) if self.ledger else []
        if not cases or self.ledger is None:
            raise Usage(self._no_such_number())
        entries = []
        for case in cases:
            written = self.ledger.written([case])
            text = written.get("id_number") or written.get("id_pattern") or written.get("name")
            asked = inquiry(text) if text else None
            of_case = [one for one in self._entries(asked) if case in one.cases] if asked else []
            entries += of_case or [self._entry(self._nobody_of_month, (case,))]
        return entries

    def _entries(self, asked: Inquiry) -> list[Entry]:
        people = self.month.people(asked)
        if self.ledger is None:
            return [self._entry(one, ()) for one in people]
        cases = self.ledger.cases(people, asked)
        entries = [self._entry(*each) for each in zip(people, cases.of_people, strict=True)]
        return entries + [self._entry(self._nobody_of_month, ids) for ids in cases.others]

    @property
    def _nobody_of_month(self) -> Person:
        return Person(self.month.records.clear(), None, True)

    def _entry(self, person: Person, cases: tuple[int, ...]) -> Entry:
        written, case_no = person.best, person.case_no
        if self.ledger is not None and cases:
            written = written or self.ledger.written(cases)
            if case_no is None:  # carried: on a sheet, and on no list of the month
                on_sheets = set(self.month.cases["case_no"])
                numbers = (each["case_no"] for each in self.ledger.accounts(cases))
                case_no = next((number for number in numbers if number in on_sheets), None)
            if case_no is not None and self.ledger.is_offices(case_no):
                case_no = None
        return Entry(person, cases, written or {}, case_no)

    def _rows(self, person: Person) -> list[dict[str, Any]]:
        order = (pl.col("role") != "source", "record_id")
        return [self.month.row(record) for record in person.rows.sort(*order)["record_id"]]

    def _findings(self, person: Person, people: bool) -> list[dict[str, Any]]:
        if person.rows.is_empty() or person.case_no is not None:
            return []
        return [self._finding(each, people) for each in self.month.findings(person)]

    def _finding(self, finding: Finding, people: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"code": finding.code}
        if finding.row is not None:
            found |= self.month.row(finding.row)
        if finding.by is not None:
            wording = self.explainer.wording(finding.tier, "link") if finding.tier else None
            found["by"] = {**self.month.row(finding.by), "tier": finding.tier, "wording": wording}
        if finding.because is not None:
            found["because"] = finding.because
        if finding.since is not None:
            found["since"] = finding.since.isoformat()
        if finding.values and people:
            found["values"] = {name: _value(value) for name, value in finding.values.items()}
        return found

    def _set_aside_before(self, person: Person) -> list[dict[str, Any]]:
        if self.ledger is None or person.case_no is not None:
            return []
        return self.ledger.set_aside_before(person)

    def _decides(self, one: Entry) -> dict[str, Any]:
        """What weighs most about a person: the sheet, the month's lists, the ledger, a likeness."""
        if one.case_no is not None:
            return {"code": "on_sheet", "case_no": one.case_no}
        findings = self._findings(one.person, people=False)
        first = findings[0] if findings else None
        if first and first["code"] in {"covered", "excluded"}:
            return first
        if self.ledger is not None and one.cases:
            return {"code": "ledger", **self.ledger.accounts(one.cases)[0]}
        before = self._set_aside_before(one.person)
        if before and first and first["code"] == "open":
            return {"code": "set_aside_before", **before[-1]}
        maybe = self.month.maybe_of(one.person)
        if maybe and first and first["code"] == "not_named":
            return {"code": "maybe", "case_no": maybe[0]}
        return first or {"code": "ledger"}

    # -- what is said of nobody ---------------------------------------------------------------

    def _no_such_number(self) -> str:
        where = f"{self.folder} 和台账里都" if self.ledger else f"{self.folder} 里"
        numbers = self.month.cases["case_no"].sort().to_list()
        if not numbers:
            return f"{where}没有这个编号；这个月没有待核查的人"
        return (
            f"{where}没有这个编号；编号见核查表第一栏，从 {numbers[0]} 到 {numbers[-1]}。"
            "别的月份请用 --out 指明文件夹"
        )

    def _nobody(self, asked: Inquiry) -> str:
        """What was looked through in vain, and the places of names that are near."""
        records = self.month.records
        what = "姓名" if asked.kind == "name" else "身份证号"
        too = "，台账里也没有" if self.ledger else "；没有查台账（用 --ledger 指明）"
        sentences = [
            f"{self.folder} 读入的 {records['file'].n_unique()} 个文件、{records.height} 人里"
            f"没有这个{what}{too}"
        ]
        if not asked.sound:
            sentences.append("这个号码位数、日期或校验不对，请先核对")
        near = self.month.near(asked)
        if near:
            places = "、".join(_spot(place) for place in near[:_PLACES])
            more = "等" if len(near) > _PLACES else ""
            sentences.append(f"姓名相近或隐去几个字的有 {len(near)} 人：{places}{more}")
        sentences.append("没有读成人的行见 数据问题.xlsx；别的月份请用 --out 指明文件夹")
        return "。".join(sentences)


def _home(written: Mapping[str, Any]) -> str:
    return "".join(filter(None, (written.get("town"), written.get("village"))))


def _shown(written: Mapping[str, Any]) -> dict[str, Any]:
    """Name, masked number, year of birth, town and village: for the screen only."""
    number = written.get("id_number") or written.get("id_pattern")
    born = written.get("birth_date")
    return {
        "name": written.get("name"),
        "number": masked(pl.Series([number], dtype=pl.String)).item(),
        "born": str(born)[:4] if born else None,
        "town": written.get("town"),
        "village": written.get("village"),
    }


def _value(value: Any) -> str:
    """A value of a row as a clerk writes it.

    >>> [_value(value) for value in (40000.0, 0.5, True, "肢体")]
    ['40000', '0.5', '是', '肢体']
    """
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _spot(place: Mapping[str, Any]) -> str:
    sheet = f"“{place['sheet']}”" if place["sheet"] else ""
    return f"{place['file']} {sheet}第{place['row']}行"
