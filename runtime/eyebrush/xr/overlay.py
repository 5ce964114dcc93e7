"""The picture that hangs before the eyes: frame graph with its budget line, state and style."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, TEXT = 384, 176, 48
GRAPH = HEIGHT - TEXT
INK, GROUND = (245, 240, 230, 255), (24, 22, 28, 216)
FINE, OVER, LINE = (96, 196, 140, 255), (236, 96, 84, 255), (240, 200, 90, 255)


class Overlay:
    """Draws into one array; a column for each of the last frames."""

    def __init__(self) -> None:
        self._shares = np.zeros(WIDTH, np.float32)
        self._next = 0
        self._pixels = np.empty((HEIGHT, WIDTH, 4), np.uint8)
        self._rows = np.arange(GRAPH - 1, -1, -1, dtype=np.float32)[:, None] / GRAPH

    def add(self, share: float) -> None:
        """What a frame took of its period."""
        self._shares[self._next] = share
        self._next = (self._next + 1) % WIDTH

    def draw(self, style: str, state: str, period_ms: float) -> np.ndarray:
        """[176, 384, 4] uint8; the same array each time. The line is the whole period, at 2/3."""
        self._pixels[:TEXT] = _text(style, state, f"{period_ms:.1f} ms")
        shares = np.roll(self._shares, -self._next)[None]
        graph = self._pixels[TEXT:]
        graph[:] = GROUND
        filled = self._rows < shares * (2 / 3)
        graph[filled & (shares <= 1)] = FINE
        graph[filled & (shares > 1)] = OVER
        graph[GRAPH // 3] = LINE
        return self._pixels


@lru_cache(maxsize=16)
def _text(style: str, state: str, period: str) -> np.ndarray:
    image = Image.new("RGBA", (WIDTH, TEXT), GROUND)
    draw = ImageDraw.Draw(image)
    draw.text((10, 24), style, INK, ImageFont.load_default(22), anchor="lm")
    draw.text((WIDTH - 10, 24), f"{state}, {period}", LINE, ImageFont.load_default(18), anchor="rm")
    return np.asarray(image)
