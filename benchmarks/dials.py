"""What each of the three dials does, from one end to the other, on the shipped clip.

    python benchmarks/dials.py             two minutes

strength: distance from the plain frame. detail: how much of the sign's edges is left, and how
much of the strokes. calm: warping error from frame to frame. Means over styles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import harness
from contestants import new_stylizer
from eyebrush import Stylizer
from eyebrush.clip import ClipReader
from eyebrush.frame import EyeFrames
from quality.legibility import SIGN, edge_ssim
from quality.warping import pose_warp, warping_error

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
STREAM = 6  # frames, for calm


def distance(plain: np.ndarray, painted: np.ndarray) -> float:
    """Root mean square colour difference, 0..1."""
    return float(np.sqrt(np.mean((painted.astype(np.float64) - plain) ** 2)) / 255)


def by_strength(stylizer: Stylizer, frame: EyeFrames) -> Iterator[float]:
    for step in STEPS:
        stylizer.set_strength(step)
        yield distance(frame.color, _still(stylizer, frame).color)
    stylizer.set_strength(1.0)


def by_detail(stylizer: Stylizer, frame: EyeFrames) -> Iterator[tuple[float, float]]:
    """(edge SSIM of the sign, mean mask of the strokes over the whole picture)."""
    before = stylizer.detail
    for step in STEPS:
        stylizer.set_detail(step)
        stylizer.reset()
        field = stylizer.field(_timeless(frame))
        painted = stylizer.composite(frame, field)[0][SIGN]
        yield edge_ssim(frame.color[0][SIGN], painted), float(field.strokes[..., 3].mean() / 255)
    stylizer.set_detail(before)


def by_calm(stylizer: Stylizer, frames: Sequence[EyeFrames]) -> Iterator[float]:
    """Warping error from each frame to the next, left eye."""
    before = stylizer.calm
    warps = []
    for a, b in pairwise(frames):
        assert a.depth_m is not None
        assert b.depth_m is not None
        size = a.color.shape[1], a.color.shape[2]
        warps.append(pose_warp(a.views[0], b.views[0], a.depth_m[0], b.depth_m[0], size))
    for step in STEPS:
        stylizer.set_calm(step)
        stylizer.reset()
        made = [stylizer.restyle(f).color[0].copy() for f in frames]
        errors = [warping_error(w, a, b) for w, (a, b) in zip(warps, pairwise(made), strict=True)]
        yield float(np.mean(errors))
    stylizer.set_calm(before)


def _timeless(frame: EyeFrames) -> EyeFrames:
    return EyeFrames(frame.color)


def _still(stylizer: Stylizer, frame: EyeFrames) -> EyeFrames:
    stylizer.reset()
    return stylizer.restyle(_timeless(frame))


def run() -> int:
    parser = harness.parser(__doc__)
    parser.add_argument("--styles", type=int, default=6, help="how many styles to average over")
    args = parser.parse_args()
    facts = harness.machine()
    found: dict[str, list[np.ndarray]] = {"strength": [], "detail": [], "calm": []}
    with ClipReader(args.clip) as clip:
        last, stream = clip[len(clip) - 1], [clip[i] for i in range(STREAM)]
        stylizer = new_stylizer(harness.first_style(), args.threads)
        names = list(stylizer.library.shipped)
        names = names[:: max(1, len(names) // args.styles)][: args.styles]
        for name in names:
            harness.say(name)
            stylizer.set_style(name)
            found["strength"].append(np.array(list(by_strength(stylizer, last))))
            found["detail"].append(np.array(list(by_detail(stylizer, last))))
            found["calm"].append(np.array(list(by_calm(stylizer, stream))))
    mean = {dial: np.mean(rows, 0) for dial, rows in found.items()}
    figures: dict[str, Any] = {
        "strength_distance": [round(float(x), 4) for x in mean["strength"]],
        "detail_edge_ssim": [round(float(x), 3) for x in mean["detail"][:, 0]],
        "detail_mask": [round(float(x), 3) for x in mean["detail"][:, 1]],
        "calm_warping_error": [round(float(x), 4) for x in mean["calm"]],
        "styles": names,
        "network": stylizer.network.id,
    }
    rows = [
        ["strength: distance from the plain frame"] + [f"{x:.3f}" for x in mean["strength"]],
        ["detail: edge SSIM of the sign"] + [f"{x:.2f}" for x in mean["detail"][:, 0]],
        ["detail: mean mask of the strokes"] + [f"{x:.2f}" for x in mean["detail"][:, 1]],
        ["calm: warping error, 1/1000"] + [f"{1000 * x:.1f}" for x in mean["calm"]],
    ]
    settings = {"clip": clip.info.title, "styles": len(names), "threads": args.threads}
    body = harness.result("dials", "The dials", facts, settings, figures)
    header = ["dial at", *(f"{s:g}" for s in STEPS)]
    body["tables"] = {"dials": harness.table(header, rows)}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
