"""How fast statistics follow the scene: smooth over time, at once after a cut.

Colour statistics and the network's AdaIN statistics are running means with one time constant,
so that neither a passing object nor sensor noise changes the whole picture (no flicker). Those of
the network take a third of its time: they are read 20 times a second, not in every frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from eyebrush.tone import ColourStatistics

TIME_CONSTANT_S = 0.5
READ_EVERY_S = 0.05
CUT_FROM, CUT_FULL = 0.1, 0.2  # change of the colour statistics (0..1): none, all a scene cut


@dataclass(frozen=True)
class Step:
    """What one frame contributes: ``fresh`` 0..1 for the network's statistics (0: they are not
    read), and the colour statistics to use for it."""

    fresh: float
    colours: ColourStatistics


class TemporalState:
    """Running statistics of one stream of frames."""

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S) -> None:
        self.time_constant_s = time_constant_s
        self._colours: ColourStatistics | None = None
        self._time_ns = self._read_ns = 0
        self._style: object = None

    def reset(self) -> None:
        """Forget the past: the next frame counts as the first."""
        self._colours = None

    def step(self, display_time_ns: int, colours: ColourStatistics, style: object) -> Step:
        """Advance to a frame. ``style`` is compared by identity: a new one makes the network's
        statistics fresh (they depend on it), but not the colours of the scene.

        The first frame, a still (time stands still or runs backwards) and a cut are fresh too.
        """
        cut = self._cut(display_time_ns, colours)
        weight = max(cut, self._usual(display_time_ns - self._time_ns))
        if weight < 1.0 and self._colours is not None:
            colours = self._colours.toward(colours, weight)
        fresh = self._fresh(display_time_ns, cut) if style is self._style else 1.0
        if fresh > 0.0:
            self._read_ns = display_time_ns
        self._colours, self._time_ns, self._style = colours, display_time_ns, style
        return Step(fresh, colours)

    def _cut(self, display_time_ns: int, colours: ColourStatistics) -> float:
        """0 (the scene goes on) .. 1 (another one)."""
        if self._colours is None or display_time_ns <= self._time_ns or self.time_constant_s <= 0:
            return 1.0
        jump = self._colours.distance(colours)
        return min(1.0, max(0.0, (jump - CUT_FROM) / (CUT_FULL - CUT_FROM)))

    def _usual(self, elapsed_ns: int) -> float:
        if self.time_constant_s <= 0:
            return 1.0
        return 1.0 - math.exp(-max(0, elapsed_ns) * 1e-9 / self.time_constant_s)

    def _fresh(self, display_time_ns: int, cut: float) -> float:
        elapsed_ns = display_time_ns - self._read_ns
        if cut == 0.0 and elapsed_ns < READ_EVERY_S * 1e9:
            return 0.0
        return max(cut, self._usual(elapsed_ns))
