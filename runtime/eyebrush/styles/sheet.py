"""Preview sheets: one frame in many styles, with their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eyebrush.frame import EyeFrames
from eyebrush.styles.style import Style
from eyebrush.stylizer import Stylizer

CELL_PX = 320
CAPTION_PX, GAP_PX = 22, 6
GROUND, INK = (24, 24, 28), (225, 225, 225)


def paint_all(
    stylizer: Stylizer,
    frame: np.ndarray,
    styles: Sequence[Style],
    progress: Callable[[], None] = lambda: None,
) -> list[np.ndarray]:
    """The frame [H, W, 3] uint8, as a still, in every style."""
    painted = []
    for style in styles:
        stylizer.set_style(style)
        stylizer.reset()
        painted.append(stylizer.restyle(EyeFrames(frame[None])).color[0])
        progress()
    return painted


def sheet(pictures: Sequence[np.ndarray], names: Sequence[str]) -> Image.Image:
    """Pictures of one size in rows of about equal number, each over its name."""
    columns = next(c for c in (4, 5, 3) if len(pictures) % c == 0 or c == 3)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    height = round(CELL_PX * pictures[0].shape[0] / pictures[0].shape[1])
    step_x, step_y = CELL_PX + GAP_PX, height + CAPTION_PX + GAP_PX
    whole = Image.new("RGB", (columns * step_x + GAP_PX, rows * step_y + GAP_PX), GROUND)
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(13)
    for i, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x, y = GAP_PX + i % columns * step_x, GAP_PX + i // columns * step_y
        size = CELL_PX, height
        whole.paste(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS), (x, y))
        draw.text((x + 3, y + height + 3), name, INK, font)
    return whole


def write_walk(path: Path, pictures: Sequence[np.ndarray], fps: float) -> None:
    """An animation (WebP) that any browser plays, without end."""
    frames = [Image.fromarray(p) for p in pictures]
    frames[0].save(
        path,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / fps),
        loop=0,
        quality=80,
        method=2,
    )
