"""Contact sheet: photographs down; painting, ours and theirs across."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from eyebrush.atomic import replacing

CELL, MARGIN, LABEL = 300, 8, 26
PAPER, INK = (250, 248, 243), (30, 30, 34)
ROWS = 6


def sheet(
    path: Path,
    kept: dict[tuple[int, int, str], np.ndarray],
    paintings: Sequence[np.ndarray],
    groups: dict[str, list[int]],
    methods: Sequence[str],
    plain: str,
) -> None:
    """kept: (painting, photograph, method) -> [H,W,3]. In every row one photograph, and for each
    group another painting of the group."""
    photographs = sorted({photo for _, photo, _ in kept})[:ROWS]
    columns = ["photograph", *(c for g in groups for c in (f"painting ({g})", *methods))]
    width = MARGIN + len(columns) * (CELL + MARGIN)
    canvas = Image.new("RGB", (width, LABEL + len(photographs) * (CELL + MARGIN) + MARGIN), PAPER)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(16)
    for column, label in enumerate(columns):
        draw.text((MARGIN + column * (CELL + MARGIN), 4), label, INK, font)
    used: Counter[int] = Counter()
    for row, photo in enumerate(photographs):
        cells: list[np.ndarray | None] = []
        for members in groups.values():
            there = [m for m in members if (m, photo, methods[0]) in kept]
            if not there:
                cells += [None] * (1 + len(methods))
                continue
            chosen = min(there, key=lambda m: used[m])
            used[chosen] += 1
            cells += [paintings[chosen], *(kept[chosen, photo, m] for m in methods)]
        photograph = next(v for (_, n, m), v in kept.items() if n == photo and m == plain)
        for column, cell in enumerate([photograph, *cells]):
            if cell is not None:
                place = MARGIN + column * (CELL + MARGIN), LABEL + row * (CELL + MARGIN)
                fitted = ImageOps.fit(Image.fromarray(cell), (CELL, CELL), Image.LANCZOS)
                canvas.paste(fitted, place)
    with replacing(path) as temporary:
        canvas.save(temporary)
