"""eyebrush install: put an engine's plugin into a project, and take it out again."""

from __future__ import annotations

import argparse
from pathlib import Path

from eyebrush.cli.common import note

HELP = "put the Godot addon or the Unity package into a project (--undo takes it out again)"
EXAMPLES = """\
examples:
  eyebrush install godot my-game          copies addons/eyebrush with the library for this machine
  eyebrush install godot my-game --undo   as it was before
  eyebrush install unity my-game          copies Packages/com.eyebrush.eyebrush with its libraries
  eyebrush install unity my-game --undo
Then, in Godot: Project Settings, Plugins, Eyebrush; and "Enabled in this project" in its dock.
In Unity: Add Renderer Feature, Eyebrush; and an Eyebrush override in a volume.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    engines = parser.add_subparsers(metavar="ENGINE", required=True)
    for engine, run_one, what, has in (
        ("godot", run_godot, "Godot 4.3 to 4.6, Forward+ or Mobile", "has a project.godot"),
        ("unity", run_unity, "Unity 6000.0 or newer, URP 17", "has Assets and ProjectSettings"),
    ):
        command = engines.add_parser(engine, help=what)
        command.add_argument("project", type=Path, metavar="PROJECT_DIR", help=has)
        command.add_argument("--undo", action="store_true", help="take it out again")
        command.set_defaults(run=run_one)


def run(args: argparse.Namespace) -> int:
    """Never reached: every engine sets its own ``run``."""
    raise AssertionError(args)


def run_godot(args: argparse.Namespace) -> int:
    from eyebrush import godot_addon

    if args.undo:
        _say_removed("addon", godot_addon.uninstall(args.project))
    else:
        note(f"installed {godot_addon.install(args.project)}", False)
    return 0


def run_unity(args: argparse.Namespace) -> int:
    from eyebrush import unity_package

    if args.undo:
        _say_removed("package", unity_package.uninstall(args.project))
        return 0
    place = unity_package.install(args.project)
    names = [library.name for library in unity_package.libraries()]
    note(f"installed {place}, with {' and '.join(names)}", False)
    for missing in set(unity_package.LIBRARIES) - set(names):
        note(f"without {missing}: this eyebrush was built without a compiler for it", False)
    return 0


def _say_removed(what: str, restored: bool) -> None:
    note(f"removed the {what}{', and the one before back' if restored else ''}", False)
