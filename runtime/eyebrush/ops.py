"""The native ops, with arguments checked: what numpy spells out in reference.py, at frame rate.

All ops release the GIL, share their rows among ``threads()`` threads and, given ``out``, allocate
nothing. They choose their vector instructions at run time; :func:`cpu_features` says which.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from eyebrush import _core
from eyebrush.errors import InputError
from eyebrush.reference import field_size

_CONTIGUOUS = "np.ascontiguousarray makes it so"


def ingest(color: np.ndarray, down: int = 4, out: np.ndarray | None = None) -> np.ndarray:
    """Eye buffers -> network input: the mean over down x down pixels, edges repeated.

    color: [E, H, W, 3 or 4] uint8, sRGB-encoded, C-contiguous; alpha is ignored.
    down:  1, 2 or 4.
    out:   [E, 3, h, w] float32 to write into, (h, w) = reference.field_size(H, W, down).
    Returns ``out`` (made if not given): planar RGB, 0..1, still sRGB-encoded. Equals
    reference.ingest bit for bit. Raises InputError.
    """
    _check_color(color)
    if down not in (1, 2, 4):
        raise InputError(got=f"down={down!r}", wanted="1, 2 or 4", fix="use the network's own")
    eyes, height, width, _ = color.shape
    shape = (eyes, 3, *field_size(height, width, down))
    if out is None:
        out = np.empty(shape, np.float32)
    _check(out, "out", shape, np.float32)
    _check_writable(out)
    _core.ingest(color, down, out)
    return out


def composite(
    color: np.ndarray,
    grid: np.ndarray,
    strokes: np.ndarray,
    *,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    strength: float = 1.0,
    stroke_opacity: float = 1.0,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Restyle full-resolution frames with a style field (see reference.composite).

    color:    [E, H, W, 3 or 4] uint8, sRGB-encoded, C-contiguous; alpha is carried through.
    grid:     [E, 12, D, Gh, Gw] float32 or float16, C-contiguous. NaN or Inf in it give some
              colour where they are used, and harm nothing else. Up to 8 luma bins are fast.
    strokes:  [E, Hs, Ws, 4] uint8, colour and mask, C-contiguous.
    extent:   (u, v), share of the field that the picture covers, each > 0 and <= 1.
    matrix:   [E, 3, 3], frame uv -> picture uv of the field; None where both have one pose.
    parallax: [E, 3], with depth_m [E, h, w] float32 metres (> 0, +inf for the sky); both or none,
              and only with a matrix.
    strength, stroke_opacity: 0..1.
    out:      [E, H, W, 3 or 4] uint8 to write into; may be ``color`` itself.
    Returns ``out`` (made if not given), at most 1 of 255 levels from reference.composite.
    Raises InputError.
    """
    _check_color(color)
    eyes = color.shape[0]
    if isinstance(grid, np.ndarray) and grid.dtype == np.float16:
        _check(grid, "grid", (eyes, 12, None, None, None), np.float16)
    else:
        _check(grid, "grid", (eyes, 12, None, None, None), np.float32)
    _check(strokes, "strokes", (eyes, None, None, 4), np.uint8)
    for name, value in (("strength", strength), ("stroke_opacity", stroke_opacity)):
        if not 0.0 <= value <= 1.0:
            raise InputError(got=f"{name}={value!r}", wanted="a number 0..1", fix="clamp it")
    _check_extent(extent)
    matrix, parallax = _check_reprojection(matrix, parallax, depth_m, eyes)
    if out is None:
        out = np.empty_like(color)
    _check(out, "out", color.shape, np.uint8)
    _check_writable(out)
    _check_apart(out, color=color, strokes=strokes, grid=grid, may_be="color")
    _core.composite(
        color, grid, strokes, *extent, matrix, parallax, depth_m, strength, stroke_opacity, out
    )
    return out


def temporal_blend(
    fresh: np.ndarray,
    history: np.ndarray,
    fresh_guide: np.ndarray,
    history_guide: np.ndarray,
    *,
    calm: float,
    extent: tuple[float, float] = (1.0, 1.0),
    matrix: np.ndarray | None = None,
    parallax: np.ndarray | None = None,
    depth_m: np.ndarray | None = None,
    history_depth_m: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Steady strokes: draw a fresh stroke layer towards the one before (reference.temporal_blend).

    fresh, history: [E, 2h, 2w, 4] uint8, stroke layers of this field and of an earlier one (or of
              the other eye), C-contiguous.
    fresh_guide, history_guide: [E, 3, h, w] float32 0..1, the network inputs of both.
    calm:     0 (fresh strokes alone) .. 1 (history where the scene is the same). Below 1 a steady
              input is reached exactly: rounding goes towards the fresh value.
    extent:   (u, v), share of the layers that the picture covers.
    matrix:   [E, 3, 3], picture uv now -> picture uv then; None where both have one pose.
    parallax: [E, 3], with depth_m [E, hd, wd] float32 metres, of now; both or none.
    history_depth_m: of then, of the same shape; strokes are then kept only on the surface that
              they were painted on.
    out:      [E, 2h, 2w, 4] uint8 to write into; may be ``fresh`` itself, not ``history``.
    Returns ``out`` (made if not given), at most 1 of 255 levels from the reference. Raises
    InputError.
    """
    _check(fresh_guide, "fresh_guide", (None, 3, None, None), np.float32)
    eyes, _, h, w = fresh_guide.shape
    _check(history_guide, "history_guide", (eyes, 3, h, w), np.float32)
    shape = (eyes, 2 * h, 2 * w, 4)
    _check(fresh, "fresh", shape, np.uint8)
    _check(history, "history", shape, np.uint8)
    if not 0.0 <= calm <= 1.0:
        raise InputError(got=f"calm={calm!r}", wanted="a number 0..1", fix="clamp it")
    _check_extent(extent)
    matrix, parallax = _check_reprojection(matrix, parallax, depth_m, eyes)
    if history_depth_m is not None:
        if depth_m is None:
            raise InputError(
                got="history_depth_m alone",
                wanted="depth_m, too",
                fix="pass the depth of the fresh frame, or neither",
            )
        _check(history_depth_m, "history_depth_m", depth_m.shape, np.float32)
    if out is None:
        out = np.empty_like(fresh)
    _check(out, "out", shape, np.uint8)
    _check_writable(out)
    guides = {"fresh_guide": fresh_guide, "history_guide": history_guide}
    _check_apart(out, fresh=fresh, history=history, **guides, may_be="fresh")
    _core.temporal_blend(
        fresh,
        history,
        fresh_guide,
        history_guide,
        calm,
        *extent,
        matrix,
        parallax,
        depth_m,
        history_depth_m,
        out,
    )
    return out


def set_threads(n: int) -> None:
    """Number of threads that the ops use, the caller included: 1..256. Raises InputError."""
    if not isinstance(n, int) or not 1 <= n <= 256:
        raise InputError(got=f"{n!r} threads", wanted="a whole number 1..256", fix="try 2")
    _core.set_threads(n)


def threads() -> int:
    """Number of threads that the ops use. Default: all CPUs that this process may use."""
    return _core.threads()


def cpu_features() -> dict[str, Any]:
    """What the ops run on: {"isa": used, "best_isa": possible here, "threads": n, "cuda": False}.

    isa is "plain" (portable C++), "avx2" or "avx512".
    """
    return {
        "isa": _core.isa(),
        "best_isa": _core.best_isa(),
        "threads": _core.threads(),
        "cuda": _core.cuda,
    }


def describe() -> str:
    """cpu_features() in words, for reports."""
    n = threads()
    return f"CPU, {_core.isa()} instructions, {n} thread{'s' if n > 1 else ''}"


def _check_color(color: np.ndarray) -> None:
    _check(color, "color", (None, None, None, None), np.uint8)
    if color.shape[3] not in (3, 4):
        raise InputError(
            got=f"color with {color.shape[3]} channels",
            wanted="3 (RGB) or 4 (RGBA)",
            fix="order the axes as [eyes, height, width, channels]",
        )


def _check(
    array: np.ndarray, name: str, shape: tuple[int | None, ...], dtype: type[np.generic]
) -> None:
    """Raise InputError unless ``array`` has this shape (None: any size >= 1), dtype and order."""
    if not isinstance(array, np.ndarray):
        raise InputError(
            got=f"{name} of type {type(array).__name__}",
            wanted="a numpy array",
            fix="np.asarray makes one",
        )
    fits = array.ndim == len(shape) and all(
        n >= 1 if want is None else n == want for n, want in zip(array.shape, shape, strict=True)
    )
    if not fits or array.dtype != dtype:
        wanted = ", ".join("n" if n is None else str(n) for n in shape)
        raise InputError(
            got=f"{name} {array.dtype} {list(array.shape)}",
            wanted=f"{np.dtype(dtype)} [{wanted}]" + (", n >= 1" if None in shape else ""),
            fix=f"check the order of the axes and the type of {name}",
        )
    if not array.flags.c_contiguous:
        raise InputError(
            got=f"{name} with strides {array.strides}",
            wanted="a C-contiguous array",
            fix=_CONTIGUOUS,
        )


def _check_extent(extent: tuple[float, float]) -> None:
    if len(extent) != 2 or not all(0.0 < share <= 1.0 for share in extent):
        raise InputError(
            got=f"extent={extent!r}",
            wanted="(u, v), each > 0 and <= 1",
            fix="use the extent of the StyleField, or reference.extent",
        )


def _check_reprojection(
    matrix: np.ndarray | None,
    parallax: np.ndarray | None,
    depth_m: np.ndarray | None,
    eyes: int,
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """matrix and parallax as float32; raise unless both and depth_m fit together."""
    matrix = _small(matrix, "matrix", (eyes, 3, 3))
    parallax = _small(parallax, "parallax", (eyes, 3))
    if (parallax is None) != (depth_m is None) or (parallax is not None and matrix is None):
        given = [
            n
            for n, v in (("matrix", matrix), ("parallax", parallax), ("depth_m", depth_m))
            if v is not None
        ]
        raise InputError(
            got=" and ".join(given) + " alone",
            wanted="parallax and depth_m together, and with a matrix",
            fix="take matrix and parallax from eyebrush.frame.reprojection",
        )
    if depth_m is not None:
        _check(depth_m, "depth_m", (eyes, None, None), np.float32)
    return matrix, parallax


def _check_apart(out: np.ndarray, *, may_be: str, **others: np.ndarray) -> None:
    """Raise InputError where ``out`` overlaps another array, unless it is all of ``may_be``."""
    for name, array in others.items():
        same_place = name == may_be and out.ctypes.data == array.ctypes.data
        if not same_place and np.may_share_memory(out, array):
            raise InputError(
                got=f"out overlapping {name}",
                wanted=f"an array of its own, or {may_be} itself",
                fix=f"leave out away, or pass np.empty_like({may_be})",
            )


def _check_writable(out: np.ndarray) -> None:
    if not out.flags.writeable:
        raise InputError(got="a read-only out", wanted="a writable array", fix="pass a copy")


def _small(value: np.ndarray | None, name: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """A small array of numbers as C-contiguous float32; raise unless of this shape and finite."""
    if value is None:
        return None
    try:
        array = np.ascontiguousarray(value, np.float32)
    except (TypeError, ValueError):
        array = np.full((), np.nan, np.float32)
    if array.shape != shape or not math.isfinite(float(array.sum())):
        raise InputError(
            got=f"{name} {list(array.shape)}"
            + ("" if array.shape != shape else " with NaN, Inf or huge numbers"),
            wanted=f"finite numbers of shape {list(shape)}",
            fix="take it from eyebrush.frame.reprojection, one for each eye",
        )
    return array
