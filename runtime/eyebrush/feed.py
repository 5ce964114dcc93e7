"""A recorded clip played into the bridge as if it were an engine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eyebrush import ops
from eyebrush.bridge import EngineSession, Made
from eyebrush.clip import back_and_forth, replayed
from eyebrush.frame import EyeFrames
from eyebrush.reference import extent


@dataclass
class Tally:
    """What happened while a clip was played. latency_ms: from sending a frame to having its field;
    strengths: of the fields; links: the runtime's link as it changed; last: the newest field."""

    sent: int = 0
    fields: int = 0
    latency_ms: list[float] = field(default_factory=list)
    strengths: list[float] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    last: Made | None = None


def small(frame: EyeFrames) -> EyeFrames:
    """What an engine sends: the mean of 4x4 pixels, as bytes."""
    planar = ops.ingest(np.ascontiguousarray(frame.color))
    levels = np.floor(planar.transpose(0, 2, 3, 1) * 255 + 0.5).astype(np.uint8)
    return replace(frame, color=np.ascontiguousarray(levels))


def play(
    engine: EngineSession,
    frames: Sequence[EyeFrames],
    size: tuple[int, int],
    *,
    count: int,
    rate_hz: float,
    wait_s: float,
) -> Tally:
    """Send ``count`` frames, back and forth, at ``rate_hz``; and go on until a field has come, but
    no longer than ``wait_s`` after the start. size: (height, width) of the eye buffers."""
    tally, period_ns = Tally(), round(1e9 / rate_hz)
    whole = frames[0].color.shape[1:3] == size
    share = (1.0, 1.0) if whole else extent(*size)
    due_ns = began_ns = time.monotonic_ns()
    while True:
        waited = time.monotonic_ns() > began_ns + wait_s * 1e9
        if tally.sent >= count and (tally.last is not None or waited):
            break
        frame = replayed(frames, tally.sent, period_ns)
        tally.sent += 1
        engine.send(frame, size, tally.sent, share)
        due_ns += period_ns
        while (rest_ns := due_ns - time.monotonic_ns()) > 0:
            if engine.wait(rest_ns * 1e-9):
                _take(engine, tally)
        link = engine.status().link
        if tally.links[-1:] != [link]:
            tally.links.append(link)
    return tally


def restyled(frames: Sequence[EyeFrames], made: Made) -> np.ndarray:
    """The frame that a field was made from, restyled with it: [E, H, W, 3] uint8."""
    if made.pixels is not None:
        return made.pixels[..., :3]
    assert made.field is not None
    color = back_and_forth(frames, made.frame_id - 1).color
    f = made.field
    return ops.composite(color, f.grid, f.strokes, extent=f.extent, strength=made.strength)


def _take(engine: EngineSession, tally: Tally) -> None:
    made = engine.field()
    if made is not None:
        tally.fields += 1
        tally.last = made
        tally.strengths.append(made.strength)
        tally.latency_ms.append((time.monotonic_ns() - made.frame_publish_ns) / 1e6)
