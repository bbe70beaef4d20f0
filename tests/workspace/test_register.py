"""A register beside a month, whatever stands in it: the same people are on the sheets."""

from __future__ import annotations

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
from loubao.workspace.register import look_up
from loubao.workspace.register_files import open_register
from tests.conftest import ROOT
from tests.people import number, records

AS_OF = date(2022, 6, 30)
BORN = ("19600305", "19710809", "19850412", "19440102")
PEOPLE = [(name, number(born, 11 + 2 * at)) for at, (name, born) in enumerate(
    zip(("蔡阿榕", "柯三省", "曾淑勉", "骆添丁"), BORN, strict=True)
)]  # fmt: skip
MONTH = records(
    [
        *(
            {"list": "medical", "name": name, "id": id_, "village": "上浦村"}
            for name, id_ in PEOPLE
        ),
        {"list": "medical", "name": "何厝生", "born": date(1953, 6, 16), "village": "上浦村"},
        {"list": "dibao", "name": "柯三省", "id": PEOPLE[1][1], "village": "上浦村"},
        {"list": "dibao", "name": "骆添了", "id": PEOPLE[3][1], "village": "上浦村"},
        {"list": "death", "name": "曾淑勉", "id": PEOPLE[2][1], "village": "上浦村"},
    ]
)
RULES: Rules = load_rules(ROOT / "rules")


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
        "of another": (name, PEOPLE[1][1]),
    }
    return faults[fault]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            [*PEOPLE, ("何厝生", number("19530616", 79)), ("生面孔", number("19640101", 11))]
        ),
        st.sampled_from(
            ["", "digit", "damaged", "masked", "other name", "no number", "no name", "of another"]
        ),
        st.sampled_from([None, "正常", "停保", "？"]),
        st.sampled_from([None, "link", "review"]),
        st.sampled_from([None, "2021年3月", "2023年1月", "去年"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25)
@given(ROWS)
def test_nobody_leaves_the_sheets_by_it_and_nobody_comes(rows: list[tuple[object, ...]]) -> None:
    decisions = link(MONTH, RULES.matching).decisions
    sought = MONTH.filter((pl.col("role") == "source") & pl.col("qualifies"))
    cells = [("晋江市", *written(person, fault), *rest) for person, fault, *rest in rows]  # type: ignore[arg-type]
    heads = ("县", "姓名", "身份证号", "状态", "decision", "起始年月")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "省.parquet"
        pl.DataFrame(cells, dict.fromkeys(heads, pl.String), orient="row").write_parquet(path)
        register = open_register(path, RULES)
        people = sought.select(frames.linkable(sought))
        beside = look_up(register, people, MONTH.height + 1, RULES, AS_OF)
    without = alone(MONTH, decisions, RULES, AS_OF).screened
    with_it = alone(MONTH, decisions, RULES, AS_OF, beside.found).screened
    same = ["case_no", "person_key", "record_ids", "lists", "town", "village", "household"]
    assert with_it.cases.select(same).equals(without.cases.select(same))
    assert with_it.excluded.equals(without.excluded)
    worse = pl.col("outcome").is_in(["covered", "excluded"])
    key = ["person_key", "list", "outcome"]
    off = [each.outcomes.filter(worse).select(key).sort(key) for each in (without, with_it)]
    assert off[0].equals(off[1])
    parts = ("nobody", "passed", "skipped", "records", "others")
    assert sum(beside.account[part] for part in parts) == len(rows)
