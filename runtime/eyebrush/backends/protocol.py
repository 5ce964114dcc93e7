"""What every backend offers: networks that turn small eye pictures into style fields.

A backend module has ``NAME``, ``load_field(path, threads, precision)`` and
``load_encoder(path, threads)``; everything else happens through the types below.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np

INPUTS = ("rgb", "code", "stats", "fresh", "tone_in", "tone_out", "detail")
OUTPUTS = ("grid", "strokes", "stats_out")
DEFAULT_DETAIL = 0.7  # of the input ``detail``: 0 strokes everywhere .. 1 none over lettering
PRECISIONS = ("auto", "bf16", "f16", "f32")


@dataclass(frozen=True)
class BackendInfo:
    """What really runs: read back from the backend after compiling, not what was asked for.

    note: why it is this one where another one was wanted, or is being prepared; else empty.
    """

    backend: str
    version: str
    device: str
    device_name: str
    precision: str
    threads: int
    note: str = ""

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


@dataclass(frozen=True)
class NetworkInfo:
    """A network's contract, from its ONNX metadata.

    id:    names these weights; a style code belongs to exactly one id.
    down:  the network sees the frame at 1/down of its size.
    code:  length of a style code.  stats: number of normalised channels.
    """

    id: str
    down: int
    code: int
    stats: int


@dataclass(frozen=True)
class FieldBuffers:
    """Where one run writes: grid [E,12,D,Gh,Gw] float32, strokes [E,2h,2w,4] uint8,
    stats_out [2,S] float32. ``handles`` is the backend's own business."""

    grid: np.ndarray
    strokes: np.ndarray
    stats_out: np.ndarray
    handles: object = None


class FieldSession(Protocol):
    """The network at one fixed input size. Not for two threads at the same time."""

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """Preallocated inputs by name, to be written in place: rgb [E,3,h,w], code [K],
        stats [2,S], fresh [1], tone_in [3,4], tone_out [3,4], detail [1]; all float32. Where fresh
        is 0, ``stats_out`` is ``stats``, and a backend may take less time."""

    def new_buffers(self) -> FieldBuffers:
        """Fresh output buffers of this session's shapes."""

    def run(self, buffers: FieldBuffers) -> None:
        """Infer: ``inputs`` -> ``buffers``. Releases the GIL while it computes."""


class FieldNetwork(Protocol):
    """A loaded field network; compiles one session for each input size, on demand."""

    @property
    def info(self) -> NetworkInfo: ...

    def session(self, eyes: int, height: int, width: int) -> FieldSession:
        """Session for rgb [eyes, 3, height, width]; cached, the oldest sizes are dropped."""

    def settle(self, eyes: int, height: int, width: int) -> None:
        """Wait until what runs this size will not change any more (for benchmarks); may take
        minutes, and no time where one backend does everything."""

    def describe(self) -> BackendInfo: ...


class StyleEncoder(Protocol):
    """A loaded style encoder."""

    @property
    def network_id(self) -> str: ...

    def encode(self, painting: np.ndarray) -> np.ndarray:
        """Canonical painting [1, 3, H, W] float32 0..1 -> code [K] float32."""
