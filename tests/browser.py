"""A headless Chromium, spoken to over a pipe: what a page does, says and asks for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = next((p for name in ("chromium", "chromium-browser") if (p := shutil.which(name))), None)
#: The browser takes orders from file 3 and answers to file 4.
_START = """
import os, sys
orders, answers = (os.dup(int(number)) for number in sys.argv[1:3])
while min(orders, answers) < 5:
    orders, answers = os.dup(orders), os.dup(answers)
os.dup2(orders, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
#: Resolves to whether another body is there, and painted.
_TURNED = """
new Promise((done) => {
  const ends = performance.now() + 5000;
  const look = () => {
    const there = window.before !== document.body && document.querySelector("main");
    if (there) requestAnimationFrame(() => setTimeout(() => done(true)));
    else if (performance.now() > ends) done(false);
    else setTimeout(look, 1);
  };
  look();
})
"""
#: Messages of the page itself that are never wanted.
_COMPLAINTS = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")


@dataclass
class Browser:
    """One page. `complaints` are errors and console lines, `requests` the addresses asked for."""

    read: int
    write: int
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _count: int = 0
    _buffer: bytes = b""

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        self._count += 1
        order: dict[str, Any] = {"id": self._count, "method": method, "params": arguments}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.write, json.dumps(order).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") == self._count:
                assert "error" not in message, message
                return dict(message["result"])

    def open(self, page: Path | str, scripts: bool = True) -> None:
        """Open a file, or an address; without `scripts` as a browser that has them turned off."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.call(f"{domain}.enable")
        if not scripts:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        self.call("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def press(self, key: str) -> float:
        """Press a key, and wait until the page that it leads to is painted; return the seconds.

        The page may be loaded, or put in the place of this one: its body is another one then.
        """
        return self._turned(lambda: self.type(key))

    def turn(self, expression: str) -> float:
        """Do what leads to another page, as `press`."""
        return self._turned(lambda: self.ask(f"{expression}, 0"))

    def _turned(self, act: Callable[[], object]) -> float:
        self.ask("window.before = document.body, 0")
        start = time.perf_counter()
        act()
        for _ in range(100):
            with suppress(AssertionError):  # asked of a page that is just being left
                if self.wait_for(_TURNED) is True:
                    return time.perf_counter() - start
        raise AssertionError("nothing follows")

    def wait_for(self, expression: str) -> Any:
        """Return the value of a promise."""
        told = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def click(self, selector: str) -> None:
        """Press what a selector finds with the mouse, and wait for the page that is loaded."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        left, top, *_ = self.call("DOM.getBoxModel", nodeId=node)["model"]["content"]
        for kind in ("mousePressed", "mouseReleased"):
            place = {"x": left + 3, "y": top + 3, "button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", type=kind, **place)
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def address(self) -> str:
        """Return the address of the page."""
        history = self.call("Page.getNavigationHistory")
        return str(history["entries"][history["currentIndex"]]["url"])

    def tab(self) -> None:
        """Go to the next control."""
        for kind in ("rawKeyDown", "keyUp"):
            order = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
            self.call("Input.dispatchKeyEvent", type=kind, **order)

    def type(self, key: str) -> None:
        """Press a key that leads nowhere."""
        code = f"Key{key.upper()}" if key.isalpha() else f"Digit{key}"
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, text=key)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self.read, 1 << 16)
            if not part:
                raise EOFError("the browser has gone")
            self._buffer += part
        text, self._buffer = self._buffer.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        if message.get("method") in _COMPLAINTS:
            self.complaints.append(json.dumps(message["params"], ensure_ascii=False)[:500])
        elif message.get("method") == "Network.requestWillBeSent":
            self.requests.append(message["params"]["request"]["url"])
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Give a browser with an empty profile in the folder `profile`."""
    assert PROGRAM is not None
    orders, to_browser = os.pipe()
    from_browser, answers = os.pipe()
    options = "--headless --no-sandbox --disable-gpu --no-first-run --remote-debugging-pipe"
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", _START, str(orders), str(answers), PROGRAM),
            *(*options.split(), f"--user-data-dir={profile}"),
        ],
        pass_fds=(orders, answers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(orders)
    os.close(answers)
    try:
        yield Browser(from_browser, to_browser)
    finally:
        os.close(to_browser)
        os.close(from_browser)
        process.terminate()
        process.wait(10)
