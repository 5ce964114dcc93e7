"""Steady colours: a bilateral grid that follows the world instead of the screen.

The network decides anew in every frame how a place is coloured, cell by cell of a coarse grid that
is fixed to the screen: on a turning head colours swim. Here each grid is drawn towards one of
before, fetched where its cells were then: a running mean in the world. Like strokes, what is
carried on is resampled once in a while and not in every frame, which would blur it away.
"""

from __future__ import annotations

import math

import numpy as np

from eyebrush import ops
from eyebrush.frame import EyeFrames, View, reprojections

TIME_CONSTANT_S = 0.5
RENEW_S = 0.2  # how old the grid becomes that others are drawn towards


class SteadyGrid:
    """The running mean of one stream's grids."""

    def __init__(self) -> None:
        self._grid: np.ndarray | None = None  # [E, 12, D, Gh, Gw]
        self._views: tuple[View, ...] = ()
        self._time_ns = 0

    def reset(self) -> None:
        """Forget all colours: another scene, another style."""
        self._grid = None

    def steady(
        self, grid: np.ndarray, frames: EyeFrames, extent: tuple[float, float], calm: float
    ) -> None:
        """Draw a field's grid [E, 12, D, Gh, Gw] float32 towards those of before, in place.

        Without views nothing is known about motion, and nothing is done. calm: 0 (off) .. 1.
        """
        if calm == 0.0 or not frames.views:
            return
        before, elapsed_s = self._grid, (frames.display_time_ns - self._time_ns) * 1e-9
        known = before is not None and before.shape == grid.shape and elapsed_s > 0
        if before is not None and known:
            matrix, parallax = reprojections(frames.views, self._views)
            ops.grid_blend(
                grid,
                before,
                share=calm * math.exp(-elapsed_s / TIME_CONSTANT_S),
                extent=extent,
                matrix=matrix,
                parallax=None if frames.depth_m is None else parallax,
                depth_m=frames.depth_m,
                out=grid,
            )
        if not known or elapsed_s >= RENEW_S:
            self._grid, self._views = grid.copy(), frames.views
            self._time_ns = frames.display_time_ns
