"""What the player shows: a clip, a panorama, a room, or what an engine draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from eyebrush.clip import ClipReader, back_and_forth, shipped_clip
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View
from eyebrush.scene import Scene, panorama, room

if TYPE_CHECKING:
    from eyebrush.xr.loop import Source

Views = tuple[View, View]
WANTED = "test, clip, clip:FILE, pano:FILE or bridge:NAME"
MAX_CLIP_BYTES = 256 << 20  # decoded; of longer clips the first part is shown


def parse_source(text: str) -> tuple[str, str]:
    """("clip", FILE) and the like; raises InputError for what is no source."""
    kind, colon, place = text.partition(":")
    needs_place = {"test": (False,), "clip": (True, False), "pano": (True,), "bridge": (True,)}
    if (
        kind not in needs_place
        or bool(place) not in needs_place[kind]
        or bool(colon) != bool(place)
    ):
        raise InputError(got=f"source {text!r}", wanted=WANTED, fix="eyebrush xr --help")
    return kind, place


def open_source(text: str, width: int, height: int) -> Source:
    """The source that ``text`` names, for eyes of that size. Raises InputError."""
    kind, place = parse_source(text)
    if kind == "test":
        return SceneSource(room(), width, height)
    if kind == "pano":
        return SceneSource(panorama(Path(place)), width, height)
    if kind == "bridge":
        from eyebrush.xr.bridge_source import BridgeSource

        return BridgeSource(place, width, height)
    return ClipPlayer(Path(place) if place else shipped_clip(), width, height)


class SceneSource:
    """A scene drawn anew for each frame, from exactly where the eyes will be."""

    copies = True

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._scene = scene
        self._pixels = np.empty((2, height, width, 4), np.uint8)

    def frame(self, views: Views, display_time_ns: int) -> tuple[EyeFrames, Views]:
        """See ``eyebrush.xr.loop.Source``."""
        return self._scene.draw(views, self._pixels, display_time_ns), views

    def close(self) -> None:
        """Nothing is open."""


class ClipPlayer:
    """A recorded clip, back and forth at its own rate. It rides on the head: the recorded turns
    are part of its pictures, its field of view is its own."""

    copies = False

    def __init__(self, path: Path, width: int, height: int) -> None:
        self._frames: list[EyeFrames] = []
        held = 0
        with ClipReader(path) as clip:
            for frame in clip:
                held += 2 * width * height * 4
                if held > MAX_CLIP_BYTES and len(self._frames) > 1:
                    break
                self._frames.append(replace(frame, color=_resized(frame.color, width, height)))
        times = [frame.display_time_ns for frame in self._frames]
        if len(times) < 2 or times[-1] <= times[0]:
            raise InputError(
                got=f"clip {path} of {len(times)} frame(s)",
                wanted="two or more frames with rising times",
                fix="record a longer clip",
            )
        self._step_ns = (times[-1] - times[0]) // (len(times) - 1)
        self._began_ns = 0

    def frame(self, views: Views, display_time_ns: int) -> tuple[EyeFrames, Views]:
        """See ``eyebrush.xr.loop.Source``."""
        self._began_ns = self._began_ns or display_time_ns
        step = (display_time_ns - self._began_ns) // self._step_ns
        recorded = back_and_forth(self._frames, step)
        left, right = recorded.views
        placed = replace(views[0], fov_rad=left.fov_rad), replace(views[1], fov_rad=right.fov_rad)
        return replace(recorded, display_time_ns=display_time_ns), placed

    def close(self) -> None:
        """Nothing is open any more."""


def _resized(color: np.ndarray, width: int, height: int) -> np.ndarray:
    """[2, H, W, 3] -> [2, height, width, 4]."""
    out = np.full((2, height, width, 4), 255, np.uint8)
    for eye in range(2):
        image = Image.fromarray(color[eye, ..., :3])
        out[eye, ..., :3] = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))
    return out
