"""Instance and system: what can be missing is said in one line, with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eyebrush.errors import BackendError, EyebrushError

INSTALL = "pip install 'eyebrush[xr]'"
SYSTEM_LIBRARIES = (
    "apt-get install libgl1 libglx0 libx11-6, or what your system calls OpenGL and X11"
)
LOST = {-2, -13, -17, -51}  # runtime failure, instance lost, session lost, runtime unavailable
NO_RUNTIME = (
    "start SteamVR, Monado or your headset's own software and make it the active OpenXR runtime"
)


class HeadsetLostError(EyebrushError):
    """The session, the instance or the runtime itself has gone. A new session may work."""

    exit_code = 3


def check(xr: Any, result: int, call: str) -> int:
    """A raw call's result if it is no error. Raises HeadsetLostError, BackendError."""
    if result >= 0:
        return result
    name = xr.Result(result).name
    if result in LOST:
        raise HeadsetLostError(
            f"{call} gave {name}: the headset's runtime has gone; fix: restart it"
        )
    raise BackendError(f"{call} gave {name}; fix: report it, with the runtime's name")


def openxr() -> Any:
    """The module pyopenxr, imported when needed. Raises BackendError."""
    # The loader would print lines of its own beside ours.
    os.environ.setdefault("XR_LOADER_DEBUG", "none")
    try:
        import xr
    except ImportError as error:
        raise BackendError(f"eyebrush xr needs pyopenxr ({error}); fix: {INSTALL}") from None
    except (OSError, AttributeError) as error:  # what its OpenGL raises without libGL
        raise BackendError(
            f"pyopenxr misses a library of the system ({error}); fix: {SYSTEM_LIBRARIES}"
        ) from None
    return xr


def open_instance(xr: Any, needed: Sequence[str], wanted: Sequence[str]) -> tuple[Any, list[str]]:
    """An XrInstance with all ``needed`` extensions and those ``wanted`` that the runtime has.

    Returns it and the extensions switched on. Raises BackendError.
    """
    named = os.environ.get("XR_RUNTIME_JSON")
    if named and not Path(named).is_file():
        raise BackendError(
            f"XR_RUNTIME_JSON names {named}, which is no file; "
            "fix: let it name a runtime's manifest, or unset it"
        )
    try:
        offered = {_text(e.extension_name) for e in xr.enumerate_instance_extension_properties()}
    except xr.exception.XrException as error:
        raise _no_runtime(error, named) from None
    missing = [name for name in needed if name not in offered]
    if missing:
        raise BackendError(
            f"the OpenXR runtime does not offer {', '.join(missing)}; "
            "fix: choose another --graphics, or another runtime (XR_RUNTIME_JSON)"
        )
    enabled = [*needed, *(name for name in wanted if name in offered)]
    info = xr.InstanceCreateInfo(
        enabled_extension_names=enabled,
        application_info=xr.ApplicationInfo("Eyebrush", 1, "Eyebrush", 1, xr.Version(1, 0, 34)),
    )
    try:
        return xr.create_instance(info), enabled
    except xr.exception.XrException as error:
        raise _no_runtime(error, named) from None


def ask_runtime(xr: Any) -> str:
    """Which runtime answers, and whether it has a headset. Raises BackendError."""
    instance, _ = open_instance(xr, [], [])
    try:
        find_headset(xr, instance)
        return runtime_name(xr, instance)
    finally:
        xr.destroy_instance(instance)


def find_headset(xr: Any, instance: Any) -> Any:
    """The system id of a head-mounted display. Raises BackendError."""
    try:
        return xr.get_system(instance, xr.SystemGetInfo(xr.FormFactor.HEAD_MOUNTED_DISPLAY))
    except xr.exception.XrException as error:
        raise BackendError(
            f"the OpenXR runtime {runtime_name(xr, instance)} finds no headset "
            f"({_brief(error)}); fix: connect it and switch it on"
        ) from None


def runtime_name(xr: Any, instance: Any) -> str:
    """The runtime's own name and version."""
    found = xr.get_instance_properties(instance)
    v = xr.Version(found.runtime_version)
    return f"{_text(found.runtime_name)} {v.major}.{v.minor}.{v.patch}"


def _no_runtime(error: Exception, named: str | None) -> BackendError:
    place = f"XR_RUNTIME_JSON={named}" if named else "no XR_RUNTIME_JSON is set"
    return BackendError(f"no OpenXR runtime answers ({_brief(error)}; {place}); fix: {NO_RUNTIME}")


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(".: ")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
