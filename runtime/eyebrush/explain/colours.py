"""Numbers as colours: heat maps, and strips of numbers around zero."""

from __future__ import annotations

import numpy as np
from PIL import Image

HEAT = np.array([(18, 18, 30), (84, 32, 92), (190, 58, 74), (244, 140, 62), (255, 238, 178)])
TONE, STROKES = np.array((74, 144, 226)), np.array((245, 130, 49))  # as the page's legend has them


def heat(values: np.ndarray, most: float) -> np.ndarray:
    """[H, W] -> [H, W, 3] uint8: dark is 0, pale yellow ``most`` and above."""
    place = np.clip(values / max(most, 1e-6), 0, 1) * (len(HEAT) - 1)
    low = np.minimum(place.astype(int), len(HEAT) - 2)
    part = (place - low)[..., None]
    return (HEAT[low] * (1 - part) + HEAT[low + 1] * part + 0.5).astype(np.uint8)


def tone_or_strokes(by_tone: np.ndarray, by_strokes: np.ndarray) -> np.ndarray:
    """[H, W] each -> [H, W, 3] uint8: blue where the tone changed a pixel, orange where strokes
    did, dark where nothing did."""
    total = by_tone + by_strokes
    share = (by_strokes / np.maximum(total, 1e-6))[..., None]
    light = np.clip(total / max(float(np.percentile(total, 97)), 1e-6), 0, 1)[..., None] ** 0.7
    return ((TONE * (1 - share) + STROKES * share) * light + 0.5).astype(np.uint8)


def strip(numbers: np.ndarray, height_px: int = 22, most: float = 2.5) -> np.ndarray:
    """[N] -> [height, N, 3] uint8: white at 0, blue below and orange above, full at +-``most``."""
    share = np.clip(numbers / most, -1, 1)[:, None]
    hue = np.where(share > 0, STROKES, TONE)
    row = (250 * (1 - np.abs(share)) + hue * np.abs(share) + 0.5).astype(np.uint8)
    return np.repeat(row[None], height_px, 0)


def smooth(values: np.ndarray, radius: int = 4) -> np.ndarray:
    """[H, W] 0..1, blurred a little: heat maps are about places, not pixels."""
    small = Image.fromarray((np.clip(values, 0, 1) * 65535).astype(np.int32)).convert("F")
    size = max(1, small.width // radius), max(1, small.height // radius)
    low = small.resize(size, Image.Resampling.BOX)
    return np.asarray(low.resize(small.size, Image.Resampling.BICUBIC)).clip(0) / 65535
