"""What "content" and "style" mean here: one implementation for losses and for reported figures.

* content: mean squared difference of relu3_3 over the content's mean square there.
* style: squared Frobenius distance of Gram matrices over that of the painting's, mean of
  relu1_2, relu2_2, relu3_3, relu4_3 (Gatys et al. 2016; Johnson et al. 2016, normalised).
* structure: like content, with each channel's mean and deviation removed first, so that a
  painting's contrast and palette cost nothing (the training's content loss).
* moments: relative squared distance of channel means and deviations (Huang & Belongie 2017).
All take features of VGG-16 and return one number per picture, [B], fp32.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from eyebrush_training import native
from eyebrush_training.vgg import LAYERS

Features = dict[str, Tensor]


def _pixels(f: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,N,C]; no copy where ``f`` is channels_last."""
    return f.permute(0, 2, 3, 1).flatten(1, 2)


def _mean(x: Tensor) -> Tensor:
    """[B,N,C] -> [B,C] fp32. As a matrix product: in bf16 much faster than a widening mean; in
    eight parts, so that the products' rounding averages out."""
    b, n, c = x.shape
    parts = 8 if n % 8 == 0 else 1
    x = x.reshape(b * parts, n // parts, c)
    sums = (x.new_ones(len(x), 1, n // parts) @ x)[:, 0].float()
    return sums.reshape(b, parts, c).sum(1) / n


class _GramMean(torch.autograd.Function):
    """[B,C,H,W] -> Gram matrices [B,C,C] and channel means [B,C], fp32; one matrix product back."""

    @staticmethod
    def forward(ctx, f: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        x = _pixels(f)
        ctx.save_for_backward(x)
        ctx.size = f.shape[2:]
        if native.in_use():
            return native.gram(f), _mean(x)
        return (x.transpose(1, 2) @ x).float() / x.shape[1], _mean(x)

    @staticmethod
    def backward(ctx, to_gram: Tensor, to_mean: Tensor) -> Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        n = x.shape[1]
        both = ((to_gram + to_gram.transpose(1, 2)) / n).to(x.dtype)
        grad = torch.baddbmm((to_mean / n).to(x.dtype)[:, None], x, both)
        return grad.unflatten(1, ctx.size).permute(0, 3, 1, 2)


class _Products(torch.autograd.Function):
    """Means over pixels of a, a*a and a*b, [B,C] fp32 each; gradient to ``a`` only."""

    @staticmethod
    def forward(ctx, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        ctx.save_for_backward(a, b)
        a, b = _pixels(a), _pixels(b)
        return _mean(a), _mean(a * a), _mean(a * b)

    @staticmethod
    def backward(ctx, to_a: Tensor, to_aa: Tensor, to_ab: Tensor):  # type: ignore[override]
        a, b = ctx.saved_tensors
        n = a.shape[2] * a.shape[3]
        g = [(t / n)[:, :, None, None].to(a.dtype) for t in (to_a, 2 * to_aa, to_ab)]
        return torch.addcmul(torch.addcmul(g[0], a, g[1]), b, g[2]), None


def gram(f: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,C,C] fp32, mean over pixels."""
    return _GramMean.apply(f)[0]


def moments(f: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,2,C] fp32: channel means and standard deviations."""
    var, mean = torch.var_mean(f.float(), dim=(2, 3), correction=0)
    return torch.stack((mean, (var + 1e-5).sqrt()), 1)


def content_distance(out: Features, content: Features) -> Tensor:
    a, b = out["relu3_3"].float(), content["relu3_3"].float()
    return (a - b).square().mean((1, 2, 3)) / b.square().mean((1, 2, 3)).clamp_min(1e-8)


def structure_distance(out: Features, content: Features, layer: str = "relu3_3") -> Tensor:
    """2 (1 - correlation) of each channel, mean over channels: 0 = same structure, 2 = unrelated.

    That is the mean squared difference of the two maps, each with mean 0 and deviation 1; written
    with products only, which costs one pass over the features.
    """
    b = content[layer].detach()
    mean_a, square_a, cross = _Products.apply(out[layer], b)
    pixels_b = _pixels(b)
    mean_b, square_b = _mean(pixels_b), _mean(pixels_b * pixels_b)
    var_a, var_b = square_a - mean_a.square(), square_b - mean_b.square()
    floor_a, floor_b = (0.01 * v.mean(1, keepdim=True) + 1e-6 for v in (var_a, var_b))
    deviations = (var_a.clamp_min(0) + floor_a).sqrt() * (var_b.clamp_min(0) + floor_b).sqrt()
    return 2 * (1 - (cross - mean_a * mean_b) / deviations).mean(1)


@dataclass(frozen=True)
class Style:
    """Gram matrices [B,C,C] and moments [B,2,C] of every layer, fp32."""

    gram: dict[str, Tensor]
    moments: dict[str, Tensor]


def style_of(out: Features) -> Style:
    """Measured in one pass: the deviations come from the Gram matrix's diagonal."""
    grams, found = {}, {}
    for layer in out:
        g, mean = _GramMean.apply(out[layer])
        var = g.diagonal(dim1=1, dim2=2) - mean.square()
        grams[layer], found[layer] = g, torch.stack((mean, (var.clamp_min(0) + 1e-5).sqrt()), 1)
    return Style(grams, found)


def gram_distances(style: Style, target: dict[str, Tensor]) -> Tensor:
    """Relative squared distances to Gram matrices [B,C,C] per layer -> [B, layers]."""
    terms = []
    for layer in LAYERS[: len(style.gram)]:
        t = target[layer].float()
        d = (style.gram[layer] - t).square().sum((1, 2))
        terms.append(d / t.square().sum((1, 2)).clamp_min(1e-12))
    return torch.stack(terms, 1)


def moment_distances(style: Style, target: dict[str, Tensor]) -> Tensor:
    """Relative squared distances to moments [B,2,C] per layer -> [B, layers]."""
    terms = []
    for layer in LAYERS[: len(style.gram)]:
        t = target[layer].float()
        d = (style.moments[layer] - t).square().sum(2)
        terms.append((d / t.square().sum(2).clamp_min(1e-12)).mean(1))
    return torch.stack(terms, 1)


def energy_distances(style: Style, target: dict[str, Tensor]) -> Tensor:
    """Squared log ratio of the Gram matrices' norms to those of [B,C,C] per layer -> [B, layers].

    The relative distance alone is least for a picture of too little contrast wherever shapes
    differ: this term asks for the painting's own energy.
    """
    terms = []
    for layer in LAYERS[: len(style.gram)]:
        ours, theirs = (
            g.square().sum((1, 2)).clamp_min(1e-12).log()
            for g in (style.gram[layer], target[layer].float())
        )
        terms.append((0.5 * (ours - theirs)).square())
    return torch.stack(terms, 1)


def library_distances(style: Style, library: dict[str, Tensor]) -> Tensor:
    """Style distance of every picture to every painting of a library of Gram matrices [N,C,C].

    Returns [B,N], the mean over layers, as :func:`gram_distances` defines it. Written as
    |a|^2 - 2 a.b + |b|^2, so that nothing of size B x N x C x C is made.
    """
    total: Tensor | float = 0.0
    for layer in LAYERS[: len(style.gram)]:
        a, b = style.gram[layer].flatten(1), library[layer].flatten(1)
        own, other = a.square().sum(1), b.square().sum(1)
        total = total + (own[:, None] - 2 * a @ b.T + other) / other.clamp_min(1e-12)
    return total / len(style.gram)
