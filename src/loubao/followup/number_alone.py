"""One proven number, one case, where names are masked, missing, spelt as they sound, or changed.

A list may mask in September the name that it wrote in full in August: 周*, *涛. Such a name alone
says too little, and a number alone may be that of a relative. What is made of both:

- An open case is found by its number, where one person of the month and no other case of another
  name has it, whatever the name is now: the sheet asks who it is where the names cannot be one
  (`other_names`). A second number for one proven number would be a second visit.
- A closed case keeps a person off the sheets. It is found so too; but it stays closed only where
  the list that names the person wrote the number before, and all names under it can be one
  (`written_before`), or where its sheets have asked about all of them (`asked_before`). Else it is
  reopened, with the same question.
- Two open cases of one number whose names can be one are merged (`doubles`).
- A starred number that shows the front and the end of a whole one, with the same name in the same
  village, finds an open case too, where nobody else may be meant (`by_starred`).

One list that has two names under a number at a time tells of two people: they stay apart. Several
lists of a month may tell of one (`shared_numbers`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.readings import is_spelt
from loubao.ledger.status import CLOSED
from loubao.linkage.comparison import is_one_number
from loubao.linkage.masked_names import is_hidden_alike
from loubao.linkage.name_levels import levels_of_names

#: Levels at which two names under one number are one name.
_ONE_NAME = (
    *("same", "variant", "reading", "look_alike", "reordered", "masked", "surname_only"),
    *("one_shown", "both_masked", "unknown"),
)
_HIDDEN = "?"
#: How many of the last places of a number lists leave unstarred.
_END = 4
#: The number of one side of a pair, whole or starred, and that of the other.
_DIGITS, _DIGITS_R = ["number", "pattern"], ["number_r", "pattern_r"]
PAIRS: frames.Schema = {"person_key": pl.String, "case_id": pl.Int64}
#: Which lists must have written a number before.
By: TypeAlias = Literal["own list", "any list"]
#: An answer must not be lost where cases are merged: the case that has one lives on.
_ANSWERED = ("applied", "eligible")


def by_number(rows: pl.DataFrame, sightings: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Return `person_key`, `case_id` of people who have the number of a case.

    `rows` are the source RECORDS of the month with `person_key`, `sightings` all SIGHTINGS; `cases`
    are the CASE_FILE of those that may be found: of nobody yet.
    """
    named = sightings.join(cases.select("case_id", "status"), on="case_id")
    people = _bearers(rows, "person_key")
    pairs = (
        proven(named)
        .with_columns(open=~pl.col("status").is_in(CLOSED))
        .select("id_number", "case_id", "open")
        .unique()
        .join(people, on="id_number")
    )
    several = _bearers(sightings, "case_id").select("id_number")
    one_name = pairs.join(unlike(sightings), on="id_number", how="anti")
    one_case = pairs.join(several, on="id_number", how="semi")
    return (
        pl.concat([one_case, one_name])
        .unique()
        # of several cases of one name the open one, then the newest
        .sort("open", "case_id", descending=True)
        .unique("person_key", keep="first", maintain_order=True)
        .unique("case_id", keep="first", maintain_order=True)
        .select(*PAIRS)
        .sort("person_key")
    )


def left_over(
    rows: pl.DataFrame, sightings: pl.DataFrame, cases: pl.DataFrame, case_of: pl.DataFrame
) -> pl.DataFrame:
    """Return `person_key`, `case_id` of people who have the number of an open case, where others of
    that number are recognised.

    Else every month would open one more case for the second of two writings of a number. One person
    and one open case are left, no other name under the number is in the way. `rows`, `sightings`,
    `cases` as in `by_number`; `case_of` has the people who are recognised.
    """
    is_open = cases.filter(~pl.col("status").is_in(CLOSED))
    people = _bearers(rows.join(case_of, on="person_key", how="anti"), "person_key")
    theirs = _bearers(sightings.join(is_open, on="case_id", how="semi"), "case_id")
    names = [names_of(each.join(theirs, on="id_number", how="semi")) for each in (rows, sightings)]
    return (
        people.join(theirs, on="id_number")
        .join(unlike(pl.concat(names)), on="id_number", how="anti")
        .unique("person_key", keep="first", maintain_order=True)
        .unique("case_id", keep="first", maintain_order=True)
        .select(*PAIRS)
        .sort("person_key")
    )


def by_starred(rows: pl.DataFrame, sightings: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Return `person_key`, `case_id` of people and open cases of whose number one side shows both
    ends (350599********1234): the same name in the same village, and no digit differs.

    Beside a whole number the name may hide characters, if it shows two that agree (张*婷). `rows`,
    `sightings`, `cases` as in `by_number`. Where two people or two cases may be meant, open or
    closed, none is found.
    """
    people = _numbered(rows, "person_key")
    theirs = _numbered(sightings, "case_id")
    one_name = people.join(theirs, on=["name_key", "village_code"], suffix="_r")
    hidden = people.join(theirs, on=["village_code", "end"], suffix="_r").filter(
        pl.col("name_key") != pl.col("name_key_r"), pl.col("hides") | pl.col("hides_r")
    )
    hidden = hidden.filter(can_be_one(hidden))
    pairs = pl.concat([one_name, hidden], how="diagonal")
    fit = [is_one_number(*each) for each in pairs.select(_DIGITS + _DIGITS_R).iter_rows()]
    every = pairs.with_columns(fit=pl.Series(fit, dtype=pl.Boolean))
    # one that differs speaks against all others of the two
    alike = every.group_by("person_key", "case_id").agg(pl.col("fit").all()).filter("fit")
    single = [pl.len().over(key) == 1 for key in ("person_key", "case_id")]
    is_open = cases.filter(~pl.col("status").is_in(CLOSED))
    return (alike.filter(*single).join(is_open, on="case_id", how="semi").select(*PAIRS)).sort(
        "person_key"
    )


def _numbered(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """`key`, name, village and number of rows with a proven number and a name that shows two
    characters, or with a starred number and a whole name; `end`: the last four places.
    """
    hides = pl.col("name_key").str.contains(_HIDDEN, literal=True)
    shown = pl.col("name_key").str.replace_all(_HIDDEN, "", literal=True).str.len_chars()
    is_proven = pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False)
    starred = (pl.col("id_status") == "masked").fill_null(value=False)
    return (
        rows.filter((is_proven & (~hides | (shown > 1))) | (starred & ~hides))
        .select(
            *(key, "name", "name_key", "village_code"),
            hides=hides,
            number=pl.when(is_proven).then("id_number"),
            pattern=pl.when(starred).then("id_pattern"),
            end=pl.when(is_proven).then("id_number").otherwise("id_pattern").str.tail(_END),
        )
        .drop_nulls(["name_key", "village_code"])
        .unique()
    )


def doubles(
    case_of: pl.DataFrame, cases: pl.DataFrame, sightings: pl.DataFrame, different: pl.DataFrame
) -> dict[int, int]:
    """Return open cases of one proven number and name: case → the one into which it is merged.

    `cases` are the CASE_FILE of those that are not merged yet. `case_of` has `person_key`,
    `case_id` of the people who are recognised: two people are two cases. `different` has pairs,
    `case_id` and `other`, that a verdict keeps apart.
    """
    cases = cases.filter(~pl.col("status").is_in(CLOSED))
    named = proven(sightings).join(cases.select("case_id", "status"), on="case_id")
    several = (
        named.group_by("id_number")
        .agg(cases=pl.col("case_id").n_unique())
        .filter(pl.col("cases") > 1)
    )
    if several.is_empty():
        return {}
    named = named.join(several, on="id_number", how="semi")
    every_name = sightings.join(several, on="id_number", how="semi")  # of closed cases too
    at_a_time = named.group_by("id_number", "list", "month").agg(n=pl.col("case_id").n_unique())
    apart = pl.concat([unlike(every_name), at_a_time.filter(pl.col("n") > 1).select("id_number")])
    found = set(case_of["case_id"])
    denied = {frozenset(pair) for pair in different.iter_rows()}
    into: dict[int, int] = {}
    # of several cases the answered one lives on, then that of a person of the month, the oldest
    groups = (
        named.join(apart, on="id_number", how="anti")
        .select("id_number", "case_id", unanswered=~pl.col("status").is_in(_ANSWERED))
        .unique()
        .with_columns(unnamed=~pl.col("case_id").is_in(list(found)))
        .sort("id_number", "unanswered", "unnamed", "case_id")
        .group_by("id_number", maintain_order=True)
        .agg("case_id", "unanswered")
    )
    for _, members, unanswered in groups.iter_rows():
        first, *others = members
        alone = len(found & set(members)) <= 1 and sum(not each for each in unanswered) <= 1
        if alone and not any(frozenset((first, each)) in denied for each in others):
            into |= {case: into.get(first, first) for case in others if case not in into}
    return into


def written_before(
    case_of: pl.DataFrame,
    rows: pl.DataFrame,
    records: pl.DataFrame,
    before: pl.DataFrame,
    by: By,
    settled: pl.DataFrame,
) -> pl.DataFrame:
    """Return `person_key`, `case_id`, `id_number` of people whose own list, or any, wrote their
    number for the case in an earlier month, and all names under it can be one.

    `records` are all RECORDS of the month, `before` the SIGHTINGS of earlier months.
    """
    writing = ["case_id", "id_number", *(["list"] if by == "own list" else [])]
    named = proven(rows).select("person_key", "list", "id_number").join(case_of, on="person_key")
    pairs = named.join(proven(before), on=writing, how="semi")
    names = pl.concat(
        [names_of(each.join(pairs, on="id_number", how="semi")) for each in (records, before)]
    )
    return (
        pairs.join(unlike(names, settled), on="id_number", how="anti")
        .select(*PAIRS, "id_number")
        .unique()
        .sort("person_key", "case_id")
    )


def proven(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a proven number."""
    return rows.filter(pl.col("id_status").is_in(frames.PROVEN_STATUSES).fill_null(value=False))


def names_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers and names of rows with a proven number."""
    return proven(rows).select("id_number", "id_status", "name", "name_key")


def _bearers(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """`id_number`, `key` of the proven numbers that only one person or case has."""
    return (
        proven(rows)
        .group_by("id_number")
        .agg(pl.col(key).first(), bearers=pl.col(key).n_unique())
        .filter(pl.col("bearers") == 1)
        .drop("bearers")
    )


def unlike(rows: pl.DataFrame, settled: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return the `id_number` of the proven numbers under which two names cannot be one.

    `settled`: `id_number`, `name_key` of names that somebody has said are one person's.
    """
    names = names_of(rows).unique(maintain_order=True)
    pairs = names.join(names, on="id_number", suffix="_r").filter(
        pl.col("name").fill_null("") < pl.col("name_r").fill_null("")
    )
    return pairs.filter(~can_be_one(pairs, settled)).select("id_number").unique()


def can_be_one(pairs: pl.DataFrame, settled: pl.DataFrame | None = None) -> pl.Series:
    """Return whether the names `name` and `name_r` of each pair (with their keys) can be one.

    With `settled` (as in `unlike`) also where somebody has said so; pairs have `id_number` then.
    """
    sides = pairs.select(
        l_name="name", l_name_key="name_key", r_name="name_r", r_name_key="name_key_r"
    )
    alike = levels_of_names(sides).cast(pl.String).is_in(_ONE_NAME)
    spelt = [
        is_hidden_alike(one or "", other or "") or is_spelt(one or "", other or "")
        for one, other in sides.select("l_name_key", "r_name_key").iter_rows()
    ]
    can = alike | pl.Series(spelt, dtype=pl.Boolean)
    return can if settled is None else can | are_settled(pairs, settled)


def are_settled(pairs: pl.DataFrame, settled: pl.DataFrame) -> pl.Series:
    """Return whether somebody has said that both names of each pair are one person's."""
    known = settled.select(pl.concat_str("id_number", "name_key", separator=" ")).to_series()
    said = [
        pl.concat_str("id_number", key, separator=" ").is_in(known.implode())
        for key in ("name_key", "name_key_r")
    ]
    return pairs.select(said=pl.all_horizontal(said).fill_null(value=False))["said"]
