"""The runtime's end of the pipe to the desk: starts it, feeds it, does what it says.

Messages are lines of JSON, ``{"kind": ...}``, over the desk's standard input and output:

    to the desk    sessions (states and samples), picture (where one lies), done (a wish's answer)
    from the desk  ready (its link), watch (somebody looks), look (a picture is wanted), wish

A desk that hangs or dies holds up two threads of this file, and no frame.
"""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from eyebrush.desk.tap import Tap, Wish
from eyebrush.errors import BackendError, EyebrushError, InputError

log = logging.getLogger("eyebrush")

WATCHED_S, UNWATCHED_S = 0.1, 0.5  # between two messages about the sessions
START_S = 30.0
CLOSE_S = 5.0
WISHES = {f.name for f in fields(Wish)}


class DeskLink:
    """A desk and the sessions that it shows. Safe to use from any thread.

    options: the desk's own settings, see ``eyebrush.desk.__main__``.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.url = ""
        self._taps: dict[str, Tap] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._ready = threading.Event()
        self._closing = False
        self._watched = False
        self._error = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "eyebrush.desk", json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._threads = [
            threading.Thread(target=work, name=f"desk-{work.__name__}", daemon=True)
            for work in (self._listen, self._tell)
        ]
        for thread in self._threads:
            thread.start()
        if not self._ready.wait(START_S) or not self.url:
            self.close()
            why = self._error or "see above"
            fix = "" if "; fix: " in why else "; fix: pip install 'eyebrush[desk]'"
            raise BackendError(f"the desk did not start: {why}{fix}")

    def open(
        self, name: str, state: Callable[[], dict[str, Any]], apply: Callable[[Wish], None]
    ) -> Tap:
        """A new session for the page; ``close_tap`` it when it ends."""
        tap = Tap(name, state, apply, self._wake.set)
        with self._lock:
            self._taps[name] = tap
        return tap

    def close_tap(self, tap: Tap) -> None:
        """The session has ended."""
        with self._lock:
            if self._taps.get(tap.name) is tap:
                del self._taps[tap.name]
        tap.close()

    def close(self) -> None:
        """End the desk."""
        self._closing = True
        self._wake.set()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for thread in self._threads:
            thread.join(CLOSE_S)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # what was not read is of no use any more
                pipe.close()
        for tap in list(self._taps.values()):
            self.close_tap(tap)

    def _listen(self) -> None:
        """The desk's words, until it ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            kind = message.pop("kind")
            if kind == "ready":
                self.url = message["url"]
                self._ready.set()
            elif kind == "failed":
                self._error = message["error"]
            elif kind == "watch":
                self._watched = message["on"]
            elif kind == "look":
                tap = self._taps.get(message["session"])
                if tap is not None:
                    tap.wanted = True
            elif kind == "wish":
                self._send({"kind": "done", "id": message.pop("id"), **self._grant(message)})
            self._wake.set()
        self._ready.set()
        if not self._closing:
            log.warning("the desk has ended by itself; styles go on as they are, without a page")

    def _grant(self, message: dict[str, Any]) -> dict[str, Any]:
        tap = self._taps.get(message["session"])
        try:
            if tap is None:
                raise InputError(
                    got=f"session {message['session']!r}",
                    wanted=f"one of {', '.join(self._taps) or '(there are none)'}",
                    fix="pick one that runs",
                )
            tap.apply(Wish(**{key: message[key] for key in WISHES & message.keys()}))
            return {"session": tap.state()}
        except EyebrushError as error:
            return {"error": str(error)}

    def _tell(self) -> None:
        """Tell the desk how things are, until one of the two ends."""
        while not self._closing and self._process.poll() is None:
            self._wake.wait(WATCHED_S if self._watched else UNWATCHED_S)
            self._wake.clear()
            with self._lock:
                taps = list(self._taps.values())
            for tap in taps:
                picture = tap.take_picture()
                if picture is not None:
                    self._send({"kind": "picture", "session": tap.name, **picture})
            sessions = [{**tap.state(), "samples": tap.take_samples()} for tap in taps]
            self._send({"kind": "sessions", "sessions": sessions})

    def _send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
        assert self._process.stdin is not None
        try:
            with self._writing:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except OSError:  # gone; ``_listen`` says so
            pass
