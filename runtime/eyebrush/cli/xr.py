"""eyebrush xr: a clip, a panorama or a room on an OpenXR headset, restyled."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import (
    add_backend_options,
    add_judge_option,
    add_style_options,
    chosen_style,
    make_stylizer,
    note,
    print_json,
    whole,
)
from eyebrush.cli.desk import add_desk_options, desk_for
from eyebrush.cli.react import add_react_options, reaction

if TYPE_CHECKING:
    import numpy as np

HELP = "show a clip, a 360 degree picture or a test room on an OpenXR headset, restyled"
EXAMPLES = """\
examples:
  eyebrush xr                                      the test room; end with q or Ctrl-C
  eyebrush xr --source pano:holiday.jpg --style great-wave
  eyebrush xr --source clip --frames 1000 --json
  eyebrush xr --desk                               tune the look in a browser meanwhile
  eyebrush xr --source pano:holiday.jpg --react music.flac
  eyebrush xr --source bridge:my-game              an engine draws for this headset's eyes
  eyebrush xr --graphics egl --mirror last.png --frames 300

keys (and buttons):
  n p   next, previous style (A and X; select right and left)    + -   strength (B and Y)
  o     frame graph before the eyes (thumbstick; menu)           q     end
"""


def seconds(text: str) -> float:
    """argparse type: 0..3600."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 3600.0:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted seconds, 0..3600")
    return value


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        default="test",
        metavar="WHAT",
        help="test (a room, default), clip, clip:FILE, pano:FILE or bridge:NAME (an engine)",
    )
    parser.add_argument(
        "--graphics", choices=("vulkan", "egl"), default="vulkan", help="default: vulkan"
    )
    parser.add_argument("--frames", type=whole(), metavar="N", help="end after N frames")
    parser.add_argument(
        "--mirror", type=Path, metavar="PNG", help="write the last frame, both eyes, at the end"
    )
    parser.add_argument("--overlay", action="store_true", help="frame graph before the eyes")
    parser.add_argument(
        "--reconnect",
        type=seconds,
        default=10.0,
        metavar="S",
        help="how long to look for a runtime that went away (10)",
    )
    parser.add_argument("--json", action="store_true", help="print the report for programs")
    add_style_options(parser)
    add_backend_options(parser)
    add_desk_options(parser)
    add_react_options(parser)
    add_judge_option(parser)


def run(args: argparse.Namespace) -> int:
    from eyebrush.atomic import check_writable_folder
    from eyebrush.styles import open_library
    from eyebrush.temporal import TIME_CONSTANT_S
    from eyebrush.xr.player import Options, Player
    from eyebrush.xr.report import build_report, print_report
    from eyebrush.xr.sources import parse_source

    parse_source(args.source)
    library = open_library()
    style = chosen_style(args, library)
    stylizer = make_stylizer(args, style, library, TIME_CONSTANT_S, spare_core=True)
    if args.mirror is not None:
        check_writable_folder(args.mirror.parent)
    options = Options(args.graphics, args.source, args.frames, args.overlay, args.reconnect)
    styles = [style, *(library.get(n) for n in library.shipped if n != style.name)]
    note("n p: style, + -: strength, o: overlay, q: end", args.json or args.frames is not None)
    with reaction(args, library, live=True) as attach, desk_for(args, "eyebrush xr") as desk:
        player = Player(attach(stylizer), styles, options, desk=desk)
        try:
            player.play()
        except KeyboardInterrupt:
            note("ended from the keyboard", args.json)
    report = build_report(player)
    if args.mirror is not None and player.last is not None:
        _write_mirror(args.mirror, player.last)
        report["outputs"] = {"mirror": str(args.mirror)}
    if args.json:
        print_json(report)
    else:
        print_report(report)
    return 0


def _write_mirror(path: Path, pixels: np.ndarray) -> None:
    """Both eyes side by side."""
    import numpy as np
    from PIL import Image

    from eyebrush.atomic import replacing

    picture: Any = Image.fromarray(np.concatenate([eye[..., :3] for eye in pixels], axis=1))
    with replacing(path) as temporary:
        picture.save(temporary, "PNG")
