"""What the judge's numbers mean: measured on photographs that no training has seen.

``judge.safetensors``: the style space; for each measure its quantiles over good results; how the
measures weigh together; where photographs lie among all pictures; and what the shipped paintings
look like to VGG-16, so that they need not be shipped themselves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eyebrush import resources
from eyebrush.errors import InputError
from eyebrush.styles.space import StyleSpace
from eyebrush.tensors import shipped_tensors

FORMAT = "eyebrush-judge/1"
MEASURES = ("score", "style", "content", "live")  # live: the score of a live window
LEAST = 0.02  # distances below it are as good as none
HIGHER_IS_BETTER = {"score": True, "style": False, "content": False, "live": True}


@dataclass(frozen=True)
class Plane:
    """A Gaussian on the first principal components of some vectors, and what lies beside them.

    centre [N], basis [D, N] (scaled to deviation 1), beside: mean square of a residual's length.
    limit: the distance that 1 in 100 of what it was fitted for passes.
    """

    centre: np.ndarray
    basis: np.ndarray
    beside: float
    limit: float

    def distance(self, vector: np.ndarray) -> float:
        """About 1 for what it was fitted for; in units of its typical distance."""
        apart = vector - self.centre
        part = self.basis @ apart
        near = (part / np.square(self.basis).sum(1)) @ self.basis
        residual = np.square(apart - near).sum() / self.beside
        return float(np.sqrt((np.square(part).sum() + residual) / (len(part) + 1)))

    @staticmethod
    def fit(vectors: np.ndarray, components: int) -> Plane:
        """vectors [M, N]; ``limit`` is to be set from others than these."""
        centre = vectors.mean(0)
        _, s, rows = np.linalg.svd(vectors - centre, full_matrices=False)
        basis = rows[:components] * (len(vectors) ** 0.5 / s[:components])[:, None]
        beside = float(np.square(s[components:]).sum() / len(vectors)) + 1e-6
        return Plane(centre, basis, beside, float("inf"))

    def tensors(self, name: str) -> dict[str, np.ndarray]:
        return {
            f"{name}/centre": self.centre.astype(np.float32),
            f"{name}/basis": self.basis.astype(np.float16),
            f"{name}/rest": np.array([self.beside, self.limit], np.float32),
        }

    @staticmethod
    def load(tensors: Mapping[str, np.ndarray], name: str) -> Plane:
        beside, limit = tensors[f"{name}/rest"].tolist()
        centre, basis = (tensors[f"{name}/{k}"].astype(np.float32) for k in ("centre", "basis"))
        return Plane(centre, basis, beside, limit)


@dataclass(frozen=True)
class Calibration:
    """quantiles: measure -> its 0 to 100 % quantiles over good results, evenly spaced, rising.

    weights [2, 4]: of ``evidence``, in the logit that a result is good;
    the second row is for styles whose painting is not known.
    targets: style name -> [896] VGG-16 statistics of its painting (``Features.logs``).
    """

    network: str
    space: StyleSpace
    quantiles: dict[str, np.ndarray]
    weights: np.ndarray
    scene: Plane
    painting: Plane
    targets: dict[str, np.ndarray]

    def better_than(self, measure: str, value: float) -> float:
        """Share of good results, 0..1, that are no better in one measure."""
        known = self.quantiles[measure]
        share = float(np.interp(value, known, np.linspace(0, 1, len(known))))
        return share if HIGHER_IS_BETTER[measure] else 1 - share

    def good(self, score: float, style: float | None, content: float) -> float:
        """Probability, 0..1, that a result is a good one rather than a spoilt one."""
        row = self.weights[0 if style is not None else 1]
        return float(1 / (1 + np.exp(-row @ evidence(score, style or 0.0, content))))

    def tensors(self) -> dict[str, np.ndarray]:
        found = {**self.space.tensors(), "weights": self.weights.astype(np.float32)}
        found |= {f"quantiles/{k}": v.astype(np.float32) for k, v in self.quantiles.items()}
        found |= self.scene.tensors("scene") | self.painting.tensors("painting")
        found["targets"] = np.stack(list(self.targets.values())).astype(np.float16)
        return found


def evidence(score: float, style: float, content: float) -> np.ndarray:
    """[4]: what the weights apply to. Distances count by their logarithm, from LEAST on."""
    return np.array([score, np.log(style + LEAST), np.log(content + LEAST), 1.0])


def load_calibration(path: Path | None = None, network: str | None = None) -> Calibration:
    """The shipped one, or another file's; InputError where it is not a sound one, or one of another
    field network than ``network``."""
    path = path or resources.asset(resources.JUDGE)
    with shipped_tensors(path, FORMAT, "judge") as (about, t):
        names = json.loads(about["targets"])
        found = Calibration(
            about["network"],
            StyleSpace.load(t),
            {k: t[f"quantiles/{k}"] for k in MEASURES},
            t["weights"],
            Plane.load(t, "scene"),
            Plane.load(t, "painting"),
            dict(zip(names, t["targets"].astype(np.float32), strict=True)),
        )
    if network not in (None, found.network):
        raise InputError(
            got=f"{path}, which judges the network {found.network}",
            wanted=f"a judge of {network}",
            fix="make one: python -m eyebrush_training.judge (training/README.md)",
        )
    return found
