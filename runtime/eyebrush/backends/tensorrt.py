"""TensorRT backend: the network as an engine, one recorded graph a frame.

A session's inputs and outputs are pinned memory. A run launches one graph (copies in, engine,
copies out) and waits for one event; it allocates nothing. Style codes and statistics are inputs
like any other, so that a style change uploads two vectors and never rebuilds.

Engines come from the cache, or are compiled in a process of their own. Until then, and whenever
something fails, OpenVINO runs: see changeover.py. This file serves both libraries; what differs
between them is in ``eyebrush.engines.library``.
"""

from __future__ import annotations

from pathlib import Path

from eyebrush.backends import openvino
from eyebrush.backends.changeover import ChangingField
from eyebrush.backends.device import Device, Engine
from eyebrush.backends.openvino import load_encoder as load_encoder  # it runs once, on the CPU
from eyebrush.backends.protocol import INPUTS, OUTPUTS, BackendInfo, FieldBuffers
from eyebrush.errors import BackendError

NAME = "tensorrt"


def load_field(path: Path, threads: int | None, precision: str) -> ChangingField:
    """OpenVINO now, and a TensorRT engine as soon as there is one."""
    return changing_field(NAME, path, threads, precision)


def changing_field(library: str, path: Path, threads: int | None, precision: str) -> ChangingField:
    """As ``load_field``, with the library of this name. Raises BackendError for bf16."""
    from eyebrush.backends.engine_source import EngineSource

    wanted = {"auto": "f16"}.get(precision, precision)
    if wanted not in ("f16", "f32"):
        raise BackendError(
            f"got precision {precision!r}, which {library} is not used with here; "
            "fix: use auto, f16 or f32"
        )
    source = EngineSource(library, path, wanted)
    fallback = openvino.load_field(path, threads, openvino.precision_for("auto"))
    return ChangingField(fallback, source.session, library)


class TensorRtSession:
    """Implements :class:`eyebrush.backends.protocol.FieldSession` on a device and an engine."""

    def __init__(self, device: Device, engine: Engine, info: BackendInfo) -> None:
        self.info = info
        self._device, self._engine = device, engine
        shapes = engine.shapes
        missing = [n for n in (*INPUTS, *OUTPUTS) if n not in shapes]
        if missing:
            raise BackendError(
                f"the engine has no {', '.join(missing)}; fix: eyebrush compile --clean"
            )
        self.inputs = {n: device.pinned(*shapes[n]) for n in INPUTS}
        self._buffers = {n: device.buffer(*shapes[n]) for n in (*INPUTS, *OUTPUTS)}
        engine.bind({n: b.address for n, b in self._buffers.items()})
        with device.current():
            engine.enqueue(device.stream)  # once before recording: kernels are finished, loaded now
        device.wait()

    def new_buffers(self) -> FieldBuffers:
        """Pinned outputs, and the graph that ends in them. Allocates; a frame loop takes few."""
        arrays = {n: self._device.pinned(*self._engine.shapes[n]) for n in OUTPUTS}

        def work() -> None:
            for name, array in self.inputs.items():
                self._device.upload(self._buffers[name], array)
            self._engine.enqueue(self._device.stream)
            for name, array in arrays.items():
                self._device.download(array, self._buffers[name])

        return FieldBuffers(**arrays, handles=self._device.record(work))

    def run(self, buffers: FieldBuffers) -> None:
        """One graph, one event. Raises DeviceLostError."""
        self._device.launch(buffers.handles)
        self._device.wait()
