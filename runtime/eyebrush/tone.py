"""Tone: the colours of a scene, mapped onto the colours of a painting.

The network never sees raw colours. Content colours are whitened into *canonical* colours
(mean 0, covariance about 1) by ``tone_in``, and what the network paints is coloured with the
painting's own mean and covariance by ``tone_out`` (Reinhard et al. 2001; Hertzmann 1999).
Both are affine maps [3, 4]: ``out = map @ (a, b, c, 1)``.

Colours are sRGB-encoded, 0..1. Arithmetic is float64 inside, float32 in the maps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eyebrush.errors import InputError

EPSILON = 0.05**2  # variance added before whitening: flat colour is not blown up into noise
LUMA = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709
CANONICAL_GAIN = 0.18  # canonical(): one standard deviation in picture units around 0.5


@dataclass(frozen=True)
class ColourStatistics:
    """Mean [3] and covariance [3, 3] of the colours of a picture, float64."""

    mean: np.ndarray
    covariance: np.ndarray

    def toward(self, newer: ColourStatistics, weight: float) -> ColourStatistics:
        """Linear blend: ``weight`` 0 keeps this one, 1 gives ``newer``."""
        return ColourStatistics(
            self.mean + weight * (newer.mean - self.mean),
            self.covariance + weight * (newer.covariance - self.covariance),
        )

    def distance(self, other: ColourStatistics) -> float:
        """How far apart two pictures' colours are: difference of means and of standard
        deviations, root mean square over channels, in colour units (0..1)."""
        mean = np.mean((self.mean - other.mean) ** 2)
        deviations = [np.sqrt(np.clip(np.diag(s.covariance), 0, None)) for s in (self, other)]
        return float(np.sqrt(mean + np.mean((deviations[0] - deviations[1]) ** 2)))


def planar_statistics(rgb: np.ndarray) -> ColourStatistics:
    """Statistics over all pixels of all eyes: rgb [E, 3, h, w] (or [3, h, w]) float 0..1."""
    if rgb.ndim not in (3, 4) or rgb.shape[-3] != 3 or 0 in rgb.shape or rgb.dtype.kind != "f":
        raise InputError(
            got=f"{rgb.dtype} array of shape {list(rgb.shape)}",
            wanted="float array [eyes, 3, h, w] or [3, h, w], at least one pixel",
            fix="pass what eyebrush.ops.ingest returns",
        )
    eyes = rgb.reshape(-1, 3, rgb.shape[-2] * rgb.shape[-1])
    total, products = np.zeros(3), np.zeros((3, 3))
    for eye in eyes:
        # Centred at 0.5, float32 sums are exact to 1e-9 here, and six dot products take a third
        # of the time of one matrix product this narrow (0.1 ms for a 128x128 pair).
        r, g, b = eye - eye.dtype.type(0.5)
        total += r.sum(), g.sum(), b.sum()
        rg, rb, gb = r @ g, r @ b, g @ b
        products += [[r @ r, rg, rb], [rg, g @ g, gb], [rb, gb, b @ b]]
    count = eyes.shape[0] * eyes.shape[2]
    mean = total / count
    return ColourStatistics(mean + 0.5, products / count - np.outer(mean, mean))


def picture_statistics(picture: np.ndarray) -> ColourStatistics:
    """Statistics of one picture [H, W, 3 or 4]: uint8, or float 0..1. Alpha is ignored."""
    if picture.ndim != 3 or picture.shape[2] not in (3, 4) or 0 in picture.shape:
        raise InputError(
            got=f"picture of shape {list(picture.shape)}",
            wanted="[height, width, 3 or 4], at least one pixel",
            fix="order the axes as [height, width, channels]",
        )
    return planar_statistics(_as_unit(picture[..., :3]).transpose(2, 0, 1))


def tone_in(statistics: ColourStatistics) -> np.ndarray:
    """Content colour -> canonical colour, [3, 4] float32: [W | -W mean], W = (C + eps I)^(-1/2)."""
    whiten = _power(statistics.covariance + EPSILON * np.eye(3), -0.5)
    return np.column_stack([whiten, -whiten @ statistics.mean]).astype(np.float32)


def tone_out(statistics: ColourStatistics) -> np.ndarray:
    """Canonical colour -> the painting's colour, [3, 4] float32: [S | mean], S = C^(1/2)."""
    colour = _power(statistics.covariance, 0.5)
    return np.column_stack([colour, statistics.mean]).astype(np.float32)


def apply(tone: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Apply a map [3, 4] to planar colours [..., 3, h, w]; same shape, float32, not clamped."""
    linear = np.einsum("ij,...jhw->...ihw", tone[:, :3], rgb, optimize=True)
    return np.asarray(linear + tone[:, 3, None, None], np.float32)


def canonical(picture: np.ndarray) -> np.ndarray:
    """A painting with its colours normalised, as the style encoder sees it.

    picture [H, W, 3 or 4] uint8 or float 0..1 -> [H, W, 3] float32 0..1:
    ``clip(0.5 + 0.18 z, 0, 1)`` with ``z = (C + eps I)^(-1/2) (x - mean)``.
    """
    to_canonical = tone_in(picture_statistics(picture)).astype(np.float64)
    z = _as_unit(picture[..., :3]) @ to_canonical[:, :3].T + to_canonical[:, 3]
    return np.asarray(np.clip(0.5 + CANONICAL_GAIN * z, 0.0, 1.0), np.float32)


def mix(values: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """Weighted mean of codes or tone maps of one shape, float32; weights are scaled to sum 1."""
    share = np.asarray(weights, np.float64)
    if share.shape != (len(values),) or not np.isfinite(share).all() or (share < 0).any():
        raise InputError(
            got=f"mix weights {list(weights)} for {len(values)} styles",
            wanted="one finite weight >= 0 for each style",
            fix="write a mix as a:0.6,b:0.4",
        )
    if share.sum() <= 0:
        raise InputError(
            got="mix weights that sum to 0",
            wanted="at least one weight above 0",
            fix="write a mix as a:0.6,b:0.4",
        )
    share = share / share.sum()
    total = sum(w * v.astype(np.float64) for w, v in zip(share, values, strict=True))
    return np.asarray(total, np.float32)


def brightness(colour: np.ndarray) -> float:
    """Luma of a colour [3], Rec. 709 weights."""
    return float(LUMA @ colour)


def recolour(
    tone: np.ndarray,
    *,
    hue_rad: float = 0.0,
    saturation: float = 1.0,
    shift: Sequence[float] = (0.0, 0.0, 0.0),
) -> np.ndarray:
    """A palette [3, 4] turned in hue about the grey axis, then scaled in saturation (0: greys of
    the same luma), and with ``shift`` [3] added to every colour; float32."""
    cos, sin = np.cos(hue_rad), np.sin(hue_rad)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turn = cos * np.eye(3) + sin * cross + (1 - cos) / 3
    grey = np.tile(LUMA, (3, 1))
    moved = (saturation * np.eye(3) + (1 - saturation) * grey) @ turn @ tone.astype(np.float64)
    moved[:, 3] += shift
    return np.asarray(moved, np.float32)


def _power(symmetric: np.ndarray, exponent: float) -> np.ndarray:
    """Symmetric matrix power by eigen-decomposition; tiny negative eigenvalues count as 0."""
    values, vectors = np.linalg.eigh(symmetric)
    powers: np.ndarray = (vectors * np.clip(values, 0.0, None) ** exponent) @ vectors.T
    return powers


def _as_unit(picture: np.ndarray) -> np.ndarray:
    values = picture.astype(np.float64)
    if picture.dtype == np.uint8:
        return values / 255.0
    floats = picture.dtype.kind == "f"
    if not floats or not np.isfinite(values).all():
        raise InputError(
            got=f"a {picture.dtype} picture" + (" with NaN or Inf" if floats else ""),
            wanted="uint8 0..255, or finite floats 0..1",
            fix="convert it first",
        )
    return values
