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

    def at(self, index: int) -> Style | None:
        """The style to set before frame ``index``; None where nothing changes."""
        share = self.frames / len(self.styles)
        current = min(int(index / share), len(self.styles) - 1)
        begins = index == 0 or int((index - 1) / share) < current
        if current + 1 < len(self.styles):
            into_fade = index - round((current + 1) * share) + self.fade
            if into_fade > 0 and self.fade > 0:
                part = min(1.0, into_fade / (self.fade + 1))
                pair = [self.styles[current], self.styles[current + 1]]
                return mix_styles(pair, [1 - part, part])
        return self.styles[current] if begins else None
