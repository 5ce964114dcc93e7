"""The options --desk... of the commands that show something, and what they start."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eyebrush.cli.common import note
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.desk.link import DeskLink

PORT = 8787


def port(text: str) -> int:
    """argparse type: 0..65535."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted a port, 0..65535")
    return int(text)


def add_desk_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("style desk")
    group.add_argument(
        "--desk",
        action="store_true",
        help="tune the look in a browser while it runs (docs/desk.md)",
    )
    group.add_argument(
        "--desk-port", type=port, default=PORT, metavar="N",
        help=f"where it listens, or the next free one ({PORT}; 0: any)",
    )  # fmt: skip
    group.add_argument(
        "--desk-host", default="127.0.0.1", metavar="ADDRESS",
        help="listen to other machines, too, such as a phone: 0.0.0.0 (default: this machine only)",
    )  # fmt: skip
    group.add_argument("--desk-no-open", action="store_true", help="print the link only")
    group.add_argument(
        "--osc", type=port, metavar="N", help="take Open Sound Control at this UDP port, too"
    )


@contextmanager
def desk_for(args: argparse.Namespace, command: str) -> Iterator[DeskLink | None]:
    """The desk that the options ask for, until the end of the block; None without --desk."""
    if not args.desk:
        if args.osc is not None:
            raise InputError(
                got="--osc without --desk", wanted="both", fix="--desk --desk-no-open --osc PORT"
            )
        yield None
        return
    from eyebrush.desk.link import DeskLink

    link = DeskLink(
        {
            "host": args.desk_host,
            "port": args.desk_port,
            "osc": args.osc,
            "backend": args.backend,
            "precision": args.precision,
            "command": command,
        }
    )
    try:
        note(f"the desk: {link.url}")
        if not args.desk_no_open and _has_screen():
            webbrowser.open(link.url)
        yield link
    finally:
        link.close()


def _has_screen() -> bool:
    """Else a browser for terminals would take ours."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
