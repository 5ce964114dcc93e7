"""What moves a look around what was set, from frame to frame, such as music (eyebrush.listen)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from eyebrush.styles.style import Style
from eyebrush.tone import recolour

FRESH_PER_SHARE = 50.0  # measured: with 8, a flat picture still moves twice as far as with these
NEARLY = 0.999  # 1 would begin a new stream and paint all strokes anew


@dataclass(frozen=True)
class Accent:
    """strength: share of the strength that was set, 0..1. toward, share: a style whose brushwork is
    mixed in, 0 (none of it) .. 1 (it alone); not its colours, for a darker or lighter palette on
    every beat would flash. hue_rad: turn of the painting's colours about the grey axis."""

    strength: float = 1.0
    toward: Style | None = None
    share: float = 0.0
    hue_rad: float = 0.0

    def code(self, style: Style) -> np.ndarray:
        """Of ``style`` with this accent, [K] float32."""
        if self.toward is None or self.share == 0:
            return style.code
        return style.code + np.float32(self.share) * (self.toward.code - style.code)

    def fresh(self, share_before: float) -> float:
        """How far the network's statistics, 0..1, must follow at once where the last field had
        another share: those of the code before make a picture too light or too dark."""
        return min(NEARLY, FRESH_PER_SHARE * abs(self.share - share_before))

    def tone_out(self, style: Style) -> np.ndarray:
        """The colours of ``style`` with this accent, [3, 4] float32."""
        return (
            style.tone_out if self.hue_rad == 0 else recolour(style.tone_out, hue_rad=self.hue_rad)
        )

    def as_dict(self) -> dict[str, Any]:
        """For people and programs; ``toward`` is the style's name."""
        return {
            "strength": round(self.strength, 3),
            "toward": self.toward.name if self.toward else "",
            "share": round(self.share, 3),
            "hue_deg": round(math.degrees(self.hue_rad), 1),
        }


NO_ACCENT = Accent()
