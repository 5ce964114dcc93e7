"""What several commands share: style options, backend options, progress bars, JSON."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from eyebrush.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from eyebrush.judge.live import LiveJudge
    from eyebrush.styles import Style, StyleLibrary
    from eyebrush.stylizer import Stylizer


def strength(text: str) -> float:
    """argparse type: a number 0..1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted a number 0..1")
    return value


def positive(text: str) -> float:
    """argparse type: a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted a number above 0")
    return value


def whole(most: int | None = None) -> Callable[[str], int]:
    """argparse type: a whole number above 0, at most ``most`` where that is given."""
    wanted = "above 0" if most is None else f"1..{most}"

    def number(text: str) -> int:
        if not text.isdigit() or int(text) < 1 or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"got {text!r}; wanted a whole number {wanted}")
        return int(text)

    return number


def add_style_options(parser: argparse.ArgumentParser, *, moving: bool = True) -> None:
    """moving: whether there can be streams, in which strokes can stay where they were."""
    group = parser.add_argument_group("style")
    one = group.add_mutually_exclusive_group()
    one.add_argument(
        "--style",
        metavar="NAME",
        help='a style: see eyebrush style list; a file; or words: "text:calm misty harbour"',
    )
    one.add_argument("--painting", type=Path, metavar="FILE", help="any painting's picture")
    one.add_argument("--mix", metavar="a:0.6,b:0.4", help="several styles with their weights")
    group.add_argument("--strength", type=strength, metavar="0..1", help="1 paints fully (default)")
    add_dials(group, moving=moving)


def add_dials(parser: argparse._ActionsContainer, *, moving: bool = True) -> None:
    from eyebrush.backends.protocol import DEFAULT_DETAIL

    if moving:
        parser.add_argument(
            "--calm",
            type=strength,
            metavar="0..1",
            help="how far strokes stay where they were, in streams with poses; 1 fully (default)",
        )
    parser.add_argument(
        "--detail",
        type=strength,
        metavar="0..1",
        help="how far strokes keep off lettering and other fine, hard contrast; "
        f"{DEFAULT_DETAIL} (default)",
    )


def add_backend_options(parser: argparse.ArgumentParser) -> None:
    from eyebrush.backends import BACKENDS, PRECISIONS

    group = parser.add_argument_group("machine")
    group.add_argument(
        "--backend", default="auto", help=f"auto (default) or one of: {', '.join(BACKENDS)}"
    )
    group.add_argument(
        "--precision", choices=PRECISIONS, default="auto", help="of the network (default: auto)"
    )
    group.add_argument(
        "--threads",
        type=whole(256),
        metavar="N",
        help="of the network and the native ops (default: automatic)",
    )


def chosen_style(args: argparse.Namespace, library: StyleLibrary) -> Style:
    """The style that --style, --mix or --painting name; the library's first without any."""
    if args.painting is not None:
        from eyebrush.backends import load_encoder
        from eyebrush.resources import STYLE_ENCODER, asset
        from eyebrush.styles import encode_painting

        encoder = load_encoder(asset(STYLE_ENCODER), args.backend, args.threads)
        return encode_painting(encoder, args.painting)
    text = args.style or args.mix
    if args.mix is not None and "," not in args.mix:
        raise InputError(
            got=f"--mix {args.mix!r}",
            wanted="two or more styles, such as a:0.6,b:0.4",
            fix="use --style for a single one",
        )
    return library.resolve(text) if text is not None else library.default


def dial(args: argparse.Namespace, style: Style, name: str) -> float:
    """strength, calm or detail: as its option says, else as the style's own dials do, else by
    default."""
    from eyebrush.backends.protocol import DEFAULT_DETAIL
    from eyebrush.calm import DEFAULT_CALM

    asked: float | None = getattr(args, name)
    if asked is not None:
        return asked
    defaults = {"strength": 1.0, "calm": DEFAULT_CALM, "detail": DEFAULT_DETAIL}
    return style.dials.get(name, defaults[name])


def make_stylizer(
    args: argparse.Namespace,
    style: Style,
    library: StyleLibrary,
    smoothing_s: float,
    *,
    spare_core: bool = False,
) -> Stylizer:
    """A Stylizer as the options say; --threads holds for the native ops, too. spare_core: without
    --threads, the network leaves one core to others (docs/decisions/xr-spare-core.md)."""
    from eyebrush import ops
    from eyebrush.demo.report import usable_cores
    from eyebrush.stylizer import Stylizer

    if args.threads is not None:
        ops.set_threads(args.threads)
    network_threads = args.threads
    if network_threads is None and spare_core:
        network_threads = max(1, usable_cores() - 1)
    return Stylizer(
        style,
        strength=dial(args, style, "strength"),
        calm=dial(args, style, "calm"),
        detail=dial(args, style, "detail"),
        backend=args.backend,
        precision=args.precision,
        threads=network_threads,
        smoothing_s=smoothing_s,
        library=library,
        observer=_live_judge(library) if getattr(args, "judge", False) else None,
    )


def add_judge_option(parser: argparse._ActionsContainer) -> None:
    parser.add_argument(
        "--judge",
        action="store_true",
        help="score what is painted meanwhile, every 30th field (docs/judge.md)",
    )


def _live_judge(library: StyleLibrary) -> LiveJudge:
    from eyebrush.judge.calibration import load_calibration
    from eyebrush.judge.live import LiveJudge

    return LiveJudge(load_calibration(network=library.network))


def stop_on_signals(stop: threading.Event) -> None:
    """Ctrl-C, and what a service manager sends, are the ordinary way to end."""

    def handle(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), handle)


@contextmanager
def progress_bar(quiet: bool = False, **options: Any) -> Iterator[Progress]:
    """A bar with time left on stderr, so that stdout stays clean for programs."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet, **options) as bar:
        yield bar


def print_json(value: Any) -> None:
    """For programs: one JSON document on stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()


def note(message: str, quiet: bool = False) -> None:
    """For people: a line on stderr."""
    if not quiet:
        print(message, file=sys.stderr)
