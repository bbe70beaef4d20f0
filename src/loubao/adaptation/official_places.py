"""The villages and towns of villages.csv as answers: by code, by name, by town and name."""

from __future__ import annotations

from collections.abc import Sequence

from loubao.adaptation.questions import WrongAnswer
from loubao.ingest.gazetteer import flat
from loubao.rules.reading import Village

_HOW = "可写村的代码或规范名称（同名的连乡镇一起写）"
_SHOWN = 3


class Official:
    """Every official place, and what it is called."""

    def __init__(self, villages: Sequence[Village]) -> None:
        self.villages = villages
        self.names = {v.town_code: v.town for v in villages}
        self.names |= {v.code: v.town + v.village for v in villages}
        self._codes: dict[str, list[str]] = {}
        for village in villages:
            for name in {village.village, village.town + village.village}:
                self._codes.setdefault(flat(name), []).append(village.code)
        self._towns = {flat(village.town): village.town_code for village in villages}

    def of_town(self, town: str) -> list[str]:
        """Return the codes of the villages of a town; without one, those of all towns."""
        if town:
            return [village.code for village in self.villages if village.town == town]
        return list(dict.fromkeys(village.town_code for village in self.villages))

    def code(self, given: str, town: str) -> str:
        """Return the code of a place that is given by its code or its official name.

        `town`: the official town in which the place is said to be, which a name that several towns
        have is taken from; where it is unknown, a town is an answer, too. Raises `WrongAnswer`.

        >>> def village(code, town, name):
        ...     return Village(code[:3], town, (), code, name, ())
        >>> places = Official([
        ...     village("101200", "石湾镇", "古井村"),
        ...     village("101201", "石湾镇", "上坡村"),
        ...     village("202200", "柳河乡", "古井村"),
        ... ])
        >>> [places.code(text, "柳河乡") for text in ("古井村", "石湾镇古井村", "上坡村", "101201")]
        ['202200', '101200', '101201', '101201']
        >>> places.code("石湾镇", "")
        '101'
        >>> try:
        ...     places.code("古井村", "")
        ... except WrongAnswer as wrong:
        ...     print(wrong)
        “古井村”有 2 个：石湾镇古井村、柳河乡古井村，请连乡镇一起写
        """
        text = flat(given)
        found = [text] if text in self.names else self._codes.get(text, [])
        own = set(self.of_town(town))
        found = [code for code in found if code in own] or found
        if not town and not found and text in self._towns:
            found = [self._towns[text]]
        if town:
            found = [code for code in found if code not in self._towns.values()]
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(self.names[code] for code in found)
            raise WrongAnswer(f"“{given}”有 {len(found)} 个：{names}，请连乡镇一起写")
        some = "、".join(self.names[code] for code in self.of_town(town)[:_SHOWN])
        raise WrongAnswer(f"“{given}”不是本地的村，{_HOW}，如 {some}；不是本地的写 elsewhere")
