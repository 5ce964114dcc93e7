"""What robustness.py shows: a table, and a picture of what an attack does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import harness

GAIN = 4  # of the differences shown


def tables(body: Mapping[str, Any]) -> dict[str, str]:
    changes = body["figures"]["changes"]
    methods = list(dict.fromkeys(m for row in changes.values() for m in row))
    rows = []
    for change, found in changes.items():
        first = next(iter(found.values()))["input_rms"]
        cells = [
            f"{found[m]['output_rms']:.2f} ({found[m]['gain']:.2f})" if m in found else ""
            for m in methods
        ]
        rows.append([change, f"{first:.2f}", *cells])
    header = ["change of the input", "input, RMS", *methods]
    caption = (
        "Change of the output, RMS in levels of 255; in brackets, how many times that of the "
        "input. Means over pairs."
    )
    return {"robustness": caption + "\n\n" + harness.table(header, rows)}


def sheet(
    path: Path,
    pictures: Sequence[tuple[np.ndarray, Mapping[str, tuple[np.ndarray, np.ndarray]]]],
    methods: Sequence[str],
) -> None:
    """A row for each pair: photograph; for each method its picture, the same with the most harmful
    change within the largest budget, and the difference, four times as strong, on grey."""
    rows = []
    for color, worst in pictures:
        cells = [color]
        for plain, changed in (worst[m] for m in methods):
            difference = 128 + GAIN * (changed.astype(int) - plain)
            cells += [plain, changed, difference.clip(0, 255).astype(np.uint8)]
        rows.append(np.concatenate(cells, 1))
    Image.fromarray(np.concatenate(rows, 0)).save(path, quality=88)
