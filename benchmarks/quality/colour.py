"""Colours alone: taking over a painting's, and how far two pictures' are apart. [H,W,3] uint8."""

from __future__ import annotations

import numpy as np

from eyebrush import tone

BINS = 8  # of each channel


def colour_transfer(photograph: np.ndarray, painting: np.ndarray) -> np.ndarray:
    """The painting's mean and covariance of colour on the photograph: style without a stroke."""
    planar = photograph.transpose(2, 0, 1) / 255.0
    whitened = tone.apply(tone.tone_in(tone.picture_statistics(photograph)), planar)
    coloured = tone.apply(tone.tone_out(tone.picture_statistics(painting)), whitened)
    return (np.clip(coloured, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)


def histogram(picture: np.ndarray) -> np.ndarray:
    """Share of the pixels in each of 8 x 8 x 8 equal boxes of RGB: [512] float64, sum 1."""
    box = picture.reshape(-1, 3) // (256 // BINS)
    counts = np.bincount(box @ np.array([BINS * BINS, BINS, 1]), minlength=BINS**3)
    return counts / counts.sum()


def histogram_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Hellinger distance of two histograms: 0 (the same colours) .. 1 (none in common)."""
    return float(np.sqrt(max(0.0, 1.0 - np.sqrt(a * b).sum())))
