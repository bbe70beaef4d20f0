"""The server: on 127.0.0.1 alone, until somebody ends it or nobody has used it for an hour."""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from loubao.desk.app import Desk, Questions
from loubao.desk.guard import Guard
from loubao.rules.wording import Wording

_HERE = "127.0.0.1"
_MOST_AT_ONCE = 16  # requests; further ones are refused


class _Watch:
    """Passes requests of the page on; keeps when the last one was, and what went wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.used = time.monotonic()
        self.error: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # the page has been told; the command tells the terminal
            self.error = error
        self.used = time.monotonic()


class _Server(uvicorn.Server):
    """A server that ends when it is idle or broken."""

    def __init__(self, config: uvicorn.Config, watch: _Watch, idle: float) -> None:
        super().__init__(config)
        self._watch, self._idle = watch, idle
        self.was_idle = False

    async def on_tick(self, counter: int) -> bool:
        """Look whether to end, ten times a second."""
        self.was_idle = time.monotonic() - self._watch.used > self._idle
        if self.was_idle or self._watch.error:
            self.should_exit = True
        return bool(await super().on_tick(counter))


def serve(
    questions: Questions,
    words: Wording,
    opened: Callable[[str], None],
    port: int = 0,
    browser: bool = True,
    idle: float = 3600.0,
) -> bool:
    """Serve a review until it is ended; return whether it ended because nobody used it.

    `opened` is called with the address once it answers. `port` 0: any that is free. What goes wrong
    in a request ends it too, and is raised.
    """
    token = secrets.token_urlsafe(24)
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named: else the body of each
    # answer waits 40 ms for the browser to acknowledge its head (Nagle, delayed acknowledgement)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listening:
        listening.bind((_HERE, port))
        host = f"{_HERE}:{listening.getsockname()[1]}"
        address = f"http://{host}/{token}/"
        ending = asyncio.Event()
        desk = Desk(questions, words, token, ending.set)
        watch = _Watch(desk.app())
        server = _Server(_config(Guard(watch, token, [host])), watch, idle)

        async def run() -> None:
            serving = asyncio.create_task(server.serve([listening]))
            while not server.started and not serving.done():
                await asyncio.sleep(0.01)
            opened(address)
            if browser:
                with suppress(webbrowser.Error):
                    webbrowser.open(address)
            ended = asyncio.create_task(ending.wait())
            await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            ended.cancel()
            await serving

        with _silent(), suppress(KeyboardInterrupt):
            asyncio.run(run())
    if watch.error is not None:
        raise watch.error
    return server.was_idle


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the server's own complaints off the screen: one a request of a flood, and more.

    A pipe that nobody reads would be full of them, and the server would wait for it.
    """
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        http="h11",
        log_config=None,  # nobody's name stands in an address, and no address in a log
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_AT_ONCE,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=16 * 1024,
    )
