"""eyebrush assets restyle: base-colour textures of models, and loose textures, painted offline."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eyebrush.cli.common import (
    add_backend_options,
    add_style_options,
    chosen_style,
    dial,
    note,
    print_json,
    progress_bar,
    whole,
)
from eyebrush.errors import InputError

if TYPE_CHECKING:
    from eyebrush.retexture.batch import Run
    from eyebrush.retexture.job import Look

HELP = "restyle the textures of models offline, so that they cost nothing at run time"
EXAMPLES = """\
examples:
  eyebrush assets restyle hero.glb --style great-wave           writes hero-great-wave.glb
  eyebrush assets restyle hero.glb --painting me.jpg -o me.glb  a skin from your own photo
  eyebrush assets restyle wall.png --tile yes -o wall-painted.png
  eyebrush assets restyle game/ --style udnie -o game-udnie     all of a folder; goes on if killed
  eyebrush assets restyle game/ --cluster auto -o game-painted  on a Ray cluster (extra: cluster)
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
    command.add_argument(
        "input", type=Path, help=".glb, .gltf, a texture (PNG, JPEG, WebP) or a folder"
    )
    command.add_argument(
        "-o", "--output", type=Path, help="of the same kind (default: beside the input)"
    )
    command.add_argument(
        "--tile",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether loose textures repeat; models know it themselves (default: look at them)",
    )
    command.add_argument(
        "--jobs", type=whole(256), metavar="N", help="processes for a folder (default: one a CPU)"
    )
    command.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a folder on Ray: auto, ray://HOST:PORT, or local (starts --jobs workers here)",
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
    from eyebrush.retexture.job import Look
    from eyebrush.styles import open_library
    from eyebrush.styles.style import name_from

    style = chosen_style(args, open_library())
    look = Look(
        *(style, dial(args, style, "strength"), dial(args, style, "detail")),
        *(args.backend, args.precision, args.threads, args.tile),
    )
    source: Path = args.input
    name = name_from(style.name)
    if source.is_dir():
        return _run_folder(args, look, args.output or source.with_name(f"{source.name}-{name}"))
    if args.jobs is not None or args.cluster is not None:
        raise InputError(
            got=f"--jobs or --cluster with the file {source}",
            wanted="them with a folder",
            fix="leave them out",
        )
    return _run_file(args, look, args.output or source.with_stem(f"{source.stem}-{name}"))


def _run_file(args: argparse.Namespace, look: Look, out: Path) -> int:
    from eyebrush.retexture.job import restyle_file

    started = time.perf_counter()
    done = restyle_file(look.stylizer(), args.input, out, args.tile)
    seconds = time.perf_counter() - started
    if args.json:
        print_json(
            {
                "input": str(args.input),
                "outputs": [str(path) for path in done.files],
                "style": look.style.name,
                "textures": done.figures,
                "seconds": round(seconds, 3),
            }
        )
    else:
        for figures in done.figures:
            note(_figures_line(figures), args.quiet)
        note(f"{out}: style {look.style.name}, {seconds:.1f} s", args.quiet)
    return 0


def _run_folder(args: argparse.Namespace, look: Look, out: Path) -> int:
    from eyebrush.retexture.batch import restyle_folder

    started = time.perf_counter()
    run = _runner(args, look)
    with progress_bar(args.quiet) as bar:
        task = bar.add_task(args.input.name, total=None)

        def tick(finished: int, total: int) -> None:
            bar.update(task, completed=finished, total=total)

        summary = restyle_folder(look, args.input, out, run, tick)
    seconds = time.perf_counter() - started
    if args.json:
        facts = {"input": str(args.input), "output": str(out), "style": look.style.name}
        print_json({**facts, **asdict(summary), "seconds": round(seconds, 3)})
    for name, why in summary.skipped.items():
        note(f"{name}: left out, {why}", args.quiet)
    for name, why in summary.failed.items():
        note(f"{name}: {why}")
    counts = f"{len(summary.done)} restyled, {len(summary.already)} were done already"
    note(f"{out}: {counts}, {len(summary.failed)} failed, {seconds:.1f} s", args.quiet)
    return 2 if summary.failed else 0


def _runner(args: argparse.Namespace, look: Look) -> Run:
    """In this process, in several, or on a cluster."""
    from eyebrush.retexture.workers import run_here, run_processes

    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    jobs = args.jobs or cpus
    if args.cluster is not None:
        from eyebrush.retexture.cluster import run_cluster

        alone = replace(look, threads=look.threads or 1)
        return lambda tasks: run_cluster(alone, tasks, args.cluster, jobs)
    if jobs == 1:
        return lambda tasks: run_here(look, tasks)
    each = replace(look, threads=look.threads or max(1, cpus // jobs))
    return lambda tasks: run_processes(each, tasks, min(jobs, len(tasks)))


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
