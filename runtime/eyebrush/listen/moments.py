"""What was heard when, of a file or of a microphone: written by one thread, read by others."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable

from eyebrush.listen.features import HOP_S, Moment

STALE_S = 0.5  # a moment that is older says nothing of now


class Moments:
    """Moments in the order of their times. keep_s: how many seconds are kept; all without.
    length_s: after which a file begins anew; a sound without end, without."""

    def __init__(self, keep_s: float | None = None, length_s: float | None = None) -> None:
        self._times: list[float] = []
        self._moments: list[Moment] = []
        self._keep = None if keep_s is None else max(1, round(keep_s / HOP_S))
        self.length_s = length_s
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._moments)

    def add(self, moments: Iterable[Moment]) -> None:
        """Later ones."""
        with self._lock:
            for moment in moments:
                self._moments.append(moment)
                self._times.append(moment.time_s)
            if self._keep is not None:
                del self._moments[: -self._keep], self._times[: -self._keep]

    def since(self, before_s: float, now_s: float) -> tuple[Moment | None, float | None]:
        """The newest moment at ``now_s`` (None where nothing was heard of late), and the time of
        the last beat after ``before_s``, in the same seconds as ``now_s``."""
        turn_s = 0.0
        if self.length_s is not None:
            turn_s = now_s // self.length_s * self.length_s
        at_s = now_s - turn_s
        with self._lock:
            end = bisect_right(self._times, at_s)
            start = bisect_right(self._times, before_s - turn_s)
            beats = [m.time_s for m in self._moments[start:end] if m.beat]
            newest = self._moments[end - 1] if end else None
        if newest is not None and at_s - newest.time_s > STALE_S:
            newest = None
        return newest, (beats[-1] + turn_s if beats else None)
