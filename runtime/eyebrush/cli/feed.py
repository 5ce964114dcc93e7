"""eyebrush feed: a recorded clip played as if it were an engine, for developers and tests."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import note, positive, print_json, strength, whole
from eyebrush.errors import BridgeError

if TYPE_CHECKING:
    from eyebrush.feed import Tally

HELP = "play a recorded clip as if it were an engine, and show what comes back"
EXAMPLES = """\
examples:
  eyebrush feed                              the shipped clip, to the eyebrush serve that runs
  eyebrush feed my-scene.eyeclip --rate 90 --frames 900
  eyebrush feed --style great-wave --strength 0.6 -o last.png
  eyebrush feed --pixels --json
"""
MAX_FRAMES_HELD = 200  # decoded before anything is timed; longer clips are played in part


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", nargs="?", type=Path, metavar="CLIP", help="default: the shipped")
    parser.add_argument("--name", default="feed", help="of the session (default: feed)")
    parser.add_argument("--rate", type=positive, default=72.0, help="frames a second (72)")
    parser.add_argument(
        "--frames", type=whole(10_000_000), default=720, metavar="N", help="default: 720"
    )
    parser.add_argument("--style", default="", help="ask for this style (default: the runtime's)")
    for dial in ("strength", "calm", "detail"):
        parser.add_argument(f"--{dial}", type=strength, metavar="0..1", help=f"ask for this {dial}")
    parser.add_argument("--pixels", action="store_true", help="full frames both ways")
    parser.add_argument(
        "--wait", type=positive, default=30.0, metavar="S", help="for the first field (30)"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="PNG", help="the last frame, restyled")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    import numpy as np

    from eyebrush import feed
    from eyebrush.bridge import Control, EngineSession
    from eyebrush.clip import ClipReader
    from eyebrush.media import write_image
    from eyebrush.resources import asset

    with ClipReader(args.clip or asset("clip.eyeclip")) as clip:
        full = [clip[i] for i in range(min(len(clip), MAX_FRAMES_HELD))]
    height, width = full[0].color.shape[1:3]
    shown = full if args.pixels else [feed.small(frame) for frame in full]
    room = {"depth": full[0].depth_m is not None, "pixels": args.pixels}
    with EngineSession(args.name, width, height, engine="eyebrush feed", **room) as engine:
        engine.set_control(
            Control(
                style=args.style,
                strength=args.strength,
                calm=args.calm,
                detail=args.detail,
                pixels=args.pixels,
            )
        )
        tally = feed.play(
            engine,
            shown,
            (height, width),
            count=args.frames,
            rate_hz=args.rate,
            wait_s=args.wait,
        )
        report = engine.status().report
    if tally.last is None:
        raise BridgeError(
            f"got no field for {tally.sent} frames ({report.reason or 'no runtime came'}); "
            "wanted a running runtime; fix: eyebrush serve, in another terminal"
        )
    if args.output is not None:
        write_image(args.output, np.concatenate(list(feed.restyled(full, tally.last)), axis=1))
    summary = _summary(tally, report.style, report.backend, report.reason)
    if args.json:
        print_json(summary)
    else:
        latency = summary["latency_ms"]
        note(
            f"{tally.sent} frames, {tally.fields} fields in style {report.style} "
            f"({report.backend}); a field is there {latency['p50']:.1f} ms "
            f"(p95 {latency['p95']:.1f}) after its frame was sent"
        )
        if report.reason:
            note(f"the runtime says: {report.reason}")
    return 0


def _summary(tally: Tally, style: str, backend: str, reason: str) -> dict[str, Any]:
    import numpy as np

    p50, p95, worst = np.percentile(tally.latency_ms, [50, 95, 100]).round(3).tolist()
    assert tally.last is not None
    return {
        "frames": tally.sent,
        "fields": tally.fields,
        "style": style,
        "backend": backend,
        "reason": reason,
        "strength": {"min": min(tally.strengths), "max": max(tally.strengths)},
        "latency_ms": {"p50": p50, "p95": p95, "max": worst},
        "stage_ms": {name: ns / 1e6 for name, ns in tally.last.stage_ns.items()},
        "links": tally.links,
    }
