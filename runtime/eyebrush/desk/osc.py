"""Open Sound Control for stage tools (extra ``osc``), on this machine's loopback only.

    /eyebrush/style     s            a style's name, or a mix: "monet:0.6,hokusai:0.4"
    /eyebrush/mix       s f [s f]    styles and their weights
    /eyebrush/strength  f            0..1
    /eyebrush/calm      f            0..1
    /eyebrush/detail    f            0..1
    /eyebrush/preset    s            a preset's name
    /eyebrush/release                back to what the engine asks for

``/eyebrush/session/NAME/style`` and so on reach one session; without, it is the first.
OSC has no secrets: whoever may send to this machine's loopback may change the look, nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from eyebrush.desk import schema
from eyebrush.desk.body import WISH, to_wish
from eyebrush.desk.hub import Hub
from eyebrush.desk.presets import PresetFolder, preset_wish
from eyebrush.errors import BackendError, EyebrushError, InputError

log = logging.getLogger("eyebrush")


async def open_osc(hub: Hub, presets: PresetFolder, port: int) -> asyncio.BaseTransport:
    """Listen; close what is returned. Raises BackendError, InputError."""
    try:
        from pythonosc.dispatcher import Dispatcher
        from pythonosc.osc_server import AsyncIOOSCUDPServer
    except ImportError as error:
        raise BackendError(
            "got no python-osc; wanted it for --osc; fix: pip install 'eyebrush[osc]'"
        ) from error
    loop: Any = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    def take(address: str, *values: Any) -> None:
        task = loop.create_task(_grant(hub, presets, address, values))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    dispatcher = Dispatcher()
    dispatcher.map("/eyebrush/*", take)
    dispatcher.set_default_handler(take)
    server = AsyncIOOSCUDPServer(("127.0.0.1", port), dispatcher, loop)
    try:
        transport, _ = await server.create_serve_endpoint()
    except OSError as error:
        raise InputError(
            got=f"UDP port {port} ({error.strerror})", wanted="a free one", fix="--osc OTHER"
        ) from error
    return transport


async def _grant(hub: Hub, presets: PresetFolder, address: str, values: tuple[Any, ...]) -> None:
    """One message; what is wrong with it goes to the log."""
    try:
        session, body = wish_of(address, values)
        if "preset" in body:
            await hub.wish(session, preset_wish(presets.get(body["preset"])))
        else:
            schema.check(body, WISH)
            await hub.wish(session, to_wish(body))
    except (EyebrushError, schema.FaultError) as error:
        log.warning("OSC %s: %s", address, error)


def wish_of(address: str, values: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """(session or "", body as for POST api/wish, or {"preset": name}). Raises InputError."""
    parts = address.strip("/").split("/")
    session = ""
    if len(parts) == 4 and parts[:2] == ["eyebrush", "session"]:
        session, parts = parts[2], [parts[0], parts[3]]
    word = parts[1] if len(parts) == 2 and parts[0] == "eyebrush" else ""
    if word in ("style", "preset", "strength", "calm", "detail") and len(values) == 1:
        return session, {word: values[0]}
    if word == "mix" and values and len(values) % 2 == 0:
        pairs = zip(values[::2], values[1::2], strict=True)
        return session, {"mix": [{"style": style, "weight": weight} for style, weight in pairs]}
    if word == "release" and not values:
        return session, {"release": True}
    raise InputError(
        got=f"{address} with {len(values)} argument(s)",
        wanted="/eyebrush/style|mix|strength|calm|detail|preset|release with theirs",
        fix="see docs/desk.md",
    )
