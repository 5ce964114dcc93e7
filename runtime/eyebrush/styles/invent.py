"""Styles that nobody painted: a small network maps noise to style codes. numpy alone runs it.

How it was taught: ``eyebrush_training.invent``. What it can do: docs/invent.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eyebrush import resources
from eyebrush.styles.space import StyleSpace
from eyebrush.styles.style import Style
from eyebrush.tensors import shipped_tensors

FORMAT = "eyebrush-inventor/1"
NOISE = 16  # numbers of noise, each N(0, 1)
SLOPE = 0.2  # of the activations below 0
SEARCHED = 4096  # noises, of which the one nearest to a style is taken
NEAR = 0.5  # how far ``near`` strays, in deviations of the noise


@dataclass(frozen=True)
class Inventor:
    """layers: (weight [out, in], bias [out]) from noise to a vector of ``space``."""

    space: StyleSpace
    layers: Sequence[tuple[np.ndarray, np.ndarray]]
    network: str

    def vectors(self, noise: np.ndarray) -> np.ndarray:
        """[N, NOISE] -> style vectors [N, D]."""
        x = noise.astype(np.float32)
        for i, (weight, bias) in enumerate(self.layers):
            x = x @ weight.T + bias
            if i + 1 < len(self.layers):
                x = np.maximum(x, SLOPE * x)
        return x

    def styles(self, noise: np.ndarray, names: Sequence[str]) -> list[Style]:
        """One style for each row of noise."""
        return [
            Style(name, *self.space.style(vector), self.network, {"title": f"invented: {name}"})
            for name, vector in zip(names, self.vectors(noise), strict=True)
        ]

    def near(
        self, style: Style, count: int, rng: np.random.Generator, names: Sequence[str]
    ) -> list[Style]:
        """Variations of a style: its own code, moved as the mapping moves around the noise that
        comes nearest to it."""
        here = self.space.vector(style.code, style.tone_out)
        tried = rng.standard_normal((SEARCHED, NOISE))
        nearest = tried[np.square(self.vectors(tried) - here).sum(1).argmin()]
        noise = nearest + NEAR * rng.standard_normal((count, NOISE))
        moves = self.vectors(noise) - self.vectors(nearest[None])
        plain, _ = self.space.style(here)
        found = []
        for name, move in zip(names, moves, strict=True):
            code, tone_out = self.space.style(here + move)
            code = style.code + code - plain  # what the plane cannot say about the style stays
            about = {"title": f"invented near {style.name}"}
            found.append(Style(name, code, tone_out, self.network, about))
        return found


def walk(noise: np.ndarray, steps: int) -> np.ndarray:
    """[N, NOISE] -> [N * steps, NOISE]: from each noise to the next and back to the first, along
    great circles, for that is where noise lives (Shoemake 1985; White 2016)."""
    path = []
    for a, b in zip(noise, np.roll(noise, -1, 0), strict=True):
        unit_a, unit_b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
        for t in np.arange(steps) / steps:
            if angle < 1e-3:
                direction = unit_a
            else:
                direction = np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b
                direction /= np.sin(angle)
            path.append(direction * ((1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b)))
    return np.stack(path)


def load_inventor(path: Path | None = None) -> Inventor:
    """The shipped one, or another file's; InputError where it is not a sound one."""
    path = path or resources.asset(resources.INVENTOR)
    with shipped_tensors(path, FORMAT, "inventor") as (about, t):
        count = sum(key.startswith("layer") for key in t) // 2
        layers = [
            (t[f"layer{i}/weight"].astype(np.float32), t[f"layer{i}/bias"]) for i in range(count)
        ]
        return Inventor(StyleSpace.load(t), layers, about["network"])
