"""The few Vulkan structures that uploading pixels takes (Vulkan 1.2), as ctypes."""

from __future__ import annotations

import ctypes as C
from typing import Any

POINTER, UINT, INT, HANDLE = C.c_void_p, C.c_uint32, C.c_int32, C.c_uint64


def _structure(name: str, *fields: tuple[str, Any]) -> Any:
    return type(name, (C.Structure,), {"_fields_": list(fields)})


def _typed(name: str, *fields: tuple[str, Any]) -> Any:
    return _structure(name, ("sType", UINT), ("pNext", POINTER), *fields)


ApplicationInfo = _typed(
    "ApplicationInfo",
    ("name", C.c_char_p),
    ("version", UINT),
    ("engine", C.c_char_p),
    ("engine_version", UINT),
    ("api", UINT),
)
InstanceCreateInfo = _typed(
    "InstanceCreateInfo",
    ("flags", UINT),
    ("application", POINTER),
    ("layer_count", UINT),
    ("layers", POINTER),
    ("extension_count", UINT),
    ("extensions", POINTER),
)
QueueCreateInfo = _typed(
    "QueueCreateInfo",
    ("flags", UINT),
    ("family", UINT),
    ("count", UINT),
    ("priorities", POINTER),
)
DeviceCreateInfo = _typed(
    "DeviceCreateInfo",
    ("flags", UINT),
    ("queue_count", UINT),
    ("queues", POINTER),
    ("layer_count", UINT),
    ("layers", POINTER),
    ("extension_count", UINT),
    ("extensions", POINTER),
    ("features", POINTER),
)
TimelineFeature = _typed("TimelineFeature", ("enabled", UINT))
QueueFamily = _structure(
    "QueueFamily", ("flags", UINT), ("count", UINT), ("bits", UINT), ("granularity", UINT * 3)
)
BufferCreateInfo = _typed(
    "BufferCreateInfo",
    ("flags", UINT),
    ("size", HANDLE),
    ("usage", UINT),
    ("sharing", UINT),
    ("family_count", UINT),
    ("families", POINTER),
)
MemoryRequirements = _structure(
    "MemoryRequirements", ("size", HANDLE), ("alignment", HANDLE), ("types", UINT)
)
MemoryProperties = _structure(
    "MemoryProperties",
    ("type_count", UINT),
    ("types", (UINT * 2) * 32),
    ("heap_count", UINT),
    ("heaps", (HANDLE * 2) * 16),
)
AllocateInfo = _typed("AllocateInfo", ("size", HANDLE), ("type", UINT))
CommandPoolCreateInfo = _typed("CommandPoolCreateInfo", ("flags", UINT), ("family", UINT))
CommandBufferAllocateInfo = _typed(
    "CommandBufferAllocateInfo", ("pool", HANDLE), ("level", UINT), ("count", UINT)
)
FenceCreateInfo = _typed("FenceCreateInfo", ("flags", UINT))
CommandBufferBeginInfo = _typed("CommandBufferBeginInfo", ("flags", UINT), ("inherit", POINTER))
ImageBarrier = _typed(
    "ImageBarrier",
    ("from_access", UINT),
    ("to_access", UINT),
    ("from_layout", UINT),
    ("to_layout", UINT),
    ("from_family", UINT),
    ("to_family", UINT),
    ("image", HANDLE),
    ("aspect", UINT),
    ("level", UINT),
    ("levels", UINT),
    ("layer", UINT),
    ("layers", UINT),
)
BufferImageCopy = _structure(
    "BufferImageCopy",
    ("offset", HANDLE),
    ("row", UINT),
    ("rows", UINT),
    ("aspect", UINT),
    ("level", UINT),
    ("layer", UINT),
    ("layers", UINT),
    ("origin", INT * 3),
    ("extent", UINT * 3),
)
SubmitInfo = _typed(
    "SubmitInfo",
    ("wait_count", UINT),
    ("waits", POINTER),
    ("wait_stages", POINTER),
    ("command_count", UINT),
    ("commands", POINTER),
    ("signal_count", UINT),
    ("signals", POINTER),
)
