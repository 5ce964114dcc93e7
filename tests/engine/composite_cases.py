"""Pictures, fields and constants that the engines' composites are tested with, and how
their results are held against reference.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from eyebrush import reference
from eyebrush.frame import View, reprojection

SIZE, SMALL, CELLS, STROKES = (160, 128), (40, 32), (16, 16, 8), (81, 66)  # width, height, (bins)


def encode(linear: np.ndarray) -> np.ndarray:
    high = 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, high)


def decode(encoded: np.ndarray) -> np.ndarray:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def smooth(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Noise as a network would give: neighbours are alike. 0..1, last axis channels."""
    coarse = rng.random((4, 4, shape[-1]))
    v, u = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float64)
    uv = np.stack([(u + 0.5) / shape[1], (v + 0.5) / shape[0]], -1)
    return reference.sample_bilinear(coarse, uv)


def make_case(name: str, seed: int, *, moved: float = 0.0, turned: float = 0.0, **numbers: float):
    """A picture, a field and the constants that both sides get."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    gw, gh, bins = CELLS
    identity = np.eye(3, 4).reshape(12, 1, 1, 1)
    grid = (identity + rng.normal(0, 0.15, (12, bins, gh, gw))).astype(np.float16)
    strokes = np.round(smooth(rng, STROKES[1], STROKES[0], 4) * 255).astype(np.uint8)
    half = turned / 2
    frame = View((0.0, np.sin(half), 0.0, np.cos(half)), (moved, moved / 3, -moved))
    matrix, parallax = reprojection(frame, View(fov_rad=(-0.8, 0.7, 0.8, -0.9)))
    case: dict[str, Any] = {
        "name": name,
        "color": rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "grid": grid,
        "strokes": strokes,
        "matrix": matrix,
        "parallax": parallax,
        "depth_m": rng.uniform(0.3, 9, (height, width)).astype(np.float32) if moved else None,
        "strength": numbers.get("strength", 1.0),
        "opacity": numbers.get("opacity", 1.0),
        "extent": (numbers.get("extent_u", 1.0), numbers.get("extent_v", 1.0)),
        "scale": numbers.get("scale", 1.0),
        "excess": numbers.get("excess", 0.0),
    }
    return case


SPECS: list[dict[str, Any]] = [
    {"name": "same", "seed": 1},
    {"name": "turned", "seed": 2, "turned": 0.2},
    {"name": "moved", "seed": 3, "turned": 0.02, "moved": 0.1},
    {"name": "half", "seed": 4, "strength": 0.5, "opacity": 0.7, "turned": 0.05},
    {"name": "extent", "seed": 5, "extent_u": 0.97, "extent_v": 0.9},
    {"name": "mobile", "seed": 6, "scale": 2.0, "turned": -0.1},
    {"name": "plain", "seed": 7, "strength": 0.0, "excess": 3.0},
]
CASES = [make_case(**spec) for spec in SPECS]
# The right eye of each: another picture, field and pose, the same look.
RIGHT = [
    make_case(**{**spec, "seed": spec["seed"] + 100, "turned": 0.03 - spec.get("turned", 0.0)})
    for spec in SPECS
]
LINE = (0.0, 0.05)  # depth buffer = 0.05 / distance: reversed, near plane at 5 cm


def linear_color(case: dict[str, Any]) -> np.ndarray:
    """What the engine's buffer holds: linear, and brighter than white in one corner."""
    linear = decode(case["color"] / 255.0) / case["scale"]
    linear[:9, :9] += case["excess"]
    return np.concatenate([linear, np.full((*linear.shape[:2], 1), 0.25)], -1).astype(np.float32)


def stacked_grid(case: dict[str, Any]) -> np.ndarray:
    """[12, D, Gh, Gw] -> [D, 3, Gh, Gw, 4] half floats: the transform's rows below each other."""
    gw, gh, bins = CELLS
    grid = case["grid"].reshape(3, 4, bins, gh, gw)
    return np.ascontiguousarray(grid.transpose(2, 0, 3, 4, 1))


def depth_buffer(case: dict[str, Any]) -> np.ndarray | None:
    if case["depth_m"] is None:
        return None
    return (LINE[0] + LINE[1] / case["depth_m"]).astype(np.float32)


def check_composite(case: dict[str, Any], pixels: np.ndarray) -> None:
    """pixels: [H, W, 4], linear, as the engine's buffer holds them afterwards.

    Tolerance: 2 of 255 levels, 1 for nearly all values. The hardware filters with weights in steps
    of 1/256 (Vulkan's subTexelPrecisionBits is 8 there; desktop GPUs have as many), so that where
    neighbouring cells differ by the whole range a value is off by up to 1/512 of it for each of the
    two filtered layers: half a level each, on top of rounding.
    """
    got = np.floor(np.clip(encode(pixels[..., :3] * case["scale"]), 0, 1) * 255 + 0.5)
    depth = case["depth_m"]
    wanted = reference.composite(
        case["color"][None],
        case["grid"][None],
        case["strokes"][None],
        extent=case["extent"],
        matrix=case["matrix"][None],
        parallax=case["parallax"][None] if depth is not None else None,
        depth_m=depth[None] if depth is not None else None,
        strength=case["strength"],
        stroke_opacity=case["opacity"],
    )[0]
    assert np.abs(wanted.astype(int) - case["color"]).mean() > 10  # the case restyles at all
    off = np.abs(got - wanted)
    assert off.max() <= 2
    assert (off > 1).mean() < 0.002
    np.testing.assert_array_equal(pixels[..., 3], np.float32(0.25))


def check_plain(case: dict[str, Any], pixels: np.ndarray) -> None:
    """Strength 0 gives the picture back, also where it is brighter than white; to the half floats
    of the working copy."""
    np.testing.assert_allclose(pixels, linear_color(case), rtol=3e-3, atol=1e-5)


def check_small(case: dict[str, Any], small: np.ndarray) -> None:
    """As reference.ingest: the mean of encoded values. 1 level: rounding to 8 bits."""
    wanted = reference.ingest(case["color"][None])[0].transpose(1, 2, 0) * 255
    assert np.abs(small[..., :3] - wanted).max() <= 1
