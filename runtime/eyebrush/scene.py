"""Scenes made of textured rectangles, drawn by the native composite: a test room, a panorama.

A rectangle seen through a pinhole is a homography, and fetching a texture through a homography is
what the composite does with strokes. So there is no second sampler: a rectangle is a stroke layer,
its mask is alpha, and the grid does nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eyebrush import ops
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View
from eyebrush.reference import sample_bilinear

FACE_PX = 512
MOST_FACE_PX = 2048
DEPTH_PX = 32
_KEEP = np.zeros((1, 12, 1, 1, 1), np.float32)  # a grid that leaves colours as they are
_KEEP[0, [0, 5, 10]] = 1.0
# Seen from the middle of a cube: a face's upper left corner, its way right, its way down.
_FACES = {
    "front": ((-1, 1, -1), (2, 0, 0), (0, -2, 0)),
    "right": ((1, 1, -1), (0, 0, 2), (0, -2, 0)),
    "back": ((1, 1, 1), (-2, 0, 0), (0, -2, 0)),
    "left": ((-1, 1, 1), (0, 0, -2), (0, -2, 0)),
    "top": ((-1, 1, 1), (2, 0, 0), (0, 0, -2)),
    "bottom": ((-1, -1, -1), (2, 0, 0), (0, 0, 2)),
}

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Rectangle:
    """corner, right, down: upper left corner and edges, metres; texture [1, S, S, 4] uint8."""

    corner: np.ndarray
    right: np.ndarray
    down: np.ndarray
    texture: np.ndarray


class Scene:
    """Rectangles, drawn in order. far: they are infinitely far away (only rotation counts)."""

    def __init__(self, rectangles: list[Rectangle], far: bool) -> None:
        self._rectangles, self._far = rectangles, far
        at = (np.arange(DEPTH_PX) + 0.5) / DEPTH_PX
        u, v = np.meshgrid(at, at)
        self._uv1 = np.stack([u, v, np.ones_like(u)], -1).reshape(-1, 3)

    def draw(self, views: tuple[View, ...], out: np.ndarray, display_time_ns: int) -> EyeFrames:
        """Draw all eyes into ``out`` [E, H, W, 3|4] uint8; depth [E, 32, 32] metres comes along."""
        depth = np.full((len(views), DEPTH_PX * DEPTH_PX), np.inf, np.float32)
        out[:] = 255
        for eye, view in enumerate(views):
            part = out[eye : eye + 1]
            place = np.zeros(3) if self._far else np.asarray(view.position_m)
            rays = view.rotation() @ view.uv_to_ray()
            for r in self._rectangles:
                plane = np.column_stack([r.right, r.down, r.corner - place])
                if abs(np.linalg.det(plane)) < 1e-9:
                    continue  # seen edge-on
                matrix = np.linalg.inv(plane) @ rays  # frame uv -> (u, v, 1) / depth
                x, y, near = (self._uv1 @ matrix.T).T
                seen = (near > 0) & (abs(x - 0.5 * near) < 0.6 * near)
                seen &= abs(y - 0.5 * near) < 0.6 * near
                if not seen.any():
                    continue
                depth[eye, seen] = np.minimum(depth[eye, seen], 1.0 / near[seen])
                ops.composite(part, _KEEP, r.texture, matrix=matrix[None], out=part)
        depth_m = None if self._far else depth.reshape(len(views), DEPTH_PX, DEPTH_PX)
        return EyeFrames(out, views, display_time_ns, depth_m)


def room(face_px: int = FACE_PX) -> Scene:
    """A room of 5 x 5 x 5 m around the origin, each wall with a pattern and a word of its own."""
    colours = {
        "front": ((214, 120, 72), (246, 214, 170), "Eyebrush"),
        "right": ((66, 126, 158), (190, 224, 232), "right"),
        "back": ((122, 86, 148), (222, 204, 236), "back"),
        "left": ((88, 142, 84), (210, 232, 190), "left"),
        "top": ((226, 220, 206), (252, 248, 240), ""),
        "bottom": ((96, 68, 48), (168, 128, 92), ""),
    }
    return _cube(
        {name: _wall(*look, face_px) for name, look in colours.items()}, size_m=5.0, far=False
    )


def panorama(path: Path) -> Scene:
    """A 360 degree picture (equirectangular, twice as wide as high) around the viewer.

    Raises InputError.
    """
    try:
        with Image.open(path) as file:
            picture = np.asarray(file.convert("RGB"))
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            got=f"{path} ({error})", wanted="a 360 degree picture", fix="check the path"
        ) from None
    height, width, _ = picture.shape
    if not 1.95 <= width / height <= 2.05:
        raise InputError(
            got=f"{path} of {width}x{height} pixels",
            wanted="an equirectangular panorama, twice as wide as high",
            fix="export it as equirectangular, 360 x 180 degrees",
        )
    size = min(MOST_FACE_PX, max(64, width // 4))
    return _cube({name: _face(picture, name, size) for name in _FACES}, size_m=2.0, far=True)


def _cube(faces: dict[str, np.ndarray], size_m: float, far: bool) -> Scene:
    """Faces [S, S, 3] one pixel larger than the cube's, so that no seam shows between them."""
    found = []
    for name, colour in faces.items():
        s = len(colour)
        alpha = np.zeros((s, s, 1), np.uint8)
        alpha[1:-1, 1:-1] = 255  # nothing is drawn beyond the edge
        corner, right, down = (np.asarray(v, np.float64) * size_m / 2 for v in _FACES[name])
        pixel = 1.5 / (s - 3)
        corner = corner - pixel * (right + down)
        grown = 1 + 2 * pixel
        texture = np.ascontiguousarray(np.concatenate([colour, alpha], -1)[None])
        found.append(Rectangle(corner, right * grown, down * grown, texture))
    return Scene(found, far)


def _wall(dark: Colour, light: Colour, word: str, size: int) -> np.ndarray:
    """A chequered wall; with a word, a picture hangs on it."""
    between = tuple((a + 3 * b) // 4 for a, b in zip(dark, light, strict=True))
    image = Image.new("RGB", (size, size), light)
    draw = ImageDraw.Draw(image)
    step = size / 8
    for i in range(8):
        for k in range(8):
            if (i + k) % 2:
                box = (i * step, k * step, (i + 1) * step - 1, (k + 1) * step - 1)
                draw.rectangle(box, fill=between)
    if word:
        frame = (1.5 * step, 2 * step, 6.5 * step, 6 * step)
        draw.rectangle(frame, fill=dark, outline=(40, 34, 30), width=max(1, size // 64))
        draw.ellipse((4.6 * step, 2.3 * step, 6.2 * step, 3.9 * step), fill=light)
        draw.polygon(
            [(1.6 * step, 5.9 * step), (3.2 * step, 3 * step), (5 * step, 5.9 * step)],
            fill=tuple(c // 2 for c in dark),
        )
        place = (4 * step, 5.2 * step)
        font = ImageFont.load_default(0.8 * step)
        draw.text(place, word, fill=(255, 255, 255), font=font, anchor="mm")
    return np.asarray(image)


def _face(picture: np.ndarray, name: str, size: int) -> np.ndarray:
    """One face of the cube around an equirectangular picture [H, W, 3]: [size, size, 3] uint8."""
    corner, right, down = (np.asarray(v, np.float64) for v in _FACES[name])
    at = (np.arange(size) - 1.0) / (size - 3)  # the middle of pixel 1 lies on the cube's edge
    ray = corner + at[None, :, None] * right + at[:, None, None] * down
    x, y, z = np.moveaxis(ray / np.linalg.norm(ray, axis=-1, keepdims=True), -1, 0)
    uv = np.stack([0.5 + np.arctan2(x, -z) / (2 * math.pi), 0.5 - np.arcsin(y) / math.pi], -1)
    wrapped = np.concatenate([picture[:, -1:], picture, picture[:, :1]], 1).astype(np.float32)
    width = picture.shape[1]
    uv[..., 0] = (uv[..., 0] * width + 1) / (width + 2)
    return np.asarray(sample_bilinear(wrapped, uv).round().astype(np.uint8))
