"""Ways to spoil a picture that a judge must notice; the first four it is taught, the others not."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageFilter

TAUGHT = ("wrong painting", "unstyled", "blurred", "noisy")
UNTAUGHT = ("a third of the strength", "colours only", "JPEG of quality 8", "half the resolution")


def blurred(picture: np.ndarray, radius_px: float) -> np.ndarray:
    """[H,W,3] uint8, as all below."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(radius_px)))


def noisy(picture: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """deviation: in grey levels of 255."""
    noise = rng.normal(0, deviation, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def halved(picture: np.ndarray) -> np.ndarray:
    """Half the resolution, enlarged again without smoothing."""
    small = Image.fromarray(picture).reduce(2)
    return np.asarray(small.resize((picture.shape[1], picture.shape[0]), Image.NEAREST))
