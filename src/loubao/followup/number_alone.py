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

One list that has two names under a number at a time tells of two people, or nobody knows: they stay
apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import polars as pl

from loubao.core import frames
from loubao.core.readings import is_spelt
from loubao.followup.brought_forward import BroughtForward
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
_PAIRS: frames.Schema = {"person_key": pl.String, "case_id": pl.Int64}
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
        .select(*_PAIRS)
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
    hidden = hidden.filter(_can_be_one(hidden))
    pairs = pl.concat([one_name, hidden], how="diagonal")
    fit = [is_one_number(*each) for each in pairs.select(_DIGITS + _DIGITS_R).iter_rows()]
    every = pairs.with_columns(fit=pl.Series(fit, dtype=pl.Boolean))
    # one that differs speaks against all others of the two
    alike = every.group_by("person_key", "case_id").agg(pl.col("fit").all()).filter("fit")
    single = [pl.len().over(key) == 1 for key in ("person_key", "case_id")]
    is_open = cases.filter(~pl.col("status").is_in(CLOSED))
    return (alike.filter(*single).join(is_open, on="case_id", how="semi").select(*_PAIRS)).sort(
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
        pairs.join(unlike(names), on="id_number", how="anti")
        .select(*_PAIRS, "id_number")
        .unique()
        .sort("person_key", "case_id")
    )


def asked_before(
    case_of: pl.DataFrame,
    rows: pl.DataFrame,
    records: pl.DataFrame,
    before: pl.DataFrame,
    shown: Mapping[int, Sequence[str]],
) -> pl.DataFrame:
    """Return `person_key`, `case_id`, `id_number` of people all of whose names were asked about.

    Every name under their number, in any list of the month or before it, can be one with a name on
    a sheet of the case (`shown`). `records` are all RECORDS of the month, `before` the SIGHTINGS of
    earlier months.
    """
    pairs = (
        proven(rows).select("person_key", "id_number").unique().join(case_of, on="person_key")
    ).filter(pl.col("case_id").is_in(list(shown)))
    if pairs.is_empty():
        return pairs
    names = pl.concat(
        [names_of(each.join(pairs, on="id_number", how="semi")) for each in (records, before)]
    ).unique()
    printed = (
        proven(before)
        .filter(pl.struct("case_id", "name").is_in(_printed(shown)))
        .select("case_id", name_r="name", name_key_r="name_key")
        .unique()
    )
    every = pairs.join(names, on="id_number").join(printed, on="case_id")
    unasked = (
        every.with_columns(can=_can_be_one(every))
        .group_by("person_key", "case_id", "name")
        .agg(pl.col("can").any())
        .filter(~pl.col("can"))
    )
    of_printed = pairs.join(printed, on="case_id", how="semi")
    return of_printed.join(unasked, on="person_key", how="anti").sort("person_key", "case_id")


def _printed(shown: Mapping[int, Sequence[str]]) -> pl.Series:
    """The names on sheets as a list of structs `case_id`, `name`."""
    rows = [{"case_id": case, "name": name} for case, names in shown.items() for name in names]
    schema = {"case_id": pl.Int64, "name": pl.String}
    return pl.DataFrame(rows, schema=schema).to_struct().implode()


def other_names(
    people: pl.DataFrame, before: pl.DataFrame, brought: BroughtForward, firm: pl.DataFrame
) -> dict[str, str]:
    """Return person → the name that the case had before, where the sheet must ask who it is.

    Of an open case the newest name under the same number that cannot be one with those of now; of
    a closed one that on its last sheet, also where it could be one but the person is none of
    `firm`, of whom it is sure that the case is theirs (`person_key`). `people` are source rows with
    `person_key`, `case_id`, `before` the SIGHTINGS of earlier months.
    """
    closed = brought.cases.select("case_id", closed=pl.col("status").is_in(CLOSED))
    shown = pl.DataFrame(
        {"case_id": list(brought.shown), "shown": [each[-1] for each in brought.shown.values()]},
        schema={"case_id": pl.Int64, "shown": pl.String},
    )
    now = proven(people).join(closed, on="case_id")
    then = proven(before).drop_nulls("name").join(shown, on="case_id", how="left")
    on_last_sheet = (pl.col("name_r") == pl.col("shown")).fill_null(False)
    written = ["person_key", "case_id", "closed", "id_number", "name", "name_key"]
    pairs = now.select(written).join(
        then.select("case_id", "id_number", "sighting_id", "name", "name_key", "shown"),
        on=["case_id", "id_number"],
        suffix="_r",
    )
    if pairs.is_empty():
        return {}
    sure = firm.select("person_key").unique().with_columns(sure=pl.lit(True))
    asked = (
        pairs.join(sure, on="person_key", how="left")
        .with_columns(can=_can_be_one(pairs), last=on_last_sheet)
        .group_by("person_key", "name_r", maintain_order=True)
        .agg(
            pl.col("can", "last", "closed").any(),
            sure=pl.col("sure").any().fill_null(False),
            known=pl.col("shown").is_not_null().any(),
            newest=pl.col("sighting_id").max(),
        )
        .filter(~pl.col("closed") | ~pl.col("known") | pl.col("last"))
        .filter(~pl.col("can") | (pl.col("closed") & ~pl.col("sure")))
        .sort("person_key", "newest", descending=[False, True])
        .unique("person_key", keep="first", maintain_order=True)
    )
    return dict(asked.select("person_key", "name_r").iter_rows())


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


def unlike(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the `id_number` of the proven numbers under which two names cannot be one."""
    names = names_of(rows).unique(maintain_order=True)
    pairs = names.join(names, on="id_number", suffix="_r").filter(
        pl.col("name").fill_null("") < pl.col("name_r").fill_null("")
    )
    return pairs.filter(~_can_be_one(pairs)).select("id_number").unique()


def _can_be_one(pairs: pl.DataFrame) -> pl.Series:
    """Whether the names `name` and `name_r` of each pair (with their keys) can be one name."""
    sides = pairs.select(
        l_name="name", l_name_key="name_key", r_name="name_r", r_name_key="name_key_r"
    )
    alike = levels_of_names(sides).cast(pl.String).is_in(_ONE_NAME)
    spelt = [
        is_hidden_alike(one or "", other or "") or is_spelt(one or "", other or "")
        for one, other in sides.select("l_name_key", "r_name_key").iter_rows()
    ]
    return alike | pl.Series(spelt, dtype=pl.Boolean)
