"""Makes docs/pictures/speak.jpg: one frame of the shipped clip in styles that words found.

python docs/make_speak_pictures.py      needs the extra speak
"""

from __future__ import annotations

from make_pictures import OUT, OUTDOORS, labelled, table

from eyebrush import Stylizer
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.styles import Style

WORDS = (
    "stormy sea in thick oil",
    "calm misty harbour, cool and pale",
    "golden art nouveau spirals",
    "a dark, dramatic night",
    "snow in a Japanese print, crisp",
    "old engraving, subtle",
    "wild clashing colours, rough brush",
)


def main() -> None:
    with ClipReader(shipped_clip()) as clip:
        frame = clip[int(OUTDOORS * len(clip))]
    stylizer = Stylizer("starry-night")
    cells = [labelled(frame.color[0], "the game", 420)]
    for words in WORDS:
        style: Style = stylizer.library.resolve(f"text:{words}")
        stylizer.set_style(style, style.dials.get("strength", 1.0))
        stylizer.set_detail(style.dials.get("detail", 0.7))
        stylizer.reset()
        print(f"{words}: {style.name}")
        cells.append(labelled(stylizer.restyle(frame).color[0], words, 420))
    table([cells[:4], cells[4:]]).save(OUT / "speak.jpg", quality=86)


if __name__ == "__main__":
    main()
