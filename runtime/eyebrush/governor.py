"""The frame-budget governor: what to leave out so that no display frame is late because of us.

It never reads a clock. The display loop tells it when a frame began, how long the display period
is, what one eye's composite took and when the frame was done; it answers how much may be done.

Three guards, fastest first (docs/governor.md):

1. Between the eyes: an eye is composited only if its estimate fits into what is left of the
   period; otherwise the frame passes through as the engine drew it.
2. Demotion: frames that took too much of their period lead one state down the table.
3. Promotion: a calm stretch leads one state up, never within a second of a demotion, so that no
   oscillation is faster than 1 Hz.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

log = logging.getLogger("eyebrush")


class State(IntEnum):
    """From everything to nothing; one step at a time in both directions."""

    FULL = 0
    HALF_RATE = 1
    SMALL_FIELD = 2
    GRID_ONLY = 3
    PASS_THROUGH = 4

    @property
    def label(self) -> str:
        """For people: "half-rate"."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Effort:
    """What a state spends.

    spacing:   fields start at least this many field times (or display periods, if longer) apart;
               1 keeps the network busy all the time.
    half:      the network sees the frame at half the usual size, a quarter of the work.
    strokes:   blend the strokes in; without, colours only, and nothing is reprojected.
    composite: restyle at all.
    """

    spacing: int
    half: bool
    strokes: bool
    composite: bool


EFFORT = {
    State.FULL: Effort(spacing=1, half=False, strokes=True, composite=True),
    State.HALF_RATE: Effort(spacing=2, half=False, strokes=True, composite=True),
    State.SMALL_FIELD: Effort(spacing=2, half=True, strokes=True, composite=True),
    State.GRID_ONLY: Effort(spacing=2, half=True, strokes=False, composite=True),
    # A field now and then, so that there is a fresh one to come back with.
    State.PASS_THROUGH: Effort(spacing=8, half=True, strokes=False, composite=False),
}

# Pressure is the share of the display period that a restyled frame takes, or would have taken.
HIGH, LOW = 0.65, 0.45  # demote above, promote below
LIMIT = 0.95  # both eyes must be done by this share of the period ...
MARGIN = 1.3  # ... even if an eye takes so much longer than the last ones
STRAIN_LIMIT = 3.0  # a frame above HIGH, or given up, adds 1; any other takes 1/4 away
PEAK_TIME_CONSTANT_S = 0.15  # how fast a passed peak of pressure is forgotten
PEAK_CAP = 1.5  # a single stall must not keep us waiting longer than that
SETTLE_NS = 1_000_000_000  # no promotion so soon after a demotion
DWELL_NS = 200_000_000  # between two promotions
FAILED_NS = 1_500_000_000  # a demotion so soon after a promotion makes that a failed one
RETRY_NS = 1_000_000_000  # before the next try; doubled for each further failure in a row, ...
MOST_DOUBLINGS = 4
LIGHTER = 0.9  # ... unless pressure has fallen to this share of what it was at the last try
PROBE_EVERY = 4  # in pass-through, one frame in so many is probed; elsewhere each one given up
SMALL_PROBE = 4  # a probe composites one eye, or where that does not fit 1/4 of one, for nothing
RISE, FALL = 0.5, 0.3  # how fast the estimate of one eye's composite follows
OUTLIER = 3.0  # what takes longer than so many estimates counts as so many: a stall is no trend
CHANGES_KEPT = 64


@dataclass(frozen=True)
class Change:
    """A change of state: when, from where, to where, and why."""

    at_ns: int
    before: State
    after: State
    reason: str


class Governor:
    """Decides for one display loop. Not for several threads at once.

    pinned: stay in this state whatever happens, and give no frame up (benchmarks).

    For each display frame: ``begin``; ``field_due``; before each eye ``fits`` and after it
    ``eye_took``; ``painted``; ``end``. Where frames pass through: ``probe_due``, and ``eye_took``
    for the probe.
    """

    def __init__(self, pinned: State | None = None) -> None:
        self._pinned = pinned
        self.state = State.FULL if pinned is None else pinned
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)
        self.change_count = self.frames = self.passed = self.late = 0
        self.pressure = 0.0
        self._peak = self._strain = self._eye_ns = 0.0
        self._field_ns = self._field_at_ns = 0
        self._began_ns = self._period_ns = self._until_ns = self._eyes = 0
        self._last_eye_ns = self._passed_in_a_row = self._painted_ns = 0
        self._rest_ns = 0.0  # what comes after painting: upload, hand-over
        self._demoted_ns = self._promoted_ns = -FAILED_NS
        self._failures = [0] * len(State)
        self._retry_ns = [0] * len(State)
        self._tried_at_pressure = [math.inf] * len(State)

    @property
    def effort(self) -> Effort:
        """What the present state spends."""
        return EFFORT[self.state]

    def begin(self, now_ns: int, period_ns: int, eyes: int = 2) -> Effort:
        """A display frame begins: ``period_ns`` is the predicted display period, all we have."""
        self._began_ns, self._period_ns, self._eyes = now_ns, period_ns, eyes
        self._until_ns = now_ns + int(LIMIT * period_ns)
        self._last_eye_ns = 0
        self._painted_ns = 0
        return EFFORT[self.state]

    def field_due(self, now_ns: int) -> bool:
        """Whether a new field may be started now; True counts as started."""
        spacing = EFFORT[self.state].spacing
        # Half a period of tolerance: display times jitter.
        apart_ns = spacing * max(self._period_ns, self._field_ns) - self._period_ns // 2
        if spacing > 1 and now_ns - self._field_at_ns < apart_ns:
            return False
        self._field_at_ns = now_ns
        return True

    def field_took(self, took_ns: int) -> None:
        """The newest finished field took so long, all stages of it."""
        self._field_ns = took_ns

    def fits(self, now_ns: int, eyes_left: int) -> bool:
        """Whether the composites of ``eyes_left`` eyes can still be done in time."""
        if self._pinned is not None:
            return True
        each_ns = MARGIN * max(self._eye_ns, self._last_eye_ns)
        return now_ns + eyes_left * each_ns + self._rest_ns <= self._until_ns

    def eye_took(self, took_ns: int) -> None:
        """One eye's composite took so long."""
        self._last_eye_ns = took_ns
        self._eye_ns = _followed(self._eye_ns, took_ns)

    def probe_due(self, now_ns: int) -> int:
        """Which part of an eye a frame that passes through should composite for nothing, to
        measure what a restyled one would cost: 0 (none), 1 (all of it), or 4 (a quarter)."""
        if EFFORT[self.state].composite:
            due = self._last_eye_ns == 0  # given up before an eye was tried
        else:
            due = self._passed_in_a_row % PROBE_EVERY == 0
        if not due:
            return 0
        return 1 if self.fits(now_ns, 1) else SMALL_PROBE

    def painted(self, now_ns: int) -> None:
        """The pixels are ready, restyled or not; what still follows is to be handed over."""
        self._painted_ns = now_ns

    def end(self, now_ns: int, restyled: bool, had_field: bool = True) -> None:
        """The frame is handed over, restyled or as the engine drew it. May change the state.

        had_field: False where there was nothing to restyle it with, whatever the time.
        """
        self.frames += 1
        spent_ns = now_ns - self._began_ns
        self.late += spent_ns > self._period_ns
        if self._painted_ns:
            self._rest_ns = _followed(self._rest_ns, now_ns - self._painted_ns)
        wanted = EFFORT[self.state].composite
        if restyled:
            self._passed_in_a_row = 0
        else:
            self.passed += 1
            self._passed_in_a_row += 1
            spent_ns += int(self._eyes * max(self._eye_ns, self._last_eye_ns))
        self.pressure = min(PEAK_CAP, spent_ns / self._period_ns)
        forget = math.exp(-self._period_ns * 1e-9 / PEAK_TIME_CONSTANT_S)
        self._peak = max(self.pressure, self.pressure + (self._peak - self.pressure) * forget)
        if self._pinned is not None:
            return
        if wanted and (self.pressure > HIGH or (had_field and not restyled)):
            self._strain += 1.0
        else:
            self._strain = max(0.0, self._strain - 0.25)
        if self._strain >= STRAIN_LIMIT and wanted:
            self._demote(now_ns)
        elif self._may_promote(now_ns):
            self._promote(now_ns)

    def status(self) -> dict[str, Any]:
        """For people and programs: where it stands and how it got there."""
        last = self.changes[-1] if self.changes else None
        return {
            "state": self.state.label,
            "pinned": self._pinned is not None,
            "pressure": round(self.pressure, 3),
            "frames": self.frames,
            "frames_late": self.late,
            "frames_passed_through": self.passed,
            "changes": self.change_count,
            "last_change": f"{last.before.label} -> {last.after.label}: {last.reason}"
            if last
            else "",
        }

    def _demote(self, now_ns: int) -> None:
        s = self.state
        if now_ns - self._promoted_ns < FAILED_NS:
            self._retry_ns[s] = now_ns + (RETRY_NS << self._failures[s])
            self._failures[s] = min(self._failures[s] + 1, MOST_DOUBLINGS)
        else:
            self._failures[s] = 0
        self._demoted_ns = now_ns
        percent = round(100 * self.pressure)
        period_ms = self._period_ns * 1e-6
        self._change(now_ns, State(s + 1), f"frames take {percent} % of {period_ms:.1f} ms")

    def _may_promote(self, now_ns: int) -> bool:
        if self.state == State.FULL or self._peak >= LOW:
            return False
        if now_ns - self._demoted_ns < SETTLE_NS or now_ns - self._promoted_ns < DWELL_NS:
            return False
        better = self.state - 1
        lighter = self._peak < LIGHTER * self._tried_at_pressure[better]
        return lighter or now_ns >= self._retry_ns[better]

    def _promote(self, now_ns: int) -> None:
        better = State(self.state - 1)
        self._promoted_ns = now_ns
        self._tried_at_pressure[better] = self._peak
        percent = round(100 * self._peak)
        period_ms = self._period_ns * 1e-6
        self._change(now_ns, better, f"frames take at most {percent} % of {period_ms:.1f} ms")

    def _change(self, now_ns: int, after: State, reason: str) -> None:
        change = Change(now_ns, self.state, after, reason)
        log.warning("governor: %s -> %s: %s", change.before.label, after.label, reason)
        self.changes.append(change)
        self.change_count += 1
        self.state = after
        self._strain = 0.0


def _followed(estimate_ns: float, took_ns: int) -> float:
    """The estimate after one more measurement: up faster than down, a stall counted as a part."""
    if estimate_ns == 0.0:
        return float(took_ns)
    change = min(took_ns, OUTLIER * estimate_ns) - estimate_ns
    return estimate_ns + change * (RISE if change > 0 else FALL)
