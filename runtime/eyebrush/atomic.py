"""Write beside and rename: an output is there whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eyebrush.errors import InputError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder (and with the same suffix); on success it takes
    ``path``'s place, on any error or interrupt it is removed. Parent folders are made.

    Raises InputError where ``path`` cannot be written.
    """
    if path.is_dir():
        raise InputError(
            got=f"output {path}, which is a folder", wanted="a file name", fix=f"-o {path}/NAME"
        )
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".eyebrush-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's 0600 would stay with the output
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> InputError:
    """The one error for an output that cannot be written."""
    return InputError(
        got=f"output {path} ({error.strerror or error})",
        wanted="a place that can be written to",
        fix="choose another -o, or check permissions and free space",
    )


def check_writable_folder(folder: Path) -> None:
    """Make ``folder`` and write a probe file: find out before the work, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".eyebrush-", dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
