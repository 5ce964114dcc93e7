"""How far a compilation is: TensorRT's nested phases as one number, and the way to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def monitor(
    trt: Any, progress: Callable[[float], None], stop: threading.Event, known_share: float
) -> Any:
    """An IProgressMonitor: tells ``progress`` the share of the time that is over; ``stop`` ends the
    build. known_share: what the phases that can be watched take of it."""
    tree = ProgressTree()

    def tell() -> None:
        progress(1.0 if tree.share == 1.0 else known_share * tree.share)

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)

        def phase_start(self, name: str, parent: str | None, steps: int) -> None:
            tree.start(name, parent, steps)

        def phase_finish(self, name: str) -> None:
            tree.finish(name)
            tell()

        def step_complete(self, name: str, step: int) -> bool:
            tree.step(name, step)
            tell()
            return not stop.is_set()

    return Monitor()


class ProgressTree:
    """Nested phases, as the library reports them, -> one share 0..1 that never goes back."""

    def __init__(self) -> None:
        self._phases: dict[str, list[Any]] = {}  # name -> [parent, steps, done]
        self.share = 0.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        self._phases[name] = [parent, max(steps, 1), 0]

    def step(self, name: str, step: int) -> None:
        if name in self._phases:
            self._phases[name][2] = step + 1
            self._advance(name)

    def finish(self, name: str) -> None:
        if name in self._phases:
            self._phases[name][2] = self._phases[name][1]
            self._advance(name)
            del self._phases[name]

    def _advance(self, name: str | None) -> None:
        inner = 0.0
        while name in self._phases:
            parent, steps, done = self._phases[name]
            inner = min(1.0, (done + inner) / steps) if done < steps else 1.0
            name = parent
        self.share = max(self.share, inner)
