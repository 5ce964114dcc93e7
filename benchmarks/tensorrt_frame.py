"""One stereo frame's network on an NVIDIA card, by TensorRT and by torch, in one run.

    python benchmarks/tensorrt_frame.py --json tensorrt.json

By headset profile: torch eager (fp16, channels_last), torch.compile, torch with CUDA graphs, each
TensorRT library that is installed; then the whole frame (ingest, network, composite) where the ops
are built with CUDA. Wall time of a frame from its first call to its last byte, and the CPU's share
of it. Needs torch with CUDA; all that is missing besides gets a row that says so. Weights are
random: times do not depend on them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "training"))

from eyebrush import ops  # noqa: E402
from eyebrush.reference import field_size  # noqa: E402
from eyebrush_training.networks import FieldNet  # noqa: E402

PROFILES = {"index90": (1600, 1440), "quest3-90": (2208, 2064), "desk": (512, 512)}  # height, width
COMPILED = ("index90",)  # where torch.compile is measured: it takes half a minute for each size
LIBRARIES = ("tensorrt-rtx", "tensorrt")
WARM_UP, FRAMES = 30, 300
MEASURE_ROWS = 4096  # of the square matrices that show what the card can multiply


class TorchField:
    """The network in torch, as TensorRT gets it: convolutions fp16, statistics fp32."""

    def __init__(self, eye_px: tuple[int, int], device: str = "cuda") -> None:
        h, w = field_size(*eye_px, 4)
        torch.manual_seed(1)
        self.net = FieldNet().to(device, torch.float16, memory_format=torch.channels_last).eval()
        self.net.stem.register_forward_pre_hook(lambda _, inputs: (inputs[0].half(),))
        size, stats = self.net.code_size, self.net.stats_size
        self.rgb = torch.rand(2, 3, h, w, device=device)
        self.code = torch.cat((torch.ones(size // 2), torch.zeros(size // 2))).to(device)
        self.stats = torch.zeros(2, stats, device=device)
        self.fresh = torch.full((1,), 0.03, device=device)
        self.detail = torch.full((1,), 0.7, device=device)
        self.tone_in = self.tone_out = torch.eye(3, 4, device=device)

    @torch.no_grad()
    def __call__(self) -> tuple[torch.Tensor, ...]:
        tones = self.tone_in[None], self.tone_out[None]
        grid, planes, used = self.net(
            self.rgb, self.code[None], *tones, self.stats, self.fresh, self.detail
        )
        strokes = (planes.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
        e, _, h, w = strokes.shape
        strokes = strokes.reshape(e, 4, 2, 2, h, w).permute(0, 4, 2, 5, 3, 1)
        self.stats.copy_(used[0])
        return grid, strokes.reshape(e, 2 * h, 2 * w, 4).contiguous(), used

    def macs(self) -> int:
        """Multiply-adds of its convolutions for one stereo frame."""
        total = 0

        def count(module: torch.nn.Conv2d, _: Any, out: torch.Tensor) -> None:
            nonlocal total
            total += out.numel() * module.in_channels * int(np.prod(module.kernel_size))

        convolutions = [m for m in self.net.modules() if isinstance(m, torch.nn.Conv2d)]
        hooks = [m.register_forward_hook(count) for m in convolutions]
        self()
        for hook in hooks:
            hook.remove()
        return total


def recorded(work: Callable[[], Any]) -> Callable[[], Any]:
    """``work`` as a CUDA graph."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def measured(run: Callable[[], Any], wait: Callable[[], Any]) -> dict[str, float]:
    """Milliseconds a frame; ``host`` is what the calling thread is busy with it."""
    for _ in range(WARM_UP):
        run()
    wait()
    frames, hosts = [], []
    for _ in range(FRAMES):
        started = time.perf_counter()
        run()
        hosts.append(time.perf_counter() - started)
        wait()
        frames.append(time.perf_counter() - started)
    found = {f"p{p}": 1e3 * float(np.percentile(frames, p)) for p in (50, 95, 99)}
    return {**found, "host": 1e3 * float(np.median(hosts))}


def network_rows(eye_px: tuple[int, int], compiled: bool) -> dict[str, dict[str, Any]]:
    """Every way to run the network, by name; ``compiled``: torch.compile, too."""
    field, wait = TorchField(eye_px), torch.cuda.synchronize
    ways: dict[str, Callable[[], Callable[[], Any]]] = {
        "torch eager, fp16, channels_last": lambda: field,
        "torch, CUDA graph": lambda: recorded(field),
    }
    if compiled:
        faster = torch.compile(field.__call__)
        ways["torch.compile"] = lambda: faster
        ways["torch.compile, CUDA graph"] = lambda: recorded(faster)
    rows = {name: _row(lambda way=way: measured(way(), wait)) for name, way in ways.items()}
    for library in LIBRARIES:
        rows[library] = _row(lambda name=library: tensorrt_row(name, eye_px))
    return rows


def engine_source(library: str) -> Any:
    """Raises where the library, PyCUDA or a card that they serve is missing."""
    from eyebrush.backends.engine_source import EngineSource
    from eyebrush.resources import FIELD_NETWORK, asset

    return EngineSource(library, asset(FIELD_NETWORK), "f16")


def tensorrt_row(library: str, eye_px: tuple[int, int]) -> dict[str, Any]:
    """A session as the runtime uses it: its time includes pinned copies in and out."""
    session = engine_source(library).session(2, *field_size(*eye_px, 4), lambda what: None)
    buffers = session.new_buffers()
    return measured(lambda: session.run(buffers), lambda: None)


def whole_rows(eye_px: tuple[int, int]) -> dict[str, dict[str, Any]]:
    """Ingest, network and composite in one CUDA graph, eye buffers on the card already."""

    def prepare() -> dict[str, float]:
        if not ops.cpu_features()["cuda"]:
            raise RuntimeError("the ops are not built with CUDA")
        field = TorchField(eye_px)
        color = torch.randint(0, 256, (2, *eye_px, 4), dtype=torch.uint8, device="cuda")
        out = torch.empty_like(color)

        def work() -> None:
            stream = torch.cuda.current_stream()
            ops.ingest(color, 4, out=field.rgb, stream=stream)
            grid, strokes, _ = field()
            ops.composite(color, grid.contiguous(), strokes, out=out, stream=stream)

        return measured(recorded(work), torch.cuda.synchronize)

    rows = {"whole frame, torch and ops, CUDA graph": _row(prepare)}
    for library in LIBRARIES:
        name = f"whole frame, {library} and ops, with both copies over the bus"
        rows[name] = _row(lambda library=library: whole_tensorrt_row(library, eye_px))
    return rows


def whole_tensorrt_row(library: str, eye_px: tuple[int, int]) -> dict[str, Any]:
    """``GpuFrame``, which takes eye buffers from the CPU's memory and gives pixels back to it."""
    from eyebrush.backends.gpu_frame import GpuFrame
    from eyebrush.styles import open_library

    loaded = engine_source(library).load(2, *field_size(*eye_px, 4), lambda what: None)
    frame = GpuFrame(loaded.device, loaded.engine, eye_px)
    frame.color[:] = np.random.default_rng(1).integers(0, 256, frame.color.shape, np.uint8)
    style, clock = open_library().default, iter(range(10**9, 10**12, 11_111_111))
    return measured(lambda: frame.run(style, next(clock)), lambda: None)


def _row(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    torch.cuda.reset_peak_memory_stats()
    try:
        return {**make(), "memory_mb": torch.cuda.max_memory_allocated() / 1e6}
    except Exception as error:
        return {"not_here": " ".join(f"{type(error).__name__}: {error}".split())[:200]}


def rates() -> dict[str, float]:
    """What the card reaches: fp16 multiply-adds and bytes (read + written) a second."""
    a = torch.randn(MEASURE_ROWS, MEASURE_ROWS, device="cuda", dtype=torch.float16)
    block = torch.empty(1 << 28, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(block)
    product = measured(lambda: a @ a, torch.cuda.synchronize)["p50"]
    copy = measured(lambda: target.copy_(block), torch.cuda.synchronize)["p50"]
    return {
        "macs_per_s": MEASURE_ROWS**3 / product * 1e3,
        "bytes_per_s": 2 * (1 << 28) / copy * 1e3,
    }


def table(report: dict[str, Any]) -> str:
    """Markdown, a block for each profile."""
    lines = []
    for name, profile in report["profiles"].items():
        lines += [f"| {name}, ms | p50 | p95 | p99 | CPU | memory MB |", "| --- |" + " ---: |" * 5]
        lines.append(f"| floor: multiply-adds alone | {profile['floor_ms']:.3f} | | | | |")
        for row, figures in profile["rows"].items():
            if "not_here" in figures:
                lines.append(f"| {row} | not here: {figures['not_here']} | | | | |")
                continue
            cells = [f"{figures[k]:.3f}" for k in ("p50", "p95", "p99", "host")]
            lines.append(f"| {row} | {' | '.join(cells)} | {figures['memory_mb']:.0f} |")
        lines.append("")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--profiles", default=",".join(PROFILES), help="of these: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    args = parser.parse_args(argv)
    if not torch.cuda.is_available():
        print("not here: torch finds no CUDA card, so that there is nothing to measure")
        return 0
    reached = rates()
    report: dict[str, Any] = {
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "rates": reached,
        "profiles": {},
    }
    for name in args.profiles.split(","):
        eye_px = PROFILES[name]
        floor_ms = TorchField(eye_px).macs() / reached["macs_per_s"] * 1e3
        rows = {**network_rows(eye_px, name in COMPILED), **whole_rows(eye_px)}
        report["profiles"][name] = {"floor_ms": floor_ms, "rows": rows}
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(f"{report['gpu']}, torch {report['torch']}\n\n{table(report)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
