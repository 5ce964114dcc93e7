"""What the demo says about a run: report.json, and a table for people."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import eyebrush
from eyebrush import ops
from eyebrush.backends import BackendInfo
from eyebrush.demo.loop import Recording
from eyebrush.frame import FIELD_STAGES

SCHEMA = "eyebrush-demo/1"
LIVE = "live: frames come at the clip's rate; the newest field is composited over each"
OFFLINE = "offline: every frame waits for a field of its own"
STAGE_NOTES = {
    "ingest": "eye buffers -> network input",
    "tone": "colour statistics",
    "network": "style field",
    "calm": "strokes kept where they were",
    "field": "the four above",
    "composite": "full resolution, both eyes",
    "frame": "all that a display frame costs",
}


def build_report(
    recording: Recording,
    *,
    backend: BackendInfo,
    clip: dict[str, Any],
    styles: Sequence[str],
    outputs: dict[str, str],
) -> dict[str, Any]:
    """report.json: times in milliseconds unless the name says otherwise."""
    fields = recording.field_ns
    stages = {name: [f[name] for f in fields] for name in FIELD_STAGES}
    stages["field"] = [sum(f.values()) for f in fields]
    stages["composite"] = recording.composite_ns
    stages["frame"] = recording.frame_ns
    seconds = recording.wall_ns * 1e-9
    late_at_switch = len(set(recording.switched_at) & set(recording.late))
    return {
        "schema": SCHEMA,
        "eyebrush": eyebrush.__version__,
        "mode": "live" if recording.live else "offline",
        "mode_means": LIVE if recording.live else OFFLINE,
        "rate_hz": round(recording.rate_hz, 3),
        "budget_ms": round(1e3 / recording.rate_hz, 2),
        "frames": len(recording.frame_ns),
        "frames_late": len(recording.late),
        "frames_skipped": recording.skipped,
        "frames_passed_through": len(recording.passed),
        "frames_per_second": round(len(recording.frame_ns) / seconds, 2),
        "fields": len(fields),
        "fields_per_second": round(len(fields) / seconds, 2),
        "field_age_frames": percentiles(recording.field_age),
        "stages_ms": {k: percentiles([v * 1e-6 for v in values]) for k, values in stages.items()},
        "style_switch": {
            "count": len(recording.switch_ns),
            "late_frames": late_at_switch,
            "cost_ms": percentiles([v * 1e-6 for v in recording.switch_ns]),
        },
        "governor": recording.governor,
        "styles": list(styles),
        "clip": clip,
        "backend": backend.as_dict(),
        "native_core": ops.describe(),
        "cpu": {"model": cpu_model(), "logical_cores": usable_cores()},
        "peak_rss_mb": peak_rss_mb(),
        "outputs": outputs,
    }


def print_table(report: dict[str, Any]) -> None:
    """The report for people, on stdout."""
    from rich.console import Console
    from rich.table import Table

    budget = report["budget_ms"]
    table = Table("stage", "", *(f"{p} ms" for p in ("p50", "p95", "p99", "max")))
    for name, numbers in report["stages_ms"].items():
        cells = [f"{numbers[p]:.2f}" for p in ("p50", "p95", "p99", "max")]
        if name == "frame":
            table.add_section()
            cells = [f"[{'green' if float(c) <= budget else 'red'}]{c}[/]" for c in cells]
        table.add_row(name, STAGE_NOTES[name], *cells)
    console = Console()
    console.print(table)
    b, switch, governor = report["backend"], report["style_switch"], report["governor"]
    lines = [
        report["mode_means"],
        f"{report['frames']} frames shown, {report['frames_late']} late, "
        f"{report['frames_skipped']} skipped (budget {budget} ms at {report['rate_hz']:.0f} Hz); "
        f"{report['fields_per_second']} fields a second, "
        f"a field is {report['field_age_frames']['p50']:.0f} frames old (p50)",
        *(
            [
                f"governor: {governor['state']}, {governor['changes']} changes of state, "
                f"{report['frames_passed_through']} frames passed through unstyled"
            ]
            if governor
            else []
        ),
        f"{switch['count']} style changes, {switch['cost_ms']['max']:.2f} ms at most, "
        f"{switch['late_frames']} of them late",
        f"{b['backend']} {b['version'].split('-')[0]}, {b['device']}, {b['precision']}, "
        f"{b['threads']} threads; {report['cpu']['model']}; peak memory "
        f"{report['peak_rss_mb'] or 'unknown'} MB",
    ]
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def cpu_model() -> str:
    """As the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """Logical cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_rss_mb() -> int | None:
    """Highest resident memory of this process so far; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99, max; of nothing, zeros."""
    data = np.asarray(values if len(values) else [0.0], np.float64)
    names = ("p50", "p95", "p99", "max")
    return {
        n: round(float(np.percentile(data, q)), 3)
        for n, q in zip(names, (50, 95, 99, 100), strict=True)
    }
