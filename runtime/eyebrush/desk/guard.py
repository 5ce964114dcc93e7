"""Who may talk to the desk: only one who has the link, and only over the address it was given for.

The token is the first part of every path, so that each request and socket carries it by itself:
no cookie that other ports of this machine would get, no header that a page could not set. What a
hostile page in the same browser could still try is refused by ``Host`` (DNS rebinding: it must be
an address, not a name) and by ``Origin`` and ``Sec-Fetch-Site`` (cross-site requests).
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; script-src 'self'; style-src 'self'; "
     b"img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
     b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)  # fmt: skip
FIX = "open the link that eyebrush printed (or: eyebrush ctl link)"


class Guard:
    """ASGI middleware around the whole desk. port: where it listens; network: whether it was told
    to listen to other machines, too, so that any address of this one is a right ``Host``."""

    def __init__(self, app: App, token: str, port: int, network: bool) -> None:
        self._app, self._token, self._port, self._network = app, token, port, network

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        problem = self.problem(scope)
        if problem:
            await _refuse(scope, send, problem)
            return
        scope["root_path"] = "/" + self._token

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self._app(scope, receive, send_guarded)

    def problem(self, scope: Message) -> str:
        """Why a request or socket is refused; "" where it is welcome."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not self.is_ours(host):
            return f"got Host {host!r}; wanted this desk's own address; fix: {FIX}"
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1") != f"http://{host}":
            return f"got a request from the page of another site; wanted this desk's; fix: {FIX}"
        elsewhere = headers.get(b"sec-fetch-site") in (b"cross-site", b"same-site")
        opens = headers.get(b"sec-fetch-mode") == b"navigate" and scope.get("method") == "GET"
        if elsewhere and not opens:  # a link that is clicked may open the page itself, no more
            return f"got a request of another site; wanted this desk's page; fix: {FIX}"
        given = scope["path"].removeprefix("/").partition("/")[0]
        if not secrets.compare_digest(given.encode(), self._token.encode()):
            return f"got no token, or a wrong one; wanted that of the link; fix: {FIX}"
        return ""

    def is_ours(self, host: str) -> bool:
        """Whether ``Host`` names this desk: an address of it and its port, never a domain."""
        name, _, port = host.rpartition(":")
        if port != str(self._port):
            return False
        if name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return self._network or address.is_loopback


async def _refuse(scope: Message, send: Send, problem: str) -> None:
    if scope["type"] == "websocket":  # before it is accepted: the browser sees a plain 403
        await send({"type": "websocket.close", "code": 4403, "reason": "not allowed"})
        return
    body = json.dumps({"error": problem}).encode()
    headers = [(b"content-type", b"application/json"), *HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
