"""Output buffers that are used again and again, without a free() that anybody could forget."""

from __future__ import annotations

import sys

from eyebrush.backends.protocol import FieldBuffers, FieldSession


class BufferPool:
    """Output buffers of one session, used again as soon as nobody holds their arrays.

    A StyleField hands the arrays out; CPython's reference counts tell when the last field (or
    slice of it) is gone. So a field stays valid as long as it is kept, and the steady state of a
    frame loop allocates nothing.
    """

    def __init__(self, session: FieldSession) -> None:
        self.session = session
        self._buffers: list[FieldBuffers] = []
        self._idle_counts = (0, 0)

    def take(self) -> FieldBuffers:
        """Buffers that nobody else holds."""
        for buffers in self._buffers:
            counts = sys.getrefcount(buffers.grid), sys.getrefcount(buffers.strokes)
            if counts == self._idle_counts:
                return buffers
        fresh = self.session.new_buffers()
        self._idle_counts = sys.getrefcount(fresh.grid), sys.getrefcount(fresh.strokes)
        self._buffers.append(fresh)
        return fresh
