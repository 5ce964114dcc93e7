#!/usr/bin/env python3
"""Make the engines' galleries of styles: a picture of each, and their names for the inspectors.

    python engine_bridge/make_galleries.py

Run it again when the shipped styles change. Writes one sheet of squares, in the order of the names,
and the names as code: styles.gd for Godot, Styles.cs for Unity.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush import EyeFrames, Stylizer
from eyebrush.clip import ClipReader
from eyebrush.resources import asset

HERE = Path(__file__).resolve().parent
GODOT = HERE / "godot" / "addons" / "eyebrush" / "styles"
UNITY = HERE / "unity" / "Editor" / "Gallery"
FRAME, SIDE_PX, COLUMNS = 60, 96, 8
GDSCRIPT = """\
## The shipped styles, for the inspector and the dock. Made by engine_bridge/make_galleries.py.

const NAMES: PackedStringArray = [
{names}
]
const HINT := "{hint}"
const SIDE_PX := {side}  ## of one style's square in gallery.webp
const COLUMNS := {columns}
"""
CSHARP = """\
// Made by engine_bridge/make_galleries.py.
namespace Eyebrush.Editor
{{
    /// <summary>The shipped styles, in the order of gallery.jpg.</summary>
    static class Styles
    {{
        public const int Columns = {columns};

        public static readonly string[] Names =
        {{
{names}
        }};
    }}
}}
"""


def gdscript(names: list[str]) -> str:
    """styles.gd."""
    lines = "\n".join(f'\t"{n}",' for n in names)
    return GDSCRIPT.format(names=lines, hint=",".join(names), side=SIDE_PX, columns=COLUMNS)


def csharp(names: list[str]) -> str:
    """Styles.cs."""
    lines = "\n".join(f'            "{n}",' for n in names)
    return CSHARP.format(names=lines, columns=COLUMNS)


def paint() -> tuple[list[str], Image.Image]:
    """One frame of the shipped clip in every style: their names, and the sheet."""
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
    return names, sheet


def main() -> None:
    """Write all of it."""
    names, sheet = paint()
    for folder in (GODOT, UNITY):
        folder.mkdir(parents=True, exist_ok=True)
    sheet.save(GODOT / "gallery.webp", quality=80, method=6)
    sheet.save(UNITY / "gallery.jpg", quality=85)
    (GODOT / "styles.gd").write_text(gdscript(names), "utf-8", newline="\n")
    (UNITY / "Styles.cs").write_text(csharp(names), "utf-8", newline="\n")
    print(f"{len(names)} styles: {GODOT}, {UNITY}")


if __name__ == "__main__":
    main()
