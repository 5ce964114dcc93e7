"""Depth by eyes: disparities found again in a painted pair, against the true ones.

Semi-global block matching (Hirschmuller 2008, OpenCV's SGBM) stands for a viewer's fusion. Where a
painting's two eyes do not show the same strokes it finds nothing, or something wrong.
"""

from __future__ import annotations

import numpy as np

from eyebrush.errors import InputError
from quality.warping import Warp, pixel_centres

WRONG_PX = 2.0  # Middlebury's "bad 2.0"
LEVEL_PX = 0.5  # a truth with more vertical shift than this is not of rectified eyes
BLOCK = 5


def truth_px(warp: Warp) -> np.ndarray:
    """[H,W] float32: x_left - x_right of every visible pixel, NaN elsewhere."""
    height, width = warp.visible.shape
    shift = pixel_centres(height, width) - warp.uv
    if np.abs(shift[..., 1][warp.visible]).max(initial=0) * height > LEVEL_PX:
        raise InputError(
            got="a pair of eyes that are turned or raised against each other",
            wanted="rectified eyes: what both see lies in the same row",
            fix="take parallel eyes of one height",
        )
    return np.where(warp.visible, shift[..., 0] * width, np.nan).astype(np.float32)


def shares(left: np.ndarray, right: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(lost, wrong): shares of the known disparities where none is found, and where it is more than
    2 pixels off. Eyes [H,W,3] uint8."""
    known = np.isfinite(truth)
    low, high = float(np.nanmin(truth)), float(np.nanmax(truth))
    found = estimate_px(left, right, low, high)
    lost = known & np.isnan(found)
    wrong = known & (np.abs(found - truth) > WRONG_PX)  # NaN compares as False
    return tuple(round(float(s.sum() / known.sum()), 4) for s in (lost, wrong))  # type: ignore[return-value]


def estimate_px(left: np.ndarray, right: np.ndarray, low: float, high: float) -> np.ndarray:
    """[H,W] float32 disparities from ``low`` to ``high`` (and a margin), NaN where none holds."""
    try:
        import cv2
    except ImportError:
        raise InputError(
            got="a Python without OpenCV",
            wanted="it: disparities are found again with its SGBM",
            fix="pip install opencv-python-headless",
        ) from None
    least = int(np.floor(low)) - 4
    count = -(-(int(np.ceil(high)) + 4 - least) // 16) * 16
    # what lies within `margin` of the side edges has no partner in SGBM's range: give it some
    margin = max(count + least, -least, 0)
    padded = [
        cv2.copyMakeBorder(p, 0, 0, margin, margin, cv2.BORDER_REPLICATE) for p in (left, right)
    ]
    matcher = cv2.StereoSGBM_create(
        minDisparity=least,
        numDisparities=count,
        blockSize=BLOCK,
        P1=8 * 3 * BLOCK**2,
        P2=32 * 3 * BLOCK**2,
        disp12MaxDiff=1,
        uniquenessRatio=5,
        speckleWindowSize=60,
        speckleRange=2,
    )
    found = matcher.compute(*padded)[:, margin : margin + left.shape[1]] / np.float32(16)
    return np.where(found < least, np.nan, found).astype(np.float32)
