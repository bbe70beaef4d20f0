"""A register beside a month, whatever stands in it: the same people are on the sheets."""

from __future__ import annotations

import functools
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from loubao.core import frames
from loubao.followup.month import alone
from loubao.linkage import link
from loubao.rules.folder import Rules, load_rules
from loubao.workspace.input_folder import read_month
from loubao.workspace.register import look_up
from loubao.workspace.register_files import open_register
from loubao.workspace.stages import Timings, silent
from tests.commands.office import PEOPLE, csv_bytes, fill, month
from tests.conftest import ROOT
from tests.people import number

AS_OF = date(2022, 6, 30)
STRANGER = ("生面孔", number("19640101", 11))
DEATHS = (("姓名", "身份证号", "死亡日期"), ("柯三省", PEOPLE["柯三省"], "2022-05-01"))


@functools.cache
def read() -> tuple[pl.DataFrame, Rules]:
    """RECORDS of a small month, and the rules by which it was read."""
    rules = load_rules(ROOT / "rules")
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), {**month(), "死亡人员.csv": csv_bytes(DEATHS)})
        checked = read_month(Path(folder), rules, AS_OF, (), silent, Timings())
    return checked.records, rules


def written(person: tuple[str, str], fault: str) -> tuple[str | None, str | None]:
    """A person as a register may write them."""
    name, id_ = person
    faults: dict[str, tuple[str | None, str | None]] = {
        "": (name, id_),
        "digit": (name, id_[:9] + str((int(id_[9]) + 1) % 10) + id_[10:]),
        "damaged": (name, id_[:15] + "000"),
        "masked": (name[0] + "*" * (len(name) - 1), id_),
        "other name": ("面生孔", id_),
        "no number": (name, None),
        "no name": (None, id_),
        "of another": (name, PEOPLE["柯三省"]),
    }
    return faults[fault]


FAULTS = ("", "digit", "damaged", "masked", "other name", "no number", "no name", "of another")
ROW = st.tuples(
    st.sampled_from([*PEOPLE.items(), STRANGER]),
    st.sampled_from(FAULTS),
    st.sampled_from([None, "正常", "停保", "？"]),
    st.sampled_from([None, "link", "review"]),
    st.sampled_from([None, "2021年3月", "2023年1月", "去年"]),
)


@settings(max_examples=12)
@given(st.lists(ROW, min_size=1, max_size=6))
def test_nobody_leaves_the_sheets_by_it_and_nobody_comes(
    rows: list[tuple[tuple[str, str], str, str | None, str | None, str | None]],
) -> None:
    records, rules = read()
    decisions = link(records, rules.matching).decisions
    sought = records.filter((pl.col("role") == "source") & pl.col("qualifies"))
    cells = [("晋江市", *written(person, fault), *rest) for person, fault, *rest in rows]
    heads = ("县", "姓名", "身份证号", "状态", "decision", "起始年月")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "省.parquet"
        frame = pl.DataFrame(cells, dict.fromkeys(heads, pl.String), orient="row")
        frame.write_parquet(path)
        register = open_register(path, rules)
        people = sought.select(frames.linkable(sought))
        beside = look_up(register, people, records.height + 1, rules, AS_OF)
    without = alone(records, decisions, rules, AS_OF).screened
    with_it = alone(records, decisions, rules, AS_OF, beside.found).screened
    same = ["case_no", "person_key", "record_ids", "lists", "town", "village", "household"]
    assert with_it.cases.select(same).equals(without.cases.select(same))
    assert with_it.details["person_key"].equals(without.details["person_key"])
    assert with_it.excluded.equals(without.excluded)
    assert with_it.chances.equals(without.chances)
    parts = ("nobody", "passed", "skipped", "records", "others")
    assert sum(beside.account[part] for part in parts) == len(rows)
