"""Style codes as short vectors: principal components of codes, and the palette beside them.

The 1,408 numbers of a code live near a plane of some thirty dimensions (all are made from 64). What
judges or invents styles works on that plane: each component about N(0, 1) over the styles of the
training, so that distances mean something and a small network can speak about any style, mixes and
paintings never seen included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eyebrush.errors import InputError

PALETTE = 9  # mean colour, and the six numbers of the logarithm of the colours' deviation matrix
FLOOR = 0.02  # the least deviation of a palette, in colour units: logarithms stay finite
_UPPER = np.triu_indices(3)


@dataclass(frozen=True)
class StyleSpace:
    """centre [K], basis [D, K] (rows orthogonal, scaled to deviation 1), and mean and deviation of
    the palette's numbers, [2, 9]. A vector has D + 9 numbers."""

    centre: np.ndarray
    basis: np.ndarray
    palette: np.ndarray

    @staticmethod
    def fit(codes: np.ndarray, tones: np.ndarray, components: int) -> StyleSpace:
        """codes [N, K] and tones [N, 3, 4] of the styles of a training."""
        centre = codes.mean(0)
        _, s, rows = np.linalg.svd(codes - centre, full_matrices=False)
        keep = min(components, int((s > 1e-4 * s[0]).sum()))
        scale = len(codes) ** 0.5 / s[:keep]
        palettes = np.stack([palette_numbers(t) for t in tones])
        return StyleSpace(
            centre.astype(np.float32),
            (rows[:keep] * scale[:, None]).astype(np.float32),
            np.stack((palettes.mean(0), palettes.std(0) + 1e-3)).astype(np.float32),
        )

    @staticmethod
    def load(tensors: Mapping[str, np.ndarray]) -> StyleSpace:
        """From ``space/...`` of a file's tensors."""
        return StyleSpace(
            *(tensors[f"space/{key}"].astype(np.float32) for key in ("centre", "basis", "palette"))
        )

    def tensors(self) -> dict[str, np.ndarray]:
        """For a file; halved, which is exact enough for a plane that was fitted."""
        return {
            "space/centre": self.centre,
            "space/basis": self.basis.astype(np.float16),
            "space/palette": self.palette,
        }

    @property
    def size(self) -> int:
        return len(self.basis) + PALETTE

    def vector(self, code: np.ndarray, tone_out: np.ndarray) -> np.ndarray:
        """code [K], tone_out [3, 4] -> [D + 9] float32."""
        if code.shape != self.centre.shape:
            raise InputError(
                got=f"a style code of {code.size} numbers",
                wanted=f"one of {self.centre.size}, as the shipped network has",
                fix="make the style again: eyebrush style add PAINTING",
            )
        palette = (palette_numbers(tone_out) - self.palette[0]) / self.palette[1]
        return np.concatenate((self.basis @ (code - self.centre), palette)).astype(np.float32)

    def style(self, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The way back: [D + 9] -> code [K], tone_out [3, 4]."""
        part, palette = vector[:-PALETTE], vector[-PALETTE:]
        lengths = np.square(self.basis).sum(1)
        code = self.centre + (part / lengths) @ self.basis
        return code.astype(np.float32), tone_from(palette * self.palette[1] + self.palette[0])

    def residual(self, code: np.ndarray) -> float:
        """Length of what the plane cannot say about a code."""
        part = self.basis @ (code - self.centre)
        near = self.centre + (part / np.square(self.basis).sum(1)) @ self.basis
        return float(np.linalg.norm(code - near))


def palette_numbers(tone_out: np.ndarray) -> np.ndarray:
    """tone_out [3, 4] -> [9]: mean colour, upper triangle of the deviations' matrix logarithm."""
    symmetric = (tone_out[:, :3] + tone_out[:, :3].T) / 2
    values, vectors = np.linalg.eigh(symmetric.astype(np.float64))
    logarithm = (vectors * np.log(np.maximum(values, FLOOR))) @ vectors.T
    return np.concatenate((tone_out[:, 3], logarithm[_UPPER])).astype(np.float32)


def tone_from(numbers: np.ndarray) -> np.ndarray:
    """The way back: [9] -> tone_out [3, 4], its deviation matrix positive whatever the numbers."""
    logarithm = np.zeros((3, 3))
    logarithm[_UPPER] = numbers[3:]
    logarithm = logarithm + np.triu(logarithm, 1).T
    values, vectors = np.linalg.eigh(logarithm)
    deviations = (vectors * np.exp(np.clip(values, np.log(FLOOR), 0.0))) @ vectors.T
    mean = np.clip(numbers[:3], 0.0, 1.0)
    return np.column_stack([deviations, mean]).astype(np.float32)
