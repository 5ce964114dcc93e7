"""Browsers that are many, slow or hostile, and pages left open for hours: bounded, all of it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from contextlib import ExitStack, contextmanager

import pytest

from desk_stage import NEEDS, PATIENCE_S, until
from desk_stage import stage_fixture as stage_fixture
from tiny_assets import assets_fixture as assets_fixture

for module in NEEDS:
    pytest.importorskip(module)
import uvicorn  # noqa: E402
from starlette.applications import Starlette  # noqa: E402
from starlette.routing import WebSocketRoute  # noqa: E402
from websockets.exceptions import ConnectionClosed  # noqa: E402
from websockets.sync.client import connect  # noqa: E402

from eyebrush.desk import hub as hub_module  # noqa: E402
from eyebrush.desk import live  # noqa: E402
from eyebrush.desk.hub import Client, Hub, Seat  # noqa: E402

WATCH = json.dumps({"kind": "watch", "session": "", "pictures": True})
PICTURE_BYTES = 200_000
MANY = 10


def socket_link(stage):
    return stage.link.replace("http", "ws", 1) + "api/live"


def test_ten_browsers_at_once_all_see_it_move(stage):
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(socket_link(stage))) for _ in range(MANY)]
        for browser in sockets:
            browser.send(WATCH)
        for browser in sockets:
            pictures, states = set(), 0
            while len(pictures) < 3 or states < 3:
                message = browser.recv(timeout=PATIENCE_S)
                if isinstance(message, bytes):
                    pictures.add(message)
                else:
                    states += json.loads(message)["kind"] == "state"


def test_there_is_an_end_to_how_many(stage):
    with ExitStack() as stack:
        for _ in range(hub_module.MOST_CLIENTS):
            stack.enter_context(connect(socket_link(stage)))
        with connect(socket_link(stage)) as late:
            assert closing(late).rcvd.code == live.TOO_MANY
    assert until(lambda: admitted(stage), "a place to be free")


def closing(browser):
    """How the desk ended a socket."""
    with pytest.raises(ConnectionClosed) as closed:
        for _ in iter(lambda: browser.recv(timeout=PATIENCE_S), None):
            pass
    return closed.value


def admitted(stage):
    with connect(socket_link(stage)) as browser:
        try:
            return browser.recv(timeout=PATIENCE_S)
        except ConnectionClosed:
            return ""


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("nonsense", "Expecting value"),
        ("[]", "got no object"),
        ("{}", "got kind None"),
        ("[" * 60_000, "recursion"),
        ('{"kind": "dance"}', "wanted watch or wish"),
        ('{"kind": "wish", "id": 7, "strength": 9}', "strength: got 9"),
        ('{"kind": "wish", "id": 7, "style": "no-such"}', "got style 'no-such'"),
        ('{"kind": "wish", "session": "nobody"}', "got session 'nobody'"),
    ],
)
def test_a_bad_message_is_answered_and_ends_nothing(stage, message, said):
    with connect(socket_link(stage)) as browser:
        browser.send(message)
        assert said in next_done(browser)["error"]
        browser.send('{"kind": "wish", "id": 8, "strength": 1}')
        assert next_done(browser) == {"kind": "done", "id": 8}


def next_done(browser):
    while True:
        message = browser.recv(timeout=PATIENCE_S)
        if isinstance(message, str) and json.loads(message)["kind"] == "done":
            return json.loads(message)


@pytest.mark.parametrize("message", [b"\x00\x01", "x" * (65 << 10)])
def test_bytes_and_endless_messages_end_that_socket_alone(stage, message):
    with connect(socket_link(stage)) as good, connect(socket_link(stage)) as bad:
        bad.send(message)
        closing(bad)
        good.send('{"kind": "wish", "id": 1, "strength": 1}')
        assert next_done(good)["id"] == 1


@contextmanager
def served_hub():
    """A hub behind a real server, on a thread of this process; gives (hub, loop, port)."""
    hub = Hub(lambda _message: None)
    route = WebSocketRoute("/", lambda browser: live.serve(browser, hub))
    listener = socket.create_server(("127.0.0.1", 0))
    options = {"log_level": "error", "ws_per_message_deflate": False, "ws_ping_interval": None}
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[route]), timeout_graceful_shutdown=1, **options)
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(server.serve(sockets=[listener]))
    )
    thread.start()
    try:
        yield hub, loop, listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        loop.close()


def resident_bytes():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except FileNotFoundError:
        pytest.skip("this system does not tell a process's memory (/proc)")


def test_browsers_that_stop_reading_cost_nothing():
    """Ten sockets that are opened and never read; 600 MB of pictures go by. One that reads gets
    them all the same, and memory stays flat."""
    with served_hub() as (hub, loop, port):
        asyncio.run_coroutine_threadsafe(fill(hub), loop).result()
        stuck = [stuck_socket(port) for _ in range(MANY)]
        try:
            with connect(f"ws://127.0.0.1:{port}/", max_size=None) as browser:
                until(lambda: len(hub.clients) == MANY + 1, "all to be there")
                for client in hub.clients:
                    client.pictures = True
                before = 0
                for number in range(300):
                    picture = number.to_bytes(4, "big") + bytes(PICTURE_BYTES)
                    asyncio.run_coroutine_threadsafe(show(hub, picture), loop).result()
                    while (got := browser.recv(timeout=PATIENCE_S))[:4] != picture[:4]:
                        assert isinstance(got, (str, bytes))
                    if number == 50:
                        before = resident_bytes()
                assert resident_bytes() - before < 32 << 20
        finally:
            for browser in stuck:
                browser.close()


async def fill(hub):
    hub.seats["game"] = Seat({"name": "game"})


async def show(hub, picture):
    for client in hub.clients:
        client.picture = picture
        client.wake.set()


def stuck_socket(port):
    """A browser that opens the socket, and then reads nothing any more."""
    browser = socket.create_connection(("127.0.0.1", port))
    browser.sendall(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    browser.recv(16)
    return browser


def test_a_picture_of_a_session_that_left_is_dropped():
    async def arrives_late():
        hub = Hub(lambda _message: None)
        hub.hear({"kind": "sessions", "sessions": [{"name": "game", "samples": []}]})
        hub.hear({"kind": "picture", "session": "game"})
        hub.hear({"kind": "sessions", "sessions": []})
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        assert hub.seats == {}

    asyncio.run(arrives_late())


def test_a_page_left_open_for_hours():
    """A hundred hours of states: what is kept of them does not grow, and a browser that comes back
    gets the newest of it once."""

    async def live_long():
        hub = Hub(lambda _message: None)
        client = Client(session="game")
        hub.join(client)
        sample = {"at_ms": 0, "ms": {"composite": 1.0}, "late": False, "passed": False}
        for _ in range(20_000):
            session = {"name": "game", "samples": [sample] * 7}
            hub.hear({"kind": "sessions", "sessions": [session]})
        seat = hub.seats["game"]
        assert seat.count == 140_000
        assert len(seat.samples) == hub_module.SAMPLES_KEPT
        assert len(hub.message_for(client)["samples"]) == hub_module.SAMPLES_KEPT
        assert hub.message_for(client)["samples"] == []
        hub.hear({"kind": "sessions", "sessions": []})
        assert hub.seats == {}
        assert hub.message_for(client)["session"] == ""

    asyncio.run(live_long())
