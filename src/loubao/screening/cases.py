"""Cases: the people to visit, each once, with every reason and every doubt.

`find` takes the outcome of each person and source list (`coverage.judge`), keeps the people that no
roll covers in full, puts households together and lays the cases in the order of the sheets. They
are then numbered: by the run (`numbered`), or by the ledger (`followup.dispositions`). `present`
adds what a sheet says of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from loubao.core import frames
from loubao.rules.folder import Rules
from loubao.rules.wording import Wording
from loubao.screening.addresses import Titles, group_of, in_order, without_group
from loubao.screening.annotations import benefits, doubts, phrase, same_person
from loubao.screening.coverage import STATUSES, chances, excluded, judge, list_label
from loubao.screening.households import households
from loubao.screening.stated import CONTRADICTION, contradictions
from loubao.screening.stated import doubts as doubts_of_statements

#: One row a case, in the order of the sheets: everything a sheet may print. `doubts` name somebody
#: who may be the person, and `asks` says whether the line asks if that is so; `stated` is what the
#: list says of cover against the rolls. `address` is within the village, and without its `group`.
DETAILS: frames.Schema = {
    "case_no": pl.String,
    "person_key": pl.String,
    "town": pl.String,
    "village": pl.String,
    "village_code": pl.String,
    "household": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "name": pl.String,
    "id_number": pl.String,
    "sex": pl.String,
    "birth_date": pl.Date,
    "age": pl.Int32,
    "group": pl.String,
    "address": pl.String,
    "phone": pl.String,
    "lists": pl.List(pl.String),
    "sources": pl.List(pl.String),
    "news": pl.String,
    "clues": pl.List(pl.String),
    "benefits": pl.List(pl.String),
    "doubts": pl.List(pl.String),
    "stated": pl.List(pl.String),
    "asks": pl.Boolean,
}


@dataclass(frozen=True)
class Screened:
    """The result of the screening.

    cases     CASES
    details   DETAILS, a row a case
    excluded  `coverage.EXCLUDED`
    outcomes  `coverage.OUTCOME` of every person and list, on a sheet or not, so that counts add up
    chances   `coverage.CHANCES`
    contradictions  `stated.CONTRADICTION` of all people
    """

    cases: pl.DataFrame
    details: pl.DataFrame
    excluded: pl.DataFrame
    outcomes: pl.DataFrame
    chances: pl.DataFrame
    contradictions: pl.DataFrame = field(default_factory=lambda: frames.empty(CONTRADICTION))


@dataclass(frozen=True)
class Found:
    """The people that no roll covers in full, before numbers and sentences.

    rows       source RECORDS of all people with `person_key`
    case_rows  those of them that make somebody a case, with their OUTCOME
    cases      CASES without `case_no`, in the order of the sheets
    outcomes   `coverage.OUTCOME` of all people
    """

    rows: pl.DataFrame
    case_rows: pl.DataFrame
    cases: pl.DataFrame
    outcomes: pl.DataFrame


def find(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    persons: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> Found:
    """Return the people that no roll covers in full.

    `records` and `decisions` are the frames of that name; `persons` has `record_id` (UInt64) and
    `person_key` (String) for every qualifying source row.
    """
    rows = persons.join(records, on="record_id", maintain_order="left")
    outcomes = judge(rows, records, decisions, rules, as_of)
    still_open = outcomes.filter(pl.col("outcome").is_in(STATUSES))
    case_rows = rows.join(still_open, on=["person_key", "list"], maintain_order="left")
    cases = ordered(_cases(case_rows, records, decisions, rules), case_rows, rules)
    return Found(rows, case_rows, cases, outcomes)


def numbered(cases: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Number the cases of one run: its month, and their place on the sheets.

    >>> numbered(pl.DataFrame({"person_key": ["P3", "P1"]}), date(2022, 6, 30))["case_no"].to_list()
    ['202206-00001', '202206-00002']
    """
    return cases.with_columns(
        case_no=pl.format(
            "{}-{}",
            pl.lit(f"{as_of:%Y%m}"),
            pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(5),
        ),
        news=pl.lit(None, pl.String),
        standing=pl.lit(None, pl.String),
    )


def present(
    found: Found,
    cases: pl.DataFrame,
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    rules: Rules,
    as_of: date,
    earlier: pl.DataFrame | None = None,
) -> Screened:
    """Return what the sheets show of `cases`: those of `found` that are sent out, in their order.

    `cases` have `case_no`, `news`, and `standing` (String, as in CASE_ROW). `earlier` are CASE_ROW
    of people of earlier months, who may be the same as a person of the month.
    """
    of_case = found.rows.join(
        cases.select("person_key", "case_no", "standing"), on="person_key", maintain_order="left"
    )
    case_rows = found.case_rows.join(cases, on="person_key", how="semi", maintain_order="left")
    numbers = of_case.select("record_id", "person_key", "case_no", "standing")
    contradicting = contradictions(found.rows, records, decisions, rules, as_of)
    everybody = numbers if earlier is None else pl.concat([numbers, earlier])
    details = (
        cases.with_row_index("_place")
        .join(_printed(case_rows, rules), on="person_key", how="left")
        .join(_whereabouts(case_rows, cases, rules), on="person_key", how="left")
        .join(benefits(of_case, records, decisions, rules), on="person_key", how="left")
        .join(doubts(of_case, records, decisions, rules, as_of), on="person_key", how="left")
        .join(same_person(everybody, decisions, rules), on="person_key", how="left")
        .join(doubts_of_statements(contradicting), on="person_key", how="left")
        .with_columns(
            pl.col("benefits").fill_null([]),
            pl.col("stated").fill_null([]),
            doubts=pl.concat_list(pl.col("doubts").fill_null([]), pl.col("same").fill_null([])),
            asks=pl.col("asks").fill_null(False) | pl.col("same").is_not_null(),
        )
        .sort("_place")
    )
    return Screened(
        cases=frames.conform(cases.select([*frames.CASES]), frames.CASES),
        details=frames.conform(details.select([*DETAILS]), DETAILS),
        excluded=excluded(found.rows, found.outcomes, records, rules),
        outcomes=found.outcomes,
        chances=chances(found.rows, records, decisions, rules, as_of),
        contradictions=contradicting,
    )


def screen(
    records: pl.DataFrame,
    decisions: pl.DataFrame,
    persons: pl.DataFrame,
    rules: Rules,
    as_of: date,
) -> Screened:
    """Return the cases of a run without a ledger: everybody found, numbered by the run."""
    found = find(records, decisions, persons, rules, as_of)
    return present(found, numbered(found.cases, as_of), records, decisions, rules, as_of)


def _cases(
    case_rows: pl.DataFrame, records: pl.DataFrame, decisions: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """One row a person: CASES but for the number."""
    words = rules.screening.wording.statuses
    label = list_label(rules)
    outcome = pl.col("outcome").replace_strict(words, return_dtype=pl.String)
    because = "（" + pl.col("outcome_because") + "）"
    ids = case_rows.select("record_id", "person_key")
    rolls = records.filter(pl.col("role") != "source").select(right_id="record_id")
    near = (
        ids.join(decisions, left_on="record_id", right_on="left_id")
        .join(rolls, on="right_id", how="semi")
        .select("person_key", "right_id", "decision")
    )
    candidates = near.group_by("person_key").agg(candidate_ids=pl.col("right_id").unique().sort())
    linked = near.filter(pl.col("decision") == "link").select("person_key", record_id="right_id")
    own = ids.select("person_key", "record_id")
    homes = households(pl.concat([own, linked]), records, rules.screening.house)
    return (
        case_rows.with_columns(because=label + "：" + outcome + because.fill_null(""))
        .group_by("person_key", maintain_order=True)
        .agg(
            record_ids=pl.col("record_id").unique().sort(),
            lists=pl.col("list").unique().sort(),
            status=pl.col("outcome").cast(pl.Enum(STATUSES)).min().cast(pl.String),
            reason=pl.col("because").unique(maintain_order=True).str.join("；"),
            **_home(),
        )
        .join(candidates, on="person_key", how="left")
        .join(homes, on="person_key", how="left")
        .with_columns(pl.col("candidate_ids").fill_null([]))
    )


def _home() -> dict[str, pl.Expr]:
    """Town, village and code of the first row that has a village, else of the first town.

    A row that says so itself goes before one that stands under a title.
    """
    of_row, placed = pl.col("place_from").is_null(), pl.col("village_code").is_not_null()
    best = (placed & of_row, placed, of_row, pl.lit(True))
    return {
        column: pl.coalesce(pl.col(column).filter(rows).drop_nulls().first() for rows in best)
        for column in ("town", "village", "village_code")
    }


def _whereabouts(case_rows: pl.DataFrame, cases: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `person_key`, `group`, `address` (String): where in the village a person lives.

    The group is the one that a list has, else the one with which the address begins.
    """
    titles, pattern = Titles.of(rules.reading), rules.sheets.village.group
    homes = dict(zip(cases["person_key"], cases.select("town", "village").iter_rows(), strict=True))
    written = (
        best_first(case_rows)
        .group_by("person_key", maintain_order=True)
        .agg(pl.col("village_group", "address").drop_nulls().first())
    )
    found = []
    for person, group, address in written.iter_rows():
        town, village = homes.get(person, (None, None))
        short = titles.without(address, town or "", village or "") if address else ""
        group = group or group_of(short, pattern)
        found.append((person, group or None, without_group(short, group) or None))
    schema = dict.fromkeys(("person_key", "group", "address"), pl.String)
    return pl.DataFrame(found, schema=schema, orient="row")


def ordered(cases: pl.DataFrame, case_rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return cases in the order of the sheets: town, village, group, house, household, person.

    `case_rows` are those of all their people.
    """
    whereabouts = _whereabouts(case_rows, cases, rules)
    towns = {v.town: v.town_code for v in rules.villages}
    town_rank = pl.col("town").replace_strict(towns, default=None, return_dtype=pl.String)
    place = ["_town", "town", "village_code"]
    rows = cases.join(whereabouts, on="person_key", how="left").with_columns(_town=town_rank)
    homes = rows.select("group", "address").unique()
    keys = sorted(homes.iter_rows(), key=lambda home: tuple(map(in_order, home)))
    schema = {"group": pl.String, "address": pl.String}
    ranks = pl.DataFrame(keys, schema=schema, orient="row").with_row_index("_home")
    ranked = rows.join(ranks, on=["group", "address"], how="left", nulls_equal=True)
    least = pl.col("_home", "person_key").min().over([*place, "household"]).name.prefix("_of_")
    order = ("_of__home", "_of_person_key", "_home", "person_key")
    return ranked.with_columns(least).sort(*place, *order, nulls_last=True).select(cases.columns)


def best_first(case_rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of each person, those with a proven number first."""
    proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES)
    return case_rows.with_columns(proven=proven).sort(
        "person_key", "proven", "record_id", descending=[False, True, False]
    )


def _printed(case_rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The printed values of a person: the first value over all rows, those with a proven number
    first.
    """
    clue = clue_of_row(case_rows, rules)
    best = ["name", "sex", "birth_date", "age", "phone"]
    shown_number = pl.coalesce("id_number", "id_pattern", "id_number_raw")
    return (
        best_first(case_rows)
        .with_columns(label=list_label(rules), clue=clue, shown_number=shown_number)
        .group_by("person_key", maintain_order=True)
        .agg(
            *(pl.col(column).drop_nulls().first() for column in best),
            id_number=pl.col("shown_number").drop_nulls().first(),
            sources=pl.col("label").unique().sort(),
            clues=pl.col("clue").filter(pl.col("clue") != "").unique(maintain_order=True),
        )
    )


def clue_of_row(rows: pl.DataFrame, rules: Rules) -> pl.Expr:
    """Return what a sheet says of each source row, as its list words it (String)."""
    unknown = rules.screening.wording.unknown
    clue = pl.lit("")
    for name, rule in rules.lists.items():
        if rule.role == "source":
            template = phrase(rule.wording or rule.sheet_label, rows.schema, unknown)
            clue = pl.when(pl.col("list") == name).then(template).otherwise(clue)
    return clue


def counts_by_village(
    details: pl.DataFrame, sources: Sequence[str], unknown: Wording
) -> pl.DataFrame:
    """Return one row a village sheet: `town`, `village`, `people`, `households`, one column a
    status and one a source list (all Int64), in the order of `details`.

    A person on two lists counts under both; a person without a household counts as one household.
    """
    places = {
        "town": pl.col("town").fill_null(unknown.town),
        "village": pl.col("village").fill_null(unknown.village),
    }
    return (
        details.group_by(**places, maintain_order=True)
        .agg(
            people=pl.len().cast(pl.Int64),
            households=pl.col("household").fill_null(pl.col("person_key")).n_unique(),
            **{status: (pl.col("status") == status).sum() for status in STATUSES},
            **{source: pl.col("lists").list.contains(source).sum() for source in sources},
        )
        .with_columns(pl.exclude("town", "village").cast(pl.Int64))
    )
