"""Steady colours: a bilateral grid that follows the world instead of the screen.

The network decides anew in every frame how a place is coloured, cell by cell of a coarse grid that
is fixed to the screen: on a turning head colours swim. Here each grid is drawn towards one of
before, fetched where its cells were then: a running mean in the world. Like strokes, what is
carried on is resampled once in a while and not in every frame, which would blur it away.
"""

from __future__ import annotations

import math

import numpy as np

from eyebrush.frame import EyeFrames, View, reprojections
from eyebrush.reference import MASK_FADE, field_coordinates, sample_bilinear

TIME_CONSTANT_S = 0.5
RENEW_S = 0.2  # how old the grid becomes that others are drawn towards


class SteadyGrid:
    """The running mean of one stream's grids."""

    def __init__(self) -> None:
        self._grid: np.ndarray | None = None  # [E, Gh, Gw, 12 * D]
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
        eyes, shape = frames.views, (len(grid), *grid.shape[3:], grid[0, :, :, 0, 0].size)
        before, elapsed_s = self._grid, (frames.display_time_ns - self._time_ns) * 1e-9
        known = before is not None and before.shape == shape and elapsed_s > 0
        if before is not None and known:
            weight = calm * math.exp(-elapsed_s / TIME_CONSTANT_S)
            for eye, view in enumerate(eyes):
                depth_m = None if frames.depth_m is None else frames.depth_m[eye]
                _draw(grid[eye], before[eye], view, self._views[eye], depth_m, extent, weight)
        if not known or elapsed_s >= RENEW_S:
            cells = grid.reshape(len(grid), -1, *grid.shape[3:]).transpose(0, 2, 3, 1)
            self._grid = cells.copy()  # a cell in one piece: quick to fetch
            self._views, self._time_ns = eyes, frames.display_time_ns


def _draw(
    grid: np.ndarray,
    cells: np.ndarray,
    here: View,
    there: View,
    depth_m: np.ndarray | None,
    extent: tuple[float, float],
    weight: float,
) -> None:
    """Draw one eye's grid [12, D, Gh, Gw], in place, by ``weight`` towards cells seen from there;
    less where that saw nothing."""
    matrix, parallax = reprojections((here,), (there,))
    height, width = grid.shape[2:]
    uv = field_coordinates(height, width, matrix[0], parallax[0], depth_m, extent)
    outside = np.maximum(np.maximum(-uv, uv - 1), 0).max(-1)
    share = np.float32(weight) * np.clip(1 - MASK_FADE * outside, 0, 1)
    old = sample_bilinear(cells, np.clip(uv, 0, 1) * np.asarray(extent, np.float32))
    flat = grid.reshape(-1, height, width)
    flat += share * (old.transpose(2, 0, 1) - flat)
