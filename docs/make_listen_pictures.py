"""Makes docs/pictures/listen.png: eight seconds of made-up music, and what they move.

python docs/make_listen_pictures.py
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
from make_pictures import OUT, OUTDOORS
from PIL import Image, ImageDraw, ImageFont

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from eyebrush import EyeFrames, Stylizer
from eyebrush.clip import ClipReader, shipped_clip
from eyebrush.listen.features import Hearing
from eyebrush.listen.moments import Moments
from eyebrush.listen.react import CHANNELS, Reactor
from listen_sounds import RATE_HZ, mix

SECONDS, FRAME_HZ = 12.0, 72
WIDTH, ROW, LABEL, GAP = 1200, 84, 150, 10
INK, DIM, BEAT = (30, 30, 36), (150, 150, 156), (205, 90, 40)
SHOWN = (2.7, 4.75, 5.0, 8.6, 10.2, 11.7)  # moments of which a picture is shown, seconds


def music() -> np.ndarray:
    """Bass and chords, then drums too, then bright noise that fades."""
    sound = mix(120, SECONDS, 4, drums=False)
    sound *= 0.5
    drums = mix(120, SECONDS, 4)
    part = slice(round(4 * RATE_HZ), round(9 * RATE_HZ))
    sound[part] = drums[part]
    rest = np.arange(len(sound) - part.stop) / RATE_HZ
    hiss = np.random.default_rng(0).normal(0, 0.2, len(rest))
    hiss = np.diff(hiss, prepend=0)  # more of it high up
    sound[part.stop :] = 0.2 * sound[part.stop :] + hiss * np.exp(-rest / 1.2)
    return sound


def row(
    draw: ImageDraw.ImageDraw,
    top: int,
    label: str,
    values: np.ndarray,
    low: float,
    high: float,
    ends: tuple[str, str],
) -> None:
    """One curve between two lines."""
    font = ImageFont.load_default(15)
    draw.text((8, top + ROW // 2 - 10), label, INK, font)
    for y, text in ((top, ends[1]), (top + ROW, ends[0])):
        draw.line((LABEL, y, WIDTH - 8, y), (225, 225, 225))
        draw.text((LABEL - 10, y), text, DIM, ImageFont.load_default(12), anchor="rm")
    x = LABEL + np.arange(len(values)) * (WIDTH - 8 - LABEL) / len(values)
    y = top + ROW * (1 - (values - low) / (high - low))
    draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), INK, 2)


def main() -> None:
    heard = Moments()
    heard.add(Hearing().feed(music()))
    with ClipReader(shipped_clip()) as clip:
        color = clip[int(OUTDOORS * len(clip))].color[:1]
    stylizer = Stylizer("great-wave")
    partner = stylizer.library.get("composition-vii")
    react = Reactor(heard, partner, lambda ns: ns * 1e-9)
    stylizer.accents = react
    rows, pictures = [], []
    for i in range(round(SECONDS * FRAME_HZ)):
        now_ns = round(i * 1e9 / FRAME_HZ)
        accent = react(now_ns)
        rows.append((accent.strength, accent.share, accent.hue_rad))
        near = min(abs(i / FRAME_HZ - s) for s in SHOWN)
        if near < 0.3:
            painted = stylizer.restyle(EyeFrames(color, (), now_ns)).color[0]
            if near < 0.5 / FRAME_HZ:
                pictures.append((i / FRAME_HZ, painted))
    moments = [heard.since(0, i / FRAME_HZ)[0] for i in range(len(rows))]
    strength, share, hue = np.array(rows).T
    side = (WIDTH - 8 - LABEL - 5 * 6) // 6
    sheet = Image.new("RGB", (WIDTH, 5 * (ROW + GAP) + side + 52), (255, 255, 255))
    draw = ImageDraw.Draw(sheet)
    scale = (WIDTH - 8 - LABEL) / SECONDS
    beats = [m.time_s for m in heard._moments if m.beat]
    for beat in beats:
        draw.line(
            (LABEL + beat * scale, 8, LABEL + beat * scale, 5 * (ROW + GAP) - 2), (250, 222, 205)
        )
    loud = np.array([m.loudness if m else 0 for m in moments])
    bright = np.array([m.brightness if m else 0.5 for m in moments])
    top = 8
    row(draw, top, "loudness", loud, 0, 1, ("0", "1"))
    row(draw, top + (ROW + GAP), "strength", strength, 0, 1, ("0", "1"))
    row(draw, top + 2 * (ROW + GAP), "second style", share, 0, 0.5, ("0", "0.5"))
    row(draw, top + 3 * (ROW + GAP), "brightness", bright, 0, 1, ("dull", "bright"))
    turn = math.degrees(CHANNELS["hue"].high)
    row(
        draw,
        top + 4 * (ROW + GAP),
        "hue",
        np.degrees(hue),
        -turn,
        turn,
        (f"-{turn:.0f}\u00b0", f"+{turn:.0f}\u00b0"),
    )
    y = 5 * (ROW + GAP) + 14
    for k, (at, painted) in enumerate(pictures):
        place = LABEL + k * (side + 6)
        small = Image.fromarray(painted[..., :3]).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(small, (place, y))
        draw.text((place, y + side + 4), f"{at:.1f} s", INK, ImageFont.load_default(14))
        draw.line((LABEL + at * scale, y - 12, LABEL + at * scale, y - 4), BEAT, 3)
    sheet.save(OUT / "listen.png", optimize=True)
    print(f"{len(beats)} beats; pictures of {[round(t, 2) for t, _ in pictures]}")


if __name__ == "__main__":
    main()
