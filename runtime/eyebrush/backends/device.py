"""The border to a GPU: the few things that a session needs from one, and nothing else.

Above it (tensorrt.py, gpu_frame.py) is plain Python that tests run with a device made of numpy;
below it (cuda.py, engine.py) are calls to the driver and to TensorRT that only a card can prove.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from eyebrush.errors import BackendError


class DeviceLostError(BackendError):
    """The GPU vanished, or answered an error after which nothing more can be expected of it."""


class EngineRefusedError(BackendError):
    """The library does not take these bytes: of another version, for other cards, damaged."""


class Buffer(Protocol):
    """Device memory with a shape. Ops take it as it is (``__cuda_array_interface__``)."""

    @property
    def address(self) -> int: ...


class Device(Protocol):
    """One card and one stream on it; everything that is queued runs in order.

    Any thread may call it, but only one at a time; each call makes the card's primary context
    (which torch and CuPy use, too) current on its thread for as long as it lasts.
    """

    @property
    def name(self) -> str: ...

    @property
    def stream(self) -> Any:
        """What ops and engines take as ``stream``; None for a device that is none."""

    def current(self) -> AbstractContextManager[None]:
        """``with device.current():`` around calls of others that need a current context: TensorRT's
        and those of ops. May be nested."""

    def pinned(self, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        """Zeroed host memory that the card copies from and to without help."""

    def buffer(self, shape: tuple[int, ...], dtype: type[np.generic]) -> Any:
        """Zeroed device memory, a :class:`Buffer`. Raises BackendError if it is full."""

    def upload(self, target: Any, source: np.ndarray) -> None:
        """Queue a copy from pinned memory."""

    def download(self, target: np.ndarray, source: Any) -> None:
        """Queue a copy into pinned memory."""

    def copy(self, target: Any, source: Any) -> None:
        """Queue a copy on the card."""

    def record(self, work: Callable[[], None]) -> Any:
        """What ``work`` queues, as a graph; nothing of it runs now."""

    def launch(self, graph: Any) -> None:
        """Queue a graph; returns at once. Raises DeviceLostError."""

    def wait(self) -> None:
        """Until everything queued is done, without the GIL. Raises DeviceLostError."""


class Engine(Protocol):
    """A loaded engine with its execution context, static shapes."""

    @property
    def shapes(self) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
        """Name -> shape and type, of all inputs and outputs."""

    def bind(self, addresses: dict[str, int]) -> None:
        """Where each input and output lies on the card, by name; once."""

    def enqueue(self, stream: Any) -> None:
        """Queue one run. Allocates nothing after the first. Raises DeviceLostError."""

    def finished_kernels(self) -> bytes:
        """TensorRT for RTX's runtime cache, to be kept beside the engine; else empty."""
