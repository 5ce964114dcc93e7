"""How fast statistics follow the scene: smooth over time, at once after a cut.

Colour statistics and the network's AdaIN statistics are running means with one time constant,
so that neither a passing object nor sensor noise changes the whole picture (no flicker).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from eyebrush.tone import ColourStatistics

TIME_CONSTANT_S = 0.5
CUT_FROM, CUT_FULL = 0.1, 0.2  # change of the colour statistics (0..1): none, all a scene cut


@dataclass(frozen=True)
class Step:
    """What one frame contributes: ``fresh`` 0..1 for the network's statistics, and the colour
    statistics to use for it."""

    fresh: float
    colours: ColourStatistics


class TemporalState:
    """Running statistics of one stream of frames."""

    def __init__(self, time_constant_s: float = TIME_CONSTANT_S) -> None:
        self.time_constant_s = time_constant_s
        self._colours: ColourStatistics | None = None
        self._time_ns = 0
        self._style: object = None

    def reset(self) -> None:
        """Forget the past: the next frame counts as the first."""
        self._colours = None

    def step(self, display_time_ns: int, colours: ColourStatistics, style: object) -> Step:
        """Advance to a frame. ``style`` is compared by identity: a new one makes the network's
        statistics fresh (they depend on it), but not the colours of the scene.

        The first frame, a still (time stands still or runs backwards) and a cut are fresh too.
        """
        weight = self._weight(display_time_ns, colours)
        if weight < 1.0 and self._colours is not None:
            colours = self._colours.toward(colours, weight)
        fresh = weight if style is self._style else 1.0
        self._colours, self._time_ns, self._style = colours, display_time_ns, style
        return Step(fresh, colours)

    def _weight(self, display_time_ns: int, colours: ColourStatistics) -> float:
        elapsed_s = (display_time_ns - self._time_ns) * 1e-9
        if self._colours is None or elapsed_s <= 0 or self.time_constant_s <= 0:
            return 1.0
        usual = 1.0 - math.exp(-elapsed_s / self.time_constant_s)
        jump = self._colours.distance(colours)
        cut = (jump - CUT_FROM) / (CUT_FULL - CUT_FROM)
        return max(usual, min(1.0, cut))
