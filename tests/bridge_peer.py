"""One side of a session as a Python process: the commands and the pattern of peer.c.

python bridge_peer.py engine NAME COUNT | runtime NAME
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

from eyebrush import bridge
from eyebrush.errors import BridgeError
from eyebrush.frame import EyeFrames, StyleField

PATIENCE_S = 30.0


def pattern(shape: tuple[int, ...], kind: type, number: int) -> np.ndarray:
    """engine_bridge/tests/pattern.h: 32-bit words that tell their message and place."""
    words = np.arange(np.prod(shape) * np.dtype(kind).itemsize // 4, dtype=np.uint32)
    return (words + np.uint32(number * 2654435761 % 2**32)).view(kind).reshape(shape)


def holds(plane: np.ndarray, number: int) -> bool:
    wanted = pattern(plane.shape, plane.dtype.type, number)
    return bool((plane.view(np.uint32) == wanted.view(np.uint32)).all())


def frame(number: int, height: int = 120, width: int = 200) -> EyeFrames:
    color = pattern((2, height // 4, width // 4, 4), np.uint8, number)
    return EyeFrames(color, display_time_ns=number * 1000)


def is_good(made: bridge.Made) -> bool:
    assert made.field is not None
    number = made.frame_id
    good = made.field.display_time_ns == number * 1000
    return good and holds(made.field.grid, number) and holds(made.field.strokes, number)


def frame_is_good(got: bridge.Frame) -> bool:
    good = got.frames.display_time_ns == got.frame_id * 1000
    return good and holds(got.frames.color, got.frame_id)


def answer(runtime: bridge.RuntimeSession, got: bridge.Frame) -> None:
    eyes, height, width, _ = got.frames.color.shape
    grid = pattern((eyes, 12, 8, 16, 16), np.float32, got.frame_id)
    strokes = pattern((eyes, 2 * height, 2 * width, 4), np.uint8, got.frame_id)
    runtime.publish_field(got, StyleField(grid, strokes), 1.0)


def run_engine(name: str, count: int) -> dict[str, int]:
    tally = {"sent": 0, "received": 0, "torn": 0, "wrong": 0}
    with bridge.EngineSession(name, 200, 120) as engine:
        for number in range(1, count + 1):
            engine.send(frame(number), (120, 200), number)
            tally["sent"] += 1
            deadline = time.monotonic() + PATIENCE_S
            arrived = 0
            while arrived != number:
                assert time.monotonic() < deadline, f"no field of frame {number}"
                if engine.wait(0.1) and (made := engine.field()) is not None:
                    arrived = made.frame_id
                    tally["received"] += 1
                    tally["wrong"] += not is_good(made)
        tally["torn"] = engine.status().fields_torn
    return tally


def attach(name: str) -> bridge.RuntimeSession:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return bridge.RuntimeSession(name)
        except BridgeError:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def run_runtime(name: str) -> dict[str, int]:
    tally = {"sent": 0, "received": 0, "torn": 0, "wrong": 0}
    with attach(name) as runtime:
        while True:
            try:
                if not runtime.wait(1.0) or (got := runtime.acquire()) is None:
                    continue
            except bridge.PeerGone:
                return tally
            good = frame_is_good(got)
            intact = runtime.release()
            tally["received"] += 1
            tally["torn"] += not intact
            tally["wrong"] += intact and not good
            if intact and good:
                answer(runtime, got)
                tally["sent"] += 1


def main(mode: str, name: str, count: str = "0") -> int:
    tally = run_engine(name, int(count)) if mode == "engine" else run_runtime(name)
    print(json.dumps(tally))
    return bool(tally["wrong"] or tally["torn"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
