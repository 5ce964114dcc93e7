"""The demo's pictures: a contact sheet, and an animation with a moving before/after line."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from eyebrush.atomic import replacing
from eyebrush.demo.loop import Picture

SHEET_EYE_PX = 400  # width of one eye in the contact sheet
ANIMATION_EYE_PX = 360
ANIMATION_MAX_BYTES = 10_000_000
MARGIN, LABEL = 12, 30
PAPER, INK, FAINT = (250, 248, 243), (30, 30, 34), (110, 108, 104)
COLUMNS = (
    "left eye, as rendered",
    "left eye, restyled",
    "right eye, as rendered",
    "right eye, restyled",
)


def write_contact_sheet(
    path: Path, pictures: Sequence[Picture], rate_hz: float, title: str
) -> None:
    """One row for each moment: before and after, left and right eye, labelled."""
    eyes, height, width, _ = pictures[0].before.shape
    cell_w, cell_h = SHEET_EYE_PX, round(SHEET_EYE_PX * height / width)
    columns = COLUMNS[: 2 * eyes]
    size = (
        MARGIN + len(columns) * (cell_w + MARGIN),
        MARGIN + 2 * LABEL + len(pictures) * (cell_h + LABEL + MARGIN),
    )
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, INK, _font(20))
    for column, label in enumerate(columns):
        draw.text((MARGIN + column * (cell_w + MARGIN), MARGIN + LABEL), label, FAINT, _font(15))
    for row, picture in enumerate(pictures):
        top = MARGIN + 2 * LABEL + row * (cell_h + LABEL + MARGIN)
        for eye in range(eyes):
            for k, pixels in enumerate((picture.before[eye], picture.after[eye])):
                left = MARGIN + (2 * eye + k) * (cell_w + MARGIN)
                sheet.paste(_scaled(pixels, cell_w, cell_h), (left, top))
        label = f"{picture.index / rate_hz:.2f} s   {_style_label(picture.style)}"
        draw.text((MARGIN, top + cell_h + 5), label, INK, _font(16))
    with replacing(path) as temporary:
        sheet.save(temporary, compress_level=3)


def write_animation(path: Path, pictures: Sequence[Picture], fps: float) -> None:
    """Both eyes side by side, at real speed; a line wipes from the rendered to the restyled
    picture at the start and back at the end. Quality falls until it fits 10 MB."""
    for quality in (82, 70, 55, 40, 25):
        memory = io.BytesIO()
        # made one by one while they are encoded: a list of them would take 100 MB
        frames = (_wiped(p, _wipe_position(i, len(pictures))) for i, p in enumerate(pictures))
        next(frames).save(
            memory,
            "WEBP",
            save_all=True,
            append_images=frames,
            duration=max(1, round(1000 / fps)),
            loop=0,
            quality=quality,
            method=1,
        )
        if memory.tell() <= ANIMATION_MAX_BYTES:
            break
    with replacing(path) as temporary:
        temporary.write_bytes(memory.getvalue())


def _wipe_position(index: int, count: int) -> float:
    """Where the line stands, 0 (all restyled) .. 1 (all as rendered): in over the first fifth,
    out over the last eighth."""
    begin, end = index / (0.2 * count), (count - 1 - index) / (0.125 * count)
    return 1.0 - _ease(min(begin, end, 1.0))


def _ease(x: float) -> float:
    return 0.5 - 0.5 * math.cos(math.pi * x)


def _wiped(picture: Picture, position: float) -> Image.Image:
    """Left of the line as rendered, right of it restyled; the same line in both eyes."""
    eyes, height, width, _ = picture.before.shape
    w = min(ANIMATION_EYE_PX, width)
    h = round(w * height / width)
    frame = Image.new("RGB", (eyes * w, h))
    line = round(position * w)
    for eye in range(eyes):
        frame.paste(_scaled(picture.after[eye], w, h), (eye * w, 0))
        if line > 0:
            before = _scaled(picture.before[eye], w, h).crop((0, 0, line, h))
            frame.paste(before, (eye * w, 0))
            if line < w:
                box = (eye * w + line - 1, 0, eye * w + line + 1, h)
                ImageDraw.Draw(frame).rectangle(box, fill="white")
    draw = ImageDraw.Draw(frame)
    label = _style_label(picture.style)
    draw.text((8, h - 26), label, "white", _font(15), stroke_width=2, stroke_fill="black")
    return frame


def _style_label(name: str) -> str:
    """ "a:0.75,b:0.25" -> "a 75 % + b 25 %"; a plain name stays as it is."""
    parts = [part.partition(":") for part in name.split(",")]
    if not all(colon for _, colon, _ in parts):
        return name
    return " + ".join(f"{style} {100 * float(share):.0f} %" for style, _, share in parts)


def _scaled(pixels: np.ndarray, width: int, height: int) -> Image.Image:
    image = Image.fromarray(pixels[..., :3])
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
