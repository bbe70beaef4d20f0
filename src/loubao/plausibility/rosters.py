"""Who is on each list, as digests of a sample: enough to see how many are there a month later.

A person is a proven number. Of a long list only some are kept: those whose number, well mixed,
begins with `level` zero bits, so that the next month finds the same people without a list of them.
A digest is short and one-way: it tells whether a number that one has is the same, not the number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from loubao.core import frames

#: People of a list that are kept, about; a share of so many is right within a few hundredths.
_SAMPLE = 300
#: Bytes of the digests of a number and of a name.
_NUMBER, _NAME = 6, 3
#: Finalizer of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


@dataclass(frozen=True)
class Roster:
    """The sample of a list: `people` maps the digest of each number to that of its name.

    `size` is how many proven numbers the list has.
    """

    level: int
    size: int
    people: Mapping[str, str] = field(default_factory=dict)


def rosters(records: pl.DataFrame) -> dict[str, Roster]:
    """Return the roster of each list of RECORDS that has proven numbers, by the list's name."""
    found = {}
    for (name,), people in _people(records).group_by("list", maintain_order=True):
        level = max(0, (people.height // _SAMPLE).bit_length())
        found[str(name)] = Roster(level, people.height, _digests(people, level))
    return found


def rosters_at(records: pl.DataFrame, levels: Mapping[str, int]) -> dict[str, Roster]:
    """Return the rosters of the lists in `levels`, each sampled at that level."""
    people = _people(records)
    found = {}
    for name, level in levels.items():
        here = people.filter(pl.col("list") == name)
        found[name] = Roster(level, here.height, _digests(here, level))
    return found


def kept(before: Roster, now: Roster) -> tuple[int, int, int, int]:
    """Return how many people of a sample are still there, with the same name, of how many; and new.

    Both rosters are of one level.

    >>> before = Roster(0, 3, {"a": "1", "b": "2", "c": "3"})
    >>> kept(before, Roster(0, 3, {"a": "1", "b": "9", "d": "4"}))
    (2, 1, 3, 1)
    """
    both = before.people.keys() & now.people.keys()
    same = sum(before.people[number] == now.people[number] for number in both)
    return len(both), same, len(before.people), len(now.people.keys() - before.people.keys())


def _people(records: pl.DataFrame) -> pl.DataFrame:
    """`list`, `id_number`, `name_key`, `mixed`: one row for each proven number of a list."""
    head = pl.col("id_number").str.slice(0, 17).cast(pl.UInt64, strict=False)
    return (
        records.filter(pl.col("id_status").is_in(frames.PROVEN_STATUSES))
        .select("list", "id_number", pl.col("name_key").fill_null(""), mixed=head)
        .drop_nulls()
        .unique(["list", "id_number"], keep="first", maintain_order=True)
        .with_columns(mixed=_mixed(pl.col("mixed")))
    )


def _mixed(number: pl.Expr) -> pl.Expr:
    """A number of 64 bits mixed so that each bit depends on all; always the same."""
    for shift, factor in _MIX:
        # polars has no shift of bits to the right: a division by a power of two is one
        number = (number ^ (number // (1 << shift))) * pl.lit(factor, pl.UInt64)
    return number ^ (number // (1 << 31))


def _digests(people: pl.DataFrame, level: int) -> dict[str, str]:
    sampled = people.filter(pl.col("mixed") < (1 << (64 - level))) if level else people
    return {
        _digest(number, _NUMBER): _digest(number + name, _NAME)
        for number, name in sampled.select("id_number", "name_key").iter_rows()
    }


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
