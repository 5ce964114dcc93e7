"""What the runtime showed, as one picture for browsers: both eyes, before above after."""

from __future__ import annotations

import io
import mmap
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from eyebrush import ops

EYE_PX = 384  # the longer side of an eye on the page
QUALITY = 80


@dataclass(frozen=True)
class Shown:
    """One displayed frame. before, after: [E, H, W, 3 or 4] uint8, copies."""

    before: np.ndarray
    after: np.ndarray
    facts: dict[str, Any]


class Boards:
    """Opens what ``tap.Board`` wrote; remembers the newest board of each session."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, mmap.mmap]] = {}

    def take(self, session: str, message: dict[str, Any]) -> Shown:
        """Copy a picture out. Where the runtime has only the field, it is composited here.
        InterruptedError: the next one was written over it meanwhile."""
        path, size = message["path"], message["bytes"]
        known = self._open.get(session)
        if known is None or known[0] != path:
            handle = os.open(path, os.O_RDWR)
            try:
                known = (path, mmap.mmap(handle, size))
            finally:
                os.close(handle)
            if os.name != "nt":  # from now on it goes with the two processes
                Path(path).unlink(missing_ok=True)
            self._open[session] = known
        arrays = {
            row["name"]: np.ndarray(row["shape"], row["dtype"], known[1], row["at"]).copy()
            for row in message["arrays"]
        }
        if int(np.ndarray((), np.uint64, known[1])) != message["number"]:
            raise InterruptedError(f"the picture of {session} was written over")
        facts = message["facts"]
        before = arrays["before"]
        if "after" in arrays:
            return Shown(before, arrays["after"], facts)
        before = _as_fine_as(arrays["strokes"], before, facts["extent"])
        field = {"extent": tuple(facts["extent"]), "strength": facts["strength"]}
        after = ops.composite(before, arrays["grid"], arrays["strokes"], **field)
        return Shown(before, after, facts)

    def forget(self, gone: set[str]) -> None:
        """These sessions have ended."""
        for session in gone:
            self._open.pop(session, None)


def _as_fine_as(strokes: np.ndarray, color: np.ndarray, extent: list[float]) -> np.ndarray:
    """The small picture that an engine sent, as large as the strokes are over it."""
    height = max(1, round(strokes.shape[1] * extent[1]))
    width = max(1, round(strokes.shape[2] * extent[0]))
    if height <= color.shape[1]:
        return color
    size = (width, height)
    eyes = [Image.fromarray(eye).resize(size, Image.Resampling.BICUBIC) for eye in color]
    return np.stack([np.asarray(eye) for eye in eyes])


def encode(shown: Shown) -> bytes:
    """JPEG: before above after, left beside right; each eye at most EYE_PX."""
    rows = [np.concatenate(list(part[..., :3]), axis=1) for part in (shown.before, shown.after)]
    eyes, height, width, _ = shown.before.shape
    scale = min(1.0, EYE_PX / max(height, width))
    size = max(1, round(width * scale)) * eyes, max(1, round(height * scale))
    sheet = Image.new("RGB", (size[0], 2 * size[1]))
    for place, row in enumerate(rows):
        picture = Image.fromarray(np.ascontiguousarray(row))
        sheet.paste(
            picture.resize(size, Image.Resampling.BOX, reducing_gap=2.0), (0, place * size[1])
        )
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
