"""Synthetic motion from stills: what a head turn, a step aside or the other eye would see.

A flow field per picture: a small random homography-like part (head rotation, zoom) or a smooth
horizontal disparity (the other eye, parallax), plus sensor noise and a change of light.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def random_flow(batch: int, height: int, width: int, rng: torch.Generator) -> Tensor:
    """Sampling grid [B,H,W,2] in -1..1 for grid_sample: where each new pixel comes from."""
    base = F.affine_grid(torch.eye(2, 3).expand(batch, 2, 3), [batch, 3, height, width], False)
    r = lambda *s: torch.rand(*s, generator=rng) * 2 - 1  # noqa: E731
    angle, zoom = 0.06 * r(batch), 1 + 0.06 * r(batch)
    shear, shift = 0.04 * r(batch), 0.10 * r(batch, 2)
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    rows = torch.stack((cos, -sin + shear, shift[:, 0], sin, cos, shift[:, 1]), 1).reshape(-1, 2, 3)
    rigid = F.affine_grid(rows, [batch, 3, height, width], False)
    smooth = F.interpolate(r(batch, 1, 5, 5), (height, width), mode="bicubic", align_corners=True)
    disparity = 0.05 * (r(batch, 1, 1, 1) + smooth)[:, 0]
    stereo = base + torch.stack((disparity, torch.zeros_like(disparity)), -1)
    is_stereo = (torch.rand(batch, 1, 1, 1, generator=rng) < 0.5).float()
    return stereo * is_stereo + rigid * (1 - is_stereo)


def warp(x: Tensor, flow: Tensor) -> Tensor:
    return F.grid_sample(x, flow, padding_mode="border", align_corners=False)


def inside(flow: Tensor) -> Tensor:
    """[B,1,H,W]: 1 where the source lies inside the picture."""
    return (flow.abs().amax(-1) < 0.97).float()[:, None]


def disturb(x: Tensor, rng: torch.Generator) -> Tensor:
    """Sensor noise up to 2 % and light changing by up to 3 %."""
    b = len(x)
    noise = torch.randn(x.shape, generator=rng) * torch.rand(b, 1, 1, 1, generator=rng) * 0.02
    light = 1 + 0.03 * (torch.rand(b, 1, 1, 1, generator=rng) * 2 - 1)
    return (x * light + noise).clamp(0, 1)
