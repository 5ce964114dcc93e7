"""The front door: frames in, style fields or restyled frames out.

stylizer = Stylizer("starry-night")
restyled = stylizer.restyle(frames)                       # everything at once
field = stylizer.field(frames)                            # or: the field now, ...
stylizer.composite(newer_frames, field, out=pixels)       # ... newer frames with it later
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from eyebrush import backends, ops, resources, tone
from eyebrush.accent import NO_ACCENT, Accent
from eyebrush.backends import BackendInfo, FieldBuffers, FieldSession, NetworkInfo
from eyebrush.backends.pool import BufferPool
from eyebrush.backends.protocol import DEFAULT_DETAIL
from eyebrush.calm import DEFAULT_CALM, SteadyStrokes, check_calm
from eyebrush.errors import BackendError, InputError, share
from eyebrush.frame import EyeFrames, StyleField, reprojections
from eyebrush.reference import field_size
from eyebrush.steady_grid import SteadyGrid
from eyebrush.styles import Style, StyleLibrary, open_library
from eyebrush.temporal import TIME_CONSTANT_S, TemporalState

MAX_SIDE_PX = 4096  # a longer frame is shrunk before the network sees it; its pixels stay sharp


class Observer(Protocol):
    """Looks on while fields are made (``eyebrush.judge.live``); must be quick, and never raise."""

    def offer(self, small: np.ndarray, grid: np.ndarray, strokes: np.ndarray, style: Style) -> None:
        """What the network saw [E, 3, h, w], the field's two parts, and the style. The arrays will
        be written again: copy what is to be kept."""

    def status(self) -> dict[str, Any] | None:
        """What it has to say, ready for JSON; None as long as there is nothing."""


class Stylizer:
    """Restyles a stream of frames. One thread calls ``field``; any thread may call the rest.

    style:      a name, a file, a mix ("monet:0.6,hokusai:0.4") or a Style.
    strength:   0 (the frame as it is) .. 1 (fully painted).
    calm:       0 (strokes of every field anew) .. 1; see :mod:`eyebrush.calm`. Needs views.
    detail:     0 (strokes everywhere) .. 1 (none over lettering and other fine, hard contrast).
    backend, precision, threads: see :func:`eyebrush.backends.load_field`.
    smoothing_s: time constant of the running statistics; 0 treats every frame as a still.
    network:    another field network than the shipped one; ``library`` the styles that fit it.
    observer:   looks on at every field of full size; None: nobody does.

    ``accents``, if set, moves the look around what is set: display time, nanoseconds -> Accent. Any
    thread may call it, and more than once for a frame. Strokes stay where they are meanwhile.
    """

    def __init__(
        self,
        style: str | Style,
        *,
        strength: float = 1.0,
        calm: float = DEFAULT_CALM,
        detail: float = DEFAULT_DETAIL,
        backend: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        smoothing_s: float = TIME_CONSTANT_S,
        network: Path | None = None,
        library: StyleLibrary | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.observer = observer
        path = network or resources.asset(resources.FIELD_NETWORK)
        self._network = backends.load_field(path, backend, threads, precision)
        self._library = library
        self._temporal = TemporalState(smoothing_s)
        self._steady = SteadyStrokes(calm)
        self._steady_grid = SteadyGrid()
        self._stats = np.zeros((2, self.network.stats), np.float32)
        self._pool: BufferPool | None = None
        self.accents: Callable[[int], Accent] | None = None
        self.accent = NO_ACCENT  # of the newest field
        self.set_detail(detail)
        self.set_style(style, strength)

    @property
    def network(self) -> NetworkInfo:
        return self._network.info

    @property
    def library(self) -> StyleLibrary:
        """The styles that ``set_style`` finds by name; read on first use."""
        if self._library is None:
            self._library = open_library()
        return self._library

    @property
    def style(self) -> Style:
        return self._style

    @property
    def strength(self) -> float:
        return self._strength

    @property
    def calm(self) -> float:
        return self._steady.calm

    @property
    def detail(self) -> float:
        return self._detail

    def painted_strength(self, display_time_ns: int) -> float:
        """The strength of a frame of that time: what was set, as far as accents leave it."""
        return self._strength * self._accent(display_time_ns).strength

    def describe(self) -> BackendInfo:
        """Which backend, device, precision and thread count really run."""
        return self._network.describe()

    def set_style(self, style: str | Style, strength: float | None = None) -> None:
        """Take effect from the next field on. Costs microseconds: only two small vectors change."""
        chosen = self.library.resolve(style) if isinstance(style, str) else style
        chosen.require_network(self.network.id, self.network.code)
        if strength is not None:
            self.set_strength(strength)
        self._style = chosen

    def set_strength(self, strength: float) -> None:
        """0 (the frame as it is) .. 1 (fully painted); from the next composite on."""
        self._strength = share("strength", strength, "1 paints fully")

    def set_calm(self, calm: float) -> None:
        """0 (strokes of every field anew) .. 1; from the next field on."""
        self._steady.calm = check_calm(calm)

    def set_detail(self, detail: float) -> None:
        """0 (strokes everywhere) .. 1 (none over lettering); from the next field on."""
        self._detail = share("detail", detail, "1 keeps lettering clear")

    def reset(self) -> None:
        """Forget statistics, strokes and colours of before: the next frame starts a new stream."""
        self._temporal.reset()
        self._steady.reset()
        self._steady_grid.reset()

    def warm_up(self, eyes: int, height: int, width: int, *, half: bool = False) -> None:
        """Compile the network for frames of this size now instead of at the first frame."""
        shrink = -(-max(height, width) // MAX_SIDE_PX)
        session = self._session(eyes, -(-height // shrink), -(-width // shrink), half)
        for fresh in (1, 0):  # with and without reading statistics: backends may tell them apart
            session.inputs["fresh"][0] = fresh
            session.run(self._buffers(session))

    def settle(self, eyes: int, height: int, width: int) -> None:
        """Wait until the backend that runs frames of this size, whole and half, will not change any
        more: for benchmarks, which must not mix two. May take minutes."""
        for half in (False, True):
            e, _, h, w = self._session(eyes, height, width, half).inputs["rgb"].shape
            self._network.settle(e, h, w)

    def field(self, frames: EyeFrames, *, half: bool = False, small: bool = False) -> StyleField:
        """The style field of a frame: ingest, tone, network. Raises BackendError on NaN.

        half: the network sees the frame at half the usual size, a quarter of the work.
        small: the colours are at the network's usual size already, as ``ops.ingest`` would make
        them and as engines send them; the field is the same as that of the full frame.
        """
        style = self._style
        started = time.perf_counter_ns()
        down = 1 if small else self.network.down
        shrink = -(-max(frames.color.shape[1:3]) * self.network.down // (MAX_SIDE_PX * down))
        color = frames.color if shrink == 1 else _reduce(frames.color, shrink)
        eyes, height, width, _ = color.shape
        session = self._session(eyes, height, width, half, down)
        inputs = session.inputs
        if half:
            _halve(ops.ingest(color, down), inputs["rgb"])
        else:
            ops.ingest(color, down, out=inputs["rgb"])
        ingested = time.perf_counter_ns()

        colours = tone.planar_statistics(inputs["rgb"])
        step = self._temporal.step(frames.display_time_ns, colours, style)
        inputs["tone_in"][:] = tone.tone_in(step.colours)
        moved = self._accent(frames.display_time_ns)
        fresh = max(step.fresh, moved.fresh(self.accent.share))
        self.accent = moved
        inputs["tone_out"][:] = moved.tone_out(style)
        inputs["code"][:] = moved.code(style)
        inputs["stats"][:] = self._stats
        inputs["fresh"][0] = fresh
        inputs["detail"][0] = self._detail
        toned = time.perf_counter_ns()

        buffers = self._buffers(session)
        session.run(buffers)
        self._stats[:] = buffers.stats_out
        if not np.isfinite(self._stats).all():
            self._stats[:] = 0
            self.reset()
            raise BackendError(
                f"the network gave NaN or Inf ({self.describe().precision}); "
                "fix: try precision f32, then eyebrush doctor"
            )
        painted = time.perf_counter_ns()

        # the share of the network's picture that shows the frame: its size is rounded up
        scale = down * shrink * (2 if half else 1)
        full_height, full_width = (scale * n for n in inputs["rgb"].shape[2:])
        extent = frames.color.shape[2] / full_width, frames.color.shape[1] / full_height
        if self.observer is not None and not half:  # before calm: as the network painted it
            self.observer.offer(inputs["rgb"], buffers.grid, buffers.strokes, style)
        if step.fresh == 1.0:  # the first frame, a cut, a still, another style
            self._steady.reset()
            self._steady_grid.reset()
        self._steady.steady(buffers.strokes, inputs["rgb"], frames, extent)
        self._steady_grid.steady(buffers.grid, frames, extent, self.calm)
        return StyleField(
            grid=buffers.grid,
            strokes=buffers.strokes,
            extent=extent,
            views=frames.views,
            display_time_ns=frames.display_time_ns,
            stage_ns={
                "ingest": ingested - started,
                "tone": toned - ingested,
                "network": painted - toned,
                "calm": time.perf_counter_ns() - painted,
            },
        )

    def composite(
        self,
        frames: EyeFrames,
        field: StyleField,
        out: np.ndarray | None = None,
        *,
        strokes: bool = True,
    ) -> np.ndarray:
        """Restyle a frame with a field, its own or an earlier one: [E, H, W, 3|4] uint8.

        Where both have views and these differ, the strokes are fetched reprojected (rotation;
        parallax, too, where the frame has depth). ``out`` of the same shape saves an allocation.
        Without ``strokes`` only colours change, which takes about 0.6 of the time: the grid is
        too coarse to need reprojection.
        """
        if field.grid.shape[0] != frames.color.shape[0]:
            raise InputError(
                got=f"a field of {field.grid.shape[0]} eye(s) for {frames.color.shape[0]} eye(s)",
                wanted="a field made from frames with as many eyes",
                fix="make a new field with Stylizer.field",
            )
        matrix = parallax = None
        if strokes and frames.views and field.views and frames.views != field.views:
            matrix, parallax = reprojections(frames.views, field.views)
        result: np.ndarray = ops.composite(
            frames.color,
            field.grid,
            field.strokes if strokes else _no_strokes(len(frames.color)),
            extent=field.extent,
            matrix=matrix,
            parallax=parallax if frames.depth_m is not None else None,
            depth_m=frames.depth_m if matrix is not None else None,
            strength=self.painted_strength(frames.display_time_ns),
            stroke_opacity=1.0 if strokes else 0.0,
            out=out,
        )
        return result

    def restyle(self, frames: EyeFrames) -> EyeFrames:
        """Field and composite of the same frame."""
        return replace(frames, color=self.composite(frames, self.field(frames)))

    def _accent(self, display_time_ns: int) -> Accent:
        return NO_ACCENT if self.accents is None else self.accents(display_time_ns)

    def _session(
        self, eyes: int, height: int, width: int, half: bool = False, down: int | None = None
    ) -> FieldSession:
        h, w = field_size(height, width, down or self.network.down)
        return self._network.session(eyes, *(field_size(h, w, 2) if half else (h, w)))

    def _buffers(self, session: FieldSession) -> FieldBuffers:
        if self._pool is None or self._pool.session is not session:
            self._pool = BufferPool(session)
        return self._pool.take()


def _reduce(color: np.ndarray, factor: int) -> np.ndarray:
    """Mean over factor x factor pixels (less at the right and bottom edge), sizes rounded up."""
    return np.stack([np.asarray(Image.fromarray(eye[..., :3]).reduce(factor)) for eye in color])


def _halve(fine: np.ndarray, out: np.ndarray) -> None:
    """Mean over 2x2 of planar [E, 3, h, w] (even h, w) into ``out``, edges repeated."""
    h, w = fine.shape[2] // 2, fine.shape[3] // 2
    inner = out[:, :, :h, :w]
    np.add(fine[:, :, ::2, ::2], fine[:, :, 1::2, ::2], out=inner)
    inner += fine[:, :, ::2, 1::2]
    inner += fine[:, :, 1::2, 1::2]
    inner *= 0.25
    out[:, :, :h, w:] = inner[:, :, :, -1:]
    out[:, :, h:] = out[:, :, h - 1 : h]


@cache
def _no_strokes(eyes: int) -> np.ndarray:
    return np.zeros((eyes, 1, 1, 4), np.uint8)
