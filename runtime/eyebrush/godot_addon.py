"""The Godot addon that this installation brings: where it is."""

from __future__ import annotations

import sys
from pathlib import Path

from eyebrush.errors import BackendError


def _installed() -> Path:
    """What the build installed beside the native core: the addon, and its native library."""
    from eyebrush import _core

    return Path(_core.__file__).parent / "godot_addon"


def folder() -> Path:
    """The addon's folder, without its native library: a checkout's own, or the installed one."""
    checkout = Path(__file__).parents[2] / "engine_bridge" / "godot" / "addons" / "eyebrush"
    return checkout if checkout.is_dir() else _installed()


def library() -> Path:
    """The addon's native library for this machine. Raises BackendError where it was not built."""
    binaries = _installed() / "bin"
    found = sorted(binaries.glob("*eyebrush*"))
    if not found:
        raise BackendError(
            f"got no native library in {binaries}; wanted one for {sys.platform}; "
            "fix: reinstall eyebrush"
        )
    return found[0]
