"""The native ops, with arguments checked: what numpy spells out in reference.py, at frame rate.

Arrays may be numpy's, or anybody's that speak DLPack or ``__cuda_array_interface__`` (torch, CuPy,
PyCUDA, Numba); all of one call lie on one device, and that device does the work. Nothing is copied
from one to another, and results are the same bit for bit from run to run.

On the CPU an op releases the GIL, shares its rows among ``threads()`` threads and, given ``out``,
allocates nothing that lasts. It chooses its vector instructions at run time; :func:`cpu_features`
says which. On a GPU it queues its work on ``stream`` and returns: a ``cudaStream_t`` as a number,
or an object that has one (``torch.cuda.Stream``, ``cupy.cuda.Stream``); None is CUDA's default
stream.
"""

from __future__ import annotations

from typing import Any

from eyebrush import _core
from eyebrush.errors import InputError
from eyebrush.ops.features import adain, adain_apply, adain_stats, gram
from eyebrush.ops.frames import composite, grid_blend, ingest, temporal_blend
from eyebrush.reference import History

__all__ = [
    "History",
    "adain",
    "adain_apply",
    "adain_stats",
    "composite",
    "cpu_features",
    "describe",
    "gram",
    "grid_blend",
    "ingest",
    "set_threads",
    "temporal_blend",
    "threads",
]


def set_threads(n: int) -> None:
    """Number of threads that the ops use, the caller included: 1..256. Raises InputError."""
    if not isinstance(n, int) or not 1 <= n <= 256:
        raise InputError(got=f"{n!r} threads", wanted="a whole number 1..256", fix="try 2")
    _core.set_threads(n)


def threads() -> int:
    """Number of threads that the ops use. Default: all CPUs that this process may use."""
    return _core.threads()


def cpu_features() -> dict[str, Any]:
    """What the ops run on: {"isa": used, "best_isa": possible here, "threads": n, "cuda": built}.

    isa is "plain" (portable C++), "avx2" or "avx512"; cuda says whether the core was built with
    CUDA ops, which is not whether there is a GPU.
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
