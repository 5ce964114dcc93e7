"""A device and an engine made of numpy, which keep a diary: what was called, in which order, in
which state, and what must never happen is an error. See eyebrush/backends/device.py."""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush import backends
from eyebrush.backends.device import DeviceLostError
from eyebrush.backends.protocol import INPUTS, OUTPUTS
from eyebrush.errors import BackendError


class FakeBuffer(np.ndarray):
    """Device memory: numpy's, so that ops and the fake engine can compute with it."""

    @property
    def address(self) -> int:
        return self.ctypes.data


class FakeDevice:
    """Queued work is done at ``wait``, never before, so that whoever forgets to wait reads zeros.

    memory_bytes: how much there is.  lost: set it, and everything fails from then on.
    """

    name, capability, stream = "Fake RTX", "8.6", None

    def __init__(self, memory_bytes: int = 1 << 32) -> None:
        self.memory_bytes, self.lost = memory_bytes, False
        self.diary: list[str] = []
        self.allocated: list[tuple[str, int]] = []
        self.current_on: int | None = None  # the thread on which the context is current
        self._queue: list[Callable[[], None]] = []
        self._recording: list[Callable[[], None]] | None = None

    def pinned(self, shape: tuple[int, ...], dtype: type) -> np.ndarray:
        return self._allocate("pinned", shape, dtype)

    def buffer(self, shape: tuple[int, ...], dtype: type) -> FakeBuffer:
        array = self._allocate("buffer", shape, dtype)
        if sum(n for kind, n in self.allocated if kind == "buffer") > self.memory_bytes:
            raise BackendError("the card's memory is full (fake); fix: close what uses it")
        return array.view(FakeBuffer)

    def upload(self, target: np.ndarray, source: np.ndarray) -> None:
        self.queue("upload", lambda: np.copyto(target, source))

    def download(self, target: np.ndarray, source: np.ndarray) -> None:
        self.queue("download", lambda: np.copyto(target, source))

    def copy(self, target: np.ndarray, source: np.ndarray) -> None:
        self.queue("copy", lambda: np.copyto(target, source))

    def record(self, work: Callable[[], None]) -> list[Callable[[], None]]:
        assert self._recording is None, "a recording within a recording"
        self._recording = []
        try:
            with self.current():
                work()
            return self._recording
        finally:
            self._recording = None
            self.diary.append("recorded")

    def launch(self, graph: list[Callable[[], None]]) -> None:
        self.queue("launch", *graph)

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        before, self.current_on = self.current_on, threading.get_ident()
        try:
            yield
        finally:
            self.current_on = before

    def wait(self) -> None:
        assert self._recording is None, "waited while recording: CUDA would refuse"
        self.check()
        self.diary.append("wait")
        queued, self._queue = self._queue, []
        for work in queued:
            work()

    def queue(self, what: str, *work: Callable[[], None]) -> None:
        self.check()
        if self._recording is None:
            self._queue += work
            self.diary.append(what)
        else:
            self._recording += work
            self.diary.append(f"({what})")

    def check(self) -> None:
        if self.lost:
            raise DeviceLostError("CUDA error 719 (fake); fix: eyebrush doctor")

    def _allocate(self, kind: str, shape: tuple[int, ...], dtype: type) -> np.ndarray:
        assert self._recording is None, "allocated while recording: CUDA would refuse"
        self.check()
        array = np.zeros(shape, dtype)
        self.allocated.append((kind, array.nbytes))
        return array


class FakeEngine:
    """The network itself, by OpenVINO in f32; ``wrong`` adds to the strokes."""

    def __init__(self, device: FakeDevice, path: Path, size: tuple[int, int, int]) -> None:
        self._device = device
        self._session = backends.load_field(path, "openvino", precision="f32").session(*size)
        self._outputs = self._session.new_buffers()
        arrays: dict[str, np.ndarray] = dict(self._session.inputs)
        arrays |= {n: getattr(self._outputs, n) for n in OUTPUTS}
        self.shapes: dict[str, Any] = {n: (a.shape, a.dtype.type) for n, a in arrays.items()}
        self.wrong, self.kernels = 0, b"finished kernels"
        self.bound: dict[str, int] = {}

    def bind(self, addresses: dict[str, int]) -> None:
        assert not self.bound, "bound twice"
        self.bound = addresses

    def enqueue(self, stream: object) -> None:
        assert self._device.current_on == threading.get_ident(), "no current context"
        assert stream is self._device.stream
        assert set(self.bound) == {*INPUTS, *OUTPUTS}
        self._device.queue("engine", self._run)

    def finished_kernels(self) -> bytes:
        assert self._device.current_on == threading.get_ident(), "no current context"
        return self.kernels

    def _run(self) -> None:
        for name, array in self._session.inputs.items():
            np.copyto(array, self._memory(name))
        self._session.run(self._outputs)
        for name in OUTPUTS:
            np.copyto(self._memory(name), getattr(self._outputs, name))
        if self.wrong:
            self._memory("strokes")[...] += np.uint8(self.wrong)

    def _memory(self, name: str) -> np.ndarray:
        """The array at a bound address, as a card sees it: an address and a shape, no more."""
        shape, dtype = self.shapes[name]
        count = int(np.prod(shape)) * np.dtype(dtype).itemsize
        raw = (ctypes.c_uint8 * count).from_address(self.bound[name])
        return np.frombuffer(raw, dtype).reshape(shape)
