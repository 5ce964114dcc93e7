"""A written model, read again: is it valid, and is everything as it was but the base colours?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.errors import EyebrushError, InputError
from eyebrush.retexture.accessors import TYPES, WIDTHS, view_bytes
from eyebrush.retexture.container import broken_said
from eyebrush.retexture.model import Model
from eyebrush.retexture.texture import decode

SIZES = {**WIDTHS, "MAT2": 4, "MAT3": 9, "MAT4": 16}
# What a new picture may change in the JSON; all else has to be there again, with its value. Which
# picture a texture has is checked by the pictures' bytes.
CHANGED = {"byteLength", "byteOffset", "uri", "source"}
RENUMBERED = ("baseColorTexture.index", "diffuseTexture.index")


def check_model(original: Model, written: Path, pictures: list[bytes]) -> None:
    """Raises InputError that says what is amiss. ``original``: read anew, as ``write_model`` uses a
    model up; pictures: what its base colours had to become."""
    try:
        again = Model(written)
        with broken_said(str(written)):
            _check_bounds(again)
    except EyebrushError as error:
        raise _amiss(original, f"what was written is no valid model ({error})") from error
    lost = _lost(original.plain, again.plain, "")
    if lost:
        raise _amiss(original, f"{lost} would be lost or changed")
    for found, picture in zip(original.base_colours, pictures, strict=True):
        restyled = [b for b in again.base_colours if b.materials & found.materials]
        if not any(b.data == picture for b in restyled):
            raise _amiss(original, f"{original.image_name(found.image)} is not the new picture")
        before, after = decode(found.data, "the plain"), decode(picture, "the restyled")
        if before.color.shape != after.color.shape:
            raise _amiss(original, f"size {after.color.shape}, not {before.color.shape}")
        if not np.array_equal(before.color[..., 3:], after.color[..., 3:]):
            raise _amiss(original, f"{original.image_name(found.image)} with another alpha")
    others = {original.image_of(t) for t in original.other_textures()}
    for texture in set(original.other_textures()):
        old, new = original.image_of(texture), again.image_of(texture)
        if original.image_bytes(old) != again.image_bytes(new):
            raise _amiss(original, f"{original.image_name(old)} would change")
    replaced = {found.image for found in original.base_colours} - others
    pictures_at = {original.document.images[i].bufferView for i in replaced}
    for index in set(range(len(original.document.bufferViews))) - pictures_at:
        old_bytes = view_bytes(original.document, original.buffers, index, original.name)
        if old_bytes != view_bytes(again.document, again.buffers, index, again.name):
            raise _amiss(original, f"buffer view {index} would change")


def _check_bounds(model: Model) -> None:
    """Every accessor lies inside of its view, every view inside of its buffer."""
    for index, accessor in enumerate(model.document.accessors):
        if accessor.bufferView is None:
            continue
        data = view_bytes(model.document, model.buffers, accessor.bufferView, model.name)
        element = np.dtype(TYPES[accessor.componentType]).itemsize * SIZES[accessor.type]
        stride = model.document.bufferViews[accessor.bufferView].byteStride or element
        need = (accessor.byteOffset or 0) + stride * (accessor.count - 1) + element
        if need > len(data):
            raise InputError(
                got=f"accessor {index} beyond its view", wanted="data inside", fix="report it"
            )


def _lost(before: Any, after: Any, path: str) -> str:
    """The path of the first thing in ``before`` that ``after`` has not; empty for none. The library
    writes defaults out and leaves empty lists and nulls away, which changes nothing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            here = f"{path}.{key}" if path else key
            if value in (None, [], {}) and not path.endswith("extensions"):
                continue
            if key not in after:
                return here
            if key in CHANGED or here.endswith(RENUMBERED):
                continue
            if found := _lost(value, after[key], here):
                return found
        return ""
    if isinstance(before, list) and isinstance(after, list):
        if len(after) < len(before):
            return path
        pairs = zip(before, after, strict=False)
        return next((f for i, (b, a) in enumerate(pairs) if (f := _lost(b, a, f"{path}[{i}]"))), "")
    return "" if before == after else path


def _amiss(model: Model, what: str) -> InputError:
    return InputError(
        got=f"{model.name}: {what}",
        wanted="a model of which nothing but base colours changes",
        fix="export it as plain glTF 2.0, and report it if that does not help",
    )
