"""Rows of exclusion lists in the ledger: as they were read, anew with every run of their month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from loubao.core.events import ExclusionRow, Posting
from loubao.ledger.connection import writing
from loubao.ledger.exclusions import EXCLUSIONS, exclusions_before, exclusions_in
from loubao.ledger.integrity import audit
from loubao.ledger.postings import post
from tests.ledger.invented import TIME, month

DEAD = ExclusionRow(
    *("8月死亡.csv", "", 2, True, "2022-08-11"),
    {"list": "death", "name": "李一", "name_key": "李一", "birth_date": "1961-02-02"},
)


def test_as_they_were_read(tmp_path: Path) -> None:
    with writing(tmp_path / "loubao.db") as opened:
        assert exclusions_before(opened, "2022-09").is_empty()
        undated = replace(DEAD, said_on=None, qualifies=False, row=None)
        post(opened, replace(month(month="2022-08"), exclusions=(DEAD, undated)), TIME)
        rows = exclusions_before(opened, "2022-09")
        assert dict(rows.schema) == dict(EXCLUSIONS)
        one, other = rows.rows(named=True)
        assert (one["month"], one["file"], one["row"]) == ("2022-08", "8月死亡.csv", 2)
        assert (one["said_on"], one["birth_date"]) == (date(2022, 8, 11), date(1961, 2, 2))
        assert (one["qualifies"], other["qualifies"]) == (True, False)
        assert (other["row"], other["said_on"], other["id_number"]) == (None, None, None)
        assert audit(opened) == []


def test_only_of_months_before(tmp_path: Path) -> None:
    with writing(tmp_path / "loubao.db") as opened:
        post(opened, replace(month(month="2022-08"), exclusions=(DEAD,)), TIME)
        assert exclusions_before(opened, "2022-08").is_empty()
        assert exclusions_in(opened, "2022-08") == 1


def test_anew_with_every_run_of_the_month(tmp_path: Path) -> None:
    with writing(tmp_path / "loubao.db") as opened:
        of_month = Posting("month", "2022-08", "2022-08-31", "", {})
        post(opened, replace(of_month, exclusions=(DEAD, DEAD)), TIME)
        post(opened, replace(of_month, exclusions=(DEAD,)), TIME)
        assert exclusions_before(opened, "2022-09").height == 1
        post(opened, of_month, TIME)  # says nothing of exclusions
        assert exclusions_in(opened, "2022-08") == 1
        post(opened, replace(of_month, exclusions=()), TIME)
        assert exclusions_in(opened, "2022-08") == 0
