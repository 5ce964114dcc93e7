"""The frames that are replayed: the same ones on every machine and in every run."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from eyebrush.bench.profiles import Profile
from eyebrush.clip import ClipReader
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames, View
from eyebrush.scene import room

MOST_BYTES = 384 << 20  # held in memory, as an engine has its frames
MOST_FRAMES = 120
EYES_APART_M = 0.063


def clip_frames(path: Path, profile: Profile) -> list[EyeFrames]:
    """A recorded clip at the profile's size; its first part where it is long.

    Raises InputError.
    """
    frames: list[EyeFrames] = []
    with ClipReader(path) as clip:
        for frame in clip:
            if len(frames) == frames_held(profile):
                break
            frames.append(replace(frame, color=_resized(frame.color, profile)))
    if len(frames) < 2:
        raise InputError(
            got=f"clip {path} of {len(frames)} frame(s)",
            wanted="two or more",
            fix="record a longer clip, or use --source synthetic",
        )
    return frames


def synthetic_frames(profile: Profile) -> list[EyeFrames]:
    """A head that looks around in the test room, with depth; needs no file."""
    scene = room()
    count = frames_held(profile)
    shape = (2, profile.height_px, profile.width_px, 3)
    frames = []
    for i in range(count):
        at = i / MOST_FRAMES
        turn = 0.5 * math.sin(2 * math.pi * at)
        orientation = (0.0, math.sin(turn / 2), 0.0, math.cos(turn / 2))
        views = tuple(
            View(orientation, (side * EYES_APART_M / 2, 0.1 * at, 0.3 * at)) for side in (-1, 1)
        )
        time_ns = round(i * 1e9 / profile.rate_hz)
        frames.append(scene.draw(views, np.empty(shape, np.uint8), time_ns))
    return frames


def frames_held(profile: Profile) -> int:
    """How many frames of a profile are kept in memory."""
    size = 2 * profile.width_px * profile.height_px * 3
    return max(2, min(MOST_FRAMES, MOST_BYTES // size))


def _resized(color: np.ndarray, profile: Profile) -> np.ndarray:
    size = (profile.width_px, profile.height_px)
    if color.shape[1:3] == size[::-1]:
        return color
    eyes = [np.asarray(Image.fromarray(eye[..., :3]).resize(size)) for eye in color]
    return np.ascontiguousarray(np.stack(eyes))
