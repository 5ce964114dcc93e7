"""A headset that follows a script and insists on OpenXR's order of calls."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from eyebrush.frame import View
from eyebrush.xr.headset import Timing
from eyebrush.xr.runtime import HeadsetLostError
from eyebrush.xr.states import Lifecycle
from eyebrush.xr.states import SessionState as S

PERIOD_NS = 20_000_000
START = [S.IDLE, S.READY, S.SYNCHRONIZED, S.VISIBLE, S.FOCUSED]
STOP = [S.STOPPING, S.IDLE, S.EXITING]


def views_at(frame: int) -> tuple[View, View]:
    """A head that turns slowly to the left."""
    turn = (0.0, math.sin(0.002 * frame), 0.0, math.cos(0.002 * frame))
    return View(turn, (-0.03, 0.0, 0.0)), View(turn, (0.03, 0.0, 0.0))


class FakeHeadset:
    """script: frame number -> what happens before it: states, "recentred", or "lost" (the next
    xrWaitFrame fails). hidden, blind, skipped: frames not to be rendered, without a pose, and
    those before which the display showed one frame twice."""

    width, height = 96, 80
    runtime, has_depth_layer = "Fake 1.0", True

    def __init__(
        self,
        script: dict[int, Sequence[Any]] | None = None,
        hidden: Sequence[int] = (),
        blind: Sequence[int] = (),
        skipped: Sequence[int] = (),
    ) -> None:
        self.script = {0: START, **(script or {})}
        self.hidden, self.blind, self.skipped = hidden, blind, skipped
        self.lifecycle = Lifecycle()
        self.timing = Timing(0, PERIOD_NS, False)
        self.calls: list[str] = []
        self.frame = self.prepared = 0
        self.layers: list[int] = []
        self.shown: list[np.ndarray] = []
        self.depths: list[Any] = []
        self.exit_requested = self.closed = self._lost = self._drawn = False
        self.graphics = self

    name = device = "fake"

    def events(self) -> Iterator[str]:
        for event in self.script.pop(self.frame, ()):
            if event == "lost":
                self._lost = True
            elif event == "recentred":
                yield event
            elif do := self.lifecycle.enter(event):
                self.calls.append(do)
                yield do

    def request_exit(self) -> None:
        assert self.lifecycle.running
        self.exit_requested = True
        self.script[self.frame + 2] = STOP

    def _step(self, call: str, *after: str) -> None:
        assert self.lifecycle.running, f"{call} while the session does not run"
        last = self.calls[-1] if self.calls else ""
        assert last in after, f"{call} after {last!r}; wanted after one of {after}"
        self.calls.append(call)

    def wait_frame(self) -> Timing:
        if self._lost:
            raise HeadsetLostError("xrWaitFrame gave ERROR_INSTANCE_LOST; fix: restart it")
        self._step("xrWaitFrame", "begin", "xrEndFrame")
        steps = 2 if self.frame in self.skipped else 1
        self.timing.display_time_ns += steps * PERIOD_NS
        self.timing.should_render = self.frame not in self.hidden
        return self.timing

    def begin_frame(self) -> None:
        self._step("xrBeginFrame", "xrWaitFrame")
        self._drawn = False

    def locate(self) -> tuple[View, View] | None:
        self._step("xrLocateViews", "xrBeginFrame")
        return None if self.frame in self.blind else views_at(self.frame)

    def show(self, pixels: np.ndarray, views: Any, depth_m: Any = None) -> None:
        self._step("show", "xrLocateViews")
        self._drawn = True
        self.shown.append(pixels.copy())
        self.depths.append(depth_m)

    def overlay(self, pixels: np.ndarray | None) -> None:
        assert pixels is None or pixels.dtype == np.uint8

    def end_frame(self) -> None:
        self._step("xrEndFrame", "xrBeginFrame", "xrLocateViews", "show")
        self.layers.append(int(self._drawn))
        self.frame += 1

    def prepare(self) -> None:
        assert self.calls[-1] == "xrEndFrame"
        assert self._drawn
        self.prepared += 1

    def close(self) -> None:
        self.closed = True
