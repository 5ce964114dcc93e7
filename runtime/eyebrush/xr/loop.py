"""The frame loop, as OpenXR 1.1 wants it (section 10, "Rendering")."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eyebrush.frame import EyeFrames, View
from eyebrush.painter import Painter
from eyebrush.xr.headset import Headset, Timing
from eyebrush.xr.record import Record

REST_S = 0.01  # between looks at a session that does not run


class Source(Protocol):
    """What is shown. ``copies``: the next frame is written into the same pixels."""

    copies: bool

    def frame(
        self, views: tuple[View, View], display_time_ns: int
    ) -> tuple[EyeFrames, tuple[View, View]]:
        """The newest frame [2, H, W, 4] for eyes at ``views``; and from where it was drawn, in
        the space of ``views``: the runtime reprojects what is left."""

    def close(self) -> None:
        """Let go of files and sessions."""


@dataclass(frozen=True)
class Drawn:
    """A frame that was handed to the runtime: as it came, and what it took, nanoseconds."""

    frames: EyeFrames
    restyled: bool
    period_ns: int
    stages_ns: dict[str, int]


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
        self.drawn: Drawn | None = None  # the last frame, if it was drawn; for ``after_frame``
        self.pixels = np.empty((2, headset.height, headset.width, 4), np.uint8)

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
        self.drawn = None
        self.headset.begin_frame()
        try:
            drawn = draw and timing.should_render and self._draw(timing, began_ns)
        finally:
            drawn_ns = time.perf_counter_ns()
            self.headset.end_frame()
        if drawn:
            self.headset.prepare()
            self.record.ended(time.perf_counter_ns() - drawn_ns)
        self._after_frame()
        if not timing.should_render:
            self.record.not_rendered += 1
        if not drawn:
            self.record.pause()

    def _draw(self, timing: Timing, began_ns: int) -> bool:
        views = self.headset.locate()
        if views is None:
            self.record.unlocated += 1
            return False
        located_ns = time.perf_counter_ns()
        frames, placed = self.source.frame(views, timing.display_time_ns)
        if frames.color.shape != self.pixels.shape:  # an engine draws in its own size
            self.pixels = np.empty_like(frames.color)
        sourced_ns = time.perf_counter_ns()
        restyled = self.painter.paint(frames, self.pixels, began_ns, timing.period_ns)
        painted_ns = time.perf_counter_ns()
        self.headset.show(self.pixels, placed, frames.depth_m)
        shown_ns = time.perf_counter_ns()
        self.painter.done(restyled)
        ours_ns = time.perf_counter_ns() - began_ns - (sourced_ns - located_ns)
        composite_ns, upload_ns = self.painter.composite_ns, shown_ns - painted_ns
        other_ns = ours_ns - composite_ns - upload_ns
        stages_ns = {"composite": composite_ns, "upload": upload_ns, "other": other_ns}
        self.drawn = Drawn(frames, restyled, timing.period_ns, stages_ns)
        self.record.add(
            display_time_ns=timing.display_time_ns,
            period_ns=timing.period_ns,
            source_ns=sourced_ns - located_ns,
            composite_ns=composite_ns,
            upload_ns=upload_ns,
            ours_ns=ours_ns,
            state=self.painter.governor.state,
            restyled=restyled,
            made=self.painter.field,
        )
        return True
