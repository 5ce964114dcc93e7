"""Where in the painting a piece of the restyled frame comes from, and which styles are like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eyebrush import tone
from eyebrush.features import FeatureNetwork
from eyebrush.styles import Style, StyleLibrary

SIDE_PX = 64
STEP_PX = 16  # between two places that are compared
CELL = 4  # pixels of the picture to one of relu3_3


@dataclass(frozen=True)
class Match:
    """A piece of the frame, [SIDE, SIDE, 3] uint8, the painting's piece that is most like it, and
    how much: correlation of their features' statistics, at most 1."""

    ours: np.ndarray
    theirs: np.ndarray
    likeness: float


def nearest_patches(
    network: FeatureNetwork,
    painted: np.ndarray,
    by_strokes: np.ndarray,
    painting: np.ndarray,
    count: int = 6,
) -> list[Match]:
    """The ``count`` pieces that strokes changed most, none touching another, each with the nearest
    piece of the painting by means and deviations of relu3_3, colours normalised in both.

    painted and painting [H, W, 3] uint8, by_strokes [H, W]; both at least SIDE_PX each way.
    """
    ours, theirs = (_descriptors(network, p) for p in (painted, painting))
    common = theirs[1].mean(0)  # what every piece of the painting has tells no two apart
    spread = theirs[1].std(0) + 1e-3
    unit = [_unit((d - common) / spread) for _, d in (ours, theirs)]
    strength = [by_strokes[y : y + SIDE_PX, x : x + SIDE_PX].mean() for y, x in ours[0]]
    chosen: list[int] = []
    for i in np.argsort(strength)[::-1]:
        far = all(np.abs(np.subtract(ours[0][i], ours[0][j])).max() >= SIDE_PX for j in chosen)
        if far and len(chosen) < count:
            chosen.append(int(i))
    found = []
    for i in chosen:
        likeness = unit[1] @ unit[0][i]
        best = int(likeness.argmax())
        piece, patch = _piece(painted, ours[0][i]), _piece(painting, theirs[0][best])
        found.append(Match(piece, patch, float(likeness[best])))
    return found


def nearest_styles(
    library: StyleLibrary, style: Style, mean: Style, count: int = 4
) -> list[tuple[Style, float]]:
    """Other shipped styles and how alike their codes are: the cosine of what tells each from the
    mean style."""
    own = style.code - mean.code
    likeness = [
        (other, float(_unit(other.code - mean.code) @ _unit(own)))
        for other in library.shipped.values()
        if other.name != style.name
    ]
    return sorted(likeness, key=lambda pair: -pair[1])[:count]


def _descriptors(
    network: FeatureNetwork, picture: np.ndarray
) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Places (y, x) of all pieces, and [pieces, 512]: means and deviations of their relu3_3."""
    maps = network(tone.canonical(picture)).relu3_3
    size, step = SIDE_PX // CELL, STEP_PX // CELL
    windows = np.lib.stride_tricks.sliding_window_view(maps, (size, size), (1, 2))
    windows = windows[:, ::step, ::step]  # [256, rows, columns, size, size]
    numbers = np.concatenate((windows.mean((3, 4)), windows.std((3, 4))))
    _, rows, columns = numbers.shape
    places = [(y * STEP_PX, x * STEP_PX) for y in range(rows) for x in range(columns)]
    return places, np.log(numbers.reshape(len(numbers), -1).T + 0.05)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


def _piece(picture: np.ndarray, at: tuple[int, int]) -> np.ndarray:
    return picture[at[0] : at[0] + SIDE_PX, at[1] : at[1] + SIDE_PX]
