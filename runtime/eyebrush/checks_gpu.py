"""What ``eyebrush doctor`` says about NVIDIA: the card, TensorRT, PyCUDA, the engines kept."""

from __future__ import annotations

import importlib
import importlib.util
import time
from importlib.metadata import version

from eyebrush import resources
from eyebrush.backends.driver import find_gpu
from eyebrush.checks import Check
from eyebrush.engines.library import LIBRARIES, open_library
from eyebrush.errors import BackendError, EyebrushError


def gpu_checks() -> list[Check]:
    """Nothing here is basic: without all of it, OpenVINO runs on the CPU."""
    found = [_card(), *(_library(name) for name in LIBRARIES), _pycuda(), _cache()]
    ready = found[0].state == "ok" and found[-2].state == "ok"
    backends = [n for n, check in zip(LIBRARIES, found[1:-2], strict=True) if check.state == "ok"]
    return found + [_backend(name) for name in backends if ready]


def _card() -> Check:
    try:
        gpu = find_gpu()
    except BackendError as error:
        return _noted("NVIDIA card", error)
    detail = f"{gpu.name}, compute capability {gpu.capability}, driver {gpu.driver}, "
    return Check("NVIDIA card", "ok", detail + f"{gpu.memory_bytes / 2**30:.0f} GiB")


def _library(name: str) -> Check:
    module, fix = LIBRARIES[name]
    if importlib.util.find_spec(module) is None:
        return Check(name, "warn", "not installed", fix)
    try:
        library = open_library(name)
    except BackendError as error:
        return _noted(name, error)
    cards = ", ".join(library.capabilities())
    what = f"compiles without a card, for {cards}" if cards else "compiles on the card here"
    return Check(name, "ok", f"{library.version}, {what}")


def _pycuda() -> Check:
    from eyebrush.backends.cuda import FIX

    fix = FIX.removeprefix("fix: ")
    if importlib.util.find_spec("pycuda") is None:
        return Check("PyCUDA", "warn", "not installed; engines cannot run without it", fix)
    try:
        importlib.import_module("pycuda.driver")
    except ImportError as error:
        return Check("PyCUDA", "warn", f"cannot be imported ({error})", fix)
    return Check("PyCUDA", "ok", version("pycuda"))


def _cache() -> Check:
    from eyebrush.engines.cache import EngineCache

    cache = EngineCache()
    try:
        count = len(cache.entries())
    except EyebrushError as error:
        return _noted("engines", error)
    size_mb = cache.size_bytes() / 1e6
    return Check("engines", "ok", f"{count} compiled, {size_mb:.1f} MB in {cache.folder}")


def _backend(name: str) -> Check:
    """One stereo pair through an engine, compiled if need be."""
    from eyebrush.backends.engine_source import EngineSource

    path = resources.asset(resources.FIELD_NETWORK)
    try:
        session = EngineSource(name, path, "f16").session(2, 128, 128, lambda what: None)
        buffers = session.new_buffers()
        session.run(buffers)
        started = time.perf_counter()
        session.run(buffers)
    except EyebrushError as error:
        return _noted(f"backend {name}", error)
    took_ms = (time.perf_counter() - started) * 1e3
    info = session.info
    return Check(
        f"backend {name}",
        "ok",
        f"{info.version} on {info.device_name}, {info.precision}: {took_ms:.2f} ms for a 512x512 "
        "stereo pair",
    )


def _noted(name: str, error: EyebrushError) -> Check:
    detail, _, fix = str(error).partition("; fix: ")
    return Check(name, "warn", detail, fix)
