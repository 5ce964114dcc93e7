"""Folders that ``eyebrush install`` puts into an engine's project, and takes out again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from eyebrush.errors import InputError

BEFORE = ".eyebrush-before"  # beside the folder: what was there before the first install
MARK = ".eyebrush-installed"  # in a folder that `put` made


def shipped(name: str) -> Path:
    """What the build installed beside the native core under this name."""
    from eyebrush import _core

    return Path(_core.__file__).parent / name


def checkout(*parts: str) -> Path | None:
    """A folder of engine_bridge where this package runs from a checkout, else None."""
    folder = Path(__file__).parents[2].joinpath("engine_bridge", *parts)
    return folder if folder.is_dir() else None


def put(target: Path, fill: Callable[[Path], None]) -> None:
    """Make ``target`` what ``fill`` writes into the empty folder that it is given.

    What somebody else put there is kept for :func:`take_out`; what this made before is replaced.
    Raises InputError where the place cannot be written, and then leaves it as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".eyebrush-", dir=target.parent) as name:
            fresh = Path(name) / target.name
            fresh.mkdir()
            fill(fresh)
            (fresh / MARK).touch()
            if target.exists():
                ours = (target / MARK).exists()
                target.rename(Path(name) / "old" if ours else target.parent / BEFORE)
            fresh.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from error


def take_out(target: Path) -> bool:
    """Remove what :func:`put` made, and folders that are empty then; True where something from
    before was put back. Raises InputError where there is nothing of ours."""
    if not (target / MARK).exists():
        raise InputError(
            got=f"nothing in {target} that this command installed",
            wanted="something to take out",
            fix="remove the folder by hand",
        )
    before = target.parent / BEFORE
    try:
        shutil.rmtree(target)
        if before.exists():
            before.rename(target)
            return True
        for parent in target.parents:
            if any(parent.iterdir()):
                break
            parent.rmdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    return False


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(
        got=f"{target} ({error.strerror})", wanted="a folder to write", fix="check its permissions"
    )
