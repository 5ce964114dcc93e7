"""The textures of one model, or a loose one, restyled together: painted, seams mended, gutters
filled, and measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eyebrush.retexture import measure
from eyebrush.retexture.gutters import fill_gutters
from eyebrush.retexture.layout import Surface, find_seams, grow, island_map
from eyebrush.retexture.seams import Samples, equalise, sample_seams, unfold
from eyebrush.retexture.texture import Texture, Wrap, decode, encode, paint, wraps_of
from eyebrush.stylizer import Stylizer

RING = 2  # texels around islands that belong to them: a bilinear sampler reaches one


@dataclass
class Part:
    """One texture. surface: how the model shows it; None for one that is shown whole.
    clear: its alpha makes things transparent, so that texels of alpha 0 are never seen."""

    name: str
    texture: Texture
    wrap: tuple[Wrap, Wrap]
    surface: Surface | None = None
    clear: bool = True


@dataclass
class Result:
    """data: the restyled file; texture: what is in it, alpha as it was; figures: see measure.py."""

    data: bytes
    texture: Texture
    figures: dict[str, Any]


def restyle(stylizer: Stylizer, parts: list[Part]) -> list[Result]:
    """All textures of a model. Seams are mended between textures, too."""
    surfaces = [p.surface or _whole(p) for p in parts]
    seams = find_seams(surfaces)
    wraps = [_seen_wrap(p, s, r) for p, s, r in zip(parts, surfaces, seams.round, strict=True)]
    samples = sample_seams(seams, surfaces)
    islands = [_islands(p, s) for p, s in zip(parts, surfaces, strict=True)]

    covered = [island >= 0 for island in islands]
    plain = [
        fill_gutters(p.texture.color[..., :3].astype(np.float32), c, wraps_of(w))
        for p, c, w in zip(parts, covered, wraps, strict=True)
    ]
    shown = unfold(plain, covered, seams, surfaces)
    painted = [
        fill_gutters(paint(stylizer, rgb, w), c, wraps_of(w))
        for rgb, c, w in zip(shown, covered, wraps, strict=True)
    ]
    grown = [grow(i, RING, wraps_of(w)) for i, w in zip(islands, wraps, strict=True)]
    mended = equalise(plain, painted, grown, surfaces, samples)

    results = []
    for i, part in enumerate(parts):
        rgb = fill_gutters(mended[i], grown[i] >= 0, wraps_of(wraps[i]))
        rgb = np.rint(rgb).clip(0, 255).astype(np.uint8)
        color = np.concatenate([rgb, part.texture.color[..., 3:]], axis=2)
        data = encode(replace(part.texture, color=color))
        results.append(Result(data, decode(data, part.name), {"texture": part.name}))
    final = [r.texture.color[..., :3] for r in results]
    _measure(results, parts, islands, wraps, (plain, painted, final), surfaces, samples)
    return results


def _measure(
    results: list[Result],
    parts: list[Part],
    islands: list[np.ndarray],
    wraps: list[tuple[Wrap, Wrap]],
    pictures: tuple[list[np.ndarray], ...],
    surfaces: list[Surface],
    samples: Samples,
) -> None:
    names = ("plain", "unmended", "restyled")
    seen = {
        n: measure.seam_steps(p, surfaces, samples) for n, p in zip(names, pictures, strict=True)
    }
    for i, (result, part) in enumerate(zip(results, parts, strict=True)):
        before, after = part.texture.color, result.texture.color
        figures = result.figures
        figures["size"] = [after.shape[1], after.shape[0]]
        here = (samples.texture == i).any(axis=0)
        if here.any():
            figures["seam_step"] = {name: _round(step[here].mean()) for name, step in seen.items()}
        for axis, name in ((1, "u"), (0, "v")):
            if wraps[i][1 - axis] == "repeat":
                across, inside = measure.border_step(after, axis)
                was, _ = measure.border_step(before, axis)
                figures[f"border_step_{name}"] = {
                    "plain": _round(was),
                    "restyled": _round(across),
                    "inside": _round(inside),
                }
        covered = islands[i] >= 0
        if not covered.all():
            figures["mip_bleed"] = {
                "plain": _round(measure.mip_bleed(before, covered)),
                "restyled": _round(measure.mip_bleed(after, covered)),
            }


def _islands(part: Part, surface: Surface) -> np.ndarray:
    height, width = part.texture.color.shape[:2]
    island = np.zeros((height, width), np.int64) if part.surface is None else island_map(surface)
    if part.clear and part.texture.color.shape[2] == 4:
        island = np.where(part.texture.color[..., 3] > 0, island, -1)
    return island


def _whole(part: Part) -> Surface:
    height, width = part.texture.color.shape[:2]
    return Surface(np.zeros((0, 3, 2)), np.zeros((0, 3), np.int64), part.wrap, (width, height))


def _seen_wrap(part: Part, surface: Surface, round_: tuple[bool, bool]) -> tuple[Wrap, Wrap]:
    """A sampler repeats by default; an atlas that never shows its border need not be painted so."""
    if part.surface is None:
        return part.wrap
    u, v = (
        "clamp" if wrap == "repeat" and not goes else wrap
        for wrap, goes in zip(surface.wrap, round_, strict=True)
    )
    return u, v


def _round(value: float) -> float:
    return round(float(value), 2)
