"""Below the border: a card through PyCUDA. Implements :class:`eyebrush.backends.device.Device`."""

from __future__ import annotations

import atexit
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import numpy as np

from eyebrush.backends.device import DeviceLostError
from eyebrush.backends.driver import RecordedGraph, Recording, find_gpu
from eyebrush.errors import BackendError

FIX = (
    "fix: pip install 'eyebrush[gpu]' (it has no wheels: a C++ compiler and CUDA's headers, cuda.h "
    "and curand.h on CPLUS_INCLUDE_PATH, are needed)"
)
NON_BLOCKING = 1  # CU_STREAM_NON_BLOCKING: torch's work on the default stream is not waited for


@cache
def _primary_context(driver: Any) -> Any:
    """The first card's, retained once; torch and TensorRT use the same."""
    driver.init()
    context = driver.Device(0).retain_primary_context()
    atexit.register(context.detach)
    return context


class CudaDevice:
    """The first card's primary context, and a stream of our own on it.

    Each session has one of these, so that one may record while others run. Raises BackendError.
    """

    def __init__(self) -> None:
        gpu = find_gpu()
        self.name, self.capability = gpu.name, gpu.capability
        try:
            import pycuda.driver as driver
        except ImportError as error:
            raise BackendError(f"PyCUDA cannot be imported ({error}); {FIX}") from error
        self._driver = driver
        self._context = _primary_context(driver)
        with self.current():
            self._stream = driver.Stream(NON_BLOCKING)
            self._done = driver.Event(driver.event_flags.DISABLE_TIMING)

    @property
    def stream(self) -> Any:
        return self._stream

    @contextmanager
    def current(self) -> Iterator[None]:
        """Pushed and popped around each call: PyCUDA aborts a process that leaves one pushed."""
        driver = self._driver
        try:
            self._context.push()
            try:
                yield
            finally:
                driver.Context.pop()
        except driver.MemoryError as error:
            raise BackendError(
                f"the card's memory is full ({error}); fix: close what uses it"
            ) from error
        except driver.Error as error:
            raise DeviceLostError(f"CUDA: {error}; fix: eyebrush doctor") from error

    def pinned(self, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        with self.current():
            array: np.ndarray = self._driver.pagelocked_zeros(shape, dtype)
        self._free_after(array, array.base)
        return array

    def buffer(self, shape: tuple[int, ...], dtype: type[np.generic]) -> DeviceBuffer:
        with self.current():
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            memory = self._driver.mem_alloc(size)
            self._driver.memset_d8_async(memory, 0, size, self._stream)
        buffer = DeviceBuffer(memory, shape, np.dtype(dtype))
        self._free_after(buffer, memory)
        return buffer

    def _free_after(self, owner: Any, memory: Any) -> None:
        """Free ``memory`` when ``owner`` goes, on whatever thread that is. PyCUDA by itself frees
        only on the thread that first had the context, and leaks on others."""
        weakref.finalize(owner, self._free, memory).atexit = False

    def _free(self, memory: Any) -> None:
        with suppress(BackendError), self.current():  # of a lost card nothing need be freed
            memory.free()

    def __del__(self) -> None:
        if hasattr(self, "_done"):
            with suppress(BackendError), self.current():
                del self._stream, self._done

    def upload(self, target: DeviceBuffer, source: np.ndarray) -> None:
        with self.current():
            self._driver.memcpy_htod_async(target.memory, source, self._stream)

    def download(self, target: np.ndarray, source: DeviceBuffer) -> None:
        with self.current():
            self._driver.memcpy_dtoh_async(target, source.memory, self._stream)

    def copy(self, target: DeviceBuffer, source: DeviceBuffer) -> None:
        with self.current():
            self._driver.memcpy_dtod_async(
                target.memory, source.memory, source.size_bytes, self._stream
            )

    def record(self, work: Callable[[], None]) -> RecordedGraph:
        with self.current():
            with Recording(self._stream.handle) as recording:
                work()
            assert recording.graph is not None
            return recording.graph

    def launch(self, graph: RecordedGraph) -> None:
        with self.current():
            graph.launch()

    def wait(self) -> None:
        with self.current():
            self._done.record(self._stream)
            self._done.synchronize()


class DeviceBuffer:
    """Implements :class:`eyebrush.backends.device.Buffer`; freed when nobody holds it."""

    def __init__(self, memory: Any, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.memory, self.address = memory, int(memory)
        self.size_bytes = int(np.prod(shape)) * dtype.itemsize
        self.__cuda_array_interface__ = {
            "shape": shape,
            "typestr": dtype.str,
            "data": (self.address, False),
            "version": 3,
        }
