"""The clip without end, for the desk: nothing is kept, nothing is written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np

from eyebrush.clip import replayed
from eyebrush.desk.loop import LoopDesk
from eyebrush.frame import EyeFrames
from eyebrush.painter import Painter


def show(
    painter: Painter,
    frames: Sequence[EyeFrames],
    rate_hz: float,
    desk: LoopDesk,
    wanted: Callable[[], bool],
) -> None:
    """Show a clip of two or more frames, back and forth at ``rate_hz``, while ``wanted()``.

    A late frame costs the ones that it overlaps, as on a headset. Closes the painter.
    """
    out = np.empty_like(frames[0].color)
    period_ns = round(1e9 / rate_hz)
    with closing(painter):
        painter.warm_up(replayed(frames, 0, period_ns), out)
        began_ns = time.perf_counter_ns()
        number = 0
        while wanted():
            number = max(number + 1, (time.perf_counter_ns() - began_ns) // period_ns)
            due_ns = began_ns + number * period_ns
            rest_ns = due_ns - time.perf_counter_ns()
            if rest_ns > 0:
                time.sleep(rest_ns * 1e-9)
            started_ns = time.perf_counter_ns()
            shown = replayed(frames, number, period_ns)
            restyled = painter.paint(shown, out, started_ns, period_ns)
            ended_ns = time.perf_counter_ns()
            painter.done(restyled)
            composite_ns = painter.composite_ns
            desk.frame(
                shown,
                out,
                painter,
                {"composite": composite_ns, "other": ended_ns - started_ns - composite_ns},
                period_ns=period_ns,
                late=ended_ns > due_ns + period_ns,
                restyled=restyled,
            )
