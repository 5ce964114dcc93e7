"""All that a page tells about a frame in a style, put together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eyebrush.backends import BackendInfo
from eyebrush.errors import InputError
from eyebrush.explain import parts
from eyebrush.explain.ablation import Effect, Painted, ablate, mean_style, paint
from eyebrush.explain.patches import SIDE_PX, Match, nearest_patches, nearest_styles
from eyebrush.features import FeatureNetwork
from eyebrush.media import open_source
from eyebrush.styles import Style
from eyebrush.styles.add import read_painting
from eyebrush.stylizer import Stylizer

LONG_SIDE = 960  # of the explained frame, pixels: larger ones are shrunk
STEPS = len(parts.LAYERS) + 3


@dataclass(frozen=True)
class Neighbour:
    """Another style of the library, the cosine of the two codes, and the frame painted in it."""

    style: Style
    likeness: float
    painted: np.ndarray


@dataclass(frozen=True)
class Report:
    """deviations [2, S]: how far each channel's scale and shift lie from the library's mean, in
    standard deviations over the library. matches is empty without the painting itself."""

    style: Style
    painted: Painted
    effects: list[Effect]
    deviations: np.ndarray
    neighbours: list[Neighbour]
    matches: list[Match]
    backend: BackendInfo


def read_frame(path: Path) -> np.ndarray:
    """The first frame's left (or only) eye, [H, W, 3] uint8, long side at most LONG_SIDE."""
    with closing(open_source(path)) as source:
        frames = next(iter(source), None)
    if frames is None:
        raise InputError(got=f"{path} without a frame", wanted="one or more", fix="name another")
    picture = frames.color[0, :, :, :3]
    if min(picture.shape[:2]) < SIDE_PX:
        raise InputError(
            got=f"{path} of {picture.shape[1]}x{picture.shape[0]} pixels",
            wanted=f"at least {SIDE_PX}x{SIDE_PX}",
            fix="use a larger picture",
        )
    shrink = LONG_SIDE / max(picture.shape[:2])
    if shrink < 1:
        size = (max(SIDE_PX, round(n * shrink)) for n in picture.shape[1::-1])
        picture = np.asarray(Image.fromarray(picture).resize(tuple(size), Image.Resampling.LANCZOS))
    return np.ascontiguousarray(picture)


def explain(
    stylizer: Stylizer,
    frame: np.ndarray,
    style: Style,
    painting: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """frame [H, W, 3] uint8; painting: the style's own picture, for patches. Leaves the stylizer
    in another style."""
    library = stylizer.library
    mean = mean_style(library)
    whole, effects = ablate(stylizer, frame, style, mean, progress)
    neighbours = [
        Neighbour(other, likeness, paint(stylizer, frame, other).full)
        for other, likeness in nearest_styles(library, style, mean)
    ]
    matches = []
    if painting is not None:
        network = FeatureNetwork()
        matches = nearest_patches(network, whole.full, whole.by_strokes, read_painting(painting))
    codes = np.stack([s.code for s in library.shipped.values()])
    deviations = (style.code - mean.code) / (codes.std(0) + 1e-3)
    return Report(
        style,
        whole,
        effects,
        deviations.reshape(2, -1),
        neighbours,
        matches,
        stylizer.describe(),
    )


def figures(report: Report) -> dict[str, Any]:
    """The page's figures, for programs. Colour differences in 1/1000 of full scale."""
    p = report.painted
    return {
        "style": report.style.name,
        "by_tone": round(1e3 * float(p.by_tone.mean()), 2),
        "by_strokes": round(1e3 * float(p.by_strokes.mean()), 2),
        "mask_mean": round(p.mask, 4),
        "parts": [
            {
                "name": e.part.name,
                "about": e.part.about,
                "change": round(e.change, 2),
                "tone": round(e.tone, 2),
                "strokes": round(e.strokes, 2),
                "alone": round(e.alone, 2),
            }
            for e in report.effects
        ],
        "nearest_styles": {n.style.name: round(n.likeness, 3) for n in report.neighbours},
        "nearest_patches": [round(m.likeness, 3) for m in report.matches],
        "backend": report.backend.as_dict(),
    }
