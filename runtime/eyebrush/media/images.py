"""One picture: any file that Pillow reads <-> EyeFrames with one eye, sRGB 8 bit."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from eyebrush.atomic import replacing
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames

MAX_PIXELS = 64_000_000  # 64 megapixels: some 1.5 GB while it is restyled
READ_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".ppm")
WRITE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {"compress_level": 3},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".jpeg": {"quality": 95, "subsampling": 0},
    ".webp": {"quality": 92, "method": 2},
    ".tif": {"compression": "tiff_deflate"},
    ".tiff": {"compression": "tiff_deflate"},
}
READABLE = "a picture that Pillow can read (PNG, JPEG, WebP, TIFF, ...)"
log = logging.getLogger("eyebrush")


def read_image(path: Path) -> EyeFrames:
    """Read a picture: color [1, H, W, 3], or [1, H, W, 4] where the file has transparency.

    EXIF orientation is applied, embedded colour profiles are converted to sRGB, 16-bit and
    greyscale and CMYK become 8-bit RGB. Raises InputError for everything that is not a picture.
    """
    if path.is_dir():
        raise InputError(got=f"folder {path}", wanted=READABLE, fix="name one file")
    with opened(path, str(path)) as image:
        return EyeFrames(_to_srgb8(image, str(path))[None])


@contextmanager
def opened(file: Path | io.BytesIO, name: str) -> Iterator[Image.Image]:
    """A picture, decoded; ``name`` is what errors call it. Raises InputError (also from the body)
    for everything that is not a picture of at most MAX_PIXELS."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise _too_large(name, f"{width}x{height} pixels")
                if getattr(image, "n_frames", 1) > 1:
                    log.warning("%s holds %d pictures; the first is used", name, image.n_frames)
                image.load()
                yield image
    except FileNotFoundError as error:
        raise InputError(got=f"no file {name}", wanted=READABLE, fix="check the path") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large(name, "very many pixels") from error
    except UnidentifiedImageError as error:
        size = file.stat().st_size if isinstance(file, Path) else len(file.getbuffer())
        kind = "an empty file" if size == 0 else f"{size} bytes that are no known picture format"
        raise InputError(got=f"{name}: {kind}", wanted=READABLE, fix="convert it to PNG") from error
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as error:
        # what Pillow's decoders raise for files damaged in one way or another
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            got=f"{name}, which is damaged or cannot be read ({reason})",
            wanted=READABLE,
            fix="get an intact copy of it",
        ) from error


def write_image(path: Path, picture: np.ndarray) -> None:
    """Write [H, W, 3 or 4] uint8 sRGB in the format that the suffix names, beside and renamed."""
    check_image_suffix(path)
    suffix = path.suffix.lower()
    image = Image.fromarray(np.ascontiguousarray(picture))
    if suffix in (".jpg", ".jpeg", ".bmp") and image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")  # these formats have no transparency
        image = Image.alpha_composite(white, image).convert("RGB")
    with replacing(path) as temporary:
        image.save(temporary, **SAVE_OPTIONS.get(suffix, {}))


def check_image_suffix(path: Path) -> None:
    """InputError unless ``path``'s suffix is a picture format that can be written."""
    if path.suffix.lower() not in WRITE_SUFFIXES:
        raise InputError(
            got=f"output {path} with suffix {path.suffix!r}",
            wanted=" ".join(WRITE_SUFFIXES),
            fix="name the output with one of these",
        )


def _to_srgb8(image: Image.Image, name: str) -> np.ndarray:
    """[H, W, 3 or 4] uint8, contiguous."""
    profile = image.info.get("icc_profile")
    transparent = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = Image.fromarray(_high_depth(image, name))
    if image.mode == "P" or (image.mode in ("L", "RGB") and transparent):
        image = image.convert("RGBA" if transparent else "RGB")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        image = _through_profile(image, profile, name)
    return np.array(image.convert("RGBA" if transparent else "RGB"))


def _high_depth(image: Image.Image, name: str) -> np.ndarray:
    """16-bit, 32-bit integer or float grey -> [H, W] uint8."""
    values = np.asarray(image).astype(np.float64)
    if not np.isfinite(values).all():
        raise InputError(
            got=f"{name} with NaN or Inf in it", wanted="finite values", fix="mend or convert it"
        )
    top = 1.0 if image.mode == "F" else 65535.0
    if values.min() < 0 or values.max() > top:
        raise InputError(
            got=f"{name} with values {values.min():g}..{values.max():g} (mode {image.mode})",
            wanted=f"values 0..{top:g}",
            fix="convert it to an 8-bit picture",
        )
    grey: np.ndarray = np.floor(values * (255.0 / top) + 0.5).astype(np.uint8)
    return grey


def _through_profile(image: Image.Image, profile: bytes, name: str) -> Image.Image:
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    opaque = image.convert("RGB") if alpha else image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        result = ImageCms.profileToProfile(
            opaque, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError) as error:
        log.warning("%s: unusable colour profile (%s); taken as sRGB", name, error)
        return image
    if result is None:
        return image
    if alpha is not None:
        result.putalpha(alpha)
    return result


def _too_large(name: str, size: str) -> InputError:
    return InputError(
        got=f"{name} of {size}",
        wanted=f"at most {MAX_PIXELS // 1_000_000} megapixels",
        fix="make a smaller copy of it first",
    )
