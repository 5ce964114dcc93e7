"""A model written with new base-colour textures, beside and renamed; all else stays as it was."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from eyebrush.atomic import replacing
from eyebrush.errors import InputError
from eyebrush.retexture.container import broken_said
from eyebrush.retexture.model import BaseColour, Model, texture_index

ALIGN = 16  # what follows a replaced picture moves by multiples of this


def write_model(
    model: Model, pictures: list[bytes], out: Path, check: Callable[[Path], None]
) -> list[Path]:
    """Write ``model`` with ``pictures``, one for each of ``model.base_colours``; the files written,
    the model last, after ``check`` has seen it. ``model`` itself is used up.

    Raises InputError where that would touch the original or a stranger's file.
    """
    _refuse_same(model, out)
    with broken_said(model.name):
        files = _replaced(model, pictures, out)
    new = {path: data for path, data in files.items() if not _is(path, data)}
    fresh = [path for path in (*new, out) if not path.exists()]
    try:
        for path, data in new.items():
            with replacing(path) as temporary:
                temporary.write_bytes(data)
        with replacing(out) as temporary:
            with broken_said(model.name):
                data = _document_bytes(model, out)
            temporary.write_bytes(data)
            check(temporary)
    except BaseException:
        for path in fresh:
            path.unlink(missing_ok=True)
        raise
    return [*files, out]


def _replaced(model: Model, pictures: list[bytes], out: Path) -> dict[Path, bytes]:
    """Put the pictures into the model; the files to write beside it."""
    files: dict[Path, bytes] = {}
    views: dict[int, bytes] = {}
    for found, data in zip(model.base_colours, pictures, strict=True):
        image = model.document.images[_own_image(model, found)]
        if image.bufferView is not None:
            views[image.bufferView] = data
        elif image.uri.startswith("data:"):
            image.uri = _data_uri(data, image.uri.partition(";")[0].removeprefix("data:"))
        else:
            old = Path(unquote(image.uri))
            name = old.with_name(f"{out.stem}-{old.name}")
            image.uri = quote(name.as_posix())
            files[out.parent / name] = data
    for index in {model.document.bufferViews[v].buffer for v in views}:
        files.update(_splice(model, index, views, out))
    if out.parent.resolve() != model.path.parent.resolve():
        files.update(_companions(model, out.parent, files))
    return files


def _is(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _document_bytes(model: Model, out: Path) -> bytes:
    document = model.document
    if out.suffix.lower() == ".glb":
        document.set_binary_blob(model.buffers[0])
        return b"".join(document.save_to_bytes())
    text: str = document.gltf_to_json()
    return text.encode("utf-8")


def _refuse_same(model: Model, out: Path) -> None:
    kind = ".glb" if model.binary else ".gltf"
    if out.suffix.lower() != kind:
        raise InputError(
            got=f"output {out}", wanted=f"a name ending in {kind}, as the input", fix="rename it"
        )
    if out.exists() and out.samefile(model.path):
        raise InputError(
            got=f"output {out}, which is the input",
            wanted="another file: originals are never touched",
            fix="choose another -o",
        )
    if model.binary and len(model.buffers) != 1:
        raise InputError(
            got=f"{model.name}, a .glb with {len(model.buffers)} buffers",
            wanted="a .glb whose data is inside of it",
            fix="export the model again as .glb",
        )


def _own_image(model: Model, found: BaseColour) -> int:
    """The image to replace. Where the picture is also a normal map, an emission or the like, base
    colour gets an image of its own, and textures of their own where these are shared."""
    document = model.document
    base = {texture_index(info) for info in found.texture_info}
    others = set(model.other_textures())
    if not any(model.image_of(t) == found.image for t in others):
        return found.image
    image = copy.deepcopy(document.images[found.image])
    if image.bufferView is not None:
        view = copy.deepcopy(document.bufferViews[image.bufferView])
        document.bufferViews.append(view)  # of the same bytes: _splice sees that they are shared
        image.bufferView = len(document.bufferViews) - 1
    document.images.append(image)
    new = len(document.images) - 1
    for index in sorted(base):
        texture = document.textures[index]
        if index in others:
            texture = copy.deepcopy(texture)
            document.textures.append(texture)
            for info in found.texture_info:
                if texture_index(info) == index:
                    _set_index(info, len(document.textures) - 1)
        webp = (texture.extensions or {}).get("EXT_texture_webp")
        if webp:
            webp["source"] = new
        else:
            texture.source = new
    return new


def _set_index(info: Any, index: int) -> None:
    if isinstance(info, dict):
        info["index"] = index
    else:
        info.index = index


def _splice(model: Model, index: int, views: dict[int, bytes], out: Path) -> dict[Path, bytes]:
    """New bytes for views of one buffer, in place; at its end where other views share the old ones.
    A buffer in a file becomes a file beside ``out``."""
    document, data = model.document, model.buffers[index]
    mine = [(k, v) for k, v in enumerate(document.bufferViews) if v.buffer == index]
    order = sorted(
        (pair for pair in mine if pair[0] in views), key=lambda p: -(p[1].byteOffset or 0)
    )
    for number, view in order:
        new = views[number]
        start, length = view.byteOffset or 0, view.byteLength
        shared = any(
            k != number
            and (v.byteOffset or 0) < start + length
            and (v.byteOffset or 0) + v.byteLength > start
            for k, v in mine
        )
        if shared:
            view.byteOffset = -(-len(data) // ALIGN) * ALIGN
            data = data.ljust(view.byteOffset, b"\0") + new
        else:
            padded = new + b"\0" * ((length - len(new)) % ALIGN)
            for k, v in mine:
                if k != number and (v.byteOffset or 0) >= start + length:
                    v.byteOffset += len(padded) - length
            data = data[:start] + padded + data[start + length :]
        view.byteLength = len(new)
    model.buffers[index] = data
    buffer = document.buffers[index]
    buffer.byteLength = len(data)
    if buffer.uri is None:
        return {}
    if buffer.uri.startswith("data:"):
        buffer.uri = _data_uri(data, "application/octet-stream")
        return {}
    old = Path(unquote(buffer.uri))
    name = old.with_name(f"{out.stem}-{old.name}")
    buffer.uri = quote(name.as_posix())
    return {out.parent / name: data}


def _companions(model: Model, folder: Path, files: dict[Path, bytes]) -> dict[Path, bytes]:
    """What else the model names, for a folder of its own."""
    found = {}
    for uri in [r.uri for r in (*model.document.buffers, *model.document.images)]:
        if not uri or uri.startswith("data:"):
            continue
        target = folder / unquote(uri)
        if target in files:
            continue
        data = model.resource(uri, "file")
        if target.exists() and not _is(target, data):
            raise InputError(
                got=f"{target}, which is there already and is another file",
                wanted=f"room for {unquote(uri)}, which belongs to {model.name}",
                fix="choose an empty folder for -o",
            )
        found[target] = data
    return found


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
