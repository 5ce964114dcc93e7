"""eyebrush explain: one page on why a restyled frame looks as it does."""

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
    print_json,
    progress_bar,
)
from eyebrush.errors import InputError

HELP = "show what each part of a style does to a frame, as one page with pictures"
EXAMPLES = """\
examples:
  eyebrush explain photo.jpg --style starry-night -o page.html
  eyebrush explain photo.jpg --painting my-painting.jpg -o page.html   with the nearest patches
  eyebrush explain scene.eyeclip --mix scream:0.5,udnie:0.5 -o page.html
  eyebrush explain photo.jpg --style udnie -o page.html --json         the figures for programs
"""
SUFFIXES = (".html", ".htm")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("frame", type=Path, help="a picture, or the first frame of what it holds")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the page, *.html")
    parser.add_argument("--json", action="store_true", help="print the figures for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no notes")
    add_style_options(parser)
    add_backend_options(parser)


def run(args: argparse.Namespace) -> int:
    if args.output.suffix.lower() not in SUFFIXES:
        raise InputError(got=f"output {args.output}", wanted="a page, *.html", fix="-o page.html")
    from eyebrush.explain.page import write_page
    from eyebrush.explain.report import STEPS, explain, figures, read_frame
    from eyebrush.styles import open_library

    started = time.perf_counter()
    frame = read_frame(args.frame)
    library = open_library()
    style = chosen_style(args, library)
    stylizer = make_stylizer(args, style, library, 0.0)
    with progress_bar(args.quiet) as bar:
        task = bar.add_task("explain", total=STEPS)
        report = explain(
            stylizer, frame, style, args.painting, lambda _: bar.update(task, advance=1)
        )
        bar.update(task, completed=STEPS)
    write_page(args.output, report)
    if args.json:
        print_json(figures(report))
    else:
        most = max(report.effects, key=lambda e: e.change)
        seconds = time.perf_counter() - started
        note(
            f"{args.output}: style {style.name}, {most.part.name} matters most "
            f"({most.change:.0f} of 1000 of full scale), {seconds:.1f} s",
            args.quiet,
        )
    return 0
