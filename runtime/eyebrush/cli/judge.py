"""eyebrush judge: is a restyled picture a good result?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from eyebrush.cli.common import print_json, whole

if TYPE_CHECKING:
    from eyebrush.judge.verdict import Verdict

HELP = "say whether a restyled picture is a good result, beside the frame it was made from"
EXAMPLES = """\
examples:
  eyebrush judge photo.jpg painted.png --style starry-night
  eyebrush judge photo.jpg painted.png --painting my-painting.jpg
  eyebrush judge photo.jpg painted.png --style mine --painting my-painting.jpg --json
Pictures are judged at their own scale, in up to four windows of 256x256 pixels. What the numbers
mean: docs/judge.md. A bad result is an answer, not an error: the exit code is 0.
"""
ROWS = (
    ("discriminator", "score", "higher is better"),
    ("style distance", "style", "lower is better"),
    ("content distance", "content", "lower is better"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, help="the frame as it was")
    parser.add_argument("styled", type=Path, help="what was made of it, of the same size")
    group = parser.add_argument_group("style")
    group.add_argument(
        "--style", metavar="NAME", help="a style: see eyebrush style list; a file, or a mix"
    )
    group.add_argument(
        "--painting", type=Path, metavar="FILE", help="its painting, where that is not shipped"
    )
    parser.add_argument("--threads", type=whole(256), metavar="N", help="(default: automatic)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(args: argparse.Namespace) -> int:
    from eyebrush.backends import openvino
    from eyebrush.errors import InputError
    from eyebrush.judge.verdict import Judge, check_pair
    from eyebrush.media import read_image
    from eyebrush.resources import STYLE_ENCODER, asset
    from eyebrush.styles import encode_painting, open_library
    from eyebrush.styles.add import read_painting

    if args.style is None and args.painting is None:
        raise InputError(
            got="neither --style nor --painting",
            wanted="what the picture should look like",
            fix="--style NAME, as it was restyled with, or --painting FILE",
        )
    frame, styled = (read_image(p).color[0, :, :, :3] for p in (args.input, args.styled))
    check_pair(frame, styled)
    if args.style is not None:
        style = open_library().resolve(args.style)
    else:
        encoder = openvino.load_encoder(asset(STYLE_ENCODER), args.threads)
        style = encode_painting(encoder, args.painting)
    judge = Judge(threads=args.threads)
    painting = None if args.painting is None else judge.painting(read_painting(args.painting))
    verdict = judge.judge(frame, styled, style, painting)
    if args.json:
        print_json({"style": style.name, **verdict.as_dict()})
    else:
        _print(style.name, verdict)
    return 0


def _print(style: str, verdict: Verdict) -> None:
    from rich.console import Console
    from rich.table import Table

    print(f"{verdict.word} ({verdict.good:.0%} sure that it is a good result in {style})")
    table = Table(box=None, pad_edge=False, show_header=False)
    values = {"score": verdict.score, "style": verdict.style, "content": verdict.content}
    for what, key, sense in ROWS:
        value = values[key]
        if value is not None:
            better = f"better than {verdict.better_than[key]:.0%} of good results"
            table.add_row(what, f"{value:.3f}", better, sense)
    Console().print(table)
    for warning in verdict.warnings:
        print(f"warning: {warning}")
