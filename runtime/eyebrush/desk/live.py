"""The socket of one browser: states and pictures out, wishes in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time

from starlette.websockets import WebSocket, WebSocketDisconnect

from eyebrush.desk import schema
from eyebrush.desk.body import WISH, to_wish
from eyebrush.desk.hub import MOST_CLIENTS, Client, Hub
from eyebrush.errors import EyebrushError

STATE_S = 0.1  # between two state messages
TOO_MANY, BAD_MESSAGE = 4429, 4400


async def serve(socket: WebSocket, hub: Hub) -> None:
    """Until the browser leaves."""
    await socket.accept()
    client = Client()
    if not hub.join(client):
        await socket.close(TOO_MANY, f"more than {MOST_CLIENTS} pages are open")
        return
    sender = asyncio.ensure_future(_send(socket, hub, client))
    try:
        while True:
            await _hear(socket, hub, client, await socket.receive_text())
    except (WebSocketDisconnect, RuntimeError, KeyError):  # left, or sent bytes
        pass
    finally:
        hub.clients.discard(client)
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sender


async def _send(socket: WebSocket, hub: Hub, client: Client) -> None:
    """Whatever is newest, as fast as the browser takes it."""
    said_at = 0.0
    while True:
        await client.wake.wait()
        client.wake.clear()
        while client.answers:
            await socket.send_text(json.dumps(client.answers.popleft()))
        if client.picture:
            picture, client.picture = client.picture, b""
            await socket.send_bytes(picture)
        if client.dirty and time.monotonic() >= said_at + STATE_S:
            client.dirty = False
            said_at = time.monotonic()
            await socket.send_text(json.dumps(hub.message_for(client), ensure_ascii=False))
        elif client.dirty:  # soon; the next message of the runtime wakes us
            asyncio.get_running_loop().call_later(STATE_S, client.wake.set)


async def _hear(socket: WebSocket, hub: Hub, client: Client, text: str) -> None:
    """One message of the browser's; a bad one is answered, and ends nothing."""
    number = None
    try:
        message = json.loads(text)
        if not isinstance(message, dict):
            raise ValueError('got no object; wanted {"kind": ...}')
        kind = message.pop("kind", None)
        if kind == "watch":
            session = str(message.get("session", ""))
            if session != client.session:
                client.session, client.cursor = session, 0
            client.pictures = bool(message.get("pictures", True))
            hub.touch()
        elif kind == "wish":
            number = message.pop("id", None)
            schema.check(message, WISH)
            await hub.wish(message.get("session", client.session), to_wish(message))
            client.answers.append({"kind": "done", "id": number})
        else:
            raise ValueError(f"got kind {kind!r}; wanted watch or wish")
    except (EyebrushError, ValueError, RecursionError) as error:
        client.answers.append({"kind": "done", "id": number, "error": str(error)})
    client.wake.set()
