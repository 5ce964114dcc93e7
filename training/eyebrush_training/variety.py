"""How real and how various a cloud of vectors is, against another: Naeem et al. 2020, and simple
distances."""

from __future__ import annotations

import numpy as np

NEIGHBOURS = 5


def distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[N, D], [M, D] -> [N, M], Euclidean."""
    squares = np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))


def radii(real: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Distance of every real vector to its k-th nearest other."""
    return np.sort(distances(real, real), 1)[:, neighbours]


def measure(real: np.ndarray, made: np.ndarray, neighbours: int = NEIGHBOURS) -> dict[str, float]:
    """precision: share of made ones that lie within some real one's k-th neighbour's distance.
    density: how many real neighbourhoods hold a made one, over k.
    coverage: share of real ones whose neighbourhood holds a made one.
    pairwise: mean distance of two made ones over that of two real ones.
    """
    inside = distances(real, made) <= radii(real, neighbours)[:, None]
    return {
        "precision": float(inside.any(0).mean()),
        "density": float(inside.sum(0).mean() / neighbours),
        "coverage": float(inside.any(1).mean()),
        "pairwise": mean_pairwise(made) / mean_pairwise(real),
    }


def mean_pairwise(x: np.ndarray) -> float:
    """Mean distance of two different ones."""
    return float(distances(x, x).sum() / (len(x) * (len(x) - 1)))
