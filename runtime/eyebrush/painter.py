"""One display loop's way from the newest frame to what is shown, under the governor."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from eyebrush import ops
from eyebrush.errors import BackendError
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.governor import Effort, Governor
from eyebrush.stylizer import Stylizer
from eyebrush.worker import FieldWorker

FIRST_FIELD_S = 60.0  # compiling included
NETWORK_NICENESS = 10  # the network can wait, the composite cannot: docs/decisions/governor.md


class Painter:
    """Composites the newest field over the newest frame, or passes the frame through.

    Owns the worker; the governor decides what is done. One thread calls ``paint``.

    copies: keep a copy of the frames that go to the network, for sources that write the next
            frame into the same pixels; without, pixels handed to ``paint`` must not change.
    """

    def __init__(
        self, stylizer: Stylizer, governor: Governor | None = None, *, copies: bool = False
    ) -> None:
        self.stylizer = stylizer
        self.governor = governor or Governor()
        self.worker = FieldWorker(stylizer, NETWORK_NICENESS)
        self.composite_ns = 0  # of the last frame
        self.field: StyleField | None = None  # that the last frame was composited with
        self._newest: StyleField | None = None  # the same as the worker made it
        self._shape: tuple[int, ...] = ()
        self._since_ns = 0  # display time of the first frame of this shape
        self._copies = copies
        self._copy: np.ndarray | None = None
        self._nothing: np.ndarray | None = None  # where probes go

    def warm_up(self, frames: EyeFrames, out: np.ndarray) -> None:
        """Compile, allocate and touch everything that a frame of this size can need.

        Leaves a first field of ``frames``. Raises BackendError where none can be made.
        """
        ops.ingest(frames.color)  # starts the native threads here, not on the worker's priority
        for half in (True, False):
            tries = self.worker.attempts + 1
            self.worker.submit(frames, half=half)
            done = self.worker.wait_for_attempts(tries, FIRST_FIELD_S)
            field = self.worker.latest
            if not done or field is None or self.worker.error:
                why = self.worker.error or f"nothing came within {FIRST_FIELD_S:.0f} s"
                raise BackendError(f"no style field ({why}); fix: eyebrush doctor")
            for strokes in (True, False):
                self.stylizer.composite(frames, field, out=out, strokes=strokes)
        self._shape, self._since_ns = frames.color.shape, frames.display_time_ns
        self.stylizer.reset()

    def paint(self, frames: EyeFrames, out: np.ndarray, began_ns: int, period_ns: int) -> bool:
        """Fill ``out`` [E, H, W, 3|4] with the frame: restyled (True) or as it is (False).

        began_ns:  time.perf_counter_ns() when work on this display frame began.
        period_ns: predicted display period; all of it is ours from then on.
        """
        eyes = len(frames.color)
        effort = self.governor.begin(began_ns, period_ns, eyes)
        self._submit(frames, effort)
        newest = self.worker.latest
        if frames.color.shape != self._shape:  # fields of other frames fit no longer
            self.field, self._shape = None, frames.color.shape
            self._since_ns = frames.display_time_ns
        fits = newest is not None and newest.display_time_ns >= self._since_ns
        if newest is not None and fits and newest is not self._newest:
            self.governor.field_took(sum(newest.stage_ns.values()))
            self.field = self._newest = newest
        started = time.perf_counter_ns()
        field = self.field
        restyled = field is not None and self._composite(frames, field, effort, out)
        self.composite_ns = time.perf_counter_ns() - started
        if not restyled:
            np.copyto(out, frames.color)
            if field is not None:
                self._probe(frames, field)
        self.governor.painted(time.perf_counter_ns())
        return restyled

    def done(self, restyled: bool) -> None:
        """The frame has been handed over: what it took counts up to now."""
        self.governor.end(time.perf_counter_ns(), restyled, self.field is not None)

    def forget_views(self) -> None:
        """The space that poses are given in has moved: the newest field cannot be reprojected."""
        if self.field is not None:
            self.field = replace(self.field, views=())

    def close(self) -> None:
        """Stop the worker after the field in progress."""
        self.worker.close()

    def _submit(self, frames: EyeFrames, effort: Effort) -> None:
        if self._copies and not self.worker.idle:
            return
        if not self.governor.field_due(time.perf_counter_ns()):
            return
        if self._copies:
            if self._copy is None or self._copy.shape != frames.color.shape:
                self._copy = np.empty_like(frames.color)
            np.copyto(self._copy, frames.color)
            frames = replace(frames, color=self._copy)
        self.worker.submit(frames, half=effort.half)

    def _composite(
        self, frames: EyeFrames, field: StyleField, effort: Effort, out: np.ndarray
    ) -> bool:
        """Eye by eye; False as soon as the time left is too short."""
        eyes = len(frames.color)
        if not effort.composite:
            return False
        for eye in range(eyes):
            started = time.perf_counter_ns()
            if not self.governor.fits(started, eyes - eye):
                return False
            part = slice(eye, eye + 1)
            self.stylizer.composite(
                frames.eyes(part), field.eyes(part), out=out[part], strokes=effort.strokes
            )
            self.governor.eye_took(time.perf_counter_ns() - started)
        return True

    def _probe(self, frames: EyeFrames, field: StyleField) -> None:
        """Composite (a part of) one eye and throw it away: what would a frame cost now?"""
        started = time.perf_counter_ns()
        part = self.governor.probe_due(started)
        if not part:
            return
        rows = max(1, frames.color.shape[1] // part)
        strip = EyeFrames(frames.color[:1, :rows])
        if self._nothing is None or self._nothing.shape != strip.color.shape:
            self._nothing = np.empty_like(strip.color)
        self.stylizer.composite(strip, field.eyes(slice(0, 1)), out=self._nothing, strokes=False)
        self.governor.eye_took(part * (time.perf_counter_ns() - started))
