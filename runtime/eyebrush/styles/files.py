"""Style files (.safetensors): one file, one network, one or more styles.

Tensors ``<name>/code`` [K] float32 and ``<name>/tone_out`` [3, 4] float32. Metadata:
``format`` = "eyebrush-styles/1", ``network`` = id, ``styles`` = JSON {name: {title, ...}}.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from eyebrush.atomic import replacing
from eyebrush.errors import InputError
from eyebrush.styles.style import Style

FORMAT = "eyebrush-styles/1"
SUFFIX = ".safetensors"
MAX_BYTES = 64 << 20  # a style is some kilobytes; anything near this is another kind of file


def read_styles(path: Path) -> dict[str, Style]:
    """Every style of a file, by name. InputError where the file is not a sound style file."""
    wanted = f"a style file ({FORMAT}) as made by: eyebrush style add"
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(got=f"{path} of {size} bytes", wanted=wanted, fix="pass a style file")
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (no dict)
    except FileNotFoundError as error:
        raise InputError(got=f"no file {path}", wanted=wanted, fix="check the path") from error
    except (OSError, SafetensorError, ValueError, TypeError) as error:
        raise InputError(
            got=f"{path}, which is damaged or no safetensors file ({_first_line(error)})",
            wanted=wanted,
            fix="make it again: eyebrush style add PAINTING",
        ) from error
    if metadata.get("format") != FORMAT:
        raise InputError(
            got=f"{path} with format {metadata.get('format')!r}",
            wanted=wanted,
            fix="make it again with this version: eyebrush style add PAINTING",
        )
    try:
        described = json.loads(metadata["styles"])
        return {
            name: Style(
                name=name,
                code=tensors[f"{name}/code"],
                tone_out=tensors[f"{name}/tone_out"],
                network=metadata["network"],
                info={str(k): str(v) for k, v in info.items()},
            )
            for name, info in described.items()
        }
    except (KeyError, AttributeError, json.JSONDecodeError) as error:
        raise InputError(
            got=f"{path} with incomplete contents ({_first_line(error)})",
            wanted=wanted,
            fix="make it again: eyebrush style add PAINTING",
        ) from error


def write_styles(path: Path, styles: Sequence[Style]) -> None:
    """Write styles of one network to a file, beside and renamed."""
    networks = sorted({s.network for s in styles})
    if len(networks) != 1:
        raise InputError(
            got=f"styles of {len(networks)} networks",
            wanted="one or more styles of one network in a file",
            fix="write one file for each network",
        )
    tensors: dict[str, np.ndarray] = {}
    for style in styles:
        tensors[f"{style.name}/code"] = np.ascontiguousarray(style.code)
        tensors[f"{style.name}/tone_out"] = np.ascontiguousarray(style.tone_out)
    described = {s.name: dict(s.info) for s in styles}
    metadata = {
        "format": FORMAT,
        "network": networks[0],
        "styles": json.dumps(described, ensure_ascii=False),
    }
    with replacing(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
