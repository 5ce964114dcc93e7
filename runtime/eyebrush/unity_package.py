"""The Unity package that this installation brings: where it is, into a project and out again."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from eyebrush import plugin_folder
from eyebrush.errors import BackendError, InputError

NAME = "com.eyebrush.eyebrush"
OLDEST = (6000, 0)  # Unity 6
INSTALLED = "unity_package"  # the package, and its native libraries, beside the native core
LIBRARIES = ("libeyebrush_bridge.so", "eyebrush_bridge.dll")  # Linux, Windows
# Unity hides folders that end so: the libraries' import settings are kept there until they come.
SETTINGS = Path("Plugins~") / "x86_64"
BINARIES = Path("Plugins") / "x86_64"


def folder() -> Path:
    """The package without its native libraries: a checkout's own, or the installed one."""
    return plugin_folder.checkout("unity") or plugin_folder.shipped(INSTALLED)


def libraries() -> list[Path]:
    """The native libraries that were built. Raises BackendError where there is none."""
    place = plugin_folder.shipped(INSTALLED) / SETTINGS
    found = [place / name for name in LIBRARIES if (place / name).is_file()]
    if not found:
        raise BackendError(
            f"got no native library in {place}; wanted one for Unity on x86-64; fix: reinstall "
            f"eyebrush (this is {sys.platform})"
        )
    return found


def install(project: Path) -> Path:
    """Put the package with its native libraries into PROJECT/Packages; gives the folder made.

    A project that has the package already by its manifest (a git URL, a path) gets the libraries
    alone, in Assets/Plugins/Eyebrush. What was there before is kept for :func:`uninstall`. Raises
    InputError where the project is none, too old, or cannot be written, and leaves it as it was.
    """
    target = _target(project)
    binaries = libraries()
    whole = target.name == NAME

    def fill(fresh: Path) -> None:
        if whole:
            ignored = shutil.ignore_patterns(SETTINGS.parts[0])
            shutil.copytree(folder(), fresh, ignore=ignored, dirs_exist_ok=True)
        place = fresh / BINARIES if whole else fresh / BINARIES.name
        place.mkdir(parents=True)
        for binary in binaries:
            shutil.copy2(binary, place)
            shutil.copy2(folder() / SETTINGS / f"{binary.name}.meta", place)

    plugin_folder.put(target, fill)
    return target


def uninstall(project: Path) -> bool:
    """Take out what :func:`install` put in; True where something from before was put back."""
    return plugin_folder.take_out(_target(project))


def _target(project: Path) -> Path:
    version = project / "ProjectSettings" / "ProjectVersion.txt"
    if not version.is_file() or not (project / "Assets").is_dir():
        raise InputError(
            got=f"{project} without Assets and ProjectSettings/ProjectVersion.txt",
            wanted="the folder of a Unity project",
            fix="name the folder that Assets is in; open the project in Unity once",
        )
    found = re.search(r"m_EditorVersion: ((\d+)\.(\d+)\S*)", version.read_text("utf-8"))
    if found is None or (int(found[2]), int(found[3])) < OLDEST:
        raise InputError(
            got=f"a project of Unity {found[1] if found else '(unknown)'}",
            wanted="Unity 6000.0 (Unity 6) or newer, with URP 17",
            fix="open the project in Unity 6 first",
        )
    packages = project / "Packages"
    if NAME in _dependencies(packages / "manifest.json"):
        return project / "Assets" / "Plugins" / "Eyebrush"
    return packages / NAME


def _dependencies(manifest: Path) -> dict[str, str]:
    if not manifest.is_file():
        return {}
    try:
        dependencies: dict[str, str] = json.loads(manifest.read_text("utf-8"))["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            got=f"{manifest} that is no manifest ({error})",
            wanted='JSON with "dependencies"',
            fix="open the project in Unity once, which mends it",
        ) from error
    return dependencies
