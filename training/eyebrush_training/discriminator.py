"""The judge: a patch discriminator that knows which painting it is shown.

Spectral norm on every layer (Miyato et al. 2018), hinge loss, projection conditioning on the
whitened style statistics (Miyato & Koyama 2018), lazy R1 (Mescheder et al. 2018; Karras et al.
2020). It sees composited frames and crops of the paintings at the same scale.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class Discriminator(nn.Module):
    """x [B,3,H,W] 0..1, style [B,Z] whitened statistics -> logits [B,1,H/16,W/16]."""

    def __init__(self, style_size: int, width: int = 32) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 3 * width, 4 * width)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(i, o, 4, 2, 1)) for i, o in pairwise(widths)
        )
        self.logit = spectral_norm(nn.Conv2d(widths[-1], 1, 1))
        self.embed = spectral_norm(nn.Linear(style_size, widths[-1]))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return self.logits(self.features(x), style)

    def features(self, x: Tensor) -> Tensor:
        """x [B,3,H,W] 0..1 -> [B,C,H/16,W/16]: all that can be said without knowing the style."""
        x = 2 * x - 1
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return x

    def logits(self, features: Tensor, style: Tensor) -> Tensor:
        match = (features * self.embed(style)[:, :, None, None]).sum(1, keepdim=True)
        return self.logit(features) + match / features.shape[1] ** 0.5


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def r1_penalty(judge: Discriminator, real: Tensor, style: Tensor) -> Tensor:
    """Mean squared gradient norm, at real pictures, of a picture's mean logit."""
    real = real.detach().requires_grad_(True)
    (g,) = torch.autograd.grad(judge(real, style).mean((1, 2, 3)).sum(), real, create_graph=True)
    return g.square().sum((1, 2, 3)).mean()
