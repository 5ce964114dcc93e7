"""Numbers of a glTF file: accessors as arrays. (pygltflib leaves them as bytes.)"""

from __future__ import annotations

from typing import Any

import numpy as np

from eyebrush.errors import InputError

TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
TRIANGLES, STRIP, FAN = 4, 5, 6


def read_accessor(document: Any, buffers: list[bytes], index: int, name: str) -> np.ndarray:
    """[count, width]: float64, normalised where the accessor says so; indices stay whole numbers.

    document: a pygltflib.GLTF2. Raises InputError, calling the file ``name``.
    """
    accessor = _item(document.accessors, index, "accessor", name)
    what = f"{name}: accessor {index}"
    if accessor.sparse is not None or accessor.bufferView is None:
        raise InputError(
            got=f"{what}, which is sparse or without data",
            wanted="texture coordinates and positions as plain accessors",
            fix="export the model without sparse accessors",
        )
    dtype = np.dtype(TYPES.get(accessor.componentType, "V0"))
    width = WIDTHS.get(accessor.type, 0)
    if not dtype.itemsize or not width:
        raise InputError(
            got=f"{what} of {accessor.type}, component type {accessor.componentType}",
            wanted="numbers as glTF 2.0 defines them",
            fix="export the model again",
        )
    view = _item(document.bufferViews, accessor.bufferView, "buffer view", name)
    data = view_bytes(document, buffers, accessor.bufferView, name)
    element = dtype.itemsize * width
    stride = view.byteStride or element
    start = accessor.byteOffset or 0
    count = accessor.count or 0
    need = start + stride * (count - 1) + element if count > 0 else 0
    if count < 0 or start < 0 or stride < element or need > len(data):
        raise InputError(
            got=f"{what} that needs {need} bytes of a buffer view of {len(data)}",
            wanted="accessors that lie inside of their buffer views",
            fix="the file is damaged: export the model again",
        )
    rows = np.ndarray((count, width), dtype, data, start, (stride, dtype.itemsize))
    if dtype.kind == "u" and not accessor.normalized and width == 1:
        return rows.astype(np.int64)
    values = rows.astype(np.float64)
    if accessor.normalized and dtype.kind != "f":
        values = np.maximum(values / np.iinfo(dtype).max, -1.0)
    if not np.isfinite(values).all():
        raise InputError(
            got=f"{what} with NaN or Inf", wanted="finite numbers", fix="export the model again"
        )
    return values


def view_bytes(document: Any, buffers: list[bytes], index: int, name: str) -> bytes:
    """The bytes of a buffer view."""
    view = _item(document.bufferViews, index, "buffer view", name)
    start, length = view.byteOffset or 0, view.byteLength or 0
    data = _item(buffers, view.buffer, "buffer", name)
    if start < 0 or length < 0 or start + length > len(data):
        raise InputError(
            got=f"{name}: buffer view {index} of bytes {start} to {start + length}, "
            f"in a buffer of {len(data)}",
            wanted="buffer views that lie inside of their buffers",
            fix="the file is damaged: export the model again",
        )
    return data[start : start + length]


def triangles(index: np.ndarray, mode: int) -> np.ndarray:
    """[T, 3] corners of a list, a strip or a fan of triangles; none for points and lines."""
    if mode == TRIANGLES:
        return index[: len(index) // 3 * 3].reshape(-1, 3)
    if mode == STRIP and len(index) >= 3:
        return np.stack([index[:-2], index[1:-1], index[2:]], axis=1)
    if mode == FAN and len(index) >= 3:
        first = np.full(len(index) - 2, index[0])
        return np.stack([first, index[1:-1], index[2:]], axis=1)
    return np.zeros((0, 3), np.int64)


def _item(items: list[Any], index: Any, what: str, name: str) -> Any:
    if not isinstance(index, int) or not 0 <= index < len(items):
        raise InputError(
            got=f"{name}: {what} {index}, of {len(items)}",
            wanted="references to what the file holds",
            fix="the file is damaged: export the model again",
        )
    return items[index]
