"""Makes docs/pictures/ from the shipped clip, network and styles: ``python docs/make_pictures.py``.

hero.jpg     the plain frame beside three styles, indoors and outdoors
styles.jpg   every shipped style on one outdoor frame
sign.jpg     the sign, enlarged, plain and in six styles: is it still readable?
stereo.jpg   both eyes, plain and painted (cross your eyes, or use a viewer)
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eyebrush import EyeFrames, Stylizer
from eyebrush.clip import ClipReader, shipped_clip

OUT = Path(__file__).parent / "pictures"
HERO = ("starry-night", "great-wave", "grande-jatte")
SIGN = ("starry-night", "scream", "great-wave", "mosaic", "udnie", "sunrise")
INDOORS, OUTDOORS = 0.05, 0.72  # moments of the clip, as shares of its length
LABEL = 26  # height of a caption, pixels


def labelled(picture: np.ndarray, text: str, width: int) -> Image.Image:
    """The picture ``width`` pixels wide, over a caption."""
    image = Image.fromarray(picture[..., :3])
    height = round(image.height * width / image.width)
    sheet = Image.new("RGB", (width, height + LABEL), (20, 20, 24))
    sheet.paste(image.resize((width, height), Image.Resampling.LANCZOS))
    font = ImageFont.load_default(16)
    ImageDraw.Draw(sheet).text((8, height + 4), text, (230, 230, 230), font)
    return sheet


def table(rows: list[list[Image.Image]], gap: int = 4) -> Image.Image:
    """Pictures of one size in rows and columns."""
    w, h = rows[0][0].size
    columns = max(len(row) for row in rows)
    size = (columns * (w + gap) - gap, len(rows) * (h + gap) - gap)
    sheet = Image.new("RGB", size, (20, 20, 24))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.paste(cell, (x * (w + gap), y * (h + gap)))
    return sheet


def painted(stylizer: Stylizer, frames: EyeFrames, style: str) -> np.ndarray:
    """Both eyes of a still in a style, [2, H, W, 3]."""
    stylizer.set_style(style)
    stylizer.reset()
    return stylizer.restyle(frames).color


def main() -> None:
    OUT.mkdir(exist_ok=True)
    with ClipReader(shipped_clip()) as clip:
        indoors, outdoors = (clip[int(share * len(clip))] for share in (INDOORS, OUTDOORS))
    stylizer = Stylizer(HERO[0])
    names = sorted(stylizer.library.names())

    rows = []
    for frames in (indoors, outdoors):
        cells = [labelled(frames.color[0], "the game", 400)]
        cells += [labelled(painted(stylizer, frames, s)[0], s, 400) for s in HERO]
        rows.append(cells)
    table(rows).save(OUT / "hero.jpg", quality=88)

    cells = [labelled(outdoors.color[0], "the game", 300)]
    cells += [labelled(painted(stylizer, outdoors, s)[0], s, 300) for s in names]
    table([cells[i : i + 6] for i in range(0, len(cells), 6)]).save(OUT / "styles.jpg", quality=88)

    height, width = outdoors.color.shape[1:3]
    part = np.s_[:, height * 3 // 8 : height * 7 // 8, width * 3 // 8 : width * 7 // 8]
    cells = [labelled(outdoors.color[part][0], "the game", 400)]
    cells += [labelled(painted(stylizer, outdoors, s)[part][0], s, 400) for s in SIGN]
    table([cells[:4], cells[4:]]).save(OUT / "sign.jpg", quality=88)

    cells = [labelled(outdoors.color[eye], name, 400) for eye, name in enumerate(("left", "right"))]
    both = painted(stylizer, outdoors, "wheat-field")
    cells += [
        labelled(both[eye], f"wheat-field, {n}", 400) for eye, n in enumerate(("left", "right"))
    ]
    table([cells]).save(OUT / "stereo.jpg", quality=88)
    for path in sorted(OUT.glob("*.jpg")):
        print(f"{path} {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
