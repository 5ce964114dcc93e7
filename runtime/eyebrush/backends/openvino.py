"""OpenVINO backend: ONNX in, the CPU's own bf16 where it has it.

Every input size is compiled once (``model.reshape`` to static shapes lets the compiler fold
everything that depends on the size), inputs and outputs are numpy memory that the infer
request reads and writes in place. A third of the network's time goes into reading the AdaIN
statistics of its layers; for frames that keep those of before (``fresh`` is 0) a second network
without that part is compiled, the first time one comes.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np

# At import OpenVINO's package forks a process that tells Google Analytics of it. A fork beside
# running threads can hang, and what users do is nobody's business: its own stub is used instead.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
import openvino as ov  # noqa: E402

from eyebrush.backends.protocol import (  # noqa: E402
    INPUTS,
    OUTPUTS,
    BackendInfo,
    FieldBuffers,
    NetworkInfo,
)
from eyebrush.errors import BackendError, InputError  # noqa: E402

NAME = "openvino"
DEVICE = "CPU"
SESSIONS_KEPT = 4  # compiled sizes kept; a folder of pictures of many sizes must not grow forever
CAPABILITY = {"bf16": "BF16", "f16": "FP16", "f32": "FP32"}
TYPE = {"bf16": ov.Type.bf16, "f16": ov.Type.f16, "f32": ov.Type.f32}
_core: ov.Core | None = None


def core() -> ov.Core:
    """The process's one ``ov.Core`` (each costs memory and start-up time)."""
    global _core
    if _core is None:
        _core = ov.Core()
        if DEVICE not in _core.available_devices:
            raise BackendError(
                f"OpenVINO {ov.__version__} finds no {DEVICE} device (found: "
                f"{', '.join(_core.available_devices) or 'none'}); fix: pip install openvino "
                "--force-reinstall, then eyebrush doctor"
            )
    return _core


def precision_for(wanted: str) -> str:
    """``auto`` -> bf16 where the CPU computes it natively, else f32; a name must be supported."""
    has = core().get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
    if wanted == "auto":
        return "bf16" if "BF16" in has else "f32"
    if CAPABILITY[wanted] not in has:
        raise BackendError(
            f"got precision {wanted!r}, which this {DEVICE} does not compute natively "
            f"(it has: {', '.join(has)}); fix: use auto or f32"
        )
    return wanted


def load_field(path: Path, threads: int | None, precision: str) -> OpenVinoField:
    return OpenVinoField(path, threads, precision_for(precision))


def load_encoder(path: Path, threads: int | None) -> OpenVinoEncoder:
    return OpenVinoEncoder(path, threads)


class OpenVinoField:
    """Implements :class:`eyebrush.backends.protocol.FieldNetwork`."""

    def __init__(self, path: Path, threads: int | None, precision: str) -> None:
        self._path, self._threads, self._precision = path, threads, precision
        self._model = read_network(path, INPUTS, OUTPUTS)
        self.info = NetworkInfo(
            id=_metadata(self._model, path, "network"),
            down=_count(self._model, path, "down"),
            code=_count(self._model, path, "code"),
            stats=_count(self._model, path, "stats"),
        )
        self._sessions: OrderedDict[tuple[int, int, int], OpenVinoSession] = OrderedDict()
        self._used_threads = threads or 0

    def session(self, eyes: int, height: int, width: int) -> OpenVinoSession:
        key = (eyes, height, width)
        if key not in self._sessions:
            if len(self._sessions) >= SESSIONS_KEPT:
                self._sessions.popitem(last=False)
            compiled = self._compile(self._model, key)
            self._used_threads = int(compiled.get_property("INFERENCE_NUM_THREADS"))
            self._precision = _name_of(compiled.get_property("INFERENCE_PRECISION_HINT"))
            self._sessions[key] = OpenVinoSession(compiled, lambda: self._compile_kept(key))
        self._sessions.move_to_end(key)
        return self._sessions[key]

    def _compile_kept(self, size: tuple[int, int, int]) -> ov.CompiledModel | None:
        model = self._without_statistics
        return None if model is None else self._compile(model, size)

    @cached_property
    def _without_statistics(self) -> ov.Model | None:
        return without_statistics(self._model)

    def _compile(self, model: ov.Model, size: tuple[int, int, int]) -> ov.CompiledModel:
        eyes, height, width = size
        model = model.clone()
        model.reshape({"rgb": [eyes, 3, height, width]})
        return compile_network(model, self._path, self._threads, self._precision)

    def settle(self, eyes: int, height: int, width: int) -> None:
        """Nothing ever changes here."""

    def describe(self) -> BackendInfo:
        return BackendInfo(
            backend=NAME,
            version=str(ov.__version__),
            device=DEVICE,
            device_name=str(core().get_property(DEVICE, "FULL_DEVICE_NAME")).strip(),
            precision=self._precision,
            threads=self._used_threads,
        )


class OpenVinoSession:
    """Implements :class:`eyebrush.backends.protocol.FieldSession`."""

    def __init__(
        self, compiled: ov.CompiledModel, compile_kept: Callable[[], ov.CompiledModel | None]
    ) -> None:
        self.inputs = {n: _zeros(compiled.input(n)) for n in INPUTS}
        self._whole = _Request(compiled, self.inputs)
        self._compile_kept = compile_kept
        self._kept: _Request | None = None

    def new_buffers(self) -> FieldBuffers:
        arrays = {n: _zeros(port) for n, port in self._whole.ports.items()}
        handles = {n: ov.Tensor(a, shared_memory=True) for n, a in arrays.items()}
        return FieldBuffers(**arrays, handles=handles)

    def run(self, buffers: FieldBuffers) -> None:
        if self.inputs["fresh"][0] != 0:
            self._whole.run(buffers)
            return
        if self._kept is None:
            compiled = self._compile_kept()
            self._kept = self._whole if compiled is None else _Request(compiled, self.inputs)
        self._kept.run(buffers)
        buffers.stats_out[:] = self.inputs["stats"]


class _Request:
    """One compiled network on memory that others own."""

    def __init__(self, compiled: ov.CompiledModel, inputs: dict[str, np.ndarray]) -> None:
        self._request = compiled.create_infer_request()
        self.ports = {n: port for n in OUTPUTS for port in compiled.outputs if n in port.names}
        for name, array in inputs.items():
            self._request.set_tensor(name, ov.Tensor(array, shared_memory=True))
        self._bound: FieldBuffers | None = None

    def run(self, buffers: FieldBuffers) -> None:
        if buffers is not self._bound:
            handles = buffers.handles
            assert isinstance(handles, dict)
            for name, port in self.ports.items():
                self._request.set_tensor(port, handles[name])
            self._bound = buffers
        self._request.start_async()  # infer() would build a dict of results on every call
        self._request.wait()


class OpenVinoEncoder:
    """Implements :class:`eyebrush.backends.protocol.StyleEncoder`; f32, for it runs once."""

    def __init__(self, path: Path, threads: int | None) -> None:
        model = read_network(path, ("painting",), ("code",))
        self.network_id = _metadata(model, path, "network")
        self._model, self._path, self._threads = model, path, threads

    def encode(self, painting: np.ndarray) -> np.ndarray:
        model = self._model.clone()
        model.reshape({"painting": list(painting.shape)})
        compiled = compile_network(model, self._path, self._threads, "f32")
        result = compiled({"painting": np.ascontiguousarray(painting, np.float32)})
        return np.array(result["code"], np.float32).reshape(-1)


def read_network(path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> ov.Model:
    """An ONNX file that has these inputs and outputs; InputError where it has not."""
    if not path.is_file():
        raise InputError(
            got=f"no file {path}",
            wanted="a network (.onnx)",
            fix="reinstall eyebrush, then run: eyebrush doctor",
        )
    try:
        model = core().read_model(str(path))
    except RuntimeError as error:
        raise InputError(
            got=f"{path}, which OpenVINO cannot read ({_brief(error)})",
            wanted="an intact ONNX network",
            fix="reinstall eyebrush, then run: eyebrush doctor",
        ) from error
    have = {n for port in (*model.inputs, *model.outputs) for n in port.names}
    missing = [n for n in (*inputs, *outputs) if n not in have]
    if missing:
        raise InputError(
            got=f"{path} without {', '.join(missing)}",
            wanted=f"a network with inputs {', '.join(inputs)} and outputs {', '.join(outputs)}",
            fix="export it with eyebrush_training's exporter",
        )
    return model


def without_statistics(model: ov.Model) -> ov.Model | None:
    """The same network for ``fresh`` = 0, where nothing is left of a frame's own statistics.

    Every normalised layer blends ``kept + fresh * (now - kept)`` (eyebrush_training.networks);
    here that is ``kept``, and the compiler drops what only ``now`` needed. There is no stats_out,
    for OpenVINO may write into an input that is handed on. None where a network has another form.
    """
    model = model.clone()
    model.remove_result(model.output("stats_out").get_node())
    (fresh,) = (p for p in model.get_parameters() if "fresh" in p.output(0).names)
    blends = 0
    for scaled in _users(fresh.output(0)):
        for blend in _users(scaled.output(0)):
            kept = [i.get_source_output() for i in blend.inputs()]
            kept = [o for o in kept if o.get_node() != scaled]
            if (scaled.get_type_name(), blend.get_type_name()) != ("Multiply", "Add") or not kept:
                return None
            for user in blend.output(0).get_target_inputs():
                user.replace_source_output(kept[0])
            blends += 1
    model.validate_nodes_and_infer_types()
    return model if blends else None


def _users(output: ov.Output) -> list[ov.Node]:
    return [port.get_node() for port in output.get_target_inputs()]


def _metadata(model: ov.Model, path: Path, key: str) -> str:
    place = ["framework", f"eyebrush.{key}"]
    if not model.has_rt_info(place):
        raise InputError(
            got=f"{path} without the metadata eyebrush.{key}",
            wanted="an ONNX network exported for Eyebrush",
            fix="export it with eyebrush_training's exporter",
        )
    return str(model.get_rt_info(place).astype(str))


def _count(model: ov.Model, path: Path, key: str) -> int:
    text = _metadata(model, path, key)
    if not text.isdigit() or int(text) < 1:
        raise InputError(
            got=f"{path} with eyebrush.{key}={text!r}",
            wanted="a whole number above 0",
            fix="export it with eyebrush_training's exporter",
        )
    return int(text)


def compile_network(
    model: ov.Model, path: Path, threads: int | None, precision: str
) -> ov.CompiledModel:
    """For one picture at a time, as fast as may be; BackendError where OpenVINO cannot."""
    config: dict[str, object] = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": TYPE[precision],
        # Unpinned: the composite's threads share these cores.
        "ENABLE_CPU_PINNING": False,
    }
    if threads:
        config["INFERENCE_NUM_THREADS"] = threads
    try:
        return core().compile_model(model, DEVICE, config)
    except RuntimeError as error:
        raise BackendError(
            f"OpenVINO {ov.__version__} cannot compile {path.name} for {DEVICE} ({_brief(error)}); "
            "fix: eyebrush doctor; try precision f32"
        ) from error


def _zeros(port: ov.ConstOutput) -> np.ndarray:
    return np.zeros(tuple(port.shape), port.element_type.to_dtype())


def _name_of(element: ov.Type) -> str:
    return next((name for name, t in TYPE.items() if t == element), str(element))


def _brief(error: Exception) -> str:
    """Last line of an OpenVINO error: the ones before are source files and check macros."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:160] if lines else type(error).__name__
