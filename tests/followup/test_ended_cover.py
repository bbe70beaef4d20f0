"""A refusal for cover holds as long as a roll shows the person, in whatever way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.followup.test_months import Office, office
from tests.followup.test_number_alone import written

__all__ = ["office"]
UNPROTECTED = written("周涛", "dibao", qualifies=False, protected=False)


@pytest.mark.parametrize(
    ("cover", "reason", "ends"),
    [
        (UNPROTECTED, "已享受低保", True),
        (UNPROTECTED, "收入超标", False),
        (written("周涛", "dibao_edge"), "已享受低保", False),
    ],
)
def test_a_refusal_ends_with_the_cover(
    office: Office, cover: dict[str, Any], reason: str, ends: bool
) -> None:
    (case,) = office.month("2022-05", written("周涛", "disability"), cover)["sheet"].values()
    office.say(case, "ineligible", "2022-05-30", why_not=reason)
    assert office.month("2022-06", written("周涛", "disability"), cover)["news"] == {"spared": 1}
    told = office.month("2022-07", written("周涛", "disability"))
    assert told["news"] == ({"back": 1} if ends else {"spared": 1})
    if ends:
        assert "以前在低保名册上，本月没有查到" in told["words"][case]
