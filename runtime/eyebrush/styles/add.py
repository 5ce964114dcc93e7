"""A painting becomes a style: Pillow, numpy and one small network; a second or two, no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush import tone
from eyebrush.backends import StyleEncoder
from eyebrush.errors import InputError
from eyebrush.media.images import read_image
from eyebrush.styles.style import Style, check_name, name_from

SHORT_SIDE, LONG_SIDE = 512, 1024  # the sizes that the encoder was trained on
SMALLEST = 64  # pixels; there are no brush strokes to be seen in less


def encode_painting(
    encoder: StyleEncoder, path: Path, name: str = "", info: dict[str, str] | None = None
) -> Style:
    """Painting file -> style. ``name`` defaults to the file's."""
    picture = read_painting(path)
    known = {"title": path.stem, "source": path.name, **(info or {})}
    return encode_picture(encoder, picture, name or name_from(path.stem), known)


def read_painting(path: Path) -> np.ndarray:
    """Painting file -> [H, W, 3] uint8 at the size that the encoder wants."""
    picture = read_image(path).color[0, :, :, :3]
    if min(picture.shape[:2]) < SMALLEST:
        raise InputError(
            got=f"{path} of {picture.shape[1]}x{picture.shape[0]} pixels",
            wanted=f"a painting of at least {SMALLEST}x{SMALLEST}",
            fix="use a larger reproduction (512 pixels or more are best)",
        )
    return resize_painting(picture)


def encode_picture(
    encoder: StyleEncoder, painting: np.ndarray, name: str, info: dict[str, str]
) -> Style:
    """[H, W, 3] uint8 as ``read_painting`` gives it -> style."""
    planar = tone.canonical(painting).transpose(2, 0, 1)[None]
    return Style(
        name=check_name(name),
        code=encoder.encode(np.ascontiguousarray(planar)),
        tone_out=tone.tone_out(tone.picture_statistics(painting)),
        network=encoder.network_id,
        info=info,
    )


def resize_painting(picture: np.ndarray) -> np.ndarray:
    """[H, W, 3] uint8 -> short side 512, or less where the long side would pass 1024."""
    height, width = picture.shape[:2]
    scale = min(SHORT_SIDE / min(height, width), LONG_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))
