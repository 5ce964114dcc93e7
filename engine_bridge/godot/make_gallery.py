#!/usr/bin/env python3
"""Make the addon's gallery of styles: a picture of each, and their names for the inspector.

    python engine_bridge/godot/make_gallery.py

Run it again when the shipped styles change. Writes addons/eyebrush/styles/gallery.webp (one row of
squares, in the order of the names) and styles.gd.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush import EyeFrames, Stylizer
from eyebrush.clip import ClipReader
from eyebrush.resources import asset

STYLES = Path(__file__).resolve().parent / "addons" / "eyebrush" / "styles"
FRAME, SIDE_PX, COLUMNS = 60, 96, 8
CODE = """\
## The shipped styles, for the inspector and the dock. Made by engine_bridge/godot/make_gallery.py.

const NAMES: PackedStringArray = [
{names}
]
const HINT := "{hint}"
const SIDE_PX := {side}  ## of one style's square in gallery.webp
const COLUMNS := {columns}
"""


def main() -> None:
    """Paint one frame of the shipped clip in every style."""
    with ClipReader(asset("clip.eyeclip")) as clip:
        frame = next(f for i, f in enumerate(clip) if i == FRAME)
    eye = EyeFrames(np.ascontiguousarray(frame.color[:1]))
    stylizer = Stylizer("starry-night", smoothing_s=0)
    names = sorted(stylizer.library.shipped)
    rows = -(-len(names) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE_PX, rows * SIDE_PX))
    for i, name in enumerate(names):
        stylizer.set_style(name)
        painted = Image.fromarray(stylizer.restyle(eye).color[0])
        square = painted.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
        sheet.paste(square, (i % COLUMNS * SIDE_PX, i // COLUMNS * SIDE_PX))
    STYLES.mkdir(parents=True, exist_ok=True)
    sheet.save(STYLES / "gallery.webp", quality=80, method=6)
    text = CODE.format(
        names="\n".join(f'\t"{n}",' for n in names),
        hint=",".join(names),
        side=SIDE_PX,
        columns=COLUMNS,
    )
    (STYLES / "styles.gd").write_text(text, "utf-8", newline="\n")
    print(f"{len(names)} styles: {STYLES}")


if __name__ == "__main__":
    main()
