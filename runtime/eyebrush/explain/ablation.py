"""What each part of a style does to a frame, found by taking it away.

Taken away means: replaced by the library's mean, what all its paintings have in common. (Zeros
would be nobody's style, and the network was never trained on them.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eyebrush.explain.parts import Part, kinds_of, layers_of
from eyebrush.frame import EyeFrames
from eyebrush.styles import Style, StyleLibrary, mix_styles
from eyebrush.stylizer import Stylizer

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Painted:
    """A frame and what becomes of it, [H, W, 3] uint8; mask: the strokes' mean opacity, 0..1."""

    frame: np.ndarray
    tone: np.ndarray  # the colours of the grid alone, without strokes
    full: np.ndarray
    mask: float

    @property
    def by_tone(self) -> np.ndarray:
        """[H, W] 0..1: how far the grid moves each pixel's colour."""
        return _apart(self.tone, self.frame)

    @property
    def by_strokes(self) -> np.ndarray:
        """[H, W] 0..1: how far the strokes move it from there."""
        return _apart(self.full, self.tone)


@dataclass(frozen=True)
class Effect:
    """What a part does. Means over the picture of colour differences, in 1/1000 of full scale.

    without: the frame painted without the part.  change: how far that is from the whole style's;
    of it tone: in the grid's colours, and strokes: in what the strokes add to these.
    alone: how far the part alone takes the mean style's picture.
    heat: [H, W] 0..1, where the change is.
    """

    part: Part
    without: np.ndarray
    heat: np.ndarray
    change: float
    tone: float
    strokes: float
    alone: float


def mean_style(library: StyleLibrary) -> Style:
    """What all shipped paintings have in common."""
    styles = list(library.shipped.values())
    return mix_styles(styles, [1.0] * len(styles), "mean")


def paint(stylizer: Stylizer, frame: np.ndarray, style: Style) -> Painted:
    """frame [H, W, 3] uint8, as a still."""
    frames = EyeFrames(np.ascontiguousarray(frame[None]))
    stylizer.set_style(style)
    stylizer.reset()
    field = stylizer.field(frames)
    tone = stylizer.composite(frames, field, strokes=False)[0]
    full = stylizer.composite(frames, field)[0]
    return Painted(frame, tone, full, float(field.strokes[..., 3].mean() / 255))


def swapped(style: Style, other: Style, part: Part) -> Style:
    """``style`` with one part of ``other``."""
    code = np.where(part.mask, other.code, style.code)
    tone_out = style.tone_out if part.mask.any() else other.tone_out
    return Style(f"{style.name} without {part.name}", code, tone_out, style.network)


def ablate(
    stylizer: Stylizer,
    frame: np.ndarray,
    style: Style,
    mean: Style,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Painted, list[Effect]]:
    """The frame in a style, and the effect of each of its parts, in the network's order."""
    whole, base = paint(stylizer, frame, style), paint(stylizer, frame, mean)
    effects = []
    for part in [*layers_of(style.code.size), *kinds_of(style.code.size)]:
        without = paint(stylizer, frame, swapped(style, mean, part))
        alone = paint(stylizer, frame, swapped(mean, style, part))
        heat = _apart(without.full, whole.full)
        strokes = (_strokes(without) - _strokes(whole)) @ LUMA
        effects.append(
            Effect(
                part,
                without.full,
                heat,
                change=1e3 * float(heat.mean()),
                tone=1e3 * float(_apart(without.tone, whole.tone).mean()),
                strokes=1e3 * float(np.abs(strokes).mean()),
                alone=1e3 * float(_apart(alone.full, base.full).mean()),
            )
        )
        progress(part.name)
    return whole, effects


def _strokes(p: Painted) -> np.ndarray:
    return (p.full.astype(np.float32) - p.tone) / 255


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean over the channels of the absolute difference, [H, W] 0..1."""
    return np.abs(a.astype(np.float32) - b).mean(-1) / 255
