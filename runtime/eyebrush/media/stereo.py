"""Side-by-side stereo: left eye in the left half of the picture, right eye in the right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames


def split_sbs(frames: EyeFrames) -> EyeFrames:
    """color [1, H, 2W, C] -> [2, H, W, C]."""
    eyes, _, width, _ = frames.color.shape
    if eyes != 1 or width % 2 or width < 2:
        raise InputError(
            got=f"a picture {width} pixels wide with {eyes} eye(s)",
            wanted="one side-by-side picture with an even width",
            fix="leave out --stereo sbs, or crop the picture to an even width",
        )
    left, right = np.split(frames.color[0], 2, axis=1)
    return replace(frames, color=np.stack([left, right]))


def join_sbs(color: np.ndarray) -> np.ndarray:
    """[E, H, W, C] -> [H, E * W, C]; a mono frame stays as it is."""
    return color[0] if color.shape[0] == 1 else np.concatenate(list(color), axis=1)
