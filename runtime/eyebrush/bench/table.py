"""A benchmark's result for people in a terminal, and every frame of it as CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eyebrush.atomic import replacing
from eyebrush.demo.loop import Recording
from eyebrush.governor import State

STAGES = {
    "frame": "all that a display frame costs",
    "composite": "full resolution, both eyes",
    "rest": "Python, governor, hand-over to the network",
    "field": "beside: all that a style field costs",
    "network": "beside: style field alone",
}
POINTS = ("p50", "p95", "p99", "max")


def print_table(report: dict[str, Any]) -> None:
    """The report on stdout."""
    from rich.console import Console
    from rich.table import Table

    p = report["profile"]
    console = Console()
    console.print(
        f"[bold]{p['name']}[/]: {p['width_px']}x{p['height_px']} per eye at {p['rate_hz']:.0f} Hz, "
        f"budget {p['budget_ms']:.2f} ms; {report['source']}",
        highlight=False,
    )
    for run in report["runs"]:
        really, result = run["really"], run["summary"]
        table = Table("stage", "", *(f"{point} ms" for point in POINTS))
        for name, what in STAGES.items():
            cells = [f"{result['stages_ms'][name][point]:.2f}" for point in POINTS]
            table.add_row(name, what, *cells)
        console.print(table)
        energy = run["energy"]
        lines = [
            f"{really['backend']} {really['version'].split('-')[0]}, {really['device']}, "
            f"{really['precision']}, {really['threads']} threads",
            f"{result['frames_shown']} frames; governor: {result['governor']['state']}, "
            f"{result['governor']['changes']} changes",
            f"energy: {energy['mj_per_frame']} mJ a frame, {energy['watts']} W"
            if energy["watts"] is not None
            else f"energy: not known, {energy['why_not']}",
            result["verdict"]["line"],
        ]
        console.print("\n".join(lines), highlight=False, soft_wrap=True)


def write_csv(path: Path, runs: Sequence[tuple[str, Recording]]) -> None:
    """A row for each display frame of each run."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(
            [
                "run",
                "frame",
                "frame_ms",
                "composite_ms",
                "strokes_age_frames",
                "state",
                "late",
                "passed",
            ]
        )
        for name, r in runs:
            late, passed = set(r.late), set(r.passed)
            for k, i in enumerate(r.index):
                table.writerow(
                    [
                        name,
                        i,
                        f"{r.frame_ns[k] * 1e-6:.4f}",
                        f"{r.composite_ns[k] * 1e-6:.4f}",
                        r.field_age[k],
                        State(r.state[k]).label,
                        int(i in late),
                        int(i in passed),
                    ]
                )
