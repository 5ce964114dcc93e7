"""A session of the bridge at the desk: an engine shows the frames, the runtime makes the fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from eyebrush.bridge import Frame
from eyebrush.desk.link import DeskLink
from eyebrush.desk.tap import thinned
from eyebrush.frame import StyleField
from eyebrush.looks import Looks
from eyebrush.stylizer import Stylizer

if TYPE_CHECKING:
    from eyebrush.serve import Figures

FOLLOW = 0.1  # how fast the estimate of the display period follows


class BridgeDesk:
    """Shows one session to the desk, for as long as it is served. The session's thread calls
    ``before`` while it holds the frame, and ``made`` after the field was published."""

    def __init__(
        self,
        link: DeskLink,
        stylizer: Stylizer,
        looks: Looks,
        figures: Callable[[], Figures],
    ) -> None:
        self._link, self._stylizer, self._looks, self._figures = link, stylizer, looks, figures
        self._eyes, self._size = 0, (0, 0)
        self._period_ns = 0.0
        self._last = (0, 0)  # frame id and display time of the last frame
        self._tap = link.open(figures().name, self.state, looks.desk_wants)

    def before(self, frame: Frame) -> np.ndarray | None:
        """The frame as the engine drew it [E, h, w, 3], copied if the desk waits for a picture."""
        self._eyes, self._size = len(frame.frames.color), frame.size
        self._follow(frame)
        if not self._tap.wanted:
            return None
        h, w = frame.frames.color.shape[1:3]
        u, v = frame.extent
        part = frame.frames.color[:, : max(1, round(h * v)), : max(1, round(w * u)), :3]
        return np.ascontiguousarray(thinned(part))

    def made(
        self,
        before: np.ndarray | None,
        field: StyleField,
        pixels: np.ndarray | None,
        stage_ns: dict[str, int],
    ) -> None:
        """A field was published; ``pixels`` [E, H, W, 4] instead of it in pixels mode."""
        self._tap.sample({}, field_ns=stage_ns)
        if before is None:
            return
        if pixels is not None:
            self._tap.show({"before": before, "after": pixels[..., :3]})
            return
        facts = {
            "extent": field.extent,
            "strength": self._stylizer.painted_strength(field.display_time_ns),
        }
        arrays = {"before": before, "grid": field.grid, "strokes": field.strokes}
        self._tap.show(arrays, **facts)

    def state(self) -> dict[str, Any]:
        """See ``Session`` in the desk's openapi.json."""
        figures = self._figures()
        height, width = self._size
        return {
            "name": figures.name,
            "engine": figures.engine,
            "kind": "bridge",
            "state": figures.state,
            "reason": figures.reason,
            "eyes": self._eyes,
            "eye_px": [width, height],
            "budget_ms": round(self._period_ns * 1e-6, 3) or None,
            "look": self._looks.describe(),
            "backend": self._stylizer.describe().as_dict(),
            "governor": None,
            "judged": figures.judged,
            "accent": figures.accent,
            "counts": {
                "fields": figures.made,
                "fields_per_s": round(figures.fields_per_s, 1),
                "skipped": figures.skipped,
                "torn": figures.torn,
            },
        }

    def close(self) -> None:
        """The session is left."""
        self._link.close_tap(self._tap)

    def _follow(self, frame: Frame) -> None:
        """The engine's display period, from the times of its frames."""
        number, time_ns = self._last
        frames, passed_ns = frame.frame_id - number, frame.frames.display_time_ns - time_ns
        self._last = frame.frame_id, frame.frames.display_time_ns
        if number and frames > 0 and passed_ns > 0:
            period_ns = passed_ns / frames
            known_ns = self._period_ns or period_ns
            self._period_ns = known_ns + FOLLOW * (period_ns - known_ns)
