"""Eye buffers of every format that ingest and composite know, filled with noise."""

from __future__ import annotations

import numpy as np

FORMATS = ("rgb8", "rgba8", "rgba16f", "a2b10g10r10")


def noise(rng: np.random.Generator, name: str, eyes: int, height: int, width: int) -> np.ndarray:
    """Random eye buffers; float16 with some values below 0, above 1, infinite and NaN."""
    size = eyes, height, width
    if name == "a2b10g10r10":
        return rng.integers(0, 1 << 32, size, dtype=np.uint32)
    if name == "rgba16f":
        color = rng.uniform(-0.1, 1.6, (*size, 4)).astype(np.float16) ** 2
        odd = np.array([np.nan, np.inf, -np.inf, -1.0, 6e-8, 65504.0], np.float16)
        color.reshape(-1)[:: max(1, color.size // 17)] = rng.choice(odd)
        color[..., 3] = rng.uniform(0, 1, size)
        return color
    return rng.integers(0, 256, (*size, 3 if name == "rgb8" else 4), dtype=np.uint8)


def poisoned(name: str, eyes: int, height: int, width: int) -> np.ndarray:
    """An output that nobody has written yet."""
    out = noise(np.random.default_rng(0), name, eyes, height, width)
    out.reshape(-1).view(np.uint8)[:] = 0xB1
    return out


def apart(got: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """How far two pictures of one format are apart, in its levels: [E, H, W, 4] or [E, H, W, 3].

    float16: in 1/1023 of the encoded value, which is coarser than a rounding of float16 and as fine
    as the ten-bit format.
    """
    if got.dtype == np.uint32:
        parts = [
            (a[..., None] >> np.array([0, 10, 20, 30], np.uint32)) & 1023 for a in (got, wanted)
        ]
        return np.abs(parts[0].astype(int) - parts[1])
    if got.dtype == np.float16:
        parts = [np.nan_to_num(a.astype(np.float64)) for a in (got, wanted)]
        light = [np.sign(a) * np.abs(a) ** (1 / 2.4) for a in parts]
        return np.abs(light[0] - light[1]) * 1023
    return np.abs(got.astype(int) - wanted)
