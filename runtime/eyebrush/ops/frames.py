"""Ops on frames: ingest, composite, temporal blend. See the package's docstring for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eyebrush import _core
from eyebrush.errors import InputError
from eyebrush.ops import checks
from eyebrush.reference import History, field_size

MOST_HISTORIES = 4  # of one temporal_blend, as in csrc/ops/temporal.h


def ingest(
    color: Any, down: int = 4, out: Any = None, *, shuffle: int = 1, stream: Any = None
) -> Any:
    """Eye buffers -> network input: the mean over down x down pixels, edges repeated.

    color: C-contiguous [E, H, W, 3 or 4] uint8, sRGB-encoded; [E, H, W, 4] float16, linear; or
           [E, H, W] uint32, A2B10G10R10 (red in the low ten bits), sRGB-encoded. Alpha is ignored.
    down:  1, 2 or 4.
    shuffle: 1, 2 or 4: each shuffle x shuffle of the means become channels (pixel-unshuffle).
    out:   [E, 3 * shuffle^2, h, w] float32 to write into, (h, w) = reference.field_size(H, W,
           down * shuffle).
    Returns ``out`` (made if not given): planar RGB, 0..1, sRGB-encoded. Equals reference.ingest bit
    for bit; from float16, within 1e-6. Raises InputError, BackendError.
    """
    seen = _pixels(color, "color")
    for name, value in (("down", down), ("shuffle", shuffle)):
        if value not in (1, 2, 4):
            raise InputError(
                got=f"{name}={value!r}", wanted="1, 2 or 4", fix="use the network's own"
            )
    eyes, height, width = seen.shape[:3]
    shape = (eyes, 3 * shuffle**2, *field_size(height, width, down * shuffle))
    if out is None:
        out = checks.empty(color, "out", shape, "float32")
    checks.writable(checks.contiguous(out, "out", shape, "float32"))
    checks.run("ingest", seen, down, shuffle, out, stream=stream)
    return out


def composite(
    color: Any,
    grid: Any,
    strokes: Any,
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: Any = None,
    parallax: Any = None,
    depth_m: Any = None,
    strength: float = 1.0,
    stroke_opacity: float = 1.0,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Restyle full-resolution frames with a style field (see reference.composite).

    color:    eye buffers of any format that ingest takes; alpha is carried through.
    grid:     [E, 12, D, Gh, Gw] float32 or float16, C-contiguous. NaN or Inf in it give some
              colour where they are used, and harm nothing else. Up to 8 luma bins are fast.
    strokes:  [E, Hs, Ws, 4] uint8, colour and mask, C-contiguous.
    extent:   (u, v), share of the field that the picture covers, each > 0 and <= 1.
    matrix:   [E, 3, 3], frame uv -> picture uv of the field; None where both have one pose. Like
              ``parallax`` a small array in the CPU's memory.
    parallax: [E, 3], with depth_m [E, h, w] float32 metres (> 0, +inf for the sky); both or none,
              and only with a matrix.
    strength, stroke_opacity: 0..1.
    out:      to write into, of color's eyes and size, in any of these formats; may be ``color``
              itself.
    Returns ``out`` (made like color if not given), at most 1 level from reference.composite, which
    for float16 is 1 of 1023 of the encoded values. On a CPU bytes in and the same bytes out are
    fast. Raises InputError, BackendError.
    """
    seen = _pixels(color, "color")
    eyes = seen.shape[0]
    others = {
        "strokes": checks.contiguous(strokes, "strokes", (eyes, None, None, 4), "uint8"),
        "grid": checks.contiguous(grid, "grid", (eyes, 12, None, None, None), "float32", "float16"),
    }
    checks.share(strength, "strength")
    checks.share(stroke_opacity, "stroke_opacity")
    checks.extent(extent)
    matrix, parallax = checks.reprojection(matrix, parallax, depth_m, eyes)
    if out is None:
        out = checks.empty_like(color, "out")
    target = _pixels(out, "out")
    if target.shape[:3] != seen.shape[:3]:
        raise InputError(
            got=f"out {target.dtype} {list(target.shape)}",
            wanted=f"{list(seen.shape[:3])}, or with channels after these",
            fix="leave out away, or make it of color's size",
        )
    checks.writable(target)
    same = (target.dtype, target.shape) == (seen.dtype, seen.shape)
    checks.apart(target, color=seen, **others, may_be="color" if same else "")
    where = (*extent, matrix, parallax, depth_m)
    checks.run(
        "composite", seen, grid, strokes, *where, strength, stroke_opacity, out, stream=stream
    )
    return out


def temporal_blend(
    fresh: Any,
    fresh_guide: Any,
    histories: Sequence[History],
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    depth_m: Any = None,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Steady strokes: draw a fresh stroke layer towards some of before (reference.temporal_blend).

    fresh:    [E, 2h, 2w, 4] uint8, the stroke layer of this field, C-contiguous.
    fresh_guide: [E, 3, h, w] float32 0..1, the network's input that it was made from.
    histories: one to four, of earlier fields or of the other eye; each is drawn over those before
              it, and what it covers altogether costs nothing. A history's matrix and parallax are
              small arrays in the CPU's memory.
    extent:   (u, v), share of the layers that the picture covers.
    depth_m:  [E, hd, wd] float32 metres, of now; needed by histories with parallax.
    out:      [E, 2h, 2w, 4] uint8 to write into; may be ``fresh`` itself, no history.
    Returns ``out`` (made if not given), at most 1 of 255 levels for each history from the
    reference. Raises InputError.
    """
    if not 1 <= len(histories) <= MOST_HISTORIES:
        raise InputError(
            got=f"{len(histories)} histories",
            wanted=f"1 to {MOST_HISTORIES}",
            fix="leave out the call where there is none, and the lowest where there are more",
        )
    guide = checks.contiguous(fresh_guide, "fresh_guide", (None, 3, None, None), "float32")
    eyes, _, h, w = guide.shape
    shape = (eyes, 2 * h, 2 * w, 4)
    first = checks.contiguous(fresh, "fresh", shape, "uint8")
    checks.extent(extent)
    depth_shape = None if depth_m is None else checks.view(depth_m, "depth_m").shape
    others = {"fresh_guide": guide, "fresh": first}
    layers = []
    for number, history in enumerate(histories):
        name = f"history {number}: "
        strokes, then = name + "strokes", name + "guide"
        others[strokes] = checks.contiguous(history.strokes, strokes, shape, "uint8")
        others[then] = checks.contiguous(history.guide, then, guide.shape, "float32")
        checks.share(history.share, name + "share")
        depth_now = None if history.parallax is None else depth_m
        matrix, parallax = checks.reprojection(history.matrix, history.parallax, depth_now, eyes)
        if history.depth_m is not None:
            if depth_shape is None:
                raise InputError(
                    got=f"{name}depth_m alone",
                    wanted="depth_m, too",
                    fix="pass the depth of the fresh frame, or neither",
                )
            checks.contiguous(history.depth_m, name + "depth_m", depth_shape, "float32")
        layers.append((*history[:3], matrix, parallax, history.depth_m))
    if out is None:
        out = checks.empty_like(fresh, "out")
    target = checks.contiguous(out, "out", shape, "uint8")
    checks.writable(target)
    checks.apart(target, **others, may_be="fresh")
    checks.run("temporal_blend", first, fresh_guide, layers, *extent, depth_m, out, stream=stream)
    return out


def grid_blend(
    fresh: Any,
    history: Any,
    *,
    share: float,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: Any = None,
    parallax: Any = None,
    depth_m: Any = None,
    out: Any = None,
    stream: Any = None,
) -> Any:
    """Steady colours: draw a bilateral grid towards one of before (reference.grid_blend).

    fresh, history: [E, 12, D, Gh, Gw] float32, grids of this field and of an earlier one,
              C-contiguous.
    share:    of history where it saw the place, 0..1.
    extent:   (u, v), share of the grid that the picture covers.
    matrix:   [E, 3, 3], picture uv now -> picture uv then; None where both have one pose. Like
              ``parallax`` a small array in the CPU's memory.
    parallax: [E, 3], with depth_m [E, hd, wd] float32 metres, of now; both or none.
    out:      like fresh, to write into; may be ``fresh`` itself, not ``history``.
    Returns ``out`` (made if not given), equal to the reference but for rounding. Raises InputError.
    """
    new = checks.contiguous(fresh, "fresh", (None, 12, None, None, None), "float32")
    old = checks.contiguous(history, "history", new.shape, "float32")
    checks.share(share, "share")
    checks.extent(extent)
    matrix, parallax = checks.reprojection(matrix, parallax, depth_m, new.shape[0])
    if out is None:
        out = checks.empty_like(fresh, "out")
    target = checks.contiguous(out, "out", new.shape, "float32")
    checks.writable(target)
    checks.apart(target, fresh=new, history=old, may_be="fresh")
    where = (*extent, matrix, parallax, depth_m)
    checks.run("grid_blend", new, history, share, *where, out, stream=stream)
    return out


def _pixels(value: Any, name: str) -> _core.Array:
    """Eye buffers, checked: [E, H, W, 3|4] uint8, [E, H, W, 4] float16 or [E, H, W] uint32."""
    kind = checks.view(value, name).dtype
    if kind == "uint32":
        return checks.contiguous(value, name, (None, None, None), kind)
    if kind == "float16":
        return checks.contiguous(value, name, (None, None, None, 4), kind)
    seen = checks.contiguous(value, name, (None, None, None, None), "uint8")
    if seen.shape[3] not in (3, 4):
        raise InputError(
            got=f"{name} with {seen.shape[3]} channels",
            wanted="3 (RGB) or 4 (RGBA)",
            fix="order the axes as [eyes, height, width, channels]",
        )
    return seen
