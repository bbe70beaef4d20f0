"""What the desk answers to each request: what it keeps, and what it refuses before reading it."""

from __future__ import annotations

import http.client
import queue
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from loubao.desk.guard import LARGEST_BODY
from loubao.desk.serving import serve
from loubao.rules.wording import Wording
from tests.desk.conftest import Served
from tests.desk.invented import NUMBER, Invented


@dataclass(frozen=True)
class Answer:
    code: int
    headers: Mapping[str, str]
    body: str


def ask(
    desk: Served,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
) -> Answer:
    """Send one request as it is given, under no token of its own."""
    connection = http.client.HTTPConnection(desk.host, timeout=10)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read().decode())
    finally:
        connection.close()


def see(desk: Served, path: str) -> Answer:
    return ask(desk, "GET", desk.base + path)


def post(desk: Served, path: str, /, **fields: object) -> Answer:
    headers = {"Origin": f"http://{desk.host}", "Content-Type": "application/x-www-form-urlencoded"}
    return ask(desk, "POST", desk.base + path, headers, urlencode(fields))


def place(answer: Answer) -> str:
    """Where an answer leads to, below the token."""
    assert answer.code == 303
    return answer.headers["location"].split("/", 2)[2]


def test_a_sitting(desk: Served) -> None:
    assert place(see(desk, "/")) == "0"
    assert place(post(desk, "/decide", number=0, was="", choice="same", candidate=0)) == "1"
    assert place(post(desk, "/decide", number=1, was="", choice="different", candidate=1)) == "2"
    assert place(post(desk, "/decide", number=2, was="", choice="skip")) == "3"
    assert place(post(desk, "/decide", number=3, was="", choice="unsure")) == "4"
    assert desk.questions.kept == [(0, "same", 0), (1, "different", None), (3, "unsure", None)]
    assert place(post(desk, "/back", number=4)) == "3"
    assert "已撤销" in see(desk, "/3").body
    assert "已撤销" not in see(desk, "/3").body  # said once
    for number in (3, 4, 5):
        answer = post(desk, "/decide", number=number, was="", choice="different")
    assert place(answer) == "2"  # who was skipped comes at the end
    assert place(post(desk, "/decide", number=2, was="", choice="same", candidate=2)) == "done"
    assert "已定 6" in see(desk, "/done").body
    assert place(see(desk, "/open")) == "done"


def test_same_needs_its_candidate(desk: Served) -> None:
    for given in (
        {},
        {"candidate": ""},
        {"candidate": 7},
        {"candidate": "-1"},
        {"candidate": "甲"},
    ):
        assert place(post(desk, "/decide", number=2, was="", choice="same", **given)) == "2"
        assert "先选是哪一个候选（按 1–3）" in see(desk, "/2").body
    for choice in ("", "yes", "SAME"):
        assert place(post(desk, "/decide", number=2, was="", choice=choice)) == "2"
    assert desk.questions.kept == []


def test_an_answer_given_twice_is_kept_once(desk: Served) -> None:
    for _ in range(2):
        answer = post(desk, "/decide", number=0, was="", choice="same", candidate=0)
    assert place(answer) == "0"
    page = see(desk, "/0").body
    assert "没有重复登记" in page
    assert "已定：是同一人（候选1）" in page
    assert len(desk.questions.kept) == 1
    was = page.split('name="was" value="')[1].split('"')[0]
    assert place(post(desk, "/decide", number=0, was=was, choice="different")) == "1"
    assert desk.questions.kept[-1] == (0, "different", None)


def test_what_cannot_be_kept_is_said(desk: Served) -> None:
    desk.questions.fails = True
    assert place(post(desk, "/decide", number=0, was="", choice="unsure")) == "0"
    assert "没有登记：台账正由另一次运行使用" in see(desk, "/0").body
    assert place(post(desk, "/back", number=0)) == "0"
    assert "没有可以撤销的答复" in see(desk, "/0").body


def test_two_readers_differ(desk: Served) -> None:
    post(desk, "/decide", number=1, was="", choice="unsure")
    page = see(desk, "/differing").body
    assert "kappa 0.52（95% 区间 0.10 至 0.94）" in page
    assert "/settle/1" in page
    assert f'action="{desk.base}/settle"' in see(desk, "/settle/1").body
    assert place(post(desk, "/settle", number=0, choice="different")) == "differing"  # is none
    assert place(post(desk, "/settle", number=1, choice="same", candidate=1)) == "differing"
    assert desk.questions.kept[-1] == (1, "same", 1)
    assert "没有意见不一的" in see(desk, "/differing").body


def test_a_number_is_shown_on_request_only(desk: Served) -> None:
    page = see(desk, "/0").body
    assert NUMBER not in page
    assert "990101********1234" in page
    assert post(desk, "/number", number=0, side="left").body == NUMBER
    assert post(desk, "/number", number=0, side="0").body == NUMBER
    for number, side in ((0, "1"), (0, ""), (99, "left"), ("x", "left")):
        assert post(desk, "/number", number=number, side=side).code == 404


def test_text_is_text(desk: Served) -> None:
    page = see(desk, "/0").body
    assert "林美华&lt;b&gt;" in page
    title = page.split("<title>")[1].split("</title>")[0]
    assert "林" not in title


def test_every_answer_keeps_the_browser_to_itself(desk: Served) -> None:
    for path in ("/", "/0", "/done", "/desk.css", "/desk.js", "/nothing"):
        headers = see(desk, path).headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
    assert see(desk, "/nothing").code == 404
    assert "<script>" not in see(desk, "/0").body
    assert " style=" not in see(desk, "/0").body


KEEP = "number=0&was=&choice=different"


@pytest.mark.parametrize(
    ("method", "token", "headers", "body", "code"),
    [
        ("GET", "", {}, None, 404),
        ("GET", "x", {}, None, 404),
        ("POST", "x", {"Origin": "own"}, KEEP, 404),
        ("POST", "own", {}, KEEP, 403),  # nobody says where it comes from
        ("POST", "own", {"Origin": "null"}, KEEP, 403),
        ("POST", "own", {"Origin": "http://evil.example"}, KEEP, 403),
        ("POST", "own", {"Origin": "https://own"}, KEEP, 403),
        ("POST", "own", {"Origin": "own", "Sec-Fetch-Site": "cross-site"}, KEEP, 403),
        ("POST", "own", {"Origin": "own", "Host": "evil.example"}, KEEP, 421),
        ("POST", "own", {"Origin": "own", "Host": "localhost"}, KEEP, 421),
        ("GET", "own", {"Host": "evil.example"}, None, 421),
        ("GET", "own", {"Origin": "http://evil.example"}, None, 403),
        ("GET", "own", {"Sec-Fetch-Site": "cross-site"}, None, 403),
        ("GET", "own", {"Origin": "own"}, KEEP, 405),  # a change by GET
        ("PUT", "own", {"Origin": "own"}, KEEP, 405),
        ("DELETE", "own", {"Origin": "own"}, None, 405),
        ("OPTIONS", "own", {"Origin": "http://evil.example"}, None, 405),
        ("POST", "own", {"Origin": "own"}, "x" * (LARGEST_BODY + 1), 413),
        ("POST", "own", {"Origin": "own", "Transfer-Encoding": "chunked"}, None, 413),
    ],
)
def test_strangers_are_refused(
    desk: Served, method: str, token: str, headers: dict[str, str], body: str | None, code: int
) -> None:
    known = {"own": f"http://{desk.host}", "https://own": f"https://{desk.host}"}
    if "Origin" in headers:
        headers["Origin"] = known.get(headers["Origin"], headers["Origin"])
    path = f"{desk.base}/decide" if token == "own" else f"/{token}/decide"
    answer = ask(desk, method, path, headers, body)
    assert answer.code == code
    assert desk.questions.kept == []
    assert answer.headers["cache-control"] == "no-store"


def test_a_body_longer_than_it_says(desk: Served) -> None:
    """The server cuts it off; what comes behind is no request of the page."""
    with socket.create_connection(tuple(desk.host.split(":")), timeout=10) as raw:  # type: ignore[arg-type]
        raw.sendall(
            f"POST {desk.base}/decide HTTP/1.1\r\nHost: {desk.host}\r\nOrigin: http://{desk.host}\r\n"
            f"Content-Length: 5\r\n\r\n{KEEP}{'x' * 100_000}".encode()
        )
        assert raw.recv(64).startswith(b"HTTP/1.1 303")
    assert desk.questions.kept == []


def test_many_at_once_do_no_harm(desk: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Connections that say nothing do not shut out whoever sits at the desk for long.

    Nor does the server say a word of each: a pipe that nobody reads would be full, and stop it.
    """
    host, port = desk.host.split(":")
    crowd = [socket.create_connection((host, int(port)), timeout=10) for _ in range(200)]
    for place, each in enumerate(crowd):
        whole = f"GET /0 HTTP/1.1\r\nHost: {desk.host}\r\n\r\n".encode()
        each.sendall(whole if place % 2 else b"GET / HTTP/1.1\r\n")
    refused = see(desk, "/0").code
    for each in crowd:
        each.close()
    assert refused in (200, 503)
    for _ in range(50):
        if (answer := see(desk, "/0")).code == 200:
            break
    assert answer.code == 200
    assert desk.questions.kept == []
    assert [each.name for each in caplog.records] == []


def test_a_defect_ends_it(words: Wording, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Invented, "card", broken)
    raised: list[Exception] = []
    addresses: queue.Queue[str] = queue.Queue()

    def run() -> None:
        try:
            serve(Invented(), words, addresses.put, browser=False)
        except ZeroDivisionError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    desk = Served(addresses.get(timeout=10), Invented(), thread)
    assert see(desk, "/0").code == 500
    thread.join(10)
    assert not thread.is_alive()
    assert len(raised) == 1


def test_it_ends(desk: Served) -> None:
    answer = post(desk, "/end")
    assert answer.code == 200
    assert "可以关闭这一页" in answer.body
    desk.thread.join(10)
    assert not desk.thread.is_alive()
    with pytest.raises(OSError):
        see(desk, "/0")


def test_a_stranger_does_not_keep_it_open(words: Wording) -> None:
    """Requests without the token are no use of it."""
    addresses: queue.Queue[str] = queue.Queue()
    options = {"browser": False, "idle": 1.0}
    thread = threading.Thread(target=serve, args=(Invented(), words, addresses.put), kwargs=options)
    thread.start()
    desk = Served(addresses.get(timeout=10), Invented(), thread)
    until = time.monotonic() + 10
    while thread.is_alive() and time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            ask(desk, "GET", "/nobody/0")
        time.sleep(0.05)
    assert not thread.is_alive()


def test_nobody_uses_it(words: Wording) -> None:
    addresses: list[str] = []
    idle: list[bool] = []

    def run() -> None:
        idle.append(serve(Invented(), words, addresses.append, browser=False, idle=0.3))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert idle == [True]
    assert addresses[0].startswith("http://127.0.0.1:")
