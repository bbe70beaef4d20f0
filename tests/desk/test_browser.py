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


def test_the_next_question_takes_the_place_of_the_page(desk: Served, tmp_path: Path) -> None:
    """Nothing but the question is loaded anew; back and forth, the history has every one of them."""
    with browser(tmp_path / "profile") as page:
        page.open(desk.address)
        assert page.ask("document.activeElement.id") == "who"
        page.press("y")
        page.press("n")
        assert number(page) == 2
        assert page.ask("document.activeElement.id") == "who", "the focus is on the question"
        assert page.ask("location.pathname").endswith("/2")
        assert [each for each in page.requests if each.endswith((".js", ".css"))] == [
            f"{desk.address}desk.css",
            f"{desk.address}desk.js",
        ]
        page.turn("history.back()")
        assert (number(page), page.ask("location.pathname")[-2:]) == (1, "/1")
        assert "已定：不是" in page.ask("document.body.innerText")
        page.turn("document.querySelector('a[rel=next]').click()")
        assert number(page) == 2
        page.press("u")
        # a second page of the same question: what was answered there is not answered twice
        page.wait_for(
            "fetch('decide', {method: 'POST', redirect: 'manual', body: new URLSearchParams("
            "{number: 3, was: '', choice: 'different'})}).then(() => 0)"
        )
        page.turn("document.querySelector('button[value=unsure]').click()")
        assert "刚才已经答过" in page.ask("document.body.innerText")
        page.turn("document.querySelector('form[action$=end] button').click()")
        assert "已结束" in page.ask("document.body.innerText")
        assert page.complaints == []
    assert [each[:2] for each in desk.questions.kept] == [
        (0, "same"), (1, "different"), (2, "unsure"), (3, "different")
    ]  # fmt: skip


def test_without_scripts(desk: Served, tmp_path: Path) -> None:
    with browser(tmp_path / "profile") as page:
        page.open(desk.address, scripts=False)
        page.click("button[value=same]")
        assert page.address().endswith("/1")
        page.click("button[value=same]")  # of two, which one?
        assert page.address().endswith("/1")
        page.click("button[value=different]")
        page.click("button[value=skip]")
        assert page.address().endswith("/3")
        page.click("button[formaction$=back]")
        assert page.address().endswith("/1")
    assert desk.questions.kept == [(0, "same", 0)]


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


#: What has to say what it is: whatever can be reached, chosen or pressed, and heads of tables.
_NAMED = {"button", "radio", "link", "rowheader", "columnheader", "progressbar", "alert", "heading"}


def named(page: Browser) -> list[tuple[str, str]]:
    """Role and accessible name of all that has to have one."""
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if node.get("role", {}).get("value") in _NAMED and not node.get("ignored")
    ]


def screen(page: Browser) -> None:
    """A small office screen."""
    size = {"width": 1366, "height": 768, "deviceScaleFactor": 1, "mobile": False}
    page.call("Emulation.setDeviceMetricsOverride", **size)


def outlined(page: Browser) -> bool:
    """Whether what has the focus is seen to have it."""
    return bool(
        page.ask(
            "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)"
            "(getComputedStyle(document.activeElement))"
        )
    )


@pytest.mark.parametrize("place", ["0", "1", "2", "settle/2", "done", "differing", "nowhere"])
def test_for_keyboard_and_screen_reader(desk: Served, tmp_path: Path, place: str) -> None:
    desk.questions.decide(0, "unsure", None)
    with browser(tmp_path / "profile") as page:
        page.open("about:blank")
        screen(page)
        page.open(desk.address + place)
        screen(page)
        assert page.ask("document.documentElement.lang") == "zh-CN"
        assert page.ask("document.title")
        # the question has the focus, and is seen to have it; so has what Tab leads to
        assert page.ask("document.activeElement.id") == "who"
        assert outlined(page)
        controls = page.ask(
            "document.querySelectorAll('button, a[href], input:not([type=hidden])').length"
        )
        for _ in range(min(controls, 4)):
            page.tab()
            assert page.ask("document.activeElement.id") != "who"
            assert outlined(page)
        found = named(page)
        assert [role for role, name in found if not name.strip() and role != "alert"] == []
        # nothing is wider than the window; what the Web Content Accessibility Guidelines ask of
        # text: 4.5 to 1
        assert page.ask("document.documentElement.scrollWidth <= innerWidth")
        assert page.ask(_CONTRAST) >= 4.5
        complaints = [each for each in page.complaints if "404" not in each]
        assert complaints == []


def test_a_question_is_all_in_sight(desk: Served, tmp_path: Path) -> None:
    """Three candidates on a small screen; each button has its words and key, each row its head."""
    with browser(tmp_path / "profile") as page:
        page.open("about:blank")
        page.open(desk.address + "1")
        screen(page)
        page.press("n")
        assert number(page) == 2
        assert page.ask("document.activeElement.id") == "who"
        assert outlined(page)
        for each in (
            ("button", "是同一人 Y"),
            ("button", "不是 N"),
            ("radio", "1 候选1"),
            ("rowheader", "姓名"),
            ("link", "下一个未定"),
        ):
            assert each in named(page)
        assert page.ask("document.documentElement.scrollWidth <= innerWidth")
        assert page.ask("document.querySelector('.choices').getBoundingClientRect().bottom <= 768")


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
