"""One texture: decoded as engines decode it, painted without a border, encoded as it was."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.media.images import SAVE_OPTIONS, opened
from eyebrush.stylizer import Stylizer

Wrap = Literal["repeat", "mirror", "clamp"]
PAD_MODES: dict[Wrap, Literal["wrap", "symmetric", "edge"]] = {
    "repeat": "wrap",
    "mirror": "symmetric",
    "clamp": "edge",
}
FORMATS = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}  # what glTF knows (WebP: an extension)
LOSSLESS_WEBP = {"lossless": True, "exact": True, "method": 2}  # alpha 0 keeps its colour


@dataclass(frozen=True)
class Texture:
    """color [H, W, 3 or 4] uint8, sRGB; format: Pillow's name of the file's format."""

    color: np.ndarray
    format: str
    lossless: bool = True

    @property
    def suffix(self) -> str:
        return FORMATS[self.format]


def decode(data: bytes, name: str) -> Texture:
    """A texture file's bytes. As glTF demands, colour profiles and orientation are ignored.

    Raises InputError, calling it ``name``, for what is no PNG, JPEG or WebP.
    """
    with opened(io.BytesIO(data), name) as image:
        kind = image.format or "unknown"
        if kind not in FORMATS:
            raise InputError(
                got=f"{name}, a picture in the format {kind}",
                wanted=f"a texture in one of {', '.join(FORMATS)}",
                fix="convert it to PNG",
            )
        if image.mode.startswith("I;16") or image.mode in ("I", "F"):
            raise InputError(
                got=f"{name} with 16-bit greys", wanted="a base colour", fix="convert it to 8 bit"
            )
        clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
        color = np.array(image.convert("RGBA" if clear else "RGB"))
        lossless = kind == "PNG" or (kind == "WEBP" and b"VP8L" in data[:64])
    return Texture(color, kind, lossless)


def encode(texture: Texture) -> bytes:
    """The same format as before. JPEG: quality 95, colour at full resolution; alpha is exact."""
    options: dict[str, Any] = dict(SAVE_OPTIONS[texture.suffix])
    if texture.format == "WEBP" and (texture.lossless or texture.color.shape[2] == 4):
        options = LOSSLESS_WEBP
    out = io.BytesIO()
    Image.fromarray(texture.color).save(out, texture.format, **options)
    return out.getvalue()


def wraps_of(wrap: tuple[Wrap, Wrap]) -> tuple[bool, bool]:
    return wrap[0] == "repeat", wrap[1] == "repeat"


def guess_wrap(color: np.ndarray) -> tuple[Wrap, Wrap]:
    """For a texture without a model: an axis repeats where the step across its border is like the
    steps inside, so that the picture was plainly made to tile. color [H, W, 3 or 4] uint8."""
    rgb = color[..., :3].astype(np.float32)
    found: list[Wrap] = []
    for axis in (1, 0):
        line = np.moveaxis(rgb, axis, 0)
        inside = np.abs(np.diff(line, axis=0)).mean() if len(line) > 1 else 0.0
        found.append("repeat" if np.abs(line[0] - line[-1]).mean() <= 2 * inside + 1 else "clamp")
    return found[0], found[1]


def paint(stylizer: Stylizer, rgb: np.ndarray, wrap: tuple[Wrap, Wrap]) -> np.ndarray:
    """Paint [H, W, 3] float32 0..255, into the same.

    The network sees, too, what a sampler would show beyond the border; along borders that repeat,
    the two pictures of the same texels are faded into one.
    """
    height, width = rgb.shape[:2]
    pad_x, pad_y = _pad(width, wrap[0]), _pad(height, wrap[1])
    wide = np.pad(
        np.rint(rgb).astype(np.uint8), ((pad_y, pad_y), (0, 0), (0, 0)), PAD_MODES[wrap[1]]
    )
    wide = np.pad(wide, ((0, 0), (pad_x, pad_x), (0, 0)), PAD_MODES[wrap[0]])
    stylizer.reset()
    painted = stylizer.restyle(EyeFrames(wide[None])).color[0].astype(np.float32)
    painted = _cut(painted, 1, pad_x, width, wrap[0])
    return _cut(painted, 0, pad_y, height, wrap[1])


def _pad(size: int, wrap: Wrap) -> int:
    """Texels beyond the border: as far as the network looks, in whole texels of its own."""
    return 0 if wrap == "clamp" and size >= 64 else max(64, size // 8 // 8 * 8)


def _cut(wide: np.ndarray, axis: int, pad: int, size: int, wrap: Wrap) -> np.ndarray:
    """The texture itself without its padding. Where it repeats, its last texels fade to what was
    painted before the first ones, which is the same place."""
    wide = np.moveaxis(wide, axis, 0)
    texture = wide[pad : pad + size].copy()
    if wrap == "repeat":
        band = min(pad // 2, size // 2)
        part = (np.arange(1, band + 1, dtype=np.float32) / (band + 1))[:, None, None]
        part = part * part * (3 - 2 * part)
        texture[size - band :] += part * (wide[pad - band : pad] - texture[size - band :])
    return np.moveaxis(texture, 0, axis)
