"""eyebrush install: put an engine's plugin into a project, and take it out again."""

from __future__ import annotations

import argparse
from pathlib import Path

from eyebrush.cli.common import note

HELP = "put the Godot addon into a project (--undo takes it out again)"
EXAMPLES = """\
examples:
  eyebrush install godot my-game          copies addons/eyebrush with the library for this machine
  eyebrush install godot my-game --undo   as it was before
Then, in Godot: Project Settings, Plugins, Eyebrush; and "Enabled in this project" in its dock.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    engines = parser.add_subparsers(metavar="ENGINE", required=True)
    command = engines.add_parser("godot", help="Godot 4.3 to 4.6, Forward+ or Mobile")
    command.add_argument("project", type=Path, metavar="PROJECT_DIR", help="has a project.godot")
    command.add_argument("--undo", action="store_true", help="take the addon out again")
    command.set_defaults(run=run_godot)


def run(args: argparse.Namespace) -> int:
    """Never reached: every engine sets its own ``run``."""
    raise AssertionError(args)


def run_godot(args: argparse.Namespace) -> int:
    from eyebrush import godot_addon

    if args.undo:
        restored = godot_addon.uninstall(args.project)
        note(f"removed the addon{', and put the one before back' if restored else ''}", False)
    else:
        note(f"installed {godot_addon.install(args.project)}", False)
    return 0
