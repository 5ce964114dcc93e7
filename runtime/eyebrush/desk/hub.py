"""Between the runtime and the browsers: the newest of everything, and nobody waits for anybody.

A browser gets what is newest when it is ready for it. One that is slow, or has stopped reading,
misses pictures and samples; nothing is queued for it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from eyebrush.desk.preview import Boards, Shown, encode
from eyebrush.errors import EyebrushError, InputError
from eyebrush.styles.library import WORDS

PICTURE_S = 1 / 15  # between two pictures of a session, at the least
PATIENCE_S = 2.0  # for a picture that was asked for, and for the answer to a wish
WORDS_PATIENCE_S = 15.0  # for that to a wish in words: the first one loads a sentence model
SAMPLES_KEPT = 1500  # for a browser that comes, or was slow: twenty seconds at 72 Hz
MOST_CLIENTS = 32


@dataclass
class Seat:
    """One session of the runtime."""

    state: dict[str, Any]
    samples: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))
    count: int = 0  # of samples ever
    shown: Shown | None = None
    picture: bytes = b""
    asked_at: float = 0.0  # for the picture that is to come; 0: none is
    took_at: float = 0.0

    def since(self, cursor: int) -> list[dict[str, Any]]:
        """Samples after the ``cursor``-th."""
        new = min(self.count - cursor, len(self.samples))
        return list(itertools.islice(self.samples, len(self.samples) - new, None)) if new else []


@dataclass(eq=False)
class Client:
    """One browser's socket: what it looks at, and what it has not got yet."""

    session: str = ""
    pictures: bool = False
    cursor: int = 0
    dirty: bool = True
    picture: bytes = b""
    answers: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=32))
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class RuntimeBusyError(EyebrushError):
    """The runtime did not answer in time."""

    exit_code = 3


class Hub:
    """Everything on the event loop's thread. tell: sends a message to the runtime."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self.seats: dict[str, Seat] = {}
        self.clients: set[Client] = set()
        self.extras: Callable[[], dict[str, Any]] = dict  # what else belongs into a state message
        self.on_shown: Callable[[str, Shown], None] = lambda _session, _shown: None
        self._tell = tell
        self._boards = Boards()
        self._encoder = ThreadPoolExecutor(1, "desk-preview")
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._ids = itertools.count(1)
        self._watched = False
        self._tasks: set[asyncio.Task[None]] = set()

    def hear(self, message: dict[str, Any]) -> None:
        """A message of the runtime's."""
        kind = message["kind"]
        if kind == "sessions":
            self._take_sessions(message["sessions"])
        elif kind == "picture" and message["session"] in self.seats:
            task = asyncio.ensure_future(self._take_picture(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif kind == "done" and message["id"] in self._answers:
            future = self._answers[message["id"]]
            if not future.done():
                future.set_result(message)

    async def wish(self, session: str, wish: dict[str, Any]) -> dict[str, Any]:
        """Ask a session for something; returns its state then. Raises EyebrushError with the
        runtime's own words where it is refused, RuntimeBusyError where no answer comes."""
        name = self.pick(session)
        in_words = str(wish.get("style", "")).startswith(WORDS)
        patience_s = WORDS_PATIENCE_S if in_words else PATIENCE_S
        number = next(self._ids)
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._tell({"kind": "wish", "id": number, "session": name, **wish})
            answer = await asyncio.wait_for(future, patience_s)
        except asyncio.TimeoutError as error:
            raise RuntimeBusyError(
                f"the runtime did not answer within {patience_s:.0f} s; fix: see its own output"
            ) from error
        finally:
            del self._answers[number]
        if "error" in answer:
            raise EyebrushError(answer["error"])
        state: dict[str, Any] = answer["session"]
        if name in self.seats:
            self.seats[name].state = state
        self.touch()
        return state

    def pick(self, session: str) -> str:
        """The name of a session; the first one where none is named. Raises InputError."""
        if session in self.seats:
            return session
        if not session and self.seats:
            return next(iter(self.seats))
        raise InputError(
            got=f"session {session!r}",
            wanted=f"one of {', '.join(self.seats) or '(no engine is connected)'}",
            fix="see GET api/state",
        )

    def state(self) -> dict[str, Any]:
        """What every browser and program may know."""
        return {"sessions": [seat.state for seat in self.seats.values()], **self.extras()}

    def message_for(self, client: Client) -> dict[str, Any]:
        """The state message for one browser: with the samples that it has not got."""
        if client.session not in self.seats:
            client.session, client.cursor = next(iter(self.seats), ""), 0
        seat = self.seats.get(client.session)
        samples: list[dict[str, Any]] = []
        if seat is not None:
            samples, client.cursor = seat.since(client.cursor), seat.count
        return {"kind": "state", "session": client.session, "samples": samples, **self.state()}

    def touch(self) -> None:
        """Something has changed that browsers show."""
        for client in self.clients:
            client.dirty = True
            client.wake.set()

    def join(self, client: Client) -> bool:
        """A browser comes; False where there are too many."""
        if len(self.clients) >= MOST_CLIENTS:
            return False
        self.clients.add(client)
        return True

    async def run(self) -> None:
        """Ask for pictures, as long as somebody looks at them."""
        while True:
            await asyncio.sleep(PICTURE_S / 4 if self._watched else PICTURE_S)
            watched = bool(self.clients)
            if watched != self._watched:
                self._watched = watched
                self._tell({"kind": "watch", "on": watched})
            now = time.monotonic()
            for name in {client.session for client in self.clients if client.pictures}:
                seat = self.seats.get(name)
                if seat is None or now < seat.took_at + PICTURE_S:
                    continue
                if not seat.asked_at or now > seat.asked_at + PATIENCE_S:
                    seat.asked_at = now
                    self._tell({"kind": "look", "session": name})

    def _take_sessions(self, rows: list[dict[str, Any]]) -> None:
        names = [row["name"] for row in rows]
        gone = self.seats.keys() - set(names)
        for name in gone:
            del self.seats[name]
        self._boards.forget(set(gone))
        for row in rows:
            samples = row.pop("samples")
            seat = self.seats.setdefault(row["name"], Seat(row))
            seat.state = row
            seat.samples.extend(samples)
            seat.count += len(samples)
        self.touch()

    async def _take_picture(self, message: dict[str, Any]) -> None:
        session = message["session"]
        seat = self.seats.get(session)
        if seat is None:  # it left while its picture was on the way
            return
        seat.took_at = time.monotonic()

        def work() -> tuple[Shown, bytes]:
            shown = self._boards.take(session, message)
            return shown, encode(shown)

        loop = asyncio.get_running_loop()
        try:
            shown, seat.picture = await loop.run_in_executor(self._encoder, work)
            seat.shown = shown
        except OSError:  # its memory is gone with the session, or holds the next picture
            return
        finally:
            seat.asked_at = 0.0
        for client in self.clients:
            if client.session == session and client.pictures:
                client.picture = seat.picture
                client.wake.set()
        self.on_shown(session, shown)
