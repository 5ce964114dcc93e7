"""How visible seams, borders and gutters are. All figures are colour steps in 1/255: root mean
square over the three channels, mean over the places."""

from __future__ import annotations

import numpy as np

from eyebrush.retexture.gutters import halve
from eyebrush.retexture.layout import Surface
from eyebrush.retexture.seams import Samples, look

MIP_LEVELS = 4  # down to 1/16: smaller ones are seen from too far to tell


def steps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[..., 3] colours, twice -> [...]."""
    gap = np.asarray(first, np.float32) - np.asarray(second, np.float32)
    return np.sqrt((gap * gap).mean(axis=-1))


def seam_steps(pictures: list[np.ndarray], surfaces: list[Surface], samples: Samples) -> np.ndarray:
    """[N]: the step at each point of the seams, as a bilinear sampler shows its two sides."""
    return steps(*look(pictures, surfaces, samples))


def border_step(color: np.ndarray, axis: int) -> tuple[float, float]:
    """For a texture that repeats: (across the border, within the 16 steps on either side of it)."""
    line = np.moveaxis(np.asarray(color, np.float32)[..., :3], axis, 0)
    band = min(16, len(line) - 1)
    inside = np.concatenate(
        [steps(line[:band], line[1 : band + 1]), steps(line[-band - 1 : -1], line[-band:])]
    )
    return float(steps(line[-1], line[0]).mean()), float(inside.mean())


def mip_bleed(color: np.ndarray, covered: np.ndarray) -> float:
    """What the gutters add to the islands' mip levels 1 to 4: the step between a level's texel and
    the mean of its covered texels alone, where a texel is covered in part."""
    total, count = 0.0, 0
    whole = np.asarray(color, np.float32)[..., :3]
    weight = covered.astype(np.float32)[..., None]
    inner = whole * weight
    for _ in range(MIP_LEVELS):
        whole, inner, weight = halve(whole), halve(inner), halve(weight)
        part = (weight[..., 0] > 0) & (weight[..., 0] < 1)
        total += float(steps(whole[part], inner[part] / weight[part]).sum())
        count += int(part.sum())
    return total / count if count else 0.0
