"""Where the tests of the native ops run: each of the CPU's instruction sets, CUDA's own source
compiled for the CPU (tests/simt/), and a GPU where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Device:
    """Arrays to and from it, for torch tensors. This one is the CPU."""

    name = "cpu"
    slow = False  # threads are emulated: small sizes only

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
        from eyebrush import ops

        before = ops.threads()
        try:
            for n in (1, 2, 5):
                ops.set_threads(n)
                yield
        finally:
            ops.set_threads(before)
