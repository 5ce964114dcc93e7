"""A display loop of Eyebrush's own (demo, player) at the desk."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from eyebrush.desk.link import DeskLink
from eyebrush.desk.tap import Wish
from eyebrush.frame import EyeFrames, StyleField
from eyebrush.governor import Governor
from eyebrush.looks import desks_style, with_dials
from eyebrush.painter import Painter
from eyebrush.styles import Style
from eyebrush.stylizer import Stylizer

RATE_S = 1.0  # over which fields a second are counted


class LoopDesk:
    """Shows one display loop to the desk. ``frame`` and ``pause`` are the loop's; a picture is
    copied in ``frame``, after the hand-over and only when the desk waits for one."""

    def __init__(
        self, link: DeskLink, name: str, engine: str, stylizer: Stylizer, governor: Governor
    ) -> None:
        self._name, self._engine = name, engine
        self._stylizer, self._governor = stylizer, governor
        self._own = self._desks = self._look()
        self._said = ("starting", "waiting for the first frame")
        self._shape: tuple[int, ...] = (0, 0, 0, 0)
        self._period_ns = 0
        self._fields = 0
        self._field: StyleField | None = None
        self._counted = (time.monotonic(), 0)
        self._fields_per_s = 0.0
        self._link = link
        self._tap = link.open(name, self.state, self.apply)

    def frame(
        self,
        frames: EyeFrames,
        out: np.ndarray,
        painter: Painter,
        stages_ns: Mapping[str, int],
        *,
        period_ns: int,
        late: bool,
        restyled: bool,
    ) -> None:
        """A frame was handed over: ``out`` [E, H, W, 3|4] is what was shown."""
        made, new = painter.field, painter.field is not self._field
        self._field = made
        self._fields += new
        self._shape, self._period_ns = frames.color.shape, period_ns
        self._said = ("running", painter.worker.error)
        field_ns = made.stage_ns if made is not None and new else None
        self._tap.sample(stages_ns, late=late, passed=not restyled, field_ns=field_ns)
        if self._tap.wanted:
            self._tap.show({"before": frames.color, "after": out})

    def pause(self, state: str, reason: str) -> None:
        """No frames are shown for now, and why."""
        self._said = (state, reason)

    def state(self) -> dict[str, Any]:
        """See ``Session`` in the desk's openapi.json."""
        stylizer, status = self._stylizer, self._governor.status()
        now, (then, fields) = time.monotonic(), self._counted
        if now >= then + RATE_S:
            self._fields_per_s = (self._fields - fields) / (now - then)
            self._counted = now, self._fields
        eyes, height, width = self._shape[:3]
        return {
            "name": self._name,
            "engine": self._engine,
            "kind": "display",
            "state": self._said[0],
            "reason": self._said[1],
            "eyes": eyes,
            "eye_px": [width, height],
            "budget_ms": self._period_ns * 1e-6 if self._period_ns else None,
            "look": {
                "style": stylizer.style.name,
                "strength": stylizer.strength,
                "calm": stylizer.calm,
                "detail": stylizer.detail,
                "by": self._by(),
            },
            "backend": stylizer.describe().as_dict(),
            "governor": status,
            "judged": None if stylizer.observer is None else stylizer.observer.status(),
            "accent": None if stylizer.accents is None else stylizer.accent.as_dict(),
            "counts": {
                "frames": status["frames"],
                "late": status["frames_late"],
                "passed": status["frames_passed_through"],
                "fields": self._fields,
                "fields_per_s": round(self._fields_per_s, 1),
            },
        }

    def apply(self, wish: Wish) -> None:
        """Grant a wish. Raises InputError."""
        if wish.release:
            style, strength, calm, detail = self._own
            self._stylizer.set_style(style, strength)
            self._stylizer.set_calm(calm)
            self._stylizer.set_detail(detail)
            return
        asked = desks_style(wish, self._stylizer)
        wish = with_dials(wish, asked)
        self._stylizer.set_style(asked or self._stylizer.style, wish.strength)
        if wish.calm is not None:
            self._stylizer.set_calm(wish.calm)
        if wish.detail is not None:
            self._stylizer.set_detail(wish.detail)
        self._desks = self._look()

    def close(self) -> None:
        """The loop has ended."""
        self._link.close_tap(self._tap)

    def _look(self) -> tuple[Style, float, float, float]:
        s = self._stylizer
        return s.style, s.strength, s.calm, s.detail

    def _by(self) -> str:
        """Who asked for what is painted: in the player, keys and buttons may have."""
        style, *rest = self._look()
        for who, (known, *values) in (("command line", self._own), ("desk", self._desks)):
            if style is known and rest == values:
                return who
        return "keys"
