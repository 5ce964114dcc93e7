"""Stand-in data, so that the smoke recipe runs where there is no folder of pictures.

Photographs are frames of the shipped clip; paintings are random strokes of random palettes. Good
enough to see that training works, not to train anything worth keeping.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from eyebrush.clip import ClipReader, shipped_clip


def stroke_painting(rng: np.random.Generator, side: int = 192) -> Image.Image:
    """Random strokes of one palette, length, width and leaning."""
    palette = [tuple(int(c) for c in row) for row in rng.integers(0, 256, (5, 3))]
    angle, length, width = rng.uniform(0, np.pi), rng.integers(8, 40), int(rng.integers(2, 9))
    image = Image.new("RGB", (side, side), palette[0])
    draw = ImageDraw.Draw(image)
    for _ in range(400):
        x, y = rng.uniform(0, side, 2)
        a = angle + rng.normal(0, 0.3)
        end = (x + length * np.cos(a), y + length * np.sin(a))
        draw.line([(x, y), end], fill=palette[rng.integers(5)], width=width)
    return image


def write_paintings(folder: Path, count: int = 4, seed: int = 11) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for i in range(count):
        stroke_painting(rng).save(folder / f"{i:02d}.png")
    return folder


def write_photographs(folder: Path, count: int = 12) -> Path:
    """Evenly spaced frames of the shipped clip, one eye each, 320 pixels high."""
    folder.mkdir(parents=True, exist_ok=True)
    with ClipReader(shipped_clip()) as clip:
        for i in range(count):
            color = clip[i * (len(clip) - 1) // max(1, count - 1)].color[i % 2]
            picture = Image.fromarray(color[..., :3])
            width = round(picture.width * 320 / picture.height)
            picture.resize((width, 320), Image.Resampling.LANCZOS).save(folder / f"{i:02d}.png")
    return folder
