"""Times of the native ops, both eyes, by eye size: a table, and JSON with --json.

    python benchmarks/composite.py [--threads N] [--isa plain|avx2|avx512] [--json FILE]

Wall-clock times, so run it on a quiet machine; the CPU time beside them (of all threads, per
frame) shows how busy it was: on a quiet one, CPU / threads is close to the median. `of memcpy` is
the bytes that an op must read and write, over what memcpy moves in the same time on this machine
with the same number of threads: how far the op is from being limited by memory alone (more than
100 % where the frames stay in the caches, which memcpy's 64 MiB do not).
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eyebrush import _core, ops, reference
from eyebrush.frame import View, reprojection

SIZES = ((256, 256), (512, 512), (1024, 1024), (1600, 1440))  # height, width of an eye
SHORT_TIMES_S = (0.15, 1.5)  # at least this long, at most this long, for one line of the table
TURN = View(orientation_xyzw=(0.004, 0.006, 0.002, 0.999972))  # about 0.9 degrees


def measure(call: Callable[[], object], least_runs: int = 5) -> dict[str, float]:
    """Median and least wall-clock time and the CPU time of one call, in ms."""
    call()
    wall: list[float] = []
    cpu_started, started = time.process_time(), time.perf_counter()
    while True:
        before = time.perf_counter()
        call()
        wall.append(time.perf_counter() - before)
        spent = time.perf_counter() - started
        if spent > SHORT_TIMES_S[len(wall) < least_runs]:
            break
    return {
        "median_ms": statistics.median(wall) * 1e3,
        "min_ms": min(wall) * 1e3,
        "cpu_ms": (time.process_time() - cpu_started) / len(wall) * 1e3,
        "runs": len(wall),
    }


def memcpy_gb_per_s(threads: int) -> float:
    """Bytes read plus bytes written per second by plain copies, far beyond the caches."""
    source = np.ones(64 << 20, np.uint8)
    target = np.zeros_like(source)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    with ThreadPoolExecutor(threads) as pool:
        best = measure(lambda: list(pool.map(lambda part: np.copyto(*part), parts)))["min_ms"]
    return 2 * source.nbytes / best / 1e6


def field_for(height: int, width: int, rng: np.random.Generator) -> dict[str, Any]:
    """A style field of the shipped network's shape: 16x16x8 grid, strokes at half resolution."""
    identity = np.eye(3, 4, dtype=np.float32).reshape(12, 1, 1, 1)
    h, w = reference.field_size(height, width)
    return {
        "grid": identity + rng.normal(0, 0.15, (2, 12, 8, 16, 16)).astype(np.float32),
        "strokes": rng.integers(0, 256, (2, 2 * h, 2 * w, 4), dtype=np.uint8),
        "extent": reference.extent(height, width),
    }


def calls(height: int, width: int) -> dict[str, tuple[Callable[[], object], int]]:
    """The lines of the table for one size: what to call, and the bytes that it must move."""
    rng = np.random.default_rng(0)
    color = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    out = np.empty_like(color)
    small = ops.ingest(color)
    field = field_for(height, width, rng)
    depth_m = rng.uniform(1, 20, (2, height // 4, width // 4)).astype(np.float32)
    matrix, parallax = (np.stack([part] * 2) for part in reprojection(TURN, View()))
    turned = {"matrix": matrix.astype(np.float32)}
    moved = turned | {"parallax": parallax.astype(np.float32), "depth_m": depth_m}
    moves = color.nbytes + out.nbytes + field["strokes"].nbytes

    def composite(**more: Any) -> Callable[[], object]:
        return lambda: ops.composite(color, **field, **more, out=out)

    return {
        "ingest": (lambda: ops.ingest(color, 4, out=small), color.nbytes + small.nbytes),
        "composite, same pose": (composite(), moves),
        "composite, head turned": (composite(**turned), moves),
        "composite, turned, parallax": (composite(**moved), moves + depth_m.nbytes),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, help="default: all CPUs this process may use")
    parser.add_argument("--isa", choices=("plain", "avx2", "avx512"), help="default: the best")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    if options.threads:
        ops.set_threads(options.threads)
    if options.isa:
        _core.set_isa(options.isa)

    memcpy = memcpy_gb_per_s(ops.threads())
    lines: list[dict[str, Any]] = []
    for height, width in track(SIZES, description="Timing", console=Console(stderr=True)):
        for name, (call, moved_bytes) in calls(height, width).items():
            figures = measure(call)
            reached = moved_bytes / figures["min_ms"] / 1e6
            lines.append(
                {"op": name, "height": height, "width": width, "eyes": 2}
                | figures
                | {"gb_per_s": reached, "share_of_memcpy": reached / memcpy}
            )

    table = Table(title=f"ms for both eyes; {ops.describe()}; memcpy {memcpy:.1f} GB/s")
    for title in ("op", "eye", "median", "min", "CPU", "of memcpy"):
        table.add_column(title, justify="left" if title == "op" else "right", no_wrap=True)
    for line in lines:
        table.add_row(
            line["op"],
            f"{line['width']}x{line['height']}",
            f"{line['median_ms']:.2f}",
            f"{line['min_ms']:.2f}",
            f"{line['cpu_ms']:.2f}",
            f"{line['share_of_memcpy']:.0%}",
            end_section=line["op"].endswith("parallax"),
        )
    Console().print(table)
    if options.json:
        report = {
            "machine": {"processor": platform.machine(), "python": platform.python_version()},
            "core": ops.cpu_features(),
            "memcpy_gb_per_s": memcpy,
            "lines": lines,
        }
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
