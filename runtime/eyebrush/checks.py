"""The checks behind ``eyebrush doctor``: each looks at one thing and never raises."""

from __future__ import annotations

import importlib.util
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

import eyebrush
from eyebrush import backends, resources
from eyebrush.engines.library import LIBRARIES
from eyebrush.errors import EyebrushError

REINSTALL = "pip install --force-reinstall eyebrush"


@dataclass(frozen=True)
class Check:
    """One finding. state: ok, warn (something optional is missing), fail (a basic is broken)."""

    name: str
    state: str
    detail: str
    fix: str = ""


def run_checks() -> list[Check]:
    """Every check, in the order in which a reader wants them."""
    found: list[Check] = []
    for name, check in CHECKS:
        try:
            found.extend(check())
        except EyebrushError as error:
            detail, _, fix = str(error).partition("; fix: ")
            found.append(Check(name, "fail", detail, fix or REINSTALL))
        except Exception as error:  # a doctor must not fall ill itself
            found.append(Check(name, "fail", f"{type(error).__name__}: {error}", REINSTALL))
    return found


def _versions() -> list[Check]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"
    needed = ("numpy", "pillow", "safetensors", "rich")
    have = ", ".join(f"{name} {_version(name)}" for name in needed)
    return [
        Check("eyebrush", "ok", f"{eyebrush.__version__}, {python}, {system}"),
        Check("libraries", "ok", have),
    ]


def _native_core() -> list[Check]:
    from eyebrush import ops, reference

    frame = np.random.default_rng(1).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    error = float(np.abs(ops.ingest(frame, 4) - reference.ingest(frame, 4)).max())
    if error > 1e-5:
        return [Check("native core", "fail", f"wrong results (off by {error:g})", REINSTALL)]
    return [Check("native core", "ok", ops.describe())]


def _assets() -> list[Check]:
    states = resources.verify()
    bad = [f"{name} {state}" for name, state in states.items() if state != "ok"]
    if bad:
        return [Check("shipped files", "fail", ", ".join(bad), REINSTALL)]
    return [Check("shipped files", "ok", f"{len(states)} files, all intact")]


def _backends() -> list[Check]:
    found = []
    for name, (_, fix) in backends.BACKENDS.items():
        if name in LIBRARIES:
            continue  # see checks_gpu.py
        if name not in backends.installed():
            found.append(Check(f"backend {name}", "warn", "not installed", fix))
            continue
        network = backends.load_field(resources.asset(resources.FIELD_NETWORK), name)
        session = network.session(2, 128, 128)
        session.inputs["rgb"][:] = 0.5
        session.inputs["fresh"][:] = 1.0
        buffers = session.new_buffers()
        session.run(buffers)
        started = time.perf_counter()
        session.run(buffers)
        took_ms = (time.perf_counter() - started) * 1e3
        info = network.describe()
        found.append(
            Check(
                f"backend {name}",
                "ok",
                f"{info.version} on {info.device} ({info.device_name}), {info.precision}, "
                f"{info.threads} threads; network {network.info.id}: {took_ms:.1f} ms for a "
                "512x512 stereo pair",
            )
        )
    if "openvino" not in backends.installed():
        found.append(Check("backends", "fail", "none is installed", "pip install openvino"))
    return found


def _gpu() -> list[Check]:
    from eyebrush.checks_gpu import gpu_checks

    return gpu_checks()


def _styles() -> list[Check]:
    from eyebrush.styles import open_library

    library = open_library()
    network = backends.load_field(resources.asset(resources.FIELD_NETWORK)).info
    library.default.require_network(network.id, network.code)
    own = library.own_names()
    found = [Check("styles", "ok", f"{len(library.shipped)} shipped, {len(own)} of your own")]
    for name in own:
        try:
            library.get(name)
        except EyebrushError as error:
            detail, _, fix = str(error).partition("; fix: ")
            found.append(Check(f"style {name}", "warn", detail, fix))
    return found


def _optional() -> list[Check]:
    """What the extras bring: by module, what it is for."""
    found = []
    for what, module, package, extra in (
        ("video files", "av", "PyAV", "video"),
        ("style desk", "starlette", "Starlette", "desk"),
    ):
        if importlib.util.find_spec(module) is None:
            fix = f"pip install 'eyebrush[{extra}]'"
            found.append(Check(what, "warn", f"{package} is missing", fix))
        else:
            found.append(Check(what, "ok", f"{package} {_version(module)}"))
    return found


def _headset() -> list[Check]:
    if importlib.util.find_spec("xr") is None:
        fix = "pip install 'eyebrush[xr]'"
        return [Check("headset (eyebrush xr)", "warn", "pyopenxr is missing", fix)]
    from eyebrush.xr.runtime import ask_runtime, openxr

    try:
        runtime = ask_runtime(openxr())
    except EyebrushError as error:
        detail, _, fix = str(error).partition("; fix: ")
        return [Check("headset (eyebrush xr)", "warn", detail, fix)]
    return [Check("headset (eyebrush xr)", "ok", f"pyopenxr {_version('pyopenxr')}, {runtime}")]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


CHECKS: tuple[tuple[str, Callable[[], list[Check]]], ...] = (
    ("versions", _versions),
    ("native core", _native_core),
    ("shipped files", _assets),
    ("backends", _backends),
    ("NVIDIA card", _gpu),
    ("styles", _styles),
    ("video files", _optional),
    ("headset", _headset),
)
