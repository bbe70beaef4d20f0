"""What a well-informed user of Splink would tell it about each set.

A model is data: comparisons, blocking rules, the rules that count sure pairs for the prior, and
the rules that EM trains on (each trains the comparisons that it does not mention).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import block_on


@dataclass(frozen=True)
class Model:
    """Settings for one set; `sure` finds `recall` of the pairs, nearly without error."""

    comparisons: list[Any]
    blocking: list[Any]
    sure: list[Any]
    recall: float
    training: list[Any]


def _either(condition: str) -> str:
    """A condition on `{a}` and `{b}` that may hold either way round."""
    both = (("l", "r"), ("r", "l"))
    ways = [condition.replace("{a}", one).replace("{b}", other) for one, other in both]
    return " or ".join(f"({way})" for way in ways)


def _masked(column: str) -> str:
    star = f"contains({column}_{{a}}, '*')"
    return _either(f"{star} and {column}_{{b}} like replace({column}_{{a}}, '*', '_')")


def _chinese_name() -> Any:
    """Exact, same reading, one character wrong, missing or hidden, same surname, none of these."""
    shorter = "length(name_{a}) >= 2 and length(name_{b}) = length(name_{a}) + 1"
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.ExactMatchLevel("reading", term_frequency_adjustments=True),
            cll.CustomLevel(_masked("name"), "hidden characters fit"),
            cll.CustomLevel(
                "surname_l = surname_r and length(name_l) = length(name_r) "
                "and length(name_l) >= 3 and levenshtein(name_l, name_r) = 1",
                "one character of the given name differs",
            ),
            cll.CustomLevel(
                _either(f"{shorter} and levenshtein(name_l, name_r) = 1"), "one character missing"
            ),
            cll.CustomLevel(
                "length(name_l) >= 3 and length(name_r) >= 3 and levenshtein(name_l, name_r) = 1",
                "another surname or one character differs",
            ),
            cll.ExactMatchLevel("surname", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )


def _id_number() -> Any:
    return cl.CustomComparison(
        output_column_name="id_number",
        comparison_levels=[
            cll.NullLevel("id_number"),
            # two people under one number exist, but no random pair shows them: u is set, not left
            cll.ExactMatchLevel("id_number").configure(u_probability=1e-8, fix_u_probability=True),
            # two swapped digits are a distance of 2; DuckDB's Damerau costs six times as much
            cll.LevenshteinLevel("id_number", 1),
            cll.LevenshteinLevel("id_number", 2),
            cll.CustomLevel(_masked("id_number"), "hidden digits fit"),
            cll.ExactMatchLevel("id_head"),
            cll.ElseLevel(),
        ],
    )


def _birth() -> Any:
    return cl.CustomComparison(
        output_column_name="birth",
        comparison_levels=[
            cll.NullLevel("birth"),
            cll.ExactMatchLevel("birth"),
            cll.LevenshteinLevel("birth", 1),
            cll.LevenshteinLevel("birth", 2),
            cll.CustomLevel("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "same year"),
            cll.ElseLevel(),
        ],
    )


def _place() -> Any:
    """Village names are unique inside a town only."""
    return cl.CustomComparison(
        output_column_name="village",
        comparison_levels=[
            cll.NullLevel("village"),
            cll.CustomLevel("village_l = village_r and town_l = town_r", "same village"),
            cll.CustomLevel("village_l = village_r", "village of the same name"),
            cll.CustomLevel("town_l = town_r", "same town"),
            cll.ElseLevel(),
        ],
    )


def population(columns: Iterable[str]) -> Model:
    """Chinese people: whatever of ID number, birth date, sex and village there is."""
    held = set(columns)
    whole = "id_number" in held
    comparisons = [_chinese_name()]
    blocking = [block_on("reading", "village"), block_on("reading", "sex", "town")]
    sure = [block_on("name", "village", "birth" if "birth" in held else "sex")]
    # EM must not block on a column made of another that it is to learn about: born is one
    training = [block_on("name", "birth") if "birth" in held else block_on("name", "village")]
    if whole:
        comparisons.append(_id_number())
        blocking = [
            block_on("id_number"),
            block_on("id_head"),
            block_on("substr(id_number, length(id_number) - 7)"),
            *blocking,
        ]
        sure.append(block_on("id_number", "surname"))
        training.append(block_on("id_number"))
    elif {"birth", "village"} <= held:
        training.append(block_on("birth", "village"))
    if whole or "birth" in held:
        blocking += [
            block_on("reading", "born"),
            block_on("born", "village"),
            block_on("born", "surname"),
            block_on("reading", "substr(born, 1, 4)"),
        ]
    if "birth" in held:
        comparisons.append(_birth())
    if "sex" in held:
        comparisons.append(cl.ExactMatch("sex"))
    if "village" in held:
        comparisons.append(_place())
    return Model(comparisons, blocking, sure, 0.95, training)


def febrl4(_columns: Iterable[str]) -> Model:
    """Australian addresses with typing errors, fields blank, given name and surname swapped."""
    swapped = "given_name_l = surname_r and surname_l = given_name_r"
    names = cl.CustomComparison(
        output_column_name="names",
        comparison_levels=[
            cll.And(cll.NullLevel("given_name"), cll.NullLevel("surname")),
            cll.And(cll.ExactMatchLevel("given_name"), cll.ExactMatchLevel("surname")),
            cll.CustomLevel(swapped, "swapped"),
            cll.And(
                cll.JaroWinklerLevel("given_name", 0.85), cll.JaroWinklerLevel("surname", 0.85)
            ),
            cll.ExactMatchLevel("surname"),
            cll.ExactMatchLevel("given_name"),
            cll.Or(cll.JaroWinklerLevel("given_name", 0.85), cll.JaroWinklerLevel("surname", 0.85)),
            cll.ElseLevel(),
        ],
    )
    comparisons = [
        names,
        cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.DamerauLevenshteinAtThresholds("postcode", [1]),
        cl.DamerauLevenshteinAtThresholds("street_number", [1]),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
        cl.ExactMatch("state"),
    ]
    blocking = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname"),
        block_on("date_of_birth"),
        block_on("postcode", "surname"),
        block_on("postcode", "given_name"),
        block_on("address_1"),
        block_on("substr(soc_sec_id, 1, 4)"),
        block_on("substr(soc_sec_id, 4)"),
        block_on("suburb", "street_number"),
        "l.given_name = r.surname and l.surname = r.given_name",
    ]
    sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    training = [block_on("soc_sec_id"), block_on("date_of_birth"), block_on("postcode")]
    return Model(comparisons, blocking, sure, 0.9, training)


def pseudopeople(_columns: Iterable[str]) -> Model:
    """Forms against the register: number, names, the first letter of the middle name."""
    initial = "substr(middle_initial_{a}, 1, 1)"

    def name(column: str) -> Any:
        return cl.CustomComparison(
            output_column_name=column,
            comparison_levels=[
                cll.NullLevel(column),
                cll.ExactMatchLevel(column, term_frequency_adjustments=True),
                cll.DamerauLevenshteinLevel(column, 1),
                cll.JaroWinklerLevel(column, 0.88),
                cll.CustomLevel(
                    f"substr({column}_l, 1, 1) = substr({column}_r, 1, 1)", "same first letter"
                ),
                cll.ElseLevel(),
            ],
        )

    comparisons = [
        cl.CustomComparison(
            output_column_name="ssn",
            comparison_levels=[
                cll.NullLevel("ssn"),
                cll.ExactMatchLevel("ssn"),
                cll.DamerauLevenshteinLevel("ssn", 1),
                cll.DamerauLevenshteinLevel("ssn", 2),
                cll.DamerauLevenshteinLevel("ssn", 3),
                cll.ElseLevel(),
            ],
        ),
        name("first_name"),
        name("last_name"),
        cl.ExactMatch(initial.replace("_{a}", "")),
    ]
    blocking = [
        block_on("ssn"),
        block_on("first_name", "last_name"),
        block_on("substr(ssn, 1, 6)"),
        block_on("substr(ssn, 5)"),
        block_on("substr(ssn, 1, 3)", "substr(ssn, 8)"),
        block_on("last_name", "middle_initial", "substr(first_name, 1, 1)"),
        block_on("first_name", "middle_initial", "substr(last_name, 1, 2)"),
        block_on("middle_initial", "substr(first_name, 1, 3)", "substr(last_name, 1, 3)"),
    ]
    sure = [block_on("ssn", "last_name"), block_on("ssn", "first_name")]
    training = [block_on("ssn"), block_on("first_name", "last_name")]
    return Model(comparisons, blocking, sure, 0.97, training)


def _part(column: str) -> Any:
    """A part of a Latin name, by its frequency, its edits and its likeness."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_levels=[
            cll.NullLevel(column),
            cll.ExactMatchLevel(column, term_frequency_adjustments=True),
            cll.DamerauLevenshteinLevel(column, 1),
            cll.JaroWinklerLevel(column, 0.92),
            cll.JaroWinklerLevel(column, 0.85),
            cll.ElseLevel(),
        ],
    )


def historical(_columns: Iterable[str]) -> Model:
    """Historical figures, with the comparisons and blocking rules of Splink's own demonstration."""
    comparisons = [
        _part("first_name"),
        _part("surname"),
        cl.CustomComparison(
            output_column_name="dob",
            comparison_levels=[
                cll.NullLevel("dob"),
                cll.ExactMatchLevel("dob"),
                cll.DamerauLevenshteinLevel("dob", 1),
                cll.DamerauLevenshteinLevel("dob", 2),
                cll.CustomLevel("substr(dob_l, 1, 4) = substr(dob_r, 1, 4)", "same year"),
                cll.ElseLevel(),
            ],
        ),
        cl.CustomComparison(
            output_column_name="postcode_fake",
            comparison_levels=[
                cll.NullLevel("postcode_fake"),
                cll.ExactMatchLevel("postcode_fake"),
                cll.LevenshteinLevel("postcode_fake", 2),
                cll.CustomLevel(
                    "split_part(postcode_fake_l, ' ', 1) = split_part(postcode_fake_r, ' ', 1)",
                    "same district",
                ),
                cll.ElseLevel(),
            ],
        ),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        cl.ExactMatch("gender"),
    ]
    area = "substr(postcode_fake, 1, 3)"
    blocking = [
        block_on("substr(first_name, 1, 3)", "substr(surname, 1, 4)"),
        block_on("surname", "dob"),
        block_on("first_name", "dob"),
        block_on("postcode_fake", "first_name"),
        block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"),
        block_on(area, "dob"),
        block_on(area, "first_name"),
        block_on(area, "surname"),
        block_on("substr(first_name, 1, 2)", "substr(surname, 1, 2)", "substr(dob, 1, 4)"),
    ]
    sure = [
        block_on("first_name", "surname", "dob"),
        block_on("substr(first_name, 1, 2)", "surname", "postcode_fake"),
        block_on("dob", "postcode_fake"),
    ]
    training = [
        block_on("first_name", "surname"),
        block_on("dob"),
        block_on("postcode_fake", "surname"),
    ]
    return Model(comparisons, blocking, sure, 0.6, training)


def rldata(_columns: Iterable[str]) -> Model:
    """Germans by name and the three parts of the birth date; a second name is rare."""
    comparisons = [
        _part("fname_c1"),
        _part("lname_c1"),
        *(cl.ExactMatch(column) for column in ("by", "bm", "bd")),
    ]
    blocking = [
        block_on("fname_c1", "lname_c1"),
        block_on("by", "bm", "bd"),
        block_on("fname_c1", "by", "bm"),
        block_on("fname_c1", "by", "bd"),
        block_on("fname_c1", "bm", "bd"),
        block_on("lname_c1", "by", "bm"),
        block_on("lname_c1", "by", "bd"),
        block_on("lname_c1", "bm", "bd"),
    ]
    sure = [block_on("by", "bm", "bd", "fname_c1"), block_on("by", "bm", "bd", "lname_c1")]
    training = [block_on("fname_c1", "lname_c1"), block_on("by", "bm", "bd")]
    return Model(comparisons, blocking, sure, 0.9, training)


_NAMES = {"given_name", "first_name", "forename", "surname", "last_name", "family_name"}
_DATES = {"dob", "date_of_birth", "birth_date"}


def general(columns: Iterable[str]) -> Model:
    """Any other set: what one would write down for its columns at first sight."""
    held = [column for column in columns if column not in ("row", "middle_name")]
    names = [column for column in held if column in _NAMES]
    dates = [column for column in held if column in _DATES]
    others = [column for column in held if column not in {*names, *dates}]
    comparisons = [_part(column) for column in names]
    comparisons += [
        cl.CustomComparison(
            output_column_name=column,
            comparison_levels=[
                cll.NullLevel(column),
                cll.ExactMatchLevel(column),
                cll.DamerauLevenshteinLevel(column, 1),
                cll.DamerauLevenshteinLevel(column, 2),
                cll.CustomLevel(f"substr({column}_l, 1, 4) = substr({column}_r, 1, 4)", "year"),
                cll.ElseLevel(),
            ],
        )
        for column in dates
    ]
    comparisons += [
        cl.JaroWinklerAtThresholds(column, [0.92, 0.8]).configure(term_frequency_adjustments=True)
        for column in others
    ]
    strong = [*names, *dates]
    both = [(one, other) for at, one in enumerate(strong) for other in strong[at + 1 :]]
    blocking = [block_on(*pair) for pair in both]
    blocking += [block_on(one, other) for one in names for other in others]
    blocking += [block_on(f"substr({day}, 1, 4)", name) for day in dates for name in names]
    sure = [block_on(*strong)] if len(strong) > 2 else [block_on(*strong, *others[:1])]
    training = [block_on(*names), block_on(*dates)] if dates else [block_on(*names)]
    return Model(comparisons, blocking, sure, 0.6, training)


MODELS = {
    "general": general,
    "population": population,
    "febrl4": febrl4,
    "pseudopeople": pseudopeople,
    "historical": historical,
    "rldata": rldata,
}
