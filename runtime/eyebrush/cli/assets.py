"""eyebrush assets restyle: base-colour textures of models, and loose textures, painted offline."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from eyebrush.cli.common import (
    add_backend_options,
    add_style_options,
    chosen_style,
    dial,
    note,
    print_json,
)

HELP = "restyle the textures of models offline, so that they cost nothing at run time"
EXAMPLES = """\
examples:
  eyebrush assets restyle hero.glb --style great-wave           writes hero-great-wave.glb
  eyebrush assets restyle hero.glb --painting me.jpg -o me.glb  a skin from your own photo
  eyebrush assets restyle wall.png --tile yes -o wall-painted.png
"""


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    command = actions.add_parser(
        "restyle",
        help="paint base colours; all other textures stay as they are",
        description="Paint the base-colour textures of a model, or a loose texture. Originals are "
        "never touched. Models need the extra: pip install 'eyebrush[assets]'.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("input", type=Path, help=".glb, .gltf or a texture (PNG, JPEG, WebP)")
    command.add_argument(
        "-o", "--output", type=Path, help="of the same kind (default: beside the input)"
    )
    command.add_argument(
        "--tile",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether loose textures repeat; models know it themselves (default: look at them)",
    )
    command.add_argument("--json", action="store_true", help="print what was done and measured")
    command.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no notes")
    add_style_options(command, moving=False)
    add_backend_options(command)
    command.set_defaults(run=run_restyle)


def run(args: argparse.Namespace) -> int:
    """Never reached: every action sets its own ``run``."""
    raise AssertionError(args)


def run_restyle(args: argparse.Namespace) -> int:
    from eyebrush.retexture.job import Look, restyle_file
    from eyebrush.styles import open_library
    from eyebrush.styles.style import name_from

    started = time.perf_counter()
    style = chosen_style(args, open_library())
    look = Look(
        *(style, dial(args, style, "strength"), dial(args, style, "detail")),
        *(args.backend, args.precision, args.threads, args.tile),
    )
    source: Path = args.input
    out = args.output or source.with_name(f"{source.stem}-{name_from(style.name)}{source.suffix}")
    done = restyle_file(look.stylizer(), source, out, args.tile)
    seconds = time.perf_counter() - started
    if args.json:
        print_json(
            {
                "input": str(source),
                "outputs": [str(path) for path in done.files],
                "style": style.name,
                "textures": done.figures,
                "seconds": round(seconds, 3),
            }
        )
    else:
        for figures in done.figures:
            note(_figures_line(figures), args.quiet)
        note(f"{out}: style {style.name}, {seconds:.1f} s", args.quiet)
    return 0


def _figures_line(figures: dict[str, Any]) -> str:
    """For people: what was measured on one texture."""
    width, height = figures["size"]
    parts = [f"{figures['texture']} {width}x{height}"]
    for key, name in (
        ("seam_step", "step across seams"),
        ("border_step_u", "across the border, u"),
        ("border_step_v", "across the border, v"),
        ("mip_bleed", "gutters in mips"),
    ):
        if key in figures:
            found = figures[key]
            parts.append(f"{name} {found['restyled']:.1f} (plain {found['plain']:.1f})")
    return "; ".join(parts) + (", in 1/255" if len(parts) > 1 else "")
