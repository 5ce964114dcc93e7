"""The timed loop. Nothing here writes files, and nothing is encoded before it is over."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np

from eyebrush.demo.schedule import StyleSchedule
from eyebrush.errors import BackendError
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.stylizer import Stylizer
from eyebrush.worker import FieldWorker

WARM_UP_FRAMES = 5
FIRST_FIELD_S = 30.0


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
    (``frame_ns``, ``composite_ns``, ``field_age``), field made (``field_ns``) or style change
    (``switch_ns``). ``late`` and ``switched_at`` are indices of display frames; ``skipped``
    counts those that came and went while a late one was still being made."""

    live: bool
    rate_hz: float
    wall_ns: int = 0
    skipped: int = 0
    frame_ns: list[int] = field(default_factory=list)
    composite_ns: list[int] = field(default_factory=list)
    field_age: list[int] = field(default_factory=list)
    field_ns: list[dict[str, int]] = field(default_factory=list)
    switch_ns: list[int] = field(default_factory=list)
    switched_at: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
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
) -> Recording:
    """Show ``schedule.frames`` frames of a clip of two or more, back and forth.

    live: frames come at ``rate_hz``; each is composited with the newest field there is while a
    thread beside makes the next one, and a late frame costs the ones that it overlaps, as on a
    headset. Otherwise every frame waits for its own field, and the next starts when it is done.
    ``keep(i)`` says whether to keep frame i's pictures.
    """
    recording = Recording(live, rate_hz)
    out = np.empty_like(frames[0].color)
    period_ns = round(1e9 / rate_hz)
    _warm_up(stylizer, frames[0], out)
    with ExitStack() as stack:
        worker = stack.enter_context(FieldWorker(stylizer)) if live else None
        if worker is not None:
            _first_field(worker, _shown(frames, 0, period_ns))
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
            shown = _shown(frames, i, period_ns)
            if schedule.place(i) != place:
                place = schedule.place(i)
                stylizer.set_style(schedule.style(place))
                recording.switch_ns.append(time.perf_counter_ns() - started)
                recording.switched_at.append(i)
            if worker is not None:
                worker.submit(shown)
            newest = worker.latest if worker is not None else None
            current = stylizer.field(shown) if newest is None else newest
            fielded = time.perf_counter_ns()
            stylizer.composite(shown, current, out=out)
            ended = time.perf_counter_ns()

            recording.frame_ns.append(ended - started)
            recording.composite_ns.append(ended - fielded)
            age_ns = shown.display_time_ns - current.display_time_ns
            recording.field_age.append(round(age_ns / period_ns))
            if current is not latest:
                recording.field_ns.append(current.stage_ns)
                latest = current
            if ended > (due_ns if live else started) + period_ns:
                recording.late.append(i)
            if keep(i):
                picture = Picture(i, stylizer.style.name, shown.color, out.copy())
                recording.pictures.append(picture)
            progress(i)
        recording.wall_ns = time.perf_counter_ns() - began
    return recording


def _shown(frames: Sequence[EyeFrames], index: int, period_ns: int) -> EyeFrames:
    """The clip's frame for display frame ``index``: back and forth, so that the head never
    jumps, with a time that only runs forward."""
    place = index % (2 * len(frames) - 2)
    frame = frames[min(place, 2 * len(frames) - 2 - place)]
    return replace(frame, display_time_ns=(index + 1) * period_ns)


def _warm_up(stylizer: Stylizer, frame: EyeFrames, out: np.ndarray) -> None:
    """Compile, allocate and touch everything before anything is timed."""
    for _ in range(WARM_UP_FRAMES):
        stylizer.composite(frame, stylizer.field(frame), out=out)
    stylizer.reset()


def _first_field(worker: FieldWorker, frame: EyeFrames) -> None:
    worker.submit(frame)
    if not worker.wait_for(1, FIRST_FIELD_S):
        raise BackendError(
            f"no style field within {FIRST_FIELD_S:.0f} s "
            f"({worker.error or 'the network is too slow'}); "
            "fix: eyebrush doctor, or run the demo with --offline"
        )


def _sleep_until(due_ns: int) -> int:
    """Sleep, and return the time after."""
    rest_ns = due_ns - time.perf_counter_ns()
    if rest_ns > 0:
        time.sleep(rest_ns * 1e-9)
    return time.perf_counter_ns()
