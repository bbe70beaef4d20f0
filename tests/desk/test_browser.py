"""The desk in a real browser, through its keys."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser import PROGRAM, Browser, browser
from tests.desk.conftest import Served
from tests.desk.invented import NUMBER

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium")


def number(page: Browser) -> int:
    return int(page.ask("document.querySelector('main').dataset.number"))


def test_a_sitting_by_keys(desk: Served, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as page:
        page.open(desk.address)
        assert number(page) == 0
        page.press("y")  # one candidate needs no choosing
        assert number(page) == 1
        page.type("y")  # of two, which one?
        assert page.ask("document.getElementById('which').textContent") == (
            "先选是哪一个候选（按 1–2）"
        )
        page.type("2")
        page.press("Y")
        page.press("n")
        page.press("u")
        page.press("s")
        assert number(page) == 5
        page.press("z")
        assert number(page) == 3
        assert "已撤销" in page.ask("document.body.innerText")
        page.press("n")
        assert desk.questions.kept == [
            (0, "same", 0),
            (1, "same", 1),
            (2, "different", None),
            (3, "different", None),
        ]
        page.press("n")  # the one that was skipped comes after the last
        page.press("n")
        assert "都核对完了" in page.ask("document.body.innerText")
        assert page.complaints == []
        assert {urlsplit(each).netloc for each in page.requests if "://" in each} == {desk.host}


def test_numbers_are_shown_and_hidden(desk: Served, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as page:
        page.open(desk.address + "2")
        assert NUMBER not in page.ask("document.documentElement.outerHTML")
        page.type("h")
        shown = "[...document.querySelectorAll('[data-side]')].map(e => e.innerText)"
        for _ in range(50):
            if (texts := page.ask(shown)) == [NUMBER] * 4:
                break
            time.sleep(0.1)
        assert texts == [NUMBER] * 4
        page.type("h")
        assert NUMBER not in page.ask("document.body.innerText")
        assert page.complaints == []


def test_for_keyboard_and_screen_reader(desk: Served, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as page:
        page.open(desk.address)
        screen = {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
        page.call("Emulation.setDeviceMetricsOverride", **screen)
        page.open(desk.address + "2")
        # the name has the focus, each button its words, each choice its label, each row its head
        assert page.ask("document.activeElement.id") == "who"
        tree = page.call("Accessibility.getFullAXTree")["nodes"]
        named = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree
            if node.get("role", {}).get("value") in {"button", "radio", "link", "rowheader"}
        ]
        assert all(name for _, name in named)
        for role, name in (
            ("button", "是同一人 Y"),
            ("button", "不是 N"),
            ("radio", "1 候选1"),
            ("rowheader", "姓名"),
            ("link", "下一个未定"),
        ):
            assert (role, name) in named
        # all of it is in sight, and nothing is wider than the window
        assert page.ask("document.documentElement.scrollWidth <= innerWidth")
        assert page.ask("document.querySelector('.choices').getBoundingClientRect().bottom <= 768")
        # what the Web Content Accessibility Guidelines ask of text: 4.5 to 1
        assert page.ask(_CONTRAST) >= 4.5


#: The least contrast between a text and what is behind it.
_CONTRAST = """
(() => {
  const rgb = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (color) => rgb(color).slice(0, 3)
    .map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if ((rgb(color)[3] ?? 1) > 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  let least = 21;
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()
"""
