"""Below the border: NVIDIA's driver library itself, for what PyCUDA has no calls for.

Finding out what card there is (without PyCUDA, and without leaving a context behind), and recording
a stream's work as a graph. See the CUDA Driver API, "Initialization" and "Graph Management".
"""

from __future__ import annotations

import ctypes
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eyebrush.backends.device import DeviceLostError
from eyebrush.errors import BackendError

MAJOR, MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*
RECORD_THIS_THREAD = 1  # CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads may do what they like
OUT_OF_MEMORY = 2


@dataclass(frozen=True)
class Gpu:
    """The first card. capability: "8.6".  driver: "580.65.06", or the CUDA version it speaks."""

    name: str
    capability: str
    driver: str
    memory_bytes: int


@cache
def library() -> Any:
    """libcuda, as the driver installed it. Raises BackendError."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise BackendError(
            f"no NVIDIA driver here ({error}); fix: install one, or use the backend openvino"
        ) from error


def find_gpu(cuda: Any = None) -> Gpu:
    """The first NVIDIA card. Raises BackendError where there is none."""
    cuda = cuda or library()
    count, device, version = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    check(cuda, cuda.cuInit(0), "cuInit")
    check(cuda, cuda.cuDeviceGetCount(ctypes.byref(count)), "cuDeviceGetCount")
    if count.value < 1:
        raise BackendError("the NVIDIA driver finds no card; fix: use the backend openvino")
    check(cuda, cuda.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    name, memory = ctypes.create_string_buffer(256), ctypes.c_size_t()
    check(cuda, cuda.cuDeviceGetName(name, 256, device), "cuDeviceGetName")
    check(cuda, cuda.cuDeviceTotalMem_v2(ctypes.byref(memory), device), "cuDeviceTotalMem")
    check(cuda, cuda.cuDriverGetVersion(ctypes.byref(version)), "cuDriverGetVersion")
    parts = []
    for attribute in (MAJOR, MINOR):
        value = ctypes.c_int()
        got = cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
        check(cuda, got, "cuDeviceGetAttribute")
        parts.append(str(value.value))
    driver = _kernel_driver() or f"CUDA {version.value // 1000}.{version.value % 1000 // 10}"
    return Gpu(name.value.decode("utf-8", "replace"), ".".join(parts), driver, memory.value)


class RecordedGraph:
    """What was recorded, ready to be launched again and again."""

    def __init__(self, cuda: Any, executable: ctypes.c_void_p, stream: int) -> None:
        self._cuda, self._executable, self._stream = cuda, executable, ctypes.c_void_p(stream)

    def launch(self) -> None:
        code = self._cuda.cuGraphLaunch(self._executable, self._stream)
        if code:
            check(self._cuda, code, "cuGraphLaunch")

    def __del__(self) -> None:
        self._cuda.cuGraphExecDestroy(self._executable)


class Recording:
    """``with Recording(stream) as recording: queue work`` -> ``recording.graph``.

    After an error inside, what was recorded is dropped, and the stream works as before.
    """

    def __init__(self, stream: int, cuda: Any = None) -> None:
        self._cuda, self._stream = cuda or library(), stream
        self.graph: RecordedGraph | None = None

    def __enter__(self) -> Recording:
        code = self._cuda.cuStreamBeginCapture_v2(ctypes.c_void_p(self._stream), RECORD_THIS_THREAD)
        check(self._cuda, code, "cuStreamBeginCapture")
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        cuda, recorded, executable = self._cuda, ctypes.c_void_p(), ctypes.c_void_p()
        code = cuda.cuStreamEndCapture(ctypes.c_void_p(self._stream), ctypes.byref(recorded))
        try:
            if kind is None:
                check(cuda, code, "cuStreamEndCapture")
                code = cuda.cuGraphInstantiateWithFlags(
                    ctypes.byref(executable), recorded, ctypes.c_ulonglong(0)
                )
                check(cuda, code, "cuGraphInstantiate")
                self.graph = RecordedGraph(cuda, executable, self._stream)
        finally:
            if recorded:
                cuda.cuGraphDestroy(recorded)


def check(cuda: Any, code: int, call: str) -> None:
    """Raise BackendError unless ``code`` is CUDA_SUCCESS; DeviceLostError unless memory ran out."""
    if code == 0:
        return
    text = ctypes.c_char_p()
    cuda.cuGetErrorString(code, ctypes.byref(text))
    why = f"{call}: CUDA error {code} ({(text.value or b'unknown').decode()})"
    if code == OUT_OF_MEMORY:
        raise BackendError(f"{why}; fix: close what uses the card's memory")
    raise DeviceLostError(f"{why}; fix: eyebrush doctor")


def _kernel_driver() -> str:
    """Linux's own word for the driver's version; empty elsewhere."""
    try:
        text = Path("/proc/driver/nvidia/version").read_text("utf-8", "replace")
    except OSError:
        return ""
    found = re.search(r"Kernel Module\D*([\d.]+)", text)
    return found[1] if found else ""
