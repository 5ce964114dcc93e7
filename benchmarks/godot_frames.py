#!/usr/bin/env python3
"""What the Godot addon costs a frame: Godot on lavapipe, in an OpenXR session.

    sudo python benchmarks/godot_frames.py -o results/godot.json

Needs the engine root (tests/engine/setup-engine-root.sh). For Mobile and Forward+, in one run: the
effect off, on without a runtime, on with `eyebrush serve`, and with one that is killed in the
middle: how far the game's frame rate drops in any second of the five that follow. Frame times are
those of a software GPU and a null compositor; the addon's own CPU times (grab, read, upload,
composite) are what carries over to other machines. Prints a table; -o keeps the numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "engine"))
from engine_root import (
    HERE,
    copy_project,
    display,
    finish,
    godot_command,
    import_project,
    monado,
    process,
    runtime,
    tail,
    why_not,
    work_folder,
)

METHODS = ("mobile", "forward_plus")
CASES = ("off", "no runtime", "runtime", "killed")
AFTER_KILL_S = 5
STAGES = ("grab", "read", "upload", "composite", "other", "all")


def measure(
    project: Path, work: Path, method: str, case: str, multiplier: float, seconds: int
) -> dict[str, Any]:
    """One run: milliseconds a frame, and what the effect reported at its end."""
    session = f"bench-{os.getpid()}"
    log = work / "godot.log"
    with contextlib.ExitStack() as stack:
        screen = stack.enter_context(display(work))
        folder = stack.enter_context(monado(work))
        serve = None
        if case in ("runtime", "killed"):
            serve = stack.enter_context(runtime(work / "serve.log", session))
        command = godot_command(project, "--resolution", "64x64", method=method, xr=True)
        command += ["--", "xr=1", "move=1", f"seconds={seconds}", f"multiplier={multiplier}"]
        command += [f"session={session}", f"effect={0 if case == 'off' else 1}"]
        godot = stack.enter_context(
            process(command, log, DISPLAY=screen.name, HOME=work, XDG_RUNTIME_DIR=folder)
        )
        before = _killed_in_the_middle(serve, log, seconds) if case == "killed" and serve else 0
        text = finish(godot, log, seconds + 120)
    lines = _lines(text)
    half = lines[len(lines) // 2 :]  # the first half is start and warming up
    if before:
        half = lines[before // 2 : before]
    frames = sum(x["frames"] for x in half)
    return {
        "method": method,
        "case": case,
        "frame_ms": sum(x["us"] for x in half) / frames / 1000,
        "frames": frames,
        "cpu_ms": _costs(half),
        **({"slowest_second": _slowest_second(half, lines[before:])} if before else {}),
    }


def _costs(lines: list[dict[str, Any]]) -> dict[str, float]:
    """Of the addon: CPU milliseconds of each stage in a mean frame, and the fields in a frame."""
    costs = [x["cpu_ms"] for x in lines if x.get("cpu_ms", {}).get("frames")]
    frames = sum(x["frames"] for x in costs)
    if not frames:
        return {}
    out = {s: sum(x[s] * x["frames"] for x in costs) / frames for s in STAGES}
    return out | {"fields": sum(x["fields"] for x in costs) / frames}


def _lines(text: str) -> list[dict[str, Any]]:
    """What the game wrote, about twice a second."""
    return [json.loads(x[9:]) for x in text.splitlines() if x.startswith('eyebrush {"')]


def _killed_in_the_middle(serve: subprocess.Popen, log: Path, seconds: int) -> int:
    """Kills the runtime when half of the game's time is over; how many lines there were."""
    end = time.monotonic() + seconds + 60
    while not (lines := _lines(log.read_text("utf-8", "replace"))) or (
        lines[-1]["at_us"] < seconds * 1e6 / 2
    ):
        if time.monotonic() > end:
            raise SystemExit(f"godot_frames: the game wrote {len(lines)} lines: {tail(log)}")
        time.sleep(0.2)
    serve.kill()
    return len(lines)


def _slowest_second(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> float:
    """The frame rate of the slowest second after the kill as a share of the mean rate before."""

    def rate(some: list[dict[str, Any]]) -> float:
        return sum(x["frames"] for x in some) / sum(x["us"] for x in some)

    rates = []
    while after and after[0]["at_us"] < before[-1]["at_us"] + AFTER_KILL_S * 1e6:
        ends = [x["at_us"] - after[0]["at_us"] + after[0]["us"] >= 1e6 for x in after]
        if True not in ends:
            break
        rates.append(rate(after[: ends.index(True) + 1]))
        after = after[1:]
    return round(min(rates) / rate(before), 3)


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    head = " | ".join(f"{s} ms" for s in STAGES)
    out = [
        f"| renderer | effect | frame ms | {head} | fields a frame |",
        "| --- | --- | ---: |" + " ---: |" * (len(STAGES) + 1),
    ]
    for row in rows:
        costs = row["cpu_ms"]
        cells = " | ".join(f"{costs[s]:.3f}" if costs else "" for s in STAGES)
        share = f"{costs['fields']:.2f}" if costs else ""
        out.append(
            f"| {row['method']} | {row['case']} | {row['frame_ms']:.1f} | {cells} | {share} |"
        )
    return "\n".join(out)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--multiplier", type=float, default=4.6, help="4.6: 1472x1104 per eye")
    parser.add_argument("--seconds", type=int, default=25, help="of each of the eight runs")
    parser.add_argument("-o", "--output", type=Path)
    a = parser.parse_args()
    if reason := why_not():
        print(f"godot_frames: {reason}", file=sys.stderr)
        return 2
    rows = []
    with work_folder() as work:
        project = copy_project(HERE / "godot_checks", work / "project")
        import_project(project, work)
        for method in METHODS:
            for case in CASES:
                rows.append(measure(project, work, method, case, a.multiplier, a.seconds))
                print(table(rows[-1:]).splitlines()[-1], file=sys.stderr)
    print(table(rows))
    for row in rows:
        if "slowest_second" in row:
            share = f"{row['slowest_second']:.0%} of the frame rate before"
            print(f"{row['method']}: slowest of {AFTER_KILL_S} seconds after the kill: {share}")
    if a.output:
        a.output.write_text(json.dumps({"multiplier": a.multiplier, "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
