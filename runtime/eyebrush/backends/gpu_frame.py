"""A whole stereo frame on the card, recorded as one graph: eye buffers in, restyled pixels (or the
field) out.

    upload -> ingest -> engine -> statistics kept -> moments of the colours -> composite -> download

Nothing of it waits for the CPU. Two things are computed there from small numbers that each frame
brings back: ``tone_in`` (a 3x3 eigenproblem of the scene's colours) and how fresh statistics are
(temporal.py). They hold for the next frame; colours follow the scene with half a second's delay
anyway. After a scene cut, and at first, the frame is run once more with its own colours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eyebrush import ops, tone
from eyebrush.backends.device import Device, Engine
from eyebrush.backends.protocol import DEFAULT_DETAIL
from eyebrush.errors import InputError, share
from eyebrush.reference import field_size
from eyebrush.styles import Style
from eyebrush.temporal import CUT_FROM, TIME_CONSTANT_S, TemporalState
from eyebrush.tone import ColourStatistics

ANY_COLOURS = ColourStatistics(np.full(3, 0.5), 0.05 * np.eye(3))  # to look at the first frame
# Inputs that the CPU writes.
SMALL = ("code", "fresh", "tone_in", "tone_out", "detail")


class GpuFrame:
    """One stream of frames of one size.

    eye_px: (height, width).  down: the network's.  output: "pixels" (composited) or "field".
    color:  pinned [E, H, W, 4] uint8, sRGB-encoded, to be written before ``run``. After it
            ``pixels`` [E, H, W, 4], or ``grid`` and ``strokes`` as in StyleField, hold the result
            until the next run.
    """

    def __init__(
        self,
        device: Device,
        engine: Engine,
        eye_px: tuple[int, int],
        *,
        down: int = 4,
        output: str = "pixels",
        smoothing_s: float = TIME_CONSTANT_S,
        detail: float = DEFAULT_DETAIL,
        frame_ops: Any = ops,
    ) -> None:
        shapes = engine.shapes
        eyes, _, h, w = shapes["rgb"][0]
        if field_size(*eye_px, down) != (h, w) or output not in ("pixels", "field"):
            raise InputError(
                got=f"eyes of {eye_px[1]}x{eye_px[0]}, output {output!r}",
                wanted=f"eyes that the engine's {w}x{h} is 1/{down} of; pixels or field",
                fix="compile an engine for this size",
            )
        self._device, self._engine, self._ops, self._down = device, engine, frame_ops, down
        self._extent = eye_px[1] / (w * down), eye_px[0] / (h * down)
        picture = (eyes, *eye_px, 4)
        self.color, self.pixels = (device.pinned(picture, np.uint8) for _ in range(2))
        self.grid, self.strokes = (device.pinned(*shapes[n]) for n in ("grid", "strokes"))
        self._small = {n: device.pinned(*shapes[n]) for n in SMALL}
        self._small["detail"][0] = detail
        self._on_card = {n: device.buffer(*shape) for n, shape in shapes.items()}
        self._color, self._pixels = (device.buffer(picture, np.uint8) for _ in range(2))
        gram, means = ((eyes, 3, 3), np.float32), ((1, 2, 3), np.float32)
        self._gram, self._means = device.buffer(*gram), device.buffer(*means)
        self._moments = device.pinned(*gram), device.pinned(*means)
        self._output, self._strength = output, 1.0
        self._temporal = TemporalState(smoothing_s)
        self._colours: ColourStatistics | None = None  # of the frame before
        engine.bind({n: self._on_card[n].address for n in shapes})
        with device.current():
            engine.enqueue(device.stream)
        device.wait()
        self._graph = self._record()

    def set_strength(self, strength: float) -> None:
        """0..1; records the graph anew, a millisecond or so."""
        self._strength = share("strength", strength, "1 paints fully")
        self._graph = self._record()

    def run(self, style: Style, display_time_ns: int) -> None:
        """Restyle ``color``. Allocates nothing on the card. Raises DeviceLostError."""
        if self._colours is None:
            self._colours = self._launch(ANY_COLOURS, style, display_time_ns)
            self._temporal.reset()
        now = self._launch(self._colours, style, display_time_ns)
        if self._colours.distance(now) > CUT_FROM:
            self._temporal.reset()
            self._launch(now, style, display_time_ns)
        self._colours = now

    def _launch(
        self, colours: ColourStatistics, style: Style, display_time_ns: int
    ) -> ColourStatistics:
        """One frame with the tone of ``colours``; returns the frame's own."""
        step = self._temporal.step(display_time_ns, colours, style)
        self._small["code"][:] = style.code
        self._small["fresh"][0] = step.fresh
        self._small["tone_in"][:] = tone.tone_in(step.colours)
        self._small["tone_out"][:] = style.tone_out
        self._device.launch(self._graph)
        self._device.wait()
        gram, means = self._moments
        mean = means[0, 0].astype(np.float64)
        return ColourStatistics(mean, gram.mean(0, dtype=np.float64) - np.outer(mean, mean))

    def _record(self) -> Any:
        device, at, stream = self._device, self._on_card, self._device.stream

        def work() -> None:
            device.upload(self._color, self.color)
            for name, array in self._small.items():
                device.upload(at[name], array)
            self._ops.ingest(self._color, self._down, out=at["rgb"], stream=stream)
            self._engine.enqueue(stream)
            device.copy(at["stats"], at["stats_out"])
            self._ops.gram(at["rgb"], out=self._gram, stream=stream)
            self._ops.adain_stats(at["rgb"], out=self._means, stream=stream)
            device.download(self._moments[0], self._gram)
            device.download(self._moments[1], self._means)
            if self._output == "field":
                device.download(self.grid, at["grid"])
                device.download(self.strokes, at["strokes"])
            else:
                self._ops.composite(
                    self._color,
                    at["grid"],
                    at["strokes"],
                    extent=self._extent,
                    strength=self._strength,
                    out=self._pixels,
                    stream=stream,
                )
                device.download(self.pixels, self._pixels)

        return device.record(work)
