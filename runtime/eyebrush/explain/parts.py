"""The parts of a style: which numbers of a code belong to which layer of the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eyebrush.errors import InputError

# Normalised layers in the order of the code, and how many channels each has (docs/design.md, 3).
LAYERS: tuple[tuple[str, int], ...] = (
    ("stem", 32),
    ("down", 96),
    *((f"block {n}", 32 + 96) for n in (1, 2, 3, 4)),
    ("up", 32),
    ("mix", 32),
)
CHANNELS = sum(count for _, count in LAYERS)
ABOUT = {
    "stem": "edges and flat areas, at 1/4 of the frame",
    "down": "small shapes, at 1/8",
    "block 1": "texture and larger shapes, at 1/8",
    "block 2": "texture and larger shapes, at 1/8",
    "block 3": "texture and larger shapes, at 1/8",
    "block 4": "texture and larger shapes, at 1/8; the grid of colours is read off here",
    "up": "back to 1/4, together with the stem's edges",
    "mix": "the last word on the strokes",
    "scales": "how strongly every channel of all layers speaks",
    "shifts": "how far every channel of all layers is lifted or lowered",
    "palette": "the painting's mean colour and covariance; no part of the code",
}


@dataclass(frozen=True)
class Part:
    """A name, and which of a code's numbers [K] belong to it (bool). None at all: the palette."""

    name: str
    mask: np.ndarray

    @property
    def about(self) -> str:
        return ABOUT[self.name]


def layers_of(code_size: int) -> list[Part]:
    """One part for each layer: its scales and its shifts."""
    if code_size != 2 * CHANNELS:
        raise InputError(
            got=f"a network with codes of {code_size} numbers",
            wanted=f"the shipped one, whose {len(LAYERS)} layers have {2 * CHANNELS}",
            fix="unset EYEBRUSH_ASSETS, or bring eyebrush/explain/parts.py up to date",
        )
    layer = np.repeat(np.arange(len(LAYERS)), [count for _, count in LAYERS])
    return [Part(name, np.tile(layer == i, 2)) for i, (name, _) in enumerate(LAYERS)]


def kinds_of(code_size: int) -> list[Part]:
    """Scales and shifts of all layers, and the palette."""
    scales = np.arange(code_size) < code_size // 2
    nothing = np.zeros(code_size, bool)
    return [Part("scales", scales), Part("shifts", ~scales), Part("palette", nothing)]
