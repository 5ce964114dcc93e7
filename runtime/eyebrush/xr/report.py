"""What a run on a headset measured, for programs and for people."""

from __future__ import annotations

from collections import Counter
from typing import Any

import eyebrush
from eyebrush import ops
from eyebrush.demo.report import cpu_model, peak_rss_mb, percentiles, usable_cores
from eyebrush.governor import State
from eyebrush.xr.player import Player
from eyebrush.xr.record import WARM_UP_FRAMES

SCHEMA = "eyebrush-xr/1"
STAGES = ("source", "composite", "upload", "python", "ours", "runtime")


def build_report(player: Player) -> dict[str, Any]:
    """Times in milliseconds unless the name says otherwise; see ``record.Record``. Percentiles are
    of the frames that it keeps, the newest ones."""
    r = player.record
    states = Counter(State(s).label for s in r.state)
    stylizer = player.stylizer
    return {
        "schema": SCHEMA,
        "eyebrush": eyebrush.__version__,
        "headset": player.facts,
        "source": player.options.source,
        "style": stylizer.style.name,
        "sessions": player.sessions,
        "frames": r.shown,
        "frames_measured": r.measured,
        "frames_late": r.late_count,
        "frames_late_by_us": r.late_by_us,
        "frames_passed_through": r.passed_count,
        "frames_not_rendered": r.not_rendered,
        "frames_unlocated": r.unlocated,
        "rate_hz": round(1e9 / r.period_ns, 2) if r.period_ns else None,
        "budget_ms": round(r.period_ns * 1e-6, 2),
        "stages_ms": {name: percentiles([ns * 1e-6 for ns in getattr(r, name)]) for name in STAGES},
        "garbage": {"collections": r.collections, "objects_left": r.garbage},
        "governor": player.governor.status(),
        "frames_in_state": dict(states),
        "judged": None if stylizer.observer is None else stylizer.observer.status(),
        "accent": None if stylizer.accents is None else stylizer.accent.as_dict(),
        "backend": stylizer.describe().as_dict(),
        "native_core": ops.describe(),
        "cpu": {"model": cpu_model(), "logical_cores": usable_cores()},
        "peak_rss_mb": peak_rss_mb(),
        "outputs": {},
    }


def print_report(report: dict[str, Any]) -> None:
    """The same for people, on stdout."""
    h, b, g = report["headset"], report["backend"], report["governor"]
    size = f"{h['width_px']}x{h['height_px']} per eye"
    print(f"{h['runtime']}, {h['graphics']} on {h['device']}, {size}")
    print(
        f"{report['frames']} frames at {report['rate_hz']} Hz ({report['budget_ms']} ms), "
        f"{report['frames_late']} late, {report['frames_late_by_us']} of them because of us; "
        f"{report['frames_passed_through']} passed through unstyled"
    )
    if report["frames_measured"]:
        head = f"{'ms':>12} {'p50':>8} {'p95':>8} {'p99':>8} {'max':>8}"
        print(f"{head}   (without {WARM_UP_FRAMES} frames to warm up)")
        for name, p in report["stages_ms"].items():
            print(f"{name:>12} {p['p50']:8.2f} {p['p95']:8.2f} {p['p99']:8.2f} {p['max']:8.2f}")
    print(f"governor: {g['state']}, {g['changes']} changes of state {g['last_change']}".rstrip())
    if report["judged"] is not None:
        j = report["judged"]
        print(f"judge, last: better than {j['better_than']:.0%} of good results in {j['style']}")
    if report["accent"] is not None:
        a = report["accent"]
        print(
            f"sound, last: strength times {a['strength']:.2f}, {a['share']:.0%} of {a['toward']}, "
            f"hue turned by {a['hue_deg']:.0f} degrees"
        )
    print(
        f"{b['backend']} {b['version'].split('-')[0]}, {b['device']}, {b['precision']}, "
        f"{b['threads']} threads; native ops: {report['native_core']}"
    )
    for what, name in report["outputs"].items():
        print(f"{what}: {name}")
