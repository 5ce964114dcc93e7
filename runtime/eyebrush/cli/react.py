"""The options --react... of the commands that show something moving, and what they start."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from eyebrush.cli.common import note
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.styles import Style, StyleLibrary
    from eyebrush.stylizer import Stylizer

MICROPHONE = "mic"
PARTNERS = ("composition-vii", "starry-night")  # that beats mix in: the first that is another style

Attach = Callable[["Stylizer"], "Stylizer"]


def add_react_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sound")
    group.add_argument(
        "--react",
        metavar="AUDIO|mic",
        help="let loudness, beats and brightness of a sound file, a video's sound or the "
        "microphone move strength, mix and hue (docs/listen.md)",
    )
    group.add_argument(
        "--react-style",
        metavar="NAME",
        help=f"the style that beats mix in (default: {PARTNERS[0]})",
    )


@contextmanager
def reaction(args: argparse.Namespace, library: StyleLibrary, *, live: bool) -> Iterator[Attach]:
    """What makes stylizers follow the sound that the options name; nothing without --react.

    live: the sound goes by the clock, from now on, and begins anew at its end; otherwise by the
    frames' own times. Raises InputError, BackendError.
    """
    if args.react is None:
        if args.react_style is not None:
            raise InputError(
                got="--react-style without --react", wanted="both", fix="--react mic, or a file"
            )
        yield lambda stylizer: stylizer
        return
    from eyebrush.listen.react import Reactor
    from eyebrush.listen.sound import Microphone, hear_file

    partner = None if args.react_style is None else library.resolve(args.react_style)
    microphone = None
    if args.react == MICROPHONE:
        if not live:
            raise InputError(
                got="--react mic with frames that are not shown live",
                wanted="a sound file for them",
                fix="--react music.flac, or eyebrush demo --react mic",
            )
        microphone = Microphone()
        heard, clock = microphone.moments, _clock(0.0)
    else:
        note(f"listening through {args.react}", getattr(args, "quiet", False) or args.json)
        heard = hear_file(Path(args.react), again=live)
        clock = _clock(time.monotonic()) if live else _from_the_first()

    def attach(stylizer: Stylizer) -> Stylizer:
        toward = partner or _partner(stylizer.style, library)
        stylizer.accents = Reactor(heard, toward, clock)
        return stylizer

    try:
        yield attach
    finally:
        if microphone is not None:
            microphone.close()


def _clock(began_s: float) -> Callable[[int], float]:
    return lambda _display_time_ns: time.monotonic() - began_s


def _from_the_first() -> Callable[[int], float]:
    """The frames' own times, counted from the earliest of them."""
    first_ns: list[int] = []

    def clock(display_time_ns: int) -> float:
        if not first_ns or display_time_ns < first_ns[0]:
            first_ns[:] = [display_time_ns]
        return (display_time_ns - first_ns[0]) * 1e-9

    return clock


def _partner(style: Style, library: StyleLibrary) -> Style:
    """Another style than the one that is painted."""
    names = [*PARTNERS, *library.shipped]
    return next(
        (library.shipped[n] for n in names if n in library.shipped and n != style.name), style
    )
