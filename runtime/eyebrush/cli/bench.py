"""eyebrush bench: what a headset asks for, measured on this machine, with a report."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import (
    add_backend_options,
    add_style_options,
    chosen_style,
    make_stylizer,
    positive,
    print_json,
    progress_bar,
)

if TYPE_CHECKING:
    from eyebrush.bench import Profile
    from eyebrush.demo.loop import Recording
    from eyebrush.frame import EyeFrames
    from eyebrush.stylizer import Stylizer

HELP = "measure a headset's frame budget on this machine; write an HTML report"
EXAMPLES = """\
examples:
  eyebrush bench                                    small eyes at 72 Hz: bench-out/report.html
  eyebrush bench --profile index90 --source synthetic
  eyebrush bench --precision f32 --no-governor --seconds 30 -o out
  eyebrush bench --backend openvino,auto --json     one after the other, side by side
  eyebrush bench --xr --graphics vulkan             on a headset, in its own session

exit code: 0 measured (whether the profile is held stands in the report), 3 where something else
than what was asked for would have run
"""


def configure(parser: argparse.ArgumentParser) -> None:
    from eyebrush.bench.profiles import PROFILES

    parser.add_argument(
        "--profile",
        choices=tuple(PROFILES),
        default="desk",
        help="size of the eyes and rate (default: desk)",
    )
    parser.add_argument(
        "--source",
        choices=("clip", "synthetic"),
        default="clip",
        help="the recorded clip, resized (default), or a head that looks around in a room",
    )
    parser.add_argument("--clip", type=Path, help="another clip than the shipped one (.eyeclip)")
    parser.add_argument(
        "--xr", action="store_true", help="on an OpenXR headset, at its own size and rate"
    )
    parser.add_argument(
        "--graphics", choices=("vulkan", "egl"), default="vulkan", help="with --xr: how (vulkan)"
    )
    parser.add_argument("--seconds", type=positive, default=10.0, help="measured (10)")
    parser.add_argument(
        "--no-governor", action="store_true", help="full effort always, however late"
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("bench-out"), help="folder (default: bench-out)"
    )
    parser.add_argument("--json", action="store_true", help="print the report for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no table")
    add_style_options(parser)
    add_backend_options(parser)


def run(args: argparse.Namespace) -> int:
    from eyebrush import bench
    from eyebrush.atomic import check_writable_folder, replacing

    check_writable_folder(args.output)
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    profile = bench.PROFILES[args.profile]
    frames, source = ([], f"{args.source} in a session") if args.xr else _frames(args, profile)
    runs = []
    for backend in args.backend.split(","):
        stylizer = _stylizer(args, backend.strip())
        if args.xr:
            profile, recording, beside = _on_headset(args, stylizer)
        else:
            recording, beside = _replayed(args, stylizer, frames, profile)
        facts = _facts(args, backend.strip(), stylizer, beside)
        facts["summary"] = bench.summary(recording, profile)
        runs.append((facts, recording))
    names = [facts["name"] for facts, _ in runs]
    for number, (facts, _) in enumerate(runs, 1):
        if names.count(facts["name"]) > 1:
            facts["name"] += f" ({number})"
    report = _report(profile, source, load, [facts for facts, _ in runs])
    recordings = [(facts["name"], recording) for facts, recording in runs]
    bench.write_csv(args.output / "frames.csv", recordings)
    bench.write_page(args.output / "report.html", report, recordings)
    with replacing(args.output / "report.json") as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    if args.json:
        print_json(report)
    elif not args.quiet:
        bench.print_table(report)
        print(f"report: {args.output / 'report.html'}")
    return 0


def _frames(args: argparse.Namespace, profile: Profile) -> tuple[list[EyeFrames], str]:
    from eyebrush import bench
    from eyebrush.clip import shipped_clip

    if args.source == "synthetic":
        frames = bench.synthetic_frames(profile)
        return frames, f"{len(frames)} synthetic frames, back and forth"
    path = args.clip or shipped_clip()
    frames = bench.clip_frames(path, profile)
    return frames, f"{len(frames)} frames of the clip {path.name}, back and forth"


def _stylizer(args: argparse.Namespace, backend: str) -> Stylizer:
    from eyebrush.styles import open_library
    from eyebrush.temporal import TIME_CONSTANT_S

    asked = argparse.Namespace(**{**vars(args), "backend": backend})
    library = open_library()
    return make_stylizer(
        asked, chosen_style(asked, library), library, TIME_CONSTANT_S, spare_core=args.xr
    )


def _replayed(
    args: argparse.Namespace, stylizer: Stylizer, frames: list[EyeFrames], profile: Profile
) -> tuple[Recording, dict[str, Any]]:
    from eyebrush import bench

    with progress_bar(args.quiet or args.json, auto_refresh=False) as bar:
        task = bar.add_task("replaying", total=round((args.seconds + 1) * profile.rate_hz))

        def progress(done: int) -> None:
            if done % round(profile.rate_hz) == 0:
                bar.update(task, completed=done, refresh=True)

        return bench.measure(
            stylizer,
            frames,
            profile,
            seconds=args.seconds,
            governed=not args.no_governor,
            progress=progress,
        )


def _on_headset(
    args: argparse.Namespace, stylizer: Stylizer
) -> tuple[Profile, Recording, dict[str, Any]]:
    from eyebrush.bench.on_headset import measure_on_headset

    source = f"clip:{args.clip}" if args.clip is not None else args.source
    governed = not args.no_governor
    return measure_on_headset(stylizer, args.graphics, source, args.seconds, governed)


def _facts(
    args: argparse.Namespace, backend: str, stylizer: Stylizer, beside: dict[str, Any]
) -> dict[str, Any]:
    """What was asked for and what ran; refuses to go on where these differ."""
    from eyebrush import bench

    really = stylizer.describe().as_dict()
    bench.refuse_fallback(backend, args.precision, really)
    return {
        "name": f"{really['backend']} {really['precision']}",
        "asked": {"backend": backend, "precision": args.precision},
        "really": really,
        "style": stylizer.style.name,
        "governed": not args.no_governor,
        **beside,
    }


def _report(
    profile: Profile, source: str, load: float | None, runs: list[dict[str, Any]]
) -> dict[str, Any]:
    import eyebrush
    from eyebrush import bench, ops
    from eyebrush.bench.measure import profile_facts
    from eyebrush.demo.report import cpu_model, peak_rss_mb, usable_cores

    return {
        "schema": bench.SCHEMA,
        "eyebrush": eyebrush.__version__,
        "profile": profile_facts(profile),
        "source": source,
        "style": runs[0]["style"],
        "runs": runs,
        "native_core": ops.describe(),
        "cpu": {"model": cpu_model(), "logical_cores": usable_cores()},
        "load_before": load,
        "peak_rss_mb": peak_rss_mb(),
    }
