"""Who may ask: every request is held against the token, the machine's own name, and the page.

The address has a random token, so that no other program on the machine guesses it; the `Host` is
that of the server, so that no foreign name that is made to lead here reads it (DNS rebinding); a
change comes from the page itself (`Origin`, `Sec-Fetch-Site`), so that no other page can post.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes that a request may bring: a choice and a number.
LARGEST_BODY = 4096
_LONGEST_ADDRESS = 512
_SEEN = ("GET", "HEAD")
#: What a browser is told with every answer.
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Guard:
    """Passes on what comes from the page, and refuses all else before anything is read.

    `hosts` are the names that the server has (`127.0.0.1:8321`).
    """

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str]) -> None:
        self._app, self._token = app, token
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return  # starting and ending are the server's affair; there is no other protocol
        code = self._refused(scope)
        if code is not None:
            await PlainTextResponse("", status_code=code, headers=HEADERS)(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), _with_headers(send))

    def _refused(self, scope: Scope) -> int | None:
        """The status by which a request is refused, None where it is not."""
        headers = Headers(scope=scope)
        if headers.getlist("host") != [headers.get("host")] or headers["host"] not in self._hosts:
            return 421
        token = str(scope["path"]).split("/")[1] if len(scope["path"]) <= _LONGEST_ADDRESS else ""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return 404
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
        if scope["method"] in _SEEN:
            # a page of somebody else may lead here, but has nothing of it
            foreign = origin is not None and origin not in self._origins
            return 403 if foreign or site == "cross-site" else None
        if scope["method"] != "POST":
            return 405
        if origin not in self._origins or site != "same-origin":
            return 403
        length = headers.get("content-length", "")
        return None if length.isdecimal() and int(length[:9]) <= LARGEST_BODY else 413


def _bounded(receive: Receive) -> Receive:
    """Give no more than the largest body, whatever its length was said to be."""
    left = LARGEST_BODY

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            return {"type": "http.disconnect"}
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def headed(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *given]}
        await send(message)

    return headed
