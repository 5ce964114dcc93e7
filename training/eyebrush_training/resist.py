"""Adversarial consistency: small input changes that nobody sees must not move the output.

Every picture of a step gets a near twin: half of them sensor noise or a round of JPEG, half one
step of an attack within a random budget (FGSM from a random start, Wong et al. 2020, "Fast is
better than free"). The loss is the mean squared difference of the two composited pictures, each
made from its own input, so that both the field and what the composite makes of it count.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LARGEST = 4 / 255  # of an attack's budget, in any channel of any pixel
NOISE = 4 / 255  # largest standard deviation of sensor noise
JPEG_QUALITY = (60, 95)


def jpeg(x: Tensor, quality: int) -> Tensor:
    """x [3,H,W] 0..1 -> the same after a round of JPEG of this quality (1..95)."""
    picture = (x.permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", quality=quality)
    return torch.from_numpy(np.asarray(Image.open(packed)).copy()).permute(2, 0, 1) / 255


def disturb(x: Tensor, rng: torch.Generator) -> Tensor:
    """x [B,3,H,W] 0..1 on the CPU -> the same with noise or JPEG artefacts, by turns."""
    rows = []
    for i, picture in enumerate(x):
        if i % 2:
            quality = int(torch.randint(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1, (), generator=rng))
            rows.append(jpeg(picture, quality))
        else:
            noise = torch.randn(picture.shape, generator=rng)
            rows.append(picture + noise * NOISE * torch.rand((), generator=rng))
    return torch.stack(rows).clamp(0, 1)


def attack(
    paint: Callable[[Tensor], Tensor], x: Tensor, target: Tensor, rng: torch.Generator
) -> Tensor:
    """x [B,3,H,W] 0..1 -> within a budget of at most ``LARGEST``, moved away from ``target``.

    paint: input picture -> composited picture; ``target`` is what it makes of ``x``. No gradient
    reaches anything but the input.
    """
    budget = LARGEST * torch.rand((len(x), 1, 1, 1), generator=rng).to(x.device)
    start = (torch.rand(x.shape, generator=rng).to(x.device) * 2 - 1) * budget
    moved = (x + start).clamp(0, 1).requires_grad_(True)
    with torch.enable_grad():
        (slope,) = torch.autograd.grad((paint(moved) - target).square().mean(), moved)
    step = start + 1.25 * budget * slope.sign()
    return (x + step.clamp(-budget, budget)).clamp(0, 1).detach()
