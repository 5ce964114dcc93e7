"""Triangles to texels: which texel centres lie inside of which triangle. Vectorised, no loop over
triangles: they are taken in batches whose bounding boxes are of about one size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BATCH = 2_000_000  # texels looked at together: some 100 MB
EDGE = 1e-9  # a centre on a shared edge belongs to both triangles rather than to none


def texels(corners: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Texels whose centre (x + 0.5, y + 0.5) lies inside of triangles.

    corners: [T, 3, 2] float64, in texels, clockwise or not. Yields, a batch at a time, (triangle
    [K], x [K], y [K], all int64, barycentric weights of the three corners [K, 3] float64).
    """
    low = np.floor(corners.min(axis=1)).astype(np.int64)
    sizes = np.ceil(corners.max(axis=1)).astype(np.int64) - low
    side = np.maximum(1, sizes).max(axis=1)
    power = np.ceil(np.log2(side)).astype(np.int64)
    for k in np.unique(power):
        (members,) = np.nonzero(power == k)
        box = int(2**k)
        rows = max(1, min(box, BATCH // box))
        count = max(1, BATCH // (box * rows))
        for start in range(0, len(members), count):
            some = members[start : start + count]
            tallest = int(sizes[some, 1].max())
            for top in range(0, max(1, tallest), rows):
                yield _inside(corners, some, low, box, top, min(top + rows, box))


def _inside(
    corners: np.ndarray, some: np.ndarray, low: np.ndarray, box: int, top: int, bottom: int
) -> tuple[np.ndarray, ...]:
    a, b, c = np.moveaxis(corners[some][:, :, None, None, :], 1, 0)
    x = low[some, 0, None, None] + np.arange(box)[None, None, :]
    y = low[some, 1, None, None] + np.arange(top, bottom)[None, :, None]
    px, py = x + 0.5, y + 0.5
    area = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (
        c[..., 0] - a[..., 0]
    )
    flat = np.abs(area) < 1e-12
    inverse = np.where(flat, 0.0, 1.0) / np.where(flat, 1.0, area)
    v = (
        (px - a[..., 0]) * (c[..., 1] - a[..., 1]) - (py - a[..., 1]) * (c[..., 0] - a[..., 0])
    ) * inverse
    w = (
        (b[..., 0] - a[..., 0]) * (py - a[..., 1]) - (b[..., 1] - a[..., 1]) * (px - a[..., 0])
    ) * inverse
    u = 1.0 - v - w
    inside = (u >= -EDGE) & (v >= -EDGE) & (w >= -EDGE) & ~flat
    which, row, column = np.nonzero(inside)
    bary = np.stack([u[inside], v[inside], w[inside]], axis=1)
    return some[which], x[which, 0, column], y[which, row, 0], bary
