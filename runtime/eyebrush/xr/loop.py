"""The frame loop, as OpenXR 1.1 wants it (section 10, "Rendering")."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from eyebrush.frame import EyeFrames, View
from eyebrush.painter import Painter
from eyebrush.xr.headset import Headset, Timing

REST_S = 0.01  # between looks at a session that does not run
WARM_UP_FRAMES = 30  # not measured


class Source(Protocol):
    """What is shown. ``copies``: the next frame is written into the same pixels."""

    copies: bool

    def frame(
        self, views: tuple[View, View], display_time_ns: int
    ) -> tuple[EyeFrames, tuple[View, View]]:
        """The newest frame [2, H, W, 4] for eyes at ``views``; and from where it was drawn, in
        the space of ``views``: the runtime reprojects what is left."""


@dataclass
class Record:
    """Of every frame shown after the warm-up, nanoseconds: ``source`` (what an engine would do),
    ``composite`` (both eyes), ``upload``, ``python`` (the rest of our share), ``ours`` (the last
    three: our share of the frame). A frame is late where the runtime's display times skip one;
    because of us where our share had taken longer than its period. ``collections``: of garbage,
    while frames were shown; ``garbage``: objects that one would have found afterwards."""

    source: list[int] = field(default_factory=list)
    composite: list[int] = field(default_factory=list)
    upload: list[int] = field(default_factory=list)
    python: list[int] = field(default_factory=list)
    ours: list[int] = field(default_factory=list)
    state: list[int] = field(default_factory=list)
    shown: int = 0
    not_rendered: int = 0
    unlocated: int = 0
    passed: int = 0
    late: int = 0
    late_by_us: int = 0
    period_ns: int = 0
    collections: int = 0
    garbage: int = 0


class Loop:
    """Runs a headset's frames until it or somebody else ends them."""

    def __init__(
        self,
        headset: Headset,
        source: Source,
        painter: Painter,
        record: Record,
        after_frame: Callable[[], None] = lambda: None,
    ) -> None:
        self.headset, self.source, self.painter, self.record = headset, source, painter, record
        self._after_frame = after_frame
        self.pixels = np.empty((2, headset.height, headset.width, 4), np.uint8)
        self._display_time_ns = 0

    def run(self, wanted: Callable[[], bool]) -> str:
        """Until ``wanted()`` says no (then the session is asked to end) or the runtime ends it.

        Returns "leave" (all in order) or "lose" (the runtime goes; a new session may be opened).
        Raises HeadsetLostError where it went without a word.
        """
        asked = False
        while True:
            for event in self.headset.events():
                if event in ("leave", "lose"):
                    return event
                if event == "recentred":
                    self.painter.forget_views()
            if not asked and not wanted():
                if not self.headset.lifecycle.running:
                    return "leave"
                self.headset.request_exit()
                asked = True
            if self.headset.lifecycle.running:
                self._frame(draw=not asked)
            else:
                time.sleep(REST_S)

    def _frame(self, draw: bool) -> None:
        """Wait, begin, draw if it will be seen, and always end."""
        timing = self.headset.wait_frame()
        began_ns = time.perf_counter_ns()
        self.headset.begin_frame()
        try:
            drawn = draw and timing.should_render and self._draw(timing, began_ns)
        finally:
            self.headset.end_frame()
        self._after_frame()
        if not timing.should_render:
            self.record.not_rendered += 1
        if not drawn:
            self._display_time_ns = 0  # a pause is no late frame

    def _draw(self, timing: Timing, began_ns: int) -> bool:
        views = self.headset.locate()
        if views is None:
            self.record.unlocated += 1
            return False
        located_ns = time.perf_counter_ns()
        frames, placed = self.source.frame(views, timing.display_time_ns)
        sourced_ns = time.perf_counter_ns()
        restyled = self.painter.paint(frames, self.pixels, began_ns, timing.period_ns)
        painted_ns = time.perf_counter_ns()
        self.headset.show(self.pixels, placed, frames.depth_m)
        shown_ns = time.perf_counter_ns()
        self.painter.done(restyled)
        self._note(timing, restyled, sourced_ns - located_ns, shown_ns - painted_ns, began_ns)
        return True

    def _note(
        self, timing: Timing, restyled: bool, source: int, upload: int, began_ns: int
    ) -> None:
        r = self.record
        composite = self.painter.composite_ns
        ours = time.perf_counter_ns() - began_ns - source
        r.shown += 1
        r.period_ns = timing.period_ns
        r.passed += not restyled
        if r.shown > WARM_UP_FRAMES:
            if self._display_time_ns:
                gap = timing.display_time_ns - self._display_time_ns
                late = gap > 1.5 * timing.period_ns
                r.late += late
                r.late_by_us += late and bool(r.ours) and r.ours[-1] > timing.period_ns
            r.source.append(source)
            r.composite.append(composite)
            r.upload.append(upload)
            r.python.append(ours - composite - upload)
            r.ours.append(ours)
            r.state.append(self.painter.governor.state)
        self._display_time_ns = timing.display_time_ns
