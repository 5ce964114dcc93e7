"""The outer parts of a glTF file: .glb or .gltf, its JSON, and pygltflib's view of it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from eyebrush.errors import BackendError, InputError

JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942
WANTED = "a glTF 2.0 file (.glb or .gltf)"
UNSUPPORTED = {
    "KHR_draco_mesh_compression": "Draco-compressed meshes",
    "EXT_meshopt_compression": "meshopt-compressed buffers",
    "KHR_meshopt_compression": "meshopt-compressed buffers",
    "KHR_texture_basisu": "Basis-compressed textures (KTX2)",
    "MSFT_texture_dds": "DDS textures",
}


@contextmanager
def broken_said(name: str) -> Iterator[None]:
    """What a structure leads to that is not as glTF demands, as an InputError."""
    try:
        yield
    except InputError:
        raise
    except (TypeError, AttributeError, LookupError, ValueError, OverflowError) as error:
        raise InputError(
            got=f"{name}, whose structure is broken ({type(error).__name__}: {error})",
            wanted="a valid glTF 2.0 file",
            fix="export the model again",
        ) from error


def open_document(path: Path) -> tuple[dict[str, Any], Any, bytes | None]:
    """(the JSON as it is, the same as pygltflib.GLTF2, the binary chunk of a .glb).

    Raises InputError for what is no glTF 2.0 or needs what is not supported, BackendError without
    pygltflib.
    """
    text, blob = _container(path)
    plain = _json(text, str(path))
    _refuse_unsupported(plain, str(path))
    return plain, _parse(text, str(path)), blob


def companions(path: Path) -> list[Path]:
    """The files that a model names and that lie in its folder or below, there or not; none for
    what is no model. Says nothing about a broken one: opening it does."""
    try:
        document = json.loads(_container(path)[0].decode("utf-8-sig"))
        uris = [r.get("uri") for key in ("buffers", "images") for r in document.get(key, ())]
    except (InputError, ValueError, AttributeError, TypeError, RecursionError):
        return []
    named = [Path(unquote(u)) for u in uris if isinstance(u, str) and not u.startswith("data:")]
    inside = [n for n in named if not n.is_absolute() and ".." not in n.parts]
    return [path.parent / name for name in dict.fromkeys(inside)]


def _container(path: Path) -> tuple[bytes, bytes | None]:
    """(JSON, binary chunk) of a .glb or .gltf file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            got=f"{path} ({error.strerror or error})", wanted=WANTED, fix="check the path"
        ) from error
    if data[:4] != b"glTF":
        if path.suffix.lower() == ".glb" or not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
            b"{"
        ):
            raise InputError(
                got=f"{path}, {len(data)} bytes that are no glTF",
                wanted=WANTED,
                fix="export the model from its program as glTF 2.0",
            )
        return data, None
    damaged = InputError(
        got=f"{path}, a damaged .glb of {len(data)} bytes",
        wanted=WANTED,
        fix="get an intact copy of it, or export it again",
    )
    if len(data) < 20:
        raise damaged
    _, version, length, size, kind = struct.unpack("<5I", data[:20])
    if version != 2:
        raise InputError(
            got=f"{path}, glTF version {version}", wanted=WANTED, fix="export it as glTF 2.0"
        )
    if kind != JSON_CHUNK or length > len(data) or 20 + size > length:
        raise damaged
    rest = data[20 + size : length]
    if not rest:
        return data[20 : 20 + size], None
    if len(rest) < 8:
        raise damaged
    blob_size, kind = struct.unpack("<2I", rest[:8])
    if kind != BIN_CHUNK or 8 + blob_size > len(rest):
        raise damaged
    return data[20 : 20 + size], rest[8 : 8 + blob_size]


def _json(text: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(text.decode("utf-8-sig"))
        version = str(document["asset"]["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            got=f"{name}, whose JSON cannot be read ({type(error).__name__}: {error})",
            wanted=WANTED,
            fix="export the model again",
        ) from error
    if not version.startswith("2."):
        raise InputError(
            got=f"{name}, glTF version {version}", wanted="glTF 2.0", fix="export it as glTF 2.0"
        )
    return dict(document)


def _refuse_unsupported(document: dict[str, Any], name: str) -> None:
    lists = (document.get(key) for key in ("extensionsUsed", "extensionsRequired"))
    used = {str(name) for names in lists if isinstance(names, list) for name in names}
    for extension in sorted(used & set(UNSUPPORTED)):
        raise InputError(
            got=f"{name} with {UNSUPPORTED[extension]} ({extension})",
            wanted="plain meshes, and textures as PNG, JPEG or WebP",
            fix="export the model without that compression",
        )


def _parse(text: bytes, name: str) -> Any:
    try:
        from pygltflib import GLTF2
    except ImportError as error:
        raise BackendError(
            f"models need pygltflib ({error}); fix: pip install 'eyebrush[assets]'"
        ) from error
    try:
        return GLTF2.from_json(text.decode("utf-8-sig"), infer_missing=True)
    except Exception as error:  # whatever a broken structure leads the library to
        raise InputError(
            got=f"{name}, whose structure is broken ({type(error).__name__}: {error})",
            wanted="a valid glTF 2.0 file",
            fix="export the model again",
        ) from error
