"""Where a pixel of one picture lies in another, whether it is seen there, and how far apart the
colours are: warping error (Lai et al. 2018; Chen et al. 2018 for stereo).

A warp belongs to the picture *here*: for each of its pixels the place in the picture *there*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from eyebrush.frame import View, reprojection
from eyebrush.reference import sample_bilinear

DEPTH_SHARE, DEPTH_STEP = 0.03, 0.002  # agreement of inverse depths: relative, and 1/m
EDGE_SHARE = 0.1  # inverse depth that changes more than this from texel to texel is an edge
MOVED = 0.08  # blurred colour difference of the *unstyled* pictures that means: not the same thing


@dataclass(frozen=True)
class Warp:
    """uv [H,W,2] float32 in 0..1 there; visible [H,W] bool."""

    uv: np.ndarray
    visible: np.ndarray


def pixel_centres(height: int, width: int) -> np.ndarray:
    """[H,W,2] float32: u, v of every pixel."""
    u = (np.arange(width, dtype=np.float32) + 0.5) / width
    v = (np.arange(height, dtype=np.float32) + 0.5) / height
    return np.stack(np.broadcast_arrays(u[None, :], v[:, None]), -1)


def pose_warp(
    here: View, there: View, depth_here: np.ndarray, depth_there: np.ndarray, size: tuple[int, int]
) -> Warp:
    """Exact flow of a still scene from poses and depth. depth [h,w] metres along the view axis.

    Visible: inside of the other picture, of the depth that is found there, and not at a depth
    edge of either (there the reduced depth belongs to neither surface).
    """
    matrix, parallax = reprojection(here, there)
    inverse_here, inverse_there = (1 / np.maximum(d, 1e-3) for d in (depth_here, depth_there))
    centres = pixel_centres(*size)
    inverse = sample_bilinear(inverse_here[..., None].astype(np.float32), centres)
    p = (
        np.concatenate([centres, np.ones_like(centres[..., :1])], -1) @ matrix.T
        + inverse * parallax
    )
    ahead = p[..., 2] > 1e-6
    w = np.where(ahead, p[..., 2], 1.0)
    uv = (p[..., :2] / w[..., None]).astype(np.float32)
    expected = inverse[..., 0] / w  # the point's inverse depth, seen from there
    found = sample_bilinear(inverse_there[..., None].astype(np.float32), uv)[..., 0]
    agree = np.abs(expected - found) <= DEPTH_SHARE * np.maximum(expected, found) + DEPTH_STEP
    visible = ahead & _inside(uv) & agree
    for inverse_depth, at in ((inverse_here, centres), (inverse_there, uv)):
        visible &= ~_nearest(_edges(inverse_depth), at)
    return Warp(uv, visible)


def flow_warp(flow_px: np.ndarray, valid: np.ndarray) -> Warp:
    """flow [H,W,2] (dx, dy) in pixels, valid [H,W] bool."""
    height, width = valid.shape
    uv = pixel_centres(height, width) + flow_px.astype(np.float32) / (width, height)
    uv = uv.astype(np.float32)
    return Warp(uv, valid & _inside(uv))


def disparity_warp(disparity_px: np.ndarray) -> Warp:
    """Left -> right by the left picture's disparity [H,W] (x_right = x_left - d; 0 = unknown).

    Visible: known, and no nearer pixel of the same row lands on the same place.
    """
    d = disparity_px.astype(np.float32)
    height, width = d.shape
    columns = np.arange(width, dtype=np.float32)
    nearest = np.zeros((height, width), np.float32)
    target = np.rint(columns - d).astype(int)
    rows = np.broadcast_to(np.arange(height)[:, None], d.shape)
    known = (d > 0) & np.isfinite(d) & (target >= 0)
    for shift in (-1, 0, 1):  # one texel of margin: slanted surfaces leave gaps
        landed = np.clip(target + shift, 0, width - 1)
        np.maximum.at(nearest, (rows[known], landed[known]), d[known])
    seen = known & (d >= nearest[rows, np.clip(target, 0, width - 1)] - 1.0)
    flow = np.stack([-d, np.zeros_like(d)], -1)
    return flow_warp(flow, seen)


def without_movers(warp: Warp, here: np.ndarray, there: np.ndarray) -> Warp:
    """Leave out what moved by itself or reflects: where the *unstyled* pictures [H,W,3] uint8,
    warped and blurred, differ. The same pixels are then left out for every contestant."""
    warped = sample_bilinear(there.astype(np.float32), warp.uv)
    difference = np.abs(warped - here.astype(np.float32)).max(-1)
    blurred = Image.fromarray(np.clip(difference, 0, 255).astype(np.uint8))
    blurred = blurred.filter(ImageFilter.BoxBlur(3))
    return Warp(warp.uv, warp.visible & (np.asarray(blurred) < MOVED * 255))


def aligned(warp: Warp, there: np.ndarray) -> np.ndarray:
    """The picture there [H,W,3] uint8, brought to where its points lie here."""
    return np.rint(sample_bilinear(there.astype(np.float32), warp.uv)).astype(np.uint8)


def warping_error(warp: Warp, here: np.ndarray, there: np.ndarray) -> float:
    """Root mean square colour difference over visible pixels (there must be one), 0..1.

    Pictures [H,W,3] uint8.
    """
    warped = sample_bilinear(there.astype(np.float32), warp.uv)[warp.visible]
    difference = (warped - here.astype(np.float32)[warp.visible]) / 255
    if not difference.size:
        raise ValueError("no pixel is visible in both pictures")
    return float(np.sqrt(np.mean(np.square(difference))))


def _inside(uv: np.ndarray) -> np.ndarray:
    return ((uv > 0) & (uv < 1)).all(-1)


def _edges(inverse_depth: np.ndarray) -> np.ndarray:
    """[h,w] bool: texels beside a jump of inverse depth."""
    padded = np.pad(inverse_depth, 1, mode="edge")
    h, w = inverse_depth.shape
    around = np.stack([padded[y : y + h, x : x + w] for y in range(3) for x in range(3)])
    spread = around.max(0) - around.min(0)
    return spread > EDGE_SHARE * around.max(0) + DEPTH_STEP


def _nearest(mask: np.ndarray, uv: np.ndarray) -> np.ndarray:
    h, w = mask.shape
    x = np.clip((uv[..., 0] * w).astype(int), 0, w - 1)
    y = np.clip((uv[..., 1] * h).astype(int), 0, h - 1)
    return mask[y, x]
