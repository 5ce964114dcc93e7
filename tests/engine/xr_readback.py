"""Run inside the engine root: what lies in the swapchain images is what was composited.

    python xr_readback.py egl|vulkan FRAMES

Reads every image back before it is released, compares it with what was written, and every fifth
colour image with the numpy reference of its composite. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from eyebrush import reference
from eyebrush.frame import EyeFrames, reprojection
from eyebrush.governor import Governor, State
from eyebrush.painter import Painter
from eyebrush.styles import open_library
from eyebrush.stylizer import Stylizer
from eyebrush.xr import player
from eyebrush.xr.player import Options, Player

found = {"images": 0, "wrong": 0, "depth_images": 0, "composites": 0, "worst": 0}


def checked(kind: type[Any]) -> type[Any]:
    """The same graphics, reading back whatever they write."""

    class Checked(kind):  # type: ignore[misc]
        def write(self, image: int, pixels: np.ndarray) -> None:
            super().write(image, pixels)
            back = self.read(image, pixels)
            found["images"] += 1
            found["depth_images"] += pixels.ndim == 3
            found["wrong"] += not np.array_equal(back, pixels)

    return Checked


class CheckedPainter(Painter):
    """Compares with the reference what it has painted."""

    def paint(self, frames: EyeFrames, out: np.ndarray, began_ns: int, period_ns: int) -> bool:
        restyled = super().paint(frames, out, began_ns, period_ns)
        field = self.field
        assert restyled
        assert field is not None
        if found["images"] % 5 == 0:
            pairs = [reprojection(a, b) for a, b in zip(frames.views, field.views, strict=False)]
            wanted = reference.composite(
                frames.color,
                field.grid,
                field.strokes,
                extent=field.extent,
                matrix=np.stack([m for m, _ in pairs]) if pairs else None,
                parallax=np.stack([p for _, p in pairs]) if pairs else None,
                depth_m=frames.depth_m if pairs else None,
            )
            found["composites"] += 1
            worst = int(np.abs(out.astype(int) - wanted).max())
            found["worst"] = max(found["worst"], worst)
        return restyled


def main() -> None:
    name, frames = sys.argv[1], int(sys.argv[2])
    player.GRAPHICS[name] = checked(player.GRAPHICS[name])
    player.Painter = CheckedPainter  # type: ignore[misc]
    library = open_library()
    stylizer = Stylizer(library.default, library=library)
    options = Options(name, "test", frames, overlay=True)
    Player(stylizer, [library.default], options, Governor(pinned=State.FULL)).play()
    print(json.dumps(found))


main()
