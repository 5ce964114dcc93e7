"""What is noted of every frame on a headset."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from eyebrush.demo.loop import Recording
from eyebrush.frame import StyleField

WARM_UP_FRAMES = 30  # not measured
KEPT_FRAMES = (
    65_536  # at least this many, 12 minutes at 90 Hz; the numbers of older ones are let go
)
LATE = 1.5  # display periods between two frames from which on one was late


def _numbers() -> array[int]:
    return array("q")


@dataclass
class Record:
    """Of the newest frames shown after the warm-up, nanoseconds: ``source`` (what an engine would
    do), ``composite`` (both eyes), ``upload``, ``python`` (the rest of our share), ``ours`` (the
    last three: our share of the frame), ``runtime`` (then: the frame's end, the next one's images),
    ``strokes_age``; ``state`` is the governor's, ``field_ns``
    the stages of each field shown. ``late`` and ``passed`` hold indices of these: a frame was late
    where the runtime's display times skip one after it, passed where it was shown unstyled.

    Of all frames since the start: ``shown``, ``measured`` (those after the warm-up),
    ``late_count``, ``passed_count``; ``late_by_us``: late ones in which our share had taken longer
    than the period. ``collections``: of garbage, while frames were shown; ``garbage``: objects
    that one would have found afterwards."""

    source: array[int] = field(default_factory=_numbers)
    composite: array[int] = field(default_factory=_numbers)
    upload: array[int] = field(default_factory=_numbers)
    python: array[int] = field(default_factory=_numbers)
    ours: array[int] = field(default_factory=_numbers)
    runtime: array[int] = field(default_factory=_numbers)
    strokes_age: array[int] = field(default_factory=_numbers)
    state: array[int] = field(default_factory=_numbers)
    field_ns: list[dict[str, int]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    late_count: int = 0
    passed_count: int = 0
    late_by_us: int = 0
    shown: int = 0
    not_rendered: int = 0
    unlocated: int = 0
    period_ns: int = 0
    collections: int = 0
    garbage: int = 0
    _display_time_ns: int = 0
    _field: StyleField | None = None

    @property
    def measured(self) -> int:
        """Frames shown after the warm-up, since the start."""
        return max(0, self.shown - WARM_UP_FRAMES)

    def pause(self) -> None:
        """A frame was not shown: that the next display time is later makes none late."""
        self._display_time_ns = 0

    def add(
        self,
        *,
        display_time_ns: int,
        period_ns: int,
        source_ns: int,
        composite_ns: int,
        upload_ns: int,
        ours_ns: int,
        state: int,
        restyled: bool,
        made: StyleField | None,
    ) -> None:
        """A frame was shown. made: the field that it was composited with."""
        self.shown += 1
        self.period_ns = period_ns
        if self.shown > WARM_UP_FRAMES:
            gap_ns = display_time_ns - self._display_time_ns if self._display_time_ns else 0
            if gap_ns > LATE * period_ns and self.ours:
                self.late.append(len(self.ours) - 1)
                self.late_count += 1
                self.late_by_us += self.ours[-1] > period_ns
            if not restyled:
                self.passed.append(len(self.ours))
                self.passed_count += 1
            self.source.append(source_ns)
            self.composite.append(composite_ns)
            self.upload.append(upload_ns)
            self.python.append(ours_ns - composite_ns - upload_ns)
            self.ours.append(ours_ns)
            self.state.append(state)
            self.strokes_age.append(display_time_ns - made.display_time_ns if made else 0)
            if made is not None and made is not self._field:
                self._field = made
                self.field_ns.append(made.stage_ns)
            if len(self.ours) >= 2 * KEPT_FRAMES:
                self._forget(KEPT_FRAMES)
        self._display_time_ns = display_time_ns

    def ended(self, runtime_ns: int) -> None:
        """The frame that was added last has been handed over, and the next one prepared."""
        if self.shown > WARM_UP_FRAMES:
            self.runtime.append(runtime_ns)

    def _forget(self, frames: int) -> None:
        """Let the oldest ones go: a headset may be worn for hours."""
        for numbers in (
            *(self.source, self.composite, self.upload, self.python, self.ours),
            *(self.runtime, self.strokes_age, self.state),
        ):
            del numbers[:frames]
        del self.field_ns[:-KEPT_FRAMES]
        self.late = [i - frames for i in self.late if i >= frames]
        self.passed = [i - frames for i in self.passed if i >= frames]

    def as_recording(self, governor: dict[str, object]) -> Recording:
        """The same as a benchmark's recording; "composite" is with the upload."""
        period_ns = max(1, self.period_ns)
        return Recording(
            live=True,
            rate_hz=1e9 / period_ns,
            wall_ns=len(self.ours) * period_ns,
            index=list(range(len(self.ours))),
            frame_ns=list(self.ours),
            composite_ns=[a + b for a, b in zip(self.composite, self.upload, strict=True)],
            field_age=[round(age / period_ns) for age in self.strokes_age],
            field_ns=list(self.field_ns),
            late=list(self.late),
            passed=list(self.passed),
            state=list(self.state),
            governor=governor,
        )
