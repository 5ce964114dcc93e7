"""The timed loop. Nothing here writes files, and nothing is encoded before it is over."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eyebrush.clip import replayed
from eyebrush.demo.schedule import StyleSchedule
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.governor import Governor
from eyebrush.painter import Painter
from eyebrush.stylizer import Stylizer

WARM_UP_FRAMES = 5


@dataclass(frozen=True)
class Picture:
    """A displayed frame that was kept: pixels before and after, [E, H, W, 3]."""

    index: int
    style: str
    before: np.ndarray
    after: np.ndarray


@dataclass
class Recording:
    """What a run measured. Durations are nanoseconds: one number for each displayed frame
    (``index``, ``frame_ns``, ``composite_ns``, ``field_age``, ``state``), field made
    (``field_ns``) or style change (``switch_ns``). ``late``, ``passed`` (shown as the engine drew
    them) and ``switched_at`` are indices of display frames; ``skipped`` counts those that came
    and went while a late one was still being made. ``state`` is the governor's, by number, and
    ``governor`` its last word; both are empty where every frame waited for its own field."""

    live: bool
    rate_hz: float
    wall_ns: int = 0
    skipped: int = 0
    index: list[int] = field(default_factory=list)
    frame_ns: list[int] = field(default_factory=list)
    composite_ns: list[int] = field(default_factory=list)
    field_age: list[int] = field(default_factory=list)
    field_ns: list[dict[str, int]] = field(default_factory=list)
    switch_ns: list[int] = field(default_factory=list)
    switched_at: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    passed: list[int] = field(default_factory=list)
    state: list[int] = field(default_factory=list)
    governor: dict[str, Any] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)


def play(
    stylizer: Stylizer,
    frames: Sequence[EyeFrames],
    schedule: StyleSchedule,
    *,
    rate_hz: float,
    live: bool,
    keep: Callable[[int], bool],
    progress: Callable[[int], None],
    governor: Governor | None = None,
) -> Recording:
    """Show ``schedule.frames`` frames of a clip of two or more, back and forth.

    live: frames come at ``rate_hz``; each is composited with the newest field there is while a
    thread beside makes the next one, as much as the governor allows, and a late frame costs the
    ones that it overlaps, as on a headset. Otherwise every frame waits for its own field, and the
    next starts when it is done. ``keep(i)`` says whether to keep frame i's pictures; these are
    always painted in full.
    """
    recording = Recording(live, rate_hz)
    out = np.empty_like(frames[0].color)
    period_ns = round(1e9 / rate_hz)
    with ExitStack() as stack:
        painter: Painter | None = None
        if live:
            painter = stack.enter_context(closing(Painter(stylizer, governor)))
            painter.warm_up(replayed(frames, 0, period_ns), out)
        else:
            _warm_up(stylizer, frames[0], out)
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        place = -1.0
        latest: StyleField | None = None
        began = time.perf_counter_ns()
        for i in range(schedule.frames):
            due_ns = began + i * period_ns
            started = time.perf_counter_ns()
            if live:
                if started >= due_ns + period_ns:
                    recording.skipped += 1
                    continue
                started = _sleep_until(due_ns)
            shown = replayed(frames, i, period_ns)
            if schedule.place(i) != place:
                place = schedule.place(i)
                stylizer.set_style(schedule.style(place))
                recording.switch_ns.append(time.perf_counter_ns() - started)
                recording.switched_at.append(i)
            if painter is not None:
                restyled = painter.paint(shown, out, started, period_ns)
                ended = time.perf_counter_ns()
                painter.done(restyled)
                assert painter.field is not None  # the first came with the warm-up
                current, composite_ns = painter.field, painter.composite_ns
                recording.state.append(painter.governor.state)
                if not restyled:
                    recording.passed.append(i)
            else:
                current = stylizer.field(shown)
                fielded = time.perf_counter_ns()
                stylizer.composite(shown, current, out=out)
                ended = time.perf_counter_ns()
                composite_ns = ended - fielded

            recording.index.append(i)
            recording.frame_ns.append(ended - started)
            recording.composite_ns.append(composite_ns)
            age_ns = shown.display_time_ns - current.display_time_ns
            recording.field_age.append(round(age_ns / period_ns))
            if current is not latest:
                recording.field_ns.append(current.stage_ns)
                latest = current
            if ended > (due_ns if live else started) + period_ns:
                recording.late.append(i)
            if keep(i):
                painted = stylizer.composite(shown, current)
                recording.pictures.append(Picture(i, stylizer.style.name, shown.color, painted))
            progress(i)
        recording.wall_ns = time.perf_counter_ns() - began
        if painter is not None:
            recording.governor = painter.governor.status()
    return recording


def _warm_up(stylizer: Stylizer, frame: EyeFrames, out: np.ndarray) -> None:
    """Compile, allocate and touch everything before anything is timed."""
    for _ in range(WARM_UP_FRAMES):
        stylizer.composite(frame, stylizer.field(frame), out=out)
    stylizer.reset()


def _sleep_until(due_ns: int) -> int:
    """Sleep, and return the time after."""
    rest_ns = due_ns - time.perf_counter_ns()
    if rest_ns > 0:
        time.sleep(rest_ns * 1e-9)
    return time.perf_counter_ns()
