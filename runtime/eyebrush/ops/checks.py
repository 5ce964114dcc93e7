"""What is wrong with an argument, in words: used by all ops before the native core sees it."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from eyebrush import _core
from eyebrush.errors import BackendError, InputError

core: Any = _core  # the tests put another in its place, with the same ops (tests/simt)
Shape = tuple["int | None", ...]  # None: any size >= 1


def array(value: Any, name: str, shape: Shape, *dtypes: str) -> _core.Array:
    """Any array as the core sees it; raise unless it has this shape and one of these dtypes."""
    seen = view(value, name)
    fits = len(seen.shape) == len(shape) and all(
        n >= 1 if want is None else n == want for n, want in zip(seen.shape, shape, strict=True)
    )
    if not fits or seen.dtype not in dtypes:
        wanted = ", ".join("n" if n is None else str(n) for n in shape)
        raise InputError(
            got=f"{name} {seen.dtype} {list(seen.shape)}",
            wanted=f"{' or '.join(dtypes)} [{wanted}]" + (", n >= 1" if None in shape else ""),
            fix=f"check the order of the axes and the type of {name}",
        )
    return seen


def contiguous(value: Any, name: str, shape: Shape, *dtypes: str) -> _core.Array:
    """The same, and raise unless it is C-contiguous."""
    seen = array(value, name, shape, *dtypes)
    if not seen.contiguous:
        raise InputError(
            got=f"{name} with strides {seen.strides} (in elements)",
            wanted="a C-contiguous array",
            fix="np.ascontiguousarray, or .contiguous(), makes it so",
        )
    return seen


def view(value: Any, name: str) -> _core.Array:
    try:
        return _core.Array(value)
    except (TypeError, BufferError, RuntimeError) as error:
        # as torch says of tensors that need gradients, and the core of odd element types
        kind = getattr(value, "dtype", type(value).__name__)
        raise InputError(
            got=f"{name} of type {kind}: {str(error).splitlines()[0]}",
            wanted="a numpy array, or one with DLPack or __cuda_array_interface__, "
            "of uint8, uint32, float16, bfloat16 or float32",
            fix="np.asarray makes one; .detach() one without gradients",
        ) from None


def writable(out: _core.Array) -> None:
    if not out.writable:
        raise InputError(got="a read-only out", wanted="a writable array", fix="pass a copy")


def apart(out: _core.Array, *, may_be: str, **others: _core.Array) -> None:
    """Raise where ``out`` overlaps another array, unless it is all of ``may_be``."""
    for name, other in others.items():
        same = name == may_be and (out.address, out.strides) == (other.address, other.strides)
        (start, end), (first, last) = out.span, other.span
        if not same and start < last and first < end and out.device == other.device:
            wanted = f", or {may_be} itself" if may_be else ""
            raise InputError(
                got=f"out overlapping {name}",
                wanted=f"an array of its own{wanted}",
                fix="leave out away, or pass an empty array of its shape",
            )


def share(value: float, name: str) -> None:
    if not 0.0 <= value <= 1.0:  # NaN fails, too
        raise InputError(got=f"{name}={value!r}", wanted="a number 0..1", fix="clamp it")


def extent(value: tuple[float, float]) -> None:
    if len(value) != 2 or not all(0.0 < part <= 1.0 for part in value):
        raise InputError(
            got=f"extent={value!r}",
            wanted="(u, v), each > 0 and <= 1",
            fix="use the extent of the StyleField, or reference.extent",
        )


def reprojection(
    matrix: Any, parallax: Any, depth_m: Any, eyes: int
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """matrix and parallax as float32; raise unless both and depth_m fit together."""
    small = _small(matrix, "matrix", (eyes, 3, 3)), _small(parallax, "parallax", (eyes, 3))
    if (parallax is None) != (depth_m is None) or (parallax is not None and matrix is None):
        named = (("matrix", matrix), ("parallax", parallax), ("depth_m", depth_m))
        raise InputError(
            got=" and ".join(name for name, value in named if value is not None) + " alone",
            wanted="parallax and depth_m together, and with a matrix",
            fix="take matrix and parallax from eyebrush.frame.reprojection",
        )
    if depth_m is not None:
        contiguous(depth_m, "depth_m", (eyes, None, None), "float32")
    return small


def empty(like: Any, name: str, shape: tuple[int, ...], dtype: str) -> Any:
    """A new array of the kind of ``like`` on its device, not initialised."""
    if isinstance(like, np.ndarray):
        return np.empty(shape, dtype)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(like, torch.Tensor):
        return like.new_empty(shape, dtype=getattr(torch, dtype))
    raise InputError(
        got=f"no {name} for a {type(like).__name__}",
        wanted=f"{name}: {dtype} {list(shape)} on its device",
        fix="make one; only numpy's and torch's are made here",
    )


def empty_like(like: Any, name: str) -> Any:
    """The same, with shape, type and memory order of ``like``."""
    if isinstance(like, np.ndarray):
        return np.empty_like(like)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(like, torch.Tensor):
        return torch.empty_like(like)
    seen = view(like, name)
    return empty(like, name, seen.shape, seen.dtype)


def run(op: str, like: _core.Array, *arguments: Any, stream: Any = None) -> None:
    """Call an op; ``like`` is its first argument. What CUDA answers, and arrays that do not fit
    together, become our errors."""
    try:
        getattr(core, op)(like.value, *arguments, _stream(stream))
    except ValueError as error:
        raise InputError(
            got=str(error), wanted="arrays that fit together", fix="see the op's docstring"
        ) from None
    except RuntimeError as error:
        raise BackendError(str(error)) from None


def _stream(stream: Any) -> int:
    for name in ("cuda_stream", "ptr", "handle"):  # torch, CuPy, PyCUDA and Numba
        stream = getattr(stream, name, stream)
    if stream is None:
        return 0
    if isinstance(stream, int) and stream >= 0:
        return stream
    raise InputError(
        got=f"stream={stream!r}",
        wanted="a cudaStream_t as a number, or a stream of torch, CuPy, PyCUDA or Numba",
        fix="leave it away for CUDA's default stream",
    )


def _small(value: Any, name: str, shape: tuple[int, ...]) -> np.ndarray | None:
    """A small array of numbers as C-contiguous float32; raise unless of this shape and finite."""
    if value is None:
        return None
    try:
        found = np.ascontiguousarray(value, np.float32)
    except (TypeError, ValueError):
        found = np.full((), np.nan, np.float32)
    if found.shape != shape or not math.isfinite(float(found.sum())):
        raise InputError(
            got=f"{name} {list(found.shape)}"
            + ("" if found.shape != shape else " with NaN, Inf or huge numbers"),
            wanted=f"finite numbers of shape {list(shape)}, in the CPU's memory",
            fix="take it from eyebrush.frame.reprojection, one for each eye",
        )
    return found
