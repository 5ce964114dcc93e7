"""Which style is on at which time: every style is held, then mixed over into the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eyebrush.styles import Style, mix_styles


@dataclass(frozen=True)
class StyleSchedule:
    """Equal shares of ``frames`` for each style; the last ``fade`` frames of a share mix over."""

    styles: Sequence[Style]
    frames: int
    fade: int

    def place(self, index: int) -> float:
        """Where frame ``index`` stands on the way along the styles: 1 is the second style alone,
        1.25 a mix of 3/4 of it and 1/4 of the third."""
        share = self.frames / len(self.styles)
        current = min(int(index / share), len(self.styles) - 1)
        into_fade = index - round((current + 1) * share) + self.fade + 1
        if into_fade <= 0 or self.fade == 0 or current + 1 == len(self.styles):
            return float(current)
        return current + min(1.0, into_fade / (self.fade + 1))

    def style(self, place: float) -> Style:
        """The style, or mix of two neighbours, at a place."""
        first = int(place)
        part = place - first
        if part == 0.0:
            return self.styles[first]
        return mix_styles(self.styles[first : first + 2], [1 - part, part])
