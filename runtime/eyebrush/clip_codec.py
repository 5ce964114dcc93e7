"""How the pictures and the depth of a clip are packed (docs/clip-format.md, items 6 and 7)."""

from __future__ import annotations

import io
import zlib

import numpy as np
from PIL import Image

from eyebrush.errors import InputError

COLOR_CODECS = ("webp", "jpeg", "png")


def encode_color(rgb: np.ndarray, codec: str, quality: int | None) -> bytes:
    """[H, W, 3] uint8 -> file bytes. ``quality`` 1..100 is lossy, None lossless (webp, png)."""
    out = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(rgb))
    if codec == "png":
        picture.save(out, "PNG", optimize=True)
    elif codec == "jpeg":
        picture.save(out, "JPEG", quality=95 if quality is None else quality, optimize=True)
    elif quality is None:
        picture.save(out, "WEBP", lossless=True, quality=75, method=4)
    else:
        picture.save(out, "WEBP", quality=quality, method=6)
    return out.getvalue()


def decode_color(data: bytes, codec: str, width_px: int, height_px: int, where: str) -> np.ndarray:
    """File bytes -> [H, W, 3] uint8. The size in the header is checked before any pixel is read."""
    wanted = f"a {codec} picture of {width_px}x{height_px} pixels"
    try:
        with Image.open(io.BytesIO(data), formats=[codec]) as picture:
            if picture.size == (width_px, height_px):
                return np.array(picture.convert("RGB"))
            got = f"{where} of {picture.size[0]}x{picture.size[1]} pixels"
    # Pillow's plugins raise OSError, SyntaxError, struct.error, ... on bytes made to hurt.
    except Exception as error:
        got = f"{where} that does not decode ({type(error).__name__}: {error})"
    raise InputError(got=" ".join(got.split()), wanted=wanted, fix="record or download it again")


def encode_depth(depth_m: np.ndarray, inverse_step_per_m: float) -> bytes:
    """[h, w] float32 metres, +inf for the sky -> bytes.

    q = round(1 / depth / step), 0 for +inf, at most 65535. Inverse depth of a plane is linear
    across the picture (Hartley & Zisserman), so q[y,x] - q[y-1,x] - q[y,x-1] + q[y-1,x-1] is
    nearly zero on every flat surface and packs well.
    """
    if depth_m.ndim != 2 or not np.all(depth_m > 0):  # NaN fails the comparison too
        raise InputError(
            got=f"depth of shape {list(depth_m.shape)} with a value that is not above zero",
            wanted="[h, w] metres above 0, +inf for the sky",
            fix="check how the depth buffer is linearised",
        )
    inverse = np.divide(1.0, depth_m, dtype=np.float64) / inverse_step_per_m
    q = np.minimum(np.rint(inverse), 65535).astype(np.uint16)
    residual = np.diff(np.diff(q, axis=0, prepend=q.dtype.type(0)), axis=1, prepend=q.dtype.type(0))
    # zigzag: 0, -1, 1, -2, ... -> 0, 1, 2, 3, ..., so that the high bytes of small steps are zero
    folded = residual << np.uint16(1) ^ np.where(residual >> 15, np.uint16(65535), np.uint16(0))
    planes = folded.astype("<u2").view(np.uint8).reshape(-1, 2).T  # low bytes, then high bytes
    return zlib.compress(np.ascontiguousarray(planes).tobytes(), 9)


def decode_depth(
    data: bytes, width_px: int, height_px: int, inverse_step_per_m: float, where: str
) -> np.ndarray:
    """Bytes -> [h, w] float32 metres, +inf for the sky. Unpacks at most h*w*2 bytes."""
    size = width_px * height_px * 2
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(data, size + 1)
    except zlib.error as error:
        raw = b""
        got = f"{where} that does not unpack ({error})"
    else:
        got = f"{where} of {'more than ' if len(raw) > size else ''}{min(len(raw), size)} bytes"
    if len(raw) != size or not unpacker.eof:
        raise InputError(
            got=got,
            wanted=f"{size} bytes ({width_px}x{height_px} depth values)",
            fix="record or download it again",
        )
    planes = np.frombuffer(raw, np.uint8).reshape(2, height_px, width_px)
    folded = planes[0] | planes[1].astype(np.uint16) << 8
    residual = folded >> 1 ^ np.where(folded & 1, np.uint16(65535), np.uint16(0))
    q = residual.cumsum(axis=0, dtype=np.uint16).cumsum(axis=1, dtype=np.uint16)
    inverse = q.astype(np.float32) * np.float32(inverse_step_per_m)
    with np.errstate(divide="ignore"):
        depth: np.ndarray = np.reciprocal(inverse)
    return depth
