"""Inquiries: the rows of a month that a name or a number may mean, and why a person is on no sheet.

What somebody types is read as a cell of a list is. Rows are one person where the month linked them,
where they are of one case, or where they have the same name and proven number; nobody is put
together by name alone. What decides about a person is found by the rules (`coverage.judge`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import polars as pl

from loubao.core.components import components
from loubao.core.faults import Usage
from loubao.core.frames import PROVEN_STATUSES, row_place
from loubao.ingest.fields import person_name, resident_id
from loubao.linkage import persons
from loubao.linkage.name_levels import levels_of_names
from loubao.rules.folder import Rules
from loubao.screening.coverage import chances, judge

#: A text with so many digits is a number.
_DIGITS = 5
#: So many characters must show on both sides where one of them is hidden.
_LEAST = {"name": 2, "id_number": 10}
#: Levels of names that are worth a look where nobody has the name itself, the likeliest first.
_NEAR = (
    *("variant", "reading", "look_alike", "masked", "reordered", "one_character"),
    *("surname_only", "one_shown", "both_masked"),
)


@dataclass(frozen=True)
class Inquiry:
    """Who is asked for: a name as it is compared, or a number; `?` for each hidden character.

    `sound`: no number, or one whose check holds, or that of another document.
    """

    kind: Literal["name", "id_number"]
    key: str
    sound: bool = True

    def fits(self) -> pl.Expr:
        """Whether a row has the name or number, as far as it shows."""
        name = self.kind == "name"
        return agrees(pl.col("name_key") if name else pl.coalesce("id_number", "id_pattern"), self)


def inquiry(text: str) -> Inquiry | None:
    """Return who is asked for; None for a text that is neither a name nor a number.

    >>> inquiry("单 小峯"), inquiry("單小峰（户主）") == inquiry("单小峰")
    (Inquiry(kind='name', key='单小峰', sound=True), True)
    >>> inquiry("９９０１０１９００３０７０１２")  # full-width, 15 digits
    Inquiry(kind='id_number', key='99010119900307012X', sound=True)
    >>> inquiry("990101199003070112").sound, inquiry("990101********012X").key
    (False, '990101????????012X')
    >>> inquiry("——")
    """
    digits = sum(sign.isdigit() for sign in unicodedata.normalize("NFKC", text))
    raw = pl.Series([text], dtype=pl.String)
    if digits >= _DIGITS:
        read = resident_id.normalise(raw).row(0, named=True)
        number = read["id_number"] or read["id_pattern"]
        sound = read["id_status"] in (*PROVEN_STATUSES, "other_document", "masked")
        return Inquiry("id_number", number, sound) if number else None
    key = person_name.normalise(raw)["name_key"].item()
    return Inquiry("name", key) if key else None


def agrees(written: pl.Expr, asked: Inquiry) -> pl.Expr:
    """Whether a text is what is asked for, or agrees with it in all that shows on both sides.

    >>> names = pl.DataFrame({"n": ["庄建国", "庄?国", "庄??", "庄建民", None]})
    >>> names.select(agrees(pl.col("n"), Inquiry("name", "庄建国"))).to_series().to_list()
    [True, True, False, False, False]
    """
    shown = pl.lit(0)
    apart = written.str.len_chars() != len(asked.key)
    for at, sign in enumerate(asked.key):
        there = written.str.slice(at, 1)
        if sign != "?":
            shown = shown + (there == sign).cast(pl.Int32)
            apart = apart | ((there != sign) & (there != "?"))
    alike = ~apart & (shown >= _LEAST[asked.kind])
    return ((written == asked.key) | alike).fill_null(False)


@dataclass(frozen=True)
class Finding:
    """One thing that decides about a person.

    covered         a row of `list` named the person, the roll row `by` covers
    excluded        … the row `by` of an exclusion list sets the person aside: `because`, `since`
    open            … and no roll covers: what kept the person off the sheets is in the ledger
    not_qualifying  … the row does not pass a condition of the list: `because`, with its `values`
    not_named       no source list named the person
    """

    code: Literal["covered", "excluded", "open", "not_qualifying", "not_named"]
    list: str | None = None
    row: int | None = None
    because: str | None = None
    since: date | None = None
    by: int | None = None
    tier: str | None = None
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Person:
    """One person of the month: RECORDS, the case on its sheets if any, and whether the name or
    number that was asked for shows in full.
    """

    rows: pl.DataFrame
    case_no: str | None
    certain: bool

    @property
    def numbers(self) -> set[str]:
        """The proven numbers of the person."""
        proven = self.rows.filter(pl.col("id_status").is_in(PROVEN_STATUSES))
        return set(proven["id_number"].drop_nulls())

    @property
    def best(self) -> Mapping[str, Any] | None:
        """The row to name the person by: one of a source list, with a proven number if any."""
        if self.rows.is_empty():
            return None
        proven = pl.col("id_status").is_in(PROVEN_STATUSES)
        order = (pl.col("role") != "source", ~proven, pl.col("village").is_null(), "record_id")
        return self.rows.sort(*order).row(0, named=True)


@dataclass(frozen=True)
class ScreenedMonth:
    """The frames that a month left, its rules, and its day of reckoning."""

    records: pl.DataFrame
    decisions: pl.DataFrame
    cases: pl.DataFrame
    rules: Rules
    as_of: date

    @cached_property
    def _persons(self) -> pl.DataFrame:
        return persons(self.records, self.decisions)

    @cached_property
    def case_of(self) -> Mapping[int, str]:
        """Record → the case that it is a row of."""
        return dict(self.cases.select("record_ids", "case_no").explode("record_ids").iter_rows())

    def numbered(self, case: str) -> dict[str, Any] | None:
        """Return the case of a number, or whose number ends with it; None without one.

        Raises `Usage` where several do.
        """
        number = pl.col("case_no")
        same = number == case
        if case.isdecimal():
            same = same | (number.str.split("-").list.last() == case.zfill(5))
        found = self.cases.filter(same)
        if found.height > 1:
            numbers = "、".join(found["case_no"].sort().to_list())
            raise Usage(f"有几个编号以 {case} 结尾，请写全：{numbers}")
        return found.row(0, named=True) if found.height else None

    def row(self, record_id: int) -> dict[str, Any]:
        """Return list and place of a row."""
        row = self.records.row(by_predicate=pl.col("record_id") == record_id, named=True)
        title = self.rules.lists[row["list"]].sheet_label
        return {"list": row["list"], "title": title, "place": row_place(row)}

    def people(self, asked: Inquiry) -> list[Person]:
        """Return the people whom an inquiry may mean: those on a sheet first."""
        found = self.records.filter(asked.fits())
        written = "name_key" if asked.kind == "name" else "id_number"
        exact = set(found.filter((pl.col(written) == asked.key).fill_null(False))["record_id"])
        return self.people_of(found["record_id"], exact)

    def people_of(self, record_ids: Iterable[int], exact: Iterable[int] = ()) -> list[Person]:
        """Return the people of some rows, with all their rows; `exact` show what was asked for."""
        wanted = set(record_ids)
        certain = set(exact)
        ids, edges = self._around(wanted)
        owner: dict[int, int] = components(edges)
        members: dict[int, list[int]] = {}
        for record in sorted(ids):
            members.setdefault(owner.get(record, record), []).append(record)
        people = [
            Person(
                self.records.filter(pl.col("record_id").is_in(rows)),
                next((self.case_of[row] for row in rows if row in self.case_of), None),
                bool(certain & set(rows)),
            )
            for rows in members.values()
            if wanted & set(rows)
        ]
        return sorted(
            people,
            key=lambda one: (one.case_no is None, one.case_no or "", one.rows["record_id"].min()),
        )

    def _around(self, wanted: set[int]) -> tuple[set[int], list[tuple[int, int]]]:
        """The rows that belong with some rows, through others too, and what joins them."""
        links = self.decisions.filter(pl.col("decision") == "link").select("left_id", "right_id")
        of_persons = self._persons.select(
            right_id="record_id", left_id=pl.col("record_id").min().over("person_key")
        )
        of_cases = self.cases.select(
            left_id=pl.col("record_ids").list.first(), right_id="record_ids"
        ).explode("right_id")
        proven = self.records.filter(pl.col("id_status").is_in(PROVEN_STATUSES))
        numbered = proven.select(
            right_id="record_id", left_id=pl.col("record_id").min().over("id_number", "name_key")
        )
        pairs = pl.concat(
            frame.select(pl.col("left_id", "right_id").cast(pl.UInt64))
            for frame in (links, of_persons, of_cases, numbered)
        ).filter(pl.col("left_id") != pl.col("right_id"))
        ids = set(wanted)
        while True:
            near = pairs.filter(pl.col("left_id").is_in(ids) | pl.col("right_id").is_in(ids))
            more = ids | set(near["left_id"]) | set(near["right_id"])
            if more == ids:
                return ids, near.sort("left_id", "right_id").rows()
            ids = more

    def maybe_of(self, person: Person) -> list[str]:
        """Return the cases on a sheet for which a row of a person was left for review."""
        of_case = self.cases.select("case_no", pl.col("candidate_ids")).explode("candidate_ids")
        rows = pl.col("candidate_ids").is_in(person.rows["record_id"].to_list())
        return of_case.filter(rows)["case_no"].unique().sort().to_list()

    def near(self, asked: Inquiry) -> list[dict[str, Any]]:
        """Return the places of rows whose name is near one that nobody has, the likeliest first."""
        if asked.kind != "name":
            return []
        keys = self.records.select(r_name_key="name_key", r_name="name").drop_nulls().unique()
        sides = keys.with_columns(l_name_key=pl.lit(asked.key), l_name=pl.lit(asked.key))
        level = levels_of_names(sides).cast(pl.String)
        rank = level.replace_strict(
            {name: at for at, name in enumerate(_NEAR)}, default=None, return_dtype=pl.Int32
        )
        alike = keys.select(name_key="r_name_key", rank=rank).drop_nulls().group_by("name_key")
        rows = self.records.join(alike.agg(pl.col("rank").min()), on="name_key")
        return [row_place(row) for row in rows.sort("rank", "record_id").iter_rows(named=True)]

    def findings(self, person: Person) -> list[Finding]:
        """Return what decides about a person who is on no sheet, what weighs most first."""
        sources = person.rows.filter(pl.col("role") == "source")
        named = self._outcomes(sources.filter(pl.col("qualifies")))
        failed = [
            self._failed(row) for row in sources.iter_rows(named=True) if not row["qualifies"]
        ]
        if named or failed:
            return [*named, *failed]
        return [Finding("not_named")]

    def _outcomes(self, sources: pl.DataFrame) -> list[Finding]:
        if sources.is_empty():
            return []
        rows = sources.insert_column(0, pl.lit("P").alias("person_key"))
        of_month = (rows, self.records, self.decisions, self.rules, self.as_of)
        first = dict(sources.group_by("list").agg(pl.col("record_id").min()).iter_rows())
        findings = []
        for outcome in judge(*of_month).iter_rows(named=True):
            name = outcome["list"]
            base = {"list": name, "row": first[name]}
            if outcome["outcome"] == "covered":
                by, tier = self._covering(chances(*of_month), rows, name)
                findings.append(Finding("covered", **base, by=by, tier=tier))
            elif outcome["outcome"] == "excluded":
                why = {"because": outcome["outcome_because"], "since": outcome["outcome_since"]}
                findings.append(Finding("excluded", **base, **why, by=outcome["outcome_by"]))
            else:
                findings.append(Finding("open", **base))
        return findings

    def _covering(
        self, offs: pl.DataFrame, rows: pl.DataFrame, source: str
    ) -> tuple[int | None, str | None]:
        """The linked row of a roll that covers for a list, and the tier that linked it."""
        links = self.decisions.filter(
            (pl.col("decision") == "link") & pl.col("left_id").is_in(rows["record_id"].to_list())
        )
        rolls = self.records.filter(pl.col("role") == "roll").select(right_id="record_id")
        covering = (
            links.join(offs.filter(list=source).select("right_id"), on="right_id", how="semi")
            .join(rolls, on="right_id", how="semi")
            .sort("match_weight", descending=True, nulls_last=True)
        )
        return next(covering.select("right_id", "tier").iter_rows(), (None, None))

    def _failed(self, row: Mapping[str, Any]) -> Finding:
        """A row that does not pass: the condition in words, and the row's own values in it."""
        rule = self.rules.lists[row["list"]]
        because = row["failed_condition"]
        fields = next((c.fields for c in rule.conditions if c.otherwise == because), frozenset())
        labels = {name: rule.fields[name].label for name in sorted(fields) if name in rule.fields}
        values = {label: row[name] for name, label in labels.items() if row.get(name) is not None}
        return Finding(
            "not_qualifying", row["list"], row["record_id"], because=because, values=values
        )
