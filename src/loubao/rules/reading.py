"""What every sheet is read by: `rules/reading.yaml` and `rules/villages.csv`.

reading.yaml has the words by which titles, totals, footers and blanks are recognised.

villages.csv has the official villages with their codes, towns and aliases. Columns: `town_code`,
`town`, `town_aliases`, `code`, `village`, `aliases`; aliases are separated by `|`. Names that
differ in one character are different villages; a name that is not written here is not recognised.
UTF-8, or GB18030 as a Chinese Excel saves csv. `code` is the twelve-digit statistical division
code of the village (国家统计局 统计用区划代码).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from loubao.core.characters import written_forms
from loubao.core.faults import RuleFault
from loubao.rules import shipped_rules
from loubao.rules.patterns import compile_all
from loubao.rules.yaml_file import Rule, Texts, parse

#: The header of villages.csv.
COLUMNS = ("town_code", "town", "town_aliases", "code", "village", "aliases")


class Reading(Rule):
    """Words and bounds for reading any export."""

    #: file names that are set aside (`*` and `?` as in a shell)
    ignore: Texts = ()
    #: regular expressions on one of the first cells of a row without an ID number
    totals: Texts
    #: the total of one person: one group, the name
    person_totals: str
    #: regular expressions on the first filled cell of a row without an ID number
    footers: Texts
    #: regular expressions on a row that says one thing only, below the header
    titles: Texts = ()
    #: regular expressions on any cell of a row that shows how to fill in the form, and on its first
    #: filled cell or its name
    examples: Texts = ()
    example_names: Texts = ()
    #: regular expressions on a text in the column of names that counts people
    counts: Texts = ()
    #: cells that mean "nothing here"; once loaded, in traditional characters too
    placeholders: Texts
    #: those of them that say that somebody does not know; in a column of choices they are no blank
    unsaid: Texts = ()
    #: parts of a header that say nothing about the field, such as a unit in brackets
    header_notes: Texts = ()
    #: regular expression on a header → what the numbers below are to be multiplied by
    header_units: dict[str, float] = {}
    #: regular expression on the rows above a header → the same for columns without a unit
    title_units: dict[str, float] = {}
    #: columns that no list needs
    ignore_headers: Texts = ()
    #: regular expressions on what may stand before the town in an address
    place_prefixes: Texts = ()
    #: endings of villages' names, a line a kind, the official one first; the same of towns' names
    village_endings: tuple[Texts, ...] = ()
    town_endings: tuple[Texts, ...] = ()
    #: the same, of names that have one of the line themselves
    own_endings: tuple[Texts, ...] = ()
    #: regular expression on a people in the name of a town
    peoples: str = ""
    #: endings of a village's name that is one of a road, too
    road_endings: Texts = ()
    #: words for a part of a village, behind its number or name
    group_words: Texts = ()
    #: regular expressions on what parts a title or a file's name in pieces, beside punctuation
    place_breaks: Texts = ()
    #: regular expressions on words of titles and files' names that are no part of a place's name
    place_words: Texts = ()
    #: regular expression on what stands behind a town that is then no more than part of a name
    place_not_before: Texts = ()
    #: regular expressions on what stands beside a place where several or others are meant
    place_several: Texts = ()
    #: notes behind a name that report a death
    deceased_notes: Texts = ()
    #: notes behind a name by which the row may be about a relative of the one named
    relative_notes: Texts = ()
    #: of these, notes that may also describe the one named: whose child, or which child, he is
    child_notes: Texts = ()
    #: notes behind a name by which the one named acts for another
    agent_notes: Texts = ()
    #: notes behind a name by which a person is no longer on a roll
    stopped_notes: Texts = ()
    #: headers of a cell that names a whole household
    member_cells: Texts = ()
    #: regular expressions on a header of name and number, with the groups `name` and `number`
    name_with_number: Texts = ()
    #: characters between the people of one cell, what separates most first
    member_separators: Texts = ()
    #: words that say how somebody is related to the head of the household
    relation_words: Texts = ()
    #: of these, those that mean the head himself
    head_words: Texts = ()
    #: fields in which a member's row has what the row of its household's head has
    household_fields: Texts = ()
    #: headers of a running number that counts households
    household_numbers: Texts = ()
    #: words in which the names of letters end, in formats in which no list is read
    letter_words: Texts = ()
    #: words of letters that are in no name of a person
    latin_words: Texts = ()
    #: sums of money and counts are smaller: a larger one is an account or a telephone number
    largest_number: Annotated[float, Field(gt=0, le=1e9)] = 1e9
    #: how far down a header row is looked for
    header_depth: Annotated[int, Field(ge=1, le=100)] = 30

    _compiles = field_validator(
        *(
            "examples",
            "example_names",
            "totals",
            "footers",
            "titles",
            "counts",
            "header_notes",
            "header_units",
            "title_units",
        ),
        *("person_totals", "place_prefixes", "peoples"),
        *("name_with_number", "place_breaks", "place_words", "place_not_before", "place_several"),
    )(compile_all)


#: Keys that a folder made before they were there need not have: they are then as shipped.
_LATER_KEYS = (
    *("member_cells", "name_with_number", "member_separators", "relation_words", "head_words"),
    *(
        "household_fields",
        "household_numbers",
        "letter_words",
        "latin_words",
        "title_units",
        "counts",
        "person_totals",
        "examples",
        "example_names",
    ),
    *("largest_number", "unsaid"),
    *("village_endings", "town_endings", "own_endings", "peoples", "road_endings"),
    *("group_words", "place_breaks", "place_words", "place_not_before", "place_several"),
)


def load_reading(path: Path) -> Reading:
    """Return reading.yaml, a later key that it lacks as it is shipped; raises `RuleFault`."""
    file = parse(path)
    if isinstance(file.content, dict):
        missing = [key for key in _LATER_KEYS if key not in file.content]
        if missing:
            shipped = parse(shipped_rules() / path.name)
            given = {key: shipped.content[key] for key in missing if key in shipped.content}
            file = replace(file, content={**file.content, **given})
    reading = file.validate(Reading)
    return reading.model_copy(update={"placeholders": written_forms(reading.placeholders)})


@dataclass(frozen=True)
class Village:
    """One official village and every name that stands for it, the official one first."""

    town_code: str
    town: str
    town_aliases: tuple[str, ...]
    code: str
    village: str
    aliases: tuple[str, ...]


def load_villages(path: Path) -> tuple[Village, ...]:
    """Return the villages of the file; raises `RuleFault` naming file, line and column."""
    where = f"{path.parent.name}/{path.name}"
    rows = _rows(path, where)
    if not rows or tuple(rows[0]) != COLUMNS:
        raise RuleFault(f"规则文件有误 {where}:1:1  表头：应为 {','.join(COLUMNS)}")
    villages: list[Village] = []
    codes: dict[str, int] = {}
    owners: dict[tuple[str, str], str] = {}
    for line, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if len(row) != len(COLUMNS) or not all(row[i] for i in (0, 1, 3, 4)):
            raise RuleFault(f"规则文件有误 {where}:{line}:1  村居：应有 {len(COLUMNS)} 列且不为空")
        town_code, town, town_aliases, code, village, aliases = (cell.strip() for cell in row)
        if not re.fullmatch(r"[0-9]{12}", code):
            raise RuleFault(
                f"规则文件有误 {where}:{line}:4  code：“{code}”不是 12 位数字。"
                "表格软件会改坏长数字，请把这一列设为“文本”后重填再保存"
            )
        if code in codes:
            raise RuleFault(f"规则文件有误 {where}:{line}:4  code：与第 {codes[code]} 行重复")
        codes[code] = line
        names = tuple(dict.fromkeys([village, *filter(None, aliases.split("|"))]))
        for name in names:
            if owners.setdefault((town, name), code) != code:
                raise RuleFault(f"规则文件有误 {where}:{line}:6  aliases：“{name}”已属于另一个村")
        towns = tuple(dict.fromkeys([town, *filter(None, town_aliases.split("|"))]))
        villages.append(Village(town_code, town, towns, code, village, names))
    if not villages:
        raise RuleFault(f"规则文件有误 {where}:2:1  村居：一个村也没有")
    return tuple(villages)


def _rows(path: Path, where: str) -> list[list[str]]:
    """The cells of the file, header first."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RuleFault(f"缺少规则文件 {where}，可从 rules/ 原样复制") from None
    except OSError:
        raise RuleFault(f"规则文件 {where} 无法读取，请检查权限") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(content.decode(encoding), newline="")))
        except UnicodeDecodeError:
            continue
        except csv.Error:
            break
    raise RuleFault(f"规则文件 {where} 无法读取，请另存为 csv（UTF-8）")
