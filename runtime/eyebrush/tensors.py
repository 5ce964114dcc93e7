"""Shipped files of arrays (.safetensors) that say their own format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from eyebrush.errors import InputError


@contextmanager
def shipped_tensors(
    path: Path, wanted_format: str, what: str
) -> Iterator[tuple[dict[str, str], dict[str, np.ndarray]]]:
    """Metadata and arrays of a file. What is wrong with the file, or with what the block finds in
    it (KeyError, ValueError), becomes an InputError that says "damaged or no ``what``"."""
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no dict)
        if about.get("format") != wanted_format:
            raise ValueError(f"format {about.get('format')!r}")
        yield about, tensors
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise InputError(
            got=f"{path}, which is damaged or no {what} ({str(error).splitlines()[0][:120]})",
            wanted=f"a file of the format {wanted_format}",
            fix="reinstall eyebrush, then run: eyebrush doctor",
        ) from error
