"""eyebrush serve: the runtime process that engines talk to over shared memory."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from eyebrush.cli.common import (
    add_backend_options,
    add_judge_option,
    add_style_options,
    chosen_style,
    make_stylizer,
    note,
    stop_on_signals,
)
from eyebrush.cli.desk import add_desk_options, desk_for
from eyebrush.cli.react import add_react_options, reaction

if TYPE_CHECKING:
    from rich.table import Table

    from eyebrush.serve import Figures

HELP = "make style fields for engines (Godot, Unity, ...) until stopped"
EXAMPLES = """\
examples:
  eyebrush serve                                serves every engine that comes, in the first style
  eyebrush serve --style starry-night --strength 0.8
  eyebrush serve --name my-game                 only the session of that name
  eyebrush serve --desk                         tune the look in a browser meanwhile
  eyebrush serve --react mic                    let the music in the room move the look
  eyebrush serve --judge                        and how good it is, live
  eyebrush serve --json                         a line of JSON a second on stdout
  eyebrush bridge-ls                            which sessions there are
Engines may come and go, and so may this: each finds the other again by itself. Ctrl-C stops it.
"""
JSON_S = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", help="serve only the session of this name (default: all)")
    add_style_options(parser)
    add_backend_options(parser)
    add_desk_options(parser)
    add_react_options(parser)
    add_judge_option(parser)
    parser.add_argument("--json", action="store_true", help="a line a second on stdout")
    parser.add_argument("-q", "--quiet", action="store_true", help="no status line")


def run(args: argparse.Namespace) -> int:
    from eyebrush.serve import Server
    from eyebrush.styles import open_library
    from eyebrush.temporal import TIME_CONSTANT_S

    logging.getLogger("eyebrush").setLevel(logging.INFO)
    library = open_library()
    style = chosen_style(args, library)
    stop = threading.Event()
    stop_on_signals(stop)
    with reaction(args, library, live=True) as attach, desk_for(args, "eyebrush serve") as desk:
        new = lambda: attach(make_stylizer(args, style, library, TIME_CONSTANT_S))  # noqa: E731
        server = Server(new, args.name, desk)
        server.prepare()
        who = args.name or "every session"
        note(f"serving {who} in style {style.name}; Ctrl-C stops", args.quiet)
        with _watching(args) as watch:
            server.run(stop, watch)
    note("stopped", args.quiet)
    return 0


@contextmanager
def _watching(args: argparse.Namespace) -> Iterator[Callable[[list[Figures]], None]]:
    """Shows figures: a line of JSON a second, a live table on a terminal, else nothing."""
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    if args.json:
        yield _json_lines()
    elif args.quiet or not console.is_terminal:
        yield lambda _: None
    else:
        with Live(console=console, auto_refresh=False) as live:
            yield lambda figures: live.update(_table(figures), refresh=True)


def _json_lines() -> Callable[[list[Figures]], None]:
    printed_at = 0.0

    def show(figures: list[Figures]) -> None:
        nonlocal printed_at
        if time.monotonic() >= printed_at + JSON_S:
            printed_at = time.monotonic()
            json.dump({"sessions": [asdict(f) for f in figures]}, sys.stdout, ensure_ascii=False)
            print(flush=True)

    return show


def _table(figures: list[Figures]) -> Table:
    from rich.table import Table

    columns = ("session", "engine", "state", "style", "fields/s", "ms", "late frames", "judged", "")
    table = Table(*columns, box=None, pad_edge=False)
    for f in figures:
        stages = " + ".join(f"{name} {ms:.1f}" for name, ms in f.stage_ms.items())
        rate = f"{f.fields_per_s:.1f}"
        late = str(f.skipped + f.torn)
        row = (f.name, f.engine, f.state, f.style, rate, stages, late, _judged(f), f.reason)
        table.add_row(*row)
    if not figures:
        table.add_row("none yet", "", "waiting for an engine", "", "", "", "", "", "")
    return table


def _judged(figures: Figures) -> str:
    if figures.judged is None:
        return ""
    return f"better than {figures.judged['better_than']:.0%}"
