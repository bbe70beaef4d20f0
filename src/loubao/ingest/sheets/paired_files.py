"""One roll in two files: families, a row each, and persons, joined by the number of the head.

The person file has the people. The family file adds what it alone says of their household (town,
village, how many are protected), and the people that it alone names. A file that has no other half
is read for what it proves by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from loubao.core.characters import simplified
from loubao.core.frames import IssueRow
from loubao.ingest.raw_cells import blank_as_null, raw
from loubao.ingest.sheets.account import Part
from loubao.ingest.sheets.rows import Extract
from loubao.ingest.sheets.surroundings import PLACE_FIELDS
from loubao.rules.folder import Rules
from loubao.rules.reading import Reading

#: Two files are a pair where so many of the person file's households are in the family file.
_SHARE: Final = 0.5
_FULL_NUMBER: Final = "^[0-9]{17}[0-9X]$|^[0-9]{15}$"
#: Amounts of the household: they stand once, in the row of its first person.
_ONCE: Final = ("amount",)


def joined(parts: Sequence[Part], rules: Rules) -> list[Part]:
    """Return the parts, those of a pair being one roll.

    Each row of a family file whose people are all in the person file is counted as `joined`; of
    the others the people who are not in the person file stay.
    """
    by_list: dict[str, list[int]] = defaultdict(list)
    for place, part in enumerate(parts):
        if part.extract is not None:
            by_list[part.claimed.list_name].append(place)
    result = list(parts)
    for places in by_list.values():
        families = [place for place in places if _of_families(_extract(parts[place]))]
        persons = [place for place in places if place not in families]
        for person in persons:
            for family in families:
                pair = _Pair(result[family], result[person], rules)
                if pair.is_one_roll():
                    result[family], result[person] = pair.family_part(), pair.person_part()
    return result


def _extract(part: Part) -> Extract:
    assert part.extract is not None
    return part.extract


def _of_families(found: Extract) -> bool:
    """Return whether each row is a household: by its layout, or its count beside one head each."""
    rows = found.rows
    if found.household:
        return True
    if raw("head_id") not in rows.columns or raw("protected_count") not in rows.columns:
        return False
    heads = rows[raw("head_id")]
    return heads.null_count() == 0 and heads.n_unique() == heads.len()


def _text(field: str, rows: pl.DataFrame, reading: Reading) -> pl.Expr:
    """The text of a field, null where the sheet has none or means "nothing here"."""
    if raw(field) not in rows.columns:
        return pl.lit(None, pl.String)
    return blank_as_null(pl.col(raw(field)), reading.placeholders)


def _number(field: str, rows: pl.DataFrame, reading: Reading) -> pl.Expr:
    """A number as it is compared, null where it is none in full."""
    bare = _text(field, rows, reading).str.normalize("NFKC").str.to_uppercase()
    bare = bare.str.replace_all(r"[^0-9X*]", "")
    return pl.when(bare.str.contains(_FULL_NUMBER)).then(bare)


def _name(field: str, rows: pl.DataFrame, reading: Reading) -> pl.Expr:
    bare = _text(field, rows, reading).str.normalize("NFKC").str.replace_all(r"\(.*|\s", "")
    return pl.when(bare != "").then(simplified(bare))


class _Pair:
    """A family file and a person file of one list, read side by side."""

    def __init__(self, family: Part, person: Part, rules: Rules) -> None:
        self._family, self._person = family, person
        self._reading, self._words = rules.reading, rules.sheets.details
        self._rule = rules.lists[family.claimed.list_name]
        self._families = self._keyed(_extract(family).rows)
        self._people = self._keyed(_extract(person).rows)
        key = self._families.select("key").drop_nulls().unique()
        self._shared = self._people.select("key").drop_nulls().unique().join(key, on="key")

    def _keyed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add own number and name, the head's, and `key`, the number of the head.

        In a person file without a column for it, that of the person who has the head's name.
        """
        rows = rows.with_row_index("at").with_columns(
            number=_number("id_number", rows, self._reading),
            person=_name("name", rows, self._reading),
            head=_name("head_name", rows, self._reading),
            area=_text("town", rows, self._reading),
            key=_number("head_id", rows, self._reading),
        )
        if rows["key"].null_count() < rows.height:
            return rows
        heads = (
            rows.filter(pl.col("person") == pl.col("head"))
            .group_by("head", "area")
            .agg(key=pl.col("number").drop_nulls().unique())
            .filter(pl.col("key").list.len() == 1)  # else two heads have one name
            .with_columns(pl.col("key").list.first())
        )
        return rows.drop("key").join(
            heads, on=["head", "area"], how="left", nulls_equal=True, maintain_order="left"
        )

    def is_one_roll(self) -> bool:
        """Return whether the two files are about the same households."""
        known = self._people["key"].drop_nulls().n_unique()
        return known > 0 and self._shared.height >= _SHARE * known

    def _twice(self) -> pl.DataFrame:
        """The rows (`at`) of the family file whose person the person file has in his household.

        One that says more stays beside it: another name of the number, a number in full.
        """
        here = self._families.select("at", "key", "number", "person").drop_nulls("key")
        there = self._people.select("key", other="number", named="person").drop_nulls("key")
        both = here.join(there, on="key")
        same_person = (pl.col("person") == pl.col("named")).fill_null(True)
        by_number = both.filter((pl.col("number") == pl.col("other")) & same_person)
        by_name = both.filter((pl.col("person") == pl.col("named")) & pl.col("number").is_null())
        return pl.concat([by_number.select("at"), by_name.select("at")]).unique()

    def _left(self) -> pl.DataFrame:
        """The rows of the family file whose person the person file does not have."""
        return self._families.join(self._twice(), on="at", how="anti", maintain_order="left")

    def family_part(self) -> Part:
        """Return the family file with the people that it alone names, and an issue for each row."""
        before, left = _extract(self._family), self._left()
        kept = set(left["row"])
        gone = [row for row in before.rows["row"].unique().sort() if row not in kept]
        rows = before.rows[left["at"]].with_columns(
            member=pl.int_range(pl.len(), dtype=pl.UInt32).over("row")
        )
        sheet, account = self._family.claimed.sheet, self._family.account
        detail = self._words.MEMBER_OF_FAMILY_FILE.format(file=self._person.claimed.sheet.file)
        shared = left.join(self._shared, on="key", how="semi")
        issues: list[IssueRow] = [
            (sheet.file, sheet.name, row, "", "MEMBER_OF_FAMILY_FILE", detail)
            for row in shared["row"].unique().sort()
        ]
        counts = account.counts | {
            "records": rows["row"].n_unique(),
            "people": rows.height,
            "joined": account.counts.get("joined", 0) + len(gone),
        }
        skipped = account.skipped | {"joined": (*account.skipped.get("joined", ()), *gone)}
        return replace(
            self._family,
            extract=replace(before, rows=rows),
            account=replace(account, counts=counts, skipped=skipped),
            issues=[*self._family.issues, *issues],
        )

    def person_part(self) -> Part:
        """Return the person file with what the family file says of each household."""
        before = _extract(self._person)
        fields = self._fields()
        of_family = (
            self._families.drop_nulls("key")
            .sort("row", "slot")
            .group_by("key", maintain_order=True)
            .agg(
                _text(f, self._families, self._reading).first().alias(f"family:{f}") for f in fields
            )
        )
        rows = self._people.join(of_family, on="key", how="left", maintain_order="left")
        first = pl.int_range(pl.len()).over("key") == 0
        rows = rows.with_columns(
            pl.coalesce(
                _text(field, self._people, self._reading),
                pl.when(first | pl.lit(field not in _ONCE)).then(f"family:{field}"),
                pl.col(raw(field)) if raw(field) in rows.columns else None,
            ).alias(raw(field))
            for field in fields
        )
        rows = rows.with_columns(household_people=self._household_people(rows))
        added = ("at", "number", "person", "head", "area", "key")
        rows = rows.drop(*added, *(f"family:{field}" for field in fields))
        issues = self._person.issues
        if set(PLACE_FIELDS) & set(fields):
            issues = [issue for issue in issues if issue[4] != "VILLAGE_MISSING"]
        return replace(self._person, extract=replace(before, rows=rows), issues=issues)

    def _fields(self) -> list[str]:
        """What the family file says of a household that the person file does not say at all."""
        family, person = _extract(self._family).rows, _extract(self._person).rows
        wanted = (*self._reading.household_fields, "address", "phone", *_ONCE)
        return [
            field
            for field in dict.fromkeys(wanted)
            if field in self._rule.fields and raw(field) in family.columns
            if field not in _ONCE or raw(field) not in person.columns
        ]

    def _household_people(self, rows: pl.DataFrame) -> pl.Expr:
        """How many people both files name of a household; null where each says who is protected.

        Where the person file names as many as are protected it names the protected, and those of
        the family file beside them are not counted: a head who is not protected, a slip.
        """
        counted = raw("protected_count") in rows.columns and raw("protected") not in rows.columns
        if not counted:
            return pl.col("household_people")
        more: Mapping[str, int] = dict(
            self._left().drop_nulls("key").group_by("key").agg(pl.len()).iter_rows()
        )
        here = pl.coalesce("number", "person").n_unique().over("key")
        there = pl.col("key").replace_strict(more, default=0, return_dtype=pl.UInt32)
        count = _text("protected_count", rows, self._reading).str.normalize("NFKC")
        protected = count.str.extract(r"^([0-9]+)").cast(pl.UInt32, strict=False)
        people = pl.when(here == protected).then(here).otherwise(here + there).cast(pl.UInt32)
        several = pl.col("key").is_not_null() & (people > 1)
        return pl.when(several).then(people).otherwise("household_people")
