"""Times the native ops beside PyTorch's ways to the same, with each op's floor.

    python benchmarks/kernels.py                  the GPU if there is one, then the CPU
    python benchmarks/kernels.py --device cpu --threads 2
    python benchmarks/kernels.py --list           only tell what would be measured

A floor is the least time in which the device could do it: the bytes that must be read and written
once, over what plain copies move on this device in this run; or the multiply-adds, over what the
largest matrix product reaches. GPU times are of CUDA events, with buffers rotated so that no cache
helps. Needs torch and numpy besides Eyebrush; a time of PyTorch's that says "not here" names why.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

import kernel_cases
import kernel_timing
import md_table
from eyebrush import _core, ops
from kernel_cases import OURS, Case

COMPILED_ONCE = ("ingest", "composite")  # torch.compile takes seconds each time


def measure_gpu(cases: Iterable[Case], stop: float) -> dict[str, Any]:
    """All cases that fit into the GPU's memory, until ``stop`` (time.monotonic)."""
    bandwidth, rate = kernel_timing.copy_bytes_per_ms(), kernel_timing.flops_per_ms()
    lines, left_out, compiled_ops = [], [], set()
    for case in cases:
        sets = kernel_timing.rotation(case.moved_bytes)
        name = f"{case.op} {case.size}"
        if time.monotonic() > stop:
            left_out.append(f"{name}: no time left")
            continue
        if (sets + 12) * case.moved_bytes > torch.cuda.mem_get_info()[0]:
            left_out.append(f"{name}: does not fit into this GPU's memory")
            continue
        compiled = case.op not in compiled_ops or case.op not in COMPILED_ONCE
        compiled_ops.add(case.op)
        try:
            contestants = case.make("cuda", sets, compiled)
            if "torch.compile" in contestants and (why := _fails(contestants["torch.compile"])):
                left_out.append(f"torch.compile of {name}: {why}")
                del contestants["torch.compile"]
            times = kernel_timing.gpu_times(contestants, sets)
        except torch.OutOfMemoryError:
            left_out.append(f"{name}: PyTorch ran out of this GPU's memory")
            continue
        finally:
            contestants = {}
            torch.cuda.empty_cache()
        floor = max(case.moved_bytes / bandwidth, case.flops / rate)
        lines.append(_line(case, times, floor))
        _say(lines[-1])
    return {
        "copy_gb_per_s": round(bandwidth / 1e6, 1),
        "matmul_tflop_per_s": round(rate / 1e9, 1),
        "lines": lines,
        "left_out": left_out,
    }


def cpu_cases() -> list[Case]:
    """Sizes of the shipped network and of its training; float32, as CPUs compute."""
    f32 = torch.float32
    found = [kernel_cases.adain(c, h, w, f32) for c, h, w in ((32, 128, 128), (96, 64, 64))]
    found += [kernel_cases.adain(64, 360, 400, f32)]
    found += [kernel_cases.gram(c, n, f32) for c, n in ((64, 65_536), (128, 16_384), (256, 4_096))]
    found += [kernel_cases.gram(64, 144_000, f32)]
    for height, width in ((512, 512), (1600, 1440)):
        found += [kernel_cases.ingest(height, width)]
        found += [kernel_cases.composite(height, width, pose) for pose in ("same", "turned")]
    return found


def measure_cpu(cases: Iterable[Case], threads: int) -> dict[str, Any]:
    torch.set_num_threads(threads)
    ops.set_threads(threads)
    copied = torch.ones(64 << 20, dtype=torch.uint8)
    target = torch.empty_like(copied)
    copy = kernel_timing.cpu_times({"copy": lambda i: target.copy_(copied)})["copy"]
    bandwidth = 2 * copied.numel() / copy
    lines = []
    for case in cases:
        with torch.inference_mode():
            times = kernel_timing.cpu_times(case.make("cpu", 3, False))
        lines.append(_line(case, times, case.moved_bytes / bandwidth))
        _say(lines[-1])
    return {
        "threads": threads,
        "isa": _core.isa(),
        "copy_gb_per_s": round(bandwidth / 1e6, 1),
        "load_1min": round(os.getloadavg()[0], 2),
        "lines": lines,
    }


def _fails(call: kernel_timing.Call) -> str:
    """Why a call cannot be made, or nothing."""
    try:
        call(0)
    except Exception as error:  # whatever a compiler of PyTorch's lacks here
        return f"not here ({type(error).__name__}: {str(error).splitlines()[0][:120]})"
    return ""


def _line(case: Case, times: dict[str, float], floor_ms: float) -> dict[str, Any]:
    ours = times[OURS]
    return {
        "op": case.op,
        "size": case.size,
        "ms": round(ours, 5),
        "floor_ms": round(floor_ms, 5),
        "share_of_floor": round(floor_ms / ours, 3),
        "others_ms": {name: round(ms, 5) for name, ms in times.items() if name != OURS},
        "times_as_fast": {n: round(ms / ours, 2) for n, ms in times.items() if n != OURS},
    }


def table(found: dict[str, Any]) -> str:
    """One line for each case: our time, its floor, and how many times as fast as others."""
    rows = [
        [
            f"{line['op']} {line['size']}",
            f"{line['ms']:.3f}",
            f"{line['floor_ms']:.3f}",
            f"{line['share_of_floor']:.0%}",
            ", ".join(f"{name} {ratio:.1f}x" for name, ratio in line["times_as_fast"].items()),
        ]
        for line in found["lines"]
    ]
    return md_table.table(["op", "ms", "floor ms", "of floor", "as fast as"], rows)


def _say(line: dict[str, Any]) -> None:
    print(f"{line['op']} {line['size']}: {line['ms']:.3f} ms", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument("--threads", type=int, default=ops.threads(), help="of the CPU's contest")
    parser.add_argument("--seconds", type=float, default=600.0, help="for the GPU's contest")
    parser.add_argument("--small", action="store_true", help="one small case of each op")
    parser.add_argument("--list", action="store_true", help="only tell what would be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    options = parser.parse_args()
    if options.list:
        for case in kernel_cases.cases(options.small):
            needs = f"{case.moved_bytes / 1e6:.1f} MB, {case.flops / 1e9:.1f} GFLOP"
            print(f"{case.op} {case.size}: {needs}")
        return 0
    gpu = torch.cuda.is_available() and _core.cuda
    if options.device == "cuda" and not gpu:
        sys.exit(
            "error: got no GPU that torch and this Eyebrush can use; wanted one; "
            "fix: see docs/kernels.md, or --device cpu"
        )
    found: dict[str, Any] = {}
    if gpu and options.device != "cpu":
        found["gpu"] = measure_gpu(
            kernel_cases.cases(options.small), time.monotonic() + options.seconds
        )
        print(
            f"{_core.gpu_name(0)}: copies {found['gpu']['copy_gb_per_s']} GB/s, "
            f"matrix products {found['gpu']['matmul_tflop_per_s']} TFLOP/s\n"
        )
        print(table(found["gpu"]))
        print("".join(f"\nleft out: {text}" for text in found["gpu"]["left_out"]))
    if options.device != "cuda":
        chosen = kernel_cases.cases(True) if options.small else cpu_cases()
        found["cpu"] = measure_cpu(chosen, options.threads)
        print(f"CPU, {found['cpu']['isa']}, {options.threads} threads\n")
        print(table(found["cpu"]))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
