"""Makes the pictures of docs/invent.md with the commands that stand there.

python docs/make_invent_pictures.py

invented.jpg: sixteen styles; invented-near.jpg: nine near The Starry Night; invented-walk.jpg:
every fourth picture of a walk from the first of the sixteen to the second and the third.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from make_pictures import OUT, table
from PIL import Image

from eyebrush.cli import main as eyebrush
from eyebrush.cli.invent import WALK_STEPS

STEP = 4  # pictures of the walk, of which one is shown


def invent(folder: Path, *arguments: str) -> Path:
    """``eyebrush style invent`` into a folder, which it returns."""
    if eyebrush(["style", "invent", *arguments, "-o", str(folder), "--quiet"]):
        raise SystemExit(1)
    return folder


def save_reduced(sheet: Path, width: int, out: Path) -> None:
    """A sheet, so many pixels wide."""
    image = Image.open(sheet)
    size = width, round(image.height * width / image.width)
    image.resize(size, Image.Resampling.LANCZOS).save(out, quality=88)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        many = invent(folder / "many", "--seed", "7")
        save_reduced(many / "sheet.jpg", 1000, OUT / "invented.jpg")
        near = invent(folder / "near", "--near", "starry-night", "--count", "9")
        save_reduced(near / "sheet.jpg", 760, OUT / "invented-near.jpg")
        walk = invent(folder / "walk", "--seed", "7", "--count", "3", "--walk") / "walk.webp"
        cells = []
        with Image.open(walk) as animation:
            for i in range(0, 2 * WALK_STEPS + 1, STEP):
                animation.seek(i)
                cells.append(animation.convert("RGB").resize((240, 240), Image.Resampling.LANCZOS))
    table([cells]).save(OUT / "invented-walk.jpg", quality=88)


if __name__ == "__main__":
    main()
