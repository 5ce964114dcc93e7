"""The desk's own process: ``python -m eyebrush.desk OPTIONS``; eyebrush.desk.link starts it.

OPTIONS is JSON: host, port (0: any), osc (a port, or null), backend, precision, command (the one
that started it, for people). It ends when its standard input does, or at SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import threading
from typing import Any, BinaryIO

import eyebrush
from eyebrush.desk import place
from eyebrush.desk.presets import PresetFolder, presets_folder
from eyebrush.errors import EyebrushError, InputError
from eyebrush.styles import open_library

NICENESS = 10  # frames first
TRIES = 10  # ports after the first, where that is taken
ANY = ("0.0.0.0", "::", "")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
MAX_SOCKET_BYTES = 64 << 10  # of a message from a browser


def main() -> int:
    """Returns the exit code; what went wrong is told to the runtime as well."""
    options = json.loads(sys.argv[1])
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not end up among the messages
    try:
        if hasattr(os, "nice"):
            # Out of a terminal's Ctrl-C, but in the runtime's session: Linux shares cores between
            # sessions first, and niceness counts only within one.
            if os.getsid(0) != os.getpid():
                os.setpgid(0, 0)
            os.nice(NICENESS)
        asyncio.run(_serve(options, pipe))
    except (EyebrushError, ImportError) as error:
        _write(pipe, {"kind": "failed", "error": str(error)})
        return getattr(error, "exit_code", 3)
    return 0


async def _serve(options: dict[str, Any], pipe: BinaryIO) -> None:
    import uvicorn

    from eyebrush.desk.app import Desk
    from eyebrush.desk.guard import Guard
    from eyebrush.desk.hub import Hub
    from eyebrush.desk.preview import Shown
    from eyebrush.desk.studio import Studio

    loop = asyncio.get_running_loop()
    listener = _listen(options["host"], options["port"])
    port = listener.getsockname()[1]
    hub = Hub(lambda message: _write(pipe, message))

    def changed(lists: bool) -> None:
        loop.call_soon_threadsafe(desk.changed if lists else hub.touch)

    def first_scene(_session: str, shown: Shown) -> None:
        if not studio.has_scene:
            studio.take_scene(shown.before[0])

    studio = Studio(
        open_library(),
        options["backend"],
        options["precision"],
        changed,
    )
    facts = {"command": options["command"], "version": eyebrush.__version__}
    presets = PresetFolder(presets_folder())
    desk = Desk(hub, studio, presets, facts)
    hub.on_shown = first_scene
    token = place.token()
    guard = Guard(desk.app(), token, port, network=options["host"] not in LOOPBACK)
    server = uvicorn.Server(
        uvicorn.Config(
            guard,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=MAX_SOCKET_BYTES,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=1,
        )
    )
    url = f"http://{_shown_host(options['host'])}:{port}/{token}/"
    told = place.announce(port, url, options["command"])
    pump = asyncio.ensure_future(hub.run())
    try:
        _hear(hub, loop, server)
        osc = None
        if options["osc"] is not None:
            from eyebrush.desk.osc import open_osc

            osc = await open_osc(hub, presets, options["osc"])
        _write(pipe, {"kind": "ready", "url": url})
        await server.serve(sockets=[listener])
        if osc is not None:
            osc.close()
    finally:
        pump.cancel()
        told.unlink(missing_ok=True)


def _hear(hub: Any, loop: asyncio.AbstractEventLoop, server: Any) -> None:
    """The runtime's messages, on a thread, until it ends; then the desk ends, too."""

    def work() -> None:
        for line in sys.stdin.buffer:
            loop.call_soon_threadsafe(hub.hear, json.loads(line))
        server.should_exit = True

    threading.Thread(target=work, name="desk-hear", daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    """A socket at that port, or one of the next where it is taken."""
    error: OSError | None = None
    for number in range(port, min(port + TRIES, 65536) if port else 1):
        try:
            return socket.create_server((host, number), family=_family(host))
        except OSError as problem:
            error = problem
    raise InputError(
        got=f"address {host}, ports from {port} on ({error})",
        wanted="one that is free",
        fix="pass --desk-port 0 for any, and an address of this machine to --desk-host",
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _shown_host(host: str) -> str:
    """The address for the link: of 0.0.0.0, the one that other machines reach us by."""
    if host not in ANY:
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; RFC 5737's address for examples
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _write(pipe: BinaryIO, message: dict[str, Any]) -> None:
    try:
        pipe.write(json.dumps(message).encode() + b"\n")
        pipe.flush()
    except BrokenPipeError:  # the runtime has gone; our input ends, too
        pass


if __name__ == "__main__":
    sys.exit(main())
