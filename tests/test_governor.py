"""The governor, on a simulated machine with a simulated clock: nothing here takes real time."""

from __future__ import annotations

import itertools
import logging
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush.governor import (
    CHANGES_KEPT,
    EFFORT,
    HIGH,
    LIMIT,
    SETTLE_NS,
    Governor,
    State,
)

SECOND = 1_000_000_000
FRAMES = 200_000  # of each of the five loads below: a million in all


def calm(_: float) -> float:
    return 1.0


@dataclass
class Machine:
    """A computer on which all work takes ``load(t)`` times as long as on an idle one.

    In shares of the display period: what the engine needs first, one eye's composite (colours
    alone take 0.6 of it), how much longer it takes while the network runs beside it, the network.
    Costs and wake-up times jitter; a share ``stalls`` of the frames stands still for 0.2 periods
    at some point.
    """

    rate_hz: float = 90.0
    load: Callable[[float], float] = calm
    stalls: float = 0.0
    jitter: float = 0.1
    engine: float = 0.05
    eye: float = 0.11
    contention: float = 0.4
    network: float = 1.3
    seed: int = 0
    governor: Governor = field(default_factory=Governor)
    late: int = 0
    late_by_us: int = 0
    restyled: int = 0
    fields: int = 0
    history: list[tuple[float, State]] = field(default_factory=list)

    def run(self, frames: int) -> Machine:
        g, rng = self.governor, random.Random(self.seed)
        period = round(SECOND / self.rate_hz)
        started = busy_until = 0
        for i in range(frames):
            tick = i * period
            began = tick + int(0.5 * self.jitter * rng.random() * period)
            slow = self.load(tick / SECOND)
            stall = 0.2 * period if rng.random() < self.stalls else 0.0
            stalled = rng.randrange(3)
            now = began + int(self.engine * slow * period + stall * (stalled == 0))
            effort = g.begin(began, period)
            if busy_until <= now:
                if busy_until:
                    g.field_took(busy_until - started)
                busy_until = 0
                if g.field_due(now):
                    self.fields += 1
                    started = now
                    busy_until = now + int(self.network * slow * period / (4 if effort.half else 1))
            eye = self.eye * (1.0 if effort.strokes else 0.6) * slow * period
            eye *= 1.0 + self.contention * (busy_until > now)
            ours = done = 0
            if effort.composite:
                while done < 2 and g.fits(now, 2 - done):
                    work = int(eye * (1.0 + self.jitter * (2 * rng.random() - 1)))
                    took = work + int(stall * (stalled == done + 1))
                    now, ours, done = now + took, ours + work, done + 1
                    g.eye_took(took)
            if done < 2 and (part := g.probe_due(now)):
                work = int(eye / part)
                now, ours = now + work, ours + work
                g.eye_took(work * part)
            before = g.state
            g.end(now, done == 2)
            self.restyled += done == 2
            self.late += now > began + period
            self.late_by_us += now > began + period >= now - ours
            if g.state != before:
                self.history.append((now / SECOND, g.state))
        return self


def stretches(seed: int, highest: float, seconds: float) -> list[tuple[float, float, float]]:
    """Loads one after the other with rests of 4 to 10 s: (from s, to s, factor)."""
    rng, t, found = random.Random(seed), 3.0, []
    while t < seconds:
        length = rng.choice([0.05, 0.5, 2.0, 8.0])
        found.append((t, t + length, rng.uniform(1.2, highest)))
        t += length + rng.uniform(4.0, 10.0)
    return found


def steps(parts: Sequence[tuple[float, float, float]]) -> Callable[[float], float]:
    """The load of such stretches; asked in rising order of time."""
    rest = list(reversed(parts))

    def load(t: float) -> float:
        while rest and t >= rest[-1][1]:
            rest.pop()
        return rest[-1][2] if rest and t >= rest[-1][0] else 1.0

    return load


def drift(t: float) -> float:
    """Slowly between idle and 3.4 times the load, a minute each way."""
    return 2.2 - 1.2 * math.cos(math.pi * t / 60)


STEPS = stretches(1, 4.0, FRAMES / 90)
MACHINES = {
    "steps": lambda: Machine(load=steps(STEPS)),
    "spikes": lambda: Machine(stalls=0.02, rate_hz=120.0),
    "drift": lambda: Machine(load=drift, rate_hz=72.0),
    "jitter": lambda: Machine(jitter=0.3),
    "all": lambda: Machine(load=steps(STEPS), stalls=0.01, jitter=0.2, eye=0.09, seed=7),
}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A million frames say a lot."""
    caplog.set_level(logging.ERROR, logger="eyebrush")


@pytest.mark.parametrize("name", MACHINES)
def test_a_million_frames_and_none_late_because_of_us(name: str) -> None:
    machine = MACHINES[name]().run(FRAMES)
    g = machine.governor
    assert machine.late_by_us == 0
    assert g.frames == FRAMES
    assert g.late == machine.late
    assert g.passed == FRAMES - machine.restyled
    assert machine.restyled > 0.5 * FRAMES
    assert_slow_oscillation(machine)
    if name in ("steps", "all"):
        assert g.change_count > 100
        assert_recovery(machine, STEPS)
    if name in ("spikes", "jitter"):
        assert g.change_count == 0, "single stalls and noise are no reason to paint less"
        assert machine.restyled > 0.999 * FRAMES


def assert_slow_oscillation(machine: Machine) -> None:
    """Up and down again, and up and down once more: at least a second apart."""
    turns, last = [], State.FULL
    rising = False
    for at, state in machine.history:
        if state > last and rising:
            turns.append(at)
        rising, last = state < last, state
    assert all(b - a >= 1.0 for a, b in itertools.pairwise(turns))


def assert_recovery(machine: Machine, parts: Sequence[tuple[float, float, float]]) -> None:
    """Everything again within 2 s of the end of each load."""
    checked = 0
    for _, end, _ in parts:
        if end + 2.0 < FRAMES / machine.rate_hz:
            known = [state for at, state in machine.history if at <= end + 2.0]
            assert (known[-1] if known else State.FULL) == State.FULL, end
            checked += 1
    assert checked > 100


@pytest.mark.parametrize("rate_hz", [30.0, 72.0, 90.0, 120.0, 144.0])
@pytest.mark.parametrize("factor", [2.0, 3.0, 4.0])
def test_a_step_at_any_rate(rate_hz: float, factor: float) -> None:
    parts = [(2.0, 7.0, factor)]
    machine = Machine(rate_hz=rate_hz, load=steps(parts), seed=3).run(int(12 * rate_hz))
    assert machine.late_by_us == 0
    assert machine.history, "nothing was done about the load"
    assert machine.history[0][0] < 2.5
    assert machine.history[-1][0] <= 9.0
    assert machine.governor.state == State.FULL


def test_without_the_governor_the_same_load_makes_frames_late() -> None:
    """Else the tests above would show nothing."""
    parts = [(2.0, 7.0, 4.0)]
    free = Machine(load=steps(parts), governor=Governor(pinned=State.FULL)).run(1000)
    assert free.late_by_us > 300
    assert free.governor.state == State.FULL
    assert free.governor.passed == 0


def test_a_load_that_stays_just_too_high_is_tried_less_and_less_often() -> None:
    """Half rate is calm, full is too much: it must not flip for ever once a second."""

    class Borderline(Governor):
        def end(self, now_ns: int, restyled: bool, had_field: bool = True) -> None:
            share = 0.7 if self.state == State.FULL else 0.44
            super().end(self._began_ns + int(share * self._period_ns), restyled, had_field)

    machine = Machine(governor=Borderline(), eye=0.01).run(90 * 120)
    demotions = [at for at, state in machine.history if state == State.HALF_RATE]
    gaps = [b - a for a, b in itertools.pairwise(demotions)]
    assert 5 <= len(demotions) <= 14
    assert gaps[0] < 3.5
    assert min(gaps[-3:]) > 15.0


def test_a_machine_that_can_do_nothing_gets_its_own_frames() -> None:
    machine = Machine(load=lambda t: 20.0, engine=0.01).run(2000)
    assert machine.governor.state == State.PASS_THROUGH
    assert machine.restyled <= 1
    assert machine.late_by_us <= 1  # the very first eye: nothing was known before it


def test_one_eye_is_given_up_when_the_other_took_long() -> None:
    g = Governor()
    assert g.begin(0, 1000).composite
    assert g.fits(0, 2)
    g.eye_took(600)
    assert not g.fits(600, 1)
    g.end(601, restyled=False)
    assert (g.passed, g.late) == (1, 0)
    assert g.state == State.FULL


def test_what_comes_after_the_composite_is_left_time_for() -> None:
    """An upload of 400 of 1000: two eyes of 250 fit no longer."""
    g = Governor()
    for frame in range(20):
        now = 1000 * frame
        g.begin(now, 1000)
        for eye in range(2):
            assert g.fits(now, 2 - eye)
            g.eye_took(100)
            now += 100
        g.painted(now)
        g.end(now + 400, restyled=True)
    g.begin(50_000, 1000)
    assert g.fits(50_000, 2)
    g.eye_took(250)
    assert not g.fits(50_250, 1)


def test_one_slow_hand_over_is_soon_forgotten() -> None:
    """Making swapchains took three periods in the first frame; it must not pass frames for ever."""
    g, restyled = Governor(), []
    for frame in range(30):
        now = 10_000 * frame
        g.begin(now, 1000)
        fits = g.fits(now, 2)
        if fits:
            g.eye_took(50)
            g.eye_took(50)
        g.painted(now + 100)
        g.end(now + 100 + (3000 if frame == 0 else 100), restyled=fits)
        restyled.append(fits)
    assert all(restyled[8:])
    assert g.state <= State.HALF_RATE


def test_fields_are_spaced_by_what_they_cost() -> None:
    for state in State:
        machine = Machine(governor=Governor(pinned=state), network=2.2, jitter=0.0).run(4400)
        spacing, network = EFFORT[state].spacing, 0.55 if EFFORT[state].half else 2.2
        apart = max(math.ceil(network), round(spacing * max(1.0, network)))
        assert machine.fields == pytest.approx(4400 / apart, rel=0.15), state


def test_every_change_is_logged_once_and_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="eyebrush")
    machine = Machine(load=steps([(1.0, 3.0, 4.0)])).run(600)
    g = machine.governor
    assert [c.after for c in g.changes] == [state for _, state in machine.history]
    assert len(caplog.records) == g.change_count == len(g.changes) >= 2
    assert "full -> half-rate: frames take" in caplog.records[0].getMessage()
    assert g.status()["last_change"] in caplog.records[-1].getMessage()
    assert g.status()["state"] == "full"


def test_memory_of_changes_is_bounded() -> None:
    machine = Machine(load=steps(STEPS)).run(100_000)
    assert machine.governor.change_count > CHANGES_KEPT == len(machine.governor.changes)


def test_the_table_gives_up_more_from_state_to_state() -> None:
    def cost(state: State) -> tuple[float, bool, bool]:
        e = EFFORT[state]
        return ((0.25 if e.half else 1.0) / e.spacing, e.strokes, e.composite)

    assert list(EFFORT) == list(State)
    for a, b in zip(State, list(State)[1:], strict=False):
        assert all(x >= y for x, y in zip(cost(a), cost(b), strict=True))
        assert cost(a) != cost(b)
    assert HIGH < LIMIT < 1


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40_000_000), st.integers(0, 40_000_000), st.integers(1, 50_000_000)
        ),
        max_size=300,
    )
)
def test_any_times_at_all_keep_the_rules(frames: list[tuple[int, int, int]]) -> None:
    """Neighbouring states only, no promotion within a second of a demotion, honest counts."""
    g, now = Governor(), 0
    seen = [(0, g.state)]
    for eye, other, period in frames:
        effort = g.begin(now, period)
        done = 0
        while effort.composite and done < 2 and g.fits(now, 2 - done):
            now, done = now + eye, done + 1
            g.eye_took(eye)
        if done < 2 and (part := g.probe_due(now)):
            g.eye_took(eye // part * part)
        now += other
        g.end(now, done == 2)
        if g.state != seen[-1][1]:
            seen.append((now, g.state))
        now += 1
    assert g.frames == len(frames)
    demoted = -SETTLE_NS
    for (_, a), (at, b) in itertools.pairwise(seen):
        assert abs(a - b) == 1
        if b > a:
            demoted = at
        else:
            assert at - demoted >= SETTLE_NS
