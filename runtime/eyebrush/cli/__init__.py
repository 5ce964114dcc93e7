"""The command ``eyebrush``. Exit codes: 0 done, 1 unforeseen, 2 bad input, 3 backend, 130 Ctrl-C.

Every command is one module with ``HELP``, ``EXAMPLES``, ``configure(parser)`` and
``run(args) -> exit code``; what it needs is imported when it runs, so that --help is quick.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence

from eyebrush.errors import EyebrushError

COMMANDS = (
    *("demo", "restyle", "style", "serve", "ctl", "feed", "bridge-ls", "xr", "bench", "compile"),
    *("assets", "install", "doctor"),
    *("explain", "judge"),
)
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code. Errors are one line on stderr."""
    logging.basicConfig(format="eyebrush: %(levelname)s: %(message)s", level=logging.WARNING)
    try:
        args = build_parser().parse_args(argv)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse, after --help or a usage error
        return stop.code if isinstance(stop.code, int) else 2
    except EyebrushError as error:
        return _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted; nothing half-written was left", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output went away (| head). Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _say("out of memory; fix: use smaller pictures or close other programs", 1)
    except Exception as error:
        if os.environ.get("EYEBRUSH_DEBUG"):
            traceback.print_exc()
        kind = type(error).__name__
        return _say(f"unforeseen {kind}: {error}; fix: report it with EYEBRUSH_DEBUG=1 set", 1)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line, every command configured by its own module."""
    parser = argparse.ArgumentParser(
        prog="eyebrush",
        description="Restyle stereo VR frames, pictures and videos like a painting, live.",
        epilog="Each command explains itself: eyebrush COMMAND --help",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module(f"eyebrush.cli.{name.replace('-', '_')}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=module.run)
        module.configure(command)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import eyebrush

        print(f"eyebrush {eyebrush.__version__}")
        parser.exit()


def _say(message: str, code: int) -> int:
    line = " ".join(message.split())
    print(
        f"eyebrush: error: {line}" if code != INTERRUPTED else f"eyebrush: {line}", file=sys.stderr
    )
    return code
