"""Where the tests of the native ops run: each of the CPU's instruction sets, CUDA's own source
compiled for the CPU (tests/simt/), and a GPU where there is one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from eyebrush import _core, ops


class Device:
    """Arrays to and from it, for torch tensors. This one is the CPU."""

    small = False  # threads are emulated: small sizes only
    tensor_cores = False

    def put(self, tensor: Any) -> Any:
        return tensor

    def get(self, tensor: Any) -> Any:
        return tensor

    def poison(self, like: Any) -> Any:
        """An output that nobody has written yet, in the memory order of ``like``."""
        import torch

        return torch.full_like(like, float("nan"))

    def ways(self) -> Iterator[None]:
        """The same call must give the same bits in each of these ways to run it."""
        before = ops.threads()
        try:
            for n in (1, 2, 5):
                ops.set_threads(n)
                yield
        finally:
            ops.set_threads(before)


class Simt(Device):
    """The CUDA ops' own source, on the CPU's arrays, its threads taking turns."""

    small = True

    def __init__(self, core: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.core = core
        monkeypatch.setattr(ops.checks, "core", core)

    def ways(self) -> Iterator[None]:
        try:
            for order in (1, 2, 3):  # descending, and two kinds of disorder
                self.core.set_order(order)
                yield
        finally:
            self.core.set_order(0)


class Cuda(Device):
    """A GPU. Outputs are read after the stream has been waited for.

    EYEBRUSH_SMALL=1 keeps to small sizes: under compute-sanitizer all takes many times as long.
    """

    tensor_cores = True

    def __init__(self) -> None:
        self.small = os.environ.get("EYEBRUSH_SMALL", "") not in ("", "0")
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no NVIDIA GPU that torch can use")
        if not _core.cuda:
            pytest.skip("this eyebrush was built without CUDA ops")

    def put(self, tensor: Any) -> Any:
        return tensor.cuda()

    def get(self, tensor: Any) -> Any:
        return tensor.cpu()

    def ways(self) -> Iterator[None]:
        for _ in range(3):
            yield
