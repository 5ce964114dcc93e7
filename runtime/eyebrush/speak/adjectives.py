"""Simple adjectives: which words move which dial, and which change a style's colours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from eyebrush import tone

DIALS: dict[tuple[str, float], str] = {
    ("strength", 0.5): "subtle slight slightly faint gentle light-touch restrained",
    ("strength", 1.0): "strong bold intense powerful full",
    ("calm", 1.0): "calm still quiet steady peaceful serene tranquil silent",
    ("calm", 0.4): "lively restless nervous turbulent flickering wild agitated",
    ("detail", 1.0): "crisp detailed readable legible precise sharp fine",
    ("detail", 0.0): "rough loose coarse bold sketchy raw",
}
COLOURS = {
    "dark": "dark dim gloomy sombre somber murky shadowy",
    "bright": "bright luminous sunny radiant light-filled",
    "warm": "warm hot fiery glowing",
    "cool": "cool cold icy wintry frosty",
    "vivid": "vivid colourful colorful saturated gaudy",
    "muted": "muted pale faded dull washed-out pastel",
    "grey": "monochrome grey gray greyscale grayscale colourless colorless",
}
NOT = {"not", "no", "less", "without", "never", "nor"}
DARK, BRIGHT = 0.33, 0.60  # mean brightness (0..1) that a dark, a bright picture has
WARM, COOL = 0.14, -0.08  # mean of red less blue that a warm, a cool picture has
SATURATION = {"vivid": 1.4, "muted": 0.6, "grey": 0.0}


@dataclass(frozen=True)
class Adjectives:
    """What the adjectives of a text ask for. dials: strength, calm, detail (0..1).
    colours: keys of COLOURS. said: word -> what it does, for people."""

    dials: Mapping[str, float] = field(default_factory=dict)
    colours: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)


def adjectives(text: str) -> Adjectives:
    """Those of a text; one after "not", "no", "less", "without" or "never" counts for nothing, and
    of two for the same dial the later one holds."""
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())
    dials: dict[str, float] = {}
    colours: dict[str, None] = {}
    said: dict[str, list[str]] = {}
    for before, word in zip(["", *words], words, strict=False):
        if before in NOT:
            continue
        for (dial, value), known in DIALS.items():
            if word in known.split():
                dials[dial] = value
                said.setdefault(word, []).append(f"{dial} {value:g}")
        for colour, known in COLOURS.items():
            if word in known.split():
                colours[colour] = None
                said.setdefault(word, []).append(f"{colour} colours")
    return Adjectives(dials, tuple(colours), {w: ", ".join(does) for w, does in said.items()})


def recoloured(tone_out: np.ndarray, colours: tuple[str, ...]) -> np.ndarray:
    """A palette [3, 4] moved as far as the words ask; one that is so already stays as it is."""
    for colour in colours:
        mean = tone_out[:, 3].astype(np.float64)
        shift = np.zeros(3)
        if colour == "dark":
            shift += min(0.0, DARK - tone.brightness(mean))
        elif colour == "bright":
            shift += max(0.0, BRIGHT - tone.brightness(mean))
        elif colour in ("warm", "cool"):
            warmth = mean[0] - mean[2]
            move = max(0.0, WARM - warmth) if colour == "warm" else min(0.0, COOL - warmth)
            shift += np.array([0.5, 0.0, -0.5]) * move
        tone_out = tone.recolour(
            tone_out, saturation=SATURATION.get(colour, 1.0), shift=tuple(shift)
        )
    return tone_out
