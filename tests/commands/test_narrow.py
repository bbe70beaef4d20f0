"""Screens of 80 columns and less: words fold, figures stay whole, nothing is cut short."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len

from loubao.cli.progress_command import show_quality
from loubao.cli.standards_command import show_standards
from loubao.cli.terminal import Terminal, table
from loubao.commands.standards import standards
from loubao.rules.folder import Rules
from loubao.standards.tariff import Asked

DAY = date(2022, 6, 30)


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, without the blanks by which lines were folded and filled."""
    text = capsys.readouterr().out
    assert "…" not in text
    return text


@pytest.mark.parametrize("columns", [120, 80, 64])
@pytest.mark.parametrize("standard", [None, "900"])
def test_every_standard_is_told_apart(
    columns: int,
    standard: str | None,
    rules: Rules,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    asked = Asked(DAY, standard=Decimal(standard) if standard else None)
    report = standards(asked, rules)
    show_standards(report)
    text = shown(capsys)
    rows = text[text.index("救助标准（元") :].splitlines()
    assert all(cell_len(row) <= columns for row in rows)
    for line in report["standards"]:
        figures = [amount.removesuffix(".00") for amount in line["amounts"].values()]
        assert any(set(figures) <= set(row.replace("│", " ").split()) for row in rows)
        if columns >= 80:
            assert f" {line['item']} " in text
            assert line["rule"] in text


@pytest.mark.parametrize(
    ("standard", "said"),
    [
        ("950", "低保标准超出范围：950 元 > 940.80 元"),
        ("823.19", "低保标准超出范围：823.19 元 < 823.20 元"),
        ("940.80", None),
        ("823.20", None),
    ],
)
def test_a_standard_beyond_the_range_is_told(
    standard: str, said: str | None, rules: Rules, capsys: pytest.CaptureFixture[str]
) -> None:
    show_standards(standards(Asked(DAY, standard=Decimal(standard)), rules))
    told = [line for line in shown(capsys).splitlines() if "超出范围" in line]
    assert told == ([said] if said else [])


def test_reasons_of_the_quality_fold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    reason = "证号只差一处或残存部分一致，姓名相同或写法不同，合起来几乎不可能是另一人"
    finding: dict[str, Any] = {
        "by": "all",
        "group_title": "疑似（请村里核对）",
        "title": reason,
        "judged": 120,
        "right": 117,
        "enough": True,
        "precision": 0.975,
        "low": 0.929,
        "high": 0.991,
    }
    band = {**finding, "start": 0.95, "end": 0.99, "said": 0.974}
    nothing = dict.fromkeys(("said", "advised", "notes"), ())
    show_quality({"quality": {"findings": [finding], "bands": [band], **nothing}, "out": []})
    rows = [row for row in shown(capsys).splitlines() if row.strip()]
    assert all(cell_len(row) <= 80 for row in rows)
    assert "疑似（请村里核对）" in "".join(rows)
    assert {"120", "117", "97.5%", "92.9–99.1%"} <= set(" ".join(rows).split())
    words = "".join(word for row in rows[3:] for word in row.split())
    assert set(reason) <= set(words)


def test_a_frame_only_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns, framed in ((40, True), (20, False)):
        monkeypatch.setenv("COLUMNS", str(columns))
        told = table("标题", ("问题", "条数"), numbers=("条数",))
        told.add_row("身份证号被表格软件改坏", "12")
        Terminal().show(told)
        assert ("│" in shown(capsys)) is framed
