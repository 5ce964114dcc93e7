"""What lies between the UV islands of a texture: filled, so that nothing foreign is blended in.

A sampler blends a texel with its neighbours, and a mip level with everything in its square; both
reach over an island's border. So the texels between islands are made from those inside: a few
rings grown outward, texel by texel, and beyond them the colours of ever coarser mip levels.
"""

from __future__ import annotations

import numpy as np

RINGS = 4  # grown texel by texel: anisotropic samplers reach this far on the finest level


def fill_gutters(
    color: np.ndarray, covered: np.ndarray, wraps: tuple[bool, bool] = (False, False)
) -> np.ndarray:
    """``color`` [H, W, C] float32 with every texel outside of ``covered`` [H, W] made from those
    inside; these stay as they are. wraps: whether x and y go round. All there is, where nothing is
    covered, is returned as it is."""
    if covered.all() or not covered.any():
        return color
    weight = covered.astype(np.float32)
    filled = color * weight[..., None]
    for _ in range(RINGS):
        near, count = _box(filled, wraps), _box(weight[..., None], wraps)
        grown = (weight == 0) & (count[..., 0] > 0.5)
        filled[grown] = near[grown] / count[grown]
        weight[grown] = 1.0
    return _pull_push(filled, weight[..., None], wraps)


def halve(picture: np.ndarray) -> np.ndarray:
    """The next mip level of [H, W, C]: means over 2x2; an odd last row or column is repeated."""
    height, width = picture.shape[:2]
    if height % 2 and height > 1:
        picture = np.concatenate([picture, picture[-1:]])
    if width % 2 and width > 1:
        picture = np.concatenate([picture, picture[:, -1:]], axis=1)
    if height > 1:
        picture = (picture[::2] + picture[1::2]) * 0.5
    if width > 1:
        picture = (picture[:, ::2] + picture[:, 1::2]) * 0.5
    return picture


def _pull_push(filled: np.ndarray, weight: np.ndarray, wraps: tuple[bool, bool]) -> np.ndarray:
    """Empty texels (weight 0; colours are premultiplied by it) from the next coarser level."""
    if weight.shape[:2] == (1, 1) or weight.all():
        return filled / np.maximum(weight, 1e-6)
    coarse = _pull_push(halve(filled), halve(weight), wraps)
    height, width = filled.shape[:2]
    behind = _double(_double(coarse, 0, height, wraps[1]), 1, width, wraps[0])
    own: np.ndarray = filled / np.maximum(weight, 1e-6)
    return np.where(weight > 0, own, behind)


def _double(picture: np.ndarray, axis: int, size: int, wraps: bool) -> np.ndarray:
    """Twice as many texels along an axis, interpolated linearly, cut to ``size``."""
    if size == 1:
        return picture
    before = np.take(picture, np.r_[-1 if wraps else 0, 0 : picture.shape[axis] - 1], axis)
    after = np.take(
        picture, np.r_[1 : picture.shape[axis], 0 if wraps else picture.shape[axis] - 1], axis
    )
    fine = np.stack([0.75 * picture + 0.25 * before, 0.75 * picture + 0.25 * after], axis + 1)
    shape = list(picture.shape)
    shape[axis] *= 2
    return np.take(fine.reshape(shape), np.arange(size), axis)


def _box(picture: np.ndarray, wraps: tuple[bool, bool]) -> np.ndarray:
    """Sums over 3x3 neighbours of [H, W, C]; beyond the border is nothing, or the other side."""
    for axis, round_ in ((0, wraps[1]), (1, wraps[0])):
        pad = [(0, 0)] * 3
        pad[axis] = (1, 1)
        wide = np.pad(picture, pad, mode="wrap" if round_ else "constant")
        n = picture.shape[axis]
        parts = [np.take(wide, np.arange(k, k + n), axis) for k in range(3)]
        picture = parts[0] + parts[1] + parts[2]
    return picture
