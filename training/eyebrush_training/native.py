"""AdaIN and Gram matrices by Eyebrush's own ops, with gradients: `train --ops native`.

Both take float32, float16 or bfloat16 maps [E,C,H,W] of any strides on a CPU or an NVIDIA GPU, and
compute in fp32. Second derivatives are not known. `--ops torch`, the default, is what the training
was tuned with; use() decides for the process.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from eyebrush import ops
from eyebrush.errors import InputError

_chosen = "torch"


def use(which: str) -> None:
    """ "native" or "torch". Raises InputError."""
    global _chosen
    if which not in ("native", "torch"):
        raise InputError(got=f"ops={which!r}", wanted="'native' or 'torch'", fix="see --help")
    _chosen = which


def in_use() -> bool:
    return _chosen == "native"


def adain(x: Tensor, style: Tensor, eps: float, every: int = 1) -> tuple[Tensor, Tensor]:
    """scale * (x - mean) / sqrt(variance + eps) + shift, by each picture's own statistics.

    x [E,C,H,W]; style [E or 1, 2, C] fp32, scale and shift; statistics are taken from every
    ``every``-th pixel of every such row. Returns y, like x, and the statistics [E,2,C] fp32, which
    have no gradient of their own.
    """
    return _AdaIN.apply(x, style, eps, every)


def gram(x: Tensor) -> Tensor:
    """[B,C,H,W] -> [B,C,C] fp32: mean over pixels of x_i x_j."""
    return _Gram.apply(x)


def _stream(x: Tensor) -> Any:
    return torch.cuda.current_stream(x.device) if x.is_cuda else None


class _AdaIN(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, style, eps, every):  # type: ignore[no-untyped-def, override]
        x, style, stream = x.detach(), style.detach().float().contiguous(), _stream(x)
        used = ops.adain_stats(x[:, :, ::every, ::every], shared=False, stream=stream)
        y = ops.adain_apply(x, used, style, eps=eps, stream=stream)
        ctx.save_for_backward(x, style, used)
        ctx.eps, ctx.every = eps, every
        ctx.mark_non_differentiable(used)
        return y, used

    @staticmethod
    def backward(ctx, to_y, _):  # type: ignore[no-untyped-def, override]
        """With z = (x - mean) / deviation and gain = scale / deviation: to_shift = sum of to_y,
        to_scale = sum of to_y z, and to_x = gain to_y, less gain (to_shift + z to_scale) / n at
        the n pixels that the statistics are of."""
        x, style, used = ctx.saved_tensors
        one = 1.0 / torch.sqrt(used[:, 1] + ctx.eps)  # [E,C]
        wide = to_y.float()
        to_shift = wide.sum((2, 3))
        to_scale = ((wide * x).sum((2, 3)) - used[:, 0] * to_shift) * one
        some = x[:, :, :: ctx.every, :: ctx.every]
        n = some.shape[2] * some.shape[3]
        gain = style[:, 0] * one
        slope = gain * one * to_scale / n
        level = gain * to_shift / n - slope * used[:, 0]
        gain, slope, level = (t[:, :, None, None] for t in (gain, slope, level))
        to_x = wide * gain
        to_x[:, :, :: ctx.every, :: ctx.every] -= slope * some + level
        to_style = torch.stack((to_scale, to_shift), 1)
        if len(style) == 1:
            to_style = to_style.sum(0, keepdim=True)
        return to_x.to(x.dtype), to_style, None, None


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def, override]
        ctx.save_for_backward(x)
        return ops.gram(x.detach(), stream=_stream(x))

    @staticmethod
    def backward(ctx, to_gram):  # type: ignore[no-untyped-def, override]
        (x,) = ctx.saved_tensors
        both = (to_gram + to_gram.transpose(1, 2)) / (x.shape[2] * x.shape[3])
        flat = x.permute(0, 2, 3, 1).flatten(1, 2)  # [B,N,C]: no copy where channels_last
        return (flat @ both.to(x.dtype)).unflatten(1, x.shape[2:]).permute(0, 3, 1, 2)
