"""Fields made beside the display loop: newest frame wins, and nobody waits for the network."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from eyebrush.errors import EyebrushError
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.stylizer import Stylizer
from eyebrush.urgency import less_urgent

log = logging.getLogger("eyebrush")


class FieldWorker:
    """A thread that turns submitted frames into fields.

    ``submit`` and ``latest`` never block for longer than a pointer swap. While a field is being
    made only the newest submitted frame is kept; older ones are dropped (and counted). The pixels
    of a submitted frame must stay untouched until its field is there or a newer frame is taken.

    A frame that fails leaves ``latest`` as it was and its message in ``error``; the log speaks
    when that state changes.

    niceness: how much less urgent this thread is than others (Linux; as nice(1)). Threads that a
    backend starts when this one first submits a frame of a new size inherit it.
    """

    def __init__(self, stylizer: Stylizer, niceness: int = 0) -> None:
        self.stylizer = stylizer
        self._niceness = niceness
        self.made = 0
        self.dropped = 0
        self.error: str = ""
        self._latest: StyleField | None = None
        self._pending: tuple[EyeFrames, bool] | None = None
        self._busy = False
        self._attempts = 0
        self._closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="eyebrush-fields", daemon=True)
        self._thread.start()

    @property
    def latest(self) -> StyleField | None:
        """The newest finished field; None before the first."""
        return self._latest

    @property
    def idle(self) -> bool:
        """Whether no frame is waiting or worked on, so that nobody reads submitted pixels."""
        return self._pending is None and not self._busy  # in this order: see _run

    def submit(self, frames: EyeFrames, *, half: bool = False) -> None:
        """Offer a frame; replaces one that is still waiting. half: see ``Stylizer.field``."""
        with self._wake:
            if self._pending is not None:
                self.dropped += 1
            self._pending = (frames, half)
            self._wake.notify()

    def wait_for(self, made: int, timeout_s: float) -> bool:
        """Block until ``made`` fields are done (start-up and tests); False on timeout."""
        with self._wake:
            return self._wake.wait_for(lambda: self.made >= made, timeout_s)

    def wait_for_attempts(self, attempts: int, timeout_s: float) -> bool:
        """As ``wait_for``, but failed frames count, too."""
        with self._wake:
            return self._wake.wait_for(lambda: self._attempts >= attempts, timeout_s)

    def close(self) -> None:
        """Stop after the field in progress."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def __enter__(self) -> FieldWorker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.close()

    @property
    def attempts(self) -> int:
        """Fields made and frames failed, together."""
        return self._attempts

    def _run(self) -> None:
        less_urgent(self._niceness)
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._pending is not None or self._closing)
                if self._closing:
                    return
                assert self._pending is not None
                frames, half = self._pending
                self._busy = True  # before it is no longer pending: ``idle`` takes no lock
                self._pending = None
            try:
                field, error = self.stylizer.field(frames, half=half), ""
            except (EyebrushError, RuntimeError, ValueError, MemoryError) as problem:
                field, error = None, str(problem)
            if error != self.error:
                log.warning("style fields: %s", error or "working again")
                self.error = error
            with self._wake:
                self._attempts += 1
                self._busy = False
                if field is not None:
                    self._latest = field
                    self.made += 1
                self._wake.notify_all()
