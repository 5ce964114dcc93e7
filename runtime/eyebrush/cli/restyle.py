"""eyebrush restyle: pictures, folders of frames, videos and clips, painted."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from eyebrush.cli.common import (
    add_backend_options,
    add_style_options,
    chosen_style,
    make_stylizer,
    note,
    positive,
    print_json,
    progress_bar,
)
from eyebrush.cli.react import add_react_options, reaction
from eyebrush.errors import InputError

HELP = "restyle a picture, a folder of frames, a video or a recorded clip"
EXAMPLES = """\
examples:
  eyebrush restyle photo.jpg -o painted.png
  eyebrush restyle photo.jpg --style starry-night --strength 0.7 -o painted.jpg
  eyebrush restyle photo.jpg --painting my-painting.jpg -o painted.png
  eyebrush restyle photo.jpg --mix starry-night:0.6,great-wave:0.4 -o painted.png
  eyebrush restyle photo.jpg --style "text:stormy sea in thick oil" -o painted.png
  eyebrush restyle frames/ --fps 60 -o painted-frames     numbered frames in, frames out
  eyebrush restyle movie.mp4 --stereo sbs -o painted.mp4  side-by-side stereo (extra: video)
  eyebrush restyle movie.mp4 --react movie.mp4 -o painted.mp4   its own sound moves the look
  eyebrush restyle scene.eyeclip -o painted.webp          an animation, eyes side by side
"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, help="picture, folder, video or .eyeclip")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="picture, folder, video or .eyeclip"
    )
    parser.add_argument(
        "--stereo",
        choices=("none", "sbs"),
        default="none",
        help="sbs: each picture holds the left and the right eye side by side",
    )
    parser.add_argument(
        "--fps", type=positive, help="rate of a folder of numbered frames (default: 30)"
    )
    parser.add_argument("--json", action="store_true", help="print a summary for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no notes")
    add_style_options(parser)
    add_react_options(parser)
    add_backend_options(parser)


def run(args: argparse.Namespace) -> int:
    from eyebrush.media import open_sink, open_source
    from eyebrush.styles import open_library
    from eyebrush.temporal import TIME_CONSTANT_S

    source = open_source(args.input, args.stereo, args.fps)
    try:
        if args.react is not None and not source.moving:
            raise InputError(
                got=f"--react with the still {args.input}",
                wanted="a video, a clip or a folder of numbered frames",
                fix="leave out --react",
            )
        library = open_library()
        style = chosen_style(args, library)
        smoothing_s = TIME_CONSTANT_S if source.moving else 0.0
        with reaction(args, library, live=False) as attach:
            stylizer = attach(make_stylizer(args, style, library, smoothing_s))
        started = time.perf_counter()
        done = 0
        sink = open_sink(args.output, source)
        try:
            with progress_bar(args.quiet) as bar:
                task = bar.add_task(args.input.name, total=source.count)
                for frames in source:
                    sink.add(stylizer.restyle(frames))
                    done += 1
                    bar.update(task, advance=1)
            sink.finish()
        except BaseException:  # Ctrl-C, too: leave nothing half-written
            sink.abort()
            raise
    finally:
        source.close()
    seconds = time.perf_counter() - started
    info = stylizer.describe()
    if args.json:
        print_json(
            {
                "input": str(args.input),
                "output": str(args.output),
                "style": style.name,
                "strength": stylizer.strength,
                "frames": done,
                "seconds": round(seconds, 3),
                "backend": info.as_dict(),
            }
        )
    else:
        frames_word = "frame" if done == 1 else "frames"
        note(
            f"{args.output}: {done} {frames_word} in {seconds:.2f} s, style {style.name} "
            f"({info.backend} {info.device} {info.precision}, {info.threads} threads)",
            args.quiet,
        )
    return 0
