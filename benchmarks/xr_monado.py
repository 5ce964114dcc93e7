"""`eyebrush xr` on Monado's simulated headset: our share of a frame, late frames, garbage.

    sudo .venv/bin/python benchmarks/xr_monado.py [--frames 1000]     a minute and a half

Needs the engine root (tests/engine/setup-engine-root.sh). Monado runs with a real compositor on a
virtual X display, all in software, on the same cores as Eyebrush: that load is part of it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import harness
from eyebrush.errors import BackendError

sys.path.insert(0, str(harness.ROOT / "tests" / "engine"))
import engine_root
import xr_root

RATE_HZ, SCALE_PERCENT = 30, 50  # 320x360 per eye
POINTS = ("p50", "p95", "p99")
STAGES = {
    "composite": "composite, both eyes",
    "upload": "upload, both eyes and depth",
    "python": "Python, and calls to the runtime",
    "ours": "**our share of a frame**",
    "runtime": "then, in the runtime: the frame's end, the next images",
}


def compositor(display: engine_root.Display) -> list[str]:
    """Monado's settings for a compositor that really draws."""
    return [
        "XRT_COMPOSITOR_NULL=0",
        "XRT_COMPOSITOR_FORCE_XCB=1",
        f"DISPLAY={display.name}",
        f"XRT_COMPOSITOR_DEFAULT_FRAMERATE={RATE_HZ}",
        f"XRT_COMPOSITOR_SCALE_PERCENTAGE={SCALE_PERCENT}",
    ]


def measure(work: Path, graphics: str, frames: int, source: str) -> dict[str, Any]:
    """One run; the report of `eyebrush xr`."""
    place = work / f"{graphics}-{source}"
    place.mkdir()
    with (
        engine_root.display(place, (1280, 800)) as display,
        engine_root.monado(place, *compositor(display)) as runtime,
    ):
        harness.say(f"{graphics}, {source}: {frames} frames ...")
        arguments = ("--graphics", graphics, "--source", source, "--frames", str(frames))
        return xr_root.play(runtime, place / "player", *arguments, timeout_s=60 + frames / 5)


def table(runs: dict[str, dict[str, Any]]) -> str:
    """A row for each stage, columns for each binding."""
    head = ["ms", *(f"{name}, {point}" for name in runs for point in POINTS)]
    rows = []
    for stage, what in STAGES.items():
        cells = [f"{r['stages_ms'][stage][p]:.2f}" for r in runs.values() for p in POINTS]
        rows.append([what, *cells])
    lines = [harness.table(head, rows), ""]
    for name, r in runs.items():
        states = ", ".join(f"{k} {v}" for k, v in r["frames_in_state"].items())
        lines.append(
            f"{name}: {r['frames_measured']} frames at {r['rate_hz']:g} Hz, "
            f"{r['headset']['width_px']}x{r['headset']['height_px']} per eye; {r['frames_late']} "
            f"late, {r['frames_late_by_us']} because of us; {r['frames_passed_through']} passed "
            f"through; governor: {states}; {r['garbage']['collections']} garbage collections, "
            f"{r['garbage']['objects_left']} objects left."
        )
    return "\n".join(lines)


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--frames", type=int, default=1000, help="measured, after the warm-up")
    args = p.parse_args()
    if reason := xr_root.why_not():
        raise BackendError(f"no simulated headset here: {reason}")
    facts = harness.machine()
    with engine_root.work_folder() as work:
        runs = {
            graphics: measure(work, graphics, args.frames + 30, "clip")
            for graphics in ("vulkan", "egl")
        }
    settings = {"frames": args.frames, "rate_hz": RATE_HZ, "source": "clip"}
    body = harness.result("xr", "On Monado's simulated headset", facts, settings, runs)
    body["tables"] = {"xr": table(runs)}
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
