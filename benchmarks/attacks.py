"""Small changes of a picture: noise, JPEG, and attacks with and without the painter's gradients.

All take and give [H,W,3] uint8. An attack's budget is in levels: no channel of any pixel changes by
more. What is optimised in floating point is rounded to levels before it counts.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

Paint = Callable[[np.ndarray], np.ndarray]  # [H,W,3] uint8 -> the same, restyled
Value = Callable[[Any], Any]  # torch [1,3,H,W] 0..1 -> a scalar tensor, which an attack pushes up
STEPS = 10  # of projected gradient ascent
TRIES = 24  # of the search without gradients
BLOCKS = (1, 2, 4, 8, 16, 32)  # pixels; sizes of the search's squares


def noise(color: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """A sensor's: normal, independent, ``deviation`` in levels."""
    return _levels(color + rng.normal(0, deviation, color.shape))


def jpeg(color: np.ndarray, quality: int) -> np.ndarray:
    packed = io.BytesIO()
    Image.fromarray(color).save(packed, "JPEG", quality=quality)
    return np.asarray(Image.open(packed))


def signs(
    color: np.ndarray, budget: int, rng: np.random.Generator, block_px: int = 1
) -> np.ndarray:
    """Every square of ``block_px`` brighter or darker by the whole budget, by chance."""
    h, w, _ = color.shape
    coarse = rng.choice((-budget, budget), (-(-h // block_px), -(-w // block_px), 3))
    return _levels(color + coarse.repeat(block_px, 0).repeat(block_px, 1)[:h, :w])


def search(color: np.ndarray, budget: int, rng: np.random.Generator, paint: Paint) -> np.ndarray:
    """The most harmful of ``TRIES`` patterns of squares: all that a painter gives is its pictures
    (after the Square attack, Andriushchenko et al. 2020, without its refinement)."""
    plain = paint(color)
    best, worst = color, -1.0
    for i in range(TRIES):
        candidate = signs(color, budget, rng, BLOCKS[i % len(BLOCKS)])
        harm = rms(paint(candidate), plain)
        if harm > worst:
            best, worst = candidate, harm
    return best


def ascend(
    color: np.ndarray, budget: int, rng: np.random.Generator, aim: Callable[[Any], Value]
) -> np.ndarray:
    """PGD (Madry et al. 2018): ``STEPS`` steps of the gradient's sign from a random start.

    aim: from the plain picture to what is pushed up.
    """
    import torch

    x = torch.from_numpy(color.transpose(2, 0, 1)[None] / np.float32(255))
    value, limit = aim(x), budget / 255
    delta = torch.from_numpy(rng.uniform(-limit, limit, tuple(x.shape)).astype(np.float32))
    for _ in range(STEPS):
        moved = (x + delta).clamp(0, 1).requires_grad_(True)
        (slope,) = torch.autograd.grad(value(moved), moved)
        delta = (delta + 2.5 * limit / STEPS * slope.sign()).clamp(-limit, limit)
    return _levels(color + np.rint(delta[0].numpy().transpose(1, 2, 0) * 255))


def network_aim(network: Any, style: Any, detail: float) -> Callable[[Any], Value]:
    """How far Eyebrush's composited picture moves, through the shipped weights in torch.

    network: ``eyebrush_training.warmstart.load_field``. The content's colours (``tone_in``) are
    those of the plain picture and get no gradient.
    """
    import torch
    import torch.nn.functional as F

    from eyebrush_training.composite import composite
    from eyebrush_training.loop import tones
    from eyebrush_training.networks import strokes_image

    code, colours = (torch.from_numpy(v)[None] for v in (style.code, style.tone_out))
    keep = torch.tensor([detail])

    def aim(start: Any) -> Value:
        seen = tones(start)

        def paint(x: Any) -> Any:
            grid, planes, _ = network(F.avg_pool2d(x, 4), code, seen, colours, detail=keep)
            return composite(x, grid, strokes_image(planes).clamp(0, 1))[0].clamp(0, 1)

        with torch.no_grad():
            target = paint(start)
        return lambda x: (paint(x) - target).square().mean()

    return aim


def feature_aim(vgg: Any) -> Callable[[Any], Value]:
    """How far VGG-16's features move. A painter that was trained with them may follow; nothing of
    the painter itself is known (a transferred attack)."""
    import torch

    def aim(start: Any) -> Value:
        with torch.no_grad():
            plain = vgg(start, last="relu3_3")["relu3_3"]
        return lambda x: (vgg(x, last="relu3_3")["relu3_3"] - plain).square().mean()

    return aim


def rms(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square difference in levels, 0..255."""
    return float(np.sqrt(np.mean((a.astype(np.float32) - b) ** 2)))


def _levels(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
