"""eyebrush demo: the shipped clip in real time through the whole pipeline, measured."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import (
    add_backend_options,
    add_dials,
    make_stylizer,
    note,
    positive,
    print_json,
    progress_bar,
    stop_on_signals,
    strength,
)
from eyebrush.cli.desk import add_desk_options, desk_for
from eyebrush.cli.react import add_react_options, reaction
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.demo import Recording
    from eyebrush.frame import EyeFrames
    from eyebrush.media.sources import ClipSource
    from eyebrush.styles import Style, StyleLibrary
    from eyebrush.stylizer import Stylizer

HELP = "play a recorded stereo clip in real time, restyled; write pictures and frame times"
EXAMPLES = """\
examples:
  eyebrush demo                                     writes demo-out/: open contact-sheet.png
  eyebrush demo --styles starry-night,great-wave -o out
  eyebrush demo --offline                           every frame gets a field of its own
  eyebrush demo --clip my-scene.eyeclip --seconds 10 --json
  eyebrush demo --react music.flac --styles great-wave -o out
  eyebrush demo --desk                              without end, with the style desk in a browser
"""
SHEET_MOMENTS = 6
ANIMATION_FPS = 24.0
ANIMATION_SECONDS = 4.0
FADE_SECONDS = 0.4
MAX_CLIP_BYTES = 192 << 20  # decoded frames held in memory; longer clips are played in part
FAVOURITES = ("starry-night", "great-wave", "tree-of-life")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("demo-out"), help="folder (default: demo-out)"
    )
    parser.add_argument("--clip", type=Path, help="another clip than the shipped one (.eyeclip)")
    parser.add_argument(
        "--styles",
        metavar="a,b,c",
        help='styles to go through (default: three that differ), or "text:..."',
    )
    parser.add_argument("--strength", type=strength, metavar="0..1", help="default: 1")
    add_dials(parser)
    parser.add_argument(
        "--seconds",
        type=positive,
        default=6.0,
        help="how long to play (6); the clip repeats",
    )
    parser.add_argument(
        "--offline", action="store_true", help="every frame waits for a field of its own"
    )
    parser.add_argument("--no-animation", action="store_true", help="contact sheet and report only")
    parser.add_argument("--json", action="store_true", help="print the report for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no notes")
    add_backend_options(parser)
    add_desk_options(parser)
    add_react_options(parser)


def run(args: argparse.Namespace) -> int:
    from eyebrush.clip import shipped_clip
    from eyebrush.media.sources import ClipSource
    from eyebrush.styles import open_library
    from eyebrush.temporal import TIME_CONSTANT_S

    library = open_library()
    names = _listed(args.styles) if args.styles else _favourites(library)
    styles = [library.resolve(name.strip()) for name in names]
    path = args.clip or shipped_clip()
    clip = ClipSource(path)
    try:
        frames, rate_hz = _load(clip, args.quiet)
        title = clip.reader.info.title
    finally:
        clip.close()
    with reaction(args, library, live=args.desk or not args.offline) as attach:
        stylizer = attach(make_stylizer(args, styles[0], library, TIME_CONSTANT_S))
        if args.desk:
            _show(args, stylizer, frames, rate_hz, title)
        else:
            _record(args, stylizer, styles, frames, rate_hz, path.name, title)
    return 0


def _record(
    args: argparse.Namespace,
    stylizer: Stylizer,
    styles: list[Style],
    frames: list[EyeFrames],
    rate_hz: float,
    file: str,
    title: str,
) -> None:
    """Play it once, measured; pictures and the report are written at the end."""
    from eyebrush.atomic import check_writable_folder, replacing
    from eyebrush.demo import StyleSchedule, build_report, play, print_table

    check_writable_folder(args.output)
    count = max(2, round(args.seconds * rate_hz))
    schedule = StyleSchedule(styles, count, fade=round(FADE_SECONDS * rate_hz))
    keep = _Keeper(count, rate_hz, animate=not args.no_animation)
    with progress_bar(args.quiet, auto_refresh=False) as bar:
        task = bar.add_task("playing" if not args.offline else "restyling", total=count)

        def progress(done: int) -> None:
            if done % max(1, round(rate_hz / 4)) == 0 or done == count - 1:
                bar.update(task, completed=done + 1, refresh=True)

        recording = play(
            stylizer,
            frames,
            schedule,
            rate_hz=rate_hz,
            live=not args.offline,
            keep=keep,
            progress=progress,
        )
    outputs = _write_pictures(args, recording, keep, rate_hz, title)
    report = build_report(
        recording,
        backend=stylizer.describe(),
        clip={
            "file": file,
            "title": title,
            "frames": len(frames),
            "eyes": frames[0].color.shape[0],
            "width_px": frames[0].color.shape[2],
            "height_px": frames[0].color.shape[1],
        },
        styles=[s.name for s in styles],
        outputs={**outputs, "report": "report.json"},
    )
    with replacing(args.output / "report.json") as temporary:
        temporary.write_text(_as_json(report), "utf-8")
    if args.json:
        print_json(report)
    elif not args.quiet:
        print_table(report)
        for what, name in report["outputs"].items():
            print(f"{what}: {args.output / name}")


def _show(
    args: argparse.Namespace,
    stylizer: Stylizer,
    frames: list[EyeFrames],
    rate_hz: float,
    title: str,
) -> None:
    """At the desk: until Ctrl-C, and nothing is written."""
    import threading

    from eyebrush.demo.live import show
    from eyebrush.desk.loop import LoopDesk
    from eyebrush.painter import Painter

    stop = threading.Event()
    stop_on_signals(stop)
    with desk_for(args, "eyebrush demo") as link:
        assert link is not None
        painter = Painter(stylizer)
        desk = LoopDesk(link, "demo", f"clip: {title}", stylizer, painter.governor)
        note("playing; Ctrl-C stops", args.quiet)
        show(painter, frames, rate_hz, desk, lambda: not stop.is_set())
    note("stopped", args.quiet)


def _listed(text: str) -> list[str]:
    """ "a,b,c"; words to find a style by may have commas of their own."""
    from eyebrush.styles.library import WORDS

    return [text] if text.startswith(WORDS) else text.split(",")


def _favourites(library: StyleLibrary) -> list[str]:
    """What to show when nobody says: three that differ most, or the first three there are."""
    known = [name for name in FAVOURITES if name in library.shipped]
    return known if len(known) > 1 else list(library.shipped)[:3]


class _Keeper:
    """Which displayed frames to keep: the sheet's moments, and the animation's frames.

    Where a frame of the sheet was skipped, the next one stands in for it.
    """

    def __init__(self, count: int, rate_hz: float, animate: bool) -> None:
        moments = min(SHEET_MOMENTS, count)
        self._moments = [round((k + 0.5) * count / moments - 0.5) for k in range(moments)]
        self.sheet: set[int] = set()
        step = max(1, round(rate_hz / ANIMATION_FPS))
        self.fps = rate_hz / step
        wanted = min(count, round(ANIMATION_SECONDS * rate_hz)) if animate else 0
        first = (count - wanted) // 2
        self.animation = set(range(first, first + wanted, step))

    def __call__(self, index: int) -> bool:
        if self._moments and index >= self._moments[0]:
            self._moments = [m for m in self._moments if m > index]
            self.sheet.add(index)
            return True
        return index in self.animation


def _load(clip: ClipSource, quiet: bool) -> tuple[list[EyeFrames], float]:
    """Decode the clip's frames before the clock runs (an engine has them in memory)."""
    frames: list[EyeFrames] = []
    held = 0
    with progress_bar(quiet) as bar:
        task = bar.add_task("reading the clip", total=clip.count)
        for frame in clip:
            held += frame.color.nbytes
            if frames and held > MAX_CLIP_BYTES:
                note(f"the first {len(frames)} of {clip.count} frames are played", quiet)
                break
            frames.append(frame)
            bar.update(task, advance=1)
    if len(frames) < 2:
        raise InputError(
            got=f"clip {clip.path} with {len(frames)} frame(s)",
            wanted="two or more",
            fix="record a longer clip, or use eyebrush restyle",
        )
    span_ns = frames[-1].display_time_ns - frames[0].display_time_ns
    if span_ns <= 0:
        raise InputError(
            got=f"clip {clip.path} whose times do not advance",
            wanted="a rising display time for each frame",
            fix="record it again",
        )
    return frames, (len(frames) - 1) * 1e9 / span_ns


def _write_pictures(
    args: argparse.Namespace, recording: Recording, keep: _Keeper, rate_hz: float, title: str
) -> dict[str, str]:
    from eyebrush.demo.pictures import write_animation, write_contact_sheet

    sheet = [p for p in recording.pictures if p.index in keep.sheet]
    heading = f"{title}: restyled by Eyebrush at {rate_hz:.0f} Hz"
    started = time.perf_counter()
    write_contact_sheet(args.output / "contact-sheet.png", sheet, rate_hz, heading)
    outputs = {"contact sheet": "contact-sheet.png"}
    if keep.animation:
        note("writing the animation ...", args.quiet)
        moving = [p for p in recording.pictures if p.index in keep.animation]
        write_animation(args.output / "before-after.webp", moving, keep.fps)
        outputs["animation"] = "before-after.webp"
    note(f"pictures written in {time.perf_counter() - started:.1f} s", args.quiet)
    return outputs


def _as_json(report: dict[str, Any]) -> str:
    import json

    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
