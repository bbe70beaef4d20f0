"""Names of files, folders and sheets that leave in doubt whether the people there are of the list.

A roll of those whose cover was refused is written like one of those who have it, and only its name
says so. The signs are those of `versions.doubted` in `rules/holding.yaml`.

>>> from loubao.rules import shipped_rules
>>> from loubao.rules.folder import load_rules
>>> rules = load_rules(shipped_rules())
>>> doubtful = ("低保未通过名单", "非低保户", "低保清退", "拟低保", "原低保对象", "低保摸排表")
>>> [sign(["2022年8月", name], "dibao", rules) for name in doubtful]
['未', '非', '退', '拟', '原', '摸排']
>>> certain = ("6月低保在册", "低保待遇人员", "低保（审核通过）", "平原县低保", "三无低保户")
>>> [sign([name], "dibao", rules) for name in certain], sign(["无人抚养儿童"], "unattended", rules)
(['', '', '', '', ''], '')
>>> sign(["死亡注销名单"], "death", rules), sign(["疑似死亡"], "death", rules)
('', '疑似')
>>> sign(["未满40000元"], "medical", rules)  # who is on a source list is asked about anyway
''
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from loubao.core.characters import folded
from loubao.ingest.sheets.vocabulary import flat, plain
from loubao.rules.folder import Rules
from loubao.rules.holding import Holding

_CLAUSES = re.compile(r"[\s|,，;；:：。()（）【】\[\]]+")
_SHORT = 14
_BETWEEN = re.compile(r"[^\w.]+")


def sign(names: Iterable[str], list_name: str, rules: Rules) -> str:
    """Return the first sign of doubt in the plain `names` of a sheet; "" for none.

    The words of the list itself and the names of places are no signs.
    """
    rule, versions = rules.lists[list_name], rules.holding.versions
    doubted = versions.doubted.get(rule.role, "")
    if not doubted:
        return ""
    own = _any(tuple(rule.claim.words))
    places = _any(tuple(p for v in rules.villages for p in (v.town, v.village)))
    for name in names:
        text = places.sub(",", own.sub("#", name))
        for harmless in versions.plain:
            text = re.sub(harmless, ",", text)
        if found := re.search(doubted, text):
            return found[0].strip("#")
    return ""


def title_sign(titles: Iterable[str], list_name: str, rules: Rules) -> str:
    """Return the first sign of doubt in the lines above a header; "" for none.

    Of a title only the clauses count that name a table, or are short with words of the list.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.folder import load_rules
    >>> rules = load_rules(shipped_rules())
    >>> doubtful = ("6月低保核减人员表", "应保未保人员名单", "低保申请入户调查登记表")
    >>> [title_sign([title], "dibao", rules) for title in doubtful]
    ['核减', '应保', '申请']
    >>> certain = ("低保花名册（不含停保）", "单位：元 未经审核不得外传", "低保长期公示表")
    >>> [title_sign([title], "dibao", rules) for title in certain]
    ['', '', '']
    """
    own, named = _any(tuple(rules.lists[list_name].claim.words)), rules.holding.versions.titled
    clauses = [plain(clause) for title in titles for clause in _CLAUSES.split(title)]
    counted = [
        clause
        for clause in clauses
        if re.search(named, clause) or (own.search(clause) and len(clause) <= _SHORT)
    ]
    return sign(counted, list_name, rules)


def ended_word(name: str, holding: Holding) -> str:
    """Return the word of a sheet's name by which its people have no cover any more; "" for none.

    >>> from loubao.rules import shipped_rules
    >>> from loubao.rules.holding import load_holding
    >>> holding = load_holding(shipped_rules())
    >>> [ended_word(name, holding) for name in ("8月减少", "5月停", "低保（停）", "在册")]
    ['减少', '5月停', '停', '']
    """
    if word := next((w for w in holding.versions.ended_sheets if w in folded(name)), ""):
        return word
    alone = re.search(holding.remarks.alone, _BETWEEN.sub(",", flat(name)))
    return alone[0].strip(",") if alone else ""


@lru_cache(maxsize=64)
def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of some words as they stand in a plain name, the longest first."""
    longest = sorted({plain(word) for word in words if word}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest)) or r"\b\B")
