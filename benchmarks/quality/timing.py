"""Milliseconds per stereo frame: everybody on the same frames, in turns."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from contestants import Contestant
from eyebrush.frame import EyeFrames

ROUNDS, FRAMES = 5, 4


def stereo_ms(
    contestants: Mapping[str, Contestant], frames: Sequence[EyeFrames]
) -> dict[str, float]:
    """Median over rounds of the mean over 4 frames. What the first frames cost (compiling) is not
    counted."""
    frames = frames[:FRAMES]
    for contestant in contestants.values():
        contestant.restyle(frames, {0})
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            start = time.perf_counter()
            contestant.restyle(frames, range(len(frames)))
            times[name].append((time.perf_counter() - start) * 1e3 / len(frames))
    return {name: round(float(np.median(t)), 2) for name, t in times.items()}
