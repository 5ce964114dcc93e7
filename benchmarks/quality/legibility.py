"""Can it still be read? Edges of a plain picture and of its painted one: [H, W, 3] uint8."""

from __future__ import annotations

import numpy as np

from eyebrush.reference import LUMA

SIGN = slice(215, 320), slice(285, 470)  # rows and columns in the shipped clip's last frame, left


def edges(picture: np.ndarray) -> np.ndarray:
    """Strength of luma edges (Sobel), [H, W] float64."""
    x = np.pad(picture @ LUMA.astype(np.float64), 1, "edge")
    rows = x[:-2] + 2 * x[1:-1] + x[2:]
    columns = x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]
    return np.hypot(rows[:, 2:] - rows[:, :-2], columns[2:] - columns[:-2])


def edge_ssim(plain: np.ndarray, painted: np.ndarray, side: int = 7) -> float:
    """Mean SSIM (Wang et al. 2004) of the two pictures' edges, each scaled to a maximum of 1."""
    a, b = (e / max(e.max(), 1e-9) for e in (edges(plain), edges(painted)))
    ma, mb = box_mean(a, side), box_mean(b, side)
    va, vb = box_mean(a * a, side) - ma**2, box_mean(b * b, side) - mb**2
    both = box_mean(a * b, side) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    return float(ssim.mean())


def box_mean(x: np.ndarray, side: int) -> np.ndarray:
    """Mean over every whole side x side window of [H, W]: [H - side + 1, W - side + 1] float64."""
    for _ in range(2):  # down the columns, then, turned, along the rows
        sums = np.cumsum(np.pad(x, ((1, 0), (0, 0))), 0, dtype=np.float64)
        x = ((sums[side:] - sums[:-side]) / side).T
    return x
