"""Backends run the networks. ``auto`` takes the best one that is installed.

Nothing here falls back silently: what was asked for runs, or a BackendError says what to do;
``FieldNetwork.describe()`` tells which backend, device and precision really run.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from eyebrush.backends.driver import find_gpu
from eyebrush.backends.protocol import (
    PRECISIONS,
    BackendInfo,
    FieldBuffers,
    FieldNetwork,
    FieldSession,
    NetworkInfo,
    StyleEncoder,
)
from eyebrush.engines.library import LIBRARIES, open_library
from eyebrush.errors import BackendError, InputError

# name -> (module it needs, how to get it); in the order in which ``auto`` prefers them
BACKENDS: dict[str, tuple[str, str]] = {
    "tensorrt": LIBRARIES["tensorrt"],
    "tensorrt-rtx": LIBRARIES["tensorrt-rtx"],
    "openvino": ("openvino", "pip install openvino"),
}

__all__ = [
    "BACKENDS",
    "PRECISIONS",
    "BackendInfo",
    "FieldBuffers",
    "FieldNetwork",
    "FieldSession",
    "NetworkInfo",
    "StyleEncoder",
    "installed",
    "load_encoder",
    "load_field",
    "resolve",
]


def installed() -> list[str]:
    """Names of the backends whose library can be found, best first."""
    return [n for n, (module, _) in BACKENDS.items() if importlib.util.find_spec(module)]


def resolve(backend: str) -> str:
    """The backend that ``backend`` ("auto" or a name) stands for; BackendError if unusable."""
    found = installed()
    if backend == "auto":
        usable = [name for name in found if name not in LIBRARIES or _has_a_card(name)]
        if usable:
            return usable[0]
        _, fix = next(iter(BACKENDS.values()))
        raise BackendError(
            f"no backend is installed (looked for {', '.join(BACKENDS)}); fix: {fix}"
        )
    if backend not in BACKENDS:
        raise BackendError(
            f"got backend {backend!r}; wanted auto or one of: {', '.join(BACKENDS)}; "
            f"fix: pick one of these (installed here: {', '.join(found) or 'none'})"
        )
    if backend not in found:
        module, fix = BACKENDS[backend]
        raise BackendError(
            f"backend {backend!r} needs the module {module!r}, which is not installed; fix: {fix}"
        )
    return backend


def load_field(
    path: Path, backend: str = "auto", threads: int | None = None, precision: str = "auto"
) -> FieldNetwork:
    """Load a field network (ONNX with Eyebrush's metadata).

    threads: how many the network may use; None leaves it to the backend.
    precision: auto (fastest that the device computes natively), bf16, f16 or f32.
    """
    if precision not in PRECISIONS:
        raise InputError(
            got=f"precision {precision!r}", wanted=" | ".join(PRECISIONS), fix="use auto"
        )
    check_threads(threads)
    network: FieldNetwork = _module(backend).load_field(path, threads, precision)
    return network


def load_encoder(path: Path, backend: str = "auto", threads: int | None = None) -> StyleEncoder:
    """Load a style encoder (ONNX with Eyebrush's metadata)."""
    check_threads(threads)
    encoder: StyleEncoder = _module(backend).load_encoder(path, threads)
    return encoder


def check_threads(threads: int | None) -> None:
    """Refuse impossible thread counts before a library turns them into something else."""
    if threads is not None and not 1 <= threads <= 1024:
        raise InputError(
            got=f"threads={threads}", wanted="1..1024, or None for automatic", fix="leave it out"
        )


def _has_a_card(library: str) -> bool:
    """Whether an NVIDIA card is here that the library can serve, and PyCUDA to reach it."""
    if importlib.util.find_spec("pycuda") is None:
        return False
    try:
        capability = find_gpu().capability
        known = open_library(library).capabilities()
    except BackendError:
        return False
    return not known or capability in known


def _module(backend: str) -> Any:
    name = resolve(backend)
    try:
        return importlib.import_module(f"eyebrush.backends.{name.replace('-', '_')}")
    except ImportError as error:
        _, fix = BACKENDS[name]
        raise BackendError(
            f"backend {name!r} is installed but cannot be imported ({error}); "
            f"fix: reinstall it: {fix} --force-reinstall"
        ) from error
