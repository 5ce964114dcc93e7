#!/usr/bin/env python3
"""Make the pictures of the Unity package's documentation.

    python engine_bridge/make_unity_pictures.py

set-up.png      diagrams of what to click; drawn, for there is no Unity editor here to photograph
inspector.jpg   a diagram of the volume's inspector, with the real gallery of styles

both-eyes.jpg is made by tests/engine/unity_picture.py.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

UNITY = Path(__file__).resolve().parent / "unity"
OUT = UNITY / "Documentation~" / "images"
STYLE = "great-wave"
INK, PAPER, PANEL, LINE = (225, 225, 225), (32, 33, 36), (56, 56, 56), (90, 90, 90)
BUTTON, CHOSEN, NOTE = (88, 88, 88), (61, 125, 232), (150, 150, 150)
ROW, PAD = 30, 12
Box = tuple[int, int, int, int]


def font(size: int = 15) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


class Drawing:
    """A page with panels, rows and buttons."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width, height), PAPER)
        self.pen = ImageDraw.Draw(self.image)

    def text(self, x: int, y: int, words: str, ink: tuple = INK, size: int = 15) -> None:
        self.pen.text((x, y), words, ink, font(size))

    def panel(self, box: Box, title: str) -> None:
        self.pen.rounded_rectangle(box, 4, PANEL, LINE)
        self.pen.rounded_rectangle((box[0], box[1], box[2], box[1] + ROW), 4, LINE)
        self.text(box[0] + PAD, box[1] + 6, title)

    def button(self, box: Box, words: str, clicked: int = 0) -> None:
        """clicked: the number of the step that clicks it, or 0."""
        self.pen.rounded_rectangle(box, 4, CHOSEN if clicked else BUTTON, LINE)
        width = self.pen.textlength(words, font())
        self.text(round((box[0] + box[2] - width) / 2), box[1] + 6, words)
        if clicked:
            at = (box[0] - 13, (box[1] + box[3]) // 2)
            self.pen.ellipse((at[0] - 12, at[1] - 12, at[0] + 12, at[1] + 12), INK)
            self.text(at[0] - 4, at[1] - 9, str(clicked), PAPER)

    def tick(self, x: int, y: int, words: str, on: bool, value: str = "") -> None:
        self.pen.rectangle((x, y + 4, x + 13, y + 17), BUTTON, LINE)
        if on:
            self.pen.line((x + 3, y + 10, x + 6, y + 14, x + 11, y + 6), INK, 2)
        self.text(x + 24, y, words)
        if value:
            self.pen.rectangle((x + 150, y - 1, x + 290, y + 21), (42, 42, 42), LINE)
            self.text(x + 156, y, value)


def set_up() -> Image.Image:
    """Renderer feature, volume, runtime: three panels and the order of clicks."""
    page = Drawing(1130, 330)
    page.text(PAD, 8, "Diagram, not a screenshot", NOTE, 13)
    page.panel((30, 40, 370, 300), "Inspector: Universal Renderer Data")
    page.text(50, 84, "Rendering, Shadows, ...", NOTE)
    page.text(50, 118, "Renderer Features")
    page.text(62, 148, "No Renderer Features added", NOTE)
    page.button((62, 178, 340, 206), "Add Renderer Feature", 1)
    page.button((90, 212, 340, 240), "Eyebrush", 2)
    page.panel((400, 40, 740, 300), "Inspector: Volume")
    page.text(420, 84, "Mode: Global")
    page.text(420, 118, "Profile: New")
    page.button((440, 156, 710, 184), "Add Override", 3)
    page.button((468, 190, 710, 218), "Eyebrush", 4)
    page.tick(420, 236, "Strength", True, "1")
    page.text(444, 266, "tick it, and set it above 0", NOTE, 13)
    page.panel((770, 40, 1110, 300), "A terminal, before or after Play")
    page.pen.rectangle((790, 84, 1090, 150), (18, 18, 18), LINE)
    page.text(802, 94, "$ eyebrush serve")
    page.text(802, 120, "serving every session ...", NOTE)
    page.text(790, 166, "Then press Play. The inspector says")
    page.text(790, 190, "Painting in great-wave, or why not.")
    return page.image


def inspector() -> Image.Image:
    """The volume's override with the gallery as the package has it."""
    sheet = Image.open(UNITY / "Editor" / "Gallery" / "gallery.jpg")
    scale = 64 / 96
    small = sheet.resize((round(sheet.width * scale), round(sheet.height * scale)), 1)
    page = Drawing(small.width + 60, small.height + 420)
    page.text(PAD, 8, "Diagram, not a screenshot; the gallery is the package's own", NOTE, 13)
    page.panel((20, 34, small.width + 40, small.height + 400), "Eyebrush")
    rows = (("Strength", "1"), ("Style", STYLE), ("Mix style", ""), ("Mix", "0"))
    for i, (name, value) in enumerate(rows):
        page.tick(36, 78 + ROW * i, name, i < 2, value or " ")
    half = small.width // 2
    page.button((32, 200, 28 + half, 226), "Style")
    page.button((32 + half, 200, 28 + 2 * half, 226), "Second style")
    page.image.paste(small, (30, 236))
    low = 246 + small.height
    for i, (name, value) in enumerate((("Stroke opacity", "1"), ("Fade seconds", "0.2"))):
        page.tick(36, low + ROW * i, name, False, value)
    page.tick(36, low + 2 * ROW, "Max field age", False, "0.8")
    box = (32, low + 98, small.width + 28, low + 144)
    page.pen.rounded_rectangle(box, 4, (70, 70, 70), LINE)
    page.text(44, low + 102, f"Painting in {STYLE} on openvino, CPU")
    page.text(44, low + 122, "... fields a second, the newest ... ms old; session my-game")
    return page.image


def main() -> None:
    """Write all of it."""
    OUT.mkdir(parents=True, exist_ok=True)
    set_up().save(OUT / "set-up.png", optimize=True)
    inspector().save(OUT / "inspector.jpg", quality=88)
    for path in sorted(OUT.iterdir()):
        print(f"{path.name} {path.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
