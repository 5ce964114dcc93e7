"""What "content" and "style" mean here: one implementation for losses and for reported figures.

* content: mean squared difference of relu3_3 over the content's mean square there.
* style: squared Frobenius distance of Gram matrices over that of the painting's, mean of
  relu1_2, relu2_2, relu3_3, relu4_3 (Gatys et al. 2016; Johnson et al. 2016, normalised).
* structure: like content, with each channel's mean and deviation removed first, so that a painting's
  contrast and palette cost nothing (the training's content loss).
* moments: relative squared distance of channel means and deviations (Huang & Belongie 2017).
All take features of VGG-16 and return one number per picture, [B], fp32.
"""

from __future__ import annotations

import torch
from torch import Tensor

from eyebrush_training.vgg import LAYERS

Features = dict[str, Tensor]


def gram(f: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,C,C] fp32, mean over pixels."""
    f = f.flatten(2)
    return (f @ f.transpose(1, 2)).float() / f.shape[2]


def moments(f: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,2,C] fp32: channel means and standard deviations."""
    f = f.float()
    var, mean = torch.var_mean(f, dim=(2, 3), correction=0)
    return torch.stack((mean, (var + 1e-5).sqrt()), 1)


def content_distance(out: Features, content: Features) -> Tensor:
    a, b = out["relu3_3"].float(), content["relu3_3"].float()
    return (a - b).square().mean((1, 2, 3)) / b.square().mean((1, 2, 3)).clamp_min(1e-8)


def structure_distance(out: Features, content: Features, layer: str = "relu3_3") -> Tensor:
    def normal(f: Tensor) -> Tensor:
        f = f.float()
        var, mean = torch.var_mean(f, dim=(2, 3), keepdim=True, correction=0)
        return (f - mean) * torch.rsqrt(var + 0.01 * var.mean(1, keepdim=True) + 1e-6)

    return (normal(out[layer]) - normal(content[layer])).square().mean((1, 2, 3))


def gram_distances(out: Features, target: dict[str, Tensor]) -> Tensor:
    """target: Gram matrices [B,C,C] per layer -> [B, layers]."""
    terms = []
    for layer in LAYERS:
        t = target[layer].float()
        d = (gram(out[layer]) - t).square().sum((1, 2))
        terms.append(d / t.square().sum((1, 2)).clamp_min(1e-12))
    return torch.stack(terms, 1)


def style_distance(out: Features, target: dict[str, Tensor]) -> Tensor:
    return gram_distances(out, target).mean(1)


def moment_distances(out: Features, target: dict[str, Tensor]) -> Tensor:
    """target: moments [B,2,C] per layer -> [B, layers]."""
    terms = []
    for layer in LAYERS:
        t = target[layer].float()
        d = (moments(out[layer]) - t).square().sum(2)
        terms.append((d / t.square().sum(2).clamp_min(1e-12)).mean(1))
    return torch.stack(terms, 1)
