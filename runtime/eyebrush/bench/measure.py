"""One backend at one profile: replay, and what comes of it as numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from eyebrush.bench.energy import EnergyMeter
from eyebrush.bench.profiles import Profile
from eyebrush.demo.loop import Recording, play
from eyebrush.demo.report import percentiles
from eyebrush.demo.schedule import StyleSchedule
from eyebrush.errors import BackendError
from eyebrush.frame import FIELD_STAGES, EyeFrames
from eyebrush.governor import Governor, State
from eyebrush.stylizer import Stylizer

SCHEMA = "eyebrush-bench/1"
WARM_UP_S = 1.0
DISPLAY_STAGES = ("composite", "rest")  # one after the other, before a frame can be shown
HALF = 0.5  # of the budget: what p99 may take for a profile to be held with room


def measure(
    stylizer: Stylizer,
    frames: Sequence[EyeFrames],
    profile: Profile,
    *,
    seconds: float,
    governed: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Recording, dict[str, Any]]:
    """Replay at the profile's rate, a second of warm-up first; the recording without it, and what
    was read from the machine beside: memory, energy."""
    stylizer.settle(*frames[0].color.shape[:3])
    warm_up = round(WARM_UP_S * profile.rate_hz)
    count = warm_up + max(2, round(seconds * profile.rate_hz))

    def replay() -> Recording:
        return play(
            stylizer,
            frames,
            StyleSchedule([stylizer.style], count, fade=0),
            rate_hz=profile.rate_hz,
            live=True,
            keep=lambda _: False,
            progress=progress,
            governor=Governor() if governed else Governor(pinned=State.FULL),
        )

    recording, facts = beside(replay)
    return without_warm_up(recording, warm_up), facts


def beside(run: Callable[[], Recording]) -> tuple[Recording, dict[str, Any]]:
    """A run, and what the machine's own meters say of it: memory before and after, energy."""
    meter = EnergyMeter()
    before_mb = resident_mb()
    meter.start()
    recording = run()
    joules = meter.stop()
    seconds = max(1e-9, recording.wall_ns * 1e-9)
    shown = max(1, len(recording.index))
    return recording, {
        "resident_mb": {"before": before_mb, "after": resident_mb()},
        "energy": {
            "meters": meter.parts,
            "why_not": meter.why_not,
            "watts": None if joules is None else round(joules / seconds, 2),
            "mj_per_frame": None if joules is None else round(1e3 * joules / shown, 2),
        },
    }


def without_warm_up(recording: Recording, warm_up: int) -> Recording:
    """The same from display frame ``warm_up`` on. Fields are kept whole but for the first few."""
    keep = [k for k, i in enumerate(recording.index) if i >= warm_up]
    share = len(recording.index) - len(keep)
    dropped_fields = round(len(recording.field_ns) * share / max(1, len(recording.index)))
    return Recording(
        live=True,
        rate_hz=recording.rate_hz,
        wall_ns=recording.wall_ns,
        skipped=recording.skipped,
        index=[recording.index[k] for k in keep],
        frame_ns=[recording.frame_ns[k] for k in keep],
        composite_ns=[recording.composite_ns[k] for k in keep],
        field_age=[recording.field_age[k] for k in keep],
        state=[recording.state[k] for k in keep],
        field_ns=recording.field_ns[dropped_fields:],
        late=[i for i in recording.late if i >= warm_up],
        passed=[i for i in recording.passed if i >= warm_up],
        governor=recording.governor,
    )


def refuse_fallback(asked: str, precision: str, really: dict[str, Any]) -> None:
    """Raise BackendError unless what was asked for by name is what ran."""
    wrong = [
        f"{what} {wanted!r} but {really[what]!r} ran"
        for what, wanted in (("backend", asked), ("precision", precision))
        if wanted not in ("auto", really[what])
    ]
    if wrong:
        raise BackendError(
            f"asked for {' and '.join(wrong)}: no result is written; "
            "fix: ask for what this machine has (eyebrush doctor), or for auto"
        )


def summary(recording: Recording, profile: Profile) -> dict[str, Any]:
    """Milliseconds unless the name says otherwise; shares are of the frames shown, 0..1."""
    shown = len(recording.index)
    due = shown + recording.skipped
    ms = {
        "frame": np.asarray(recording.frame_ns) * 1e-6,
        "composite": np.asarray(recording.composite_ns) * 1e-6,
    }
    ms["rest"] = ms["frame"] - ms["composite"]
    for name in FIELD_STAGES:
        ms[name] = np.asarray([made[name] for made in recording.field_ns]) * 1e-6
    ms["field"] = np.asarray([sum(made.values()) for made in recording.field_ns]) * 1e-6
    stages = {name: percentiles(list(values)) for name, values in ms.items()}
    states = Counter(State(s).label for s in recording.state)
    full = states.get(State.FULL.label, 0) / max(1, shown)
    late = (len(recording.late) + recording.skipped) / max(1, due)
    passed = len(recording.passed) / max(1, shown)
    period_ms = profile.budget_ms
    return {
        "frames_shown": shown,
        "frames_late": len(recording.late),
        "frames_skipped": recording.skipped,
        "late_share": round(late, 5),
        "passed_through_share": round(passed, 5),
        "state_shares": {name: round(n / max(1, shown), 5) for name, n in states.items()},
        "stages_ms": stages,
        "motion_to_photon_added": {
            # what stands between the engine's frame and the headset's runtime
            "ms": stages["frame"],
            "share_of_period": {k: round(v / period_ms, 4) for k, v in stages["frame"].items()},
            "strokes_are_old_ms": percentiles([a * period_ms for a in recording.field_age]),
        },
        "governor": recording.governor,
        "verdict": _verdict(stages["frame"]["p99"], period_ms, late, passed, full),
    }


def _verdict(
    p99_ms: float, budget_ms: float, late: float, passed: float, full: float
) -> dict[str, Any]:
    """Whether the profile is held, in one line that hides nothing."""
    reasons = []
    if late:
        reasons.append(f"{late:.1%} of the frames late")
    if passed:
        reasons.append(f"{passed:.1%} passed through unstyled")
    if full < 1.0:
        reasons.append(f"{1 - full:.1%} with less than full effort")
    holds = not reasons and p99_ms <= budget_ms
    if holds and p99_ms <= HALF * budget_ms:
        line = f"holds: p99 {p99_ms:.2f} ms, {p99_ms / budget_ms:.0%} of the budget"
    elif holds:
        line = f"holds, without much room: p99 {p99_ms:.2f} ms, {p99_ms / budget_ms:.0%}"
    else:
        reasons = reasons or [f"p99 {p99_ms:.2f} ms of {budget_ms:.1f} ms"]
        line = "does not hold: " + ", ".join(reasons)
    return {"holds": holds, "with_room": holds and p99_ms <= HALF * budget_ms, "line": line}


def resident_mb() -> float | None:
    """Memory that this process has now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    import resource

    return round(pages * resource.getpagesize() / 1e6, 1)


def profile_facts(profile: Profile) -> dict[str, Any]:
    """A profile for the report."""
    return {**asdict(profile), "budget_ms": round(profile.budget_ms, 3)}
