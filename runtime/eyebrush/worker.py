"""Fields made beside the display loop: newest frame wins, and nobody waits for the network."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from eyebrush.errors import EyebrushError
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.stylizer import Stylizer

log = logging.getLogger("eyebrush")


class FieldWorker:
    """A thread that turns submitted frames into fields.

    ``submit`` and ``latest`` never block for longer than a pointer swap. While a field is being
    made only the newest submitted frame is kept; older ones are dropped (and counted). The pixels
    of a submitted frame must stay untouched until its field is there or a newer frame is taken.

    A frame that fails leaves ``latest`` as it was and its message in ``error``; the log speaks
    when that state changes.
    """

    def __init__(self, stylizer: Stylizer) -> None:
        self.stylizer = stylizer
        self.made = 0
        self.dropped = 0
        self.error: str = ""
        self._latest: StyleField | None = None
        self._pending: EyeFrames | None = None
        self._attempts = 0
        self._closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="eyebrush-fields", daemon=True)
        self._thread.start()

    @property
    def latest(self) -> StyleField | None:
        """The newest finished field; None before the first."""
        return self._latest

    def submit(self, frames: EyeFrames) -> None:
        """Offer a frame; replaces one that is still waiting."""
        with self._wake:
            if self._pending is not None:
                self.dropped += 1
            self._pending = frames
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

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._pending is not None or self._closing)
                if self._closing:
                    return
                frames, self._pending = self._pending, None
            assert frames is not None
            try:
                field, error = self.stylizer.field(frames), ""
            except (EyebrushError, RuntimeError, ValueError, MemoryError) as problem:
                field, error = None, str(problem)
            if error != self.error:
                log.warning("style fields: %s", error or "working again")
                self.error = error
            with self._wake:
                self._attempts += 1
                if field is not None:
                    self._latest = field
                    self.made += 1
                self._wake.notify_all()
