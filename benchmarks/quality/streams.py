"""Comfort: how much of the picture stays where it is, from moment to moment and from eye to eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from contestants import Contestant
from quality.disparity import shares, truth_px
from quality.judge import Judge
from quality.scenes import Scene
from quality.warping import aligned, warping_error

STEREO_KINDS = ("stereo", "Middlebury, stereo")


def contrast(pictures: Sequence[np.ndarray]) -> float:
    """Mean over pictures of the standard deviation of their colours, 0..1. Who paints everything
    grey does not flicker; this is what the error stands beside."""
    return float(np.mean([p.astype(np.float32).std((0, 1)).mean() / 255 for p in pictures]))


def measure(contestant: Contestant, scene: Scene, judge: Judge | None) -> list[dict[str, Any]]:
    """One row for each pair: warping error, contrast of the two pictures, and for the first eye how
    different the two look (``apart``); for pairs of eyes the disparities found in the painting."""
    made = contestant.restyle(scene.frames, scene.wanted())
    rows = []
    for pair in scene.pairs:
        here, there = (made[frame][eye] for frame, eye in (pair.here, pair.there))
        row: dict[str, Any] = {
            "kind": pair.kind,
            "error": round(warping_error(pair.warp, here, there), 5),
            "contrast": round(contrast([here, there]), 4),
        }
        if judge is not None and pair.here[1] == 0:
            moved = aligned(pair.warp, there)
            row["apart"] = round(judge.apart(here, moved, pair.warp.visible), 5)
        if pair.kind in STEREO_KINDS:
            row["lost"], row["wrong"] = shares(here, there, truth_px(pair.warp))
        rows.append(row)
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """{kind: {method: means over styles and pairs}}; relative: error over contrast."""
    figures: dict[str, Any] = {}
    for kind in dict.fromkeys(r["kind"] for r in rows):
        figures[kind] = {}
        for who in dict.fromkeys(r["method"] for r in rows):
            own = [r for r in rows if r["kind"] == kind and r["method"] == who]
            if not own:
                continue
            means = {
                name: round(float(np.mean([r[name] for r in own if name in r])), 5)
                for name in ("error", "contrast", "apart", "lost", "wrong")
                if any(name in r for r in own)
            }
            relative = round(means["error"] / max(means["contrast"], 1e-6), 4)
            figures[kind][who] = {**means, "relative": relative, "pairs": len(own)}
    return figures


def visible(scenes: Sequence[Scene]) -> dict[str, float]:
    """Kind -> mean share of the picture that is compared."""
    found: dict[str, list[float]] = {}
    for scene in scenes:
        for pair in scene.pairs:
            found.setdefault(pair.kind, []).append(float(pair.warp.visible.mean()))
    return {kind: round(float(np.mean(v)), 3) for kind, v in found.items()}
