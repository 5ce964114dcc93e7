"""Photographs in the style of paintings: every method, every measure of a single picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import harness
from eyebrush.frame import EyeFrames
from quality.judge import Judge
from quality.methods import Method
from quality.paintings import SHIPPED, UNSEEN, Painting, load_square

SIZE_PX = 512
GROUPS = (SHIPPED, UNSEEN)
MEANS = ("content", "style", "style_scales", "moments", "edges", "colours")
Kept = dict[tuple[int, int, str], np.ndarray]  # (painting, photograph, method) -> [H,W,3]


def pair_up(paintings: int, photographs: int, count: int) -> list[tuple[int, int]]:
    """``count`` different (painting, photograph) pairs that use all of both evenly."""
    count = min(count, paintings * photographs)
    return [(k % paintings, (k % paintings + k // paintings) % photographs) for k in range(count)]


def measure(
    methods: Sequence[Method],
    paintings: Sequence[Painting],
    photographs: Sequence[Path],
    pairs: int,
    judge: Judge,
) -> tuple[list[dict[str, Any]], Kept]:
    """Rows for every pair and method, half of the pairs with unseen paintings; and the pictures of
    the first photographs, to be looked at."""
    rows: list[dict[str, Any]] = []
    kept: Kept = {}
    loaded: dict[int, tuple[np.ndarray, Any]] = {}
    groups = [(g, [i for i, p in enumerate(paintings) if p.group == g]) for g in GROUPS]
    groups = [(g, members) for g, members in groups if members]
    for group, members in groups:
        for k, photo in pair_up(len(members), len(photographs), pairs // len(groups)):
            index = members[k]
            if photo not in loaded:
                color = load_square(photographs[photo], SIZE_PX)
                loaded[photo] = color, judge.features(color)
            color, content = loaded[photo]
            judged: list[tuple[np.ndarray, dict[str, Any]]] = []
            for method in methods:
                if not method.any_painting:
                    continue
                contestant = method.contestant(paintings[index])
                if contestant is None:
                    continue
                picture = contestant.restyle([EyeFrames(color[None])], {0})[0][0]
                # looks that differ in motion only paint a still alike: judged once
                found = next((f for p, f in judged if np.array_equal(p, picture)), None)
                if found is None:
                    found = judge.still(picture, color, content, index)
                    judged.append((picture, found))
                about = {"group": group, "method": method.name, "photograph": photo}
                rows.append({**about, "painting": index, **found})
                if photo < 8:
                    kept[index, photo, method.name] = picture
            harness.say(f"  {group}: {paintings[index].name} on {photographs[photo].stem}")
    return rows, kept


def summary(rows: list[dict[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """{group: {method: means, and shares of pictures whose own painting is the nearest}}."""
    figures: dict[str, Any] = {}
    for group in dict.fromkeys(r["group"] for r in rows):
        figures[group] = {}
        for method in dict.fromkeys(r["method"] for r in rows):
            own = [r for r in rows if r["group"] == group and r["method"] == method]
            if own:
                figures[group][method] = {
                    "pairs": len(own),
                    **{name: round(float(np.mean([r[name] for r in own])), 4) for name in MEANS},
                    **{
                        name: round(float(np.mean([r[key] == r["painting"] for r in own])), 4)
                        for name, key in (
                            ("retrieval", "nearest"),
                            ("retrieval_even", "nearest_even"),
                        )
                    },
                }
    return figures


def ratios(rows: list[dict[str, Any]], ours: str, theirs: str, group: str = "") -> dict[str, float]:
    """Our mean over theirs, on the pairs that both painted: content, style, style_scales, moments,
    and in which share of them we are no worse. Empty where there is no such pair."""
    found = {
        who: {(r["painting"], r["photograph"]): r for r in rows if r["method"] == who}
        for who in (ours, theirs)
    }
    both = [
        (a, found[theirs][k])
        for k, a in found[ours].items()
        if k in found[theirs] and group in ("", a["group"])
    ]
    if not both:
        return {}
    result = {}
    for name in ("content", "style", "style_scales", "moments"):
        a, b = (np.array([pair[i][name] for pair in both]) for i in range(2))
        result[name] = round(float(a.mean() / b.mean()), 4)
        result[f"{name}_no_worse"] = round(float((a <= b).mean()), 4)
    result["both_no_worse"] = round(
        float(np.mean([all(a[n] <= b[n] for n in ("content", "style")) for a, b in both])), 4
    )
    return result
