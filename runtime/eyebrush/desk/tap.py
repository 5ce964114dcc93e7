"""One session as the desk sees it: the runtime's side, which costs a frame next to nothing."""

from __future__ import annotations

import logging
import mmap
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger("eyebrush")

SAMPLES_KEPT = 512  # seven seconds at 72 Hz; the link takes them ten times a second
MOST_PX = 640  # the longer side of a picture for the desk; larger ones are thinned out
ALIGN = 64
HEAD = ALIGN


@dataclass(frozen=True)
class Wish:
    """What the desk asks of a session; None leaves a thing as it is.

    style:   a name or a mix such as "monet:0.6,hokusai:0.4", never a file.
    release: back to what the engine, or the command line, asks for; the rest is then ignored.
    """

    style: str | None = None
    strength: float | None = None
    calm: float | None = None
    detail: float | None = None
    release: bool = False


class Tap:
    """What one session shows to the desk, and how the desk reaches it.

    state: the session's facts for the page, ready for JSON.  apply: grants a wish or raises
    InputError.  Both are called on a thread of the desk's. ``sample`` and ``show`` belong to the
    session's own thread; they never wait and never write to the desk themselves.
    """

    def __init__(
        self,
        name: str,
        state: Callable[[], dict[str, Any]],
        apply: Callable[[Wish], None],
        wake: Callable[[], None],
    ) -> None:
        self.name, self.state, self.apply = name, state, apply
        self.wanted = False  # the desk waits for a picture
        self._wake = wake
        self._samples: deque[dict[str, Any]] = deque(maxlen=SAMPLES_KEPT)
        self._board: Board | None = None
        self._picture: dict[str, Any] | None = None

    def sample(
        self,
        stages_ns: Mapping[str, int],
        *,
        late: bool = False,
        passed: bool = False,
        field_ns: Mapping[str, int] | None = None,
    ) -> None:
        """One frame: what each stage took; whether it was late, or shown unstyled; and the stages
        of the field, where a new one came with it."""
        row: dict[str, Any] = {
            "at_ms": time.monotonic_ns() // 1_000_000,
            "ms": {stage: round(ns * 1e-6, 3) for stage, ns in stages_ns.items()},
            "late": late,
            "passed": passed,
        }
        if field_ns is not None:
            row["field_ms"] = {stage: round(ns * 1e-6, 3) for stage, ns in field_ns.items()}
        self._samples.append(row)

    def show(self, arrays: Mapping[str, np.ndarray], **facts: Any) -> None:
        """Copy a picture for the desk, which wants one: call it where ``wanted`` is True, after the
        frame was handed over. Arrays [E, H, W, C]; colours and strokes are thinned out to MOST_PX.
        """
        self.wanted = False
        thin = {name: thinned(array) for name, array in arrays.items()}
        try:
            if self._board is None or not self._board.fits(thin):
                self.close()
                self._board = Board(thin)
        except OSError as error:  # no room for it; the frame was shown all the same
            log.warning("no picture for the desk: %s", error)
            return
        self._picture = {**self._board.write(thin), "facts": facts}
        self._wake()

    def take_samples(self) -> list[dict[str, Any]]:
        """Those since the last call, oldest first."""
        rows = []
        while self._samples:
            rows.append(self._samples.popleft())
        return rows

    def take_picture(self) -> dict[str, Any] | None:
        """What tells the desk where the picture lies, once for each ``show``."""
        picture, self._picture = self._picture, None
        return picture

    def close(self) -> None:
        """Let go of the shared memory."""
        if self._board is not None:
            self._board.close()
            self._board = None


def thinned(array: np.ndarray) -> np.ndarray:
    """[E, H, W, C] uint8 with every k-th pixel, so that no side is longer than MOST_PX; grids and
    other arrays as they are."""
    if array.ndim != 4 or array.dtype != np.uint8:
        return array
    step = -(-max(array.shape[1:3]) // MOST_PX)
    return array[:, ::step, ::step]


class Board:
    """Memory shared with the desk: a file without a name once the desk has opened it.

    Its first eight bytes number the picture in it, and are odd while one is written: a desk that is
    slow to copy it out sees that it read two.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._size = HEAD + sum(_room(a) for a in arrays.values())
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        handle, self._path = tempfile.mkstemp(prefix="eyebrush-desk-", dir=folder)
        try:
            os.ftruncate(handle, self._size)
            self._memory = mmap.mmap(handle, self._size)
        finally:
            os.close(handle)
        self._number = np.ndarray((), np.uint64, self._memory)

    def fits(self, arrays: Mapping[str, np.ndarray]) -> bool:
        """Whether there is room for these."""
        return HEAD + sum(_room(a) for a in arrays.values()) <= self._size

    def write(self, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Copy them in; returns where each lies."""
        rows, offset = [], HEAD
        self._number += np.uint64(1)
        for name, array in arrays.items():
            place = np.ndarray(array.shape, array.dtype, self._memory, offset)
            np.copyto(place, array)
            shape = list(array.shape)
            rows.append({"name": name, "dtype": array.dtype.str, "shape": shape, "at": offset})
            offset += _room(array)
        self._number += np.uint64(1)
        number = int(self._number)
        return {"path": self._path, "bytes": self._size, "number": number, "arrays": rows}

    def close(self) -> None:
        """Forget it; the desk has its own hold."""
        Path(self._path).unlink(missing_ok=True)


def _room(array: np.ndarray) -> int:
    return -(-array.nbytes // ALIGN) * ALIGN
