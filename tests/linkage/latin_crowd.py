"""Invented people with names in letters: rows as `link` has them of any two tables."""

from __future__ import annotations

from random import Random

import polars as pl

from loubao.core import frames

_SYLLABLES = [
    "BA",
    "BE",
    "DO",
    "KA",
    "LE",
    "MI",
    "NO",
    "RA",
    "SA",
    "TU",
    "VE",
    "WI",
    "ZO",
    "GAR",
    "LIN",
    "MON",
    "PER",
    "SON",
    "TAN",
    "VIC",
]
_TOWNS = ["NORTHAM", "SOUTHBY", "EASTLEY", "WESTON", "MIDFIELD"]
COLUMNS = (frames.GIVEN, frames.SURNAME, frames.BIRTH, "+town", "+street", "+email")
Row = dict[str, str | None]


def word(draw: Random, least: int = 2) -> str:
    """A name of two or three syllables."""
    return "".join(draw.choice(_SYLLABLES) for _ in range(draw.randint(least, 3)))


def person(draw: Random, surnames: list[str], given: list[str]) -> Row:
    """Somebody with a name of some frequency, a birth date, a town, a street and a mail address."""
    name, surname = (pool[int(len(pool) * draw.random() ** 2)] for pool in (given, surnames))
    born = f"{draw.randint(1930, 2005)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    street = f"{draw.randint(1, 99)} {word(draw)} ST"
    mail = f"{name}{draw.randint(1, 999)} {word(draw)} ORG"
    return dict(zip(COLUMNS, (name, surname, born, draw.choice(_TOWNS), street, mail), strict=True))


def relative(draw: Random, of: Row, given: list[str]) -> Row:
    """Another person of the household: surname, town and street are the same."""
    born = f"{draw.randint(1930, 2005)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    return {**of, frames.GIVEN: draw.choice(given), frames.BIRTH: born, "+email": None}


def typed(draw: Random, row: Row, share: float) -> Row:
    """The row with a letter wrong, or nothing at all, in a share of its cells."""
    return {column: _typed(draw, text, share) for column, text in row.items()}


def _typed(draw: Random, text: str | None, share: float) -> str | None:
    if text is None or draw.random() >= share:
        return text
    if draw.random() < 0.3:
        return None
    at = draw.randrange(len(text))
    return text[:at] + draw.choice("XQJ" if text[at].isalpha() else "0123456789") + text[at + 1 :]


def people(draw: Random, count: int) -> list[Row]:
    """So many people, a third of them relatives of one before."""
    surnames, given = ([word(draw) for _ in range(120)] for _ in range(2))
    found: list[Row] = []
    while len(found) < count:
        found.append(person(draw, surnames, given))
        if draw.random() < 0.5:
            found.append(relative(draw, found[-1], given))
    return found[:count]


def table(rows: list[Row], side: str, start: int = 2) -> pl.DataFrame:
    """LINKABLE with the particulars, ids from `start`."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))
    names = pl.concat_str(frames.GIVEN, frames.SURNAME, separator=" ", ignore_nulls=True)
    linkable = frame.select(
        record_id=pl.int_range(start, start + pl.len(), dtype=pl.UInt64),
        list=pl.lit(side),
        name=names,
        name_key=names,
    )
    missing = {c: t for c, t in frames.LINKABLE.items() if c not in linkable.columns}
    linkable = linkable.with_columns(pl.lit(None, t).alias(c) for c, t in missing.items())
    return pl.concat([linkable.select(*frames.LINKABLE), frame], how="horizontal")
