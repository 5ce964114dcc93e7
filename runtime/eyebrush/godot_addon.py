"""The Godot addon that this installation brings: where it is, into a project and out again."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from eyebrush import plugin_folder
from eyebrush.errors import BackendError, InputError

INSTALLED = "godot_addon"  # the addon, and its native library, beside the native core


def folder() -> Path:
    """The addon's folder, without its native library: a checkout's own, or the installed one."""
    own = plugin_folder.checkout("godot", "addons", "eyebrush")
    return own or plugin_folder.shipped(INSTALLED)


def library() -> Path:
    """The addon's native library for this machine. Raises BackendError where it was not built."""
    binaries = plugin_folder.shipped(INSTALLED) / "bin"
    found = sorted(binaries.glob("*eyebrush*"))
    if not found:
        raise BackendError(
            f"got no native library in {binaries}; wanted one for {sys.platform}; "
            "fix: reinstall eyebrush"
        )
    return found[0]


def install(project: Path) -> Path:
    """Copy the addon and this machine's library to PROJECT/addons/eyebrush; gives that folder.

    An addon that somebody else put there is kept for :func:`uninstall`. Raises InputError where the
    project is none or cannot be written, and then leaves it as it was.
    """
    target = _addon_of(project)
    binary = library()

    def fill(fresh: Path) -> None:
        ignored = shutil.ignore_patterns("bin")
        shutil.copytree(folder(), fresh, ignore=ignored, dirs_exist_ok=True)
        (fresh / "bin").mkdir()
        shutil.copy2(binary, fresh / "bin")

    plugin_folder.put(target, fill)
    return target


def uninstall(project: Path) -> bool:
    """Take the addon out; True where one from before :func:`install` was put back."""
    return plugin_folder.take_out(_addon_of(project))


def _addon_of(project: Path) -> Path:
    if not (project / "project.godot").is_file():
        raise InputError(
            got=f"{project} without a project.godot",
            wanted="the folder of a Godot project",
            fix="name the folder that project.godot is in",
        )
    return project / "addons" / "eyebrush"
