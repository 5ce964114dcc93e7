"""eyebrush style invent: styles that nobody painted (an action of ``eyebrush style``)."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from eyebrush.cli.common import add_backend_options, note, print_json, progress_bar, whole
from eyebrush.errors import InputError

if TYPE_CHECKING:
    import numpy as np

MOST = 256  # styles at once
WALK_STEPS, WALK_FPS = 12, 12.0  # of an animation: pictures from style to style, pictures a second
WALK_PX = 384  # longer side


def seed(text: str) -> int:
    """argparse type: 0 .. 2^32 - 1."""
    if not text.isdigit() or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted a whole number 0..4294967295")
    return int(text)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=seed, default=0, help="the same seed, the same styles (0)")
    parser.add_argument("--near", metavar="NAME", help="variations of a style, a file or a mix")
    parser.add_argument("--count", type=whole(MOST), default=16, help="how many (16)")
    parser.add_argument("-o", "--output", type=Path, help="folder (default: invented-SEED)")
    parser.add_argument(
        "--frame", type=Path, help="picture to show them on (default: from the shipped clip)"
    )
    parser.add_argument(
        "--walk", action="store_true", help="write walk.webp, too: from each to the next"
    )
    add_backend_options(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress bar, no notes")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    import numpy as np

    from eyebrush.atomic import check_writable_folder, replacing
    from eyebrush.styles import open_library
    from eyebrush.styles.files import SUFFIX, write_styles
    from eyebrush.styles.invent import NOISE, load_inventor, walk
    from eyebrush.styles.sheet import paint_all, sheet, write_walk
    from eyebrush.stylizer import Stylizer

    started = time.perf_counter()
    if args.walk and args.near is not None:
        raise InputError(
            got="--walk with --near",
            wanted="one of them",
            fix="walk between invented styles, or vary a known one",
        )
    library, inventor = open_library(), load_inventor()
    rng = np.random.default_rng(args.seed)
    names = [f"invented-{args.seed}-{i:02d}" for i in range(args.count)]
    noise = rng.standard_normal((args.count, NOISE))
    if args.near is None:
        styles = inventor.styles(noise, names)
    else:
        styles = inventor.near(library.resolve(args.near), args.count, rng, names)
    for style in styles:
        style.require_network(library.network, library.code_size)
    frame = _frame(args.frame)
    folder = args.output or Path(f"invented-{args.seed}")
    check_writable_folder(folder)
    stylizer = Stylizer(
        styles[0],
        backend=args.backend,
        precision=args.precision,
        threads=args.threads,
        smoothing_s=0.0,
        library=library,
    )
    path = walk(noise, WALK_STEPS) if args.walk else noise[:0]
    with progress_bar(args.quiet) as bar:
        task = bar.add_task("invent", total=args.count + len(path))
        step = lambda: bar.update(task, advance=1)  # noqa: E731
        painted = paint_all(stylizer, frame, styles, step)
        with replacing(folder / "sheet.jpg") as temporary:
            sheet(painted, names).save(temporary, "JPEG", quality=90)
        if args.walk:
            between = inventor.styles(path, [f"walk-{i}" for i in range(len(path))])
            pictures = paint_all(stylizer, _reduced(frame), between, step)
            with replacing(folder / "walk.webp") as temporary:
                write_walk(temporary, pictures, WALK_FPS)
    files = [folder / f"{style.name}{SUFFIX}" for style in styles]
    for file, style in zip(files, styles, strict=True):
        write_styles(file, [style])
    if args.json:
        print_json(
            {
                "seed": args.seed,
                "near": args.near,
                "sheet": str(folder / "sheet.jpg"),
                "walk": str(folder / "walk.webp") if args.walk else None,
                "styles": [str(f) for f in files],
            }
        )
    else:
        seconds = time.perf_counter() - started
        note(
            f"{len(files)} styles and sheet.jpg in {folder} ({seconds:.1f} s); "
            f"use one: --style {files[0]}",
            args.quiet,
        )
    return 0


def _frame(path: Path | None) -> np.ndarray:
    """[H, W, 3] uint8: the picture, or a garden of the shipped clip."""
    import numpy as np

    from eyebrush.clip import ClipReader, shipped_clip
    from eyebrush.media import read_image

    if path is not None:
        return np.ascontiguousarray(read_image(path).color[0, :, :, :3])
    with closing(ClipReader(shipped_clip())) as clip:
        return np.ascontiguousarray(clip[int(0.72 * len(clip))].color[0, :, :, :3])


def _reduced(frame: np.ndarray) -> np.ndarray:
    import numpy as np
    from PIL import Image

    image = Image.fromarray(frame)
    image.thumbnail((WALK_PX, WALK_PX), Image.Resampling.LANCZOS)
    return np.asarray(image)
