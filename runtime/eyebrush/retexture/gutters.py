"""What lies between the UV islands of a texture: filled, so that nothing foreign is blended in.

A sampler blends a texel with its neighbours, and a mip level with everything in its square; both
reach over an island's border. So the texels between islands are made from those inside: a few
rings grown outward, texel by texel, and beyond them the colours of ever coarser mip levels.
"""

from __future__ import annotations

import numpy as np

NEAR = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]
RINGS = 4  # grown texel by texel: anisotropic samplers reach this far on the finest level


def fill_gutters(
    color: np.ndarray, covered: np.ndarray, wraps: tuple[bool, bool] = (False, False)
) -> np.ndarray:
    """``color`` [H, W, C] float32 with every texel outside of ``covered`` [H, W] made from those
    inside; these stay as they are. wraps: whether x and y go round. All there is, where nothing is
    covered, is returned as it is."""
    if covered.all() or not covered.any():
        return color
    known = covered.copy()
    filled = color * known[..., None]
    for _ in range(RINGS):
        _grow(filled, known, wraps)
    return _pull_push(filled, known.astype(np.float32)[..., None], wraps)


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


def _grow(filled: np.ndarray, known: np.ndarray, wraps: tuple[bool, bool]) -> None:
    """One ring of texels around those known, each the mean of its known neighbours; in place."""
    height, width = known.shape
    around = np.zeros_like(known)
    wide = np.pad(known, 1)
    if wraps[0]:
        wide[:, 0], wide[:, -1] = wide[:, -2], wide[:, 1]
    if wraps[1]:
        wide[0], wide[-1] = wide[-2], wide[1]
    for dy, dx in NEAR:
        around |= wide[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
    y, x = np.nonzero(around & ~known)
    total, count = (
        np.zeros((len(y), filled.shape[2]), np.float32),
        np.zeros((len(y), 1), np.float32),
    )
    for dy, dx in NEAR:
        there = wide[1 + y + dy, 1 + x + dx][:, None]
        total += there * filled[(y + dy) % height, (x + dx) % width]
        count += there
    filled[y, x] = total / count
    known[y, x] = True
