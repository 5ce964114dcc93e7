"""A score of what is painted right now: every n-th field, on a thread of its own.

A frame pays for a copy of some pixels, once in ``every`` fields. The window is some 192 pixels wide
and in the middle of the left eye; it is composited from the small picture that the network saw, so
that it costs the same whatever the eyes' size, and whether an engine or we show the frames.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from eyebrush import ops
from eyebrush.judge.calibration import Calibration, load_calibration
from eyebrush.judge.network import JudgeNetwork
from eyebrush.styles import Style
from eyebrush.urgency import less_urgent

log = logging.getLogger("eyebrush")

EVERY = 30  # fields
WINDOW_PX = 192  # of the eye, about
ENLARGE = 4  # the network's picture is a quarter of the eye
NICENESS = 15  # less urgent than the network itself


@dataclass(frozen=True)
class Window:
    """A part of a field: small [3, h, w] float32 0..1, grid [12, D, rows, columns], strokes
    [2h, 2w, 4] uint8."""

    small: np.ndarray
    grid: np.ndarray
    strokes: np.ndarray


class LiveJudge:
    """``offer`` belongs to the thread that makes fields, everything else to any."""

    def __init__(
        self,
        calibration: Calibration | None = None,
        every: int = EVERY,
        network: type[JudgeNetwork] = JudgeNetwork,
    ) -> None:
        self.calibration = calibration or load_calibration()
        self.every = every
        self._make = network
        self._network: tuple[tuple[int, int], JudgeNetwork] | None = None
        self._seen = 0
        self._pending: tuple[int, Window, Style] | None = None
        self._latest: dict[str, Any] | None = None
        self._closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="eyebrush-judge", daemon=True)
        self._thread.start()

    def offer(self, small: np.ndarray, grid: np.ndarray, strokes: np.ndarray, style: Style) -> None:
        """A field was made: small [E, 3, h, w], grid [E, 12, D, Gh, Gw], strokes [E, 2h, 2w, 4].
        Copies of every n-th what is needed, and never waits."""
        self._seen += 1
        if (self._seen - 1) % self.every or self._pending is not None:
            return
        cut = cut_window(small[0], grid[0], strokes[0])
        with self._wake:
            self._pending = (self._seen, cut, style)
            self._wake.notify()

    def status(self) -> dict[str, Any] | None:
        """The newest score, for people and programs; None before the first.

        score: mean logit.  better_than: share of good results, 0..1, that score no better.
        field: number of the field, from 1.  style: its name.
        """
        return self._latest

    def close(self) -> None:
        """End the thread."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        less_urgent(NICENESS)
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._pending is not None or self._closing)
                if self._closing:
                    return
                assert self._pending is not None
                number, window, style = self._pending
            try:
                self._latest = self._judge(number, window, style)
            except Exception as error:  # no score is worth a stream of fields
                log.warning("no live score any more: %s", error)
                self._latest = None
                return  # and _pending stays set: nothing is copied any more
            self._pending = None

    def _judge(self, number: int, window: Window, style: Style) -> dict[str, Any]:
        picture = composite(window)
        size = picture.shape[0], picture.shape[1]
        if self._network is None or self._network[0] != size:
            self._network = size, self._make(size, threads=1)
        vector = self.calibration.space.vector(style.code, style.tone_out)
        score = float(self._network[1](picture, vector).mean())
        better = self.calibration.better_than("live", score)
        return {
            "score": round(score, 3),
            "better_than": round(better, 3),
            "field": number,
            "style": style.name,
        }


def cut_window(small: np.ndarray, grid: np.ndarray, strokes: np.ndarray) -> Window:
    """Copies of the middle of one eye's picture and field: whole cells of the grid, so that it is
    sliced as in the whole (but for half a cell along the window's edges)."""
    (y, y_cells), (x, x_cells) = (
        _middle(cells, pixels)
        for cells, pixels in zip(grid.shape[2:], small.shape[1:], strict=True)
    )
    y2, x2 = (slice(2 * part.start, 2 * part.stop) for part in (y, x))
    return Window(
        small[:, y, x].copy(), grid[:, :, y_cells, x_cells].copy(), strokes[y2, x2].copy()
    )


def composite(window: Window) -> np.ndarray:
    """[H, W, 3] uint8 at the eye's own scale, fully painted."""
    _, height, width = window.small.shape
    levels = np.clip(window.small * 255 + 0.5, 0, 255).astype(np.uint8).transpose(1, 2, 0)
    size = width * ENLARGE, height * ENLARGE
    color = np.asarray(Image.fromarray(np.ascontiguousarray(levels)).resize(size))
    painted: np.ndarray = ops.composite(color[None], window.grid[None], window.strokes[None])
    return painted[0]


def _middle(cells: int, pixels: int) -> tuple[slice, slice]:
    """The middle of a side: pixels of the small picture, and cells of the grid."""
    half = round(cells * WINDOW_PX / (2 * ENLARGE * pixels))
    count = min(cells, max(2, 2 * half))
    first = (cells - count) // 2
    start, stop = (round(pixels * c / cells) for c in (first, first + count))
    return slice(start, stop), slice(first, first + count)
