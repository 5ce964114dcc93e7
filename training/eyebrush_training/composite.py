"""The composite of ``eyebrush.reference``, differentiable and batched, for training.

Held to the reference by a test. Everything is sRGB-encoded 0..1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def composite(x: Tensor, grid: Tensor, strokes: Tensor) -> tuple[Tensor, Tensor]:
    """x [B,3,H,W] full resolution; grid [B,12,D,Gh,Gw]; strokes [B,4,Hs,Ws] RGB + mask 0..1.

    Returns the composited picture and the affine part alone, both [B,3,H,W], not clamped (a clamp
    would stop gradients; the style losses see the clamped picture).
    """
    b, _, h, w = x.shape
    luma = (x * x.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)  # [B,H,W]
    v = torch.linspace(-1 + 1 / h, 1 - 1 / h, h, device=x.device)
    u = torch.linspace(-1 + 1 / w, 1 - 1 / w, w, device=x.device)
    where = torch.stack((u.expand(b, h, w), v[:, None].expand(b, h, w), luma * 2 - 1), -1)[
        :, None
    ]  # [B,1,H,W,3]
    a = F.grid_sample(grid, where, padding_mode="border", align_corners=False)
    a = a.reshape(b, 3, 4, h, w)
    affine = (a[:, :, :3] * x[:, None]).sum(2) + a[:, :, 3]
    layer = F.interpolate(strokes, (h, w), mode="bilinear", align_corners=False)
    inside = clamp_soft(affine)
    return inside + layer[:, 3:] * (layer[:, :3] - inside), affine


def clamp_soft(x: Tensor, slope: float = 0.05) -> Tensor:
    """Clamp to 0..1 with a small slope outside, so that values there still find their way back."""
    inside = x.clamp(0, 1)
    return inside + slope * (x - inside)
