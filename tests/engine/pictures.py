"""Measures that compare a plain picture of the engine with its painted one: [H, W, 3] uint8."""

from __future__ import annotations

import numpy as np

from quality.legibility import edge_ssim as edge_ssim
from quality.legibility import edges


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's, over all pixels."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def offset(plain: np.ndarray, painted: np.ndarray, reach: int = 8) -> tuple[int, int]:
    """By how many pixels (down, right) the painted edges lie beside the plain ones."""
    a, b = edges(plain), edges(painted)
    inner = (slice(reach, -reach), slice(reach, -reach))
    best = max(
        (correlation(a[inner], np.roll(b, (-y, -x), (0, 1))[inner]), y, x)
        for y in range(-reach, reach + 1)
        for x in range(-reach, reach + 1)
    )
    return best[1], best[2]
