"""A runtime for tests: as a thread of this process, or as a user starts it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from eyebrush import Stylizer
from eyebrush.serve import Server

PATIENCE_S = 60.0
T = TypeVar("T")


@contextmanager
def serving(name: str | None = None) -> Iterator[Server]:
    """A Server on a thread of this process, in the tiny assets' first style."""
    server = Server(lambda: Stylizer("alpha", precision="f32"), name)
    stop = threading.Event()
    thread = threading.Thread(target=server.run, args=(stop, lambda _: None))
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()


def until(condition: Callable[[], T], what: str) -> T:
    """The first true value of condition; fails after a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)
    return value


def command(*args: object) -> subprocess.Popen:
    """``eyebrush ARGS`` as a process of its own."""
    line = [sys.executable, "-m", "eyebrush", *(str(a) for a in args)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
