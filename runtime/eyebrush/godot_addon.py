"""The Godot addon that this installation brings: where it is, into a project and out again."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from eyebrush.errors import BackendError, InputError

BEFORE = ".eyebrush-before"  # beside the addon: what was there before the first install
MARK = ".eyebrush-installed"  # in an addon that `install` made


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


def install(project: Path) -> Path:
    """Copy the addon and this machine's library to PROJECT/addons/eyebrush; gives that folder.

    An addon that somebody else put there is kept for :func:`uninstall`. Raises InputError where the
    project is none or cannot be written, and then leaves it as it was.
    """
    target = _addon_of(project)
    binary = library()
    try:
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".eyebrush-", dir=target.parent) as name:
            fresh = Path(name) / "eyebrush"
            shutil.copytree(folder(), fresh, ignore=shutil.ignore_patterns("bin"))
            (fresh / "bin").mkdir()
            shutil.copy2(binary, fresh / "bin")
            (fresh / MARK).touch()
            if target.exists():
                ours = (target / MARK).exists()
                target.rename(Path(name) / "old" if ours else target.parent / BEFORE)
            fresh.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    return target


def uninstall(project: Path) -> bool:
    """Take the addon out; True where one from before :func:`install` was put back."""
    target = _addon_of(project)
    if not (target / MARK).exists():
        raise InputError(
            got=f"no addon in {target} that this command installed",
            wanted="one to take out",
            fix="remove the folder by hand",
        )
    before = target.parent / BEFORE
    try:
        shutil.rmtree(target)
        if before.exists():
            before.rename(target)
            return True
        if not any(target.parent.iterdir()):
            target.parent.rmdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    return False


def _addon_of(project: Path) -> Path:
    if not (project / "project.godot").is_file():
        raise InputError(
            got=f"{project} without a project.godot",
            wanted="the folder of a Godot project",
            fix="name the folder that project.godot is in",
        )
    return project / "addons" / "eyebrush"


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(
        got=f"{target} ({error.strerror})", wanted="a folder to write", fix="check its permissions"
    )
