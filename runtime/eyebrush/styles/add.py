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
LONGEST = 8  # times as long as wide: what is left of a longer one, at 1024 pixels, is a ribbon
VISIBLE = 0.25  # share of the pixels that must not be transparent
FLATTEST = 3.0  # deviation of colours in levels of 255: in less, everything would vanish


def encode_painting(
    encoder: StyleEncoder, path: Path, name: str = "", info: dict[str, str] | None = None
) -> Style:
    """Painting file -> style. ``name`` defaults to the file's."""
    picture = read_painting(path)
    known = {"title": path.stem, "source": path.name, **(info or {})}
    return encode_picture(encoder, picture, name or name_from(path.stem), known)


def read_painting(path: Path) -> np.ndarray:
    """Painting file -> [H, W, 3] uint8 at the size that the encoder wants.

    InputError for what would paint nothing: too small, a ribbon, transparent, of one colour.
    """
    picture = read_image(path).color[0]
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST:
        raise InputError(
            got=f"{path} of {width}x{height} pixels",
            wanted=f"a painting of at least {SMALLEST}x{SMALLEST}",
            fix="use a larger reproduction (512 pixels or more are best)",
        )
    if max(height, width) > LONGEST * min(height, width):
        raise InputError(
            got=f"{path} of {width}x{height} pixels",
            wanted=f"a painting at most {LONGEST} times as long as wide",
            fix="cut a part out of it",
        )
    painting = resize_painting(_visible(picture, path))
    deviation = float(painting.std((0, 1)).max())
    if deviation < FLATTEST:
        raise InputError(
            got=f"{path}, which is of one colour (levels deviate by {deviation:.1f} of 255)",
            wanted=f"a painting whose colours deviate by {FLATTEST:g} or more",
            fix="use a picture with something on it: with this one nothing could be seen",
        )
    return painting


def _visible(picture: np.ndarray, path: Path) -> np.ndarray:
    """[H, W, 3 or 4] uint8 -> [H, W, 3]. What is transparent takes the mean colour of the rest, for
    what lies under it is anything at all."""
    if picture.shape[2] == 3:
        return picture
    alpha = picture[..., 3:].astype(np.float32) / 255
    share = float(alpha.mean())
    if share < VISIBLE:
        raise InputError(
            got=f"{path}, of which {share:.0%} can be seen and the rest is transparent",
            wanted=f"a painting of which {VISIBLE:.0%} or more can be seen",
            fix="put it on a background, or cut out what can be seen",
        )
    mean = (picture[..., :3] * alpha).mean((0, 1)) / share
    return np.asarray(np.rint(mean + alpha * (picture[..., :3] - mean)), np.uint8)


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
