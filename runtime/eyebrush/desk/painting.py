"""A stranger's picture file, decoded in a process of its own that can do little harm."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile

import numpy as np

from eyebrush.errors import InputError

MAX_PAINTING_BYTES = 32 << 20
DECODE_S = 30.0


def decode_apart(data: bytes) -> np.ndarray:
    """A picture file's bytes -> [H, W, 3] uint8, in a process of its own. Raises InputError."""
    with tempfile.NamedTemporaryFile(prefix="eyebrush-painting-") as file:
        file.write(data)
        file.flush()
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-m", "eyebrush.desk.decode", file.name],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                timeout=DECODE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                got=f"a picture that takes more than {DECODE_S:.0f} s to decode",
                wanted="an ordinary one",
                fix="save it as PNG or JPEG",
            ) from error
        head, _, pixels = done.stdout.partition(b"\n")
    try:
        told = json.loads(head)
        if "got" in told:
            told["got"] = told["got"].replace(file.name, "the file")
            raise InputError(**told)
        shape = (int(told["height"]), int(told["width"]), 3)
        return np.frombuffer(pixels, np.uint8).reshape(shape)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            got=f"a picture that its decoder died of (exit {done.returncode})",
            wanted="an intact one",
            fix="save it as PNG or JPEG",
        ) from error
