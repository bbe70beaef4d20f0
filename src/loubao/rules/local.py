"""`rules/local.yaml`: what differs from place to place, in one file that `loubao init` writes.

Other rule files take its values by name: `${medical_over}` in a text, or as a whole value, which
may then be a list. Beside the keys of the file there are `medical_over_words` (4万元),
`disability_new` (新增, or nothing), `disability_all` (TRUE or FALSE),
`disability_since` (a date of SQL), `disability_since_words` (2021年) and `area` (the last character
of a county's name).

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.yaml_file import read_local
>>> given, _ = read_local(shipped_rules())
>>> [given[key] for key in ("medical_over_words", "disability_new", "disability_since", "area")]
['4万元', '新增', "DATE '2021-01-01'", '区']
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

FILE = "local.yaml"
_AREAS = "县区市旗"
_ENDING = "(?:镇|乡|街道|县|区|旗|苏木)$"
_SHORTEST = 2  # a name of one character is in too many others
_BLOCK = re.compile(r"^(\w+):.*\n(?:[ \t]+.*\n|\n(?=[ \t]))*", re.MULTILINE)


class _Part(BaseModel):
    """As `yaml_file.Rule`, which reads this file first."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Disability(_Part):
    """Which severe disabilities are looked into: those certified since a day, or all."""

    cases: Literal["new", "all"]
    since: dt.date | None = None

    @model_validator(mode="after")
    def _since_a_day(self) -> Disability:
        if self.cases == "new" and self.since is None:
            raise ValueError("cases 是 new 的，要写 since，如 {cases: new, since: 2021-01-01}")
        return self


class Local(_Part):
    """The whole file. Phases and amounts are checked by the rules that take them."""

    name: Annotated[str, Field(min_length=1)]
    place_prefixes: tuple[str, ...] = ()
    within: Annotated[tuple[str, ...], Field(min_length=1)]
    medical_over: Annotated[int, Field(ge=0)]
    disability: Disability
    deadline_days: Annotated[int, Field(ge=1, le=366)]
    #: whom a village may ring: one for all, or by town
    contact: str | dict[str, str] = ""
    phases: tuple[dict[str, Any], ...] = ()
    minimum_wage: tuple[dict[str, Any], ...] = ()
    dibao: tuple[dict[str, Any], ...] = ()


def values(local: Local, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what other files may name, of a file as it is read and as it is written."""
    since = local.disability.since if local.disability.cases == "new" else None
    return {
        **{"phases": [], "minimum_wage": [], "dibao": [], "place_prefixes": []},
        "contact": "",
        **written,
        "within": _within(local.within).replace("'", "''"),
        "medical_over_words": _yuan(local.medical_over),
        "disability_new": "新增" if since else "",
        "disability_all": "FALSE" if since else "TRUE",
        "disability_since": f"DATE '{since or dt.date.min}'",
        "disability_since_words": _day(since) if since else "",
        "area": local.name[-1] if local.name[-1] in _AREAS else "地",
    }


def _within(names: tuple[str, ...]) -> str:
    """Return the pattern of texts that name one of the places, in full or without its ending.

    洛阳 is 洛阳镇 where nothing else follows the name that makes another place of it.

    >>> pattern = re.compile(_within(("洛阳镇", "百崎")))
    >>> texts = ("惠安县洛阳", "洛阳上浦村", "百崎乡", "河南省洛阳市", "沈阳")
    >>> [text for text in texts if pattern.search(text)]
    ['惠安县洛阳', '洛阳上浦村', '百崎乡']
    """
    found = [re.escape(name) for name in names]
    for name in names:
        short = re.sub(_ENDING, "", name)
        if short != name and len(short) >= _SHORTEST:
            stem = re.escape(short)
            found.append(f"(?:^|[县区旗]){stem}(?:[^市县区路州]|$)|{stem}$")
    return "|".join(found)


def _yuan(amount: int) -> str:
    """An amount as it is said.

    >>> _yuan(40000), _yuan(35000), _yuan(6000)
    ('4万元', '3.5万元', '6000元')
    """
    return f"{amount / 10_000:g}万元" if amount >= 10_000 and amount % 1000 == 0 else f"{amount}元"


def _day(day: dt.date) -> str:
    """A day as it is said, the first of a year as the year.

    >>> _day(dt.date(2021, 1, 1)), _day(dt.date(2021, 7, 1))
    ('2021年', '2021年7月1日')
    """
    return (
        f"{day.year}年" if (day.month, day.day) == (1, 1) else f"{day:%Y}年{day.month}月{day.day}日"
    )


def edited(text: str, answers: Mapping[str, Any]) -> str:
    r"""Return local.yaml with other values; comments above a key stay, those of its value go.

    >>> text = "# 天数\ndays: 15 # 旧\n\n# 阶段\nphases:\n  - 一\n"
    >>> print(edited(text, {"days": 20, "phases": []}))
    # 天数
    days: 20
    <BLANKLINE>
    # 阶段
    phases: []
    <BLANKLINE>
    """

    def put(block: re.Match[str]) -> str:
        if block[1] not in answers:
            return block[0]
        return f"{block[1]}: {_flow(answers[block[1]])}\n"

    return _BLOCK.sub(put, text)


def _flow(value: Any) -> str:
    """A value in one line of YAML; a list of records a line each."""
    if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        return "".join(f"\n  - {_flow(each)}" for each in value)
    text: str = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")
