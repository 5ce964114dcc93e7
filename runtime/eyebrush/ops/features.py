"""Ops on feature maps: AdaIN and Gram. See the package's docstring for arrays.

Feature maps are [E, C, H, W] float32, float16 or bfloat16 with *any* strides: NCHW, NHWC
(``channels_last``, or a numpy array transposed to this order) and other views. Arithmetic and
statistics are float32; what is 16 bits wide is rounded once, at the end.
"""

from __future__ import annotations

import math
from typing import Any

from eyebrush import _core
from eyebrush.errors import InputError
from eyebrush.ops import checks

_FLOATS = ("float32", "float16", "bfloat16")
EPS = 1e-3  # as the network's


def adain_stats(
    x: Any,
    *,
    shared: bool = True,
    running: Any = None,
    fresh: float = 1.0,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Mean and (biased) variance of each channel, blended with those of earlier frames.

    x:       [E, C, H, W], see above.
    shared:  one set for all eyes (G = 1), or one for each (G = E).
    running: [G, 2, C] float32, or None; used = running + fresh * (now - running), ``fresh`` 0..1.
    out:     [G, 2, C] float32 to write into; may be ``running``.
    Returns ``out``: means [:, 0] and variances [:, 1]. A channel with NaN or Inf gets NaN or Inf.
    Raises InputError, BackendError.
    """
    seen = _maps(x)
    out = _statistics(x, seen, shared, running, fresh, out)
    checks.run("adain_stats", seen, shared, running, fresh, out, stream=stream)
    return out


def adain_apply(
    x: Any,
    stats: Any,
    style: Any,
    *,
    eps: float = EPS,
    relu: bool = False,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """y = scale * (x - mean) / sqrt(variance + eps) + shift, then max(0, y) where ``relu``.

    x:     [E, C, H, W], see above.
    stats: [1 or E, 2, C] float32, as from :func:`adain_stats`.
    style: [1 or E, 2, C] float32, scale and shift.
    out:   like x, with any strides; may be x itself.
    Returns ``out`` (made like x if not given). Raises InputError, BackendError.
    """
    seen = _maps(x)
    _sets(stats, "stats", seen)
    out = _like(x, seen, style, eps, out)
    checks.run("adain_apply", seen, stats, style, eps, relu, out, stream=stream)
    return out


def adain(
    x: Any,
    style: Any,
    *,
    shared: bool = True,
    running: Any = None,
    fresh: float = 1.0,
    eps: float = EPS,
    relu: bool = False,
    out: Any = None,
    used: Any = None,
    stream: Any = None,
) -> tuple[Any, Any]:
    """Both in one call: (y, statistics used). x is read once where it fits on the chip.

    Arguments as of the two; ``used`` is the [G, 2, C] to write statistics into. Means keep more
    than fp32 on their way here, so that even a channel of huge mean and tiny variance comes out
    right. Raises InputError, BackendError.
    """
    seen = _maps(x)
    used = _statistics(x, seen, shared, running, fresh, used)
    out = _like(x, seen, style, eps, out)
    checks.run("adain", seen, style, shared, running, fresh, eps, relu, out, used, stream=stream)
    return out, used


def gram(x: Any, *, scale: float | None = None, out: Any = None, stream: Any = None) -> Any:
    """Gram matrices: scale * (sum over pixels of x_i x_j), [E, C, C] float32, symmetric.

    x:     [E, C, H, W], see above; at most 4096 channels.
    scale: None: 1 / (H * W), the mean over pixels.
    out:   [E, C, C] float32 to write into.
    Raises InputError, BackendError.
    """
    seen = _maps(x)
    eyes, channels, height, width = seen.shape
    if channels > 4096:
        raise InputError(got=f"{channels} channels", wanted="at most 4096", fix="split them")
    if scale is None:
        scale = 1.0 / (height * width)
    if not math.isfinite(scale):
        raise InputError(got=f"scale={scale!r}", wanted="a finite number", fix="leave it away")
    shape = (eyes, channels, channels)
    if out is None:
        out = checks.empty(x, "out", shape, "float32")
    checks.writable(checks.contiguous(out, "out", shape, "float32"))
    checks.run("gram", seen, scale, out, stream=stream)
    return out


def _maps(x: Any) -> _core.Array:
    seen = checks.array(x, "x", (None, None, None, None), *_FLOATS)
    eyes, channels, height, width = seen.shape
    if max(eyes * channels, height * width) >= 2**30:
        raise InputError(
            got=f"x {list(seen.shape)}",
            wanted="less than 2^30 pixels, and eyes times channels",
            fix="take parts of it",
        )
    return seen


def _sets(value: Any, name: str, x: _core.Array) -> None:
    seen = checks.contiguous(value, name, (None, 2, x.shape[1]), "float32")
    if seen.shape[0] not in (1, x.shape[0]):
        raise InputError(
            got=f"{name} {list(seen.shape)} for {x.shape[0]} eyes",
            wanted="one set for all eyes, or one for each",
            fix="index the sets that belong to these eyes",
        )


def _statistics(
    x: Any, seen: _core.Array, shared: bool, running: Any, fresh: float, out: Any
) -> Any:
    """Check what has to do with statistics; returns ``out``, made if not given."""
    shape = (1 if shared else seen.shape[0], 2, seen.shape[1])
    checks.share(fresh, "fresh")
    if running is not None:
        checks.contiguous(running, "running", shape, "float32")
    elif fresh != 1.0:
        raise InputError(
            got=f"fresh={fresh!r} without running",
            wanted="the statistics that it is a share of",
            fix="pass running, or leave fresh away",
        )
    if out is None:
        out = checks.empty(x, "out", shape, "float32")
    checks.writable(checks.contiguous(out, "out", shape, "float32"))
    return out


def _like(x: Any, seen: _core.Array, style: Any, eps: float, out: Any) -> Any:
    """Check what has to do with applying; returns ``out``, made like x if not given."""
    _sets(style, "style", seen)
    if not 0.0 <= eps < math.inf:
        raise InputError(got=f"eps={eps!r}", wanted="a number >= 0", fix=f"try {EPS}")
    if out is None:
        out = checks.empty_like(x, "out")
    target = checks.array(out, "out", seen.shape, seen.dtype)
    checks.writable(target)
    checks.apart(target, x=seen, may_be="x")
    return out
