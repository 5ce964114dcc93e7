"""Run on the next best backend while a better one gets ready, change over between two frames, and
go back when it fails.

For each input size that was asked for in several frames:

    asked -> preparing -> on trial -> running
                 \\            \\          \\
                  +------------+----------+--> given up (the reason stays in ``describe().note``)

*Preparing* happens on a thread of its own, one size at a time, and may take minutes. *On trial* is
one frame that both backends paint: the proved one's picture is used, and the new one must paint
alike, or it is given up. A frame that fails while *running* is painted again by the proved backend,
so that none is lost. Whatever fails once is not tried again by this process.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import numpy as np

from eyebrush.backends.protocol import (
    OUTPUTS,
    BackendInfo,
    FieldBuffers,
    FieldNetwork,
    FieldSession,
    NetworkInfo,
)

log = logging.getLogger("eyebrush")

Size = tuple[int, int, int]
# How far two backends may be apart on trial, root mean square: bf16 against fp16 is far below,
# anything wrong is far above.
STROKES_APART, GRID_APART = 8.0, 0.05  # of 255 levels; of the grid's numbers
# A size is worth preparing once this many frames had it: not those of a folder of pictures.
STEADY_FRAMES = 8
SETTLE_S = 600.0  # how long ``settle`` waits for an engine at a time
SIZES_KEPT = 4  # accepted sessions; beyond that the one that ran least recently is dropped


class PreparedSession(FieldSession, Protocol):
    """A session that says what it runs on."""

    @property
    def info(self) -> BackendInfo: ...


# (eyes, height, width, say) -> a session that is ready to run; ``say`` is told how it goes
Prepare = Callable[[int, int, int, Callable[[str], None]], PreparedSession]


class ChangingField:
    """Implements :class:`eyebrush.backends.protocol.FieldNetwork` with two backends.

    proved: runs from the first frame on.  prepare: makes the better one's sessions.
    wanted: the better one's name, for messages.  steady_frames: see STEADY_FRAMES.
    """

    def __init__(
        self,
        proved: FieldNetwork,
        prepare: Prepare,
        wanted: str,
        steady_frames: int = STEADY_FRAMES,
    ) -> None:
        self._proved, self._prepare, self._wanted = proved, prepare, wanted
        self._steady_frames = steady_frames
        self._asked: Counter[Size] = Counter()
        self._better: dict[Size, PreparedSession] = {}
        self._accepted: OrderedDict[Size, GuardedSession] = OrderedDict()
        self._threads: dict[Size, threading.Thread] = {}
        self.given_up = ""  # why, once something failed
        self._says = f"waits for {steady_frames} frames of one size"
        self._last: FieldSession | None = None

    @property
    def info(self) -> NetworkInfo:
        return self._proved.info

    def session(self, eyes: int, height: int, width: int) -> FieldSession:
        """The session for the next frame: the better one as soon as it is accepted."""
        size = (eyes, height, width)
        self._last = self._choose(size)
        return self._last

    def settle(self, eyes: int, height: int, width: int) -> None:
        """Prepare this size, and hold its trial."""
        size = (eyes, height, width)
        self._asked[size] = self._steady_frames
        while not self.given_up and size not in self._accepted:
            session = self.session(*size)  # starts to prepare; or the trial
            self.wait_until_settled(SETTLE_S)
            if isinstance(session, TrialSession):
                for array in session.inputs.values():  # something to paint
                    array[:] = np.linspace(1, 0, array.size).reshape(array.shape)
                session.run(session.new_buffers())

    def describe(self) -> BackendInfo:
        if isinstance(self._last, GuardedSession) and not self.given_up:
            return self._last.better.info
        note = self.given_up or self._says
        return replace(self._proved.describe(), note=f"{self._wanted}: {note}" if note else "")

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Until nothing is being prepared any more (benchmarks and tests); False on timeout."""
        for thread in list(self._threads.values()):
            thread.join(timeout_s)
        return not any(t.is_alive() for t in self._threads.values())

    def give_up(self, why: str | Exception) -> None:
        """Stay with the proved backend from now on; the log says why, once."""
        if not self.given_up:
            self.given_up = " ".join((str(why) or type(why).__name__).split())
            log.warning("%s: %s; going on with %s", self._wanted, self.given_up, self._name)
        self._accepted.clear()
        self._better.clear()

    def _choose(self, size: Size) -> FieldSession:
        accepted = self._accepted.get(size)
        if accepted is not None and not self.given_up:
            self._accepted.move_to_end(size)
            return accepted
        proved = self._proved.session(*size)
        if self.given_up:
            return proved
        better = self._better.get(size)
        if better is not None:
            return TrialSession(self, size, proved, better)
        self._asked[size] += 1
        if self._asked[size] >= self._steady_frames and self._may_prepare(size):
            self._says = "getting ready"
            thread = threading.Thread(
                target=self._get_ready, args=(size,), name="eyebrush-prepare", daemon=True
            )
            self._threads[size] = thread
            thread.start()
        return proved

    def _may_prepare(self, size: Size) -> bool:
        """Not twice, and nothing beside another."""
        return size not in self._threads and not any(t.is_alive() for t in self._threads.values())

    def _get_ready(self, size: Size) -> None:
        try:
            self._better[size] = self._prepare(*size, self._say)
            self._say("on trial")
        except Exception as error:  # whatever a driver or a library thinks of
            self.give_up(error)

    def _say(self, what: str) -> None:
        self._says = what

    def accept(self, size: Size, proved: FieldSession, better: PreparedSession) -> None:
        """From the next frame on."""
        self._better.pop(size, None)
        self._accepted[size] = GuardedSession(self, proved, better)
        if len(self._accepted) > SIZES_KEPT:
            dropped, _ = self._accepted.popitem(last=False)
            del self._threads[dropped], self._asked[dropped]
        self._says = ""
        log.info("changed over from %s to %s", self._name, better.info.backend)

    @property
    def _name(self) -> str:
        return self._proved.describe().backend


class TrialSession:
    """One frame, painted by both; the proved one's picture counts."""

    def __init__(
        self, field: ChangingField, size: Size, proved: FieldSession, better: PreparedSession
    ) -> None:
        self._field, self._size, self._proved, self._better = field, size, proved, better
        self.inputs = proved.inputs

    def new_buffers(self) -> FieldBuffers:
        return self._proved.new_buffers()

    def run(self, buffers: FieldBuffers) -> None:
        self._proved.run(buffers)
        try:
            _hand_over(self._proved, self._better)
            painted = self._better.new_buffers()
            self._better.run(painted)
            apart = _difference(buffers, painted)
        except Exception as error:
            self._field.give_up(error)
            return
        if apart:
            self._field.give_up(f"on trial it painted otherwise ({apart})")
        else:
            self._field.accept(self._size, self._proved, self._better)


class GuardedSession:
    """The better session; when it fails, the frame is painted by the proved one after all."""

    def __init__(self, field: ChangingField, proved: FieldSession, better: PreparedSession) -> None:
        self._field, self._proved, self.better = field, proved, better
        self.inputs = better.inputs

    def new_buffers(self) -> FieldBuffers:
        try:
            return self.better.new_buffers()
        except Exception as error:
            self._field.give_up(error)
            return self._proved.new_buffers()

    def run(self, buffers: FieldBuffers) -> None:
        if not self._field.given_up:
            try:
                self.better.run(buffers)
                return
            except Exception as error:
                self._field.give_up(error)
        _hand_over(self.better, self._proved)
        painted = self._proved.new_buffers()
        self._proved.run(painted)
        for name in OUTPUTS:
            np.copyto(getattr(buffers, name), getattr(painted, name))


def _hand_over(source: FieldSession, target: FieldSession) -> None:
    for name, array in source.inputs.items():
        np.copyto(target.inputs[name], array)


def _difference(wanted: FieldBuffers, got: FieldBuffers) -> str:
    """What is too far apart, in words; empty if alike. NaN is never alike."""
    strokes = float(np.sqrt(np.mean((got.strokes.astype(np.float32) - wanted.strokes) ** 2)))
    grid = float(np.sqrt(np.mean((got.grid - wanted.grid) ** 2)))
    if not strokes <= STROKES_APART:
        return f"strokes {strokes:.1f} of 255 levels apart"
    if not grid <= GRID_APART:
        return f"grid {grid:.3f} apart"
    return "" if np.isfinite(got.stats_out).all() else "statistics that are not finite"
