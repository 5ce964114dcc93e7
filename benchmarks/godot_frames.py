#!/usr/bin/env python3
"""What the Godot addon costs a frame: Godot on lavapipe, in an OpenXR session.

    sudo python benchmarks/godot_frames.py -o results/godot.json

Needs the engine root (tests/engine/setup-engine-root.sh). For Mobile and Forward+, in one run: the
effect off, on without a runtime, on with `eyebrush serve`. Frame times are those of a software
GPU and a null compositor; the addon's own CPU times (grab, read, upload, composite) are what
carries over to other machines. Prints a table; -o keeps the numbers.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
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
    why_not,
    work_folder,
)

METHODS = ("mobile", "forward_plus")
CASES = ("off", "no runtime", "runtime")
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
        if case == "runtime":
            stack.enter_context(runtime(work / "serve.log", session))
        command = godot_command(project, "--resolution", "64x64", method=method, xr=True)
        command += ["--", "xr=1", "move=1", f"seconds={seconds}", f"multiplier={multiplier}"]
        command += [f"session={session}", f"effect={0 if case == 'off' else 1}"]
        godot = stack.enter_context(
            process(command, log, DISPLAY=screen.name, HOME=work, XDG_RUNTIME_DIR=folder)
        )
        text = finish(godot, log, seconds + 120)
    lines = [json.loads(x[9:]) for x in text.splitlines() if x.startswith('eyebrush {"')]
    half = lines[len(lines) // 2 :]  # the first half is start and warming up
    frames = sum(x["frames"] for x in half)
    return {
        "method": method,
        "case": case,
        "frame_ms": sum(x["us"] for x in half) / frames / 1000,
        "frames": frames,
        "report": half[-1],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    head = " | ".join(f"{s} ms" for s in STAGES)
    out = [
        f"| renderer | effect | frame ms | {head} | fields / frames |",
        "| --- | --- | ---: |" + " ---: |" * (len(STAGES) + 1),
    ]
    for row in rows:
        costs = row["report"].get("cpu_ms")
        cells = " | ".join(f"{costs[s]:.3f}" if costs else "" for s in STAGES)
        share = f"{costs['fields']}/{costs['frames']}" if costs else ""
        out.append(
            f"| {row['method']} | {row['case']} | {row['frame_ms']:.1f} | {cells} | {share} |"
        )
    return "\n".join(out)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--multiplier", type=float, default=4.6, help="4.6: 1472x1104 per eye")
    parser.add_argument("--seconds", type=int, default=25, help="of each of the six runs")
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
    if a.output:
        a.output.write_text(json.dumps({"multiplier": a.multiplier, "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
