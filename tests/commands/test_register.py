"""`match --register`: who is covered elsewhere is shown so, and nobody leaves the sheets by it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from loubao.core.faults import UntrustedInput
from loubao.workspace.register_files import SLICE
from tests.commands import office
from tests.commands.office import DIBAO, MEDICAL, PEOPLE, loubao
from tests.people import number

HEADS = ("县(市、区)", "姓名", "身份证号", "救助类别", "起始年月")
ELSEWHERE = "全省名册上，晋江市，低保，2021年3月起"


def row(name: str, id_number: str | None, county: str = "晋江市", kind: str = "低保") -> Any:
    return (county, name, id_number, kind, "2021年3月")


def write(path: Path, rows: list[Any], heads: tuple[str, ...] = HEADS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = dict.fromkeys(heads, pl.String)
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    return path


#: What a register may have of the month's people, and of strangers.
ROWS = [
    row("蔡阿榕", PEOPLE["蔡阿榕"]),  # uncovered here
    row("柯三省", PEOPLE["柯三省"]),  # on the local roll: covered, and stays so
    row("曾淑免", PEOPLE["曾淑勉"][:17] + "1"),  # a doubt
    row("生面孔", number("19640101", 11), "安溪县"),
    row("面生孔", number("19640102", 13), "安溪县"),
    row(None, None),  # type: ignore[arg-type]
    row("合计", None),
]


def cases(out: Path) -> dict[str, dict[str, Any]]:
    frame = pl.read_parquet(out / "data" / "cases.parquet")
    return {each["person_key"]: each for each in frame.iter_rows(named=True)}


def register_of(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "run.json").read_text("utf-8"))["register"]
    return found


@pytest.fixture(scope="module")
def beside(good: office.Desk, tmp_path_factory: pytest.TempPathFactory) -> office.Desk:
    root = tmp_path_factory.mktemp("beside")
    shutil.copytree(good.data, root / good.data.name)
    write(root / "全省.parquet", ROWS)
    words = ("--out", "out", "--register", "全省.parquet")
    run = loubao("match", good.data.name, *words, cwd=root)
    assert run.code == 0, run.err
    office.assert_private(run.out, run.err, (root / "out/run.json").read_text("utf-8"))
    assert "全省名册：共 7 行，看不出是谁的 1 行，可能是名单上的人的 3 行；关联 2 人次" in run.out
    return office.Desk(root)


def test_who_is_covered_elsewhere_is_shown_so_and_stays(
    good: office.Desk, beside: office.Desk
) -> None:
    before, now = cases(good.out), cases(beside.out)
    assert before.keys() == now.keys()
    assert {each["case_no"] for each in before.values()} == {e["case_no"] for e in now.values()}
    changed = {key: now[key]["status"] for key in now if now[key] != before[key]}
    assert sorted(changed.values()) == ["partial", "review"]
    (partial,) = (each for each in now.values() if each["status"] == "partial")
    assert partial["reason"].endswith("部分享受（全省名册）")


def test_the_sheet_says_the_county(beside: office.Desk) -> None:
    from loubao.workbook.read_sheets import read_sheets

    (path,) = beside.out.rglob("核查表/洛阳镇/上浦村.xlsx")
    cells = read_sheets(path.read_bytes(), path.name)[0].cells
    assert [cell for line in cells.rows() for cell in line if cell == ELSEWHERE] == [ELSEWHERE]


def test_the_month_itself_is_the_same_to_the_byte(good: office.Desk, beside: office.Desk) -> None:
    for name, key in (("decisions", "right_id"), ("records", "record_id")):
        plain = pl.read_parquet(good.out / f"data/{name}.parquet")
        last = pl.read_parquet(good.out / "data/records.parquet")["record_id"].max()
        now = pl.read_parquet(beside.out / f"data/{name}.parquet")
        assert now.filter(pl.col(key) <= last).equals(plain)
    with_it, without = (
        json.loads((desk.out / "run.json").read_text("utf-8"))["counts"] for desk in (beside, good)
    )
    same = ("files", "records", "qualifying", "links", "reviews", "cases", "on_sheets")
    assert {name: with_it[name] for name in same} == {name: without[name] for name in same}


def test_every_row_is_accounted_for(beside: office.Desk) -> None:
    account = register_of(beside.out)
    assert account["rows"] == 7
    parts = ("nobody", "passed", "skipped", "records", "others")
    assert sum(account[part] for part in parts) == 7
    assert (account["nobody"], account["kept"], account["records"]) == (1, 3, 3)
    issues = pl.read_parquet(beside.out / "data/issues.parquet")
    nobody = issues.filter(pl.col("code") == "REGISTER_NOBODY")
    assert nobody["detail"].to_list() == ["有1行没有姓名也没有号码，没有用"]
    records = pl.read_parquet(beside.out / "data/records.parquet")
    on_it = records.filter(pl.col("list") == "register")
    assert on_it["row"].to_list() == [2, 3, 4]  # of strangers nothing is kept
    assert on_it["county"].unique().to_list() == ["晋江市"]


def test_a_pair_is_explained_by_its_own_weights(beside: office.Desk) -> None:
    (case,) = (each for each in cases(beside.out).values() if each["status"] == "partial")
    run = loubao("explain", case["case_no"], "--out", "out", "--json", cwd=beside.root)
    assert run.code == 0, run.err
    (candidate,) = (c for c in run.report["candidates"] if c["list"] == "register")
    assert candidate["counts_as"] == "part"
    total = sum(step["weight"] for step in candidate["steps"])
    assert total == pytest.approx(_log_odds(candidate["match_probability"]), abs=0.01)


def _log_odds(probability: float) -> float:
    from loubao.linkage.waterfall import log_odds

    return log_odds(probability)


def test_a_folder_as_spark_writes_it(good: office.Desk, tmp_path: Path) -> None:
    shutil.copytree(good.data, tmp_path / good.data.name)
    folder = tmp_path / "全省"
    heads = ("姓名", "身份证号", "decision", "match_weight")
    pairs = [
        ("蔡阿榕", PEOPLE["蔡阿榕"], "link", "30.1"),
        ("曾淑勉", PEOPLE["曾淑勉"], "review", "2.0"),
    ]
    write(folder / "县=晋江市" / "part-0001.parquet", pairs[:1], heads)
    write(folder / "县=安溪县" / "part-0002.parquet", pairs[1:], heads)
    unfinished = loubao("match", "2022-06", "--register", "全省", cwd=tmp_path)
    assert unfinished.code == 3
    assert "还没有写完" in unfinished.err
    (folder / "_SUCCESS").touch()
    (folder / "县=晋江市" / ".part-0001.parquet.crc").write_bytes(b"crc")
    run = loubao("match", "2022-06", "--register", "全省", "--json", cwd=tmp_path)
    assert run.code == 0, run.err
    assert [each["rows"] for each in run.report["register"]["files"]] == [1, 1]
    records = pl.read_parquet(tmp_path / "out/2022-06/data/records.parquet")
    found = records.filter(pl.col("list") == "register").select(
        "county", "qualifies", "failed_condition"
    )
    assert sorted(found.rows()) == [("安溪县", False, "比对结果待核实"), ("晋江市", True, None)]


def test_the_result_of_a_link(good: office.Desk, tmp_path: Path) -> None:
    shutil.copytree(good.data, tmp_path / good.data.name)
    write(tmp_path / "省.parquet", ROWS[:5])
    write(tmp_path / "名单.parquet", [("蔡阿榕", PEOPLE["蔡阿榕"])], ("姓名", "身份证号"))
    words = ("--keep", "name,id_number,right.县(市、区)", "--out", "结果")
    linked = loubao("link", "名单.parquet", "省.parquet", *words, cwd=tmp_path)
    assert linked.code == 0, linked.err
    for place in ("结果", "结果/links.parquet"):
        run = loubao("match", "2022-06", "--register", place, "--json", cwd=tmp_path)
        assert run.code == 0, run.err
        assert (run.report["register"]["rows"], run.report["register"]["linked"]) == (1, 1)
    records = pl.read_parquet(tmp_path / "out/2022-06/data/records.parquet")
    (found,) = records.filter(pl.col("list") == "register").select("name", "county").rows()
    assert found == ("蔡阿榕", "晋江市")


def test_the_same_in_slices(
    good: office.Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: Any
) -> None:
    from datetime import date

    from loubao.core import frames
    from loubao.workspace import register, register_files

    records = pl.read_parquet(good.out / "data/records.parquet")
    people = records.filter((pl.col("role") == "source") & pl.col("qualifies"))
    sought = people.select(frames.linkable(people))
    path = write(tmp_path / "全省.parquet", ROWS)
    found = []
    for size in (SLICE, 2):
        monkeypatch.setattr(register_files, "SLICE", size)
        monkeypatch.setattr(register, "SLICE", size)
        opened = register_files.open_register(path, rules)
        found.append(register.look_up(opened, sought, 1000, rules, date(2022, 6, 30)))
    opened = register_files.open_register(path, rules)
    write(path, ROWS[:3])
    with pytest.raises(UntrustedInput, match="读的时候被改动了"):
        register.look_up(opened, sought, 1000, rules, date(2022, 6, 30))
    one, other = found
    assert one.found.records.equals(other.found.records)
    assert one.found.decisions.equals(other.found.decisions)
    assert one.account == other.account


def spoilt(root: Path, how: str) -> Path:
    path = root / "全省.parquet"
    if how == "missing":
        return path
    write(path, ROWS)
    if how == "cut short":
        path.write_bytes(path.read_bytes()[:-40])
    elif how == "damaged":
        content = bytearray(path.read_bytes())
        content[4:200] = bytes(196)
        path.write_bytes(content)
    elif how == "a csv":
        path.write_text("姓名,身份证号\n", "utf-8")
    elif how == "no number":
        write(path, [("蔡阿榕", "晋江市")], ("姓名", "县"))
    elif how == "no rows":
        write(path, [])
    elif how == "an empty folder":
        path = root / "空"
        path.mkdir()
    elif how == "being written":
        path = root / "全省"
        write(path / "part-0.parquet", ROWS)
        (path / "_SUCCESS").touch()
        (path / "_temporary" / "0").mkdir(parents=True)
    return path


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ("missing", 2, "不存在，请检查路径"),
        ("cut short", 3, "已损坏或无法读取"),
        ("damaged", 3, "已损坏或无法读取"),
        ("a csv", 3, "不是 parquet 文件"),
        ("no number", 3, "缺少表头：身份证号"),
        ("no rows", 3, "有 0 行"),
        ("an empty folder", 3, "没有 parquet 文件"),
        ("being written", 3, "还没有写完"),
    ],
)
def test_what_is_not_whole_is_refused(desk: office.Desk, how: str, code: int, told: str) -> None:
    path = spoilt(desk.root, how)
    before = office.tree(desk.out)
    run = loubao("match", desk.data.name, "--register", path.name, cwd=desk.root)
    assert run.code == code, run.err
    assert told in run.err
    office.assert_private(run.out, run.err)
    assert office.tree(desk.out) == before


def test_no_file_of_data_is_it_and_no_rule_lets_it_take_off(
    good: office.Desk, tmp_path: Path
) -> None:
    root = tmp_path / "rules"
    shutil.copytree(office.REPOSITORY / "rules", root)
    shutil.copytree(good.data, tmp_path / "2022-06")
    rolls = (tmp_path / "2022-06" / DIBAO).read_bytes()
    (tmp_path / "2022-06" / "全省名册.csv").write_bytes(rolls)
    run = loubao("match", "2022-06", "--json", cwd=tmp_path)
    lists = {each["list"] for export in run.report["inputs"] for each in export["sheets"]}
    assert "register" not in lists
    policy = root / "screening.yaml"
    text = policy.read_text("utf-8")
    policy.write_text(
        text.replace("covered_by: [dibao, tekun]", "covered_by: [register]", 1), "utf-8"
    )
    run = loubao("match", "2022-06", cwd=tmp_path)
    assert run.code == 2
    assert "“register”只能写在 partly_by 里" in run.err
    policy.write_text(text, "utf-8")
    (root / "lists" / "register.yaml").unlink()
    write(tmp_path / "全省.parquet", ROWS)
    run = loubao("match", "2022-06", "--register", "全省.parquet", cwd=tmp_path)
    assert run.code == 2
    assert "没有 lists/register.yaml" in run.err


def test_with_a_ledger_from_month_to_month(good: office.Desk, tmp_path: Path) -> None:
    """A person carried along is found on the register too; nobody is closed by it."""
    shutil.copytree(good.data, tmp_path / "2022-06")
    ledger = ("--ledger", "loubao.db", "--json")
    first = loubao("match", "2022-06", *ledger, cwd=tmp_path)
    assert first.code == 0, first.err
    files = office.month()
    rows = (*office.MEDICAL_ROWS[:2], office.medical_row(1, "曾淑勉", 41000, "后亭村"))
    office.fill(tmp_path / "2022-07", files | {MEDICAL: office.xlsx(rows)})
    write(tmp_path / "全省.parquet", ROWS)
    beside = ("--register", "全省.parquet", "--yes")
    plain = loubao("match", "2022-07", "--yes", "--out", "plain", "--json", cwd=tmp_path)
    assert plain.code == 0, plain.err
    now = loubao("match", "2022-07", *beside, *ledger, cwd=tmp_path)
    assert now.code == 0, now.err
    assert now.report["ledger"]["news"] == {"carried": 1, "open": 1}
    statuses = {each["reason"] for each in cases(tmp_path / "out/2022-07").values()}
    assert any("部分享受（全省名册）" in reason for reason in statuses)
    again = loubao("match", "2022-07", *beside, *ledger, cwd=tmp_path)
    assert again.report["ledger"]["editions"] == 0  # the same once more posts nothing
