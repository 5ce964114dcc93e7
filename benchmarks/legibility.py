"""Can it still be read? Edges of a plain picture and of its painted one: [H, W, 3] uint8."""

from __future__ import annotations

import numpy as np

from eyebrush.reference import LUMA


def edges(picture: np.ndarray) -> np.ndarray:
    """Strength of luma edges (Sobel), [H, W] float64."""
    x = np.pad(picture @ LUMA.astype(np.float64), 1, "edge")
    rows = x[:-2] + 2 * x[1:-1] + x[2:]
    columns = x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]
    return np.hypot(rows[:, 2:] - rows[:, :-2], columns[2:] - columns[:-2])


def edge_ssim(plain: np.ndarray, painted: np.ndarray, side: int = 7) -> float:
    """Mean SSIM (Wang et al. 2004) of the two pictures' edges, each scaled to a maximum of 1."""
    a, b = (e / max(e.max(), 1e-9) for e in (edges(plain), edges(painted)))

    def mean(x: np.ndarray) -> np.ndarray:
        view = np.lib.stride_tricks.sliding_window_view(x, (side, side))
        return view.mean((-1, -2))

    ma, mb = mean(a), mean(b)
    va, vb = mean(a * a) - ma**2, mean(b * b) - mb**2
    both = mean(a * b) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    ssim = (2 * ma * mb + c1) * (2 * both + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
    return float(ssim.mean())
